#!/bin/bash
# Makes the same bill and the same metric rows by one process, by GNU parallel, by ssh and by Spark. It
# fails unless they are the same bytes, and writes what each way took to standard output and to
# target/scale/results.md.
#
#   BIN=FOLDER tests/scale/run.sh [FILES FILE_MB LARGE_MB]
#
# The input is FILES stats logs of FILE_MB MB; one of LARGE_MB MB with hostile lines; and FILES hosts with
# a captured log of qmail-send. It is made under target/scale and removed as soon as it is measured. What
# is not installed is left out, loudly.
set -euo pipefail
: "${BIN:?names the folder of our binaries; make scale does that}"
cd "$(dirname "$0")/../.."
top=$PWD
files=${1:-64} file_mb=${2:-64} large_mb=${3:-2048}
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$PWD/$target ;; esac
work=$target/scale
VENV=$work/venv
PATH=$BIN:$PATH
export PATH VENV LC_ALL=C TZ=Europe/Berlin
data=$work/data
mkdir -p "$work"
rm -rf "$data"
trap 'rm -rf "$data"' EXIT

has() {
    if ! PATH=$PATH:/usr/sbin command -v "$1" >/dev/null; then
        echo "SKIPPED: $1 is not installed" >&2
        return 1
    fi
}

# measure INPUT WAY FILE...: makes both sums and compares them with those of the first way.
measure() {
    local input=$1 way=$2 kind sum merge out
    shift 2
    for kind in bill metrics; do
        case $kind in
            bill) sum='xfer-sum -q' merge='xfer-sum --merge' ;;
            metrics) sum='metric-sum -q -r message -b hour' merge='metric-sum --merge' ;;
        esac
        out=$data/$kind.$way
        if ! SUM=$sum MERGE=$merge OUT=$out python3 "$top/tests/scale/measure.py" \
            "$work/results.md" "$input | $way | $kind" "$top/tests/scale/way.sh" "$way" "$@" \
            >"$data/stdout" 2>"$data/stderr"; then
            echo "FAILED: $kind of $input by $way" >&2
            tail -n 20 "$data/stderr" >&2
            exit 1
        fi
        [ -e "$out" ] || mv "$data/stdout" "$out"
        [ -e "$data/$kind" ] || mv "$out" "$data/$kind"
        if [ -e "$out" ] && ! cmp "$data/$kind" "$out"; then
            echo "DIFFERS: $kind of $input by $way" >&2
            exit 1
        fi
        rm -f "$out"
        tail -n 1 "$work/results.md"
    done
}

# An empty folder for the next input.
fresh() {
    rm -rf "$data"
    mkdir "$data"
}

{
    printf '%s, %s processors; Linux %s; commit %s; %s.\n\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
        "$(git describe --always --dirty)" "$(date -u +%F)"
    echo '| input | way | sums | wall s | CPU s | load |'
    echo '|---|---|---|---|---|---|'
} | tee "$work/results.md"
can_parallel=$(has parallel && echo yes) || true
can_ssh=$(has sshd && has ssh && echo yes) || true
can_spark=$(has java && has "$VENV/bin/spark-submit" && echo yes) || true

input="$files files of $file_mb MB"
fresh
mkdir "$data/files"
for ((number = 1; number <= files; number++)); do
    maillog-generate stats-odd $((file_mb * 1048576)) 2 "$number" >"$data/files/$number"
done
measure "$input" single "$data"/files/*
[ -z "$can_parallel" ] || measure "$input" parallel "$data"/files/*
[ -z "$can_ssh" ] || measure "$input" ssh "$data"/files/*
[ -z "$can_ssh" ] || [ -z "$can_parallel" ] || measure "$input" sshlogin "$data"/files/*
[ -z "$can_spark" ] || measure "$input" spark "$data"/files/*

input="a file of $large_mb MB"
fresh
maillog-generate stats-hostile $((large_mb * 1048576)) 30 >"$data/large"
measure "$input" single "$data/large"
[ -z "$can_parallel" ] || measure "$input" parallel "$data/large"
[ -z "$can_parallel" ] || measure "$input" pipepart "$data/large"
[ -z "$can_spark" ] || measure "$input" spark "$data/large"

input="$files hosts"
fresh
for ((number = 1; number <= files; number++)); do
    mkdir -p "$data/hosts/mx$number"
    cp tests/data/captures/qmail-send/@* tests/data/captures/qmail-send/current "$data/hosts/mx$number"
done
measure "$input" send "$data"/hosts/*
[ -z "$can_parallel" ] || measure "$input" parallel-send "$data"/hosts/*
[ -z "$can_spark" ] || measure "$input" spark-send "$data"/hosts/*
