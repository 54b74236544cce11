# shellcheck shell=sh
# The page's count of dispositions.
make_input qpsmtpd
job 'Count by disposition' qpsmtpd
find='rg -N -F logging::logterse qpsmtpd'
awk_count="-F'\t' -f $peers/disposition.awk"
columns="-F'\t' -v column=6 -f $peers/count.awk"
ours 'logterse-split, tally' ours 'logterse-split -q -f disposition qpsmtpd | tally -g 1'
one_core ours 'logterse-split, tally; on one core' ours \
    'logterse-split -q -f disposition qpsmtpd | tally -g 1'
peer 'rg, mawk' 'rg mawk' "$find | mawk $columns" "$tidy"
one_core peer 'rg, mawk; on one core' 'rg mawk' "$find | mawk $columns" "$tidy"
peer 'rg, cut, sort, uniq -c' rg "$find | cut -f 6 | sort | uniq -c" "$tidy"
peer 'grep -F, mawk' 'grep mawk' "grep -F logging::logterse qpsmtpd | mawk $columns" "$tidy"
peer 'rg, tsv-summarize' 'rg tsv-summarize' "$find | tsv-summarize -g 6 --count" "$swap"
peer mawk mawk "mawk $awk_count qpsmtpd" "$tidy"
peer gawk gawk "gawk $awk_count qpsmtpd" "$tidy"
peer frawk frawk "frawk $awk_count qpsmtpd" "$tidy"
peer perl perl "perl $peers/count.pl 6 logging::logterse <qpsmtpd" "$tidy"
peer 'DuckDB, all cores' duckdb "$python $peers/engine-duckdb.py disposition qpsmtpd" "$tidy"
peer python3 "$python" "$python $peers/count.py 6 logging::logterse <qpsmtpd" "$tidy"
slow peer 'busybox awk' busybox "busybox awk $awk_count qpsmtpd" "$tidy"
slow peer original-awk original-awk "original-awk $awk_count qpsmtpd" "$tidy"
slow peer goawk goawk "goawk $awk_count qpsmtpd" "$tidy"
limit 'rg -F, the lines only' rg "$find"
limit 'rg -F -c' rg 'rg -c -F logging::logterse qpsmtpd'
limit 'cat FILE' cat 'cat qpsmtpd'
limit 'read, find each line end' ours 'maillog-probe count qpsmtpd'
measure
