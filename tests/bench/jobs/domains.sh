# shellcheck shell=sh
# Messages and bytes per charged domain, 50,000 of them.
make_input stats
job 'Traffic per domain' stats
ours 'qmstat-parse, xfer-sum' ours 'qmstat-parse stats | xfer-sum'
one_core ours 'qmstat-parse, xfer-sum; on one core' ours 'qmstat-parse stats | xfer-sum'
peer mawk mawk "mawk -f $peers/sum.awk stats" sort
peer gawk gawk "gawk -f $peers/sum.awk stats" sort
peer frawk frawk "frawk -f $peers/sum.awk stats" sort
peer perl perl "perl $peers/sum.pl <stats" sort
peer 'DuckDB, all cores' duckdb "$python $peers/engine-duckdb.py sum stats" sort
peer 'DuckDB, one thread' duckdb "$python $peers/engine-duckdb.py sum stats 1" sort
peer 'Polars, all cores' polars "$python $peers/engine-polars.py sum stats" sort
peer 'chDB, all cores' chdb "$python $peers/engine-chdb.py sum stats" sort
peer 'mawk, tsv-summarize' 'mawk tsv-summarize' \
    "mawk -f $peers/charged.awk stats | tsv-summarize -g 1 --count --sum 2" sort
slow peer 'mawk, datamash' 'mawk datamash' \
    "mawk -f $peers/charged.awk stats | datamash -s groupby 1 count 2 sum 2" sort
slow peer python3 "$python" "$python $peers/sum.py <stats" sort
slow peer 'busybox awk' busybox "busybox awk -f $peers/sum.awk stats" sort
slow peer original-awk original-awk "original-awk -f $peers/sum.awk stats" sort
slow peer goawk goawk "goawk -f $peers/sum.awk stats" sort
slow peer miller mlr "mlr --inidx --ifs '|' --onidx --ofs tab put -q -f $peers/sum.mlr stats" sort
limit 'cat FILE' cat 'cat stats'
limit 'read, find each line end' ours 'maillog-probe count stats'
measure
