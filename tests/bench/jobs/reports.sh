# shellcheck shell=sh
# Reports: of a day of 50,000 domains, one row each; of a year of 1,000 domains, one row a month, from
# rows and from a database of SQLite into which each day was loaded.
make_input stats
make_input messages
for folder in "$SMALL" "$FULL"; do
    # one day only
    TZ=UTC metric-sum -r message -b domain "$folder/messages" >"$folder/metrics"
    # as many domains as megabytes, and 1,000 at most
    domains=$([ "$folder" -lt 100 ] && echo "$folder" || echo 1000)
    fill "$folder/year" "TZ=UTC mawk -v domains=$domains -f '$PEERS/year.awk'"
    [ -s "$folder/year.db" ] && continue
    rm -rf "$folder/days" "$folder"/year.db.part*
    mkdir "$folder/days"
    mawk -v folder="$folder/days" '{ print >(folder "/" $1 ".mail.metrics") }' "$folder/year"
    traffic-load --db="$folder/year.db.part" "$folder"/days/* >/dev/null &&
        mv "$folder/year.db.part" "$folder/year.db"
    rm -r "$folder/days"
done
day=$(sed -n '1s/\t.*//p' "$FULL/metrics")
job 'Kilobytes per domain, of a day of 50,000' metrics
ours traffic-report ours \
    "traffic-report --day=$day --per=domain -r message-data -f tsv metrics | cut -f 3,4,7"
peer mawk mawk "mawk -f $PEERS/report-domains.awk metrics" sort
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py report-domains metrics" sort
limits
measure
job 'Messages and kilobytes per month, of a year of 1,000 domains' year
report='traffic-report --since=2025-01-01 --until=2026-01-01 --by=month'
months="$report -r message-traffic,message-data -f tsv"
cells="mawk -F'\t' '\$7 != \"\"' | cut -f 2,4,7"
ours traffic-report ours "$months year | $cells"
peer mawk mawk "mawk -f $PEERS/report-months.awk year" sort
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py report-months year" sort
limits
measure
job 'A year of 1,000 domains out of SQLite: messages and kilobytes per month' year.db
print='traffic-load --db=year.db --print=metrics'
ours 'traffic-load --print, traffic-report' ours "$print | $months | $cells"
peer sqlite3 sqlite3 "sqlite3 -tabs year.db <$PEERS/report-months.sql" sort
measure
job 'A year of 1,000 domains out of SQLite: all reports' year.db
goal seconds 0.5 'by month, text'
goal seconds 0.7 'by month, HTML'
ours 'by month, text' ours "$print | $report"
ours 'by month, HTML' ours "$print | $report -f html" 'echo'
ours 'a row for each domain, HTML' ours "$print -b domain | $report --per=domain -f html" 'echo'
measure
