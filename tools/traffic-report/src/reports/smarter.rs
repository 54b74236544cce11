//! The tables of `SmarterMail`'s reports.

use crate::formula::{Cells, Column};
use crate::names::Name;
use crate::period::Period;
use crate::reports::Asked;
use crate::reports::columns::Report;
use crate::scope::Scope;
use crate::sums::Sums;
use crate::table::{Head, Kind, Row, Table};

impl Column {
    /// How a table shows it.
    pub fn head(&self) -> Head {
        Head { name: self.name, heading: self.heading, unit: self.unit }
    }
}

/// The table of a report.
pub fn table(report: &Report, asked: &Asked<'_>) -> Table {
    let mut table = Table::new(report.name, report.title);
    table.columns = report.columns.iter().map(Column::head).collect();
    table.period_heading = asked.period_heading();
    let mut sums = Sums::new(asked.facts, asked.scope);
    for period in asked.periods {
        match asked.scope {
            Scope::Each(account) => {
                table.scope_heading = Some(account.heading());
                table.is_ranked = true;
                let cells = cells(report, &mut sums, period, asked);
                ranked(&mut table, &cells, period, asked);
            }
            Scope::All if report.by_host => {
                table.scope_heading = Some("host");
                for host in asked.facts.hosts() {
                    sums.host = Some(host);
                    let cells = cells(report, &mut sums, period, asked);
                    let row = row(&cells, period, asked.text(host), |cells| cells.get(0));
                    table.rows.push(row);
                }
            }
            Scope::All | Scope::One(..) => {
                let cells = cells(report, &mut sums, period, asked);
                table.rows.push(row(&cells, period, asked.scope_name(), |cells| cells.get(0)));
                table.is_out_of_scope |= cells.iter().any(Cells::is_out_of_scope);
            }
        }
    }
    table.note_cells();
    table.note_silences(&sums.silences, asked);
    table
}

fn cells(report: &Report, sums: &mut Sums<'_>, period: &Period, asked: &Asked<'_>) -> Vec<Cells> {
    report.columns.iter().map(|column| column.cells(sums, period, &asked.terms)).collect()
}

fn row(
    cells: &[Cells],
    period: &Period,
    scope: String,
    cell: impl Fn(&Cells) -> crate::cell::Cell,
) -> Row {
    Row::new(&period.name, scope, Vec::new(), cells.iter().map(cell).collect())
}

/// Adds a row for each account that has a number, the largest of a column first, and their sum.
fn ranked(table: &mut Table, cells: &[Cells], period: &Period, asked: &Asked<'_>) {
    table.is_out_of_scope |= cells.iter().any(Cells::is_out_of_scope);
    let names = &asked.facts.names;
    let by = cells.get(asked.sort_column(&table.columns)).map(|cells| &cells.amounts.values);
    let has_any = |place: &usize| cells.iter().any(|cells| cells.amounts.values[*place] > 0);
    let mut places: Vec<usize> = (0..names.count()).filter(has_any).collect();
    places.sort_unstable_by(|one, other| {
        let text = |place: usize| names.text(Name(u32::try_from(place).unwrap_or(u32::MAX)));
        let amount = |place: usize| by.map_or(0, |values| values[place]);
        amount(*other).cmp(&amount(*one)).then_with(|| text(*one).cmp(text(*other)))
    });
    let most = asked.top.unwrap_or(usize::MAX);
    table.note_rest(places.len(), most);
    for place in places.into_iter().take(most) {
        let account = Name(u32::try_from(place).unwrap_or(u32::MAX));
        let scope = if account == Name::EMPTY { "(none)".to_owned() } else { asked.text(account) };
        table.rows.push(row(cells, period, scope, |cells| cells.get(place)));
    }
    let total = row(cells, period, String::new(), Cells::total);
    table.rows.push(Row { kind: Kind::Total, ..total });
}
