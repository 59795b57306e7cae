#!/usr/bin/env bash
# Builds the plugin and installs it, so that `kubectl rollout-heal` works.
#
#   ./install.sh [--prefix DIR]     into DIR/bin and DIR/share; /usr/local for root, ~/.local for others
#   ./install.sh --uninstall [--prefix DIR]
#
# DESTDIR is put before every path, for packagers. kubectl finds a plugin by its file name, in which - is written _.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
. "$root/scripts/lib/lib.sh"

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

need_packages "${build_packages[@]}"
build_release
mkdir -p "$bin"
install -m 755 -s "$root/.build/release/kubectl-rollout-heal" "$plugin"
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
