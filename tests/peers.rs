//! The same input through the programs that the tools replace: the same output, to the byte.
//!
//! What the real programs answered is recorded in `tests/data/captures/expected`; where they are
//! installed they are asked again.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::process::ExitCode;

use libtest_mimic::Arguments;

#[path = "peers/tai64nlocal.rs"]
mod tai64nlocal;

fn main() -> ExitCode {
    let trials = [tai64nlocal::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
