#!/usr/bin/env bash
# Builds the plugin and installs it, so that `kubectl rollout-heal` works.
#
#   ./install.sh [--prefix DIR]     into DIR/bin; /usr/local for root, ~/.local for others
#   ./install.sh --uninstall [--prefix DIR]
#
# DESTDIR is put before every path, for packagers. kubectl finds a plugin by its file name, in which - is written _.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
. "$root/scripts/lib.sh"

usage() {
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
}

prefix=/usr/local
[ "$(id -u)" = 0 ] || prefix=$HOME/.local
uninstalls=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix)
        [ -n "${2:-}" ] || fail "--prefix needs a folder"
        prefix=$2
        shift
        ;;
    --prefix=?*) prefix=${1#*=} ;;
    --uninstall) uninstalls=1 ;;
    -h | --help)
        usage
        exit
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
    shift
done
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
bin=${DESTDIR:-}$prefix/bin

if [ -n "$uninstalls" ]; then
    rm -f "$bin/kubectl-rollout_heal"
    say "removed $bin/kubectl-rollout_heal"
    exit
fi

need_packages "${build_packages[@]}"
build_release
mkdir -p "$bin"
install -m 755 -s "$root/.build/release/kubectl-rollout-heal" "$bin/kubectl-rollout_heal"
say "installed $bin/kubectl-rollout_heal"
case :$PATH: in
*":$prefix/bin:"*) say "try: kubectl rollout-heal list -A" ;;
*) say "$prefix/bin is not on PATH; add it, then try: kubectl rollout-heal list -A" ;;
esac
