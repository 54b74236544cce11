//! In what form the reports are written, and where.

use std::ffi::OsStr;
use std::path::PathBuf;

use common::filter::Stop;
use common::filter::cli::Args;
use common::time::Instant;

use crate::formats::letter::Letter;
use crate::opts::Whose;
use crate::scope::Account;

/// How tables are written.
#[derive(Clone, Debug)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a browser.
    Html,
    /// Pages for a browser, one for each domain, in a folder.
    Pages(PathBuf),
    /// For `sendmail -t`.
    Mail(Letter),
    /// A row for each cell.
    Tsv,
    /// The same for spreadsheets.
    Csv,
    /// The same as one document.
    Json,
    /// For Prometheus.
    Prometheus,
}

/// Makes a format of what the command line says.
type MakeFormat = fn(&Args, Instant) -> Result<Format, Stop>;

/// The formats by name.
pub const FORMATS: [(&str, MakeFormat); 7] = [
    ("text", |_, _| Ok(Format::Text)),
    ("html", |_, _| Ok(Format::Html)),
    ("mail", |args, now| Letter::new(args, now).map(Format::Mail)),
    ("tsv", |_, _| Ok(Format::Tsv)),
    ("csv", |_, _| Ok(Format::Csv)),
    ("json", |_, _| Ok(Format::Json)),
    ("prometheus", |_, _| Ok(Format::Prometheus)),
];

impl Format {
    fn new(args: &Args, whose: &Whose, now: Instant) -> Result<Self, Stop> {
        let of_name = |name: &[u8]| FORMATS.into_iter().find(|form| form.0.as_bytes() == name);
        let format = args.named("format", of_name).map(|(_, new)| new(args, now)).transpose()?;
        if let Some(folder) = args.value("out-dir") {
            return Self::pages(folder, args, whose, format.as_ref());
        }
        let of_mail = ["to", "from", "subject"].into_iter().find(|flag| args.has(flag));
        match (of_mail, format) {
            (Some("to"), None) => Ok(Format::Mail(Letter::new(args, now)?)),
            (Some(flag), None) => Err(Stop::usage(format!("--{flag}"), "needs --to")),
            (None, None) => Ok(Format::Text),
            (None, Some(format)) | (Some(_), Some(format @ Format::Mail(_))) => Ok(format),
            (Some(flag), Some(_)) => Err(Stop::usage(format!("--{flag}"), "only for a mail")),
        }
    }

    fn pages(
        folder: &OsStr,
        args: &Args,
        whose: &Whose,
        format: Option<&Format>,
    ) -> Result<Self, Stop> {
        if *whose != Whose::Each(Account::Domain) || !matches!(format, None | Some(Format::Html)) {
            return Err(Stop::usage("--out-dir", "only with --per=domain, and as HTML"));
        }
        let other = ["to", "from", "subject", "top"].into_iter().find(|flag| args.has(flag));
        match other {
            Some(flag) => Err(Stop::usage(format!("--{flag}"), "not with --out-dir")),
            None => Ok(Format::Pages(folder.into())),
        }
    }

    /// Do people read it?
    pub fn is_for_people(&self) -> bool {
        match self {
            Format::Text | Format::Html | Format::Pages(_) | Format::Mail(_) => true,
            Format::Tsv | Format::Csv | Format::Json | Format::Prometheus => false,
        }
    }
}

/// How the reports are written.
#[derive(Clone, Debug)]
pub struct Output {
    /// In what.
    pub format: Format,
    /// The columns are named first.
    pub header: bool,
    /// Nothing is said of what was left alone.
    pub is_quiet: bool,
    /// When that is.
    pub now: Instant,
}

impl Output {
    /// Reads the arguments.
    pub fn new(args: &Args, whose: &Whose, now: Instant) -> Result<Self, Stop> {
        Ok(Output {
            format: Format::new(args, whose, now)?,
            header: args.has("header"),
            is_quiet: args.has("quiet"),
            now,
        })
    }
}
