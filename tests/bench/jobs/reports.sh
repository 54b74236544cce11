# shellcheck shell=sh
# Reports: of a day of 50,000 domains, one row each; of a year of 1,000 domains, one row a month.
make_input stats
make_input messages
for folder in "$SMALL" "$FULL"; do
    metric-sum -r message -b domain "$folder/messages" >"$folder/metrics"
    # as many domains as megabytes, and 1,000 at most
    [ -s "$folder/year" ] ||
        TZ=UTC mawk -v domains="$([ "$folder" -lt 100 ] && echo "$folder" || echo 1000)" \
            -f "$PEERS/year.awk" >"$folder/year"
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
ours traffic-report ours "traffic-report --since=2025-01-01 --until=2026-01-01 --by=month \
    -r message-traffic,message-data -f tsv year | awk -F'\t' '\$7 != \"\"' | cut -f 2,4,7"
peer mawk mawk "mawk -f $PEERS/report-months.awk year" sort
peer 'DuckDB, all cores' duckdb "$PYTHON $PEERS/engine-duckdb.py report-months year" sort
limits
measure
