//! See the manual page logterse-split(1).

use std::process::ExitCode;

use common::filter::cli;
use logterse_split::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
