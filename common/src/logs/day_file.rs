//! Daily files: one per day and kind, named by its day.
//!
//! The name of one of H-Sphere's traffic files is `dd.mm.YYYY` and a suffix that tells the [`Kind`]; that
//! of a file of metric rows is `YYYY-MM-DD.NAME.metrics`. A line of a traffic file is
//! `|name|xFer(kB)|Hits_All|Hits_HTML|`. A name in a line is a field of our TSV dialect, with `\x7C`
//! for a bar, so no domain can break a line; for real domains that is the plain name.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use bstr::ByteSlice;

use crate::bytes::tsv;
use crate::time::Day;
use crate::time::civil::digits;

/// What a day file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind<'a> {
    /// `.qml.txt`, also `.qml`.
    Mail,
    /// `.txt`.
    Web,
    /// `.gst.txt`: FTP of users.
    UserFtp,
    /// `.ftp.txt`: FTP of virtual hosts.
    VirtualFtp,
    /// `.NAME.metrics`: metric rows, and what they are called.
    Metrics(&'a str),
}

/// The word for it in tables.
impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Mail => f.write_str("mail"),
            Kind::Web => f.write_str("web"),
            Kind::UserFtp => f.write_str("user-ftp"),
            Kind::VirtualFtp => f.write_str("virtual-ftp"),
            Kind::Metrics(name) => write!(f, "metrics {name}"),
        }
    }
}

/// What the name of a day file tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name<'a> {
    /// The day that the file is for.
    pub day: Day,
    /// What it holds.
    pub kind: Kind<'a>,
    /// Does the name end in `.gz`?
    pub compressed: bool,
}

impl<'a> Name<'a> {
    /// Reads a file's name, without folders. `None` if it is not the name of a day file.
    pub fn parse(name: &'a [u8]) -> Option<Self> {
        let (plain, compressed) = match name.strip_suffix(b".gz") {
            Some(plain) => (plain, true),
            None => (name, false),
        };
        let (day, kind) = match plain.strip_suffix(b".metrics") {
            Some(rest) => of_metrics(rest)?,
            None => of_traffic(plain)?,
        };
        Some(Name { day, kind, compressed })
    }
}

fn of_traffic(name: &[u8]) -> Option<(Day, Kind<'static>)> {
    let (b'.', b'.') = (*name.get(2)?, *name.get(5)?) else { return None };
    let kind = match name.get(10..)? {
        b".qml.txt" | b".qml" => Kind::Mail,
        b".txt" => Kind::Web,
        b".gst.txt" => Kind::UserFtp,
        b".ftp.txt" => Kind::VirtualFtp,
        _ => return None,
    };
    let (day, month) = (digits(&name[..2])?, digits(&name[3..5])?);
    let year = digits(&name[6..10]).filter(|year| *year > 0)?;
    Some((Day::from_civil(year, month, day)?, kind))
}

/// Given the name without its end.
fn of_metrics(name: &[u8]) -> Option<(Day, Kind<'_>)> {
    let (day, rest) = name.split_at_checked(10)?;
    let name = rest.strip_prefix(b".")?.to_str().ok().filter(|name| !name.is_empty())?;
    Some((Day::parse(day)?, Kind::Metrics(name)))
}

/// The days that a name can hold: those of the years 1 to 9999.
pub const DAYS: RangeInclusive<Day> = Day(-719_162)..=Day(2_932_896);

/// The name of a day's mail file: `dd.mm.YYYY.qml.txt`, for one of [`DAYS`].
pub fn name(day: Day) -> String {
    let (year, month, day) = day.civil();
    format!("{day:02}.{month:02}.{year:04}.qml.txt")
}

/// One line of a day file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// The domain, or whatever the traffic is billed to.
    pub name: Cow<'a, [u8]>,
    /// Kilobytes in and out together; decimals are rounded to nearest, half up.
    pub kilobytes: i64,
    /// Hits; messages for mail.
    pub hits_all: i64,
    /// Hits on pages; 0 for mail.
    pub hits_html: i64,
}

