//! The one error type: why a tool stopped early.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::bytes::tsv;

/// Why a tool stopped before its input was used up.
#[derive(Debug)]
pub enum Stop {
    /// `--help` or `--version`: the text to print; the status is 0.
    Show(String),
    /// The command line or the input makes no sense: subject (may be empty) and what; status 2.
    Usage(String, String),
    /// An operation on a file failed; status 2.
    Io(String, io::Error),
    /// The answer is no, or input was refused, as was said before; status 1.
    No,
    /// The reader of our output went away; a quiet 0.
    Closed,
}

impl Stop {
    /// A usage error about `subject`, such as a flag.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over what they just made")]
    pub fn usage(subject: impl ToString, what: impl Display) -> Self {
        Stop::Usage(subject.to_string(), what.to_string())
    }

    /// Makes an I/O error that names the file, for `map_err`.
    pub fn io<E: Into<io::Error>>(path: impl AsRef<Path>) -> impl FnOnce(E) -> Stop {
        move |error| Stop::Io(name_of(path.as_ref().as_os_str()), error.into())
    }
}

/// A file name for a message: `-` is called `stdin`, hostile bytes are escaped.
pub fn name_of(file: &OsStr) -> String {
    if file == "-" { "stdin".into() } else { tsv::visible(file.as_bytes()) }
}

/// A number of things in words, such as `1 line` and `2 lines`.
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The words for an I/O error, without Rust's `(os error N)`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn reasons_are_plain_words() {
        let error = File::open("/nonexistent/file").unwrap_err();
        assert_eq!(reason(&error), "No such file or directory");
    }
}
