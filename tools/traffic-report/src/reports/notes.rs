//! What stands below a table: why there is no number, why there may be more, who was silent.

use crate::cell::Cell;
use crate::reports::Asked;
use crate::sums::Silences;
use crate::table::Table;

impl Table {
    /// Notes the reason of each cell without a number, once.
    pub fn note_cells(&mut self) {
        // the columns that a reason is of, in order
        let mut missing: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut is_at_least = false;
        for (at, head) in self.columns.iter().enumerate() {
            for row in &self.rows {
                match &row.cells[at] {
                    Cell::Missing(reason) => {
                        let known = missing.iter().position(|(known, _)| known == reason);
                        let place = known.unwrap_or_else(|| {
                            missing.push((reason, Vec::new()));
                            missing.len() - 1
                        });
                        if !missing[place].1.contains(&head.heading) {
                            missing[place].1.push(head.heading);
                        }
                    }
                    Cell::Number(number) => is_at_least |= number.at_least,
                    Cell::Blank => {}
                }
            }
        }
        let note = |(reason, headings): (&str, Vec<&str>)| {
            format!("{}: n/a: {reason}", headings.join(", "))
        };
        let mut notes: Vec<String> = missing.into_iter().map(note).collect();
        if is_at_least {
            notes.push(">= at least; not all of it is logged".into());
        }
        self.notes.extend(notes);
    }

    /// Notes that only the first rows of a list are shown.
    pub fn note_rest(&mut self, rows: usize, shown: usize) {
        let note = format!("the first {shown} of {rows}; see --top");
        if rows > shown && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Notes the sources that were silent.
    pub fn note_silences(&mut self, silences: &Silences, asked: &Asked<'_>) {
        for ((source, host), days) in silences {
            let host = asked.text(*host);
            let of = if host.is_empty() { String::new() } else { format!(" of {host}") };
            let days = match (days.first(), days.len()) {
                (Some(day), 1) => format!("on {day}"),
                (Some(first), count) => format!("on {count} days, the first {first}"),
                (None, _) => continue,
            };
            self.notes.push(format!("no {} rows{of} {days}", asked.text(*source)));
        }
    }
}
