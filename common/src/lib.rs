//! What the tools of maillog-tools share.
pub mod address;
pub mod cli;
pub mod dayfile;
pub mod files;
pub mod group;
pub mod io;
pub mod stop;
pub mod tsv;
