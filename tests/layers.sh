#!/bin/sh
# Dependencies point one way. Reads the #include lines of every folder and fails on one that points back.
#
#   profile       <- nothing of ours
#   include       <- nothing of ours but include
#   instrument    <- profile, include
#   sampler       <- profile, include, instrument
#   compare       <- profile, itself; inside it error, load < symbolize < model < explain < render, symbolize < filter
#   command       <- compare, profile, itself
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2
failed=0

# includes FOLDER...: "file: target" for each quoted include, target relative to the root
includes() {
    find "$@" -name '*.[ch]' -exec grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^"]+"' {} + 2>/dev/null |
        sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]+"([^"]+)"/ \1/' |
        while read -r file target; do
            case $target in
            recount/*) target=include/$target ;;
            ../*) target=$(dirname "$file")/$target ;;
            */*) ;;
            *) target=$(dirname "$file")/$target ;;
            esac
            echo "$file: $target"
        done
}

# may_use "FOLDER..." REGEX: what the folders include matches the expression
may_use() {
    back=$(includes $1 | grep -vE ": ($2)")
    [ -z "$back" ] && return
    echo "$1 may include only $2:"
    echo "$back" | sed 's/^/    /'
    failed=$((failed + 1))
}

may_use profile 'profile/'
may_use include 'include/'
may_use instrument 'instrument/|profile/|include/'
may_use sampler 'sampler/|instrument/|profile/|include/'
may_use compare/load 'compare/(error\.h|load/)|profile/'
may_use compare/symbolize 'compare/(error\.h|load/|symbolize/)|profile/'
may_use compare/filter 'compare/(error\.h|load/|symbolize/|filter/)|profile/'
may_use compare/model 'compare/(error\.h|load/|symbolize/|model/)|profile/'
may_use compare/explain 'compare/(error\.h|load/|symbolize/|model/|explain/)|profile/'
may_use compare/render 'compare/|profile/'
may_use command 'command/|compare/|profile/'

# A path that climbs names its folder in a way that nothing above would recognise. The shim stands beside our header.
if grep -rnE '#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./' \
    profile include instrument sampler compare command | grep -v '^include/recount/pt/'; then
    echo "our own headers are included by their path from the root"
    failed=$((failed + 1))
fi

# The runtime and the comparer know each other only through the format, by angle brackets neither.
if grep -rnE '#[[:space:]]*include[[:space:]]*<(instrument|sampler|compare|command|profile)/' \
    profile include instrument sampler compare command; then
    echo "our own headers are included with quotes"
    failed=$((failed + 1))
fi

[ $failed -eq 0 ] && echo "dependencies point one way"
exit $((failed > 0))
