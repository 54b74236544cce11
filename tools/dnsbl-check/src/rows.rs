//! The input: bare addresses, or rows with an address column.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use common::bytes::json::{Described, Kind};
use common::bytes::tsv;
use common::filter::cli::Args;
use common::filter::{Fault, Line, Out, Stop};
use common::rows::columns::{Columns, Copied, Wanted, number};
use common::rows::normal::normal;
use common::rows::schema::TransactionColumn;

/// What the disposition is if a block list denied the mail: in the words of qpsmtpd, spamdyke and
/// s/qmail.
const DENIED: [&[u8]; 3] = [b"dnsbl", b"DENIED_RBL_MATCH", b"RBL::RBL_Listed"];
/// The columns that are added.
const ADDED: [Described<&str>; 5] = [
    ("zone", Kind::Text),
    ("verdict", Kind::Text),
    ("a", Kind::Text),
    ("txt", Kind::Text),
    ("checked_at", Kind::Integer),
];
/// The column whose field counts, and the one that tells what was denied.
const SUBJECT: usize = 0;
const DISPOSITION: usize = 1;

/// A row, and what lists are to be asked about.
#[derive(Debug)]
pub struct Candidate {
    /// The row as it is to be written, without its end.
    pub text: Vec<u8>,
    /// The bytes that its column stands for.
    pub subject: Vec<u8>,
}

/// The columns of the input, and how many there are.
#[derive(Debug)]
pub struct Rows {
    columns: Columns,
    skip_denied: bool,
    /// A line has nothing but an address.
    bare: bool,
    width: Option<usize>,
}

impl Rows {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let (header, skip_denied) = (args.has("header"), args.has("skip-denied"));
        let column = args.value("column").map(OsStr::as_bytes);
        // where no option speaks of columns there is one; --skip-denied means those of a transaction
        let bare = column.is_none() && !header && !skip_denied;
        let columns = if header {
            let mut names = vec![match column {
                Some(column) => (column.into(), Wanted::NameOrNumber),
                None => ("ip".into(), Wanted::OnlyOrName),
            }];
            names.extend(skip_denied.then(|| ("disposition".into(), Wanted::NameOrNumber)));
            Columns::named(names)
        } else {
            let place = match column {
                None if skip_denied => TransactionColumn::Ip as usize,
                None => 0,
                Some(column) => number(column).ok_or_else(|| {
                    let subject = format!("--column={}", String::from_utf8_lossy(column));
                    Stop::usage(subject, "not a number, and a name needs --header")
                })?,
            };
            Columns::numbered(vec![place, TransactionColumn::Disposition as usize])
        };
        let columns = columns.copied(
            Copied { kind: |_| Kind::Text, added: &ADDED },
            "another header than the first",
        );
        Ok(Rows { columns, skip_denied, bare, width: None })
    }

    /// Is the line a header? Then the rows of its file are read by it. The first is written, with
    /// the columns that are added.
    pub fn take_header(&mut self, line: &Line<'_>, out: &mut Out) -> Result<bool, Stop> {
        if !self.columns.have_header() || line.number > 1 {
            return Ok(false);
        }
        self.columns.read_header(line, out)?;
        self.width = Some(tsv::fields(line.text).count());
        Ok(true)
    }

    /// Reads a row; `None` for an empty line or a comment among bare addresses.
    pub fn read(&mut self, line: &Line<'_>, out: &mut Out) -> Result<Option<Candidate>, Fault> {
        let mut text = line.without_cr();
        if self.bare {
            text = without_spaces(text);
            if text.is_empty() || text.starts_with(b"#") {
                return Ok(None);
            }
        }
        let fields: Vec<&[u8]> = tsv::fields(text).collect();
        if fields.len() != self.width(fields.len(), out) {
            let many = "more than one column, and no --column";
            return Err(Fault::Reject(if self.bare { many } else { "another number of columns" }));
        }
        let field = |column| self.columns.place(column).and_then(|place| fields.get(place));
        let subject = field(SUBJECT).ok_or(Fault::Reject("no such column"))?;
        if self.skip_denied {
            match field(DISPOSITION) {
                Some(disposition) if DENIED.contains(disposition) => {
                    return Err(Fault::Skip("denied by a list already"));
                }
                Some(_) => {}
                None => return Err(Fault::Reject("no disposition")),
            }
        }
        let text = normal(text.into(), &mut Vec::new()).bytes().to_vec();
        Ok(Some(Candidate { text, subject: tsv::unescape(subject).into_owned() }))
    }

    /// How many columns a row has. Without a header the first row says it, and numbers name them.
    fn width(&mut self, of_row: usize, out: &mut Out) -> usize {
        *self.width.get_or_insert_with(|| {
            let width = if self.bare { 1 } else { of_row };
            let numbers = (1..=width).map(|number| (number.to_string(), Kind::Text));
            let added = ADDED.map(|(name, kind)| (name.to_owned(), kind));
            out.name_columns(false, numbers.chain(added));
            width
        })
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
