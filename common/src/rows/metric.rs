//! Metric rows as input, and what they can be split by.

use crate::bytes::span::Span;
use crate::bytes::tsv;
use crate::columns;
use crate::filter::Fault;
use crate::filter::cli::Args;
use crate::rows::columns::{Columns, Wanted};
use crate::rows::moments::is_hour;
use crate::rows::schema::{Column, MetricColumn};
use crate::rows::table::InputRow;
use crate::time::Day;

columns! {
    /// A column that is empty unless it is asked for.
    By {
        /// The hour of the local day.
        Hour = "hour",
        /// The domain.
        Domain = "domain",
        /// The address.
        User = "user",
    }
}

/// How many columns a metric row has.
const WIDTH: usize = MetricColumn::ALL.len();
/// How many of them are its key: all but the value.
pub const KEY_WIDTH: usize = WIDTH - 1;

const TOO_MANY: &str = "too many columns";

/// A metric row whose day, hour and value can be read.
#[derive(Clone, Copy, Debug)]
pub struct MetricRow<'a> {
    /// The fields of its key, in the order of [`MetricColumn`], as they are written.
    pub key: [Span<'a>; KEY_WIDTH],
    /// The day in it.
    pub day: Day,
    /// The number in it.
    pub value: u64,
}

impl<'a> MetricRow<'a> {
    /// All columns of a metric row, for a [`Table::of_sums`](crate::rows::table::Table::of_sums) whose
    /// rows [`MetricRow::of_input`] is to read.
    pub fn columns(args: &Args) -> Columns {
        if args.has("header") {
            let wanted = |column: &MetricColumn| (column.name().into(), Wanted::Needed);
            return Columns::named(MetricColumn::ALL.iter().map(wanted).collect()).of_row_type();
        }
        Columns::numbered((0..WIDTH).collect())
    }

    /// Reads a row of a table.
    #[inline]
    pub fn of_input(row: &InputRow<'a>) -> Result<Self, Fault> {
        Self::new(&std::array::from_fn(|column| row.field(column)))
    }

    /// Reads a line without its end.
    pub fn of_line(line: &'a [u8]) -> Result<Self, Fault> {
        let mut fields = [Span::from(line); WIDTH];
        let mut start = 0;
        let mut count = 0;
        for text in tsv::fields(line) {
            let field = fields.get_mut(count).ok_or(Fault::Reject(TOO_MANY))?;
            *field = Span::new(line, start..start + text.len());
            start += text.len() + 1;
            count += 1;
        }
        if count < WIDTH {
            return Err(Fault::Reject("too few columns"));
        }
        Self::new(&fields)
    }

    #[inline]
    fn new(fields: &[Span<'a>; WIDTH]) -> Result<Self, Fault> {
        let [day, hour, host, domain, user, source, metric, label, value] = *fields;
        let value = value.number().ok_or(Fault::Reject("the value is not a number below 2^64"))?;
        let key = [day, hour, host, domain, user, source, metric, label];
        let day = Day::parse(day.bytes()).ok_or(Fault::Reject("the day is not a date"))?;
        if !hour.is_empty() && !is_hour(hour) {
            return Err(Fault::Reject("the hour is not 00 to 23"));
        }
        Ok(MetricRow { key, day, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(Vec<&[u8]>, u64), &'static str> {
        match MetricRow::of_line(line.as_bytes()) {
            Ok(row) => Ok((row.key.iter().map(Span::bytes).collect(), row.value)),
            Err(Fault::Skip(why) | Fault::UnknownHead(why) | Fault::Reject(why)) => Err(why),
        }
    }

    #[test]
    fn lines_and_what_is_wrong_with_them() {
        let line = "2026-11-21\t07\thost\tdomain\tuser\tsource\tmetric\tla\\tbel\t12";
        let key = line.strip_suffix("\t12").unwrap();
        let fields = key.split('\t').map(str::as_bytes).collect();
        assert_eq!(read(line), Ok((fields, 12)));
        let changed = |from, to| line.replace(from, to);
        for (line, wrong) in [
            (String::new(), "too few columns"),
            (key.to_owned(), "too few columns"),
            (format!("{line}\t"), TOO_MANY),
            (changed("-21", "-31"), "the day is not a date"),
            (changed("07", "24"), "the hour is not 00 to 23"),
            (changed("07", "7"), "the hour is not 00 to 23"),
            (changed("12", ""), "the value is not a number below 2^64"),
            (changed("12", "18446744073709551616"), "the value is not a number below 2^64"),
        ] {
            assert_eq!(read(&line).unwrap_err(), wrong, "{line}");
        }
        assert!(read(&changed("07", "")).is_ok());
    }
}
