//! `--help` read back: all that the tests and the completions know about a tool.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;

use crate::{run, tool};

/// What `NAME --help` says.
#[derive(Clone, Debug)]
pub struct Help {
    /// The name of the tool.
    pub name: String,
    /// The text as it was printed.
    pub text: String,
    /// The words for the operands, such as `[FILE ...]`; empty if it takes none.
    pub operands: String,
    /// The flags in order, `-h` and `-V` included.
    pub flags: Vec<Flag>,
}

/// One line of the list of flags.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The letter, if it has one.
    pub short: Option<char>,
    /// The long name without dashes.
    pub long: String,
    /// The word for the value: a kind such as `FILE`, or the legal values as `local|iso`.
    pub value: Option<String>,
    /// The legal values, or those that a list may hold: the tool names them where another is given.
    words: Vec<String>,
    /// What it is for.
    pub help: String,
    /// The usage line demands it.
    pub required: bool,
}

impl Help {
    /// Runs `NAME --help` and reads it, once.
    pub fn of(name: &str) -> Help {
        static READ: Mutex<BTreeMap<String, Help>> = Mutex::new(BTreeMap::new());
        let mut read = READ.lock().unwrap();
        read.entry(name.to_owned()).or_insert_with(|| Help::read(name)).clone()
    }

    fn read(name: &str) -> Help {
        let text = run(tool(name).arg("--help"), b"").text();
        let usage = text.lines().next().unwrap_or_default();
        let usage = usage.strip_prefix(&format!("usage: {name} [OPTION ...]"));
        let usage = usage.unwrap_or_else(|| panic!("{name} --help: {text:?} begins otherwise"));
        let required: Vec<&str> =
            usage.split_whitespace().take_while(|word| word.starts_with("--")).collect();
        let operands = usage.split_whitespace().skip(required.len()).collect::<Vec<_>>().join(" ");
        let mut flags: Vec<Flag> =
            text.lines().filter(|line| line.starts_with("  ")).map(Flag::read).collect();
        for flag in &mut flags {
            flag.required = required.contains(&flag.spelled().as_str());
            flag.words = flag.legal_words(name);
        }
        Help { name: name.into(), operands, flags, text }
    }

    /// The arguments that the tool needs: flags with values that make sense in `folder`, a pattern
    /// that is in every line, and no pause if it is one that writes every so many seconds.
    pub fn required(&self, folder: &Path) -> Vec<String> {
        let flags = self.flags.iter().filter(|flag| flag.required).map(|flag| flag.typed(folder));
        let pauses = self.flags.iter().any(|flag| flag.long == "every");
        let no_pause = pauses.then(|| "--every=0".into());
        flags.chain(no_pause).chain(self.looks_for().then(|| ".".into())).collect()
    }

    /// The tool with the arguments that it needs, in a folder of its own. One that must be told which
    /// rows it reads is given its own.
    pub fn call(&self) -> (TempDir, Command) {
        let folder = scratch_for_values();
        let mut call = tool(&self.name);
        if self.flags.iter().any(|flag| flag.long == "rows") {
            call.arg("--merge");
        }
        call.args(self.required(folder.path())).current_dir(folder.path());
        (folder, call)
    }

    /// Does it look for a pattern? Then nothing found is status 1.
    pub fn looks_for(&self) -> bool {
        self.operands.starts_with("PATTERN")
    }

    /// Does it show reports? Then no row is status 1.
    pub fn shows_reports(&self) -> bool {
        self.flags.iter().any(|flag| flag.long == "report")
    }

    /// Does a call read sums, of which none may be missing?
    pub fn reads_sums(&self, call: &str) -> bool {
        let has = |long: &str| self.flags.iter().any(|flag| flag.long == long);
        let merges = has("lenient") && (!has("merge") || call.contains("--merge"));
        merges || call.contains("--show")
    }

    /// The flags that are the tool's own.
    pub fn own_flags(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter().filter(|flag| flag.long != "help" && flag.long != "version")
    }
}

impl Flag {
    fn read(line: &str) -> Flag {
        let (short, rest) = line.split_at_checked(6).unwrap_or_else(|| panic!("{line:?}"));
        let (spelled, help) = rest.split_once("  ").unwrap_or((rest, ""));
        let spelled = spelled.strip_prefix("--").unwrap_or_else(|| panic!("{line:?}"));
        let (long, value) = match spelled.split_once('=') {
            Some((long, value)) => (long, Some(value.to_owned())),
            None => (spelled, None),
        };
        Flag {
            short: short.trim().strip_prefix('-').and_then(|letter| letter.chars().next()),
            long: long.to_owned(),
            value,
            words: Vec::new(),
            help: help.trim().to_owned(),
            required: false,
        }
    }

