# shellcheck shell=sh
# Eight fields of the logterse lines: of a log with one in 13, and of a log with nothing else.
columns=ip,host,helo,sender,recipient,disposition,code,message
fields() {
    make_input "$1"
    job "Eight fields of logterse, $2" "$1"
    [ "$1" != logterse ] || goal faster 9 mawk
    find="rg -N -F logging::logterse $1"
    ours logterse-split ours "logterse-split -q -f $columns $1"
    peer 'rg, mawk' 'rg mawk' "$find | mawk -f $PEERS/fields.awk"
    peer mawk mawk "mawk -f $PEERS/fields.awk $1"
    peer gawk gawk "gawk -f $PEERS/fields.awk $1"
    peer frawk frawk "frawk -f $PEERS/fields.awk $1"
    peer perl perl "perl $PEERS/fields.pl <$1"
    slow peer python3 "$PYTHON" "$PYTHON $PEERS/fields.py <$1"
    slow peer 'busybox awk' busybox "busybox awk -f $PEERS/fields.awk $1"
    slow peer original-awk original-awk "original-awk -f $PEERS/fields.awk $1"
    slow peer goawk goawk "goawk -f $PEERS/fields.awk $1"
    limits
    limit_of_writing
    limit 'rg -F, the lines only' rg "$find"
    measure
}
fields qpsmtpd 'of a log with one logterse line in 13'
fields logterse 'of logterse lines only'
