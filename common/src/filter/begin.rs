//! Files that a run begins with, and only reads.

use std::io;
use std::path::Path;

use super::files::{LONGEST_STATE_BYTES, read_regular};
use super::out::Out;
use super::stop::{Stop, name_of};

/// What the file at `path` holds, left by an earlier run, whose states are never empty. `None` if it
/// is empty or not there: a message says so and what the run `begins` with instead, and where the
/// run is `strict` that is a no.
pub fn begin_with(
    path: &Path,
    begins: &str,
    strict: bool,
    out: &mut Out,
) -> Result<Option<Vec<u8>>, Stop> {
    let nothing = match read_regular(path, LONGEST_STATE_BYTES) {
        Ok(content) if !content.is_empty() => return Ok(Some(content)),
        Ok(_) => "empty",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "not there",
        Err(error) => return Err(Stop::io(path)(error)),
    };
    out.note(name_of(path.as_os_str()), format!("{nothing}; begins with {begins}"));
    if strict {
        out.answer_no();
    }
    Ok(None)
}
