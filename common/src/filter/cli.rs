//! The command line: one static [`Spec`] per tool feeds parsing, `--help`, the usage errors and,
//! through `--help`, the completions and the check of the man page.

mod flag;

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use bstr::ByteSlice;

use crate::filter::out::Out;
use crate::filter::stop::Stop;

pub use flag::Flag;

/// What a tool is called, does, takes and accepts.
#[derive(Debug)]
pub struct Spec {
    /// The name of the binary.
    pub name: &'static str,
    /// One sentence for the second line of `--help`.
    pub about: &'static str,
    /// What the operands are, as the usage line shows it; `[FILE ...]` for most.
    pub operands: &'static str,
    /// The flags, in the order of `--help` and of the man page. `-h` and `-V` are understood by
    /// every tool and not listed.
    pub flags: &'static [Flag],
}

/// `-H`: the first row names the columns.
pub const HEADER: Flag = Flag::switch('H', "header", "write the names of the columns first");
/// `--json`: rows are written as JSON objects.
pub const JSON: Flag = Flag::long("json", "write rows as JSON objects");
/// `-f`: which columns of a row are written.
pub const FIELDS: Flag = Flag::value('f', "fields", "COL,...", "only these columns, in this order");
/// `--time`: the form of the time column.
pub const TIME: Flag =
    Flag::long_value("time", "unix|utc|local|label", "form of times (default: as logged)");
/// `--year`: the year of dates that name none.
pub const YEAR: Flag = Flag::long_value("year", "YYYY", "the year of the first date without one");
/// `--bytes`: a range of one file, which many processes read together.
pub const BYTES: Flag =
    Flag::long_value("bytes", "LO-HI", "lines that begin in these bytes of FILE");
/// `--rejects`: where broken records are kept.
pub const REJECTS: Flag = Flag::long_value("rejects", "FILE", "keep broken records in FILE");
/// `--strict`: broken records are a failure.
pub const STRICT: Flag = Flag::long("strict", "exit 1 if a record was broken");
/// `--state-from`: the state of an earlier run, where it is not the file that is replaced.
pub const STATE_FROM: Flag =
    Flag::long_value("state-from", "FILE", "begin with what FILE holds; do not change it");
/// `--lenient`: broken rows of sums are left out.
pub const LENIENT: Flag = Flag::long("lenient", "leave out broken rows of sums");
/// `-q`: no notices.
pub const QUIET: Flag = Flag::switch('q', "quiet", "do not report skipped lines");

impl Spec {
    /// The text of `--help`: usage, one sentence, a line per flag.
    pub fn help(&self) -> String {
        let mut usage = format!("usage: {} [OPTION ...]", self.name);
        for flag in self.flags.iter().filter(|flag| flag.required) {
            usage = format!("{usage} {}", flag.spelled());
        }
        if !self.operands.is_empty() {
            usage = format!("{usage} {}", self.operands);
        }
        let always = [
            Flag::switch('h', "help", "print this and exit"),
            Flag::switch('V', "version", "print the version and exit"),
        ];
        let flags = || self.flags.iter().chain(&always);
        let width = flags().map(|flag| flag.spelled().len()).max().unwrap_or(0);
        let mut text = format!("{usage}\n{}\n", self.about);
        for flag in flags() {
            let short = flag.short.map_or("   ".into(), |letter| format!("-{letter},"));
            // writing to a String cannot fail
            let _ = writeln!(text, "  {short} {:width$}  {}", flag.spelled(), flag.help);
        }
        text
    }

    /// Reads the arguments after the program's name.
    ///
    /// `-h` and `-V` win over any error elsewhere on the line; otherwise the first error counts.
    pub fn parse(
        &'static self,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Args, Stop> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut taken = Args { spec: self, given: Vec::new(), operands: Vec::new() };
        let mut error = None;
        loop {
            let outcome = match parser.next() {
                Ok(None) => break,
                Ok(Some(argument)) => taken.take(argument.into(), &mut parser),
                Err(lexopt::Error::UnexpectedValue { option, .. }) => {
                    Err(Stop::usage(option, "takes no value"))
                }
                Err(other) => Err(Stop::usage("", other)),
            };
            match outcome {
                Err(stop @ Stop::Show(_)) => return Err(stop),
                Err(stop) => error = error.or(Some(stop)),
                Ok(()) => {}
            }
        }
        if let Some(missing) = self.flags.iter().find(|flag| flag.required && !taken.has(flag.long))
        {
            error = error.or(Some(Stop::usage(missing.spelled(), "is required")));
        }
        error.map_or(Ok(taken), Err)
    }

