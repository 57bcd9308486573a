#!/bin/sh
# A chain of callbacks that goes on for ever takes no more contexts than the orders in which they can follow each other:
# as many after ten times the turns, and none is lost.
#
#     chain.sh TRUTH-CHECK
set -eu
check=$1
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$recount" cc -O2 -g "$here/programs/chain.c" -o chain
contexts() { # TURNS
    "$recount" record -o chain.data ./chain "$1" 2>said
    sed -n 's/.* \([0-9]*\) contexts.*/\1/p' said
}
few=$(contexts 20000) many=$(contexts 200000)
"$recount" report -i chain.data --json >report
echo '{"functions":{"hand_over":{"entries":200001,"calls":200001,"recursive":0}}}' >truth
"$check" truth report
echo "$few contexts after 20000 turns, $many after 200000"
[ "$few" -gt 3 ] && [ "$many" = "$few" ] && [ "$many" -lt 100 ]
