//! The files that a tool is to work on, by name: as operands, or as rows on standard input.
//!
//! So the rows that one tool writes about files are the input of the next.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::bytes::tsv;
use crate::filter::cli::Args;
use crate::filter::{Input, Out, Stop};
use crate::rows::columns::{Columns, Wanted};

/// The operands and, for `-` or without operands, the names on standard input: column 1 of rows,
/// with `--header` the one that is called `file` or `path`, with `--null` as they are and ended by
/// NUL.
#[derive(Debug)]
pub struct FileNames {
    operands: Vec<OsString>,
    header: bool,
    null: bool,
}

impl FileNames {
    /// The names of the command line of a tool that has the flags `header` and `null`.
    pub fn new(args: &Args) -> Self {
        let (header, null) = (args.has("header"), args.has("null"));
        FileNames { operands: args.operands.clone(), header, null }
    }

    /// Hands every name to `each`, in order, and shows progress.
    pub fn for_each<F>(&self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(&OsStr, &mut Out) -> Result<(), Stop>,
    {
        let (mut done, all) = (0, self.operands.len());
        let mut each = |name: &OsStr, out: &mut Out| {
            let each = each(name, out);
            done += 1;
            out.progress(|_| match all {
                0 => format!("file {done}"),
                _ => format!("file {done} of {all}"),
            });
            each
        };
        if self.operands.is_empty() {
            return self.on_stdin(out, &mut each);
        }
        for operand in &self.operands {
            match operand {
                dash if dash == "-" => self.on_stdin(out, &mut each)?,
                name => each(name, out)?,
            }
        }
        Ok(())
    }

    fn on_stdin<F>(&self, out: &mut Out, each: &mut F) -> Result<(), Stop>
    where
        F: FnMut(&OsStr, &mut Out) -> Result<(), Stop>,
    {
        let (mut input, mut columns) = (Input::new(&[]), Columns::numbered(vec![0]));
        if self.null {
            input = input.ended_by_nul();
        } else if self.header {
            let names = ["file", "path"].map(|name| (name.into(), Wanted::Optional));
            columns = Columns::named(names.into());
        }
        let mut place = 0;
        input.for_each_line(out, |line, out| {
            if columns.have_header() && line.number == 1 {
                columns.read_header(&line, out)?;
                let named = [0, 1].into_iter().filter_map(|column| columns.place(column)).min();
                let what = "the header names no column file or path";
                place = named.ok_or_else(|| Stop::usage(line.place(), what))?;
                return Ok(());
            }
            let (name, whole) = if self.null {
                (line.text.into(), line.ended)
            } else {
                let mut fields = tsv::fields(line.text).skip(place);
                let name = tsv::unescape(fields.next().unwrap_or_default());
                (name, line.ended || fields.next().is_some())
            };
            if !whole {
                // its writer may have died in the middle of it, and the half may name another file
                out.complain(
                    line.place(),
                    "the name does not end in a newline; it may be cut short",
                );
            } else if name.is_empty() {
                out.complain(line.place(), "the name is empty");
            } else {
                each(OsStr::from_bytes(&name), out)?;
            }
            Ok(())
        })
    }
}
