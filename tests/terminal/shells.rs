//! Completion, tried in each shell with the keys that a user presses.

use std::fs;
use std::os::unix::fs::symlink;

use libtest_mimic::Trial;
use maillog_tests::help::{Flag, Help};
use maillog_tests::{command, copy_files, make_program, peer, root, run, scratch, tools, trial};

/// A shell that is asked, and how it is begun so that it finds the completions in a folder of the
/// project, shows [`PROMPT`] and finds our stand-ins for the tools.
struct Shell {
    name: &'static str,
    /// The folder of `completions/`.
    completions: &'static str,
    /// Another file that must be there.
    needs: Option<&'static str>,
    call: &'static [&'static str],
    begin: &'static str,
}

/// What no shell prints but as a prompt.
const PROMPT: &str = "@@ ";

const SHELLS: [Shell; 4] = [
    Shell {
        name: "bash",
        completions: "bash",
        needs: None,
        call: &["bash", "--norc", "--noprofile", "-i"],
        begin: "for file in \"$COMPLETIONS\"/*; do . \"$file\"; done; PS1='@''@ '",
    },
    Shell {
        name: "bash with bash-completion",
        completions: "bash",
        needs: Some("/usr/share/bash-completion/bash_completion"),
        call: &["bash", "--norc", "--noprofile", "-i"],
        begin: ". /usr/share/bash-completion/bash_completion; PS1='@''@ '",
    },
    Shell {
        name: "zsh",
        completions: "zsh",
        needs: None,
        call: &["zsh", "-f", "-i"],
        begin: "fpath=($COMPLETIONS $fpath); autoload -U compinit; compinit -u; PROMPT='@''@ '",
    },
    Shell {
        name: "fish",
        completions: "fish",
        needs: None,
        call: &["fish", "--no-config", "-i"],
        begin: "set -p fish_complete_path $COMPLETIONS; \
                function fish_prompt; printf '@%s ' @; end",
    },
];

/// What is typed before the key TAB, and what the command line then is.
struct Case {
    typed: String,
    completed: String,
}

pub fn trials() -> impl Iterator<Item = Trial> {
    let test = |shell: Shell| move || completes(&shell);
    SHELLS.into_iter().map(move |shell| trial(format!("completion: {}", shell.name), test(shell)))
}

fn completes(shell: &Shell) {
    let what = format!("completion in {}", shell.name);
    let mut needed = ["python3", shell.call[0]].into_iter().chain(shell.needs);
    if needed.any(|program| peer(program, &what).is_none()) {
        return;
    }
    let scratch = scratch();
    let folder = scratch.path();
    for name in ["bin", "home", "here", "here/logs.d"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    fs::write(folder.join("here/logs.txt"), "").unwrap();
    // bash-completion looks for a folder of this name
    let completions = folder.join("completions");
    copy_files(&root().join("completions").join(shell.completions), &completions);
    // stands in for the tools, and notes how it is called
    let stand_in = b"#!/bin/sh\necho \"${0##*/} $*\" >>\"$CALLS\"\n";
    make_program(&folder.join("stand-in"), stand_in);
    let tools = tools();
    for tool in &tools {
        symlink("../stand-in", folder.join("bin").join(tool)).unwrap();
    }

    let cases: Vec<Case> = tools.iter().flat_map(|tool| cases(&Help::of(tool))).collect();
    let mut keys = format!("{}\n", shell.begin);
    keys.extend(cases.iter().map(|case| format!("{}\t\n", case.typed)));
    keys += "exit\n";
    let mut python = command("python3");
    python.arg(root().join("tests/terminal/type.py")).arg(PROMPT).args(shell.call);
    let path = std::env::var("PATH").unwrap_or_default();
    python.env("PATH", format!("{}:{path}", folder.join("bin").display()));
    python.env("COMPLETIONS", &completions).env("BASH_COMPLETION_USER_DIR", folder);
    python.env("CALLS", folder.join("calls")).env("HOME", folder.join("home"));
    python.env("TERM", "xterm").current_dir(folder.join("here"));
    let ran = run(&mut python, keys.as_bytes());
    assert_eq!(ran.code, Some(0), "{}{}", ran.text(), ran.err);
    let calls = fs::read_to_string(folder.join("calls")).unwrap_or_default();
    // zsh takes the slash of a folder away when the line ends
    let calls: Vec<&str> = calls.lines().map(|call| call.trim_end_matches('/')).collect();
    let wrong: Vec<_> = cases
        .iter()
        .zip(&calls)
        .filter(|(case, call)| case.completed != **call)
        .map(|(case, call)| format!("{} -> {call}, not {}", case.typed, case.completed))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(calls.len(), cases.len(), "{}", ran.text());
}

/// Every flag of a tool, and every way to give it a value that can be completed.
fn cases(help: &Help) -> Vec<Case> {
    let case = |start: &str, typed: &str, completed: &str| Case {
        typed: format!("{} {start}{typed}", help.name),
        completed: format!("{} {start}{completed}", help.name),
    };
    let longs: Vec<&str> = help.flags.iter().map(|flag| flag.long.as_str()).collect();
    let mut cases = Vec::new();
    let mut switches = help.flags.iter().filter(|flag| flag.value.is_none());
    if let Some((typed, long)) = unique(switches.clone().map(|flag| flag.long.as_str()), &longs) {
        cases.push(case("--", &typed, long));
    }
    let switch = switches.find_map(|flag| flag.short).unwrap();
    for flag in &help.flags {
        let Some((typed, completed)) = value(flag) else { continue };
        let mut starts = vec![format!("--{}=", flag.long), format!("--{} ", flag.long)];
        let letter = flag.short.map(|letter| format!("-{letter}"));
        starts.extend(letter.iter().map(|letter| format!("{letter} ")));
        // in one word with a letter fish completes words, but no files
        for letter in letter.iter().filter(|_| flag.choices().is_some()) {
            let cluster = letter.replace('-', &format!("-{switch}"));
            starts.extend([letter.clone(), cluster.clone(), format!("{cluster} ")]);
        }
        cases.extend(starts.iter().map(|start| case(start, &typed, &completed)));
    }
    cases
}

/// The beginning of a value, and the whole of it; of a list, the last of two.
fn value(flag: &Flag) -> Option<(String, String)> {
    let Some(words) = flag.choices() else {
        return match flag.value.as_deref()? {
            "DIR" => Some((String::new(), "logs.d".into())),
            "FILE" => Some(("logs.t".into(), "logs.txt".into())),
            _ => None,
        };
    };
    if !flag.takes_list() {
        return unique(words.iter().copied(), &words).map(|(typed, word)| (typed, word.into()));
    }
    // the first need not be typed again
    let (first, others) = words.split_first()?;
    let (typed, second) = unique(others.iter().copied(), others)?;
    Some((format!("{first},{typed}"), format!("{first},{second}")))
}

/// A beginning that only one of all these words has, and not as a whole.
fn unique<'a>(words: impl Iterator<Item = &'a str>, all: &[&str]) -> Option<(String, &'a str)> {
    let is_unique = |typed: &str| all.iter().filter(|word| word.starts_with(typed)).count() == 1;
    words
        .flat_map(|word| (0..word.len()).map(move |end| (&word[..end], word)))
        .find(|(typed, _)| is_unique(typed))
        .map(|(typed, word)| (typed.to_owned(), word))
}
