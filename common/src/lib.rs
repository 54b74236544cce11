//! What the tools of maillog-tools share: the way in, the way out, and the formats between.
//!
//! Data flows one way through a tool:
//!
//! ```text
//! operands, stdin        io::Input       whole lines, with file and number for messages
//!   -> a parser          time, ...       what a line says
//!   -> a row             tsv             the one writer of fields
//!   -> stdout            io::Out         flushed exactly before a read may block
//! ```
//!
//! | module | knows |
//! |---|---|
//! | [`cli`] | the command line, from one static `Spec` per tool |
//! | [`io`] | input as lines, output in blocks, complaints, the exit status |
//! | [`account`] | what became of each line: used, skipped or rejected |
//! | [`stop`] | the one error type |
//! | [`files`] | replacing a file so that it survives a kill; locks |
//! | [`scan`] | where the line ends are |
//! | [`columns`] | the rows of the input, and where their fields are |
//! | [`schema`] | the columns of each row type |
//! | [`tsv`] | the TSV dialect: rows, escapes |
//! | [`time`] | TAI64N labels, stamps, local time, days |
//! | [`qmail_send`] | what the lines of qmail-send's log say |
//! | [`logterse`] | the records of qpsmtpd's plugin logterse |
//! | [`qpsmtpd`] | the events of qpsmtpd's log, and which belong together |
//! | [`dayfile`] | H-Sphere's day files: names and lines |
//! | [`mailstat`] | H-Sphere's stats log |
//! | [`multilog`] | the lines of log directories, through their rotations |
//! | [`names`] | file names as input |
//! | [`address`] | the domain that an address belongs to |
//! | [`group`] | sums by key |
//!
//! The smallest tool to read first is tai64nlocal.

pub mod account;
pub mod address;
pub mod cli;
pub mod columns;
pub mod dayfile;
pub mod files;
pub mod group;
pub mod io;
pub mod logterse;
pub mod mailstat;
pub mod multilog;
pub mod names;
pub mod qmail_send;
pub mod qpsmtpd;
pub mod scan;
pub mod schema;
pub mod stop;
pub mod time;
pub mod tsv;
