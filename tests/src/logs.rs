//! Log directories: the captured ones, and the programs that write such.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{command, names_in, root};

/// A capture: the log directory of a real mail server.
pub fn capture(name: &str) -> PathBuf {
    root().join("tests/data/captures").join(name)
}

/// The captures of qpsmtpd.
pub const QPSMTPD: [&str; 5] = [
    "qpsmtpd-0.84",
    "qpsmtpd-0.84-summary",
    "qpsmtpd-0.94",
    "qpsmtpd-0.94-processor",
    "qpsmtpd-0.94-summary",
];

/// The number of logterse records in a capture of qpsmtpd.
pub fn logterse_records(capture: &str) -> u64 {
    if capture.starts_with("qpsmtpd-0.94") { 383 } else { 262 }
}

/// What awk counted in a capture of qpsmtpd, such as its dispositions.
pub fn expected_counts(capture_name: &str, what: &str) -> String {
    fs::read_to_string(capture("expected").join(format!("{capture_name}.{what}.txt"))).unwrap()
}

/// The files of a log directory in the order in which they were written.
pub fn log_files(folder: &Path) -> Vec<PathBuf> {
    let names = names_in(folder).into_iter();
    let names = names.filter(|name| name.starts_with('@') || name == "current");
    names.map(|name| folder.join(name)).collect()
}

/// All that the files of a log directory hold.
pub fn read_log(folder: &Path) -> Vec<u8> {
    log_files(folder).iter().flat_map(|file| fs::read(file).unwrap()).collect()
}

/// The moment of a TAI64N label that multilog wrote, in milliseconds cut to whole ones.
pub fn moment_ms(label: &str) -> i64 {
    let number = |digits| i64::from_str_radix(digits, 16).unwrap();
    number(&label[2..17]) * 1000 + number(&label[17..25]) / 1_000_000
}

/// multilog with a script, logging to `folder`.
pub fn multilog(script: &[&str], folder: &Path) -> Command {
    let mut multilog = command("multilog");
    multilog.args(script).arg(folder);
    multilog
}

/// s6-log with a script, logging to `folder`.
pub fn s6_log(script: &[&str], folder: &Path) -> Command {
    let mut s6_log = command("s6-log");
    s6_log.args(script).arg(folder);
    s6_log
}

/// svlogd with a configuration, logging to `folder`, which must be there.
pub fn svlogd(config: &str, folder: &Path) -> Command {
    fs::write(folder.join("config"), config).unwrap();
    let mut svlogd = command("svlogd");
    svlogd.args(["-t", "-b", "65536"]).arg(folder);
    svlogd
}
