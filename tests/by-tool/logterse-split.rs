//! logterse-split on the captured logs of real qpsmtpds, its rows counted by tally: the counts are
//! those of the awk one-liners that the two replace, except where awk counts what is no record.

use std::collections::BTreeMap;

use common::rows::schema::{Column, TransactionColumn};
use maillog_tests::logs::{QPSMTPD, capture, expected_counts, logterse_records, read_log};
use maillog_tests::{Test, command, peer, run, tests, tool};

pub const TESTS: &[Test] = tests![
    dispositions_are_those_of_awk,
    block_lists_are_those_of_awk,
    top_level_domains_are_those_of_awk,
    lines_are_used_skipped_or_rejected,
    gawk_says_the_same_today,
];

type Counts = BTreeMap<Vec<String>, u64>;

/// The counts that `logterse-split --fields=COLUMNS | tally` gives.
fn counts(capture_name: &str, columns: &str) -> Counts {
    let log = read_log(&capture(capture_name));
    let rows = run(tool("logterse-split").args(["-qH", "-f", columns]), &log).succeeded();
    let tally = run(tool("tally").args(["-H", "-g", columns]), &rows.out).succeeded();
    group(tally.text().lines().skip(1))
}

/// Lines of counts, the number first.
fn group<'a>(lines: impl Iterator<Item = &'a str>) -> Counts {
    let read = |line: &str| {
        let (count, names) = line.split_once('\t').unwrap();
        let names = names.split('\t').map(str::to_owned).collect();
        (names, count.trim().parse().unwrap())
    };
    lines.map(read).collect()
}

/// Takes the count of one name away; 0 if there is none.
fn take(counts: &mut Counts, name: &str) -> u64 {
    counts.remove(&vec![name.to_owned()]).unwrap_or(0)
}

/// What awk counted, less its total, which must be right.
fn counts_of_awk(capture: &str, what: &str) -> Counts {
    let mut counts = group(expected_counts(capture, what).lines());
    let total = take(&mut counts, "Total");
    assert_eq!(counts.values().sum::<u64>(), total);
    counts
}

/// The HELO lines that awk takes for records; they have no disposition.
fn forged(capture: &str) -> u64 {
    u64::from(capture.starts_with("qpsmtpd-0.94"))
}

fn dispositions_are_those_of_awk() {
    for capture in QPSMTPD {
        let mut theirs = counts_of_awk(capture, "disposition");
        assert_eq!(take(&mut theirs, ""), forged(capture));
        assert_eq!(theirs.values().sum::<u64>(), logterse_records(capture));
        assert_eq!(counts(capture, "disposition"), theirs, "{capture}");
    }
}

/// How many records of dnsbl have these words in their text.
fn texts_of_dnsbl(capture_name: &str, words: &str) -> u64 {
    let log = read_log(&capture(capture_name));
    let lines = log.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
    let hits = lines.filter(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        fields.len() > 7 && fields[5] == "dnsbl" && fields[7].contains(words)
    });
    hits.count() as u64
}

/// awk takes what is between the second and the third slash of any text.
fn block_lists_are_those_of_awk() {
    for capture in QPSMTPD {
        let ours = counts(capture, "disposition,dnsbl").into_iter();
        let ours = ours.filter(|(names, _)| names[0] == "dnsbl");
        let mut ours: Counts = ours.map(|(names, count)| (names[1..].to_vec(), count)).collect();
        let mut theirs = counts_of_awk(capture, "dnsbl");
        // of a text without a URL awk takes nothing, or what is between two other slashes; where
        // it begins with an address turned round we know the list
        let (none, wrong) = (take(&mut theirs, ""), take(&mut theirs, " no URL here"));
        let (unknown, known) = (take(&mut ours, ""), take(&mut ours, "xbl.qlogtest.net"));
        assert!(none + wrong == unknown + known && wrong > 0, "{capture}");
        assert_eq!(known, texts_of_dnsbl(capture, ".xbl.qlogtest.net"), "{capture}");
        assert_eq!(ours, theirs, "{capture}");
        assert!(ours.len() > 2);
    }
}

fn top_level_domains_are_those_of_awk() {
    for capture in QPSMTPD {
        let mut theirs = Counts::new();
        for line in expected_counts(capture, "tld").lines().skip(4) {
            // columns of 35 and 20 places, and sums of them in between
            let (head, rest) = line.split_at(35);
            let Some((tld, count)) = rest.rsplit_once(' ') else { panic!("{line}") };
            if line.contains("Total}") {
                continue;
            }
            let tld = match tld.trim() {
                // the null sender, and an address in brackets
                "<" | "5]" => "",
                tld => tld.rsplit('@').next().unwrap(),
            };
            let names = vec![head.trim().to_owned(), tld.to_owned()];
            *theirs.entry(names).or_default() += count.parse::<u64>().unwrap();
        }
        let without_names = theirs.remove(&vec![String::new(), String::new()]);
        assert_eq!(without_names.unwrap_or(0), forged(capture));
        assert_eq!(theirs.values().sum::<u64>(), logterse_records(capture));
        assert_eq!(counts(capture, "disposition,sender_tld"), theirs, "{capture}");
    }
}

/// Every line is accounted for, and every record is a row of the dialect.
fn lines_are_used_skipped_or_rejected() {
    for name in QPSMTPD {
        let log = read_log(&capture(name));
        let lines = log.split_inclusive(|byte| *byte == b'\n').count() as u64;
        let all = TransactionColumn::ALL.len();
        for (flags, columns) in [(&[][..], all), (&["--time=utc"], all), (&["-fpid,time"], 2)] {
            let ran = run(tool("logterse-split").args(flags), &log);
            let used = logterse_records(name);
            let sum =
                format!("{lines} lines = {used} used + {} skipped + 0 rejected\n", lines - used);
            let end = if lines == used { "" } else { &sum };
            assert!(ran.err.ends_with(end) && ran.err.is_empty() == end.is_empty(), "{}", ran.err);
            assert_eq!(ran.code, Some(0));
            let rows = ran.rows();
            assert_eq!(rows.len() as u64, used);
            assert!(rows.iter().all(|row| row.len() == columns), "{name}");
            let text = String::from_utf8(ran.out).unwrap();
            let in_dialect = |byte: char| byte == '\t' || byte == '\n' || !byte.is_control();
            assert!(text.chars().all(in_dialect), "{name}");
        }
    }
}

/// Asks gawk itself, with the one-liner for the counts of dispositions.
fn gawk_says_the_same_today() {
    const COUNT: &str = r#"/logterse/ { svc=$6; count[svc]++; }
        END { for (j in count) print count[j] "\t" j; }"#;
    let Some(gawk) = peer("gawk", "the counts of dispositions") else { return };
    for name in QPSMTPD {
        let ran = run(command(&gawk).args(["-F[\t]", COUNT]), &read_log(&capture(name)));
        let mut theirs = group(ran.succeeded().text().lines());
        take(&mut theirs, "");
        assert_eq!(counts(name, "disposition"), theirs, "{name}");
    }
}
