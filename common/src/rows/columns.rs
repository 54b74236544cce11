//! Which columns of the input a tool looks at, and where they stand: the one reader of headers.

use std::collections::HashMap;

use crate::bytes::json::{Described, Kind};
use crate::bytes::{digits, tsv};
use crate::filter::{Fault, Line, Out, Stop};
use crate::rows::normal::normal;

/// The place of a column that the header does not name.
const NOWHERE: usize = usize::MAX;

/// Which column of a header is the one of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one that is called so, which must be there, once.
    Needed,
    /// The first that is called so, if there is one.
    Optional,
    /// The first that is called so, or else the one of that number; one of them must be there.
    NameOrNumber,
    /// The only one, or else the first that is called so.
    OnlyOrName,
}

impl Wanted {
    fn find(self, name: &[u8], header: &Header<'_>) -> Option<usize> {
        let named = header.named(name);
        match self {
            Wanted::OnlyOrName if header.count == 1 => Some(0),
            Wanted::Needed | Wanted::Optional | Wanted::OnlyOrName => named,
            Wanted::NameOrNumber => {
                named.or_else(|| number(name).filter(|place| *place < header.count))
            }
        }
    }
}

/// The names in a header.
struct Header<'a> {
    count: usize,
    /// Where each name stands first, and whether it does again.
    names: HashMap<&'a [u8], (usize, bool)>,
}

impl<'a> Header<'a> {
    fn new(text: &'a [u8]) -> Self {
        let mut header = Header { count: 0, names: HashMap::new() };
        for name in tsv::fields(text) {
            let place = header.count;
            header
                .names
                .entry(name)
                .and_modify(|(_, again)| *again = true)
                .or_insert((place, false));
            header.count += 1;
        }
        header
    }

    fn named(&self, name: &[u8]) -> Option<usize> {
        self.names.get(name).map(|(place, _)| *place)
    }

    fn has_twice(&self, name: &[u8]) -> bool {
        self.names.get(name).is_some_and(|(_, again)| *again)
    }
}

/// How a header is copied.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    /// What the fields of a column of the input are, by its name.
    pub kind: fn(&[u8]) -> Kind,
    /// The columns that are added.
    pub added: &'static [Described<&'static str>],
}

impl Copied {
    fn header(self, text: &[u8], out: &mut Out) {
        let mut buffer = Vec::new();
        let names = tsv::fields(normal(text.into(), &mut buffer).bytes());
        let added = self.added.iter().map(|(name, kind)| (name.as_bytes(), *kind));
        out.name_columns(true, names.map(|name| (name, (self.kind)(name))).chain(added));
    }
}

/// The columns that a tool looks at, numbered from 0 in its own order, and where they stand.
#[derive(Debug, Default)]
pub struct Columns {
    header: bool,
    /// What each of them is called in a header, if they are not found by number.
    names: Vec<(Vec<u8>, Wanted)>,
    /// Where each of them stands, counted from 0.
    places: Vec<usize>,
    /// How many columns a row has at least.
    width: usize,
    /// What is wrong with a row that has more; empty if nothing is.
    excess: &'static str,
    /// They are the columns of a row type.
    typed: bool,
    /// What is wrong with a header that is not the `expected` one, or else the first.
    differs: Option<&'static str>,
    expected: Option<Vec<u8>>,
    /// How the first header is copied, if it is.
    copied: Option<Copied>,
}

impl Columns {
    /// Columns by their numbers, counted from 0, of rows without a header.
    pub fn numbered(places: Vec<usize>) -> Self {
        let mut columns = Columns { places, ..Columns::default() };
        columns.width = columns.least_width();
        columns
    }

    /// Columns by their names, which the first row of each file has in any order and among others.
    pub fn named(names: Vec<(Vec<u8>, Wanted)>) -> Self {
        let places = vec![NOWHERE; names.len()];
        Columns { header: true, names, ..Columns::numbered(places) }
    }

    /// They are the columns of a row type, and not what a person asked for: none may be there twice,
    /// an error names all that a header lacks, and a row must have all columns of its header.
    #[must_use]
    pub fn of_row_type(self) -> Self {
        Columns { typed: true, ..self }
    }

    /// A row must have no further columns, or else this is wrong with it.
    #[must_use]
    pub fn exactly(self, excess: &'static str) -> Self {
        Columns { excess, ..self }
    }

