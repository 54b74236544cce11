# shellcheck shell=sh
# A day file of 50,000 domains into a database: by traffic-load, and by the database's own shell and
# one INSERT ... SELECT for each table. Both end with the same rows, in one transaction that is on
# disk: SQLite in WAL mode with synchronous = FULL, PostgreSQL with fsync and synchronous_commit.
make_input stats
make_input messages
metrics=2005-06-20.mail.metrics
traffic=20.06.2005.qml.txt
for folder in "$SMALL" "$FULL"; do
    fill "$folder/$metrics" "TZ=UTC metric-sum -r message -b domain $folder/messages"
    [ -s "$folder/$traffic" ] || TZ=UTC xfer-sum --out-dir="$folder" "$folder/messages" >/dev/null
    rm -f "$folder"/empty.db* "$folder"/loaded.db*
    traffic-load --db="$folder/empty.db" </dev/null
done

# into ENGINE SHELL DATABASE PREPARATION ASKING GOAL: the jobs of both files.
into() {
    for content in metrics traffic; do
        case $content in
        metrics) day_file=$metrics what='metric rows' ;;
        traffic) day_file=$traffic what='a traffic file' ;;
        esac
        # what the database holds is compared, when it is loaded
        tables="cat >/dev/null; $5 <$PEERS/loaded.sql"
        by_shell="sh $PEERS/load.sh $2 $content $day_file loaded.db"
        job "Load a day of 50,000 domains into $1, $what" "$day_file"
        goal faster "$6" "$2, INSERT ... SELECT"
        ours traffic-load ours "$4; traffic-load --db='$3' $day_file"
        peer "$2, INSERT ... SELECT" "$2" "$4; $by_shell" "$tables"
        limit 'cp FILE, sync' cp "cp $day_file copy; sync copy"
        measure
    done
}

into SQLite sqlite3 loaded.db 'cp empty.db loaded.db' 'sqlite3 loaded.db' 3

if ! there initdb || ! there setpriv; then
    not_measured 'Load a day of 50,000 domains into PostgreSQL' 'there is no initdb, or no setpriv'
    return
fi
# A server of our own, on a socket in a temporary directory. It will not run as root.
programs=$(dirname "$(readlink -f "$(command -v initdb)")")
server=$(mktemp -d)
own=
if [ "$(id -u)" = 0 ]; then
    own='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chown 65534:65534 "$server"
fi
# shellcheck disable=SC2086 # words
(cd "$server" &&
    $own "$programs/initdb" -A trust -U postgres -E UTF8 --no-locale -D data >log 2>&1)
# shellcheck disable=SC2086 # words
(cd "$server" && exec $own "$programs/postgres" -D data -k "$server" -h '' >log 2>&1) &
postgres=$!
trap 'kill -INT $postgres || :; wait $postgres || :; rm -rf "$server"' EXIT
trap 'exit 1' INT TERM
export PGHOST="$server" PGUSER=postgres PGDATABASE=postgres
tries=0
until psql -X -q -c 'SELECT' >/dev/null 2>&1 || [ $tries = 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
address=postgresql://postgres@$(printf '%s' "$server" | sed 's|/|%2F|g')/postgres
traffic-load --db="$address" </dev/null
into PostgreSQL psql "$address" \
    "psql -X -q -c 'TRUNCATE ledger, translog, file, series, metric RESTART IDENTITY'" \
    'psql -X -q -A -t' 1.5
