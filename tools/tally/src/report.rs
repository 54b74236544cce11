//! How groups are shown: in which order, and with which rows and columns besides.

use std::cmp::Reverse;

use common::bytes::json::Kind;
use common::bytes::tsv;
use common::filter::cli::Args;
use common::filter::{Out, Stop};
use common::rows::normal::normal;

use crate::columns::Request;
use crate::sums::{self, Group, Sums};

/// In which order groups are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Most rows first, then by key.
    Count,
    /// By key.
    Key,
}

/// What is shown.
#[derive(Debug)]
pub struct Report {
    percent: bool,
    total: bool,
    subtotal: bool,
    order: Order,
    top: Option<usize>,
    /// How many columns a group has.
    columns: usize,
    /// How many sums it has.
    amounts: usize,
}

impl Report {
    /// The report that was asked for.
    pub fn new(args: &Args, request: &Request, top: Option<usize>) -> Result<Self, Stop> {
        let report = Report {
            percent: args.has("percent"),
            total: args.has("total"),
            subtotal: args.has("subtotal"),
            order: if args.choice("sort") == "key" { Order::Key } else { Order::Count },
            top,
            columns: request.groups.len(),
            amounts: request.sums.len(),
        };
        if report.total && report.columns == 0 {
            return Err(Stop::usage("--total", "--group is required"));
        }
        if report.subtotal && report.columns < 2 {
            return Err(Stop::usage("--subtotal", "--group with two columns is required"));
        }
        if report.subtotal && report.top.is_some() {
            return Err(Stop::usage("--top", "not with --subtotal"));
        }
        Ok(report)
    }

    /// Shows the groups, which come by key, after the header if there is one.
    pub fn show(
        &self,
        request: &Request,
        mut groups: Vec<Group>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let all = sums::total(&groups)?;
        self.check(&groups, &all)?;
        let percent = self.percent.then_some((&b"percent"[..], Kind::Decimal));
        let columns = request.described().chain(percent);
        let as_ours = |name: &[u8]| normal(name.into(), &mut Vec::new()).bytes().to_vec();
        out.name_columns(request.header, columns.map(|(name, kind)| (as_ours(name), kind)));
        if self.columns == 0 {
            // empty input has no group, here as elsewhere
            if all.count > 0 {
                self.row(b"", &all, &all, out);
            }
            return Ok(());
        }
        if self.subtotal {
            self.show_with_subtotals(&groups, &all, out)?;
        } else {
            self.sort(&mut groups, |(_, sums)| sums.count);
            for (key, sums) in groups.iter().take(self.top.unwrap_or(usize::MAX)) {
                self.row(key, sums, &all, out);
                out.flush_if_full()?;
            }
        }
        if self.total {
            self.row(&self.of_total(&[]), &all, &all, out);
        }
        Ok(())
    }

    /// Finds a sum that cannot be shown, before anything is.
    fn check(&self, groups: &[Group], all: &Sums) -> Result<(), Stop> {
        for (_, sums) in groups {
            sums.check()?;
        }
        if self.subtotal {
            for alike in groups.chunk_by(|a, b| first(a) == first(b)) {
                sums::total(alike)?.check()?;
            }
        }
        if self.total { all.check() } else { Ok(()) }
    }

    /// Shows the groups, with a row after those that begin alike.
    fn show_with_subtotals(&self, groups: &[Group], all: &Sums, out: &mut Out) -> Result<(), Stop> {
        let mut alike = Vec::new();
        for groups in groups.chunk_by(|a, b| first(a) == first(b)) {
            alike.push((groups.to_vec(), sums::total(groups)?));
        }
        self.sort(&mut alike, |(_, subtotal)| subtotal.count);
        for (mut groups, subtotal) in alike {
            self.sort(&mut groups, |(_, sums)| sums.count);
            for (key, sums) in &groups {
                self.row(key, sums, all, out);
                out.flush_if_full()?;
            }
            if let Some(group) = groups.first() {
                self.row(&self.of_total(&[first(group)]), &subtotal, all, out);
            }
        }
        Ok(())
    }

    /// Puts what comes by key in the order that was asked for.
    fn sort<T>(&self, items: &mut [T], count: impl Fn(&T) -> u64) {
        if self.order == Order::Count {
            items.sort_by_key(|item| Reverse(count(item)));
        }
    }

    /// The key of a row that sums up all that begins with these fields.
    fn of_total(&self, first: &[&[u8]]) -> Vec<u8> {
        let mut fields = first.to_vec();
        fields.push(tsv::TOTAL);
        fields.resize(self.columns, b"");
        fields.join(&b'\t')
    }

    fn row(&self, key: &[u8], sums: &Sums, all: &Sums, out: &mut Out) {
        let mut row = out.row();
        row.number(sums.count);
        if self.columns > 0 {
            row.as_written(key);
        }
        for at in 0..self.amounts {
            row.number(sums.amounts.get(at).copied().unwrap_or(0));
        }
        if self.percent {
            row.as_written(percent(sums.count, all.count).as_bytes());
        }
        row.end();
    }
}

/// The first value of a group.
fn first(group: &Group) -> &[u8] {
    tsv::fields(&group.0).next().unwrap_or_default()
}

/// The share of `all` in percent, with two decimals, rounded to nearest, half up.
fn percent(count: u64, all: u64) -> String {
    let all = u128::from(all.max(1));
    let hundredths = (u128::from(count) * 20_000 + all) / (2 * all);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_once_half_up() {
        for (count, all, expected) in [
            (0, 0, "0.00"),
            (0, 7, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.67"),
            (1, 20_000, "0.01"),
            (1, 20_001, "0.00"),
            (3, 20_000, "0.02"),
            (166, 383, "43.34"),
            (383, 383, "100.00"),
            (u64::MAX, u64::MAX, "100.00"),
        ] {
            assert_eq!(percent(count, all), expected, "{count} of {all}");
        }
    }
}
