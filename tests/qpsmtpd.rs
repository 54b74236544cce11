//! logterse-split and tally on the captured logs of real qpsmtpds: the counts are those that the
//! awk one-liners gave that they replace, except where those count what is none.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use common::rows::schema::{Column, TransactionColumn};
use maillog_tests::{command, names_in, peer, root, run, scratch, tool};

const CAPTURES: [&str; 5] = [
    "qpsmtpd-0.84",
    "qpsmtpd-0.84-summary",
    "qpsmtpd-0.94",
    "qpsmtpd-0.94-processor",
    "qpsmtpd-0.94-summary",
];

/// How many lines of a capture are records; in 0.94 one HELO more looks like one to awk.
fn records(capture: &str) -> u64 {
    if capture.starts_with("qpsmtpd-0.94") { 383 } else { 262 }
}

/// The files of a capture in the order in which they were written.
fn files(capture: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/data/captures").join(capture);
    let names = names_in(&folder).into_iter().filter(|name| name.starts_with('@'));
    names.chain(["current".into()]).map(|name| folder.join(name)).collect()
}

fn log(capture: &str) -> Vec<u8> {
    files(capture).iter().flat_map(|file| fs::read(file).unwrap()).collect()
}

/// What a tool writes; nothing must be wrong.
fn output(name: &str, flags: &[&str], input: &[u8]) -> Vec<u8> {
    let ran = run(tool(name).args(flags), input);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{name} {flags:?}");
    ran.out
}

/// The counts that `logterse-split --fields=COLUMNS | tally` gives.
fn counts(capture: &str, columns: &[&str]) -> BTreeMap<Vec<String>, u64> {
    let columns = columns.join(",");
    let rows = output("logterse-split", &["-qH", "-f", &columns], &log(capture));
    let tally = output("tally", &["-H", "-g", &columns], &rows);
    let text = String::from_utf8(tally).unwrap();
    text.lines().skip(1).map(group).collect()
}

/// A line of counts: the number first.
fn group(line: &str) -> (Vec<String>, u64) {
    let mut fields = line.split('\t');
    let count = fields.next().unwrap().trim().parse().unwrap();
    (fields.map(str::to_owned).collect(), count)
}

fn recorded(capture: &str, what: &str) -> String {
    let name = format!("tests/data/captures/expected/{capture}.{what}.txt");
    fs::read_to_string(root().join(name)).unwrap()
}

/// What awk counted, less its total, which must be right, and less the HELO that it took for a
/// record.
fn recorded_counts(capture: &str, what: &str) -> BTreeMap<Vec<String>, u64> {
    let mut counts: BTreeMap<_, _> = recorded(capture, what).lines().map(group).collect();
    let total = counts.remove(&vec!["Total".to_owned()]).unwrap();
    assert_eq!(counts.values().sum::<u64>(), total);
    if what == "disposition" {
        let forged = counts.remove(&vec![String::new()]);
        assert_eq!(forged, capture.starts_with("qpsmtpd-0.94").then_some(1));
        assert_eq!(counts.values().sum::<u64>(), records(capture));
    }
    counts
}

#[test]
fn dispositions_are_those_of_awk() {
    for capture in CAPTURES {
        assert_eq!(
            counts(capture, &["disposition"]),
            recorded_counts(capture, "disposition"),
            "{capture}"
        );
    }
}

/// awk's percents are of one line more where it counted the HELO.
#[test]
fn percents_are_those_of_awk() {
    for capture in CAPTURES {
        let rows = output("logterse-split", &["-q", "-fdisposition"], &log(capture));
        let tally = output("tally", &["-g", "1", "--percent", "--total"], &rows);
        let ours = String::from_utf8(tally).unwrap();
        let theirs = recorded(capture, "percent");
        let mut compared = 0;
        for line in ours.lines() {
            let [count, disposition, percent] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let name = if disposition == "(total)" { "Total" } else { disposition };
            let their = theirs.lines().find(|line| line.split('\t').nth(1) == Some(name)).unwrap();
            let their: f64 =
                their.rsplit('\t').next().unwrap().trim_end_matches('%').parse().unwrap();
            let (count, of): (f64, _) = (count.parse().unwrap(), records(capture));
            let awks = if capture.starts_with("qpsmtpd-0.94") { of + 1 } else { of };
            // six digits are what awk prints
            let theirs = their * f64::from(u32::try_from(awks).unwrap());
            let all = if name == "Total" { f64::from(u32::try_from(awks).unwrap()) } else { count };
            assert!((theirs - all * 100.0).abs() < 0.1, "{capture}: {line}");
            let exact = count * 100.0 / f64::from(u32::try_from(of).unwrap());
            assert!((percent.parse::<f64>().unwrap() - exact).abs() <= 0.005_001, "{line}");
            compared += 1;
        }
        assert_eq!(compared, recorded_counts(capture, "disposition").len() + 1);
    }
}

/// How many records of dnsbl have these words in their text.
fn texts_of_dnsbl(capture: &str, words: &str) -> u64 {
    let log = log(capture);
    let lines = log.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
    let hits = lines.filter(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        fields.len() > 7 && fields[5] == "dnsbl" && fields[7].contains(words)
    });
    hits.count() as u64
}

