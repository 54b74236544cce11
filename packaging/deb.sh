#!/bin/sh
# Builds Debian's packages of binaries that are there.
#
# usage: BIN=FOLDER HOST=TRIPLE deb.sh OUT
set -eu
cd "$(dirname "$0")/.."
out=${1:?usage: deb.sh OUT}
: "${BIN:?}"
NOTICES=$out/NOTICES
export BIN NOTICES
# what was said to make of BIN says otherwise
unset MAKEFLAGS
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
# Debian's programs want a source directory of this name with the directory debian in it
source=$out/maillog-tools-$version
rm -rf "${out:?}"
mkdir -p "$source"
sh packaging/notices.sh >"$NOTICES"
for name in *; do
    case $name in
    packaging | target*) ;;
    *) ln -s "$PWD/$name" "$source/$name" ;;
    esac
done
cp -R packaging/debian "$source/debian"
(cd "$source" && dpkg-buildpackage --build=binary --no-sign --no-pre-clean) >"$out/log" 2>&1 || {
    cat "$out/log" >&2
    exit 1
}
rm -rf "$source" "$NOTICES"
ls "$out"/*.deb
