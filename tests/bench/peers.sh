#!/bin/sh
# Installs the programs that the benchmarks compare with: peers.sh FOLDER. Best effort; what is
# missing then is named by the benchmarks.
#
# Debian's come by apt-get, where that can be done. Those written in Rust, and the Python modules,
# go into FOLDER. goawk, tsv-summarize and matchup are in none of these registries: they are measured
# if they are in $PATH.
set -eu
folder=$1
mkdir -p "$folder"
log=$folder/install.log
: >"$log"

# Runs a command and shows the end of what it says if it fails.
try() {
    "$@" >"$log" 2>&1 </dev/null || { printf 'failed: %s\n' "$*" && tail -n 3 "$log"; } >&2
}

# The program that is looked for, and Debian's package of it.
missing=$(
    while read -r program package; do
        command -v "$program" >/dev/null || printf ' %s' "$package"
    done <<'END'
/usr/bin/tai64nlocal daemontools
/usr/bin/time time
/usr/sbin/rbldnsd rbldnsd
busybox busybox
datamash datamash
dig bind9-dnsutils
dnsperf dnsperf
gawk gawk
mawk mawk
mlr miller
original-awk original-awk
perl perl
pigz pigz
psql postgresql
rg ripgrep
s6-tai64nlocal s6
sqlite3 sqlite3
valgrind valgrind
END
)
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    try apt-get -q update
    for package in $missing; do
        try apt-get -q -y --no-install-recommends install "$package"
    done
fi

cargo=${CARGO:-cargo}
[ -x "$folder/bin/xsv" ] || try "$cargo" install --quiet --root "$folder" xsv
# frawk's back end of LLVM wants a version of it that is gone; that of Cranelift compares addresses of
# functions, which are the same only if the crate is compiled as one unit.
[ -x "$folder/bin/frawk" ] ||
    try env CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_LTO=off "$cargo" install \
        --quiet --root "$folder" --no-default-features --features use_jemalloc,allow_avx2 frawk

if ! [ -x "$folder/venv/bin/python" ]; then
    try python3 -m venv "$folder/venv"
    for module in duckdb polars chdb; do
        try "$folder/venv/bin/python" -m pip install --quiet "$module"
    done
fi
