# shellcheck shell=sh
# Messages and bytes per charged domain, 50,000 of them.
make_input stats
job 'Traffic per domain' stats
ours 'qmstat-parse, xfer-sum' ours 'qmstat-parse stats | xfer-sum'
one_core ours 'qmstat-parse, xfer-sum; on one core' ours 'qmstat-parse stats | xfer-sum'
peer mawk mawk "mawk -f $PEERS/sum.awk stats" sort
peer gawk gawk "gawk -f $PEERS/sum.awk stats" sort
peer frawk frawk "frawk -f $PEERS/sum.awk stats" sort
peer perl perl "perl $PEERS/sum.pl <stats" sort
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py sum stats" sort
peer 'DuckDB, one thread' duckdb "$PYTHON $PEERS/engine-duckdb.py sum stats 1" sort
peer 'Polars, all cores' polars "$PYTHON $PEERS/engine-polars.py sum stats" sort
peer 'chDB, all cores' chdb "$PYTHON $PEERS/engine-chdb.py sum stats" sort
peer 'mawk, tsv-summarize' 'mawk tsv-summarize' \
    "mawk -f $PEERS/charged.awk stats | tsv-summarize -g 1 --count --sum 2" sort
slow peer 'mawk, datamash' 'mawk datamash' \
    "mawk -f $PEERS/charged.awk stats | datamash -s groupby 1 count 2 sum 2" sort
slow peer python3 "$PYTHON" "$PYTHON $PEERS/sum.py <stats" sort
slow peer 'busybox awk' busybox "busybox awk -f $PEERS/sum.awk stats" sort
slow peer original-awk original-awk "original-awk -f $PEERS/sum.awk stats" sort
slow peer goawk goawk "goawk -f $PEERS/sum.awk stats" sort
slow peer miller mlr "mlr --inidx --ifs '|' --onidx --ofs tab put -q -f $PEERS/sum.mlr stats" sort
limits
measure
