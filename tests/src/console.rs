//! Sessions at a prompt, as README and the manuals show them: run, and compared to the letter.

use std::fmt::Write;
use std::path::Path;

use crate::{lacks_peer, run, same, sh};

/// What stands between two fences, or in one display of a manual.
#[derive(Debug)]
pub struct Session {
    /// The line on which it begins.
    pub line: usize,
    /// Lines that begin with `$ ` are typed, the others are what comes back.
    pub text: String,
}

/// The blocks of a Markdown text that are fenced as `console`.
pub fn in_markdown(text: &str) -> Vec<Session> {
    between(text, |line| line.trim_end() == "```console", |line| line.trim_end() == "```")
}

/// The literal displays of an mdoc page that begin at a prompt, their escapes undone.
pub fn in_mdoc(text: &str) -> Vec<Session> {
    displays(text)
        .into_iter()
        .filter(|display| display.text.starts_with("$ "))
        .map(|display| Session { text: crate::man::unescape(&display.text), ..display })
        .collect()
}

/// The literal displays of mdoc, with their escapes.
pub fn displays(text: &str) -> Vec<Session> {
    between(text, |line| line.starts_with(".Bd -literal"), |line| line.starts_with(".Ed"))
}

fn between(text: &str, opens: fn(&str) -> bool, closes: fn(&str) -> bool) -> Vec<Session> {
    let mut sessions = Vec::new();
    let mut open: Option<Session> = None;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        match &mut open {
            None if opens(line) => open = Some(Session { line: number + 1, text: String::new() }),
            Some(_) if closes(line) => sessions.extend(open.take()),
            Some(session) => session.text.push_str(line),
            None => {}
        }
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    sessions
}

impl Session {
    /// Types the commands in `folder`: what is to be seen must be the text itself.
    pub fn replay(&self, folder: &Path) -> Result<(), String> {
        if lacks_peer(&self.text, &format!("the block from line {}", self.line)) {
            return Ok(());
        }
        let mut script = String::from("exec 2>&1\n");
        let mut goes_on = false;
        for line in self.text.lines() {
            let typed = if goes_on { Some(line) } else { line.strip_prefix("$ ") };
            let Some(typed) = typed else { continue };
            if !goes_on {
                script.push_str(&echo(typed, self));
            }
            writeln!(script, "{typed}").unwrap();
            goes_on = typed.ends_with('\\');
        }
        let mut typed = sh(&format!("set -e\n{script}"), folder);
        // without a home some programs complain
        let ran = run(typed.env("HOME", folder), b"");
        let shown = same(&ran.text(), &self.text);
        shown.map_err(|place| format!("the block from line {}: {place}", self.line))?;
        match ran.code {
            Some(0) => Ok(()),
            code => Err(format!("the block from line {}: ended with {code:?}", self.line)),
        }
    }
}

/// A command that shows what is typed, with the lines on which it goes on.
fn echo(typed: &str, session: &Session) -> String {
    let from = session.text.find(&format!("$ {typed}")).unwrap();
    let mut shown = String::new();
    for line in session.text[from..].lines() {
        writeln!(shown, "{line}").unwrap();
        if !line.ends_with('\\') {
            break;
        }
    }
    format!("printf %s '{}'\n", shown.replace('\'', r"'\''"))
}
