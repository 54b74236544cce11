//! tally on the rows of logterse-split: its percents, and the law that sums merge.

use std::fs;
use std::path::PathBuf;

use maillog_tests::logs::{QPSMTPD, capture, expected_counts, logterse_records, read_log};
use maillog_tests::{Random, Test, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![percents_are_those_of_awk, tallies_merge];

fn rows(flags: &[&str], log: &[u8]) -> Vec<u8> {
    // a part of a log without records is reported, with -q too
    let ran = run(tool("logterse-split").arg("-q").args(flags), log);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.out
}

/// awk's percents are of one line more where it counted the HELO.
fn percents_are_those_of_awk() {
    for name in QPSMTPD {
        let rows = rows(&["-fdisposition"], &read_log(&capture(name)));
        let ours = run(tool("tally").args(["-g", "1", "--percent", "--total"]), &rows).succeeded();
        let theirs = expected_counts(name, "percent");
        let of = f64::from(u32::try_from(logterse_records(name)).unwrap());
        let forged = u8::from(name.starts_with("qpsmtpd-0.94"));
        assert_eq!(ours.rows().len() + usize::from(forged), theirs.lines().count(), "{name}");
        for row in ours.rows() {
            let [count, disposition, percent] = row.try_into().unwrap();
            let name = if disposition == r"\(total)" { "Total" } else { &disposition };
            let line = theirs.lines().find(|line| line.split('\t').nth(1) == Some(name)).unwrap();
            let their = line.rsplit('\t').next().unwrap().trim_end_matches('%');
            let [count, percent, their] =
                [&count, &percent, their].map(|number| number.parse::<f64>().unwrap());
            let of_awk = of + f64::from(forged);
            // six digits are what awk prints
            let all = if name == "Total" { of_awk } else { count };
            assert!((their * of_awk - all * 100.0).abs() < 0.1, "{line}");
            assert!((percent - count * 100.0 / of).abs() <= 0.005_001, "{line}");
        }
    }
}

/// The sums of a log that is cut anywhere, merged in any order and in any depth, are the sums of
/// all of it.
fn tallies_merge() {
    let folder = scratch();
    let mut random = Random::new(7);
    for name in ["qpsmtpd-0.84", "qpsmtpd-0.94"] {
        let log = read_log(&capture(name));
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        for (group, sum) in [("10", "14"), ("10,17", "14,15"), ("17,3,10", "15"), ("9", "13")] {
            let flags = ["-g", group, "--sum", sum];
            let tally =
                |log: &[u8]| run(tool("tally").args(flags), &rows(&[], log)).succeeded().out;
            let merge = |sums: &[Vec<u8>]| {
                let file = |(at, sums): (usize, &Vec<u8>)| {
                    let path = folder.path().join(at.to_string());
                    fs::write(&path, sums).unwrap();
                    path
                };
                let files: Vec<PathBuf> = sums.iter().enumerate().map(file).collect();
                run(tool("tally").arg("--merge").args(flags).args(files), b"").succeeded().out
            };
            let whole = tally(&log);
            assert!(whole.split_inclusive(|byte| *byte == b'\n').count() > 5);
            for _ in 0..3 {
                let ranges = random.ranges(lines.len(), 7).into_iter().rev();
                let sums: Vec<Vec<u8>> =
                    ranges.map(|range| tally(&lines[range].concat())).collect();
                assert!(merge(&sums) == whole, "{name} {group}");
                let (left, right) = sums.split_at(3);
                assert!(merge(&[merge(right), merge(left)]) == whole, "{name} {group}");
            }
        }
    }
}
