//! Converts TAI64N labels to local time: a drop-in for the program of the same name in daemontools
//! that passes on the lines of which the original dies.

use std::ffi::OsString;

use common::filter::cli::{Args, Flag, Spec};
use common::filter::{Input, Out, Stop};

mod batch;
mod convert;

use convert::Converter;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "tai64nlocal",
    about: "Converts TAI64N labels at the start of lines to local time.",
    operands: "[FILE ...]",
    flags: &[
        Flag::switch('u', "utc", "write UTC"),
        Flag::value('f', "format", "local|iso|unix", "form of the time (default: local)"),
        Flag::switch('a', "anywhere", "convert labels anywhere in a line"),
        Flag::switch('s', "s6", "labels are those of s6-log, with leap seconds"),
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    utc: bool,
    form: Form,
    anywhere: bool,
    s6: bool,
    files: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Local,
    Iso,
    Unix,
}

impl Opts {
    /// Reads the arguments; all their errors are found by now.
    pub fn new(args: &Args) -> Self {
        let form = match args.choice("format") {
            "iso" => Form::Iso,
            "unix" => Form::Unix,
            _ => Form::Local,
        };
        Opts {
            utc: args.has("utc"),
            form,
            anywhere: args.has("anywhere"),
            s6: args.has("s6"),
            files: args.operands.clone(),
        }
    }
}

/// Copies the input to `out`, with its labels converted.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    let mut converter = Converter::new(opts);
    let mut text = Vec::new();
    Input::new(&opts.files).for_each_block(out, |block, out| {
        if opts.anywhere {
            converter.convert_anywhere(block.text(), out.buffer());
            return Ok(());
        }
        let length = converter.convert_starts(block.text(), &mut text);
        out.write(&text[..length])
    })
}
