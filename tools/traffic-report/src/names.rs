//! The texts of metric rows, each kept once.

use common::rows::schema::{Column, MetricColumn};
use hashbrown::HashMap;

/// A text that was read, as the row has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

impl Name {
    /// The empty text.
    pub const EMPTY: Name = Name(0);
}

/// All texts.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Box<[u8]>>,
    numbers: HashMap<Box<[u8]>, Name>,
    /// The text that each column had last: rows come sorted, and most repeat it.
    last: [Name; MetricColumn::ALL.len()],
}

impl Names {
    /// The empty text alone.
    pub fn new() -> Self {
        let mut names = Names {
            texts: Vec::new(),
            numbers: HashMap::new(),
            last: [Name::EMPTY; MetricColumn::ALL.len()],
        };
        names.add(b"");
        names
    }

    fn add(&mut self, text: &[u8]) -> Name {
        // a name takes more than a byte of memory: 2^32 of them do not fit
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.into());
        self.numbers.insert(text.into(), name);
        name
    }

    /// The name for the text of a column.
    pub fn intern(&mut self, column: usize, text: &[u8]) -> Name {
        let last = self.last[column];
        if self.text(last) == text {
            return last;
        }
        let name = self.numbers.get(text).copied().unwrap_or_else(|| self.add(text));
        self.last[column] = name;
        name
    }

    /// The name for a text; `None` if no row has it.
    pub fn find(&self, text: &[u8]) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &[u8] {
        &self.texts[name.0 as usize]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.texts.len()
    }
}
