# shellcheck shell=sh
# The page's count of dispositions.
make_input qpsmtpd
job 'Count by disposition' qpsmtpd
goal at-most 1.1 'rg -F, the lines only'
goal faster 1.5 'rg, mawk'
find='rg -N -F logging::logterse qpsmtpd'
awk_count="-F'\t' -f $PEERS/disposition.awk"
columns="-F'\t' -v column=6 -f $PEERS/count.awk"
ours 'logterse-split, tally' ours 'logterse-split -q -f disposition qpsmtpd | tally -g 1'
one_core ours 'logterse-split, tally; on one core' ours \
    'logterse-split -q -f disposition qpsmtpd | tally -g 1'
peer 'rg, mawk' 'rg mawk' "$find | mawk $columns" "$TIDY"
one_core peer 'rg, mawk; on one core' 'rg mawk' "$find | mawk $columns" "$TIDY"
peer 'rg, cut, sort, uniq -c' rg "$find | cut -f 6 | sort | uniq -c" "$TIDY"
peer 'grep -F, mawk' 'grep mawk' "grep -F logging::logterse qpsmtpd | mawk $columns" "$TIDY"
peer 'rg, tsv-summarize' 'rg tsv-summarize' "$find | tsv-summarize -g 6 --count" "$TIDY"
peer mawk mawk "mawk $awk_count qpsmtpd" "$TIDY"
peer gawk gawk "gawk $awk_count qpsmtpd" "$TIDY"
peer frawk frawk "frawk $awk_count qpsmtpd" "$TIDY"
peer perl perl "perl $PEERS/count.pl 6 logging::logterse <qpsmtpd" "$TIDY"
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py disposition qpsmtpd" "$TIDY"
peer python3 "$PYTHON" "$PYTHON $PEERS/count.py 6 logging::logterse <qpsmtpd" "$TIDY"
slow peer 'busybox awk' busybox "busybox awk $awk_count qpsmtpd" "$TIDY"
slow peer original-awk original-awk "original-awk $awk_count qpsmtpd" "$TIDY"
slow peer goawk goawk "goawk $awk_count qpsmtpd" "$TIDY"
limit 'rg -F, the lines only' rg "$find"
limit 'rg -F -c' rg 'rg -c -F logging::logterse qpsmtpd'
limits
measure
