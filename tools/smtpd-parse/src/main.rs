//! See the manual page smtpd-parse(1).

use std::process::ExitCode;

use common::filter::cli;
use smtpd_parse::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
