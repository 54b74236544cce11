#!/bin/bash
# The bill of stats logs, by all processors of this host.
#
# usage: files.sh FILE...
#
# Each job reads a range of a FILE. parallel's own --pipepart would do for most logs, but it does not
# know that a line such as "last message repeated 2 times" belongs to the one before it.
set -euo pipefail
: "${1:?usage: files.sh FILE...}"
for file; do
    # neither a pipe nor what is compressed has ranges of lines; its size would pass for an empty log
    case $file in *$'\t'* | *$'\n'*) printf 'files.sh: a name holds a TAB or a new line\n' >&2; exit 2 ;; esac
    [ -f "$file" ] || { printf 'files.sh: %s: not a regular file\n' "$file" >&2; exit 2; }
done
: "${RANGE_BYTES:=268435456}"
: "${SUM:=xfer-sum -q}" "${MERGE:=xfer-sum --merge}"
export SUM
# The shell of the jobs. In sh a job whose first program fails would pass for done.
PARALLEL_SHELL=$(command -v bash)
export PARALLEL_SHELL

# The ranges of all files, a job each: LO-HI, TAB, FILE.
ranges() {
    local file size low
    for file; do
        size=$(stat -Lc %s -- "$file")
        for ((low = 0; low < size; low += RANGE_BYTES)); do
            printf '%s-%s\t%s\n' "$low" $((low + RANGE_BYTES)) "$file"
        done
    done
}

# shellcheck disable=SC2016 # each job expands its own
ranges "$@" |
    parallel --will-cite --halt now,fail=1 --colsep '\t' \
        'set -o pipefail; qmstat-parse -q --bytes={1} -- {2} | $SUM' |
    $MERGE
