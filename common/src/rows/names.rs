//! The files that a tool is to work on, by name: as operands, or as rows on standard input.
//!
//! So the rows that one tool writes about files are the input of the next.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::bytes::tsv;
use crate::filter::cli::Args;
use crate::filter::{Input, Out, Stop};

/// How names stand on standard input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// In column 1 of rows; or, where the first row names the columns, in the one that is called
    /// `file` or `path`.
    Rows {
        /// Does it?
        header: bool,
    },
    /// As they are, with a NUL after each.
    Nul,
}

impl Form {
    /// The form that the flags `null` and `header` ask for, of a tool that has both.
    pub fn of(args: &Args) -> Self {
        if args.has("null") { Form::Nul } else { Form::Rows { header: args.has("header") } }
    }
}

/// Hands every name to `each`: the operands as they stand and, for `-` or without operands, those
/// on standard input.
pub fn for_each<F>(
    operands: &[OsString],
    form: Form,
    out: &mut Out,
    mut each: F,
) -> Result<(), Stop>
where
    F: FnMut(&OsStr, &mut Out) -> Result<(), Stop>,
{
    if operands.is_empty() {
        return from_stdin(form, out, &mut each);
    }
    for operand in operands {
        match operand {
            dash if dash == "-" => from_stdin(form, out, &mut each)?,
            name => each(name, out)?,
        }
    }
    Ok(())
}

fn from_stdin<F>(form: Form, out: &mut Out, each: &mut F) -> Result<(), Stop>
where
    F: FnMut(&OsStr, &mut Out) -> Result<(), Stop>,
{
    let mut input = Input::new(&[]);
    if form == Form::Nul {
        input = input.ended_by_nul();
    }
    let mut column = 0;
    input.for_each_line(out, |line, out| {
        if line.number == 1 && form == (Form::Rows { header: true }) {
            let named =
                tsv::fields(line.without_cr()).position(|name| matches!(name, b"file" | b"path"));
            let what = "the header names no column file or path";
            column = named.ok_or_else(|| Stop::usage(line.place(), what))?;
            return Ok(());
        }
        let (name, whole) = if form == Form::Nul {
            (line.text.into(), line.ended)
        } else {
            let mut fields = tsv::fields(line.text).skip(column);
            let name = tsv::unescape(fields.next().unwrap_or_default());
            (name, line.ended || fields.next().is_some())
        };
        if !whole {
            // its writer may have died in the middle of it, and the half may name another file
            out.complain(line.place(), "the name has no end; it may be cut short");
        } else if name.is_empty() {
            out.complain(line.place(), "the name is empty");
        } else {
            each(OsStr::from_bytes(&name), out)?;
        }
        Ok(())
    })
}
