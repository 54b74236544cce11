# shellcheck shell=sh
# Rows of 20 columns, counted by one of them: the disposition, of which there are six, and the
# address, of which there are 65,536.
make_input logterse
make_input rows
# count COLUMN TITLE GOAL
count() {
    job "Count by one of 20 columns, $2" rows
    goal faster "$3" tsv-summarize
    awk_count="-F'\t' -v column=$1 -f $PEERS/count.awk"
    ours tally ours "tally -g $1 rows"
    peer tsv-summarize tsv-summarize "tsv-summarize -g $1 --count rows" "$TIDY"
    peer mawk mawk "mawk $awk_count rows" sort
    peer 'cut, mawk' mawk "cut -f $1 rows | mawk -F'\t' -v column=1 -f $PEERS/count.awk" sort
    peer gawk gawk "gawk $awk_count rows" sort
    peer frawk frawk "frawk $awk_count rows" sort
    peer 'cut, sort, uniq -c' sort "cut -f $1 rows | sort | uniq -c" "$TIDY"
    peer xsv xsv "xsv frequency -n -l 0 -d '\t' -s $1 rows" "$TIDY"
    peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py $1 rows" sort
    peer 'Polars, all cores' polars "$PYTHON $PEERS/engine-polars.py $1 rows" sort
    peer 'chDB, all cores' chdb "$PYTHON $PEERS/engine-chdb.py $1 rows" sort
    slow peer perl perl "perl $PEERS/count.pl $1 <rows" sort
    slow peer python3 "$PYTHON" "$PYTHON $PEERS/count.py $1 <rows" sort
    slow peer datamash datamash "datamash -s groupby $1 count $1 <rows" "$TIDY"
    slow peer miller mlr "mlr --inidx --ifs tab --onidx --ofs tab count-distinct -f $1 rows" "$TIDY"
    slow peer 'busybox awk' busybox "busybox awk $awk_count rows" sort
    slow peer original-awk original-awk "original-awk $awk_count rows" sort
    slow peer goawk goawk "goawk $awk_count rows" sort
    limits
    measure
}
count 10 'few values' 2.5
count 4 'many values' 3
