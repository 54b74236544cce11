//! Manuals, README, completions and scripts: nothing in them may be untrue.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};
use maillog_tests::completions::{SHELLS, Shell};
use maillog_tests::console::{self, Session};
use maillog_tests::help::{Flag, Help};
use maillog_tests::{
    Ran, cases, command, copy_files, man, names_in, peer, root, run, run_trials, scratch, tools,
    up_to_date,
};

#[path = "docs/pages.rs"]
mod manual;

type Outcome = Result<(), Failed>;

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for tool in tools() {
        let name = tool.clone();
        trials.push(Trial::test(format!("{tool}: manual lists what --help lists"), move || {
            manual_lists_flags(&Help::of(&name))
        }));
        let name = tool.clone();
        trials.push(Trial::test(format!("{tool}: README lists it"), move || readme_lists(&name)));
        for shell in SHELLS {
            let name = tool.clone();
            trials.push(Trial::test(format!("{tool}: completion for {}", shell.name), move || {
                completion(shell, &Help::of(&name))
            }));
        }
    }
    for page in pages() {
        let name = page.file_name().unwrap().to_str().unwrap().to_owned();
        let (source, shown, typeset) = (page.clone(), page.clone(), page.clone());
        trials.push(Trial::test(format!("{name}: mandoc has no complaint"), move || {
            manual::lint(&source)
        }));
        trials.push(Trial::test(format!("{name}: reads well on a terminal"), move || {
            manual::reads_well(&shown)
        }));
        trials.push(Trial::test(format!("{name}: fits the screen with groff"), move || {
            manual::fits_groff(&typeset)
        }));
        trials.push(Trial::test(format!("{name}: the examples are true"), move || {
            replay(&console::in_mdoc(&read(&page)))
        }));
    }
    trials.push(Trial::test("the manuals name the columns of every row", manual::columns));
    trials.push(Trial::test("README: the examples are true", || {
        replay(&console::in_markdown(&read(&root().join("README.md"))))
    }));
    trials.push(Trial::test("README: is short", || short("README.md")));
    trials.push(Trial::test("CONTRIBUTING: is short", || short("CONTRIBUTING.md")));
    trials.push(Trial::test("no text names a file that is not there", named_files_are_there));
    trials.push(Trial::test("every manual and completion is of a tool", nothing_left_over));
    trials.push(Trial::test("scripts: shellcheck has no complaint", shellcheck));
    trials.push(Trial::test("common: uses go down its floors", floors_of_common));
    trials.push(Trial::test("no source file has over 400 lines", short_files));
    trials.push(Trial::test("no file holds a path of one machine", no_paths_of_one_machine));
    run_trials(trials)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every manual page.
fn pages() -> Vec<PathBuf> {
    let folder = root().join("man");
    names_in(&folder).iter().map(|name| folder.join(name)).collect()
}

fn quiet(ran: &Ran, what: &str) -> Outcome {
    if ran.code == Some(0) && ran.out.is_empty() && ran.err.is_empty() {
        return Ok(());
    }
    Err(format!("{what}: {:?}\n{}{}", ran.code, ran.text(), ran.err).into())
}

fn manual_lists_flags(help: &Help) -> Outcome {
    let page = read(&root().join(format!("man/{}.1", help.name)));
    let listed: Vec<String> = help.flags.iter().map(Flag::listed).collect();
    let options = man::options(&page);
    if options != listed {
        return Err(format!("the manual has {options:#?}, --help has {listed:#?}").into());
    }
    let synopsis = man::section(&page, "SYNOPSIS");
    for flag in help.own_flags() {
        let long = format!("--{}", flag.long);
        let named = synopsis.iter().any(|word| {
            let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
            word.split('=').next() == Some(&long)
                || flag
                    .short
                    .is_some_and(|letter| cluster.is_some_and(|rest| rest.contains(letter)))
        });
        if !named {
            return Err(format!("SYNOPSIS lacks {}", flag.listed()).into());
        }
    }
    let heads = format!(".Dt {} 1\n", help.name.to_uppercase());
    let names = format!(".Sh NAME\n.Nm {}\n", help.name);
    if page.contains(&heads) && page.contains(&names) {
        return Ok(());
    }
    Err(format!("the page begins otherwise than {heads:?} and {names:?}").into())
}

