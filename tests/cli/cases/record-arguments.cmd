# What follows the command is its own, and the header holds it.
recount record -o f.data echo -o x --help "two words" 2>/dev/null
dd if=f.data bs=1 skip=128 count=33 2>/dev/null | tr '\0' '\n'
dd if=f.data bs=1 count=7 2>/dev/null
