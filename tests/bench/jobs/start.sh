# shellcheck shell=sh
# One line of input, a thousand times: seconds of the table are milliseconds of one start.
# Both sizes are the same here, so there are fewer rounds.
export ROUNDS=3
make_input stats
for size in "$SMALL" "$FULL"; do head -n 1 "$size/stats" >"$size/one-line"; done
job 'Start-up: 1,000 runs on one line, so that a second is a millisecond of one run' one-line
for tool in qmstat-parse tai64nlocal 'xfer-sum -q' 'logterse-split -q' 'tally -g 1' multilog-cat; do
    add ours "${tool%% *}" ours "maillog-probe start 1000 $tool one-line"
done
for tool in mawk gawk original-awk perl; do
    case $tool in perl) one="perl -ne print" ;; *) one="$tool '{ print }'" ;; esac
    there "$tool" && add peer "$tool" "$tool" "maillog-probe start 1000 $one one-line"
done
there daemontools && add peer "daemontools' tai64nlocal" daemontools \
    'maillog-probe start 1000 /usr/bin/tai64nlocal one-line'
there s6-tai64nlocal && add peer s6-tai64nlocal s6-tai64nlocal \
    'maillog-probe start 1000 s6-tai64nlocal one-line'
add limit 'true, which does nothing' true 'maillog-probe start 1000 true'
measure
