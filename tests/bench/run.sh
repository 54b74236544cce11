#!/bin/sh
# Measures the tools against the programs they replace. First comes a table of all goals, met or not,
# which is kept in target/bench/goals.md and goals.tsv, then a table per job (results.md).
#
#   BIN=FOLDER tests/bench/run.sh [MEGABYTES [ROUNDS [goals | tables] [JOB ...]]]
#
# The jobs are in tests/bench/jobs; all of them if none is named. `goals` leaves it at the first table,
# `tables` leaves that out.
# The input is made under target/bench, the same bytes each time. `make bench` builds ours, and has
# peers.sh install the other programs.
set -eu
: "${BIN:?names the folder of our binaries; make bench does that}"
BIN=$(cd "$BIN" && pwd)
cd "$(dirname "$0")/../.."
HERE=$PWD/tests/bench
PEERS=$HERE/peers
SMALL=16 FULL=${1:-512} ROUNDS=${2:-11}
for number in "$FULL" "$ROUNDS"; do
    case $number in
    '' | 0* | *[!0-9]*)
        echo 'usage: run.sh [MEGABYTES [ROUNDS [goals | tables] [JOB ...]]]' >&2
        exit 2
        ;;
    esac
done
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$PWD/$target ;; esac
tools=$target/bench/tools
PATH=$BIN:$PATH:$tools/bin
PYTHON=python3
if [ -x "$tools/venv/bin/python" ]; then PYTHON=$tools/venv/bin/python; fi
LC_ALL=C
TZ=Europe/Berlin
export HERE PEERS SMALL FULL ROUNDS PATH PYTHON LC_ALL TZ
shift $(($# < 2 ? $# : 2))
passes='goals tables'
case ${1-} in
goals | tables)
    passes=$1
    shift
    ;;
esac
some_jobs=$*
jobs=${*:-labels disposition logterse stats domains column sessions smtpd qmsend metrics reports load archives dnsbl tld pipes start growth common}

# shellcheck source=/dev/null
. "$HERE/lib.sh"

mkdir -p "$target/bench/$SMALL" "$target/bench/$FULL"
cd "$target/bench"
# jobs that go on after their run was killed have it still
exec 9>lock
flock -n 9 || { printf 'run.sh: another run is at work in %s\n' "$PWD" >&2; exit 2; }

# Runs the jobs in this pass.
pass() {
    export PASS="$1"
    for name in $jobs; do
        # shellcheck source=/dev/null
        (. "$HERE/jobs/$name.sh") || printf '\nThe job %s failed.\n' "$name" | tee -a failed
    done
}

# What was measured, where, and with what.
machine() {
    printf '%s, %s processors, %s MiB of memory; %s, Linux %s; %s; commit %s.\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
        "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(uname -r)" \
        "$(rustc --version)" "$(git -C "$HERE" describe --always --dirty)"
    printf '%s. Full input %s MB, small input %s MB; %s rounds.\n' \
        "$(date -u +%F)" "$FULL" "$SMALL" "$ROUNDS"
}

: >failed
case $passes in
*goals*)
    : >goals.tsv
    : >goals.notes
    printf '%s\n' "$some_jobs" >goals.jobs
    {
        machine
        echo
        pass goals
        awk -f "$HERE/goals.awk" goals.tsv
        cat goals.notes
    } | tee goals.md
    ;;
esac
case $passes in
*tables*)
    printf '%s\n' "$some_jobs" >results.jobs
    {
        machine
        pass tables
    } | tee results.md
    ;;
esac
[ ! -s failed ]
