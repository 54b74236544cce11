//! What the machine itself can do: the limits that the benchmarks show beside the tools.
//!
//! | command | what |
//! |---|---|
//! | `maillog-probe count FILE` | reads FILE in blocks and looks for each line end; the count |
//! | `maillog-probe write BYTES` | writes so many bytes in blocks |
//! | `maillog-probe start N PROGRAM ARGUMENT ...` | starts PROGRAM N times, one after the other |

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};

const BLOCK: usize = 256 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments {
        ["count", file] => count(file),
        ["write", bytes] => write(bytes),
        ["start", number, program, ref rest @ ..] => start(number, program, rest),
        _ => Err(io::Error::other("usage: maillog-probe count|write|start ...")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "maillog-probe: {error}");
            ExitCode::from(2)
        }
    }
}

fn count(file: &str) -> io::Result<()> {
    let mut file = File::open(file)?;
    let mut block = vec![0; BLOCK];
    let mut lines = 0_u64;
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            return writeln!(io::stdout(), "{lines}");
        }
        let mut rest = &block[..length];
        // end by end, as one who does something with each line must
        while let Some(end) = memchr::memchr(b'\n', rest) {
            lines += 1;
            rest = &rest[end + 1..];
        }
    }
}

fn write(bytes: &str) -> io::Result<()> {
    let mut left: usize = bytes.parse().map_err(io::Error::other)?;
    let block = vec![b'\n'; BLOCK];
    let mut out = io::stdout().lock();
    while left > 0 {
        let length = left.min(BLOCK);
        out.write_all(&block[..length])?;
        left -= length;
    }
    out.flush()
}

fn start(number: &str, program: &str, arguments: &[&str]) -> io::Result<()> {
    let number: u32 = number.parse().map_err(io::Error::other)?;
    for _ in 0..number {
        let mut command = Command::new(program);
        let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{program}: {status}")));
        }
    }
    Ok(())
}
