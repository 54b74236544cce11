//! Golden cases: a script, its input, and to the byte what it must write and how it must end.
//!
//! `UPDATE=1` writes what came instead of comparing; read the difference before you commit it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::process::ExitCode;

use libtest_mimic::{Completion, Failed, Trial};
use maillog_tests::cases::{self, Case};
use maillog_tests::{lacks_peer, names_in, run, run_trials, same, sh, tools, update};

/// The folder of cases that are about several tools.
const PIPELINES: &str = "pipelines";

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = cases::all()
        .into_iter()
        .map(|case| {
            Trial::ignorable_test(format!("{}/{}", case.group, case.name), move || check(&case))
        })
        .collect();
    for tool in tools() {
        let name = format!("{tool}: has cases and says what is not tested");
        trials.push(Trial::test(name, move || has_cases(&tool)));
    }
    trials.push(Trial::test("every group of cases is a tool", groups_are_tools));
    run_trials(trials)
}

fn check(case: &Case) -> Result<Completion, Failed> {
    if lacks_peer(&case.script(), &format!("{}/{}", case.group, case.name)) {
        return Ok(Completion::ignored_with("it calls a program that is not installed"));
    }
    let scratch = case.scratch();
    let ran = run(&mut sh(&case.script(), scratch.path()), &case.read("in"));
    let code = ran.code.ok_or("a signal ended it")?;
    if update() {
        case.write("out", &ran.out, None);
        case.write("err", ran.err.as_bytes(), Some(b""));
        case.write("code", format!("{code}\n").as_bytes(), Some(b"0\n"));
        return Ok(Completion::Completed);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    same(&ran.err, &text(&case.read("err"))).map_err(|place| format!("stderr: {place}"))?;
    same(&ran.text(), &text(&case.read("out"))).map_err(|place| format!("stdout: {place}"))?;
    if ran.out != case.read("out") {
        return Err("stdout: other bytes that are not UTF-8".into());
    }
    if code != case.code() {
        return Err(format!("status {code}, should be {}", case.code()).into());
    }
    if !case.has("out") {
        return Err("there is no file `out`".into());
    }
    Ok(Completion::Completed)
}

fn has_cases(tool: &str) -> Result<(), Failed> {
    if cases::of(tool).is_empty() {
        return Err(format!("tests/golden/{tool} has no case").into());
    }
    let untested = cases::golden().join(tool).join("not-tested.md");
    match std::fs::read_to_string(&untested) {
        Ok(text) if !text.trim().is_empty() => Ok(()),
        _ => {
            let lacks = "is not there: it says what no test of the tool shows";
            Err(format!("tests/golden/{tool}/not-tested.md {lacks}").into())
        }
    }
}

fn groups_are_tools() -> Result<(), Failed> {
    let tools = tools();
    let strange = names_in(&cases::golden())
        .into_iter()
        .find(|name| name != PIPELINES && !tools.contains(name));
    strange.map_or(Ok(()), |name| Err(format!("tests/golden/{name}: there is no such tool").into()))
}
