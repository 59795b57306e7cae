#!/usr/bin/env bash
# Installs the plugin, so that `kubectl rollout-heal` works. In an unpacked archive of a release it copies the binary beside
# it, and needs nothing else. In the sources it builds the binary first, with Swift 6.2 or later, libcurl and libyaml.
#
#   ./install.sh [--prefix DIR]     into DIR/bin and DIR/share; /usr/local for root, ~/.local for others
#   ./install.sh --uninstall [--prefix DIR]
#
# DESTDIR is put before every path, for packagers. kubectl finds a plugin by its file name, in which - is written _.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
say() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
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
        sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//p}' "$0"
        exit
        ;;
    *)
        "$0" --help >&2
        exit 2
        ;;
    esac
    shift
done
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
bin=${DESTDIR:-}$prefix/bin
share=${DESTDIR:-}$prefix/share
plugin=$bin/kubectl-rollout_heal
# kubectl asks the second name for completions (from 1.26 on); the shells read the others when the plugin's own name is typed.
completer=$bin/kubectl_complete-rollout_heal
bash_completion=$share/bash-completion/completions/kubectl-rollout_heal
zsh_completion=$share/zsh/site-functions/_kubectl-rollout_heal
fish_completion=$share/fish/vendor_completions.d/kubectl-rollout_heal.fish
# `man kubectl rollout-heal` asks for the second name.
manual=$share/man/man1/kubectl-rollout_heal.1
manual_alias=$share/man/man1/kubectl-rollout-heal.1

if [ -n "$uninstalls" ]; then
    rm -f "$plugin" "$completer" "$bash_completion" "$zsh_completion" "$fish_completion" "$manual" "$manual_alias"
    say "removed $plugin, its completions and its manual"
    exit
fi

binary=$root/kubectl-rollout_heal
strips=()
if [ -e "$binary" ]; then
    # A packager's machine may be another.
    [ -n "${DESTDIR:-}" ] || "$binary" version >/dev/null 2>&1 ||
        fail "the binary in $root does not run on this machine, which is $(uname -sm)"
else
    [ -e "$root/scripts/lib/lib.sh" ] || fail "$root has neither the binary of a release nor the sources"
    . "$root/scripts/lib/lib.sh"
    # Any source of the libraries will do; Debian's packages are what can be installed here.
    if ! { command -v git >/dev/null && pkg-config --exists libcurl yaml-0.1; } 2>/dev/null; then
        need_packages "${build_packages[@]}"
    fi
    build_release
    binary=$root/.build/release/kubectl-rollout-heal
    strips=(-s)
fi
mkdir -p "$bin"
install -m 755 "${strips[@]}" "$binary" "$plugin"
ln -sf kubectl-rollout_heal "$completer"
install -D -m 644 "$root/completions/kubectl-rollout_heal.bash" "$bash_completion"
install -D -m 644 "$root/completions/_kubectl-rollout_heal" "$zsh_completion"
install -D -m 644 "$root/completions/kubectl-rollout_heal.fish" "$fish_completion"
install -D -m 644 "$root/man/kubectl-rollout_heal.1" "$manual"
ln -sf kubectl-rollout_heal.1 "$manual_alias"
say "installed $plugin, its completions and its manual"
zsh_folder=$prefix/share/zsh/site-functions
if command -v zsh >/dev/null && ! zsh -fc 'print -l $fpath' 2>/dev/null | grep -qxF "$zsh_folder"; then
    say "for zsh's completion, before compinit in ~/.zshrc: fpath+=($zsh_folder)"
fi
case :$PATH: in
*":$prefix/bin:"*) say "try: kubectl rollout-heal list -A" ;;
*) say "$prefix/bin is not on PATH; add it, then try: kubectl rollout-heal list -A" ;;
esac
