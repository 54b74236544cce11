//! The inner loops of `common`, each over as many lines as asked: what the benchmark times, and
//! what the test holds to no allocation per line.

#![expect(clippy::expect_used, reason = "the lines are known")]

use std::io::{BufWriter, Write};

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::cli::{QUIET, REJECTS, STRICT, Spec};
use common::filter::{Input, Out};
use common::logs::{logterse, stats};
use common::rows::columns::Columns;
use common::rows::groups::{Batch, Groups};
use common::rows::schema::MessageColumn;
use common::rows::table::Table;
use common::time::{Clock, Zone, label};
use tempfile::NamedTempFile;

/// 2005-06-20 00:00:00 UTC.
const START: i64 = 1_119_225_600;
/// Different domains.
const DOMAINS: usize = 5000;

const STATS: &[u8] = b"Jun 20 18:20:14 mail.example.com in[2345]: \
    1119280814|alice@example.com|bob@example.net|20480|success|1";
const TERSE: &[u8] = b"@4000000042b5d22d1f0c6a54 2345 (queue) logging::logterse: ` 192.0.2.1\t\
    mail.example.com\texample.com\t<alice@example.com>\t<bob@example.net>\tqueued\t\t\
    <1@example.com>\tNo, score=0.1 required=5.0";
const ROW: &[u8] = b"1119280814\tmail.example.com\tin\t2345\talice@example.com\tbob@example.net\t\
    20480\tsuccess\t1";

/// A loop over so many lines, with what it keeps from call to call. Gives a number that depends on
/// all of them.
pub type Loop = Box<dyn FnMut() -> u64>;

/// How a loop is made, for a number of lines.
type New = fn(usize) -> Loop;

/// All loops, by name.
pub const LOOPS: [(&str, New); 11] = [
    ("lines", lines),
    ("columns", columns),
    ("fields", fields),
    ("labels", labels),
    ("local time", local_time),
    ("row of plain fields", plain_rows),
    ("row of odd fields", odd_rows),
    ("stats line", stats),
    ("logterse line", terse),
    ("sums", sums),
    ("sums in batches", batches),
];

/// Lines of a file.
fn lines(count: usize) -> Loop {
    let (file, mut out) = (file_of(STATS, count), Out::stdout("bench"));
    Box::new(move || {
        let mut sum = 0;
        Input::new(&[file.path().into()])
            .for_each_line(&mut out, |line, _| {
                sum += line.text.len() as u64;
                Ok(())
            })
            .expect("a readable file");
        sum
    })
}

/// Rows of a file, and one of their columns.
fn columns(count: usize) -> Loop {
    static SPEC: Spec =
        Spec { name: "bench", about: "", operands: "", flags: &[QUIET, REJECTS, STRICT] };
    let (file, mut out) = (file_of(ROW, count), Out::stdout("bench"));
    Box::new(move || {
        let args = SPEC.parse([file.path().into()]).expect("an operand");
        let (mut sum, table) = (0, Table::new(&args, Columns::numbered(vec![6])));
        let read = table.for_each_row(&mut out, |row, _, _| {
            sum += row.field(0).number().unwrap_or_default();
            Ok(())
        });
        read.expect("a readable file");
        sum
    })
}

/// A file with a line so many times.
fn file_of(line: &[u8], count: usize) -> NamedTempFile {
    let mut file = BufWriter::new(NamedTempFile::new().expect("a temporary file"));
    for _ in 0..count {
        file.write_all(line).and_then(|()| file.write_all(b"\n")).expect("space for a file");
    }
    file.into_inner().expect("space for a file")
}

/// The fields of a row.
fn fields(count: usize) -> Loop {
    Box::new(move || {
        let lengths = (0..count).map(|_| tsv::fields(unknown(ROW)).map(<[u8]>::len).sum::<usize>());
        lengths.sum::<usize>() as u64
    })
}