/// The sessions of one text follow each other in one copy of the example files.
fn replay(sessions: &[Session]) -> Outcome {
    if sessions.is_empty() {
        return Err("there is no example at a prompt".into());
    }
    let scratch = scratch();
    copy_files(&root().join("tests/data/examples"), scratch.path());
    for session in sessions {
        session.replay(scratch.path())?;
    }
    Ok(())
}

fn short(page: &str) -> Outcome {
    match read(&root().join(page)).lines().count() {
        ..=120 => Ok(()),
        lines => Err(format!("{page} has {lines} lines, more than 120").into()),
    }
}

fn readme_lists(tool: &str) -> Outcome {
    let text = read(&root().join("README.md"));
    let row = format!("| `{tool}` |");
    let listed = text.lines().any(|line| line.starts_with(&row));
    if listed { Ok(()) } else { Err(format!("no row of the table begins with {row}").into()) }
}

/// What the texts of the project name in backquotes, or link to; NAME and CASE stand for any name.
fn named_files_are_there() -> Outcome {
    let folders =
        ["common/", "completions/", "man/", "packaging/", "tests/", "tools/", "CONTRIBUTING.md"];
    for file in files().iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        let text = read(file);
        let quoted = text.split('`').skip(1).step_by(2);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let ours = |name: &&str| folders.iter().any(|folder| name.starts_with(folder));
        let fixed = |name: &&str| !name.contains("NAME") && !name.contains(char::is_whitespace);
        let mut names = quoted.chain(targets).filter(ours).filter(fixed);
        if let Some(name) = names.find(|name| !root().join(name).exists()) {
            return Err(format!("{} names {name}, which is not there", file.display()).into());
        }
    }
    Ok(())
}

fn completion(shell: Shell, help: &Help) -> Outcome {
    let file = root().join("completions").join(shell.name).join((shell.file)(&help.name));
    up_to_date(&file, &(shell.make)(help))?;
    let what = format!("the completion of {} for {}", help.name, shell.name);
    let Some(program) = peer(shell.name, &what) else { return Ok(()) };
    quiet(&run(command(&program).arg("-n").arg(&file), b""), "does not parse")?;
    let mut flags: Vec<String> = help.flags.iter().map(|flag| format!("--{}", flag.long)).collect();
    let ask: fn(&Path, &Path, &Help, &str) -> Vec<String> = match shell.name {
        "bash" => ask_bash,
        "fish" => ask_fish,
        // zsh completes on a terminal only; that it parses has to do
        _ => return Ok(()),
    };
    let mut offered = ask(&program, &file, help, "--");
    flags.sort();
    offered.sort();
    if offered != flags {
        return Err(format!("offered for --: {offered:?}").into());
    }
    for flag in help.flags.iter().filter(|flag| flag.choices().is_some()) {
        let mut choices = flag.choices().unwrap();
        let mut offered = ask(&program, &file, help, &format!("--{}=", flag.long));
        choices.sort_unstable();
        offered.sort();
        if offered != choices {
            return Err(format!("offered for --{}=: {offered:?}", flag.long).into());
        }
    }
    Ok(())
}

fn nothing_left_over() -> Outcome {
    let mut expected =
        ["intro", "recipes", "scale", "tools"].map(|name| format!("man/maillog-{name}.7")).to_vec();
    for tool in tools() {
        expected.push(format!("man/{tool}.1"));
        let file = |shell: Shell| format!("completions/{}/{}", shell.name, (shell.file)(&tool));
        expected.extend(SHELLS.map(file));
    }
    for folder in ["man", "completions/bash", "completions/zsh", "completions/fish"] {
        for name in names_in(&root().join(folder)) {
            let file = format!("{folder}/{name}");
            let known = expected.contains(&file);
            known.then_some(()).ok_or_else(|| format!("{file} belongs to no tool"))?;
        }
    }
    Ok(())
}

/// Calls the function as bash does after the tool's name and `word`.
fn ask_bash(bash: &Path, file: &Path, help: &Help, word: &str) -> Vec<String> {
    let words = word.replace('=', " = ''");
    let script = format!(
        "compopt() {{ :; }}; . \"$1\"; COMP_WORDS=({} {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        $(complete -p {} | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        help.name, help.name
    );
    let ran = run(command(bash).args(["-c", &script, "bash"]).arg(file), b"");
    ran.text().lines().map(|line| line.trim_end_matches('=').to_owned()).collect()
}

