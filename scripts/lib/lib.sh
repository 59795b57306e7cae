# shellcheck shell=bash
# Functions shared by the scripts: progress on stderr, Debian packages, long commands. Sourced, never run, with the
# repository's folder in $root.
: "${root:?}"

# Prints progress on stderr.
say() {
    printf '==> %s\n' "$*" >&2
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Like fail, with the exit status that means: what is needed is not to be had here.
unavailable() {
    printf 'error: %s\n' "$*" >&2
    exit 69
}

# or_left_out WHAT COMMAND...: runs a command that ends with `unavailable` where what it needs is not to be had: then says
# LEFT OUT, and returns 1. Another failure ends the script.
or_left_out() {
    local what=$1 status=0
    shift
    "$@" || status=$?
    case $status in
    0) ;;
    69)
        say "LEFT OUT: $what (what it needs is not to be had here; the reason stands above)"
        return 1
        ;;
    *) exit "$status" ;;
    esac
}

# Prints the help: the comment at the top of the running script.
usage() {
    sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//p}' "$0"
}

# needs_value OPTION VALUE...: fails unless an option that takes a value has one.
needs_value() {
    [ $# -ge 2 ] || fail "$1 needs a value"
}

# Runs a command as root, directly or with sudo; fails with instructions if neither is possible.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root; run as root: $*"
    fi
}

# Describes what as_root does, for messages.
by_root() {
    if [ "$(id -u)" = 0 ]; then echo "as root"; else echo "as root, by sudo"; fi
}

# Downloads apt's package lists if the machine has none.
need_package_lists() {
    # shellcheck disable=SC2016
    [ -n "$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages')" ] || update_package_lists
}

update_package_lists() {
    say "reading the package lists $(by_root): apt-get update"
    as_root apt-get -qq update >&2
}

# Installs the missing ones of the named Debian packages, without recommended packages.
need_packages() {
    local missing=() package
    command -v apt-get >/dev/null || fail "no apt-get here; install by hand what these Debian packages hold: $*"
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} != 0 ] || return 0
    say "installing $(by_root), and leaving installed: ${missing[*]}"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}")
    need_package_lists
    as_root "${install[@]}" >/dev/null || {
        # Outdated lists refer to files that no longer exist.
        update_package_lists
        as_root "${install[@]}" >/dev/null
    } || fail "apt-get could not install ${missing[*]}"
}

# The same for programs from any source: PROGRAM is on PATH, or package PACKAGE provides it. PROGRAM:PACKAGE...
need_programs() {
    local pair packages=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || packages+=("${pair##*:}")
    done
    [ ${#packages[@]} = 0 ] || need_packages "${packages[@]}"
}

# Runs a long command and prints a line every 30 s. Its output goes to a log, whose end is shown on failure. The command
# has its own process group, in $long_command, so that an exit trap can end it with `end_long_command`.
long_command=
with_heartbeat() {
    local what=$1 log=$2 start=$SECONDS next=30
    shift 2
    say "$what (log: $log)"
    set -m
    "$@" >>"$log" 2>&1 </dev/null &
    long_command=$!
    set +m
    while kill -0 "$long_command" 2>/dev/null; do
        sleep 1
        if [ $((SECONDS - start)) -ge "$next" ]; then
            say "$what: $((SECONDS - start)) s so far"
            next=$((next + 30))
        fi
    done
    wait "$long_command" || {
        long_command=
        tail -n 30 "$log" >&2
        fail "$what failed; the whole log: $log"
    }
    long_command=
    say "$what: done in $((SECONDS - start)) s"
}

end_long_command() {
    [ -z "$long_command" ] || kill -- "-$long_command" 2>/dev/null || true
}

# use_archive DIR [ARCH [SUITE]]: sets up the Debian archive that the system's apt uses, with separate lists in DIR,
# for `archive_apt_get DIR ...`: packages for ARCH, by default this machine's architecture, of SUITE and its security
# updates, by default of the suites that apt is configured with, and then sources too. Reads the system's configuration without changing
# it; no host is hard-coded.
use_archive() {
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg option site suite
    mkdir -p "$1/lists/partial" "$1/apt/archives/partial"
    : >"$1/status"
    echo "${2:-$(machine_architecture)}" >"$1/architecture"
    # Unstable's index may be older than it says it should be: mirrors of it are frozen.
    option="[lang=none arch=$(cat "$1/architecture") check-valid-until=$([ "${3-}" = sid ] && echo no || echo yes)"
    [ ! -e "$keys" ] || option="$option signed-by=$keys"
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' | sort -u |
        while read -r site suite; do
            if [ -n "${3-}" ]; then
                case $3,$suite in
                sid,*-*) continue ;;
                *-security) suite=$3-security ;;
                *-*) continue ;;
                *) suite=$3 ;;
                esac
            fi
            printf 'deb %s target=Packages] %s %s main\n' "$option" "$site" "$suite"
            [ -n "${3-}" ] || printf 'deb-src %s] %s %s main\n' "$option" "$site" "$suite"
        done | sort -u >"$1/sources.list"
    [ -s "$1/sources.list" ]
}

archive_apt_get() {
    local architecture
    architecture=$(cat "$1/architecture")
    apt-get -qq -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$1/lists" -o Dir::State::status="$1/status" -o Dir::Cache="$1/apt" -o APT::Sandbox::User=root \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" "${@:2}"
}

# Reads the env file of the cluster that `scripts/dev/cluster start` created in folder $1.
use_cluster() {
    [ -e "$1/env" ] || fail "$1 is no folder of a cluster that runs (scripts/dev/cluster start --dir DIR makes one)"
    # shellcheck source=/dev/null
    . "$1/env"
}

