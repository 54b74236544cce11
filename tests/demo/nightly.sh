#!/bin/sh
# Shows the nightly job of a mail host: on the log of a real qmail-send, captured, and on a stats
# log that is made up here. Runs it twice: the second run changes nothing.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-${CARGO_BUILD_TARGET_DIR:-target}}
case $target in /*) ;; *) target=$top/$target ;; esac
bin=${BIN:?names the folder of our binaries; make demo does that}
demo=$target/demo
tab=$(printf '\t')

say() {
    printf '\n'
    printf '== %s\n' "$@"
}

run() {
    printf '$ %s\n' "$*"
    sh -c "$*"
}

# The rows of a query, by the program sqlite3 or by ours.
query() {
    if command -v sqlite3 >/dev/null; then
        sqlite3 -readonly -separator "$tab" traffic.db "$1"
    else
        "$cargo" run -q --release --manifest-path "$top/Cargo.toml" -p traffic-load --example query \
            -- traffic.db "$1"
    fi
}

# All that the job leaves behind: the database's rows, the day files, the archives.
fingerprint() {
    {
        query 'SELECT * FROM translog ORDER BY 1, 2, 3, 4'
        query 'SELECT * FROM ledger ORDER BY 1, 2, 3'
        find mail1/statistic mail2/statistic -type f | LC_ALL=C sort | xargs cksum
    } | cksum
}

PATH=$bin:$PATH
TZ=UTC
export PATH TZ
rm -rf "$demo"
mkdir -p "$demo/mail1/log" "$demo/mail1/statistic" "$demo/mail2/log" "$demo/mail2/statistic"
cp tests/data/captures/qmail-send/* "$demo/mail1/log"
cp tests/demo/rcpthosts tests/demo/job.sh "$demo"
cd "$demo"
maillog-generate stats-odd 4000000 3 >mail2/log/stats

say 'Two mail hosts. The first runs qmail; multilog keeps its log in small files:'
run 'ls mail1/log | tail -n 4'
run 'tail -n 3 mail1/log/current | tai64nlocal | cut -c 1-110'

say 'The second writes the stats log of H-Sphere. Strangers choose what stands in the addresses:'
run 'sed -n 20,24p mail2/log/stats | cat -v | cut -c 1-110'

say 'Each night this job counts the traffic of every domain, so that it can be billed:'
run 'grep -v "^#" job.sh'

say 'It runs. The rows say: day file, domains, messages, bytes; then: file, archive, their sizes, status.'
run 'sh job.sh'

say 'Every line of the logs is accounted for; what was odd is told:'
run 'cat mail2/odd-lines | cat -v'
run 'wc -l < mail1/messages; cat mail1/log/* | grep -c "starting delivery"'

say 'The bill, out of the database: kilobytes and messages per day and domain.'
sql="SELECT day, host, domain, sum(kilobytes), sum(hits_all) FROM translog
     WHERE domain NOT LIKE '(%' GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC"
printf "\$ sqlite3 traffic.db \"%s\"\n" "$sql"
query "$sql"

say 'The kilobytes of each day file are in the ledger, with the checksum of its content:'
query 'SELECT day, host, name, lines, kilobytes, substr(sha256, 1, 16) FROM ledger ORDER BY 1, 2'

before=$(fingerprint)
say 'Cron runs it again by mistake. The same day files are made; the loader knows them; the' \
    'archives are there already:'
run 'sh job.sh'
after=$(fingerprint)

say "Before: $before" "After:  $after"
if [ "$before" = "$after" ]; then
    say 'Nothing changed: nothing is lost, nothing is counted twice.' \
        "All of it is in ${demo#"$top"/}."
else
    say 'Something changed, and that is a bug.'
    exit 1
fi

say 'The reports. The first host also has the logs of qpsmtpd, dovecot, spamd and clamd. Metric rows are' \
    'made of all of them, and added up:'
captures=$top/tests/data/captures
log() { find "$captures/$1" -type f ! -name README.md ! -name truth.tsv; }
# shellcheck disable=SC2046 # one word for each file
{
    metric-sum -q -r message -b hour,domain,user mail1/messages
    multilog-cat "$captures/qpsmtpd-0.94" | logterse-split -q |
        metric-sum -q -r transaction -b hour,domain,user --host=mail1
    session-parse -q --host=mail1 --year=2026 $(log dovecot) $(log clamd) $(log spamd) |
        metric-sum -q -r session --year=2026 -b hour,domain,user
} >rows
metric-sum --merge rows >metrics
day=$(cut -f 1 metrics | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
run 'wc -l <metrics'
run "traffic-report --day=$day -r summary metrics"
run "traffic-report --day=$day --by=hour -f html metrics >report.html"
say "The whole report, for a browser: ${demo#"$top"/}/report.html"
