# fish completion for kubectl-rollout_heal; made by: kubectl-rollout_heal completions fish
function __kubectl_rollout_heal
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] "$current" 2>/dev/null </dev/null)
    test (count $answer) -gt 0; or return
    if test "$answer[-1]" = :0
        set -l flag (string match -r -- '^--[^=]*=' $current)
        for path in (__fish_complete_path (string replace -- "$flag" '' "$current"))
            printf '%s%s\n' "$flag" $path
        end
        return
    end
    set -e answer[-1]
    printf '%s\n' $answer
end
complete -c kubectl-rollout_heal -f -k -a '(__kubectl_rollout_heal)'