    fn find(&self, name: &Name) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| match name {
            Name::Short(letter) => flag.short == Some(*letter),
            Name::Long(long) => flag.long == long,
            Name::Operand(_) => false,
        })
    }
}

/// One argument, free of the parser's borrow.
enum Name {
    Short(char),
    Long(String),
    Operand(OsString),
}

impl From<lexopt::Arg<'_>> for Name {
    fn from(argument: lexopt::Arg<'_>) -> Self {
        match argument {
            lexopt::Arg::Short(letter) => Name::Short(letter),
            lexopt::Arg::Long(long) => Name::Long(long.to_owned()),
            lexopt::Arg::Value(value) => Name::Operand(value),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Short(letter) => write!(f, "-{letter}"),
            Name::Long(long) => write!(f, "--{long}"),
            Name::Operand(value) => write!(f, "{}", value.as_bytes().as_bstr()),
        }
    }
}

/// What was typed: the flags in order, and the operands.
#[derive(Debug)]
pub struct Args {
    spec: &'static Spec,
    given: Vec<(&'static str, OsString)>,
    /// Everything that is not a flag.
    pub operands: Vec<OsString>,
}

impl Args {
    fn take(&mut self, name: Name, parser: &mut lexopt::Parser) -> Result<(), Stop> {
        match (self.spec.find(&name), name) {
            (None, Name::Operand(value)) => self.operands.push(value),
            (None, Name::Short('h')) => return Err(Stop::Show(self.spec.help())),
            (None, Name::Long(long)) if long == "help" => return Err(Stop::Show(self.spec.help())),
            (None, Name::Short('V')) => return Err(Stop::Show(self.version())),
            (None, Name::Long(long)) if long == "version" => {
                return Err(Stop::Show(self.version()));
            }
            (None, unknown) => {
                parser.optional_value();
                return Err(Stop::usage(unknown, "unknown option"));
            }
            (Some(flag), name) => {
                let mut value = OsString::new();
                if flag.value.is_some() {
                    value = parser.value().map_err(|_| Stop::usage(name, "a value is missing"))?;
                }
                if let Some(why) = flag.refuses(value.as_bytes()) {
                    let value = value.as_bytes().as_bstr();
                    return Err(Stop::usage(format!("--{}={value}", flag.long), why));
                }
                self.given.push((flag.long, value));
            }
        }
        Ok(())
    }

    fn version(&self) -> String {
        format!("{} (maillog-tools) {}\n", self.spec.name, env!("CARGO_PKG_VERSION"))
    }

    /// Was the flag given?
    pub fn has(&self, long: &str) -> bool {
        self.values(long).next().is_some()
    }

    /// The value of a flag; where it was given several times, the last.
    pub fn value(&self, long: &str) -> Option<&OsStr> {
        self.values(long).last()
    }

    /// All values of a flag that may be given several times.
    pub fn values(&self, long: &str) -> impl Iterator<Item = &OsStr> + use<'_> {
        let flag = self.spec.flags.iter().find(|flag| flag.long == long).map(|flag| flag.long);
        debug_assert!(flag.is_some(), "{long}: not in SPEC");
        self.given
            .iter()
            .filter(move |(name, _)| Some(*name) == flag)
            .map(|(_, value)| value.as_os_str())
    }

    /// The values of all flags but one: those that name files are among them.
    pub fn values_but(&self, long: &'static str) -> impl Iterator<Item = &OsStr> {
        self.given.iter().filter(move |(name, _)| *name != long).map(|(_, value)| value.as_os_str())
    }

