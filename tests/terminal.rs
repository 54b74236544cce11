//! What is particular to a terminal: completion in the shells, and the line that says how far it is.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::process::ExitCode;

use libtest_mimic::Arguments;

#[path = "terminal/progress.rs"]
mod progress;
#[path = "terminal/shells.rs"]
mod shells;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // they wait most of the time
    arguments.test_threads.get_or_insert(8);
    let trials = shells::trials().chain(progress::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
