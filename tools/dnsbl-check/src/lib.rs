//! Asks DNS block lists about addresses or names, and says what the answers mean.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use common::filter::cli::{self, Args, Flag, Spec};
use common::filter::{Input, Ledger, Out, Policy, Stop};

mod answers;
mod cache;
mod check;
mod counts;
mod keys;
mod lane;
mod list;
mod message;
mod random;
mod resolver;
mod rows;
mod saved;
mod selftest;
mod server;
mod servers;
mod subject;
mod tcp;
mod verdict;
mod wire;

use check::{Check, Questions};
use lane::Patience;
use list::List;
use rows::Rows;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "dnsbl-check",
    about: "Asks DNS block lists about addresses, and adds their answers to each row.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('l', "list", "ZONE[=A,...]", "ask this list, whose answers A count").required(),
        Flag::switch('H', "header", "the first row names columns, in and out"),
        cli::JSON,
        Flag::value('k', "column", "COLUMN", "where the address is: a number, or a name"),
        Flag::long("name", "the column has domain names"),
        Flag::long("private", "ask about private addresses too"),
        Flag::long("listed", "only rows that are listed; exit 1 if none is"),
        Flag::long("skip-denied", "leave out what a list has denied"),
        Flag::long_value("server", "ADDR[:PORT]", "ask this server; may be repeated"),
        Flag::long_value("timeout", "SECONDS", "longest wait for an answer (4)"),
        Flag::long_value("tries", "N", "how often a question is asked (3)"),
        Flag::long_value("qps", "N", "at most N queries a second to a list"),
        Flag::long_value("cache", "FILE", "keep answers in FILE from run to run"),
        Flag::long_value("key-file", "FILE", "the keys for lists that need one"),
        Flag::long("no-self-test", "do not test the lists first"),
        Flag::long("require-self-test", "exit 2 if a list fails its test"),
        Flag::long_value("replay", "FILE", "answer from a saved result"),
        cli::REJECTS,
        cli::STRICT,
        cli::QUIET,
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    rows: Rows,
    questions: Questions,
    policy: Policy,
    quiet: bool,
    files: Vec<OsString>,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let rows = Rows::new(args)?;
        if args.has("no-self-test") && args.has("require-self-test") {
            return Err(Stop::usage("--require-self-test", "contradicts --no-self-test"));
        }
        let (questions, policy) = (questions(args)?, Policy::new(args));
        let quiet = args.has("quiet");
        Ok(Opts { rows, questions, policy, quiet, files: args.operands.clone() })
    }
}

fn questions(args: &Args) -> Result<Questions, Stop> {
    let mut lists: Vec<List> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for name in args.values("list") {
        let list = List::new(name.as_bytes(), args.has("key-file"))?;
        match places.get(&list.name) {
            None => {
                places.insert(list.name.clone(), lists.len());
                lists.push(list);
            }
            Some(known) if lists[*known].counts_as(&list) => {}
            Some(_) => {
                let subject = format!("--list={}", list.name);
                return Err(Stop::usage(subject, "given twice, with other answers"));
            }
        }
    }
    let mut servers = Vec::new();
    for server in args.values("server") {
        let text = String::from_utf8_lossy(server.as_bytes());
        let address = servers::server(server.as_bytes());
        servers.push(address.ok_or_else(|| {
            Stop::usage(format!("--server={text}"), "not an address, or one and a port")
        })?);
    }
    let number = |flag, most| {
        let what = format!("a number from 1 to {most}");
        args.parsed(flag, &what, |text| {
            let number: u32 = std::str::from_utf8(text).ok()?.parse().ok()?;
            (1..=most).contains(&number).then_some(number)
        })
    };
    let timeout = number("timeout", 3600)?.unwrap_or(4);
    let patience = Patience {
        timeout: Duration::from_secs(timeout.into()),
        tries: number("tries", 100)?.unwrap_or(3),
        gap: number("qps", 1_000_000)?.map(|qps| Duration::from_secs(1) / qps),
    };
    let path = |flag| args.value(flag).map(PathBuf::from);
    Ok(Questions {
        lists,
        key_file: path("key-file"),
        names: args.has("name"),
        private: args.has("private"),
        only_listed: args.has("listed"),
        self_test: !args.has("no-self-test"),
        require_self_test: args.has("require-self-test"),
        servers,
        patience,
        cache_file: path("cache"),
        replay: path("replay"),
    })
}

/// Adds to each row what the lists say.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let Opts { rows, questions, policy, quiet, files } = opts;
    if !quiet {
        out.begin_progress();
    }
    let mut state = (rows, Check::new(questions)?, Ledger::open(policy)?);
    let mut input = Input::new(&files);
    input.for_each_line_or_wait(
        out,
        &mut state,
        |(rows, check, ledger), line, out| {
            if rows.take_header(&line, out)? {
                ledger.take_header();
                return Ok(());
            }
            match rows.read(&line, out) {
                Ok(Some(candidate)) => check.take(candidate, out),
                Ok(None) => Ok(()),
                Err(fault) => ledger.report(line, fault),
            }
        },
        |(_, check, _), file, out| check.wait(file, out),
    )?;
    let (_, check, ledger) = state;
    check.finish(out)?;
    ledger.close(input.lines(), out)
}
