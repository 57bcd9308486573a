# No await points: said, and an empty list as JSON.
cat >program.c <<'END'
int main(void) { return 0; }
END
recount cc -O0 program.c -o program && recount record --timestamps=none -o data ./program 2>/dev/null || exit
recount report -i data --awaits | sed '2s/.*/(wall)/'
recount report -i data --awaits --json | sed '/wall_ns/d'
