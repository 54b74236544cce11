# shellcheck shell=sh
# A filter between two programs. `cat FILE | cat` runs at two speeds: fast where both ends run on one
# processor, slow where each 64 KiB wakes the other; so there is a row for one processor too.
make_input qpsmtpd
make_input stats
make_input logterse
make_input rows
between() {
    job "$1, between two pipes" "$2"
    goal faster 1.5 'cat FILE, cat, cat'
    ours "cat, $3, cat" ours "cat $2 | $3 | cat"
    one_core ours "cat, $3, cat; on one core" ours "cat $2 | $3 | cat"
    limit 'cat FILE, cat' cat "cat $2 | cat"
    one_core limit 'cat FILE, cat; on one core' cat "cat $2 | cat"
    limit 'cat FILE, cat, cat' cat "cat $2 | cat | cat"
    limit 'write as many bytes as the input has, cat' ours "maillog-probe write \$(wc -c <$2) | cat"
    measure
}
between 'Labels to local time' qpsmtpd tai64nlocal
between 'Stats log to rows' stats qmstat-parse
between 'Logterse to rows, one line in 13' qpsmtpd 'logterse-split -q'
between 'Logterse to rows, logterse lines only' logterse 'logterse-split -q'
between 'Count by one of 20 columns' rows 'tally -g 10'
