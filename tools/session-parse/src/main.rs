//! The binary; all it does is in the library.
use std::process::ExitCode;

use common::filter::cli;
use session_parse::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
