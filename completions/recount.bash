# bash completion for recount
_recount() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "cc c++ record report explain filter check export diff merge help --help --version" -- "$cur"))
        return
    fi
    case $command:$prev in
    *:-o | *:-i | *:--output | *:--input | record:-f | record:--filter)
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$cur"))
        return
        ;;
    export:--to)
        COMPREPLY=($(compgen -W "speedscope folded" -- "$cur"))
        return
        ;;
    report:-s | report:--sort)
        COMPREPLY=($(compgen -W "story self total entries calls resumes awaiting name" -- "$cur"))
        return
        ;;
    diff:--times)
        COMPREPLY=($(compgen -W "sampler awake tracer" -- "$cur"))
        return
        ;;
    record:-t | record:--timestamps)
        COMPREPLY=($(compgen -W "adaptive all none" -- "$cur"))
        return
        ;;
    esac
    case $command:$cur in
    cc:-* | c++:-*) COMPREPLY=($(compgen -W "--recount-instrument=outlined --recount-instrument=all --recount-exclude= --recount-exclude-file= --recount-help" -- "$cur")) ;;
    record:-*) COMPREPLY=($(compgen -W "--output= --frequency= --timestamps= --max-size= --filter= --twice --plain= --help" -- "$cur")) ;;
    report:-*) COMPREPLY=($(compgen -W "--input= --sort= --top= --tree --physical --min= --awaits --blind --pid= --awake --json --no-pager --help" -- "$cur")) ;;
    explain:-*) COMPREPLY=($(compgen -W "--input= --pid= --awake --json --no-pager --help" -- "$cur")) ;;
    filter:-*) COMPREPLY=($(compgen -W "--input= --save= --top= --output= --pid= --awake --help" -- "$cur")) ;;
    check:-*) COMPREPLY=($(compgen -W "--input= --pid= --awake --strict --json --no-pager --help" -- "$cur")) ;;
    export:-*) COMPREPLY=($(compgen -W "--to --input= --output= --pid= --awake --help" -- "$cur")) ;;
    help:*) COMPREPLY=($(compgen -W "cc c++ record report explain filter check export diff merge" -- "$cur")) ;;
    diff:-*) COMPREPLY=($(compgen -W "--per= --times= --top= --all --exit-code --json --no-pager --help" -- "$cur")) ;;
    merge:-*) COMPREPLY=($(compgen -W "--output= --help" -- "$cur")) ;;
    record:*)
        compopt -o filenames
        COMPREPLY=($(compgen -c -f -- "$cur"))
        ;;
    *)
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$cur"))
        ;;
    esac
}
complete -F _recount recount
