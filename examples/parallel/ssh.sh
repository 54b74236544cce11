#!/bin/bash
# The same as sshlogin.sh with nothing but ssh: a file and a status for each host.
#
# usage: ssh.sh FILES HOST...
#
# FILES is a name, or a pattern that each host expands, such as '/var/log/stats*'.
set -euo pipefail
files=${1:?usage: ssh.sh FILES HOST...}
shift
: "${1:?a host is missing}"
: "${SSH:=ssh}" "${SUM:=xfer-sum -q}" "${MERGE:=xfer-sum --merge}"
[ -z "$(printf '%s\n' "$@" | sort | uniq -d)" ] || { echo 'ssh.sh: a host is named twice' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

job="set -o pipefail; qmstat-parse -q -- $files | $SUM"
jobs=()
for host; do
    $SSH "$host" "bash -c $(printf %q "$job")" >"$work/$host" </dev/null &
    jobs+=($!)
done
for pid in "${jobs[@]}"; do
    # a host that does not answer ends the whole, since its silence is no zero
    wait "$pid"
done
cd "$work"
$MERGE -- "$@"
