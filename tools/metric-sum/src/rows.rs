//! Rows as input: their columns, and what their fields say.

use std::borrow::Cow;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::Fault;
use common::filter::cli::Args;
use common::rows::columns::{Columns, Wanted};
use common::rows::schema::Column;
use common::rows::table::InputRow;

/// All columns of a row type up to the last of those that are looked at. A header must have these,
/// but for `host` where `--host` gives it.
pub fn columns<C: Column>(args: &Args, looked_at: &[C]) -> Columns {
    let last = C::ALL.iter().rposition(|column| looked_at.contains(column)).unwrap_or(0);
    let all = &C::ALL[..=last];
    if !args.has("header") {
        return Columns::numbered((0..all.len()).collect());
    }
    let wanted = |column: &C| {
        let is_given = column.name() == "host" && args.has("host");
        let needed = looked_at.contains(column) && !is_given;
        (column.name().into(), if needed { Wanted::Needed } else { Wanted::Optional })
    };
    Columns::named(all.iter().map(wanted).collect()).of_row_type()
}

/// What the field of a column says.
pub fn text<'a>(row: &InputRow<'a>, column: usize) -> Cow<'a, [u8]> {
    tsv::unescape(row.field(column).bytes())
}

/// The field of a column, if there is something in it.
pub fn filled<'a>(row: &InputRow<'a>, column: usize) -> Option<Span<'a>> {
    Some(row.field(column)).filter(|field| !field.is_empty())
}

/// The number in the field of a column, if there is something in it.
#[inline]
pub fn number(row: &InputRow<'_>, column: usize) -> Result<Option<u64>, Fault> {
    let Some(field) = filled(row, column) else { return Ok(None) };
    field.number().map(Some).ok_or(Fault::Reject("a value is not a number below 2^64"))
}

/// A label of words, each the bytes that a field stands for, as a field.
pub fn label(words: &[&[u8]]) -> Vec<u8> {
    let mut label = Vec::new();
    tsv::escape(&words.join(&b' '), &mut label);
    label
}
