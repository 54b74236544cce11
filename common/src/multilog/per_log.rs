//! Which operands are of one log.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::names::{is_of_directory, without_suffix};

/// A value for each log, of which that of the current operand is used.
///
/// A directory, and those files in it whose names only its writer gives, are one log. Of other files
/// those of one directory are whose names differ in digits alone, and in dots and dashes at the
/// end, as those of logrotate do, and in the suffix of compressed files.
#[derive(Debug)]
pub struct PerLog<T> {
    /// The places of the logs of the operands so far, and of the logs.
    operands: HashMap<OsString, usize>,
    keys: HashMap<LogKey, usize>,
    logs: Vec<T>,
    /// The current operand, and the place of its log.
    now: (OsString, usize),
}

/// A directory, and what the names of the files of a log have in common.
type LogKey = (PathBuf, Vec<u8>);

impl<T: Default> Default for PerLog<T> {
    fn default() -> Self {
        let now = (OsString::new(), 0);
        PerLog { operands: HashMap::new(), keys: HashMap::new(), logs: vec![T::default()], now }
    }
}

impl<T: Default> PerLog<T> {
    /// Makes an operand the current one.
    pub fn enter(&mut self, operand: &OsStr) {
        if self.now.0 == operand {
            return;
        }
        let known = self.operands.get(operand).copied();
        let place = known.unwrap_or_else(|| {
            let logs = &mut self.logs;
            let place = *self.keys.entry(log_of(operand)).or_insert_with(|| {
                logs.push(T::default());
                logs.len() - 1
            });
            self.operands.insert(operand.to_owned(), place);
            place
        });
        self.now = (operand.to_owned(), place);
    }

    /// That of the current operand.
    #[inline]
    pub fn now(&mut self) -> &mut T {
        &mut self.logs[self.now.1]
    }

    /// All of them.
    pub fn into_all(self) -> impl Iterator<Item = T> {
        self.logs.into_iter()
    }
}

/// The log that an operand is, or is a file of; standard input is its own.
fn log_of(operand: &OsStr) -> LogKey {
    if operand == "-" {
        return (operand.into(), Vec::new());
    }
    let path = Path::new(operand);
    let name = path.file_name().filter(|_| !path.is_dir()).map_or(b"" as &[u8], OsStr::as_bytes);
    let folder = if name.is_empty() { path } else { path.parent().unwrap_or(path) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    (folder, if is_of_directory(name) { Vec::new() } else { in_common(name) })
}

/// A name without what the rotation of a single file adds to it.
fn in_common(name: &[u8]) -> Vec<u8> {
    let name = without_suffix(name).iter().copied();
    let mut rest: Vec<u8> = name.filter(|byte| !byte.is_ascii_digit()).collect();
    while rest.last().is_some_and(|last| b".-".contains(last)) {
        rest.pop();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_of_one_log() {
        let mut found = PerLog::<Vec<u32>>::default();
        let operands = [
            "src",
            "src/@4000000048641d5c00000000.s.xz",
            "-",
            "./src/",
            "src/../src/current",
            "src/time",
            "src/qpsmtpd.log",
            "src/qpsmtpd.log.1",
            "src/sqpsmtpd.log",
            "src/./qpsmtpd.log-20080626.gz",
            "src/time/qpsmtpd.log",
            "src",
        ];
        for (operand, number) in operands.iter().zip(1..) {
            found.enter(OsStr::new(operand));
            found.now().push(number);
        }
        let all: Vec<Vec<u32>> = found.into_all().filter(|all| !all.is_empty()).collect();
        assert_eq!(
            all,
            [vec![1, 2, 4, 5, 12], vec![3], vec![6], vec![7, 8, 10], vec![9], vec![11]]
        );
    }
}
