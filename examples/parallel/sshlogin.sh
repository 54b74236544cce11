#!/bin/bash
# The bill of many hosts with a stats log each, by ssh: only sums cross the net.
#
# usage: sshlogin.sh FILES HOST...
#
# FILES is a name, or a pattern that each host expands, such as '/var/log/stats*'.
#
# Each host needs parallel, bash and our tools in its PATH. SSH may hold another command than ssh.
set -euo pipefail
files=${1:?usage: sshlogin.sh FILES HOST...}
shift
: "${1:?a host is missing}"
: "${SSH:=ssh}" "${SUM:=xfer-sum -q}" "${MERGE:=xfer-sum --merge}"

job="set -o pipefail; qmstat-parse -q -- $files | $SUM"
# one job on each host; a host that does not answer ends the whole, since its silence is no zero
parallel --will-cite --halt now,fail=1 --ssh "$SSH" --nonall --sshlogin "$(IFS=,; echo "$*")" \
    "bash -c $(printf %q "$job")" |
    $MERGE
