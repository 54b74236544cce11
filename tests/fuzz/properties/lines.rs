//! Lines of log directories: places and windows of time.

use common::bytes::tsv::Row;
use common::multilog::{Label, Position, Window, label_at_start, label_of, last_label};
use common::time::Instant;

use super::{assert_row, lines_of};

/// A place that can be read is written so that it is read again.
pub fn position(input: &[u8]) {
    for line in lines_of(input) {
        let Some(position) = Position::read(line) else { continue };
        let mut row = Vec::new();
        let mut fields = Row::new(&mut row);
        position.write(&mut fields);
        fields.end();
        // older versions had two or three fields less
        assert_row(&row, 9);
        assert_eq!(Position::read(row.strip_suffix(b"\n").unwrap()), Some(position));
    }
}

/// The lines of a window are those that a look at each line finds.
pub fn window(input: &[u8]) {
    let Some(([since, until, steps], text)) = input.split_first_chunk() else { return };
    // from the first label on, which is 100, labels go on by 0, 1, 2 or 3, or lines have none
    let (mut seconds, mut log, mut times) = (100, Vec::new(), Vec::new());
    for (line, at) in lines_of(text).zip(0_u32..) {
        let own = label_at_start(line).is_some();
        let kind = steps.rotate_left(at % 8).wrapping_add(line.len().to_le_bytes()[0]) % 8;
        let is_labelled = kind < 5 && !own;
        if is_labelled {
            seconds += i64::from(kind.min(3));
            log.extend_from_slice(&at_second(seconds));
            log.push(b' ');
        }
        let text = if own { b"own" } else { line };
        times.push(is_labelled.then_some(seconds));
        log.extend_from_slice(text);
        log.push(b'\n');
    }
    let starts: Vec<usize> = starts_of(&log).collect();
    let labelled = times.iter().zip(&starts).filter_map(|(time, at)| Some(((*time)?, *at)));
    let first_from = |least: i64| labelled.clone().find(|(time, _)| *time >= least);
    let bound = |byte: u8| (byte < 200).then_some(i64::from(byte % 64) + 90);
    let (since, until) = (bound(*since), bound(*until));
    let found = Window::new(since.map(at_second), until.map(at_second)).cut(&log, 0);
    let start = since.map_or(Some(0), |since| first_from(since).map(|(_, at)| at));
    let Some(start) = start else {
        assert!(found.is_empty());
        return;
    };
    let after = |least: i64| labelled.clone().find(|(time, at)| *time >= least && *at >= start);
    let end = until.and_then(after).map_or(log.len(), |(_, at)| at);
    assert_eq!(found, start..end);
    let last = starts.iter().rev().find_map(|at| label_at_start(&log[*at..]));
    assert_eq!(last_label(&log), last);
}

fn at_second(seconds: i64) -> Label {
    label_of(Instant { seconds, nanos: None })
}

/// Where each line begins.
fn starts_of(log: &[u8]) -> impl Iterator<Item = usize> {
    log.split_inclusive(|byte| *byte == b'\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some(start)
    })
}
