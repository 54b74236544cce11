//! What a reader does at the end of a log that may go on.

use std::time::Duration;

use crate::filter::{Out, Stop};

/// How long a follower waits before it looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// What to do at the end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Stop.
    End,
    /// Wait for more.
    Follow,
}

/// Writes what waits, then waits a moment before the next look.
pub fn pause(out: &mut Out) -> Result<(), Stop> {
    out.flush()?;
    std::thread::sleep(PAUSE);
    Ok(())
}
