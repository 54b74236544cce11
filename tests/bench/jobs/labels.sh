# shellcheck shell=sh
# TAI64N labels to local time. s6 takes 22 leap seconds off, so its seconds differ from those of
# all others, and its lines are compared without them.
make_input qpsmtpd
job 'Labels to local time' qpsmtpd
goal faster 25 s6-tai64nlocal
ours tai64nlocal ours 'tai64nlocal <qpsmtpd'
peer 's6-tai64nlocal' s6-tai64nlocal 's6-tai64nlocal <qpsmtpd' 'cut -c 21-'
peer "daemontools' tai64nlocal" daemontools '/usr/bin/tai64nlocal <qpsmtpd'
peer mawk mawk "mawk -f $PEERS/label.mawk qpsmtpd"
slow peer gawk gawk "gawk -f $PEERS/label.gawk qpsmtpd"
slow peer perl perl "perl $PEERS/label.pl <qpsmtpd"
slow peer python3 "$PYTHON" "$PYTHON $PEERS/label.py <qpsmtpd"
limits
limit_of_writing
measure
