//! See the manual page metric-sum(1).

use std::process::ExitCode;

use common::filter::cli;
use metric_sum::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
