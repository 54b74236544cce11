#!/bin/sh
# Builds RPM packages of binaries that are there.
#
# usage: BIN=FOLDER HOST=TRIPLE rpm.sh OUT
set -eu
cd "$(dirname "$0")/.."
out=${1:?usage: rpm.sh OUT}
: "${BIN:?}"
NOTICES=$out/NOTICES
export BIN NOTICES
# what was said to make of BIN says otherwise
unset MAKEFLAGS
rm -rf "${out:?}"
mkdir -p "$out"
sh packaging/notices.sh >"$NOTICES"
rpmbuild -bb --build-in-place --define "_topdir $out" packaging/maillog-tools.spec \
    >"$out/log" 2>&1 || {
    cat "$out/log" >&2
    exit 1
}
rm -f "$NOTICES"
ls "$out"/RPMS/*/*.rpm
