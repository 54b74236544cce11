# shellcheck shell=sh
# Messages and bytes per charged domain, 50,000 of them.
make_input stats
job 'Traffic per domain' stats
goal faster 8 mawk
goal faster 3.3 'DuckDB, all cores'
goal cheaper 3 'DuckDB, all cores'
# as the pages say: only the columns that xfer-sum looks at, by their names
sums='qmstat-parse -Hf direction,sender,recipient,bytes stats | xfer-sum -H'
rows='grep -vx domain.messages.bytes | sort'
ours 'qmstat-parse -f, xfer-sum' ours "$sums"
one_core ours 'qmstat-parse -f, xfer-sum; on one core' ours "$sums"
ours 'qmstat-parse, xfer-sum; all columns' ours 'qmstat-parse stats | xfer-sum' "$rows"
peer mawk mawk "mawk -f $PEERS/sum.awk stats" "$rows"
peer gawk gawk "gawk -f $PEERS/sum.awk stats" "$rows"
peer frawk frawk "frawk -f $PEERS/sum.awk stats" "$rows"
peer perl perl "perl $PEERS/sum.pl <stats" "$rows"
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py sum stats" "$rows"
peer 'DuckDB, one thread' duckdb "$PYTHON $PEERS/engine-duckdb.py sum stats 1" "$rows"
peer 'Polars, all cores' polars "$PYTHON $PEERS/engine-polars.py sum stats" "$rows"
peer 'chDB, all cores' chdb "$PYTHON $PEERS/engine-chdb.py sum stats" "$rows"
peer 'mawk, tsv-summarize' 'mawk tsv-summarize' \
    "mawk -f $PEERS/charged.awk stats | tsv-summarize -g 1 --count --sum 2" "$rows"
slow peer 'mawk, datamash' 'mawk datamash' \
    "mawk -f $PEERS/charged.awk stats | datamash -s groupby 1 count 2 sum 2" "$rows"
slow peer python3 "$PYTHON" "$PYTHON $PEERS/sum.py <stats" "$rows"
slow peer 'busybox awk' busybox "busybox awk -f $PEERS/sum.awk stats" "$rows"
slow peer original-awk original-awk "original-awk -f $PEERS/sum.awk stats" "$rows"
slow peer goawk goawk "goawk -f $PEERS/sum.awk stats" "$rows"
slow peer miller mlr "mlr --inidx --ifs '|' --onidx --ofs tab put -q -f $PEERS/sum.mlr stats" "$rows"
limits
measure
