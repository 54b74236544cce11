//! A table as all formats show it.

use crate::cell::Cell;
use crate::formula::Unit;

/// A column of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// As it is called in a command and in TSV.
    pub name: &'static str,
    /// As a person reads it.
    pub heading: &'static str,
    /// What is counted.
    pub unit: Unit,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Itself.
    Plain,
    /// The sum of rows before it.
    Subtotal,
    /// The sum of all.
    Total,
}

/// A row: of when and whom and what, and its numbers. All texts are as the metric rows have them.
#[derive(Clone, Debug)]
pub struct Row {
    /// The period.
    pub period: String,
    /// The host, domain or user; empty for all.
    pub scope: String,
    /// What else tells it from others, a word for each heading.
    pub words: Vec<String>,
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// What the numbers of columns of [`Unit::OfRow`] count.
    pub unit: Unit,
    /// What it stands for.
    pub kind: Kind,
}

/// A table of a report.
#[derive(Clone, Debug)]
pub struct Table {
    /// The report, as `-r` names it.
    pub report: &'static str,
    /// What stands above it.
    pub title: String,
    /// What tells it from the other tables of the report, if it has several: a word of the title.
    pub section: String,
    /// What periods are called, if the rows tell them apart.
    pub period_heading: Option<&'static str>,
    /// What scopes are called, likewise.
    pub scope_heading: Option<&'static str>,
    /// What the words are called.
    pub word_headings: Vec<&'static str>,
    /// The columns of numbers.
    pub columns: Vec<Head>,
    /// In the order in which they are shown.
    pub rows: Vec<Row>,
    /// The rows are numbered.
    pub is_ranked: bool,
    /// Numbers are missing because of the scope that was asked for.
    pub is_out_of_scope: bool,
    /// What stands below it.
    pub notes: Vec<String>,
}

impl Row {
    /// A row of its own.
    pub fn new(period: &str, scope: String, words: Vec<String>, cells: Vec<Cell>) -> Self {
        Row { period: period.to_owned(), scope, words, cells, unit: Unit::OfRow, kind: Kind::Plain }
    }
}

impl Head {
    /// What its number in a row counts.
    pub fn unit_in(&self, row: &Row) -> Unit {
        if self.unit == Unit::OfRow { row.unit } else { self.unit }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(report: &'static str, title: impl Into<String>) -> Self {
        Table {
            report,
            title: title.into(),
            section: String::new(),
            period_heading: None,
            scope_heading: None,
            word_headings: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            is_ranked: false,
            is_out_of_scope: false,
            notes: Vec::new(),
        }
    }

    /// What the cell of a row and a column is called, unless the row is of another period or scope.
    pub fn item(&self, row: &Row, head: &Head) -> String {
        let words = row.words.iter().map(String::as_str);
        let words = [self.section.as_str()].into_iter().chain(words).chain([head.name]);
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The cell of a column in the first row.
    pub fn cell(&self, name: &str) -> Option<&Cell> {
        let at = self.columns.iter().position(|head| head.name == name)?;
        self.rows.first()?.cells.get(at)
    }

    /// Is there a number in it?
    pub fn has_data(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.number().is_some())
    }
}
