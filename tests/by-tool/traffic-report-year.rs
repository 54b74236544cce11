//! The rule of `changes` on a simulated year of 1,000 accounts: how often it is wrong, and what it
//! misses.

use std::collections::BTreeSet;
use std::fs;

use maillog_tests::{Test, names_in, peer, root, run, scratch, tests};

use crate::traffic_report_week::{python, reported};

pub const TESTS: &[Test] =
    tests![the_page_states_what_was_simulated, days_of_the_year_have_the_lines_of_the_rule];

/// Years that the figures of the page are of. They are simulated in 8 seconds.
const YEARS: &str = "10";

fn the_page_states_what_was_simulated() {
    let Some(interpreter) = peer("python3", "a simulated year") else { return };
    let figures = run(python(&interpreter, "year.py").args(["figures", YEARS]), b"");
    let figures = figures.succeeded().text();
    let page = fs::read_to_string(root().join("man/traffic-report.1")).unwrap();
    let page = page.replace('\n', " ");
    for line in figures.lines() {
        assert!(page.contains(line), "the page does not say: {line}");
    }
}

/// Python has the rule once more, and finds the same on the days on which an account was broken into
/// and on others.
fn days_of_the_year_have_the_lines_of_the_rule() {
    let Some(interpreter) = peer("python3", "a simulated year") else { return };
    let folder = scratch();
    let mut simulation = python(&interpreter, "year.py");
    run(simulation.args(["write", "0"]).arg(folder.path()), b"").succeeded();
    let (mut jumps, mut falls) = (0, 0);
    let names = names_in(folder.path());
    for date in names.iter().filter_map(|name| name.strip_suffix(".metrics")) {
        let read = |kind| fs::read_to_string(folder.path().join(format!("{date}.{kind}"))).unwrap();
        let mut lines = BTreeSet::new();
        for ([_, period, account, item, _], cell) in
            reported("changes", &format!("--day={date}"), &read("metrics"))
        {
            assert_eq!(period, date);
            let [verdict, metric, column] = item.split(' ').collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(metric, "mail.out");
            if column == "now" || column == "second" {
                lines.insert(format!("{account}\t{verdict}\t{column}\t{}", cell.value));
            }
        }
        let mut expected = BTreeSet::new();
        for line in read("lines").lines() {
            let [account, verdict, now, second] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            expected.insert(format!("{account}\t{verdict}\tnow\t{now}"));
            expected.insert(format!("{account}\t{verdict}\tsecond\t{second}"));
            jumps += usize::from(verdict == "jump");
            falls += usize::from(verdict == "fall");
        }
        assert_eq!(lines, expected, "{date}");
    }
    assert!(jumps > 4 && falls > 4, "{jumps} jumps, {falls} falls: too little to compare");
}
