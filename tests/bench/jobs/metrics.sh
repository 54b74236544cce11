# shellcheck shell=sh
# Message rows to metric rows, by domain.
make_input stats
make_input messages
job 'Message rows to metrics' messages
goal faster 6 mawk
ours metric-sum ours 'metric-sum -r message -b domain messages'
peer mawk mawk "mawk -f $PEERS/metrics.awk messages" sort
slow peer gawk gawk "gawk -f $PEERS/metrics.awk messages" sort
slow peer 'busybox awk' busybox "busybox awk -f $PEERS/metrics.awk messages" sort
limit 'mawk splits the rows, which does less' mawk "mawk -F'\t' '{ n += NF } END { print n }' messages"
limits
measure
