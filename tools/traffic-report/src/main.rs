//! See the manual page traffic-report(1).

use std::process::ExitCode;

use common::filter::cli;
use traffic_report::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
