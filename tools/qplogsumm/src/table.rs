//! The totals as a table.

use std::ffi::OsString;

use common::bytes::json::{Described, Kind};
use common::filter::{Input, Out, Stop};
use common::time::label;

use crate::state::State;
use crate::summary::Total;

const COLUMNS: [Described<&str>; 5] = [
    ("disposition", Kind::Text),
    ("first_label", Kind::Text),
    ("count", Kind::Integer),
    ("percent", Kind::Decimal),
    ("per_day", Kind::Decimal),
];
const SECONDS_A_DAY: u128 = 86_400;

/// Prints the sum of the states in `files`.
pub fn show(files: &[OsString], header: bool, out: &mut Out) -> Result<(), Stop> {
    out.name_columns(header, COLUMNS);
    let mut state = State::default();
    let mut broken = None;
    Input::new(files).unended().for_each_line(out, |line, _| {
        if let Err(why) = state.read_line(line.text, line.ended) {
            let (.., count) = broken.get_or_insert((line.place(), why, 0_u64));
            *count += 1;
        }
        Ok(())
    })?;
    let totals = state.by_count();
    let sum: u128 = totals.iter().map(|(_, total)| u128::from(total.count)).sum();
    for (disposition, total) in &totals {
        let count = u128::from(total.count);
        let seconds = seconds_of(&state, total);
        out.row()
            .field(disposition)
            .field(total.first_label())
            .number(count)
            .field(&hundredths(100 * count, sum))
            .field(&hundredths(count * SECONDS_A_DAY, seconds))
            .end();
    }
    if let Some((place, why, count)) = broken {
        out.complain(place, format!("{why}; {count} such lines are left out"));
    }
    Ok(())
}

/// How long a disposition has been counted: from its first label to the last verdict of all, but a
/// day at least, so that an hour's log does not pretend to know the day. 0 if that is not known.
fn seconds_of(state: &State, total: &Total) -> u128 {
    let first = total.first.and_then(|first| label::at_start(&first));
    let (Some(first), Some(end)) = (first, state.end()) else { return 0 };
    u128::try_from(end.seconds - first.seconds).unwrap_or(0).max(SECONDS_A_DAY)
}

/// `amount / whole` with two decimals, rounded half up; empty if `whole` is 0.
fn hundredths(amount: u128, whole: u128) -> Vec<u8> {
    if whole == 0 {
        return Vec::new();
    }
    let hundredths = (100 * amount + whole / 2) / whole;
    format!("{}.{:02}", hundredths / 100, hundredths % 100).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_decimals() {
        for (amount, whole, text) in
            [(100, 3, "33.33"), (200, 3, "66.67"), (1, 200, "0.01"), (1, 201, "0.00"), (5, 0, "")]
        {
            assert_eq!(hundredths(amount, whole), text.as_bytes());
        }
    }
}
