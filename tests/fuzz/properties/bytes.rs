//! Bytes: places, marks, numbers, fields.

use common::bytes::marks::Marks;
use common::bytes::scan::{self, Bits, Found, PART, Places, dispatch, levels};
use common::bytes::span::Span;
use common::bytes::tsv::{self, Row};
use common::bytes::wide::{ROW_BYTES, RowEnd, copy_runs};
use common::bytes::{digits as numbers, percent, plain};
use common::rows::normal::{is_normal, normal};

use super::{acts_on_terminals, assert_row, choice};

/// Each search for a byte finds what a look at one after the other does.
pub fn scan(input: &[u8]) {
    let (byte, block) = choice(input);
    let naive: Vec<usize> = (0..block.len()).filter(|at| block[*at] == byte).collect();
    assert!(Places::new(block, byte).eq(naive.iter().copied()));
    let places = |(base, bits): (usize, u64)| {
        (0..64).filter(move |at| bits >> at & 1 == 1).map(move |at| base + at)
    };
    assert!(Bits::new(block, byte).flat_map(places).eq(naive.iter().copied()));
    let mut chunks: Vec<u8> = block.iter().copied().chain([!byte; PART]).take(PART).collect();
    chunks[PART - 1] = byte;
    let full: &[u8; PART] = chunks.first_chunk().unwrap();
    let (one, other) = (full.first_chunk::<64>().unwrap(), full.last_chunk::<64>().unwrap());
    let bits = |holds: &dyn Fn(usize) -> bool| {
        (0..64).filter(|at| holds(*at)).fold(0, |bits, at| bits | 1_u64 << at)
    };
    for level in levels() {
        let mut found = Found::default();
        let list = dispatch!(level, vectors => found.of(vectors, full, byte));
        let list = list.iter().map(|place| *place as usize);
        assert!(list.eq((0..PART).filter(|at| full[*at] == byte)));
        let mut copy = [0; 64];
        dispatch!(level, vectors => scan::copy_with(vectors, one, (byte, other[0]), &mut copy));
        assert_eq!(copy, one.map(|read| if read == byte { other[0] } else { read }));
        let digits = dispatch!(level, vectors => scan::digits_in(vectors, one));
        assert_eq!(digits, bits(&|at| one[at].is_ascii_digit()));
        let half = one.first_chunk().unwrap();
        let digits_in_half = dispatch!(level, vectors => scan::digits_in_half(vectors, half));
        assert_eq!(digits_in_half, digits & u64::from(u32::MAX));
        let odd = dispatch!(level, vectors => plain::odd_bits(vectors, one));
        assert_eq!(odd, bits(&|at| !is_plain(&one[at..=at])));
        for base in (0..block.len()).step_by(64) {
            let marks = dispatch!(level, vectors => {
                scan::bits_at(vectors, block, base, [byte, b'\n'])
            });
            let is_mark =
                |at: usize| block.get(base + at).is_some_and(|found| [byte, b'\n'].contains(found));
            assert_eq!(marks, bits(&is_mark));
        }
    }
}

/// Printable ASCII without the backslash.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'\\')
}

/// Marks are found where a look at each place finds them.
pub fn marks(input: &[u8]) {
    let (length, rest) = choice(input);
    let (mark, text) = rest.split_at(rest.len().min(usize::from(length % 12)));
    if mark.is_empty() {
        return;
    }
    let all = || text.windows(mark.len());
    let (first, last) =
        (all().position(|found| found == mark), all().rposition(|found| found == mark));
    assert_eq!((text.find_mark(mark), text.rfind_mark(mark)), (first, last));
    let around = |at: usize| (&text[..at], &text[at + mark.len()..]);
    assert_eq!(text.split_at_mark(mark), first.map(around));
    assert_eq!(text.rsplit_at_mark(mark), last.map(around));
    assert_eq!(text.has_mark(mark), first.is_some());
}

