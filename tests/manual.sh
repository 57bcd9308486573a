#!/bin/sh
# The manual is well formed and says what the commands say: each command has its page, each page has each option that
# --help lists and no other, `recount help` lists them too, and the completions of all three shells know all of it.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
recount=${RECOUNT_BUILD:?the build tree of the recount to ask}/recount
failed=0
fail() {
    echo "$*"
    failed=1
}
ARGP_HELP_FMT=rmargin=200
MANPATH=$source/docs/none # no installed manual: help is the command's own
export ARGP_HELP_FMT MANPATH

grep -rn OPTION_HIDDEN "$source/command" && fail "an option is hidden from the help"

if command -v groff >/dev/null; then
    for page in "$source"/docs/man/*.1; do
        warnings=$(groff -man -Tutf8 -Kutf8 -wall -z "$page" 2>&1)
        [ -z "$warnings" ] || fail "$warnings"
    done
else
    echo "groff is missing: the pages' form is not checked"
fi

commands=$("$recount" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z+]*\) .*/\1/p')
[ -n "$commands" ] || fail "recount --help lists no commands"

for command in $commands; do
    for file in recount.bash _recount recount.fish; do
        grep -qF -e "$command" "$source/completions/$file" || fail "completions/$file does not know '$command'"
    done
    case $command in
    help) continue ;;
    c++) page=cc ;;
    *) page=$command ;;
    esac
    [ -f "$source/docs/man/recount-$page.1" ] || { fail "recount $command has no page"; continue; }
    grep -qF -e "recount\\-$page" "$source/docs/man/recount.1" || fail "recount.1 does not name recount-$page"
    # The compilers' --help is the compiler's own.
    case $page in
    cc) ask=--recount-help known=$("$recount" help "$command" | grep -oE -e '--recount-[a-z-]+' | sort -u) ;;
    *) ask=--help known=$("$recount" help "$command" | grep -oE -e '--[a-z][a-z-]+' | sort -u) ;;
    esac
    options=$("$recount" "$command" $ask | sed -nE 's/^ .{1,6}(--[a-z-]+).*/\1/p' |
        grep -vxE -e '--(help|usage|version)')
    [ -n "$options" ] || fail "recount $command $ask lists no options"
    # What is told of elsewhere is in the help: the page's tags, bash's completions, the source.
    pages=$(awk '/^\.SH/ { inside = /OPTIONS/ } inside && /^\.TP/ { getline; print }' \
        "$source/docs/man/recount-$page.1" | grep -oE -e '\\-\\-[a-z\-]+' | sed 's/\\//g')
    shells=$(sed -nE "s/^ *$command:-\\*.*-W \"([^\"]*)\".*/\1/p" "$source/completions/recount.bash" | tr ' ' '\n')
    code=$([ $page = cc ] && grep -ohE -e '"--recount-[a-z-]+' "$source"/command/*.[ch] | tr -d '"')
    for option in $(printf '%s\n' "$pages" "$shells" "$code" | sed 's/=.*//' | sort -u |
        grep -vxE -e '--(help|usage|version)'); do
        printf '%s\n' $options | grep -qxF -e "$option" || fail "recount $command $ask does not list $option"
    done
    for option in $options; do
        # Without a manual installed it is the same text; with one, the page.
        printf '%s\n' $known | grep -qxF -e "$option" || fail "recount help $command does not list $option"
    done
    for option in $options; do
        word=$(echo "$option" | sed 's/-/\\-/g')
        grep -qF -e "$word" "$source/docs/man/recount-$page.1" || fail "recount-$page.1 does not tell of $option"
        for file in recount.bash _recount; do
            grep -qF -e "$option" "$source/completions/$file" || fail "completions/$file does not know $option"
        done
        grep -qE -e "-l ${option#--}( |\$)" "$source/completions/recount.fish" ||
            fail "completions/recount.fish does not know $option"
    done
done

command -v bash >/dev/null && { bash -n "$source/completions/recount.bash" || fail "recount.bash is no bash"; }
command -v zsh >/dev/null && { zsh -n "$source/completions/_recount" || fail "_recount is no zsh"; }
command -v fish >/dev/null && { fish -n "$source/completions/recount.fish" || fail "recount.fish is no fish"; }
exit $failed
