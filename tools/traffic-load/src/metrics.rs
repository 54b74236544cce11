//! The rows of a file of metrics.

use std::str;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::Fault;
use common::rows::metric::MetricRow;
use common::rows::normal::normal;
use common::time::Day;

use crate::sums::Sums;

/// The largest number that both databases can hold.
const MOST: u64 = i64::MAX as u64;

/// The rows, sorted and added up.
#[derive(Debug)]
pub struct Metrics {
    /// Each by its series (host, source, metric and label, with TABs between), day, domain, user and
    /// hour: fields as a row has them.
    pub sums: Sums<5>,
    /// How many lines there are.
    pub lines: usize,
    /// All values are 0.
    pub add_nothing: bool,
    /// The day that the file is for.
    last: Day,
    /// Where a line is put together.
    line: Vec<u8>,
    series: String,
}

impl Metrics {
    /// No row yet, of this day or earlier.
    pub fn new(last: Day) -> Self {
        Metrics {
            sums: Sums::new(MOST),
            lines: 0,
            add_nothing: true,
            last,
            line: Vec::new(),
            series: String::new(),
        }
    }

    /// Adds the row that a line, without its end, is.
    pub fn take(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let line = normal(Span::from(line), &mut self.line).bytes();
        let row = MetricRow::of_line(line).map_err(|fault| match fault {
            Fault::Skip(why) | Fault::UnknownHead(why) | Fault::Reject(why) => why,
        })?;
        if row.day > self.last {
            return Err("the day is later than that in the file's name");
        }
        if row.value > MOST {
            return Err("the value is not a number below 2^63");
        }
        let line = str::from_utf8(line).map_err(|_| "not UTF-8")?;
        let [day, hour, host, domain, user, source, metric, label] =
            row.key.map(|field| &line[field.range()]);
        self.series.clear();
        for (at, field) in [host, source, metric, label].into_iter().enumerate() {
            if at > 0 {
                self.series.push('\t');
            }
            self.series.push_str(field);
        }
        self.sums.add([&self.series, day, domain, user, hour], row.value);
        self.lines += 1;
        self.add_nothing &= row.value == 0;
        Ok(())
    }

    /// Adds up and sorts, after the last row.
    pub fn finish(&mut self) -> Result<(), String> {
        self.sums.sort().map_err(|[series, day, domain, user, hour]| {
            let [host, source, metric, label] = fields(series);
            let key = [day, hour, host, domain, user, source, metric, label].join(",");
            format!("the sum of {} is not below 2^63", tsv::visible(key.as_bytes()))
        })
    }
}

/// The fields of a series.
pub fn fields(series: &str) -> [&str; 4] {
    let mut fields = series.split('\t');
    [(); 4].map(|()| fields.next().unwrap_or_default())
}
