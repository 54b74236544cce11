#!/bin/sh
# Measures the tools against the programs they replace, and writes a table per job to standard
# output and to target/bench/results.md.
#
#   tests/bench/run.sh [MEGABYTES [ROUNDS [JOB ...]]]
#
# The jobs are in tests/bench/jobs; all of them if none is named. The input is made under
# target/bench, the same bytes each time; peers.sh installs the other programs.
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/tests/bench
peers=$here/peers
small=16 full=${1:-512} rounds=${2:-5}
[ $# -gt 2 ] && shift 2 || set -- labels pipes disposition logterse stats domains tld column start growth
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$PWD/$target ;; esac
PATH=$target/release:$PATH:$target/bench/tools/bin
LC_ALL=C
TZ=Europe/Berlin
export PATH LC_ALL TZ

. "$here/lib.sh"
! [ -x "$target/bench/tools/venv/bin/python" ] || python=$target/bench/tools/venv/bin/python

#"${CARGO:-cargo}" build --release --workspace --bins
mkdir -p "$target/bench/$small" "$target/bench/$full"
cd "$target/bench"

# make_input KIND: the log KIND in both sizes, if it is not there yet.
make_input() {
    for size in $small $full; do
        [ -s "$size/$1" ] || case $1 in
        rows) logterse-split -q "$size/logterse" >"$size/rows" ;;
        *) maillog-generate "$1" $((size * 1024 * 1024)) >"$size/$1" ;;
        esac
    done
}

{
    printf '### The machine\n\n%s, %s processors, %s; Linux %s; %s.\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)" "$(rustc --version)"
    printf '%s; %s MB and %s MB, %s rounds.\n' "$(date -u +%F)" "$full" "$small" "$rounds"
    for name; do
        # shellcheck source=/dev/null
        (. "$here/jobs/$name.sh")
    done
} | tee results.md
