//! The one error type: why a tool stopped early.

use std::fmt::Display;
use std::io;
use std::path::Path;

/// Why a tool stopped before its input was used up.
#[derive(Debug)]
pub enum Stop {
    /// `--help` or `--version`: the text to print; the status is 0.
    Show(String),
    /// The command line or the input makes no sense: subject (may be empty) and what; status 2.
    Usage(String, String),
    /// An operation on a file failed; status 2.
    Io(String, io::Error),
    /// Whoever read our output went away; a quiet 0.
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
        move |error| Stop::Io(crate::io::name_of(path.as_ref().as_os_str()), error.into())
    }
}
