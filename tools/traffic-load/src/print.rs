//! The metrics of a database as rows, added up over its files.

use std::collections::HashMap;

use common::bytes::tsv;
use common::filter::{Out, Stop};
use common::rows::metric::By;
use common::rows::schema::{self, Column, MetricColumn};
use common::time::Day;

use crate::database::Database;
use crate::engine::{Failure, Value};
use crate::sums::Sums;

const SERIES: &str = "SELECT id, host, source, metric, label FROM series";

/// Which metrics are printed, and how finely.
#[derive(Debug)]
pub struct Extract {
    /// The columns that are filled.
    pub by: Vec<By>,
    /// From this day on.
    pub since: Option<Day>,
    /// Before this day.
    pub until: Option<Day>,
    /// The columns are named first.
    pub header: bool,
}

impl Extract {
    /// Writes the rows, sorted bytewise.
    pub fn write(&self, database: &mut Database, out: &mut Out) -> Result<(), Stop> {
        let mut read = |by_day| database.view(|database| self.read(database, by_day));
        let answer = match read(self.by.is_empty()) {
            // what the database cannot add up may be within our limits
            Err(failure) if failure.is_overflow() => read(false),
            answer => answer,
        };
        let mut sums = answer.map_err(|failure| database.stop(failure))?;
        sums.sort().map_err(|key| {
            let key = key.join("\t").replace('\t', ",");
            Stop::usage(tsv::visible(key.as_bytes()), "the sum needs more than 64 bits")
        })?;
        out.name_columns(self.header, schema::described(MetricColumn::ALL));
        for (key, value) in sums.iter() {
            let mut row = out.row();
            for field in key {
                row.as_written(field.as_bytes());
            }
            row.number(value).end();
            out.flush_if_full()?;
        }
        Ok(())
    }

    /// The sums by day, hour, host, domain, user, and the fields source, metric and label.
    fn read(&self, database: &mut Database, by_day: bool) -> Result<Sums<6>, Failure> {
        let mut all_series = HashMap::new();
        database.query(SERIES, &[], |row| {
            let rest = [row.text(2)?, row.text(3)?, row.text(4)?].join("\t");
            all_series.insert(row.number(0)?, (row.text(1)?.to_owned(), rest));
            Ok(())
        })?;
        let (statement, days) = self.statement(by_day);
        let days: Vec<Value> = days.iter().map(|day| day.as_str().into()).collect();
        let mut sums = Sums::new(u64::MAX);
        database.query(&statement, &days, |row| {
            let column = |by, column| {
                if self.by.contains(&by) { row.text(column) } else { Ok("") }
            };
            let (hour, domain) = (column(By::Hour, 3)?, column(By::Domain, 4)?);
            let user = column(By::User, 5)?;
            if let Some((host, rest)) = all_series.get(&row.number(0)?) {
                let value = row.number(2)?.cast_unsigned();
                sums.add([row.text(1)?, hour, host, domain, user, rest], value);
            }
            Ok(())
        })?;
        Ok(sums)
    }

    /// The statement that gives series, day, value, hour, domain and user, and its values. Sums by day
    /// have no hour, domain and user, and are made in the order of the table's key, which takes no
    /// sorting; sums by more columns are faster made here.
    fn statement(&self, by_day: bool) -> (String, Vec<String>) {
        let day = |day: Option<Day>| day.map(|day| day.to_string());
        let (condition, days) = match (day(self.since), day(self.until)) {
            (None, None) => ("", vec![]),
            (None, Some(until)) => ("WHERE day < $1", vec![until]),
            // a file has no later rows than of its own day
            (Some(since), None) => {
                ("WHERE file IN (SELECT id FROM file WHERE day >= $1) AND day >= $1", vec![since])
            }
            (Some(since), Some(until)) => (
                "WHERE file IN (SELECT id FROM file WHERE day >= $1) AND day >= $1 AND day < $2",
                vec![since, until],
            ),
        };
        let statement = if by_day {
            format!(
                "SELECT series, day, CAST(SUM(value) AS BIGINT) FROM metric {condition}
                GROUP BY file, series, day"
            )
        } else {
            format!("SELECT series, day, value, hour, domain, \"user\" FROM metric {condition}")
        };
        (statement, days)
    }
}
