# shellcheck shell=bash
# The linters of lint/requirements.txt, and the files they apply to. Sourced after lib.sh.

: "${root:?}"

linters=${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-rollout-heal/lint

# Whether packages can be installed on this machine.
can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# Installs the linters into a virtual environment, once per requirements.txt. Status 3: they cannot be downloaded here.
provide_linters() {
    local requirements=$root/lint/requirements.txt python=/usr/bin/python3
    ! cmp -s "$requirements" "$linters/complete" || return 0
    # Debian's own Python, for which Debian's packages are; PATH may have another one first.
    [ -x "$python" ] || python=python3
    if ! "$linters/bin/python" -c '' 2>/dev/null; then
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            can_install || return 3
            need_packages python3 python3-venv
        fi
        mkdir -p "$linters"
        "$python" -m venv --clear "$linters" || fail "there is no virtual environment in $linters"
    fi
    say "fetching linters (log: $linters/pip.log)"
    if "$linters/bin/python" -m pip install --disable-pip-version-check --retries 1 --timeout 10 -r "$requirements" \
        >"$linters/pip.log" 2>&1; then
        cp "$requirements" "$linters/complete"
        return
    fi
    # An index without the package is an error; an unreachable one is a network problem of this machine.
    grep -qE 'Name or service not known|Temporary failure in name resolution|Network is unreachable|No route to host|timed out|Connection refused|ProxyError' \
        "$linters/pip.log" || fail "the linters could not be fetched; the log: $linters/pip.log"
    return 3
}

# Prints the path of linter $1, in the virtual environment or on PATH, or reports that it is missing.
linter() {
    local file
    for file in "$linters/bin/$1" "$(command -v "$1" || true)"; do
        if [ -x "$file" ] && "$file" --version >/dev/null 2>&1; then
            echo "$file"
            return
        fi
    done
    say "LEFT OUT: $1 (it could not be fetched, and is not on PATH)"
    return 1
}

# The repository's files that git does not ignore.
our_files() {
    local file
    git -C "$root" ls-files --cached --others --exclude-standard "$@" | sort -u | while read -r file; do
        [ ! -f "$root/$file" ] || echo "$file"
    done
}

# Prints those whose first line names program $1.
programs_of() {
    # shellcheck disable=SC2016
    (cd "$root" && our_files scripts install.sh .ci Tests | xargs -d '\n' awk -v program="$1" '
        FNR == 1 { if ($0 ~ ("^#!.*" program "|^# shellcheck shell=" program)) print FILENAME; nextfile }')
}