/// Numbers are what the standard library reads, or are put together digit by digit.
pub fn digits(input: &[u8]) {
    let (places, text) = choice(input);
    let leading = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    assert_eq!(numbers::digits_at_start(text), leading);
    let all_digits = leading == text.len();
    let parsed = std::str::from_utf8(text).ok().filter(|_| all_digits);
    let parsed = parsed.and_then(|text| text.parse::<u64>().ok());
    assert_eq!(numbers::number(text), parsed);
    for start in 0..text.len().min(4) {
        let span = Span::new(text, start..text.len());
        assert_eq!(span.number(), numbers::number(&text[start..]));
    }
    let places = usize::from(places % 5);
    assert_eq!(numbers::decimal(text, places), decimal(text, places));
}

/// A decimal number in units of its last decimal, as text.
fn decimal(text: &[u8], places: usize) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("0000".chars()).take(places).collect();
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let value: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    Some(if text.starts_with('-') { -value } else { value })
}

/// Any bytes make one field, which reads back; fields of others become fields of ours, once.
pub fn tsv(input: &[u8]) {
    let mut row = Vec::new();
    Row::new(&mut row).field(input).number(7).field(input).end();
    assert_row(&row, 3);
    let fields: Vec<&[u8]> = tsv::fields(row.strip_suffix(b"\n").unwrap()).collect();
    assert_eq!((fields[0], fields[1]), (fields[2], &b"7"[..]));
    let written = fields[0];
    let read = tsv::unescape(written);
    let textual = std::str::from_utf8(input).is_ok_and(|text| {
        text.chars().all(|c| matches!(c, '\t' | '\n' | '\r') || !acts_on_terminals(c))
    });
    assert!(!textual || *read == *input);
    let mut again = Vec::new();
    tsv::escape(&read, &mut again);
    assert_eq!(again, written);
    assert_eq!(tsv::as_read(written), read);

    let (mut once, mut twice) = (Vec::new(), Vec::new());
    let foreign: Vec<u8> = input.iter().copied().filter(|byte| *byte != b'\n').collect();
    let ours = normal(Span::from(foreign.as_slice()), &mut once).bytes();
    assert_row(&[ours, b"\n"].concat(), tsv::fields(&foreign).count());
    assert_eq!(normal(Span::from(ours), &mut twice).bytes(), ours);
    assert!(!is_normal(&foreign) || ours == foreign);

    let text = tsv::visible(input);
    assert!(!text.chars().any(acts_on_terminals));
    let encoded = percent::encoded(input);
    assert!(is_plain(&encoded));
    assert_eq!(percent::decoded(&encoded).as_deref(), Some(input));
    if let Some(decoded) = percent::decoded(input) {
        assert_eq!(percent::decoded(&percent::encoded(&decoded)), Some(decoded));
    }
    assert_eq!(plain::is_plain(input), is_plain(input));
}

/// Rows that are copied in wide steps are rows of fields.
pub fn wide(input: &[u8]) {
    let Some((lengths, rest)) = input.split_first_chunk::<6>() else { return };
    let plain = |byte: &u8| if is_plain(&[*byte]) && !b"\"'".contains(byte) { *byte } else { b'x' };
    let text: Vec<u8> = rest.iter().map(plain).collect();
    let (mut places, mut at) = (Vec::new(), usize::from(lengths[5] % 16));
    for length in &lengths[..4] {
        places.push(at..at + usize::from(*length));
        at += usize::from(*length) + 1;
    }
    if places.last().is_none_or(|last| last.end > text.len()) {
        return;
    }
    let runs = [&[0..2, 2..4][..], &[2..4, 0..1], &[3..4, 0..3], &[1..2, 1..4]]
        [usize::from(lengths[4] % 4)];
    let end = (lengths[4] > 127).then(|| RowEnd::new(b"\tend\n").unwrap());
    let (mut wide, mut narrow) = ([0; ROW_BYTES], Vec::new());
    let mut row = Row::new(&mut narrow);
    for place in runs.iter().flat_map(|run| &places[run.clone()]) {
        row.field(&text[place.clone()]);
    }
    if end.is_some() {
        row.field(b"end");
    }
    row.end();
    if let Some(length) = copy_runs(&text, &places, runs, end.as_ref(), &mut wide) {
        assert_eq!(wide[..length], narrow);
    }
}
