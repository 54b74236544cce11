//! Why a line gives no record: the one thing that a parser says besides the record.

/// Why a line gives no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no record of the kind that the tool reads; why not.
    Skip(&'static str),
    /// The same, but it looks like a record behind a head that is not known; `--quiet` does not
    /// silence that.
    UnknownHead(&'static str),
    /// It looks like a record, but is broken; why.
    Reject(&'static str),
}
