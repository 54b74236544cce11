//! The same input through the programs that the tools replace: the same output, to the byte.
//!
//! What the real programs answered is recorded in `tests/data/captures/expected`; where they are
//! installed they are asked again.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::process::ExitCode;

use maillog_tests::run_trials;

#[path = "peers/tai64nlocal.rs"]
mod tai64nlocal;

fn main() -> ExitCode {
    run_trials(tai64nlocal::trials())
}