    /// The first row of each file must be this one, or else this is wrong with it.
    #[must_use]
    pub fn under(self, header: Vec<u8>, differs: &'static str) -> Self {
        Columns { header: true, expected: Some(header), differs: Some(differs), ..self }
    }

    /// Rows are copied: so is the first header, and every other one must be equal to it, or else this
    /// is wrong with it.
    #[must_use]
    pub fn copied(self, copied: Copied, differs: &'static str) -> Self {
        Columns { copied: Some(copied), differs: Some(differs), ..self }
    }

    /// Has each file a header?
    #[inline]
    pub fn have_header(&self) -> bool {
        self.header
    }

    /// How many columns a row has at least.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where a column stands, counted from 0; `None` if the header did not name it.
    pub fn place(&self, column: usize) -> Option<usize> {
        self.places.get(column).copied().filter(|place| *place != NOWHERE)
    }

    /// Where each column stands; nowhere in a row if the header did not name it.
    #[inline]
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The same, if nothing else in a row is looked at, and they are so few that it is faster not to
    /// find the others.
    pub(super) fn few(&self) -> Option<&[usize]> {
        const FEW: usize = 2;
        let others_matter = self.typed || !self.excess.is_empty();
        let few = self.places.len() <= FEW && !self.places.contains(&NOWHERE);
        (few && !others_matter).then_some(&self.places)
    }

    /// Reads the header of a file; its rows are read by it. Copies the first one if rows are copied.
    pub fn read_header(&mut self, line: &Line<'_>, out: &mut Out) -> Result<(), Stop> {
        let text = line.without_cr();
        if let (Some(differs), Some(expected)) = (self.differs, &self.expected) {
            let same = expected == text;
            return if same { Ok(()) } else { Err(Stop::usage(line.place(), differs)) };
        }
        let found = Header::new(text);
        let mut missing = Vec::new();
        for (place, (name, wanted)) in self.places.iter_mut().zip(&self.names) {
            *place = wanted.find(name, &found).unwrap_or(NOWHERE);
            let once = self.typed || *wanted == Wanted::Needed;
            if once && found.has_twice(name) {
                let what = format!("two columns are named {}", tsv::visible(name));
                return Err(Stop::usage(line.place(), what));
            }
            if *place == NOWHERE && *wanted != Wanted::Optional {
                missing.push(tsv::visible(name));
                if !self.typed {
                    break;
                }
            }
        }
        if !missing.is_empty() {
            let what = format!("the header lacks {}", missing.join(", "));
            return Err(Stop::usage(line.place(), what));
        }
        self.width = if self.typed { found.count } else { self.least_width() };
        if let Some(copied) = self.copied {
            self.expected = Some(text.to_vec());
            copied.header(text, out);
        }
        Ok(())
    }

    fn least_width(&self) -> usize {
        let last = self.places.iter().filter(|place| **place != NOWHERE).max();
        last.map_or(1, |last| last + 1)
    }

    /// What is wrong with a row of this many columns.
    #[inline]
    pub fn check(&self, width: usize) -> Result<(), Fault> {
        if width < self.width {
            return Err(Fault::Reject("too few columns"));
        }
        let fits = width == self.width || self.excess.is_empty();
        if fits { Ok(()) } else { Err(Fault::Reject(self.excess)) }
    }
}

