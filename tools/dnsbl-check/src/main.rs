//! See the manual page dnsbl-check(1).

use std::process::ExitCode;

use common::filter::cli;
use dnsbl_check::{Opts, SPEC, run};

fn main() -> ExitCode {
    cli::main(&SPEC, |args, out| run(Opts::new(args)?, out))
}
