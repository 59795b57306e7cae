# Shared by the scripts: progress, Debian packages.

# Says on stderr what is going on.
say() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs a command as root: directly, by sudo, or not at all.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root; run as root: $*"
    fi
}

# Installs those of the Debian packages that are missing.
need_packages() {
    local missing=() package
    command -v dpkg-query >/dev/null || fail "this is no Debian; install by hand what these packages provide: $*"
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    say "installing ${missing[*]}"
    if [ -z "$(apt-cache --names-only search '^bash$' 2>/dev/null)" ]; then
        as_root apt-get -qq update >&2
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2 ||
        { as_root apt-get -qq update >&2 &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2; } ||
        fail "apt-get could not install ${missing[*]}"
}

# Runs a long command with a line every 30 s; its output goes to a log whose end is shown when it fails.
with_heartbeat() {
    local what=$1 log=$2 start=$SECONDS pid
    shift 2
    say "$what (log: $log)"
    "$@" >>"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        [ $(((SECONDS - start) % 30)) = 0 ] && say "$what: $((SECONDS - start)) s"
    done
    wait "$pid" || {
        tail -n 30 "$log" >&2
        fail "$what failed; the whole log is $log"
    }
    say "$what: done in $((SECONDS - start)) s"
}

# What a build needs beside Swift, and what the throw-away cluster needs.
build_packages=(git libcurl4-openssl-dev libyaml-dev pkg-config)
cluster_packages=(curl jq openssl ca-certificates)

# Builds what is installed: optimised, with Swift's libraries in it.
build_release() {
    command -v swift >/dev/null || fail "there is no swift on PATH; it needs Swift 6.2 or later (swift.org/install)"
    say "building kubectl-rollout-heal (release; about a minute the first time)"
    local commit
    commit=$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
    # The linker warns of mktemp in FoundationEssentials, which nothing here calls.
    (cd "$root" && ROLLOUT_HEAL_COMMIT=$commit \
        swift build -c release --static-swift-stdlib --product kubectl-rollout-heal -q 2>&1 | sed '/mktemp/d' >&2)
}
