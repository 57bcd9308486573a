command -v cc >/dev/null || { echo "no compiler"; exit 77; }
echo 'int main(void) { return 5; }' >a.c
cc -static a.c -o app || { echo "no static libc"; exit 77; }
recount record ./app
