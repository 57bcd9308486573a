# Sourced by the workloads. Debian's sources are fetched through a sources list of our own; the machine's stays as it is.
# Needs $RECOUNT_BUILD; everything is kept under $cache, so that the next run is quick.

here=$(cd "$(dirname "$0")" && pwd)
cache=${RECOUNT_WORKLOADS:-$(cd "$here/../.." && pwd)/build/workloads}
recount=${RECOUNT_BUILD:?the build tree of the recount to test}/recount
jobs=$(nproc)

skip() {
    echo "skipped: $*"
    exit 77
}

fail() {
    echo "failed: $*"
    exit 1
}

need() {
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

# quietly LOG COMMAND…: shows the log's end only when the command fails
quietly() {
    log=$1
    shift
    "$@" >"$log" 2>&1 && return
    tail -n 30 "$log"
    return 1
}

# The machine's enabled deb entries as deb-src, both the one-line and the deb822 kind.
private_sources() {
    mkdir -p "$1/parts" "$1/lists/partial" "$1/cache/archives/partial"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file"
    done >"$1/sources.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$1/parts/${file##*/}"
    done
}

private_apt() {
    apt=$1
    shift
    apt-get -q -o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts" \
        -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" "$@"
}

# debian_source PACKAGE: $source becomes the unpacked and patched tree; skips when there is none to be had
debian_source() {
    source=$cache/source/$1
    [ -e "$source/.complete" ] && return
    need apt-get dpkg-source
    rm -rf "$source"
    mkdir -p "$cache/source"
    fetch=$(mktemp -d "$cache/fetch.XXXXXX")
    trap 'rm -rf "$fetch"' EXIT
    private_sources "$fetch"
    # One repository out of reach must not matter when the package is in another: the second command decides.
    quietly "$fetch/update.log" private_apt "$fetch" update || true
    if ! (cd "$fetch" && quietly "$fetch/source.log" private_apt "$fetch" source --only-source "$1"); then
        grep '^[EW]:' "$fetch/update.log" | tail -n 3
        skip "apt-get source $1: no source to be had"
    fi
    for tree in "$fetch/$1"-*/; do
        mv "$tree" "$source"
    done
    touch "$source/.complete"
    rm -rf "$fetch"
    trap - EXIT
}

# What an instrumented build depends on: when it changes, the build is made anew.
tool_key() {
    cat "$recount" "$RECOUNT_BUILD"/librecount.* 2>/dev/null | cksum
}

# instrumented DIRECTORY: true when the build there is by this very recount
instrumented() {
    [ -e "$1/.complete" ] && [ "$(cat "$1/.complete")" = "$(tool_key)" ]
}

# oracle_compiler FILE COMPILER: a compiler that links with the oracle in the runtime's place. It refuses to compile, for the
# objects that the oracle counts must be the ones that recount counts; a source in a link command goes through `recount cc`.
oracle_compiler() {
    cat >"$1" <<END
#!/bin/sh
set -e
compile=
for argument; do
    shift
    case \$argument in
    -c | -S) echo "the oracle's build must not compile anything" >&2; exit 1 ;;
    *.c) set -- "\$@" "\${argument##*/}.oracle.o"; source=\$argument ;;
    -[DIOfgm]*) compile="\$compile \$argument"; set -- "\$@" "\$argument" ;;
    *) set -- "\$@" "\$argument" ;;
    esac
done
[ -z "\$source" ] || RECOUNT_CC=$2 "$recount" cc \$compile -c "\$source" -o "\${source##*/}.oracle.o"
exec $2 "\$@" "$RECOUNT_BUILD/oracle/liboracle.a" -lpthread
END
    chmod +x "$1"
}

# captured BASE COMMAND…: runs the command with its output in BASE.out and BASE.err
captured() {
    to=$1
    shift
    "$@" >"$to.out" 2>"$to.err"
}

# same_output WHAT A B: of A.out and B.out, and of A.err and B.err but for recount's own messages
same_output() {
    cmp "$2.out" "$3.out" || fail "$1: the output differs from the plain build's"
    sed '/^\(\[ \)\{0,1\}recount: /d' "$3.err" | cmp "$2.err" - || fail "$1: its stderr differs from the plain build's"
}

# compare_counts NAME PROFILE DUMP: every function's entries in the report against the oracle's
compare_counts() {
    "$recount" report -i "$2" --json >"$2.json" || fail "$1: recount report cannot read $2"
    verdict=$("$RECOUNT_BUILD/bin/oracle-compare" "$3" "$2.json") || {
        echo "$verdict" | tail -n 40
        fail "$1: the counts differ from the oracle's"
    }
    echo "$1: $verdict"
}

# compare_builds NAME BASE RUN PROGRAM: RUN DIRECTORY COMMAND… does the workload with the plain build's PROGRAM, with the
# oracle's and, recorded, with recount's, which are in directories of BASE; output and counts must be the same.
compare_builds() {
    name=$1 base=$2 run=$3 program=$4 data=$2/${4##*/}.data
    captured "$base/plain" "$run" "$base/plain" "$base/plain/$program" || fail "$name: the plain build's run"
    captured "$base/oracle" "$run" "$base/oracle" env ORACLE_OUT="$base/oracle.dump" "$base/oracle/$program" ||
        fail "$name: the oracle's run"
    same_output "$name, oracle" "$base/plain" "$base/oracle"
    rm -f "$data"
    captured "$base/recount" "$run" "$base/recount" "$recount" record -o "$data" -- "$base/recount/$program" ||
        fail "$name: the recorded run: $(tail -n 3 "$base/recount.err")"
    same_output "$name" "$base/plain" "$base/recount"
    compare_counts "$name" "$data" "$base/oracle.dump"
}

# compilers: those to try, one a line
compilers() {
    for compiler in ${RECOUNT_CC:-gcc clang}; do
        command -v "$compiler" >/dev/null && echo "$compiler"
    done
}