/// A column by the number that a person gives it, from 1, as it is counted here, from 0.
pub fn number(text: &[u8]) -> Option<usize> {
    let number = digits::number(text)?;
    usize::try_from(number).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn needed(name: &str) -> (Vec<u8>, Wanted) {
        (name.into(), Wanted::Needed)
    }

    /// Reads a header, and gives what it says is wrong with it.
    fn read(columns: &mut Columns, header: &[u8]) -> (String, Vec<u8>) {
        let mut out = Out::stdout("probe");
        let line = Line::kept(header, OsStr::new("file"), 1);
        let fault = match columns.read_header(&line, &mut out) {
            Err(Stop::Usage(place, what)) => format!("{place}: {what}"),
            read => read.map(|()| String::new()).unwrap(),
        };
        (fault, std::mem::take(out.buffer()))
    }

    #[test]
    fn columns_are_found_by_name() {
        let wanted = vec![needed("b"), ("x\ty".into(), Wanted::Optional), needed("a")];
        let mut columns = Columns::named(wanted).of_row_type();
        for (header, places, fault) in [
            ("a\tb", [Some(1), None, Some(0)], ""),
            ("more\ta\tb\tmore\r", [Some(2), None, Some(1)], ""),
            ("b\tmore", [Some(0), None, None], "file:1: the header lacks a"),
            ("A\tB\tc", [None; 3], "file:1: the header lacks b, a"),
            ("c\ta\tb\ta", [Some(2), None, Some(1)], "file:1: two columns are named a"),
        ] {
            assert_eq!(read(&mut columns, header.as_bytes()), (fault.into(), Vec::new()));
            assert_eq!([0, 1, 2].map(|column| columns.place(column)), places);
        }
    }

    #[test]
    fn columns_are_found_by_number_too() {
        for (name, wanted, header, place) in [
            ("2", Wanted::NameOrNumber, "a\t1\tb", Some(1)),
            ("2", Wanted::NameOrNumber, "a\t1\t2\t2", Some(2)),
            ("4", Wanted::NameOrNumber, "a\tb\tc", None),
            ("b", Wanted::NameOrNumber, "a\tb\tb", Some(1)),
            ("ip", Wanted::OnlyOrName, "a", Some(0)),
            ("ip", Wanted::OnlyOrName, "a\tip\tip", Some(1)),
            ("ip", Wanted::OnlyOrName, "a\tb", None),
        ] {
            let mut columns = Columns::named(vec![(name.into(), wanted)]);
            let lacks = format!("file:1: the header lacks {name}");
            let fault = if place.is_none() { lacks } else { String::new() };
            assert_eq!(read(&mut columns, header.as_bytes()).0, fault);
            assert_eq!(columns.place(0), place);
        }
    }

    #[test]
    fn rows_have_the_columns() {
        let fault = |columns: &Columns, width| match columns.check(width) {
            Err(Fault::Skip(why) | Fault::UnknownHead(why) | Fault::Reject(why)) => why,
            Ok(()) => "",
        };
        let numbered = || Columns::numbered(vec![4, 0]);
        assert_eq!([4, 5, 6].map(|width| fault(&numbered(), width)), ["too few columns", "", ""]);
        let exact = numbered().exactly("too many");
        assert_eq!(
            [4, 5, 6].map(|width| fault(&exact, width)),
            ["too few columns", "", "too many"]
        );
        let (mut named, mut typed) =
            (Columns::named(vec![needed("b")]), Columns::named(vec![needed("b")]).of_row_type());
        for columns in [&mut named, &mut typed] {
            read(columns, b"a\tb\tc");
        }
        assert_eq!([1, 2].map(|width| fault(&named, width)), ["too few columns", ""]);
        assert_eq!(read(&mut named, b"c"), ("file:1: the header lacks b".into(), Vec::new()));
        assert_eq!([2, 3, 4].map(|width| fault(&typed, width)), ["too few columns", "", ""]);
        assert_eq!(fault(&Columns::numbered(Vec::new()), 1), "");
    }

    #[test]
    fn headers_are_the_same_where_they_must_be() {
        let copied = Copied { kind: |_| Kind::Text, added: &[("more", Kind::Text)] };
        let mut copied = Columns::named(vec![needed("a")]).copied(copied, "another");
        assert_eq!(read(&mut copied, b"\"\ta").1, b"\\\"\ta\tmore\n");
        assert_eq!(read(&mut copied, b"\"\ta"), Default::default());
        assert_eq!(read(&mut copied, b"a\t\""), ("file:1: another".into(), Vec::new()));
        let mut fixed = Columns::numbered(vec![1]).under(b"a\tb".to_vec(), "another");
        assert_eq!(read(&mut fixed, b"a\tb"), Default::default());
        assert_eq!(read(&mut fixed, b"b\ta"), ("file:1: another".into(), Vec::new()));
    }

    #[test]
    fn numbers_of_columns() {
        let found = ["1", "012", "0", "", "-1", "x", "18446744073709551616"]
            .map(|text| number(text.as_bytes()));
        assert_eq!(found, [Some(0), Some(11), None, None, None, None, None]);
    }
}
