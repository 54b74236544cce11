//! Which columns of the input are the groups, and which are summed.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use common::bytes::json::{Described, Kind};
use common::bytes::tsv;
use common::filter::Stop;
use common::filter::cli::Args;
use common::rows::columns::{self, Columns, Wanted};

/// The columns of the command line, as it calls them.
#[derive(Debug)]
pub struct Request {
    /// The columns whose values make a group.
    pub groups: Vec<Vec<u8>>,
    /// The columns that are summed.
    pub sums: Vec<Vec<u8>>,
    /// They are names, and otherwise numbers.
    pub header: bool,
    /// The input is output of tally: a count, then these columns.
    pub merge: bool,
}

impl Request {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let (groups, sums) = (list(args, "group")?, list(args, "sum")?);
        Ok(Request { groups, sums, header: args.has("header"), merge: args.has("merge") })
    }

    /// How they are found in the input: the groups, the sums and, to merge, the count.
    pub fn columns(&self) -> Columns {
        let all = self.groups.iter().chain(&self.sums);
        if self.merge {
            let places = (1..=all.count()).chain([0]).collect();
            let columns = Columns::numbered(places);
            let differs = "not the header that tally writes for --merge";
            let names: Vec<&[u8]> = self.described().map(|(name, _)| name).collect();
            return if self.header { columns.under(names.join(&b'\t'), differs) } else { columns };
        }
        if self.header {
            return Columns::named(all.map(|name| (name.clone(), Wanted::Needed)).collect());
        }
        Columns::numbered(all.filter_map(|name| columns::number(name)).collect())
    }

    /// The columns of the output, called as the command line calls them.
    pub fn described(&self) -> impl Iterator<Item = Described<&[u8]>> {
        let groups = self.groups.iter().map(|name| (name.as_slice(), Kind::Text));
        let sums = self.sums.iter().map(|name| (name.as_slice(), Kind::Integer));
        [(&b"count"[..], Kind::Integer)].into_iter().chain(groups).chain(sums)
    }
}

/// The columns that a flag lists: names if the input has a header, numbers otherwise.
fn list(args: &Args, flag: &str) -> Result<Vec<Vec<u8>>, Stop> {
    let Some(list) = args.value(flag).map(OsStr::as_bytes) else { return Ok(Vec::new()) };
    let wrong = |what| Err(Stop::usage(format!("--{flag}={}", tsv::visible(list)), what));
    let names: Vec<Vec<u8>> = list.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
    let mut known = HashSet::new();
    if names.iter().any(|name| name.is_empty() || !known.insert(name.as_slice())) {
        return wrong("not a list of different columns");
    }
    if !args.has("header") && names.iter().any(|name| columns::number(name).is_none()) {
        return wrong("not numbers of columns; names need --header");
    }
    Ok(names)
}
