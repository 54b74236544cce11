#!/bin/sh
# Measures the tools against the programs they replace, and prints a table per job.
#
#   tests/bench/run.sh [MEGABYTES] [ROUNDS]
#
# Makes its input under target/bench, the same bytes each time, and checks that all give the same
# answer before it times them. A program that is not there is left out, and named.
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/tests/bench
megabytes=${1:-512}
rounds=${2:-7}
bytes=$((megabytes * 1024 * 1024))
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$PWD/$target ;; esac
PATH=$target/release:$PATH
LC_ALL=C
TZ=Europe/Berlin
export PATH LC_ALL TZ

"$cargo" build --release --workspace --bins
mkdir -p "$target/bench"
cd "$target/bench"

have() {
    command -v "$1" >/dev/null && return
    printf '\n%s is not installed, and not measured.\n' "$1"
    return 1
}

# make KIND: the input, if it is not there yet, and in the page cache.
make_input() {
    [ -s "$1-$megabytes" ] || maillog-generate "$1" "$bytes" >"$1-$megabytes"
    cat "$1-$megabytes" "$1-$megabytes" >/dev/null
}

# same COMMAND COMMAND: do both write the same bytes?
same() {
    [ "$(sh -c "$1" | cksum)" = "$(sh -c "$2" | cksum)" ] && return
    printf '\nThese differ, so they are not timed against each other:\n  %s\n  %s\n' "$1" "$2"
    return 1
}

# Times the command that is ours and then those of the peers that are there and agree.
job() {
    title=$1 input=$2
    shift 2
    printf '\n### %s\n\n' "$title"
    set -- "$@" 'cat FILE (the limit)'"=cat $input >/dev/null"
    maillog-compare "$rounds" "$bytes" "$@"
}

make_input qpsmtpd
make_input stats
qpsmtpd=qpsmtpd-$megabytes stats=stats-$megabytes
split=$here/peers/split.awk exact=$here/peers/split-exact.awk sum=$here/peers/sum.awk

set -- "tai64nlocal=tai64nlocal <$qpsmtpd >/dev/null"
have s6-tai64nlocal && set -- "$@" "s6-tai64nlocal=s6-tai64nlocal <$qpsmtpd >/dev/null"
[ -x /usr/bin/tai64nlocal ] && same "tai64nlocal <$qpsmtpd" "/usr/bin/tai64nlocal <$qpsmtpd" &&
    set -- "$@" "daemontools' tai64nlocal=/usr/bin/tai64nlocal <$qpsmtpd >/dev/null"
job 'Labels to local time' "$qpsmtpd" "$@"

set -- "cat, tai64nlocal, cat=cat $qpsmtpd | tai64nlocal | cat >/dev/null" \
    "cat, cat=cat $qpsmtpd | cat >/dev/null"
job 'The same between two pipes' "$qpsmtpd" "$@"

set -- "qmstat-parse=qmstat-parse <$stats >/dev/null"
if have mawk; then
    same "qmstat-parse $stats" "mawk -f $split $stats" &&
        set -- "$@" "mawk, plain split=mawk -f $split $stats >/dev/null"
    same "qmstat-parse $stats" "mawk -f $exact $stats" &&
        set -- "$@" "mawk, split from both ends, escapes=mawk -f $exact $stats >/dev/null"
fi
job 'Stats log to rows' "$stats" "$@"

set -- "qmstat-parse, xfer-sum=qmstat-parse <$stats | xfer-sum >/dev/null"
if have mawk; then
    same "qmstat-parse $stats | xfer-sum" "mawk -f $sum $stats | sort" &&
        set -- "$@" "mawk=mawk -f $sum $stats >/dev/null"
fi
if python3 -c 'import duckdb' 2>/dev/null; then
    duckdb="python3 $here/peers/duckdb-sum.py"
    same "qmstat-parse $stats | xfer-sum" "$duckdb $stats" &&
        set -- "$@" "DuckDB, all cores=$duckdb $stats >/dev/null"
else
    printf '\nThe Python module duckdb is not installed, and not measured.\n'
fi
job 'Bytes per domain' "$stats" "$@"

make_input logterse
logterse=logterse-$megabytes fields=$here/peers/fields.awk
columns=ip,host,helo,sender,recipient,disposition,code,message
for input in $qpsmtpd $logterse; do
    set -- "logterse-split=logterse-split -q -f $columns <$input >/dev/null"
    have mawk && same "logterse-split -q -f $columns $input" "mawk -f $fields $input" &&
        set -- "$@" "mawk=mawk -f $fields $input >/dev/null"
    job "Eight fields of logterse, of $input" "$input" "$@"
done

verdict="mawk -F'\t' '/logterse/ { n[\$6]++ } END { for (d in n) print n[d] \"\t\" d }'"
set -- "logterse-split, tally=logterse-split -q -f disposition <$qpsmtpd | tally -g 1 >/dev/null"
have mawk && same "logterse-split -q -f disposition $qpsmtpd | tally -g 1 | sort" \
    "$verdict $qpsmtpd | sort" && set -- "$@" "mawk=$verdict $qpsmtpd >/dev/null"
job 'Count by disposition' "$qpsmtpd" "$@"

logterse-split -q "$logterse" >rows
cat rows >/dev/null
bytes=$(wc -c <rows)
column="mawk -F'\t' '{ n[\$10]++ } END { for (d in n) print n[d] \"\t\" d }'"
set -- "tally=tally -g 10 <rows >/dev/null"
have mawk && same "tally -g 10 rows | sort" "$column rows | sort" &&
    set -- "$@" "mawk=$column rows >/dev/null"
job 'Count by one of 17 columns' rows "$@"
bytes=$((megabytes * 1024 * 1024))

printf '\n### Start-up, one line of input (times of 100 runs)\n\n'
head -n 1 "$stats" >one-line
hundred() {
    # shellcheck disable=SC2016 # the shell that runs it expands them
    printf 'i=0; while [ "$i" -lt 100 ]; do %s one-line >/dev/null; i=$((i + 1)); done' "$1"
}
set -- "qmstat-parse=$(hundred qmstat-parse)" "tai64nlocal=$(hundred tai64nlocal)" \
    "xfer-sum=$(hundred 'xfer-sum -q')"
have mawk && set -- "$@" "mawk=$(hundred "mawk '{ print }'")"
maillog-compare "$rounds" 1 "$@"
