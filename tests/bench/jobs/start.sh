# shellcheck shell=sh
# Each tool on one line of what it reads, a thousand times: seconds of the table are milliseconds of one
# start. Those that read no lines, or write to a disk, print their version instead. Both sizes are the
# same here, so there are fewer rounds; goals are measured by shorter runs, since there are many.
starts=200
[ "$PASS" = goals ] || export ROUNDS=3 starts=1000
make_input stats
make_input logterse
make_input sessions
for size in "$SMALL" "$FULL"; do
    (
        mkdir -p "$size/one" && cd "$size/one" || exit
        for kind in stats logterse sessions; do head -n 1 "../$kind" >"$kind"; done
        qmstat-parse stats >messages
        metric-sum -r message -b domain messages >metrics
        label=@4000000042b6070a049a69d4
        printf '%s new msg 5\n' $label >qmail-send
        printf '%s spamdyke[9]: ALLOWED from: a@example.com to: b@example.net ' $label >smtpd
        printf 'origin_ip: 192.0.2.1 origin_rdns: x.example auth: (unknown) ' >>smtpd
        printf 'encryption: (none) reason: 250_ok\n' >>smtpd
        printf '192.0.2.1\n' >address
        printf '192.0.2.1\tbl.example.org\tclean\t\t\t1119280814\n' >answers
        mkdir -p maildir/cur maildir/new maildir/tmp
        printf 'Received: from h (192.0.2.2)\n by mx with SMTP; 20 Jun 2005 16:20:14 -0000\n\n' \
            >maildir/new/1119280814.1.mx
    )
done
job "Start-up on one line, $starts runs" one/stats
while read -r command; do
    tool=${command%% *}
    goal at-most 1.1 mawk "$tool"
    add ours "$tool" ours "cd one && maillog-probe start $starts $command"
done <<'END'
dnsbl-check --list=bl.example.org --replay=answers address
logterse-split logterse
maildir-received maildir
metric-sum -r message -b domain messages
multilog-cat logterse
qmsend-parse qmail-send
qmstat-parse stats
qploggrep 192 logterse
qplogsumm
qplogtail logterse
server-sample --version
session-parse sessions
smtpd-parse smtpd
tai64nlocal logterse
tally -g 1 messages
traffic-load --version
traffic-report --day=2005-06-20 metrics
traffic-rotate --version
xfer-sum messages
END
for tool in mawk gawk original-awk perl; do
    case $tool in perl) one="perl -ne print" ;; *) one="$tool '{ print }'" ;; esac
    there "$tool" && add peer "$tool" "$tool" "cd one && maillog-probe start $starts $one stats"
done
there daemontools && add peer "daemontools' tai64nlocal" daemontools \
    "cd one && maillog-probe start $starts /usr/bin/tai64nlocal logterse"
there s6-tai64nlocal && add peer s6-tai64nlocal s6-tai64nlocal \
    "cd one && maillog-probe start $starts s6-tai64nlocal logterse"
add limit 'true, which does nothing' true "maillog-probe start $starts true"
measure
