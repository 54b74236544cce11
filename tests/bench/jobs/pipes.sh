# shellcheck shell=sh
# A filter between two programs. `cat FILE | cat` runs at two speeds: fast where both ends run on one
# processor, slow where each 64 KiB wakes the other; so there is a row for one processor too.
make_input qpsmtpd
make_input stats
make_input logterse
make_input rows
between() {
    job "$1 between two pipes" "$2"
    ours "cat, $1, cat" ours "cat $2 | $3 | cat"
    one_core ours "cat, $1, cat; on one core" ours "cat $2 | $3 | cat"
    limit 'cat FILE, cat' cat "cat $2 | cat"
    one_core limit 'cat FILE, cat; on one core' cat "cat $2 | cat"
    limit 'cat FILE, cat, cat' cat "cat $2 | cat | cat"
    [ -z "${4-}" ] || limit 'write as many bytes, cat' ours "maillog-probe write \$(wc -c <$2) | cat"
    measure
}
between tai64nlocal qpsmtpd tai64nlocal bytes
between qmstat-parse stats qmstat-parse
between logterse-split qpsmtpd 'logterse-split -q'
between logterse-split logterse 'logterse-split -q'
between tally rows 'tally -g 10'
