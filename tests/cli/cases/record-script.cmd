# A script has no flag to miss: nothing is said.
printf '#!/bin/sh\necho "$@"\nexit 3\n' >script
chmod +x script
recount record -o out.data ./script -o a --help
