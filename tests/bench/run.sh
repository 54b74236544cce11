#!/bin/sh
# Measures the tools against the programs they replace, and writes a table per job to standard
# output and to target/bench/results.md.
#
#   BIN=FOLDER tests/bench/run.sh [MEGABYTES [ROUNDS [JOB ...]]]
#
# The jobs are in tests/bench/jobs; all of them if none is named. The input is made under
# target/bench, the same bytes each time. `make bench` builds ours, and has peers.sh install the
# other programs.
set -eu
: "${BIN:?names the folder of our binaries; make bench does that}"
cd "$(dirname "$0")/../.."
HERE=$PWD/tests/bench
PEERS=$HERE/peers
SMALL=16 FULL=${1:-512} ROUNDS=${2:-5}
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$PWD/$target ;; esac
tools=$target/bench/tools
PATH=$BIN:$PATH:$tools/bin
PYTHON=python3
if [ -x "$tools/venv/bin/python" ]; then PYTHON=$tools/venv/bin/python; fi
LC_ALL=C
TZ=Europe/Berlin
export HERE PEERS SMALL FULL ROUNDS PATH PYTHON LC_ALL TZ
if [ $# -gt 2 ]; then
    shift 2
else
    set -- labels disposition logterse stats domains sessions metrics reports tld column pipes start growth common
fi

# shellcheck source=/dev/null
. "$HERE/lib.sh"

mkdir -p "$target/bench/$SMALL" "$target/bench/$FULL"
cd "$target/bench"

{
    printf '%s, %s processors, %s MiB of memory; %s, Linux %s; %s; commit %s.\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
        "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)" \
        "$(rustc --version)" "$(git -C "$HERE" describe --always --dirty)"
    printf '%s. Full input %s MB, small input %s MB; %s rounds.\n' \
        "$(date -u +%F)" "$FULL" "$SMALL" "$ROUNDS"
    for name; do
        # shellcheck source=/dev/null
        (. "$HERE/jobs/$name.sh") || printf '\nThe job %s failed.\n' "$name"
    done
} | tee results.md
