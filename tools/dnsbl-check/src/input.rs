//! The input: bare addresses, or rows with an address column.

use common::bytes::digits;
use common::bytes::tsv::{self, Row};
use common::filter::{Line, Out, Stop};
use common::rows::schema::TransactionColumn;

/// What the disposition is if a block list denied the mail.
const DENIED: &[u8] = b"dnsbl";
/// The columns that are added.
const ADDED: [&str; 5] = ["zone", "verdict", "a", "txt", "checked_at"];

/// What a line is.
#[derive(Debug)]
pub enum Read {
    /// The names of the columns.
    Header,
    /// Nothing, or a comment, among bare addresses.
    Comment,
    /// A row that a block list has denied.
    Denied,
    /// A row that cannot be read; why.
    Broken(&'static str),
    /// A row as it is to be written, without its end, and the field that counts.
    Row(Vec<u8>, Vec<u8>),
}

/// Which columns there are and which one counts.
#[derive(Debug)]
pub struct Table {
    header: bool,
    skip_denied: bool,
    /// The column that was asked for.
    column: Option<Vec<u8>>,
    names: Option<Vec<u8>>,
    width: Option<usize>,
    /// There is nothing but an address on a line.
    bare: bool,
    place: usize,
    disposition: usize,
}

impl Table {
    /// As the command line has it.
    pub fn new(column: Option<&[u8]>, header: bool, skip_denied: bool) -> Result<Self, Stop> {
        let number = column.and_then(number);
        if let (Some(column), None, false) = (column, number, header) {
            let subject = format!("--column={}", String::from_utf8_lossy(column));
            return Err(Stop::usage(subject, "not a number, and a name needs --header"));
        }
        let usual = if skip_denied { TransactionColumn::Ip as usize } else { 0 };
        // without a word about it, there is one column, or they are those of a transaction
        let bare = column.is_none() && !header && !skip_denied;
        Ok(Table {
            header,
            skip_denied,
            column: column.map(<[u8]>::to_vec),
            names: None,
            width: bare.then_some(1),
            bare,
            place: number.unwrap_or(usual),
            disposition: TransactionColumn::Disposition as usize,
        })
    }

    /// Reads a line; of a header the names are written at once.
    pub fn read(&mut self, line: Line<'_>, out: &mut Out) -> Result<Read, Stop> {
        let text = line.without_cr();
        if self.header && line.number == 1 {
            return self.read_header(&line, text, out);
        }
        let text = if self.bare { without_spaces(text) } else { text };
        if self.bare && (text.is_empty() || text.starts_with(b"#")) {
            return Ok(Read::Comment);
        }
        let fields: Vec<&[u8]> = tsv::fields(text).collect();
        let width = *self.width.get_or_insert(fields.len());
        if fields.len() != width {
            let many = "more than one column, and no --column";
            return Ok(Read::Broken(if self.bare { many } else { "another number of columns" }));
        }
        let Some(field) = fields.get(self.place) else {
            return Ok(Read::Broken("no such column"));
        };
        if self.skip_denied {
            match fields.get(self.disposition) {
                Some(disposition) if *disposition == DENIED => return Ok(Read::Denied),
                Some(_) => {}
                None => return Ok(Read::Broken("no disposition")),
            }
        }
        let mut copy = Vec::with_capacity(text.len() + 16);
        let mut row = Row::new(&mut copy);
        for field in &fields {
            row.field(&tsv::unescape(field));
        }
        Ok(Read::Row(copy, tsv::unescape(field).into_owned()))
    }

    fn read_header(&mut self, line: &Line<'_>, text: &[u8], out: &mut Out) -> Result<Read, Stop> {
        if let Some(first) = &self.names {
            if first == text {
                return Ok(Read::Header);
            }
            return Err(Stop::usage(line.place(), "another header than the first"));
        }
        let names: Vec<&[u8]> = tsv::fields(text).collect();
        let find = |name: &[u8]| names.iter().position(|found| *found == name);
        let missing = |name: &[u8]| {
            let name = String::from_utf8_lossy(name);
            Stop::usage(line.place(), format!("the header lacks {name}"))
        };
        self.place = match &self.column {
            Some(name) => match (find(name), number(name)) {
                (Some(place), _) => place,
                (None, Some(place)) if place < names.len() => place,
                _ => return Err(missing(name)),
            },
            None if names.len() == 1 => 0,
            None => find(b"ip").ok_or_else(|| missing(b"ip"))?,
        };
        if self.skip_denied {
            self.disposition = find(b"disposition").ok_or_else(|| missing(b"disposition"))?;
        }
        let mut row = out.row();
        for name in names.iter().map(|name| tsv::unescape(name)) {
            row.field(&name);
        }
        for name in ADDED {
            row.field(name.as_bytes());
        }
        row.end();
        self.width = Some(names.len());
        self.names = Some(text.to_vec());
        Ok(Read::Header)
    }
}

fn without_spaces(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b" ") {
        text = rest;
    }
    while let Some(rest) = text.strip_suffix(b" ") {
        text = rest;
    }
    text
}

/// A column by its number, from 1 for a person, from 0 for us.
fn number(text: &[u8]) -> Option<usize> {
    usize::try_from(digits::number(text)?).ok()?.checked_sub(1)
}
