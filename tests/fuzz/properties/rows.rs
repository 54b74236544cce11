//! Rows as input, sums by key, session rows.

use std::collections::BTreeMap;
use std::convert::Infallible;

use common::bytes::scan::levels;
use common::bytes::span::Span;
use common::filter::cli::{Flag, HEADER, QUIET, REJECTS, STRICT, Spec};
use common::filter::{Fault, Out, Stop};
use common::rows::TimeColumn;
use common::rows::columns::{Columns, Wanted};
use common::rows::fast::Index;
use common::rows::groups::{Batch, Groups};
use common::rows::metric::{KEY_WIDTH, MetricRow};
use common::rows::schema::{Column, SessionColumn};
use common::rows::session::{End, Session, SessionRows};
use common::rows::table::Table;
use common::time::{Day, Stamp};

use super::filter::{file_of, operand};
use super::{assert_row, choice, lines_of};

/// The fields of a line.
fn fields_of(line: &[u8]) -> Vec<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.split(|byte| *byte == b'\t').collect()
}

/// The finder of fields finds what a plain search finds, twice, in long texts too.
pub fn index(input: &[u8]) {
    let (kind, text) = choice(input);
    let text = if kind >= 240 { text.repeat(9000 / text.len().max(1)) } else { text.to_vec() };
    let plain: Vec<Vec<&[u8]>> = lines_of(&text).map(fields_of).collect();
    for level in levels() {
        let mut index = Index::new(level);
        for _ in 0..2 {
            assert_eq!(rows_of(&mut index, &text), plain);
        }
    }
}

fn rows_of<'a>(index: &mut Index, text: &'a [u8]) -> Vec<Vec<&'a [u8]>> {
    let mut rows = Vec::new();
    let count = index.for_each_row(text, |before, starts| {
        assert_eq!(before, rows.len() as u64);
        rows.push(starts.windows(2).map(|pair| &text[pair[0]..pair[1] - 1]).collect());
        Ok::<_, Infallible>(())
    });
    assert_eq!(count, Ok(rows.len() as u64));
    rows
}

static SPEC: Spec = Spec { name: "probe", about: "", operands: "", flags: FLAGS };
const FLAGS: &[Flag] = &[HEADER, QUIET, REJECTS, STRICT];

/// Each line of a table is a row, or kept as rejected, or empty; the fields are those of its header.
pub fn table(input: &[u8]) {
    let (kind, text) = choice(input);
    let (has_header, is_exact) = (kind % 2 == 1, kind % 4 > 1);
    let (file, rejects) = (file_of(text), file_of(b""));
    let words = ["-q".into(), "--rejects".into(), operand(&rejects), operand(&file)];
    let args = SPEC.parse(words.into_iter().chain(has_header.then(|| "-H".into()))).unwrap();
    let named = [("a", Wanted::Needed), ("b", Wanted::Optional)];
    let columns = if has_header {
        Columns::named(named.map(|(name, wanted)| (name.into(), wanted)).into())
    } else {
        Columns::numbered(vec![1, 0])
    };
    let columns = if is_exact { columns.exactly("too many") } else { columns };
    let mut lines: Vec<Vec<&[u8]>> = lines_of(text).map(fields_of).collect();
    let header = if has_header && !lines.is_empty() { lines.remove(0) } else { Vec::new() };
    let place = |name: &[u8]| header.iter().position(|found| *found == name);
    let places = if has_header { [place(b"a"), place(b"b")] } else { [Some(1), Some(0)] };
    let width = places.iter().flatten().max().map_or(1, |last| last + 1);
    let fits = |row: &Vec<&[u8]>| row.len() == width || row.len() > width && !is_exact;
    let expected: Vec<[&[u8]; 2]> = lines
        .iter()
        .filter(|row| fits(row))
        .map(|row| places.map(|place| place.map_or(&b""[..], |place| row[place])))
        .collect();
    let (mut found, mut out) = (Vec::new(), Out::stdout("probe"));
    let read = Table::new(&args, columns).for_each_row(&mut out, |row, _, out| {
        found.push([0, 1].map(|column| row.field(column).bytes().to_vec()));
        row.copy(out);
        let copied = std::mem::take(out.buffer());
        assert_row(&copied, width);
        Ok(())
    });
    let twice = header.iter().filter(|name| **name == b"a").count() > 1;
    if has_header && !text.is_empty() && (place(b"a").is_none() || twice) {
        assert!(matches!(read, Err(Stop::Usage(..))));
        return;
    }
    assert!(read.is_ok() && found == expected);
    let broken = lines.iter().filter(|row| !fits(row) && !row.concat().is_empty()).count();
    // a line of TABs alone is broken, not empty
    let tabs = lines.iter().filter(|row| !fits(row) && row.len() > 1 && row.concat().is_empty());
    let kept = std::fs::read(rejects.path()).unwrap();
    assert_eq!(lines_of(&kept).count(), broken + tabs.count());
}

