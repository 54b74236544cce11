#!/bin/sh
# Removes what `make install` puts under $DESTDIR. What that is, is seen by installing empty files in
# the place of the binaries elsewhere.
set -eu
cd "$(dirname "$0")/.."
: "${MAKE:=make}" "${DESTDIR=}" "${DOC:?make uninstall sets it}"
# what make takes for a directory beside the Makefile
case $DESTDIR in '' | /*) ;; *) DESTDIR=$PWD/$DESTDIR ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/root"
for tool in tools/*; do
    : >"$work/bin/${tool##*/}"
done
"$MAKE" -s install BIN="$work/bin" DESTDIR="$work/root"
export DESTDIR
cd "$work/root"
find . ! -type d -exec sh -c 'for file; do rm -f "$DESTDIR/$file"; done' sh {} +
# the other directories are shared with everyone
find ".$DOC" -depth -type d -exec sh -c '
    for folder; do rmdir "$DESTDIR/$folder" 2>/dev/null || :; done' sh {} +
