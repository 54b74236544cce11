//! The reports of traffic-report that are lists: what awk counts of the rows, whose names are shown,
//! and what becomes of them without one of the sources.

use std::collections::BTreeMap;
use std::process::Command;

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Test, command, peer, root, run, tests, tool};

pub const TESTS: &[Test] = tests![
    failures_are_those_of_the_rows,
    logins_are_those_of_the_rows,
    an_account_sees_no_other,
    a_missing_source_takes_its_cells_along,
];

/// The day of the captures of November 22.
pub const DAY: &str = "--day=2026-11-22";

/// What the cell of a TSV row is called, and what it says.
pub type Cells = BTreeMap<(String, String), String>;

/// The rows that a parser makes of a log.
pub fn rows(parser: &str, log: &[u8]) -> Vec<u8> {
    let mut words = parser.split(' ');
    run(tool(words.next().unwrap()).args(words).arg("-q"), log).succeeded().out
}

pub fn in_zone(mut command: Command, zone: &str) -> Command {
    command.env("TZ", zone);
    command
}

/// Metric rows by hour, domain and user.
pub fn metrics(kind: &str, zone: &str, rows: &[u8]) -> Vec<u8> {
    let mut command = in_zone(tool("metric-sum"), zone);
    command.args(["-q", "-r", kind, "-b", "hour,domain,user", "--host=mail1", "--year=2026"]);
    run(&mut command, rows).succeeded().out
}

/// A report; `flags` are words.
pub fn report(flags: &str, zone: &str, metrics: &[u8]) -> String {
    let mut command = in_zone(tool("traffic-report"), zone);
    run(command.args(flags.split_whitespace()), metrics).succeeded().text()
}

/// The cells of a report of the day, by period and item, the reason where there is no number.
pub fn cells(flags: &str, zone: &str, metrics: &[u8]) -> Cells {
    let text = report(&format!("-f tsv {DAY} {flags}"), zone, metrics);
    let cell = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, period, _, item, _, bound, value, reason] = fields[..] else { panic!("{line}") };
        assert!(bound.is_empty() != reason.is_empty(), "{line}");
        let said = if bound.is_empty() { reason } else { value };
        ((period.to_owned(), item.to_owned()), said.to_owned())
    };
    let cells: Vec<_> = text.lines().map(cell).collect();
    let count = cells.len();
    let cells: Cells = cells.into_iter().collect();
    assert_eq!(cells.len(), count, "two cells have one name: {text}");
    cells
}

pub fn qpsmtpd_metrics(capture_name: &str, zone: &str) -> Vec<u8> {
    metrics("transaction", zone, &rows("logterse-split", &read_log(&capture(capture_name))))
}

/// Counts of messages by what became of them: direction, reason and domain of the recipient.
const BY_REASON: &str = r#"
BEGIN { FS = "\t" }
$8 == "failure" || $8 == "deferral" {
    domain = tolower($6)
    sub(/.*@/, "", domain)
    sub(/\.$/, "", domain)
    count[($8 == "failure" ? "failed" : "deferred") " " $3 " " $12 " " domain]++
}
END { for (key in count) print key "\t" count[key] }
"#;

fn failures_are_those_of_the_rows() {
    let Some(awk) = peer("gawk", "traffic-report") else { return };
    let messages = rows("qmsend-parse", &read_log(&capture("qmail-send")));
    let theirs = run(command(&awk).env("LC_ALL", "C").arg(BY_REASON), &messages).succeeded();
    let mut theirs: Vec<String> = theirs.text().lines().map(str::to_owned).collect();
    let ours = cells("-r failures --top=1000", "UTC", &metrics("message", "UTC", &messages));
    let mut rows = Vec::new();
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, item), value) in &ours {
        let words: Vec<&str> = item.split(' ').collect();
        match words[..] {
            [direction, reason, domain, side, what] => {
                rows.push(format!("{what} {direction} {reason} {domain}\t{value}"));
                *totals.entry(format!("{direction} {{Total}} {what}")).or_default() +=
                    value.parse::<u64>().unwrap();
                assert!(["theirs", "ours", "sender", "unclear"].contains(&side), "{item}");
            }
            [_, "{Total}", _] => {}
            _ => panic!("{item}"),
        }
    }
    rows.sort();
    theirs.sort();
    assert_eq!(rows, theirs);
    assert!(rows.len() > 20 && totals.len() == 4);
    for (item, sum) in totals {
        assert_eq!(ours[&("2026-11-22".to_owned(), item)], sum.to_string());
    }
}

