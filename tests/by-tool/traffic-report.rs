//! Every number of traffic-report against python, over two generated weeks of two hosts; and what a
//! source or a host that is missing does to it.

use maillog_tests::{Random, Test, peer, run, tests};

use crate::traffic_report_week::{
    REPORTS, WEEKS, assert_same, compare, expected, metrics, only, python, reported,
};

pub const TESTS: &[Test] = tests![
    cells_are_those_of_python,
    cells_of_random_rows_are_those_of_python,
    a_missing_source_leaves_no_zero,
    a_silent_host_makes_a_lower_bound,
    limits_are_those_of_python,
    changes_are_those_of_python,
];

/// How the sums were made: options of metric-sum.
const SUMS: [&str; 3] = ["", "-b domain --domains=hosted", "-b hour,domain,user"];

fn cells_are_those_of_python() {
    let Some(interpreter) = peer("python3", "traffic-report") else { return };
    for (week, days) in WEEKS {
        let one = if week == "spring" { "--day=2026-03-29" } else { "--day=2026-10-25" };
        for by in SUMS {
            let options = [
                format!("{days} --smtp-uid=1011,89"),
                format!("{one} --by=hour"),
                format!("{days} --domain=example.net"),
                format!("{days} --user=bob@example.net --by=week"),
                format!("{days} --per=domain --kb=1000 --smtp-uid=89"),
                // and where there is something of everybody at every hour
                format!("{days} --by=week --smtp-uid=89"),
                format!("{days} --by=month --kb=1000"),
                format!("{days} --by=quarter"),
                format!("{days} --domain=sub.example.org --by=week"),
                format!("{one} --domain=marker.example --by=hour"),
                format!("{days} --domain=nobody.example --by=month"),
                format!("{one} --user=cy@sub.example.org --by=hour"),
                format!("{days} --per=domain --by=week"),
                format!("{one} --per=user"),
                format!("{days} --per=user --by=day"),
            ];
            let metrics = metrics(&interpreter, week, &["mail1", "mail2"], by);
            let some = if by.contains("hour") { options.len() } else { 5 };
            let numbers = compare(&interpreter, REPORTS, &options[..some], &metrics);
            assert!(numbers > 300, "{week} {by}: {numbers}: too little to compare");
        }
    }
}

/// Rows that no log has together.
fn cells_of_random_rows_are_those_of_python() {
    let Some(interpreter) = peer("python3", "traffic-report") else { return };
    let mut random = Random::new(0xCE11);
    let mut numbers = 0;
    for seed in 0..20 {
        let rows =
            run(python(&interpreter, "rows.py").arg(seed.to_string()), b"").succeeded().text();
        let mut pick = |words: &[&'static str]| words[random.below(words.len())];
        let options = [
            pick(&[
                "--since=2026-10-20 --until=2026-11-01",
                "--since=2026-10-20 --until=2026-11-01 --by=week",
                "--since=2026-10-24 --until=2026-11-01 --by=month",
                "--day=2026-10-25 --by=hour",
            ]),
            pick(&[
                "",
                "",
                "--domain=x.example",
                "--user=a@x.example",
                "--per=domain",
                "--per=user",
            ]),
            pick(&["", "--smtp-uid=89", "--kb=1000 --smtp-uid=89,1"]),
            pick(&[
                "",
                "--limit=messages_out/hour/user=1 --limit=bytes_out/day/domain=20000",
                "--limit=bounces_in/hour/domain=2 --limit=messages_out/day/user=5",
            ]),
        ];
        numbers += compare(&interpreter, REPORTS, &[options.join(" ")], &rows);
    }
    assert!(numbers > 2000, "{numbers}: too little to compare");
}

fn limits_are_those_of_python() {
    let Some(interpreter) = peer("python3", "limits of traffic-report") else { return };
    let limits = [
        "--limit=messages_out/hour/user=1 --limit=bytes_out/day/domain=20000000 \
         --limit=bounces_in/day/user=0",
        "--limit=messages_out/day/domain=2 --limit=bytes_out/hour/user=10000000 \
         --limit=bounces_in/hour/domain=0",
    ];
    for (week, days) in WEEKS {
        let one = if week == "spring" { "--day=2026-03-30" } else { "--day=2026-10-26" };
        let sets = [
            format!("{days} {}", limits[0]),
            format!("{days} {} --by=week --kb=1000", limits[1]),
            format!("{days} {} --domain=example.net", limits[0]),
            format!("{days} {} --user=bob@example.net", limits[1]),
            format!("{one} {} --by=hour", limits[1]),
        ];
        for by in SUMS {
            let metrics = metrics(&interpreter, week, &["mail1", "mail2"], by);
            compare(&interpreter, "throttle-traffic,throttle-violations", &sets, &metrics);
        }
    }
}

fn changes_are_those_of_python() {
    let Some(interpreter) = peer("python3", "changes of traffic-report") else { return };
    let rows = run(python(&interpreter, "rows.py").arg("accounts"), b"").succeeded().text();
    let mut sets = vec!["--day=2026-10-31 --user=u24@d3.example".to_owned()];
    for options in ["", "--kb=1000", "--compare=6", "--compare=20 --jump=2", "--domain=d3.example"]
    {
        for day in ["--day=2026-10-30", "--since=2026-10-20 --until=2026-11-01"] {
            sets.push(format!("{day} {options}"));
        }
    }
    let numbers = compare(&interpreter, "changes", &sets, &rows);
    assert!(numbers > 1000, "{numbers}: too little to compare");
}

/// The sources of mail1 that a column can be of, first the one that counts. Those that are not here
/// are n/a whatever is logged.
const OWNERS: &[(&str, &str, &[&str])] = &[
    ("server-status", "cpu memory handles threads processes", &["server-sample"]),
    ("server-status", "active-connections", &["tcpserver", "qpsmtpd", "dovecot", "server-sample"]),
    ("server-status", "spool-count", &["qmail-send", "server-sample"]),
    ("message-traffic", "incoming outgoing", &["qmail-send"]),
    ("message-traffic", "incoming-spam outgoing-spam", &["simscan"]),
    ("message-data", "received sent", &["qmail-send"]),
    ("smtp-in-usage", "bandwidth", &["qlog"]),
    ("smtp-in-usage", "active blocked", &["tcpserver", "qpsmtpd"]),
    ("smtp-in-usage", "connections", &["tcpserver", "qpsmtpd", "vchkpw"]),
    ("smtp-in-errors", "blocked terminations", &["tcpserver", "qpsmtpd"]),
    ("smtp-in-errors", "bad-commands", &["qpsmtpd"]),
    ("smtp-out-usage", "bandwidth active connections", &["qmail-send"]),
    ("smtp-out-errors", "terminations", &["qmail-send"]),
    ("pop-usage", "bandwidth", &["dovecot"]),
    ("pop-usage", "active connections blocked", &["tcpserver", "dovecot"]),
    ("pop-errors", "blocked terminations", &["tcpserver", "dovecot"]),
    ("pop-errors", "bad-commands", &["dovecot"]),
    ("imap-usage", "bandwidth active connections blocked", &["dovecot"]),
    ("imap-errors", "blocked bad-commands terminations", &["dovecot"]),
    ("spamassassin-servers", "active connections failed", &["spamd"]),
    ("smtp-out-connections", "active connections failed", &["qmail-send"]),
    ("clamav", "connections failed", &["clamd"]),
];

/// The sources of a column of mail1.
fn owners(report: &str, item: &str) -> &'static [&'static str] {
    let is_one = |owner: &&(&str, &str, _)| {
        owner.0 == report && owner.1.split(' ').any(|other| other == item)
    };
    OWNERS.iter().find(is_one).map_or(&[], |(_, _, sources)| sources)
}