    /// The value of a flag whose legal values its [`Flag`] lists; empty where it was not given.
    pub fn choice(&self, long: &str) -> &str {
        self.value(long).and_then(OsStr::to_str).unwrap_or_default()
    }

    /// What the value of such a flag stands for, given by its word.
    pub fn named<T>(&self, long: &str, named: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        self.value(long).map(OsStr::as_bytes).and_then(named)
    }

    /// The value of a flag, read by `read`; a usage error that says `what` was expected otherwise.
    pub fn parsed<T>(
        &self,
        long: &str,
        what: &str,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Stop> {
        let Some(value) = self.value(long).map(OsStr::as_bytes) else { return Ok(None) };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => {
                Err(Stop::usage(format!("--{long}={}", value.as_bstr()), format!("not {what}")))
            }
        }
    }
}

/// The whole of a tool's `main`: reads the command line, runs the tool, reports how it ended.
pub fn main(
    spec: &'static Spec,
    run: impl FnOnce(&Args, &mut Out) -> Result<(), Stop>,
) -> ExitCode {
    let mut out = Out::stdout(spec.name);
    let end = spec.parse(std::env::args_os().skip(1)).and_then(|args| {
        if args.given.iter().any(|(flag, _)| *flag == JSON.long) {
            out.write_json();
        }
        run(&args, &mut out)
    });
    out.finish(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    static SPEC: Spec = Spec {
        name: "probe",
        about: "Probes.",
        operands: "[FILE ...]",
        flags: &[
            Flag::switch('u', "utc", "in UTC"),
            HEADER,
            Flag::value('f', "format", "local|iso", "form"),
            Flag::long_value("keep", "DAYS", "days"),
            Flag::long_value("by", "COL,...", "columns").of(|| vec!["day", "hour"]),
            Flag::long_value("print", "WHAT", "what").of(|| vec!["metrics"]),
        ],
    };

    fn parse(line: &str) -> Result<Args, Stop> {
        SPEC.parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn clusters_and_operands_in_any_order() {
        let args = parse("a -uHfiso b -- -u").unwrap();
        assert!(args.has("utc") && args.has("header"));
        assert_eq!(args.choice("format"), "iso");
        assert_eq!(args.operands, ["a", "b", "-u"]);
    }

    #[test]
    fn the_last_value_wins_and_all_are_kept() {
        let args = parse("--keep=1 --keep 2").unwrap();
        assert_eq!(args.value("keep").unwrap(), "2");
        assert_eq!(args.values("keep").count(), 2);
    }

    #[test]
    fn help_and_version_win_over_errors() {
        for line in ["--nonsense -h", "-h --nonsense", "--format=x --help", "--keep= -u -h"] {
            assert!(
                matches!(parse(line), Err(Stop::Show(text)) if text.starts_with("usage: ")),
                "{line}"
            );
        }
        assert!(
            matches!(parse("-x -V"), Err(Stop::Show(text)) if text.starts_with("probe (maillog-tools) "))
        );
        assert!(parse("-- -h").is_ok());
    }

    #[test]
    fn words_and_lists_of_them_are_values() {
        let args = parse("--by hour,day,hour --print=metrics").unwrap();
        assert_eq!(args.choice("by"), "hour,day,hour");
    }

    #[test]
    fn errors_name_the_flag() {
        let message = |line| match parse(line) {
            Err(Stop::Usage(subject, what)) => format!("{subject}: {what}"),
            _ => panic!("{line} was accepted"),
        };
        assert_eq!(message("--nope"), "--nope: unknown option");
        assert_eq!(message("-x"), "-x: unknown option");
        assert_eq!(message("--format=xml"), "--format=xml: not one of local, iso");
        assert_eq!(message("--by=hour,week"), "--by=hour,week: 'week' is not one of day, hour");
        assert_eq!(message("--by="), "--by=: '' is not one of day, hour");
        assert_eq!(message("--print=rows"), "--print=rows: not metrics");
        assert_eq!(message("--keep"), "--keep: a value is missing");
        assert_eq!(message("--utc=1"), "--utc: takes no value");
    }
}
