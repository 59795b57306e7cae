# shellcheck shell=bash
# Small Debian root file systems, in which test-release installs packages. Sourced after lib.sh.

: "${root:?}"

# debian_mirror: prints the first Debian mirror that apt is configured with.
debian_mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1
}

# can_run ARCH: whether this machine runs programs of ARCH (Debian's name), natively or by a handler that works in a chroot.
can_run() {
    [ "$1" != "$(dpkg --print-architecture)" ] || return 0
    grep -qs '^flags:.*F' /proc/sys/fs/binfmt_misc/qemu-aarch64
}

# enable_arm64: lets the kernel run programs of arm64 by qemu, as root; status 1 if that is not possible here. The handler's
# program is opened when it is registered (F), so that no chroot needs it.
enable_arm64() {
    ! can_run arm64 || return 0
    [ "$(id -u)" = 0 ] || return 1
    need_packages qemu-user-static
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null || return 1
    # qemu's own magic of 64-bit little-endian ELF programs for machine 183.
    printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:OCF' \
        2>/dev/null >/proc/sys/fs/binfmt_misc/register || true
    can_run arm64
}

# debian_root SUITE ARCH: prints the path of a minimal Debian as a compressed tar file, with certificates, or with kubectl
# if ARCH is not this machine's; made once, and kept for 30 days. Status 1 if it cannot be made here.
debian_root() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-rollout-heal/roots mirror file packages=ca-certificates
    file=$cache/$1-$2.tar.zst
    if [ -n "$(find "$file" -mtime -30 2>/dev/null)" ]; then echo "$file" && return; fi
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || return 1
    mkdir -p "$cache"
    need_packages mmdebstrap zstd
    # This machine's kubectl is for its own architecture; and qemu takes ten minutes to hash certificates.
    if [ "$2" != "$(dpkg --print-architecture)" ]; then
        need_packages arch-test
        packages=kubernetes-client
    fi
    (
        flock 9
        [ -z "$(find "$file" -mtime -30 2>/dev/null)" ] || exit 0
        with_heartbeat "making a root file system of Debian $1 for $2" "$cache/$1-$2.log" \
            mmdebstrap --mode=root --variant=minbase --arch="$2" --include="$packages" --format=tar --skip=check/qemu \
            "$1" "$cache/$1-$2.new.tar.zst" "deb $mirror $1 main"
        mv "$cache/$1-$2.new.tar.zst" "$file"
    ) 9>"$cache/lock" || return 1
    echo "$file"
}
