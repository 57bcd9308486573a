# An empty name would be part of every name.
export RECOUNT_CC=$FAKE_CC
for list in "" , a, ,a a,,b; do
    recount cc --recount-exclude="$list" -c a.c
    echo $?
done
