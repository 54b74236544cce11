#!/bin/sh
# Loads a day file into the tables of traffic-load, by the databases' own shells: each table is
# filled by one INSERT ... SELECT from a temporary table. It ends with the same rows as traffic-load,
# as safe on disk: one transaction, with SQLite in WAL mode and synchronous = FULL, with PostgreSQL
# and synchronous_commit = on. It takes what the bench makes, and looks for nothing that is wrong.
#
#   load.sh sqlite3 metrics|traffic FILE DATABASE
#   load.sh psql metrics|traffic FILE       into the database of $PGHOST and $PGDATABASE
set -eu
name=${3##*/}
sha256=$(sha256sum "$3")
sha256=${sha256%% *}
case $2 in
metrics)
    day=${name%%.*} kind='metrics mail' kilobytes=0
    ;;
traffic)
    # 20.06.2005.qml.txt
    day=$(printf '%s\n' "$name" | sed 's/^\(..\)\.\(..\)\.\(....\).*/\3-\2-\1/') kind=mail
    kilobytes='sum(kilobytes)'
    ;;
esac
case $1 in
sqlite3) now="CAST(strftime('%s') AS INTEGER)" number=INTEGER ;;
psql) now='extract(epoch FROM now())::bigint' number=BIGINT ;;
esac

# The statements are the same for both.
case $2 in
metrics)
    columns="day TEXT, hour TEXT, host TEXT, domain TEXT, \"user\" TEXT, source TEXT, metric TEXT,
        label TEXT, value $number"
    insert="
INSERT INTO file (day, kind, host) VALUES ('$day', '$kind', '');
INSERT INTO series (host, source, metric, label)
    SELECT DISTINCT host, source, metric, label FROM incoming;
INSERT INTO metric
    SELECT (SELECT max(id) FROM file), series.id, day, domain, \"user\", hour, value
    FROM incoming JOIN series USING (host, source, metric, label);"
    ;;
traffic)
    columns="first TEXT, domain TEXT, kilobytes $number, hits_all $number, hits_html $number,
        last TEXT"
    insert="
INSERT INTO translog
    SELECT '$day', '$kind', '', domain, kilobytes, hits_all, hits_html, '$name' FROM incoming;"
    ;;
esac
insert="$insert
INSERT INTO ledger
    SELECT '$name', '$sha256', '$day', '$kind', '', count(*), $kilobytes, $now FROM incoming;
COMMIT;"

separator='\t'
[ "$2" = metrics ] || separator='|'
case $1 in
sqlite3)
    sqlite3 -bail "$4" <<END
.separator "$separator"
PRAGMA synchronous = full;
PRAGMA temp_store = memory;
PRAGMA cache_size = -65536;
CREATE TEMP TABLE incoming ($columns);
.import --schema temp $3 incoming
BEGIN IMMEDIATE;
$insert
END
    ;;
psql)
    psql -X -q -v ON_ERROR_STOP=1 <<END
SET synchronous_commit = on;
BEGIN;
CREATE TEMP TABLE incoming ($columns) ON COMMIT DROP;
\\copy incoming FROM '$3' WITH (DELIMITER E'$separator')
$insert
END
    ;;
esac
