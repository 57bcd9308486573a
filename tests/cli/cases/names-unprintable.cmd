# A newline in a name begins no line of what is written or said.
name=$(printf 'd\n1')
mkdir "$name"
cp /usr/bin/true "$name/p"
recount record -o "$name/data" "$name/p" "$(printf 'x\nsleep *')"
recount filter -i "$name/data" -o rules
grep -v '^#' rules
sed -n 1p rules
recount export -i "$name/none" --to folded
recount export -i "$name/data" --to folded -o ''
echo $?