/// A metric row has nine columns, of which the first, the second and the last can be read.
pub fn metric(input: &[u8]) {
    for line in lines_of(input) {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
        let number = |text: &[u8]| {
            let digits = text.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(text).ok().filter(|_| digits)?.parse::<u64>().ok()
        };
        let expected = match fields.as_slice() {
            [day, hour, .., value] if fields.len() == KEY_WIDTH + 1 => {
                let hour_is_known = hour.is_empty() || hour.len() == 2 && number(hour) < Some(24);
                let hour_is_known = hour_is_known && (hour.is_empty() || number(hour).is_some());
                let (day, value) = (Day::parse(day), number(value));
                day.zip(value).filter(|_| hour_is_known)
            }
            _ => None,
        };
        match (MetricRow::of_line(line), expected) {
            (Ok(row), Some((day, value))) => {
                assert_eq!((row.day, row.value), (day, value));
                assert!(row.key.iter().map(Span::bytes).eq(fields[..KEY_WIDTH].iter().copied()));
            }
            (Err(Fault::Reject(_)), None) => {}
            (found, expected) => panic!("{found:?} {expected:?}: {}", line.escape_ascii()),
        }
    }
}

/// Sums by key are those of a sorted map, one by one and in batches.
pub fn groups(input: &[u8]) {
    let (mut plain, mut single) = (BTreeMap::<Vec<u8>, u64>::new(), Groups::<u64>::new());
    let (mut batched, mut batch) = (Groups::<u64>::new(), Batch::new());
    for (line, number) in lines_of(input).zip(1_u64..) {
        *plain.entry(line.to_vec()).or_default() += number;
        *single.of(line) += number;
        // a key that was begun, and is not used
        batch.begin();
        batch.append(Span::from(line));
        batch.begin();
        for (field, at) in line.split(|byte| *byte == b'\t').zip(0..) {
            if at > 0 {
                batch.separate();
            }
            let start = field.as_ptr().addr() - input.as_ptr().addr();
            batch.append(Span::new(input, start..start + field.len()));
        }
        batch.push(number);
        if batch.is_full() {
            batch.add_to(&mut batched, |sum, number| *sum += number);
        }
    }
    batch.add_to(&mut batched, |sum, number| *sum += number);
    let expected: Vec<(&[u8], &u64)> = plain.iter().map(|(key, sum)| (&**key, sum)).collect();
    for groups in [&single, &batched] {
        assert_eq!((groups.sorted(), groups.count()), (expected.clone(), expected.len()));
    }
}

/// A session row has the columns of its schema, whatever a client chose.
pub fn session(input: &[u8]) {
    let (kind, text) = choice(input);
    let fields: Vec<&[u8]> = text.split(|byte| *byte == 0).collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let number = |at: usize| field(at).first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let session = Session {
        time: Stamp::whole(field(0)),
        host: field(1),
        service: field(2),
        pid: number(3),
        ip: field(4),
        port: field(5).first_chunk().map(|bytes| u16::from_le_bytes(*bytes)),
        user: field(6),
        active_ms: number(7),
        in_bytes: number(8),
        out_bytes: number(9),
        end: End::ALL[usize::from(kind) % End::ALL.len()],
        source: "probe",
        detail: field(10),
    };
    let columns = SessionColumn::list(field(11)).unwrap_or_else(|_| SessionColumn::ALL.to_vec());
    let width = columns.len();
    for form in ["", "unix", "utc", "local", "label"] {
        let time = TimeColumn::named(form);
        let mut rows = SessionRows { columns: columns.clone(), time, host: field(12).to_vec() };
        let mut row = Vec::new();
        match rows.write(&session, &mut row) {
            Ok(()) => assert_row(&row, width),
            Err(_) => assert!(row.is_empty() && session.time.is_some()),
        }
    }
    assert_eq!(End::named(session.end.name().as_bytes()), Some(session.end));
}
