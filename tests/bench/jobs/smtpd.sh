# shellcheck shell=sh
# Verdicts of mail servers. The awk program joins the lines of a log without odd ones.
make_input smtpd
job 'Verdicts of mail servers' smtpd
goal faster 6 mawk
ours smtpd-parse ours 'smtpd-parse -q smtpd'
peer mawk mawk "mawk -f $PEERS/smtpd.awk smtpd"
slow peer gawk gawk "gawk -f $PEERS/smtpd.awk smtpd"
limit 'mawk splits the lines, which does less' mawk "mawk '{ n += NF } END { print n }' smtpd"
limits
limit_of_writing
measure