impl<'a> Line<'a> {
    /// Reads a line without its end. `Ok(None)` is the header, known by its second column
    /// `xFer(kB)`; `Err` says what is wrong.
    pub fn parse(line: &'a [u8]) -> Result<Option<Self>, &'static str> {
        let mut columns = line.split(|byte| *byte == b'|');
        let mut next = || columns.next().ok_or("not |name|xFer(kB)|Hits_All|Hits_HTML|");
        let [start, name, kilobytes, hits_all, hits_html, end] =
            [next()?, next()?, next()?, next()?, next()?, next()?];
        if columns.next().is_some() || !start.is_empty() || !end.is_empty() {
            return Err("not |name|xFer(kB)|Hits_All|Hits_HTML|");
        }
        if kilobytes == b"xFer(kB)" {
            return Ok(None);
        }
        if name.is_empty() {
            return Err("the name is empty");
        }
        Ok(Some(Line {
            name: tsv::unescape(name),
            kilobytes: rounded(kilobytes).ok_or("xFer(kB) is not a number of kilobytes")?,
            hits_all: digits(hits_all).ok_or("Hits_All is not a count")?,
            hits_html: digits(hits_html).ok_or("Hits_HTML is not a count")?,
        }))
    }

    /// Appends the line, with its end, to a buffer.
    pub fn write(&self, buffer: &mut Vec<u8>) {
        buffer.push(b'|');
        tsv::escape(&self.name.replace("|", "\\x7C"), buffer);
        for number in [self.kilobytes, self.hits_all, self.hits_html] {
            buffer.push(b'|');
            buffer.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
        buffer.extend_from_slice(b"|\n");
    }
}

/// A number of kilobytes has 18 digits at most, also where it was rounded: it is written and read
/// again.
const MOST: i64 = 999_999_999_999_999_999;

/// A decimal number, with or without a fraction, rounded to the nearest integer, half up.
fn rounded(text: &[u8]) -> Option<i64> {
    let Some(point) = memchr::memchr(b'.', text) else { return digits(text) };
    let (whole, fraction) = (&text[..point], &text[point + 1..]);
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let rounded = digits(whole)? + i64::from(fraction[0] >= b'5');
    (rounded <= MOST).then_some(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_kinds() {
        let parse = |text: &str| {
            Name::parse(text.as_bytes())
                .map(|name| format!("{} {} {}", name.day, name.kind, u8::from(name.compressed)))
        };
        for (text, meaning) in [
            ("20.06.2005.qml.txt", "2005-06-20 mail 0"),
            ("20.06.2005.qml", "2005-06-20 mail 0"),
            ("20.06.2005.qml.gz", "2005-06-20 mail 1"),
            ("20.06.2005.txt.gz", "2005-06-20 web 1"),
            ("29.02.2004.gst.txt", "2004-02-29 user-ftp 0"),
            ("01.01.9999.ftp.txt", "9999-01-01 virtual-ftp 0"),
            ("2026-11-21.mail.metrics", "2026-11-21 metrics mail 0"),
            ("2026-11-21.k\u{e4}se.txt.gz.metrics.gz", "2026-11-21 metrics k\u{e4}se.txt.gz 1"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(meaning));
        }
        for text in [
            "",
            "20.06.2005",
            "20.06.2005.gz",
            "20.06.2005.qml.txt.gz.gz",
            "20.06.2005.qml.TXT",
            "20.06.2005.xyz.txt",
            "2005-06-20.qml.txt",
            "20-06-2005.qml.txt",
            "+1.06.2005.qml.txt",
            "31.06.2005.qml.txt",
            "29.02.2005.qml.txt",
            "01.01.0000.qml.txt",
            " 20.06.2005.qml.txt",
            "20.06.20055.qml.txt",
            "2026-11-21.metrics",
            "2026-11-21..metrics",
            "2026-11-31.mail.metrics",
            "21.11.2026.mail.metrics",
            "2026-11-21.mail.metrics.txt",
            "2026-11-21-mail.metrics",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_reads_back() {
        for (year, month, day) in [(1, 1, 1), (2005, 6, 20), (2024, 2, 29), (9999, 12, 31)] {
            let day = Day::from_civil(year, month, day).unwrap();
            let text = name(day);
            let read = Name::parse(text.as_bytes()).unwrap();
            assert_eq!((read.day, read.kind), (day, Kind::Mail));
        }
        assert_eq!((DAYS.start().civil(), DAYS.end().civil()), ((1, 1, 1), (9999, 12, 31)));
    }

    #[test]
    fn lines_and_what_is_wrong_with_them() {
        let line = Line::parse(b"|example.com|5242|18|0|").unwrap().unwrap();
        assert_eq!((&*line.name, line.kilobytes), (b"example.com".as_slice(), 5242));
        assert_eq!((line.hits_all, line.hits_html), (18, 0));
        assert_eq!(Line::parse(b"|name|xFer(kB)|Hits_All|Hits_HTML|"), Ok(None));
        for (text, wrong) in [
            ("", "not |"),
            ("a|1|2|3|", "not |"),
            ("|a|1|2|3", "not |"),
            ("|a|1|2|3| ", "not |"),
            ("|a|b|1|2|3|", "not |"),
            ("||1|2|3|", "the name"),
            ("|a|-1|2|3|", "xFer"),
            ("|a||2|3|", "xFer"),
            ("|a|1.|2|3|", "xFer"),
            ("|a|.5|2|3|", "xFer"),
            ("|a|1,5|2|3|", "xFer"),
            ("|a|1000000000000000000|2|3|", "xFer"),
            ("|a|999999999999999999.5|2|3|", "xFer"),
            ("|a|1|2.0|3|", "Hits_All"),
            ("|a|1|2||", "Hits_HTML"),
        ] {
            assert!(Line::parse(text.as_bytes()).unwrap_err().starts_with(wrong), "{text}");
        }
    }

    #[test]
    fn halves_go_up() {
        for (text, value) in
            [("0.4999", 0), ("0.5", 1), ("1.49", 1), ("2.50", 3), ("007", 7), ("7.0", 7)]
        {
            assert_eq!(rounded(text.as_bytes()), Some(value), "{text}");
        }
    }

    /// Any domain makes one line, and reads back as the dialect promises.
    #[test]
    fn any_name_makes_one_line() {
        fn holds(name: Vec<u8>, kilobytes: u32) -> bool {
            let name = if name.is_empty() { b"x".to_vec() } else { name };
            let line = Line {
                name: name.as_slice().into(),
                kilobytes: kilobytes.into(),
                hits_all: 1,
                hits_html: 0,
            };
            let mut written = Vec::new();
            line.write(&mut written);
            let read = Line::parse(written.strip_suffix(b"\n").unwrap()).unwrap().unwrap();
            let mut again = Vec::new();
            read.write(&mut again);
            let plain = crate::bytes::plain::is_plain(&name) && !name.contains(&b'|');
            again == written && (!plain || *read.name == *name)
        }
        quickcheck::QuickCheck::new().tests(5000).quickcheck(holds as fn(Vec<u8>, u32) -> bool);
    }
}
