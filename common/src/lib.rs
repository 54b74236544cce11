//! What the tools of maillog-tools share: the way in, the way out, and the formats between.
//!
//! Data flows one way through a tool:
//!
//! ```text
//! operands, stdin     filter::Input    whole lines, with file and number for messages
//!   -> a parser       logs, rows       what a line says, or the fault that it has
//!   -> a row          bytes::tsv       the one writer of fields
//!   -> stdout         filter::Out      flushed exactly before a read may block
//! ```
//!
//! The house has six floors. A module uses only what stands above it in this list, and no two
//! files use each other:
//!
//! | floor | what it knows |
//! |---|---|
//! | [`bytes`] | where a byte stands in a block; the TSV dialect: fields and their escapes; regular files |
//! | [`time`] | labels, stamps, zones, days, windows of time |
//! | [`filter`] | the command line, input, output, messages, the ledger of lines, safe files |
//! | [`rows`] | the columns of each row type; rows as input; sums by key; the time column |
//! | [`multilog`] | the lines of log directories, through their rotations |
//! | [`logs`] | what the lines of each log say |
//!
//! A tool is `SPEC` (its command line), `Opts` (what was asked, as data) and `run` (what it does);
//! `main` joins them. The smallest tool to read first is qmstat-parse.

pub mod bytes;
pub mod filter;
pub mod logs;
pub mod multilog;
pub mod rows;
pub mod time;
