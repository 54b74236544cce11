//! Lists the mails of Maildirs with the address that each was received from, which is believed to
//! our own mail server only.

mod client;
mod header;
mod hop;
mod maildir;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use common::filter::cli::{Args, Flag, HEADER, JSON, QUIET, Spec, TIME};
use common::filter::{Out, Stop, counted, name_of, reason};
use common::rows::TimeColumn;
use common::rows::names::FileNames;
use common::rows::schema::{Column, ReceivedColumn, described};
use common::time::{Instant, Stamp, Zone, window};

use header::{NO_CLIENT, Origin};
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
        Flag { help: "the first row names columns, in and out", ..HEADER },
        JSON,
        TIME,
        Flag::switch('z', "null", "stdin is names that end in NUL, not rows"),
        Flag { help: "do not report mails without an address", ..QUIET },
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
    quiet: bool,
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
            quiet: args.has("quiet"),
        })
    }
}

/// Writes a row for every mail of the Maildirs.
pub fn run(opts: &Opts, out: &mut Out) -> Result<(), Stop> {
    out.name_columns(opts.header, described(ReceivedColumn::ALL));
    let mut mails = Mails::of(opts.period);
    opts.names.for_each(out, |name, out| {
        mails.find_below(Path::new(name), out);
        Ok(())
    })?;
    mails.sort();
    let mut time = TimeColumn::named(&opts.time);
    let mut sum = Sum::default();
    for mail in mails.iter() {
        match mails.read(mail) {
            Ok(Read::Header(path, header)) => {
                let origin = header::read(&header, &opts.hosts);
                sum.add(&path, &origin);
                row(&Mail { path, ..*mail }, &origin, &mut time, out);
            }
            Ok(Read::Again) => {}
            Ok(Read::Gone) => out.note(name_of(&mail.path), "gone before it was read"),
            Err(error) => out.complain(name_of(&mail.path), reason(&error)),
        }
        out.flush_if_full()?;
    }
    sum.tell(opts.quiet, out);
    Ok(())
}

/// How many mails have an address.
#[derive(Debug, Default)]
struct Sum {
    with: u64,
    without: u64,
    /// The first without an address, and the first with a field that tells nothing; and why.
    first: Option<(String, &'static str)>,
    first_untold: Option<(String, &'static str)>,
}

impl Sum {
    fn add(&mut self, path: &OsStr, origin: &Origin) {
        let Err(why) = origin.client else {
            self.with += 1;
            return;
        };
        self.without += 1;
        let first = if why == NO_CLIENT { &mut self.first } else { &mut self.first_untold };
        first.get_or_insert_with(|| (name_of(path), why));
    }

    /// Says how many have none, and why the first has none; an answer without any address is never
    /// silent, but for mails of this host alone.
    fn tell(self, quiet: bool, out: &mut Out) {
        let Sum { with, without, first, first_untold } = self;
        let quiet = quiet && (with > 0 || first_untold.is_none());
        if let Some((path, why)) = first_untold.or(first).filter(|_| !quiet) {
            let all = counted(with + without, "mail");
            let sum = format!("{all} = {with} with an address + {without} without");
            out.note(path, format!("{why}; {sum}"));
        }
    }
}

fn row(mail: &Mail, origin: &Origin, time: &mut TimeColumn, out: &mut Out) {
    let seconds = mail.seconds.to_string();
    let mut row = out.row();
    row.field(mail.path.as_bytes());
    if time.write(Stamp::whole(seconds.as_bytes()), &mut row).is_err() {
        row.field(seconds.as_bytes());
    }
    match &origin.client {
        Ok(client) => row.field(client.ip.to_string().as_bytes()),
        Err(_) => row.field(b""),
    };
    let words = origin.client.as_ref().map(|it| [&it.helo, &it.host, &it.by]);
    for word in words.map_or([&b""[..]; 3], |words| words.map(Vec::as_slice)) {
        row.field(word);
    }
    row.field(&origin.sender);
    row.end();
}
