//! See the manual page qplogsumm(1).

use std::process::ExitCode;

use common::filter::cli;
use qplogsumm::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
