# shellcheck shell=sh
# Connection logs to session rows. The awk program joins the lines of a log without odd ones; split.awk
# only takes each line apart.
make_input sessions
job 'Connection logs to session rows' sessions
goal faster 6 mawk
columns=time,service,ip,port,user,active_ms,in_bytes,out_bytes,end
ours session-parse ours "session-parse -qf $columns sessions"
peer mawk mawk "mawk -f $PEERS/sessions.awk sessions"
slow peer gawk gawk "gawk -f $PEERS/sessions.awk sessions"
slow peer 'busybox awk' busybox "busybox awk -f $PEERS/sessions.awk sessions"
limit 'mawk splits the lines, which does less' mawk "mawk '{ n += NF } END { print n }' sessions"
limits
limit_of_writing
measure
