internal import ArgumentParser

/// The completion script for the plugin's own name: it passes the words to the program, which answers.
enum ShellScript: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish

    var text: String {
        switch self {
        case .bash: Self.forBash
        case .zsh: Self.forZsh
        case .fish: Self.forFish
        }
    }

    /// Rejoins words that bash splits at = and :, and returns only the last part of each candidate.
    private static let forBash = #"""
        # bash completion for kubectl-rollout_heal; made by: kubectl-rollout_heal completions bash
        _kubectl_rollout_heal() {
            local line=${COMP_LINE:0:COMP_POINT} words=() blank word current index answer=() directive prefix
            for ((index = 0; index <= COMP_CWORD; index++)); do
                blank=${line%%[![:space:]]*}
                line=${line#"$blank"}
                word=${COMP_WORDS[index]}
                [[ $index != "$COMP_CWORD" ]] || word=$line
                line=${line#"$word"}
                if [[ -n $blank || $index == 0 ]]; then
                    words+=("$word")
                else
                    words[${#words[@]} - 1]+=$word
                fi
            done
            words=("${words[@]//[\"\'\\]/}")
            current=${words[${#words[@]} - 1]}
            while IFS= read -r line; do answer+=("$line"); done < <(
                "${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null </dev/null)
            [[ ${#answer[@]} -gt 0 ]] || return
            directive=${answer[${#answer[@]} - 1]#:}
            unset "answer[${#answer[@]} - 1]"
            COMPREPLY=()
            if [[ $directive == 0 ]]; then
                compopt -o default
                return
            fi
            ((!(directive & 32))) || compopt -o nosort 2>/dev/null
            ((!(directive & 2))) || compopt -o nospace
            if [[ $COMP_WORDBREAKS == *:* ]]; then prefix=${current%"${current##*[=:]}"}; else prefix=${current%"${current##*=}"}; fi
            for line in "${answer[@]}"; do
                printf -v word %q "${line%%$'\t'*}"
                word=${word//\\,/,}
                word=${word#"$prefix"}
                # Shown below the line, where nothing is inserted.
                if [[ ${COMP_TYPE:-9} == 63 && ${#answer[@]} -gt 1 && $line == *$'\t'* ]]; then
                    word+="  (${line#*$'\t'})"
                fi
                COMPREPLY+=("$word")
            done
        }
        complete -F _kubectl_rollout_heal kubectl-rollout_heal

        """#

    private static let forZsh = #"""
        #compdef kubectl-rollout_heal
        # zsh completion for kubectl-rollout_heal; made by: kubectl-rollout_heal completions zsh
        _kubectl-rollout_heal() {
            local -a answer candidates open
            local line name directive
            answer=("${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
            directive=${answer[-1]#:}
            if [[ $directive == 0 ]]; then
                compset -P '*='
                _files
                return
            fi
            for line in "${(@)answer[1,-2]}"; do
                name=${line%%$'\t'*}
                line=${name//:/\\:}${${line#$name}/$'\t'/:}
                if [[ $name == *= ]]; then open+=("$line"); else candidates+=("$line"); fi
            done
            local -a kept
            ((directive & 32)) && kept=(-V)
            _describe $kept -t candidates candidate candidates -- open -S ''
        }
        if [[ $funcstack[1] == _kubectl-rollout_heal ]]; then
            _kubectl-rollout_heal "$@"
        else
            compdef _kubectl-rollout_heal kubectl-rollout_heal
        fi

        """#

    private static let forFish = #"""
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

        """#
}
