//! See the manual page xfer-sum(1).

use std::process::ExitCode;

use common::filter::cli;
use xfer_sum::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