# Runs curl as the cluster's administrator; the last argument is the path on the server.
admin_curl() {
    curl -sS --noproxy '*' --cacert "$CA_FILE" --cert "$ADMIN_CERT" --key "$ADMIN_KEY" "${@:1:$#-1}" "$SERVER${*: -1}"
}

# Sends the requests on stdin as the administrator, in parallel: a stream of JSON objects {method, path, type, body}, of
# which only path is required. Fails if the status of a response does not match the regular expression $1.
send_all() {
    local expected=$1 answers status file what count=0 result=0
    answers=$(mktemp -d)
    jq -rn --arg server "$SERVER" --arg answers "$answers" --arg ca "$CA_FILE" --arg cert "$ADMIN_CERT" --arg key "$ADMIN_KEY" '
        foreach inputs as $request (0; . + 1; . as $number | $request
            | (if $number > 1 then "next" else empty end),
              "noproxy = \"*\"",
              "cacert = \($ca | tojson)",
              "cert = \($cert | tojson)",
              "key = \($key | tojson)",
              "request = \(.method // "GET")",
              "url = \($server + .path | tojson)",
              "output = \("\($answers)/\($number)" | tojson)",
              "write-out = \("%{http_code} %{filename_effective} %{method} %{url}\\n" | "\"\(.)\"")",
              (if .body then
                  "header = \("Content-Type: \(.type // "application/json")" | tojson)",
                  "data-binary = \(.body | tojson | tojson)"
              else empty end))
    ' >"$answers/requests"
    curl --parallel --no-progress-meter --config "$answers/requests" >"$answers/statuses" || result=1
    while read -r status file what; do
        count=$((count + 1))
        if [[ ! $status =~ ^($expected)$ ]]; then
            printf 'error: %s was answered %s: %s\n' "$what" "$status" \
                "$(jq -r '.message // .' "$file" 2>/dev/null || cat "$file" 2>/dev/null)" >&2
            result=1
        fi
    done <"$answers/statuses"
    [ "$count" = "$(grep -c '^url = ' "$answers/requests")" ] || result=1
    rm -rf "$answers"
    return "$result"
}

# Prints the real kubectl: the one on PATH may be a vendor's wrapper that selects a version next to it.
installed_kubectl() {
    local found newest
    found=$(command -v kubectl) || return
    newest=$(printf '%s\n' "$(readlink -f "$found")".1.* | grep -E '\.1\.[0-9]+$' | sort -V | tail -n 1) || true
    printf '%s\n' "${newest:-$found}"
}

# The packages that a build needs besides Swift.
# shellcheck disable=SC2034
build_packages=(git libcurl4-openssl-dev libyaml-dev pkg-config)

# Prints the commit for `version`; $COMMIT without a .git folder.
commit() {
    if [ -n "${COMMIT:-}" ]; then echo "$COMMIT" && return; fi
    git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
}

# Prints the commit's time in seconds; $SOURCE_DATE_EPOCH without a .git folder.
commit_time() {
    if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then echo "$SOURCE_DATE_EPOCH" && return; fi
    git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0
}

# Prints the version, which the sources have in one place.
program_version() {
    sed -n 's/.*version = "\(v[^"]*\)".*/\1/p' "$root/Sources/Commands/Program/BuildInfo.swift"
}

# Prints this machine's architecture in Debian's, Go's and Docker's word: amd64 or arm64.
machine_architecture() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

# check_architecture ARCH: fails unless this machine can build for it.
check_architecture() {
    case $1 in
    amd64 | arm64) ;;
    *) fail "binaries are built for amd64 and arm64, not for $1" ;;
    esac
    case $(machine_architecture),$1 in
    amd64,arm64 | "$1,$1") ;;
    *) fail "a machine of $(machine_architecture) builds for itself, not for $1" ;;
    esac
}

# sbom VERSION LIBRARIES [ARCH]: prints the SPDX document of the static binary for ARCH, by default this machine's;
# LIBRARIES is the folder from scripts/release/static-libraries --arch ARCH.
sbom() {
    local swift=()
    # The Swift that builds for another architecture is a Debian package like the C libraries.
    grep -q '^swiftlang	' "$2/packages" ||
        swift=(--swift "$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/\1/p')")
    python3 "$root/scripts/release/sbom.py" --name kubectl-rollout-heal --version "$1" --commit "$(commit)" --time "$(commit_time)" \
        --architecture "${3:-$(machine_architecture)}" "${swift[@]}" --debian "$2/packages" --package "$root"
}

# notices LIBRARIES [ARCH]: prints the licences of its parts.
notices() {
    local toolchain swift=() checkouts=$root/.build/static-${2:-$(machine_architecture)}/checkouts
    [ -e "$checkouts" ] || checkouts=$root/.build/checkouts
    if ! grep -q '^swiftlang	' "$1/packages"; then
        toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
        swift=(--swift "$toolchain/share/swift/LICENSE.txt")
    fi
    python3 "$root/scripts/release/notices.py" --libraries "$1" "${swift[@]}" --checkouts "$checkouts" --package "$root"
}

# Builds the release binary: optimised, with Swift's libraries linked statically.
build_release() {
    command -v swift >/dev/null || fail "there is no swift on PATH; it needs Swift 6.2 or later (swift.org/install)"
    say "building kubectl-rollout-heal (release; about a minute the first time)"
    # Drops the linker's warning of mktemp in FoundationEssentials, which is not called here.
    (cd "$root" && ROLLOUT_HEAL_COMMIT=$(commit) \
        swift build -c release --static-swift-stdlib --product kubectl-rollout-heal -q 2>&1 | sed '/mktemp/d' >&2)
}
