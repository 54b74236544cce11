//! The metric rows of a generated week, and cells of reports as the tool and as python print them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use maillog_tests::{command, root, run, scratch, tool};

/// The zone whose clock is changed in both weeks.
pub const ZONE: &str = "Europe/Berlin";

/// Each week, and options for all of its days.
pub const WEEKS: [(&str, &str); 2] = [
    ("spring", "--since=2026-03-26 --until=2026-04-02"),
    ("autumn", "--since=2026-10-22 --until=2026-10-29"),
];

/// The reports that python knows too.
pub const REPORTS: &str = "server-status,message-traffic,message-data,throttle-traffic,\
    throttle-violations,traffic-by-priority,bandwidth-by-priority,smtp-in-usage,smtp-in-errors,\
    smtp-out-usage,smtp-out-errors,pop-usage,pop-errors,imap-usage,imap-errors,\
    spamassassin-servers,smtp-out-connections,clamav";

const HOSTED: &str = "example.net\n.example.org\nmarker.example\n";

/// What a cell shows, or why it shows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `exact`, `least` or nothing.
    pub bound: String,
    /// The number.
    pub value: String,
    /// Why there is none.
    pub reason: String,
}

impl Shown {
    /// Whether there is no number, which has a reason.
    pub fn is_missing(&self) -> bool {
        assert_eq!(self.reason.is_empty(), !self.value.is_empty(), "{self:?}");
        assert_eq!(self.bound.is_empty(), self.value.is_empty(), "{self:?}");
        self.value.is_empty()
    }

    /// The number in hundredths.
    pub fn centi(&self) -> u64 {
        let (whole, hundredths) = self.value.split_once('.').unwrap_or((&self.value, "00"));
        100 * whole.parse::<u64>().unwrap() + hundredths.parse::<u64>().unwrap()
    }
}

/// Cells by report, period, scope, item and unit.
pub type Cells = BTreeMap<[String; 5], Shown>;

/// The cells of TSV; none is there twice.
pub fn cells(tsv: &str) -> Cells {
    let mut cells = Cells::new();
    for line in tsv.lines() {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [report, period, scope, item, unit, bound, value, reason] = fields.try_into().unwrap();
        let shown = Shown { bound, value, reason };
        let before = cells.insert([report, period, scope, item, unit], shown);
        assert!(before.is_none(), "there twice: {line}");
    }
    cells
}

/// A python script of this folder.
pub fn python(python: &PathBuf, script: &str) -> Command {
    let mut command = command(python);
    command.arg("-B").arg(root().join("tests/by-tool/traffic-report").join(script)).env("TZ", ZONE);
    command
}

/// The metric rows of a week, of one host or of both; `by` are words for metric-sum.
pub fn metrics(interpreter: &PathBuf, week: &str, hosts: &[&str], by: &str) -> String {
    static SUMS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut sums = SUMS.lock().unwrap();
    let missing = || summed(interpreter, week, hosts, by);
    sums.entry(format!("{week} {hosts:?} {by}")).or_insert_with(missing).clone()
}

fn summed(interpreter: &PathBuf, week: &str, hosts: &[&str], by: &str) -> String {
    let folder = scratch();
    fs::write(folder.path().join("hosted"), HOSTED).unwrap();
    let mut all = String::new();
    for host in hosts {
        for kind in ["message", "transaction", "session", "sample"] {
            let rows = run(python(interpreter, "week.py").args([kind, host, week]), b"");
            let rows = rows.succeeded().out;
            let mut sum = tool("metric-sum");
            sum.args(["-Hqr", kind, "--host", host]).args(by.split_whitespace());
            let sum = run(sum.env("TZ", ZONE).current_dir(folder.path()), &rows).succeeded().text();
            let (_, sum) = sum.split_once('\n').unwrap();
            assert!(sum.lines().count() > 20, "{kind} {host}: too little to compare");
            all.push_str(sum);
        }
    }
    all
}

/// The metric rows that a test leaves.
pub fn only(metrics: &str, is_kept: impl Fn(&[&str]) -> bool) -> String {
    let fields =
        |line: &&str| is_kept(&line.trim_end_matches('\n').split('\t').collect::<Vec<_>>());
    metrics.split_inclusive('\n').filter(fields).collect()
}

/// What the tool prints; `flags` are words. Status 1 is for a report that found something.
pub fn report(flags: &str, metrics: &str) -> String {
    let mut command = tool("traffic-report");
    command.args(flags.split_whitespace()).env("TZ", ZONE);
    let ran = run(&mut command, metrics.as_bytes());
    assert!(matches!(ran.code, Some(0 | 1)), "{flags}: {:?} {}", ran.code, ran.err);
    ran.text()
}

/// The cells of some reports.
pub fn reported(reports: &str, flags: &str, metrics: &str) -> Cells {
    cells(&report(&format!("-f tsv --top=99999 -r {reports} {flags}"), metrics))
}

/// The cells as python has them, for each of some sets of options.
pub fn expected(
    interpreter: &PathBuf,
    reports: &str,
    sets: &[impl AsRef<str>],
    metrics: &str,
) -> Vec<Cells> {
    let sets: Vec<_> =
        sets.iter().map(|flags| format!("-r {reports} {}", flags.as_ref())).collect();
    let mut oracle = python(interpreter, "oracle.py");
    let ran = run(oracle.arg(sets.join(" + ")), metrics.as_bytes()).succeeded().text();
    format!("\n{ran}").split("\n+\n").map(|tsv| cells(tsv.trim_start_matches('\n'))).collect()
}

/// Fails with the first cells that differ.
pub fn assert_same(are: &Cells, should_be: &Cells, what: &str) {
    let mut differ = String::new();
    let keys = are.keys().chain(should_be.keys().filter(|key| !are.contains_key(*key)));
    for key in keys.filter(|key| are.get(*key) != should_be.get(*key)).take(10) {
        let (is, should_be) = (are.get(key), should_be.get(key));
        let name = key.join(" ");
        writeln!(differ, "{name}:\n  is        {is:?}\n  should be {should_be:?}").unwrap();
    }
    assert!(differ.is_empty(), "{what}\n{differ}");
}

/// Compares both for each of some sets of options; gives how many numbers there were.
pub fn compare(
    interpreter: &PathBuf,
    reports: &str,
    sets: &[impl AsRef<str>],
    metrics: &str,
) -> usize {
    let mut numbers = 0;
    for (flags, should_be) in sets.iter().zip(expected(interpreter, reports, sets, metrics)) {
        assert_same(&reported(reports, flags.as_ref(), metrics), &should_be, flags.as_ref());
        numbers += should_be.values().filter(|cell| !cell.is_missing()).count();
    }
    numbers
}
