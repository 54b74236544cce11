//! See the manual page qploggrep(1).

use std::process::ExitCode;

use common::filter::cli;
use qploggrep::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
