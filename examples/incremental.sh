#!/bin/sh
# What has come to qmail-send's log since the last run, as message rows: a directory DIRECTORY/run.N for
# each run, whose rows are in DIRECTORY/run.N/rows.
#
# usage: incremental.sh DIRECTORY LOG
#
# It may be killed at any moment, with all that it started or only a part of it, and run again: the
# rows of all runs, in their order, are those of the whole log, each once. A run begins with what the
# last one left, which it only reads, and makes its rows and its own states in DIRECTORY/next; then one
# rename makes them count. The next run needs the last directory only: remove older ones as you like.
set -eu
folder=${1:?usage: incremental.sh DIRECTORY LOG}
log=${2:?usage: incremental.sh DIRECTORY LOG}
mkdir -p "$folder"
# two runs at once would write the same files; whoever can read the lock could hold it
(umask 077 && : >>"$folder/lock")
exec 9>>"$folder/lock"
flock -n 9 || { echo "incremental.sh: another one is at work" >&2; exit 2; }

last=0
for run in "$folder"/run.*; do
    if [ -d "$run" ] && [ "${run##*.}" -gt "$last" ]; then last=${run##*.}; fi
done
next=$folder/next
rm -rf "$next"
mkdir "$next"
# before the first run there is no run.0, and that is told
multilog-cat -q --state-from="$folder/run.$last/place" --state="$next/place" "$log" |
    qmsend-parse -q --pending-from="$folder/run.$last/pending" -p "$next/pending" >"$next/rows"
# A reader cannot see that its writer was killed. But the writer notes its place last.
[ -s "$next/place" ] || { echo "incremental.sh: $log was not read to its end" >&2; exit 2; }
# so that a rename that survives a loss of power finds the rows on disk
sync "$next/rows"
mv "$next" "$folder/run.$((last + 1))"
