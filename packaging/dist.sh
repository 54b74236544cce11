#!/bin/sh
# Makes a tar of what `make install` installs, to be unpacked in /usr/local or anywhere. The binaries
# need no library, so that one tar is for all systems with this kernel and processor.
#
# usage: BIN=FOLDER HOST=TRIPLE dist.sh OUT
#
# Unless STATIC is empty, binaries that need a library are refused. The same binaries give the same
# tar: its times are that of the last commit, or $SOURCE_DATE_EPOCH.
set -eu
cd "$(dirname "$0")/.."
out=${1:?usage: dist.sh OUT}
: "${BIN:?}" "${HOST:?}" "${STATIC=static}" "${MAKE:=make}"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
name=maillog-tools-$version-$HOST
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

if [ -n "$STATIC" ]; then
    for tool in tools/*; do
        tool=${tool##*/}
        # the program that loads libraries is named at the beginning
        if head -c 4096 "$BIN/$tool" | grep -q 'lib[^ ]*/ld-'; then
            echo "make dist: $BIN/$tool needs libraries: install libc.a (libc6-dev), or see STATIC" >&2
            exit 1
        fi
    done
fi
rm -rf "${out:?}/$name"
mkdir -p "$out"
sh packaging/notices.sh >"$out/NOTICES"
"$MAKE" -s install BIN="$BIN" NOTICES="$out/NOTICES" DESTDIR= PREFIX="$out/$name"
tar -C "$out" --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX -cf "$out/$name.tar" "$name"
gzip -nf "$out/$name.tar"
rm -rf "${out:?}/$name" "$out/NOTICES"
echo "$out/$name.tar.gz"
