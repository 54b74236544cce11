# shellcheck shell=sh
# Deliveries of qmail-send. matchup, of qmailanalog and of aQmail, comes from no registry. It reads no
# labels: they are converted once, before. It writes what is open at the end to descriptor 5.
make_input qmail-send
for size in "$SMALL" "$FULL"; do
    fill "$size/qmail-send-seconds" "mawk -f '$PEERS/seconds.awk' $size/qmail-send"
done
job 'Deliveries of qmail-send' qmail-send
goal faster 6 matchup
columns=time,direction,pid,sender,recipient,bytes,status,active_ms,queue_ms,text
ours qmsend-parse ours "qmsend-parse -qf $columns qmail-send"
peer matchup matchup 'matchup <qmail-send-seconds 5>/dev/null' "mawk -f $PEERS/matchup.awk"
peer mawk mawk "mawk -f $PEERS/qmail-send.awk qmail-send"
slow peer gawk gawk "gawk -f $PEERS/qmail-send.awk qmail-send"
slow peer 'busybox awk' busybox "busybox awk -f $PEERS/qmail-send.awk qmail-send"
limit 'qmsend-parse, all columns' ours 'qmsend-parse -q qmail-send'
limit 'mawk splits the lines, which does less' mawk "mawk '{ n += NF } END { print n }' qmail-send"
limits
limit_of_writing
measure
