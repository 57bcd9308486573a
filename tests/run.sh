#!/bin/sh
# Installs what is missing, builds with gcc and clang and with the sanitizers, runs every test and every lint.
# The last line is "N passed, N failed"; the exit status is 0 when nothing failed.
set -u
cd "$(dirname "$0")/.." || exit 2
jobs=$(nproc 2>/dev/null || echo 2)
logs=build/logs
passed=0 failed=0 skipped=0 failures=

note() {
    printf '\n== %s\n' "$*"
}

pass() {
    passed=$((passed + 1))
}

# fail WHAT: counted, and named again at the end
fail() {
    failed=$((failed + 1))
    failures="$failures
    $1"
}

# step NAME COMMAND...: one check; its output is shown when it fails
step() {
    name=$1
    shift
    if "$@" >"$logs/step.log" 2>&1; then
        echo "ok      $name"
        pass
    else
        sed 's/^/    /' "$logs/step.log"
        echo "FAILED  $name"
        fail "$name"
        return 1
    fi
}

# count FILE ATTRIBUTE: a figure of ctest's JUnit summary
count() {
    sed -nE "s/.*[[:space:]]$2=\"([0-9]+)\".*/\1/p" "$1" | head -n 1
}

# suite NAME BUILD-TREE CTEST-ARGUMENT...: each test of it counts
suite() {
    name=$1 tree=$2 report=$PWD/$logs/$1.xml
    shift 2
    rm -f "$report"
    ctest --test-dir "$tree" --output-on-failure --no-tests=ignore --output-junit "$report" "$@" >"$logs/$name.log" 2>&1
    [ -f "$report" ] || { echo "$name: no test was found"; return; }
    f=$(count "$report" failures) s=$(count "$report" skipped) t=$(count "$report" tests)
    [ "$f" = 0 ] || grep -vE '^ +Start +[0-9]+: |Passed +[0-9.]+ sec$' "$logs/$name.log"
    echo "$name: $((t - f - s)) passed, $f failed, $s skipped"
    grep -E '^ *[0-9]+/[0-9]+ .*\*\*\*Skipped' "$logs/$name.log" | sed -E 's/.*: (.*) \.+.*/    skipped: \1/'
    passed=$((passed + t - f - s)) failed=$((failed + f)) skipped=$((skipped + s))
    [ "$f" = 0 ] || failures="$failures
    $(sed -n '/The following tests FAILED/,/^Errors/p' "$logs/$name.log" | sed -nE "s/^[[:space:]]*[0-9]+ - ([^ ]+).*/$name: \1/p")"
}

# build NAME TREE CMAKE-ARGUMENT...
build() {
    compiler=$1 tree=$2
    shift 2
    step "$compiler: configure" cmake -B "$tree" "$@" && step "$compiler: build" cmake --build "$tree" -j "$jobs"
}

ours() {
    git ls-files -co --exclude-standard "$@" 2>/dev/null || find . -name '*.[ch]' -not -path './build/*'
}

lint_format() {
    # Releases differ in what they produce; the tree is formatted with that of Debian 12.
    ours '*.c' '*.h' | xargs "$1" --dry-run -Werror
}

lint_tidy() {
    ours 'profile/*.c' 'instrument/*.c' 'sampler/*.c' 'compare/*.c' 'command/*.c' 'examples/*.c' |
        while read -r file; do
            grep -qF "/$file\"" build/clang/compile_commands.json && echo "$file"
        done | xargs -P "$jobs" -n 4 clang-tidy -p build/clang --quiet
}

lint_cppcheck() {
    # With one job it would also look across files, and take what a call fills in for uninitialized.
    cppcheck -q -j 2 --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 -I. -Iinclude \
        --suppressions-list=tests/cppcheck.suppressions profile instrument sampler compare command
}

lint_scripts() {
    for script in tests/*.sh tests/*/*.sh examples/*.sh bench/*.sh; do
        [ ! -f "$script" ] || sh -n "$script" || return 1
    done
}

mkdir -p "$logs"
note "packages"
sh tests/install-deps.sh all || exit 1

note "gcc, release"
if build gcc build/release --preset release -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++; then
    # Recordings are made one at a time, so that they measure themselves and not each other.
    suite gcc-quick build/release -j "$jobs" -L '^(unit|cli|house|shell)$'
    suite gcc-recordings build/release -LE '^(unit|cli|house|shell)$'
fi

note "clang, dev"
if build clang build/clang --preset dev -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++; then
    suite clang-quick build/clang -j "$jobs" -L '^(unit|cli|shell)$'
    suite clang-recordings build/clang -L '^e2e$'
fi

note "sanitizers"
for sanitizer in asan tsan; do
    # Criterion cannot start under ThreadSanitizer; the commands have one thread.
    [ $sanitizer = asan ] && labels='^(unit|cli|threads)$' || labels='^threads$'
    build $sanitizer build/$sanitizer --preset $sanitizer -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ &&
        suite $sanitizer build/$sanitizer -j "$jobs" -L "$labels"
done

note "lints"
if command -v clang-format-14 >/dev/null; then
    step "clang-format" lint_format clang-format-14
else
    echo "skipped clang-format: release 14 is missing"
    skipped=$((skipped + 1))
fi
step "clang-tidy" lint_tidy
step "cppcheck" lint_cppcheck
step "shell syntax" lint_scripts

printf '\n'
[ -z "$failures" ] || printf 'Failed:%s\n' "$failures"
[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
