//! Sample rows: each value times the interval that it stands for.

use common::filter::Fault;
use common::rows::schema::Column as _;
use common::rows::schema::SampleColumn::{
    self as Column, Connections, CpuMs, Host, IntervalMs, MemoryKib, OpenFiles, Processes, Queue,
    Threads, Time, Todo,
};
use common::rows::table::InputRow;

use crate::book::{Book, NO_LABEL};
use crate::can::{Kind, SERVER_SAMPLE};
use crate::metric::Metric;
use crate::rows::number;

/// The columns that are looked at: all.
pub const COLUMNS: &[Column] = Column::ALL;

/// What is a state, and counts for as long as the interval was.
const STATES: [(Column, Metric); 7] = [
    (MemoryKib, Metric::MemoryKibMs),
    (OpenFiles, Metric::OpenFilesMs),
    (Processes, Metric::ProcessesMs),
    (Threads, Metric::ThreadsMs),
    (Connections, Metric::ConnectionsMs),
    (Queue, Metric::QueueMs),
    (Todo, Metric::TodoMs),
];

/// Counts a row.
pub fn count(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let interval = number(row, IntervalMs as usize)?;
    let interval = interval.ok_or(Fault::Reject("the interval is missing"))?;
    let cpu = number(row, CpuMs as usize)?;
    let mut states = [None; STATES.len()];
    for (state, (column, _)) in states.iter_mut().zip(STATES) {
        if let Some(value) = number(row, column as usize)? {
            let product = value.checked_mul(interval);
            let product = product.ok_or(Fault::Reject("a value times the interval is too much"))?;
            *state = Some(product);
        }
    }
    let place = [row.field(Host as usize), SERVER_SAMPLE.as_bytes().into()];
    book.begin(row.field(Time as usize), place, b"")?;
    book.of(None);
    book.add(Metric::SampleMs, NO_LABEL.into(), interval);
    if let Some(cpu) = cpu {
        book.add(Metric::CpuMs, NO_LABEL.into(), cpu);
    }
    for (state, (_, metric)) in states.into_iter().zip(STATES) {
        if let Some(product) = state {
            book.add(metric, NO_LABEL.into(), product);
        }
    }
    book.end(Kind::Sample, place[1], row);
    Ok(())
}
