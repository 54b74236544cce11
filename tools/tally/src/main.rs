//! See the manual page tally(1).

use std::process::ExitCode;

use common::filter::cli;
use tally::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
