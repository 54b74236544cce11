//! The saved inputs of the fuzz targets: for each of them its property holds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "fuzz/properties/mod.rs"]
mod properties;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};
use maillog_tests::{names_in, root, run_trials};

fn main() -> ExitCode {
    let fuzz = root().join("tests/fuzz");
    let mut trials: Vec<Trial> = properties::ALL
        .iter()
        .map(|(name, _)| {
            let folder = fuzz.join("corpus").join(name);
            Trial::test(*name, move || holds_for_all(name, &folder))
        })
        .collect();
    trials.push(Trial::test("every property has a target and inputs", move || complete(&fuzz)));
    run_trials(trials)
}

fn holds_for_all(name: &str, folder: &Path) -> Result<(), Failed> {
    for input in names_in(folder) {
        let bytes = std::fs::read(folder.join(&input)).unwrap();
        let holds = std::panic::catch_unwind(|| properties::check(name, &bytes));
        holds.map_err(|_| format!("tests/fuzz/corpus/{name}/{input}"))?;
    }
    Ok(())
}

fn complete(fuzz: &Path) -> Result<(), Failed> {
    let names: Vec<String> = properties::ALL.iter().map(|(name, _)| (*name).into()).collect();
    let targets = names.iter().map(|name| format!("{name}.rs")).collect::<Vec<_>>();
    let expected = [("corpus", names), ("targets", targets)];
    for (folder, expected) in expected {
        if names_in(&fuzz.join(folder)) != expected {
            return Err(format!("tests/fuzz/{folder} has not what properties::ALL has").into());
        }
    }
    Ok(())
}