/// Labels read and written.
fn labels(count: usize) -> Loop {
    let mut buffer = Vec::with_capacity(64);
    Box::new(move || {
        let mut sum = 0;
        for _ in 0..count {
            let instant = label::at_start(unknown(TERSE)).expect("a label");
            buffer.clear();
            label::write(instant, &mut buffer);
            sum += u64::from(buffer[24]);
        }
        sum
    })
}

/// Moments as local time, ten lines in each second.
fn local_time(count: usize) -> Loop {
    let mut clock = Clock::new(Zone::local());
    let mut buffer = Vec::with_capacity(64);
    Box::new(move || {
        let mut sum = 0;
        for (line, second) in (0..count).zip((START..).flat_map(|second| [second; 10])) {
            let nanos = u32::try_from(line % 1000).ok();
            buffer.clear();
            clock.write_iso(second, nanos, &mut buffer);
            sum += u64::from(buffer[18]);
        }
        sum
    })
}

/// Rows without a byte that is escaped.
fn plain_rows(count: usize) -> Loop {
    rows(count, b"alice@example.com")
}

/// Rows with some.
fn odd_rows(count: usize) -> Loop {
    rows(count, b"a\\b\t\x1b[2J@example.com")
}

/// Rows of nine fields, one of them this address.
fn rows(count: usize, address: &'static [u8]) -> Loop {
    let mut buffer = Vec::with_capacity(1024);
    Box::new(move || {
        let mut sum = 0;
        for line in 0..count {
            buffer.clear();
            let mut row = tsv::Row::new(&mut buffer);
            row.number(START).field(b"mail.example.com").field(b"in").number(line);
            row.field(unknown(address)).field(b"bob@example.net").number(20480);
            row.field(b"success").number(1).end();
            sum += buffer.len() as u64;
        }
        sum
    })
}

/// Lines of the stats log.
fn stats(count: usize) -> Loop {
    Box::new(move || {
        let mut sum = 0;
        for _ in 0..count {
            let record = stats::parse(unknown(STATS)).expect("a record");
            sum += record.field(MessageColumn::Sender).len() as u64;
        }
        sum
    })
}

/// Lines of logterse.
fn terse(count: usize) -> Loop {
    Box::new(move || {
        let mut sum = 0;
        for _ in 0..count {
            let record = logterse::parse(unknown(TERSE)).expect("a record");
            sum += record.sender.len() as u64;
        }
        sum
    })
}

/// The domains, in an order that jumps about.
fn domains() -> Vec<Vec<u8>> {
    (0..DOMAINS).map(|at| format!("mail{}.example.com", at * 7919 % DOMAINS).into_bytes()).collect()
}

/// Messages and bytes by domain.
fn sums(count: usize) -> Loop {
    let domains = domains();
    let mut groups = Groups::<(u64, u64)>::new();
    Box::new(move || {
        for (_, domain) in (0..count).zip(domains.iter().cycle()) {
            let sum = groups.of(domain);
            *sum = (sum.0 + 1, sum.1 + 20480);
        }
        groups.count() as u64
    })
}

/// The same, many at a time.
fn batches(count: usize) -> Loop {
    let domains = domains();
    let (mut groups, mut batch) = (Groups::<(u64, u64)>::new(), Batch::new());
    let add = |sum: &mut (u64, u64), bytes| *sum = (sum.0 + 1, sum.1 + bytes);
    Box::new(move || {
        for (_, domain) in (0..count).zip(domains.iter().cycle()) {
            batch.begin();
            batch.append(Span::from(&domain[..]));
            batch.push(20480);
            if batch.is_full() {
                batch.add_to(&mut groups, add);
            }
        }
        batch.add_to(&mut groups, add);
        groups.count() as u64
    })
}

/// The same bytes, of which the compiler knows nothing.
fn unknown(bytes: &'static [u8]) -> &'static [u8] {
    std::hint::black_box(bytes)
}
