//! Golden cases: the folders `tests/golden/TOOL/CASE/` and `tests/golden/pipelines/CASE/`.
//!
//! `cmd` is a script for `sh`, run in a copy of the folder with the file `in`, if there is one, on
//! standard input; `out`, `err` (absent: empty) and `code` (absent: 0) are what it must give.
//!
//! The contract needs one case for each tool whose `cmd` is nothing but `NAME` or `NAME --flag`, with
//! its input in `in`: it is called again with other operands, other input and another output.

use std::fs;
use std::path::PathBuf;

use crate::{names_in, root};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The folder over it: a tool, or `pipelines`.
    pub group: String,
    /// Its own folder.
    pub name: String,
    folder: PathBuf,
}

/// The folder of all cases.
pub fn golden() -> PathBuf {
    root().join("tests/golden")
}

/// Every case, in order.
pub fn all() -> Vec<Case> {
    names_in(&golden()).iter().flat_map(|group| of(group)).collect()
}

/// The cases of one tool, or of `pipelines`.
pub fn of(group: &str) -> Vec<Case> {
    let folder = golden().join(group);
    names_in(&folder)
        .into_iter()
        .filter(|name| folder.join(name).is_dir())
        .map(|name| Case { group: group.into(), folder: folder.join(&name), name })
        .collect()
}

/// The cases of a tool that are one plain call of it, each with its call.
pub fn plain_calls(tool: &str) -> Vec<(Case, String)> {
    let cases = of(tool).into_iter();
    cases.filter_map(|case| case.plain_call().map(|call| (case, call))).collect()
}

/// Does a tool read standard input? Then a case of it has an `in`.
pub fn reads_input(tool: &str) -> bool {
    of(tool).iter().any(|case| case.has("in"))
}

/// Says what to write where a tool has no case that can be called again.
pub fn assert_some(cases: &[(Case, String)], tool: &str) {
    let folder = format!("tests/golden/{tool}");
    assert!(
        !cases.is_empty(),
        "{folder} has no case that can be called again with other operands, input and output.\n\
         Write one line to {folder}/CASE/cmd: {tool}, or {tool} --flag, but no file, redirection, $ \
         or second command.\n\
         Write its input, if the tool reads any, to {folder}/CASE/in, and then run\n\
         UPDATE=1 cargo test -p maillog-tests --test golden {tool}\n\
         It must end with status 0, and write something to standard output."
    );
}

impl Case {
    /// The script.
    pub fn script(&self) -> String {
        fs::read_to_string(self.folder.join("cmd"))
            .unwrap_or_else(|error| panic!("{}/{}/cmd: {error}", self.group, self.name))
    }

    /// The content of a file of the case; empty if it is not there.
    pub fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.folder.join(file)).unwrap_or_default()
    }

    /// Does the case have this file?
    pub fn has(&self, file: &str) -> bool {
        self.folder.join(file).exists()
    }

    /// Writes a file of the case, or removes it if it would hold what its absence means.
    pub fn write(&self, file: &str, content: &[u8], absent_means: Option<&[u8]>) {
        let path = self.folder.join(file);
        if Some(content) != absent_means {
            fs::write(path, content).unwrap();
        } else if path.exists() {
            fs::remove_file(path).unwrap();
        }
    }

    /// The expected status.
    pub fn code(&self) -> i32 {
        let code = self.read("code");
        let text = std::str::from_utf8(&code).unwrap().trim();
        if text.is_empty() { 0 } else { text.parse().unwrap() }
    }

    /// A copy of the folder to run it in.
    pub fn scratch(&self) -> tempfile::TempDir {
        let scratch = crate::scratch();
        crate::copy_files(&self.folder, scratch.path());
        scratch
    }

    /// The script, if it is one plain call of the tool whose output is all there is: such a call can
    /// be made again with other operands, other input or another standard output.
    pub fn plain_call(&self) -> Option<String> {
        let script = self.script();
        let mut lines = script.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let call = lines.next()?;
        let only = lines.next().is_none();
        let ours = call.split(' ').next()? == self.group;
        let plain = !call.contains(['|', ';', '&', '<', '>', '$', '`', '(']);
        (only && ours && plain && self.code() == 0 && !self.read("out").is_empty())
            .then(|| call.to_owned())
    }

    /// A plain call that reads standard input and names no file: its operands can be chosen.
    pub fn plain_filter(&self) -> Option<String> {
        self.plain_call().filter(|call| {
            self.has("in")
                && call.split(' ').skip(1).all(|word| word.starts_with('-') && word != "-")
        })
    }
}
