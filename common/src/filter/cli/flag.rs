//! A flag, and which values it takes.

use bstr::ByteSlice;

/// One flag: a switch, or a flag with one value.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The letter, for flags used often enough to deserve one.
    pub short: Option<char>,
    /// The long name, without dashes. The tool asks for the flag by this name.
    pub long: &'static str,
    /// The word that stands for the value in `--help`. With `|` in it, it lists all legal values.
    pub value: Option<&'static str>,
    /// Gives the legal values where `--help` has no room for them. If [`value`](Self::value) ends
    /// in `,...`, a list of them is legal, too.
    pub words: Option<fn() -> Vec<&'static str>>,
    /// A few words for `--help`.
    pub help: &'static str,
    /// The tool cannot work without it.
    pub required: bool,
}

impl Flag {
    /// A flag without a value.
    pub const fn switch(short: char, long: &'static str, help: &'static str) -> Self {
        Flag { short: Some(short), ..Self::long(long, help) }
    }

    /// A flag with one value.
    pub const fn value(
        short: char,
        long: &'static str,
        value: &'static str,
        help: &'static str,
    ) -> Self {
        Flag { short: Some(short), ..Self::long_value(long, value, help) }
    }

    /// A switch without a letter.
    pub const fn long(long: &'static str, help: &'static str) -> Self {
        Flag { short: None, long, value: None, words: None, help, required: false }
    }

    /// A flag with one value, without a letter.
    pub const fn long_value(long: &'static str, value: &'static str, help: &'static str) -> Self {
        Flag { value: Some(value), ..Self::long(long, help) }
    }

    /// The same flag, without which the tool does not start.
    #[must_use]
    pub const fn required(self) -> Self {
        Flag { required: true, ..self }
    }

    /// The same flag, whose value is one of these words, or a list of them.
    #[must_use]
    pub const fn of(self, words: fn() -> Vec<&'static str>) -> Self {
        Flag { words: Some(words), ..self }
    }

    /// `--format=FORM`, as it is typed in full.
    pub(super) fn spelled(&self) -> String {
        match self.value {
            Some(value) => format!("--{}={value}", self.long),
            None => format!("--{}", self.long),
        }
    }

    /// Why this is not a legal value; `None` if it may be one. The legal ones are named, which is
    /// where the completions have them from.
    pub(super) fn refuses(&self, value: &[u8]) -> Option<String> {
        let kind = self.value.unwrap_or_default();
        let words = match self.words {
            Some(words) => words(),
            None if kind.contains('|') => kind.split('|').collect(),
            None => return None,
        };
        let is_list = kind.ends_with(",...");
        let mut given = value.split(|byte| is_list && *byte == b',');
        let wrong = given.find(|given| words.iter().all(|word| word.as_bytes() != *given))?;
        let all = words.join(", ");
        Some(match (is_list, words.len()) {
            (true, _) => format!("'{}' is not one of {all}", wrong.as_bstr()),
            (false, 1) => format!("not {all}"),
            (false, _) => format!("not one of {all}"),
        })
    }
}
