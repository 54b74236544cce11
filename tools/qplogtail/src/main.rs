//! See the manual page qplogtail(1).

use std::process::ExitCode;

use common::filter::cli;
use qplogtail::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
