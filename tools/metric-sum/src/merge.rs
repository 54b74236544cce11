//! Metric rows as input.

use std::array;

use common::filter::Fault;
use common::filter::cli::Args;
use common::rows::columns::{Columns, Wanted};
use common::rows::schema::{Column, MetricColumn};
use common::rows::table::InputRow;
use common::time::Day;

use crate::book::Book;

/// All columns of a metric row.
pub fn columns(args: &Args) -> Columns {
    let all = MetricColumn::ALL.iter();
    if args.has("header") {
        let wanted = all.map(|column| (column.name().into(), Wanted::Needed)).collect();
        return Columns::named(wanted).of_row_type();
    }
    Columns::numbered((0..all.len()).collect()).exactly("too many columns")
}

/// Adds a row.
pub fn add(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let value = row.field(MetricColumn::Value as usize).number();
    let value = value.ok_or(Fault::Reject("the value is no number below 2^64"))?;
    if Day::parse(row.field(MetricColumn::Day as usize).bytes()).is_none() {
        return Err(Fault::Reject("the day is none"));
    }
    let hour = row.field(MetricColumn::Hour as usize);
    let is_hour = hour.len() == 2 && hour.number().is_some_and(|hour| hour < 24);
    if !is_hour && !hour.is_empty() {
        return Err(Fault::Reject("the hour is none"));
    }
    book.merge(array::from_fn(|column| row.field(column)), value);
    Ok(())
}