    /// Which words the tool wants instead of a question mark; none if it takes any value, in which
    /// case the error is another.
    fn legal_words(&self, tool_name: &str) -> Vec<String> {
        if self.value.is_none() {
            return Vec::new();
        }
        let wrong = format!("--{}=?", self.long);
        let ran = run(tool(tool_name).args([&wrong, "--not-a-flag"]), b"");
        let why = ran.err.strip_prefix(&format!("{tool_name}: {wrong}: "));
        let words = why.and_then(|why| {
            why.split_once(" one of ").map(|(_, words)| words).or(why.strip_prefix("not "))
        });
        words.map_or(Vec::new(), |words| words.trim_end().split(", ").map(str::to_owned).collect())
    }

    /// `--format=FORM`.
    pub fn spelled(&self) -> String {
        match &self.value {
            Some(value) => format!("--{}={value}", self.long),
            None => format!("--{}", self.long),
        }
    }

    /// `-f, --format=FORM`.
    pub fn listed(&self) -> String {
        match self.short {
            Some(letter) => format!("-{letter}, {}", self.spelled()),
            None => self.spelled(),
        }
    }

    /// The legal values, where there is a list of them.
    pub fn choices(&self) -> Option<Vec<&str>> {
        let words = || self.words.iter().map(String::as_str).collect();
        (!self.words.is_empty()).then(words)
    }

    /// Is a list of legal values one, too, with commas between them?
    pub fn takes_list(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.ends_with(",..."))
    }

    /// Every value worth trying; files and folders are in `folder`. A switch has one: nothing.
    ///
    /// A file may be one to read or one to write: an empty one is there, another is not.
    pub fn values(&self, folder: &Path) -> Vec<String> {
        let Some(kind) = &self.value else { return vec![String::new()] };
        if let Some(choices) = self.choices() {
            return choices.iter().map(ToString::to_string).collect();
        }
        let file = |name: &str| folder.join(name).into_os_string().into_string().unwrap();
        let values = match kind.trim_end_matches("...") {
            "FILE" => vec![file("empty"), file("new")],
            "DIR" => vec![file("folder")],
            "N" | "DAYS" | "HOURS" | "SECONDS" => vec!["7".into()],
            "DAY" | "DATE" => vec!["2026-11-22".into()],
            "TIME" => vec!["2026-11-22T05:10:00Z".into(), "2026-11-22".into()],
            "NAME" | "HOST" | "DOMAIN" => vec!["mail.example.com".into()],
            _ => Vec::new(),
        };
        if values.is_empty() { self.values_in_use() } else { values }
    }

    /// The values with which golden cases and manuals use this flag.
    fn values_in_use(&self) -> Vec<String> {
        let mark = format!("--{}=", self.long);
        let mut values: Vec<String> = crate::cases::all()
            .iter()
            .flat_map(|case| {
                let script = case.script();
                let after = script.split(&mark).skip(1);
                after
                    .map(|rest| rest.split([' ', '\n', '|', ';', ')']).next().unwrap().to_owned())
                    .collect::<Vec<_>>()
            })
            .filter(|value| !value.is_empty() && !value.contains(['"', '\'', '$', '\\']))
            .collect();
        values.sort();
        values.dedup();
        let spelled = self.spelled();
        assert!(
            !values.is_empty(),
            "{spelled}: no golden case has this flag with a value (--{}=...)",
            self.long
        );
        values
    }

    /// The flag as it is typed, with its first value.
    pub fn typed(&self, folder: &Path) -> String {
        self.typed_with(&self.values(folder)[0])
    }

    /// The flag as it is typed with this value.
    pub fn typed_with(&self, value: &str) -> String {
        match self.value {
            Some(_) => format!("--{}={value}", self.long),
            None => format!("--{}", self.long),
        }
    }
}

/// A scratch folder with what [`Flag::values`] names: an empty file and an empty folder.
pub fn scratch_for_values() -> TempDir {
    let scratch = crate::scratch();
    std::fs::write(scratch.path().join("empty"), "").unwrap();
    // where a flag makes an operand of the pattern `.`, that is a log
    std::fs::write(scratch.path().join("current"), "").unwrap();
    std::fs::create_dir(scratch.path().join("folder")).unwrap();
    scratch
}
