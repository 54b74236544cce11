//! All that is shown, before it is written in some format.

use crate::table::Table;

/// The reports of one run.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where and when: `Mail on mail1, Saturday 2026-11-21`.
    pub title: String,
    /// The first lines, if they were asked for.
    pub summary: Option<Summary>,
    /// The tables, in order.
    pub tables: Vec<Table>,
    /// What was left out, and why; a line each.
    pub left_out: Vec<String>,
}

/// A few lines that answer what a person asks first.
#[derive(Clone, Debug)]
pub struct Summary {
    /// A word, and what there is to say of it.
    pub lines: Vec<(&'static str, String)>,
    /// The numbers in them.
    pub table: Table,
}

impl Document {
    /// Does a table have this column? So is it if there is none.
    pub fn has_column(&self, name: &str) -> bool {
        let columns = || self.tables.iter().flat_map(|table| &table.columns);
        columns().next().is_none() || columns().any(|column| column.name == name)
    }

    /// Whose tables and numbers these are, in order: those of the summary come first.
    pub fn all_tables(&self) -> impl Iterator<Item = &Table> {
        self.summary.iter().map(|summary| &summary.table).chain(&self.tables)
    }

    /// The first lines, if there are any.
    pub fn lines(&self) -> Option<&Summary> {
        self.summary.as_ref().filter(|summary| !summary.lines.is_empty())
    }

    /// Is there a number in it?
    pub fn has_data(&self) -> bool {
        self.all_tables().any(Table::has_data)
    }

    /// The title in two: where, and when. `Mail on mail1`, `Saturday 2026-11-21`.
    pub fn headline(&self) -> (&str, &str) {
        self.title.rsplit_once(", ").unwrap_or((&self.title, ""))
    }
}