/// Asks fish what it would offer.
fn ask_fish(fish: &Path, file: &Path, help: &Help, word: &str) -> Vec<String> {
    let home = scratch();
    let script = format!("source $argv[1]; complete -C '{} {word}'", help.name);
    let mut command = command(fish);
    command.args(["--no-config", "-c", &script]).arg(file).env("HOME", home.path());
    let offered = run(&mut command, b"").text();
    let words = offered.lines().map(|line| line.split('\t').next().unwrap());
    words
        .map(|offer| offer.trim_start_matches(word.trim_start_matches("--")).to_owned())
        .map(|offer| offer.rsplit_once('=').map_or(offer.clone(), |(_, value)| value.to_owned()))
        .collect()
}

/// All files of the project, from its top; what is built is none of them.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for name in names_in(&folder) {
            let path = folder.join(&name);
            if folder == root() && (name == ".git" || name.starts_with("target")) {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

fn shellcheck() -> Outcome {
    let Some(shellcheck) = peer("shellcheck", "the form of the scripts") else { return Ok(()) };
    let completions = root().join("completions/bash");
    let is_script = |file: &PathBuf| {
        file.extension().is_some_and(|extension| extension == "sh")
            || file.parent() == Some(&completions)
            || *file == root().join(".ci/run")
            || file.starts_with(root().join("examples"))
                && fs::read(file).is_ok_and(|text| text.starts_with(b"#!/bin/sh\n"))
    };
    let captures = root().join("tests/data");
    for file in files().iter().filter(|file| is_script(file) && !file.starts_with(&captures)) {
        let mut check = command(&shellcheck);
        if file.parent() == Some(&completions) {
            check.arg("--shell=bash");
        }
        // an example reads its settings
        quiet(&run(check.arg("-x").arg(file), b""), "shellcheck")?;
    }
    for case in cases::all() {
        let script = case.script();
        let checked = run(
            command(&shellcheck).args(["--shell=sh", "--severity=warning", "-"]),
            script.as_bytes(),
        );
        quiet(&checked, &format!("shellcheck: {}/{}", case.group, case.name))?;
    }
    Ok(())
}

/// The source files of a folder and of those in it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in names_in(folder).iter().map(|name| folder.join(name)) {
        if path.is_dir() && !path.ends_with("target") {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

/// A module of common uses only what stands above it in the map of its lib.rs.
fn floors_of_common() -> Outcome {
    let src = root().join("common/src");
    let map = read(&src.join("lib.rs"));
    let floors: Vec<&str> =
        map.lines().filter_map(|line| line.strip_prefix("//! | [`")?.split('`').next()).collect();
    if floors.len() != names_in(&src).len() - 1 {
        return Err(format!("lib.rs lists {floors:?}").into());
    }
    for (at, floor) in floors.iter().enumerate() {
        for file in sources(&src.join(floor)) {
            let text = read(&file);
            if let Some(below) =
                floors[at + 1..].iter().find(|below| text.contains(&format!("crate::{below}::")))
            {
                return Err(format!("{} uses {below}", file.display()).into());
            }
        }
    }
    Ok(())
}

fn short_files() -> Outcome {
    let folders = ["common", "tools", "tests"].map(|name| sources(&root().join(name)));
    let lengths = folders.into_iter().flatten().map(|file| (read(&file).lines().count(), file));
    match lengths.max() {
        Some((lines, file)) if lines > 400 => Err(format!("{lines}: {}", file.display()).into()),
        _ => Ok(()),
    }
}

fn no_paths_of_one_machine() -> Outcome {
    // captured logs speak of the machine that wrote them, and are kept as they are
    let captures = root().join("tests/data/captures");
    // put together here, so that this file does not hold them
    let marks = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    for file in files().iter().filter(|file| !file.starts_with(&captures)) {
        let content = fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&content);
        if let Some(line) = text.lines().find(|line| marks.iter().any(|mark| line.contains(mark))) {
            return Err(format!("{}: {line}", file.display()).into());
        }
    }
    Ok(())
}