/// awk takes what is between the second and the third slash of any text.
#[test]
fn block_lists_are_those_of_awk() {
    for capture in CAPTURES {
        let mut ours = counts(capture, &["disposition", "dnsbl"]);
        ours.retain(|group, _| group[0] == "dnsbl");
        let mut ours: BTreeMap<_, _> =
            ours.into_iter().map(|(group, count)| (group[1..].to_vec(), count)).collect();
        let mut theirs = recorded_counts(capture, "dnsbl");
        // of a text without a URL awk takes nothing, or what is between two other slashes; where
        // it begins with an address turned round we know the list
        let take = |counts: &mut BTreeMap<Vec<String>, u64>, name: &str| {
            counts.remove(&vec![name.to_owned()]).unwrap_or(0)
        };
        let (none, odd) = (take(&mut theirs, ""), take(&mut theirs, " no URL here"));
        let (unknown, known) = (take(&mut ours, ""), take(&mut ours, "xbl.qlogtest.net"));
        assert!(none + odd == unknown + known && odd > 0, "{capture}");
        assert_eq!(known, texts_of_dnsbl(capture, ".xbl.qlogtest.net"), "{capture}");
        assert_eq!(ours, theirs, "{capture}");
        assert!(ours.len() > 2);
    }
}

#[test]
fn top_level_domains_are_those_of_awk() {
    for capture in CAPTURES {
        let mut theirs = BTreeMap::<Vec<String>, u64>::new();
        for line in recorded(capture, "tld").lines().skip(4) {
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
            let group = vec![head.trim().to_owned(), tld.to_owned()];
            *theirs.entry(group).or_default() += count.parse::<u64>().unwrap();
        }
        let forged = theirs.remove(&vec![String::new(), String::new()]);
        assert_eq!(forged, capture.starts_with("qpsmtpd-0.94").then_some(1));
        assert_eq!(theirs.values().sum::<u64>(), records(capture));
        assert_eq!(counts(capture, &["disposition", "sender_tld"]), theirs, "{capture}");
    }
}

/// Every line is accounted for, and every record is a row of the dialect.
#[test]
fn lines_are_used_skipped_or_rejected() {
    for capture in CAPTURES {
        let log = log(capture);
        let lines = log.split_inclusive(|byte| *byte == b'\n').count() as u64;
        for flags in [&[][..], &["--time=utc"], &["-fpid,time"]] {
            let ran = run(tool("logterse-split").args(flags), &log);
            let used = records(capture);
            let sum =
                format!("{lines} lines = {used} used + {} skipped + 0 rejected\n", lines - used);
            assert_eq!(ran.code, Some(0));
            if lines == used {
                assert_eq!(ran.err, "");
            } else {
                assert!(ran.err.ends_with(&sum), "{capture}: {}", ran.err);
            }
            let text = String::from_utf8(ran.out).unwrap();
            assert_eq!(text.lines().count() as u64, used);
            let columns = if flags == ["-fpid,time"] { 2 } else { TransactionColumn::ALL.len() };
            assert!(text.lines().all(|row| row.split('\t').count() == columns), "{capture}");
            let in_dialect = |byte: char| byte == '\t' || byte == '\n' || !byte.is_control();
            assert!(text.chars().all(in_dialect), "{capture}");
        }
    }
}

/// The sums of any parts of a log, merged in any order and in any depth, are the sums of all.
#[test]
fn tallies_merge() {
    let folder = scratch();
    for capture in ["qpsmtpd-0.84", "qpsmtpd-0.94"] {
        let log = log(capture);
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        for (group, sum) in [("10", "14"), ("10,17", "14,15"), ("17,3,10", "15"), ("9", "13")] {
            let flags = ["-g", group, "--sum", sum];
            let tally =
                |part: &[u8]| output("tally", &flags, &output("logterse-split", &["-q"], part));
            let whole = tally(&log);
            assert!(whole.split_inclusive(|byte| *byte == b'\n').count() > 5);
            let mut seed = 7_usize;
            for _ in 0..3 {
                // cut at up to six random lines
                let mut cuts: Vec<usize> = (0..6)
                    .map(|_| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                        (seed >> 33) % lines.len()
                    })
                    .chain([0, lines.len()])
                    .collect();
                cuts.sort_unstable();
                let parts: Vec<Vec<u8>> = cuts
                    .windows(2)
                    .map(|cut| tally(&lines[cut[0]..cut[1]].concat()))
                    .rev()
                    .collect();
                let merge = |parts: &[Vec<u8>]| {
                    let names: Vec<PathBuf> = (0..parts.len())
                        .map(|at| {
                            let path = folder.path().join(at.to_string());
                            fs::write(&path, &parts[at]).unwrap();
                            path
                        })
                        .collect();
                    let ran = run(tool("tally").arg("--merge").args(flags).args(names), b"");
                    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
                    ran.out
                };
                assert!(merge(&parts) == whole, "{capture} {group} {cuts:?}");
                let (left, right) = parts.split_at(3);
                assert!(merge(&[merge(right), merge(left)]) == whole, "{capture} {group} {cuts:?}");
            }
        }
    }
}

/// Asks gawk itself, with the one-liner for the counts of dispositions.
#[test]
fn gawk_says_the_same_today() {
    const COUNT: &str = r#"/logterse/ { svc=$6; count[svc]++; }  END
        { for (j in count) print count[j] "\t" j; }"#;
    let Some(gawk) = peer("gawk", "the counts of dispositions") else { return };
    for capture in CAPTURES {
        let ran =
            run(command(&gawk).args(["-F[\t]", &COUNT.replace("END\n", "END")]), &log(capture));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        let mut theirs: BTreeMap<_, _> = ran.text().lines().map(group).collect();
        theirs.remove(&vec![String::new()]);
        assert_eq!(counts(capture, &["disposition"]), theirs, "{capture}");
    }
}
