//! Lists the mails of Maildirs with the address that each was received from, which is believed to
//! our own mail server only.

mod header;
mod hop;
mod maildir;

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use common::filter::cli::{Args, Flag, HEADER, Spec, TIME};
use common::filter::{Out, Stop, name_of, reason};
use common::rows::TimeColumn;
use common::rows::names::FileNames;
use common::rows::schema::{Column, ReceivedColumn, names};
use common::time::{Instant, Stamp, Zone, window};

use header::Origin;
use maildir::{Mail, Mails, Period, Read};

/// The command line.
pub static SPEC: Spec = Spec {
    name: "maildir-received",
    about: "Lists the mails of Maildirs with the address that each was received from.",
    operands: "[DIR ...]",
    flags: &[
        Flag::long_value("since", "TIME", "only mails delivered at this time or later"),
        Flag::long_value("until", "TIME", "only mails delivered before this time"),
        Flag::long_value("host", "NAME", "believe this host, no other; may be repeated"),
        Flag { help: "the columns are named first, in and out", ..HEADER },
        TIME,
        Flag::switch('z', "null", "names on stdin end in NUL and are no rows"),
    ],
};

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    period: Period,
    hosts: Vec<Vec<u8>>,
    header: bool,
    time: String,
    names: FileNames,
}

impl Opts {
    /// Reads the arguments; all their errors are found by now.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let (now, mut zone) = (Instant::now(), Zone::local());
        let mut seconds = |flag| {
            let found =
                args.parsed(flag, window::EXPECTED, |text| window::moment(text, now, &mut zone))?;
            Ok::<_, Stop>(found.map(|moment| moment.seconds))
        };
        Ok(Opts {
            period: Period { since: seconds("since")?, until: seconds("until")? },
            hosts: args.values("host").map(|name| name.as_bytes().to_vec()).collect(),
            header: args.has("header"),
            time: args.choice("time").to_owned(),
            names: FileNames::new(args),
        })
    }
}

/// Writes a row for every mail of the Maildirs.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    if opts.header {
        out.header(&names(ReceivedColumn::ALL));
    }
    let mut mails = Mails::of(opts.period);
    opts.names.for_each(out, |name, out| {
        mails.find_below(Path::new(name), out);
        Ok(())
    })?;
    mails.sort();
    let mut time = TimeColumn::named(&opts.time);
    for mail in mails.iter() {
        match mails.read(mail) {
            Ok(Read::Header(path, header)) => {
                let origin = header::read(&header, &opts.hosts);
                row(&Mail { path, ..*mail }, &origin, &mut time, out);
            }
            Ok(Read::Again) => {}
            Ok(Read::Gone) => out.note(name_of(&mail.path), "gone before it was read"),
            Err(error) => out.complain(name_of(&mail.path), reason(&error)),
        }
        out.flush_if_full()?;
    }
    Ok(())
}

fn row(mail: &Mail, origin: &Origin, time: &mut TimeColumn, out: &mut Out) {
    let seconds = mail.seconds.to_string();
    let mut row = out.row();
    row.field(mail.path.as_bytes());
    if time.write(Stamp::whole(seconds.as_bytes()), &mut row).is_err() {
        row.field(seconds.as_bytes());
    }
    let client = origin.client.as_ref();
    let ip = client.map_or(String::new(), |client| client.ip.to_string());
    row.field(ip.as_bytes());
    row.field(client.map_or(b"", |client| &client.helo));
    row.field(client.map_or(b"", |client| &client.host));
    row.field(client.map_or(b"", |client| &client.by));
    row.field(&origin.sender);
    row.end();
}
