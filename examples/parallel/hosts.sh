#!/bin/bash
# The bill of many hosts that run qmail: one job for each log directory of qmail-send.
#
# usage: hosts.sh DIRECTORY...
#
# A directory is a host and is named after it. It is never cut: what a message is stands in its first
# lines, and what became of it in later ones.
set -euo pipefail
: "${1:?usage: hosts.sh DIRECTORY...}"
# with a slash at its end it would have no name
shopt -s extglob
set -- "${@%%+(/)}"
: "${SUM:=xfer-sum -q}" "${MERGE:=xfer-sum --merge}"
export SUM
# The shell of the jobs. In sh a job whose first program fails would pass for done.
PARALLEL_SHELL=$(command -v bash)
export PARALLEL_SHELL

# shellcheck disable=SC2016 # each job expands its own
parallel --will-cite --halt now,fail=1 '
    set -o pipefail
    multilog-cat -q -- {} | qmsend-parse -q --host={/} | $SUM' ::: "$@" |
    $MERGE
