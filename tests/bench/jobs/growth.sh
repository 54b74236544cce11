# shellcheck shell=sh
# How time and memory grow with the input. The largest is made, read and removed, log after log.
[ "$PASS" = tables ] || return 0
huge=2048
# the log, and the rows made of it
needed=$((4 * huge * 1024))
there_is=$(df -Pk . | awk 'NR == 2 { print $4 }')
if [ "$there_is" -lt "$needed" ]; then
    not_measured Growth "it needs $((needed / 1024)) MiB of disk, and there are $((there_is / 1024))"
    return
fi
# grow INPUT: the rows of the commands in the list, in three sizes.
grow() {
    for size in "$SMALL" "$FULL" $huge; do cat "$size/$1" "$size/$1" >/dev/null; done
    maillog-compare growth 3 "$1" "$SMALL" "$FULL" $huge <list
    rm -f "$huge/$1"
    : >list
}
mkdir -p $huge
printf 'Growth\n' >&2
printf '\n### Growth from %s MB to %s MB and %s MB\n\n' "$SMALL" "$FULL" $huge
printf '| tool | version | %s MB: s | %s MB: s | %s MB: s | bytes, times | time, times |' \
    "$SMALL" "$FULL" $huge
printf ' %s MB: peak MiB | %s MB: peak MiB | %s MB: peak MiB |\n' "$SMALL" "$FULL" $huge
printf '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n'
: >list

make_input qpsmtpd "$SMALL" "$FULL" $huge
add ours tai64nlocal ours 'tai64nlocal qpsmtpd'
add ours 'logterse-split, mixed log' ours 'logterse-split -q qpsmtpd'
add ours 'logterse-split, tally' ours 'logterse-split -q -f disposition qpsmtpd | tally -g 1'
there mawk && add peer 'mawk, count by disposition' mawk \
    "mawk -F'\t' -f $PEERS/disposition.awk qpsmtpd"
there rg && add peer 'rg, the lines only' rg 'rg -N -F logging::logterse qpsmtpd'
add limit 'cat FILE' cat 'cat qpsmtpd'
grow qpsmtpd

make_input stats "$SMALL" "$FULL" $huge
add ours qmstat-parse ours 'qmstat-parse stats'
add ours 'qmstat-parse, xfer-sum' ours 'qmstat-parse stats | xfer-sum'
there mawk && add peer 'mawk, traffic per domain' mawk "mawk -f $PEERS/sum.awk stats"
there duckdb && add peer 'DuckDB, traffic per domain' duckdb \
    "$PYTHON $PEERS/engine-duckdb.py sum stats"
grow stats

make_input logterse "$SMALL" "$FULL" $huge
add ours 'logterse-split, pure log' ours 'logterse-split -q logterse'
make_input rows "$SMALL" "$FULL" $huge
grow logterse
add ours 'tally, many values' ours 'tally -g 4 rows'
grow rows
rmdir $huge
