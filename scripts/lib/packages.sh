# shellcheck shell=bash
# Makes the published files of one architecture. Sourced by scripts/release/release, after lib.sh, with the version in
# $version, the maintainer and the homepage in $maintainer and $homepage, and SOURCE_DATE_EPOCH in the environment.
#
# The Debian and the RPM package hold what install.sh installs from the archive, in the folders of their distributions.

: "${root:?}" "${version-}" "${maintainer-}" "${homepage-}"

# rpm_architecture ARCH: prints RPM's name of Debian's ARCH.
rpm_architecture() {
    case $1 in
    amd64) echo x86_64 ;;
    arm64) echo aarch64 ;;
    *) fail "the name of $1 in RPM packages is not known here" ;;
    esac
}

# package_version: prints the version as dpkg and rpm compare it: 1.2.0~rc.1 is before 1.2.0.
package_version() {
    local plain=${version#v}
    echo "${plain/-/\~}"
}

# fill TEMPLATE NAME=VALUE...: replaces each @NAME@ in TEMPLATE by its value; drops a line whose value is empty.
fill() {
    local text pair name value
    text=$(<"$root/$1")
    for pair in "${@:2}"; do
        name=${pair%%=*}
        value=${pair#*=}
        [ -n "$value" ] || text=$(sed "/@$name@/d" <<<"$text")
        text=${text//@$name@/"$value"}
    done
    printf '%s\n' "$text"
}

# same_times FOLDER: sets modes that do not depend on the umask, and the commit's time.
same_times() {
    chmod -R u=rwX,go=rX "$1"
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# make_archive ARCH BINARY LIBRARIES FOLDER FILE: FOLDER receives what is in the archive FILE.
make_archive() {
    local folder=$4
    install -D -m 755 "$2" "$folder/kubectl-rollout_heal"
    notices "$3" "$1" >"$folder/THIRD-PARTY-NOTICES"
    cp -r "$root/install.sh" "$root/LICENSE" "$root/README.md" "$root/completions" "$root/man" "$folder/"
    same_times "$folder"
    (cd "$folder" && tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar -cf - -- *) |
        gzip -n9 >"$5"
}

# install_tree ARCHIVE FOLDER: installs the unpacked ARCHIVE below FOLDER, and adds what both kinds of packages have.
install_tree() {
    local share=$2/usr/share
    DESTDIR=$2 "$1/install.sh" --prefix /usr 2>/dev/null
    gzip -n9 "$share/man/man1/kubectl-rollout_heal.1"
    rm "$share/man/man1/kubectl-rollout-heal.1"
    for alias in kubectl-rollout-heal kubectl_complete-rollout_heal; do
        ln -s kubectl-rollout_heal.1.gz "$share/man/man1/$alias.1.gz"
    done
    mkdir -p "$share/doc/kubectl-rollout-heal"
    gzip -n9 <"$root/CHANGELOG.md" >"$share/doc/kubectl-rollout-heal/CHANGELOG.md.gz"
    cp "$1/THIRD-PARTY-NOTICES" "$share/doc/kubectl-rollout-heal/"
}

# make_deb ARCH ARCHIVE WORK FILE
make_deb() {
    local package=$3/deb size
    local share=$package/usr/share
    install_tree "$2" "$package"
    mv "$share/zsh/site-functions" "$share/zsh/vendor-completions"
    fill packaging/debian/copyright.in YEAR="$(date -d "@$SOURCE_DATE_EPOCH" +%Y)" >"$share/doc/kubectl-rollout-heal/copyright"
    fill packaging/debian/changelog.in VERSION="$(package_version)" MAINTAINER="$maintainer" \
        DATE="$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -n9 >"$share/doc/kubectl-rollout-heal/changelog.gz"
    install -D -m 644 "$root/packaging/debian/lintian-overrides" "$share/lintian/overrides/kubectl-rollout-heal"
    # dpkg's rule: files in started KiB, everything else as 1 KiB.
    size=$(find "$package/usr" -type f -printf '%s\n' -o -printf '1\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
    mkdir "$package/DEBIAN"
    fill packaging/debian/control.in VERSION="$(package_version)" ARCHITECTURE="$1" MAINTAINER="$maintainer" \
        SIZE="$size" HOMEPAGE="$homepage" >"$package/DEBIAN/control"
    (cd "$package" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    same_times "$package"
    dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$package" "$4" >/dev/null
}

# make_rpm ARCH ARCHIVE WORK FILE
make_rpm() {
    local tree=$3/rpm-tree build=$3/rpm-build setting settings=()
    install_tree "$2" "$tree"
    cp "$2/LICENSE" "$tree/usr/share/doc/kubectl-rollout-heal/"
    same_times "$tree"
    mkdir -p "$build"
    fill packaging/rpm/kubectl-rollout-heal.spec.in VERSION="$(package_version)" MAINTAINER="$maintainer" HOMEPAGE="$homepage" \
        TREE="$tree" DATE="$(date -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" >"$build/kubectl-rollout-heal.spec"
    # Neither the time nor this machine is in the package, and the binary stays as it was built.
    for setting in "_topdir $build" "_buildhost localhost" "use_source_date_epoch_as_buildtime 1" \
        "clamp_mtime_to_source_date_epoch 1" "source_date_epoch_from_changelog 0" "_build_id_links none" "debug_package %{nil}" \
        "__os_install_post %{nil}" "_binary_filedigest_algorithm 8" "_binary_payload w6.xzdio"; do
        settings+=(--define "$setting")
    done
    # rpmbuild reads no settings of the user.
    HOME=$build rpmbuild -bb --quiet --target "$(rpm_architecture "$1")-linux" "${settings[@]}" "$build/kubectl-rollout-heal.spec" \
        >"$build/log" 2>&1 || {
        cat "$build/log" >&2
        fail "rpmbuild failed"
    }
    mv "$build/RPMS/"*/*.rpm "$4"
}
