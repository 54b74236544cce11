# shellcheck shell=sh
# H-Sphere's stats log to rows. split.awk just splits at bars; split-exact.awk counts from both ends
# and escapes, as qmstat-parse does. The columns are those that a line holds.
make_input stats
job 'Stats log to rows' stats
goal faster 25 mawk
plain="-f $PEERS/split.awk stats"
columns=time,host,direction,pid,sender,recipient,bytes,status,attempts
ours qmstat-parse ours "qmstat-parse -f $columns stats"
peer mawk mawk "mawk $plain"
peer 'mawk, from both ends, escapes' mawk "mawk -f $PEERS/split-exact.awk stats"
peer frawk frawk "frawk $plain"
slow peer perl perl "perl $PEERS/split.pl <stats"
slow peer python3 "$PYTHON" "$PYTHON $PEERS/split.py <stats"
slow peer gawk gawk "gawk $plain"
slow peer 'busybox awk' busybox "busybox awk $plain"
slow peer original-awk original-awk "original-awk $plain"
slow peer goawk goawk "goawk $plain"
limit "tr '|' TAB, which does less" tr "tr '|' '\\t' <stats"
limits
limit_of_writing
measure
