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
