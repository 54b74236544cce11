//! See the manual page tai64nlocal(1).

use std::process::ExitCode;

use common::filter::cli;
use tai64nlocal::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(&Opts::new(args), out))
}