/// Without the rows of one source exactly its cells are n/a, or of the next source that has them;
/// none becomes 0, and no other cell changes.
fn a_missing_source_leaves_no_zero() {
    let Some(interpreter) = peer("python3", "traffic-report") else { return };
    for (week, days) in WEEKS {
        let all = metrics(&interpreter, week, &["mail1"], "-b domain --domains=hosted");
        let mut sources: Vec<&str> =
            all.lines().map(|row| row.split('\t').nth(5).unwrap()).collect();
        sources.sort_unstable();
        sources.dedup();
        assert_eq!(sources.len(), 11, "{sources:?}");
        let before = reported(REPORTS, days, &all);
        assert!(before.values().filter(|cell| !cell.is_missing()).count() > 150);
        for source in sources {
            let others = only(&all, |row| row[5] != source);
            let after = reported(REPORTS, days, &others);
            assert_same(&after, &expected(&interpreter, REPORTS, &[days], &others)[0], source);
            for (key, cell) in &before {
                let now = &after[key];
                let owners = owners(&key[0], &key[3]);
                let what = format!("{week} without {source}: {key:?}: {cell:?} -> {now:?}");
                if !owners.contains(&source) {
                    // why a number is missing may depend on what else was logged; and vchkpw says that
                    // there were sessions of which nothing else is known: so a number is a bound
                    let is_whole = source == "vchkpw" && cell.value == now.value;
                    let are_missing = cell.is_missing() && now.is_missing();
                    assert!(cell == now || are_missing || is_whole, "{what}");
                } else if owners.len() == 1 {
                    assert!(now.is_missing(), "{what}");
                }
            }
        }
    }
}

/// A host that has no rows on one day: what it counted is missing, and the sum says so.
fn a_silent_host_makes_a_lower_bound() {
    let Some(interpreter) = peer("python3", "traffic-report") else { return };
    for (week, days) in WEEKS {
        let day = if week == "spring" { "2026-03-30" } else { "2026-10-26" };
        for by in SUMS {
            let all = metrics(&interpreter, week, &["mail1", "mail2"], by);
            let silent = only(&all, |row| (row[0], row[2]) != (day, "mail2"));
            let sources_of = |rows: &str, host: &str| only(rows, |row| row[2] == host);
            assert!(!sources_of(&silent, "mail2").is_empty());
            for options in [days, &format!("{days} --by=week"), &format!("{days} --by=month")] {
                let [before, after] = [&all, &silent].map(|rows| reported(REPORTS, options, rows));
                let mut bounds = 0;
                for (key, cell) in &before {
                    let now = &after[key];
                    let what = format!("{week} {by}: {key:?}: {cell:?} -> {now:?}");
                    if cell == now || now.is_missing() {
                        continue;
                    }
                    // an average of samples is one of the days that have them
                    if key[0] == "server-status" && key[2] == "mail2" {
                        continue;
                    }
                    assert!(now.bound == "least" && now.centi() <= cell.centi(), "{what}");
                    bounds += 1;
                }
                assert!(bounds > 5, "{week} {by} {options}: {bounds}");
            }
        }
    }
}
