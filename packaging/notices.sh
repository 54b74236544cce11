#!/bin/sh
# Prints the licences of the crates that our binaries hold, each text once, with the names of those
# that have it: most of them ask whoever passes binaries on to do so. A crate whose licence is not one
# of these ends it.
#
# usage: HOST=TRIPLE notices.sh >NOTICES
set -eu
cd "$(dirname "$0")/.."
: "${HOST:?}" "${CARGO:=cargo}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$CARGO" tree --quiet --locked --workspace --exclude maillog-tests --edges normal --target "$HOST" \
    --prefix none --format '{p}|{l}' >"$work/tree"
# our own stand with their directory: name v1.2.3 (/directory)|licence
sed -n 's/ ([*])$//; s/ (proc-macro)|/|/; /(\//d; s/^\([^ ]*\) v\([^|]*\)|/\1-\2 /p' "$work/tree" |
    sort -u >"$work/crates"
[ -s "$work/crates" ] || { echo 'notices: no crate is found' >&2; exit 1; }
known='(MIT|Apache-2\.0|Zlib|0BSD|bzip2-1\.0\.6)'
if sed 's/^[^ ]* //' "$work/crates" | grep -vE "(^|[ (/])$known(\$|[ )/])" >&2; then
    echo 'notices: these licences are new: see what they ask for' >&2
    exit 1
fi

registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
while read -r crate licence; do
    for file in "$registry"/*/"$crate"/*; do
        case ${file##*/} in
        LICEN[CS]E* | COPYING* | COPYRIGHT* | NOTICE* | UNLICEN[CS]E*) [ -f "$file" ] || continue ;;
        *) continue ;;
        esac
        # line ends and blanks are no difference
        sum=$(tr -s '[:space:]' ' ' <"$file" | cksum | tr ' ' -)
        cp "$file" "$work/text-$sum"
        echo "$crate" >>"$work/names-$sum"
    done
    echo "$crate $licence" >>"$work/list"
done <"$work/crates"

echo "The binaries of maillog-tools hold these Rust crates, here with their licences, whose texts
follow; the standard library of Rust (MIT OR Apache-2.0); SQLite, which is in the public domain; and
the C library, which is the GNU C library (LGPL-2.1-or-later; its source is that of the distribution
on which they were made, and its text follows here where that distribution has it) or musl (MIT). A crate without a text of its own is used under Apache-2.0, which is among them.
"
cat "$work/list"
lgpl=/usr/share/common-licenses/LGPL-2.1
case $HOST in *-gnu*)
    if [ -f "$lgpl" ]; then
        printf '\n%s\n\nthe GNU C library\n\n' '------------------------------------------------------------------------'
        cat "$lgpl"
    fi
    ;;
esac
for names in "$work"/names-*; do
    printf '\n%s\n\n' '------------------------------------------------------------------------'
    fold -s -w 78 <<EOF
$(sort -u "$names" | tr '\n' ' ')
EOF
    echo
    cat "$work/text-${names##*/names-}"
done
