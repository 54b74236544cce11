//! Which operands are of one log.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// Something for each directory, of which that of the operand at hand is used. The files of a
/// directory are one log, whether they are named or the directory is.
#[derive(Debug, Default)]
pub struct PerFolder<T> {
    /// That of the operand at hand.
    pub now: T,
    operand: OsString,
    folder: PathBuf,
    others: Vec<(PathBuf, T)>,
}

impl<T: Default> PerFolder<T> {
    /// Takes the operand at hand.
    pub fn enter(&mut self, operand: &OsStr) {
        if self.operand == operand {
            return;
        }
        operand.clone_into(&mut self.operand);
        let folder = folder_of(operand);
        if folder != self.folder {
            let known = self.others.iter().position(|(other, _)| *other == folder);
            let next = known.map(|at| self.others.swap_remove(at).1).unwrap_or_default();
            let left = std::mem::replace(&mut self.now, next);
            self.others.push((std::mem::replace(&mut self.folder, folder), left));
        }
    }

    /// All of them, in no order.
    pub fn into_all(self) -> impl Iterator<Item = T> {
        self.others.into_iter().map(|(_, other)| other).chain([self.now])
    }
}

/// The directory that an operand is, or is in; standard input is in none.
fn folder_of(operand: &OsStr) -> PathBuf {
    if operand == "-" {
        return operand.into();
    }
    let path = Path::new(operand);
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_its_files_are_one() {
        let mut found = PerFolder::<Vec<u32>>::default();
        let operands = ["src", "src/lib.rs", "-", "./src/", "src/../src/io.rs", "src/time", "src"];
        for (operand, number) in operands.iter().zip(1..) {
            found.enter(OsStr::new(operand));
            found.now.push(number);
        }
        let mut all: Vec<Vec<u32>> = found.into_all().filter(|all| !all.is_empty()).collect();
        all.sort();
        assert_eq!(all, [vec![1, 2, 4, 5, 7], vec![3], vec![6]]);
    }
}
