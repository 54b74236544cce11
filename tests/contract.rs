//! What every tool promises, tried on every folder of `tools/`.
//!
//! A tool is known by its `--help` and by its golden cases only; nothing here names one. Cases that
//! are one plain call of the tool are called again with other operands, input or outputs.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::process::ExitCode;

use maillog_tests::cases::{assert_some, plain_calls};
use maillog_tests::help::Help;
use maillog_tests::{run_trials, tools, trial};

#[path = "contract/command_line.rs"]
mod command_line;
#[path = "contract/hostile.rs"]
mod hostile;
#[path = "contract/json.rs"]
mod json;
#[path = "contract/operands.rs"]
mod operands;
#[path = "contract/quiet.rs"]
mod quiet;
#[path = "contract/ranges.rs"]
mod ranges;
#[path = "contract/streams.rs"]
mod streams;

/// What is promised, and the test of one tool; a promise that is not kept is a panic.
type Promise = (&'static str, fn(&Help));

fn main() -> ExitCode {
    let first: &[Promise] = &[("a golden case can be called again", has_plain_call)];
    let others = [
        command_line::PROMISES,
        operands::PROMISES,
        quiet::PROMISES,
        ranges::PROMISES,
        streams::PROMISES,
        hostile::PROMISES,
        json::PROMISES,
    ];
    let all = [&[first], &others[..]].concat().concat();
    let mut trials = Vec::new();
    for tool in tools() {
        // one failure says what is missing better than a dozen
        let can_be_tried = !plain_calls(&tool).is_empty();
        for (promise, keeps) in if can_be_tried { all.clone() } else { first.to_vec() } {
            let tool = tool.clone();
            let name = format!("{tool}: {promise}");
            trials.push(trial(name, move || keeps(&Help::of(&tool))));
        }
    }
    trials.push(trial("a letter has one meaning in all tools", command_line::letters_agree));
    run_trials(trials)
}

fn has_plain_call(help: &Help) {
    assert_some(&plain_calls(&help.name), &help.name);
}