/// Counts of sessions by service and user.
const BY_USER: &str = r#"
BEGIN { FS = "\t" }
$2 == "pop3" || $2 == "imap" {
    user = $7 ~ /@/ ? tolower($7) : ""
    key = $2 (user == "" ? "" : " " user)
    sessions[key]++
    failed[key] += $11 == "auth-failed"
}
END {
    for (key in sessions) {
        print key " sessions\t" sessions[key]
        print key " failed\t" failed[key] + 0
        if (key ~ / /)
            print key " good\t" sessions[key] - failed[key]
    }
}
"#;

fn logins_are_those_of_the_rows() {
    let Some(awk) = peer("gawk", "traffic-report") else { return };
    let log = std::fs::read(capture("dovecot-2.4").join("dovecot.log")).unwrap();
    let sessions = rows("session-parse --year=2026", &log);
    let theirs = run(command(&awk).env("LC_ALL", "C").arg(BY_USER), &sessions).succeeded();
    let mut theirs: Vec<String> = theirs.text().lines().map(str::to_owned).collect();
    let metrics = metrics("session", "UTC", &sessions);
    let text = report("-f tsv --day=2026-11-26 -r logins --top=1000", "UTC", &metrics);
    let ours = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let ours = ours.filter(|row| row[3].split(' ').count() > 1 && !row[3].starts_with("sent"));
    let ours = ours.filter(|row| !row[3].contains("{Total}") && !row[6].is_empty());
    let mut ours: Vec<String> = ours.map(|row| format!("{}\t{}", row[3], row[6])).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
    assert!(ours.iter().any(|line| line.contains("@example.net failed")), "{ours:?}");
}

/// All sources at once.
fn all_metrics() -> Vec<u8> {
    let read = |name: &str| read_log(&capture(name));
    let file = |name: &str| std::fs::read(root().join("tests/data/captures").join(name)).unwrap();
    let mut all = qpsmtpd_metrics("qpsmtpd-0.84", "UTC");
    all.extend(metrics("message", "UTC", &rows("qmsend-parse", &read("qmail-send"))));
    for log in ["spamd/spamd-0.94.log", "clamd/clamd-0.94.log", "dovecot/dovecot.log"] {
        let sessions = rows("session-parse --year=2026", &file(log));
        all.extend(metrics("session", "UTC", &sessions));
    }
    all
}

const LISTS: &str = "-r mailstats,dispositions,failures,logins --top=1000";

fn an_account_sees_no_other() {
    let all = String::from_utf8(all_metrics()).unwrap();
    let mut others = String::new();
    for line in all.lines() {
        let mut fields: Vec<&str> = line.split('\t').collect();
        if fields[3] == "example.net" {
            fields[3] = "marker.example";
            let user = format!("marker-{}", fields[4]);
            if !fields[4].is_empty() {
                fields[4] = &user;
            }
            let label = format!("{} marker", fields[7]);
            fields[7] = if fields[7].is_empty() { "" } else { &label };
            others += &(fields.join("\t") + "\n");
        }
    }
    assert!(others.lines().count() > 100);
    let of =
        |flags: &str, rows: &str| report(&format!("{DAY} {LISTS} {flags}"), "UTC", rows.as_bytes());
    for format in ["text", "tsv", "csv", "json"] {
        for whose in ["--domain=example.net", "--user=user1@example.net", "--domain=nobody.example"]
        {
            let flags = format!("-f {format} {whose}");
            let alone = of(&flags, &all);
            assert_eq!(of(&flags, &(all.clone() + &others)), alone, "{flags}");
            // domains that mail of example.net was sent to, and lists that refused others
            assert!(!alone.contains("qlogtest"), "{flags}: {alone}");
        }
    }
    assert!(
        of("", &(all.clone() + &others)).contains("marker.example")
            && of("", &all).contains("qlogtest")
    );
}

fn a_missing_source_takes_its_cells_along() {
    let all = String::from_utf8(all_metrics()).unwrap();
    let with = cells(LISTS, "UTC", all.as_bytes());
    for source in ["qpsmtpd", "qmail-send", "dovecot", "spamd", "clamd"] {
        let is_other = |line: &&str| line.split('\t').nth(5) != Some(source);
        let rest: String = all.split_inclusive('\n').filter(is_other).collect();
        let without = cells(LISTS, "UTC", rest.as_bytes());
        let is_number = |said: &str| said.parse::<f64>().is_ok();
        for (name, said) in &without {
            // what is still there is the same, or there is a reason; never is a number another
            assert!(with.get(name) == Some(said) || !is_number(said), "{source} {name:?} {said}");
        }
        let count = |cells: &Cells| cells.values().filter(|said| is_number(said)).count();
        assert!(count(&without) < count(&with), "{source}");
    }
}
