//! How sums are shown: as rows, as the lines of a day file, or in day files.

use std::fs;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::bytes::json::{Described, Kind};
use common::bytes::tsv;
use common::filter::files::{self, Folder, Kept};
use common::filter::{Out, Stop, name_of};
use common::logs::day_file::{self, Line};
use common::rows::groups::Groups;
use common::time::Day;

use crate::sum::{self, KeyColumn, Sum};

/// The columns of the rows about day files.
const FILES: [Described<&str>; 4] = [
    ("file", Kind::Text),
    ("domains", Kind::Integer),
    ("messages", Kind::Integer),
    ("bytes", Kind::Integer),
];

/// What becomes of the sums.
#[derive(Debug)]
pub enum Report {
    /// Rows, after a header if one is wanted.
    Rows {
        /// Is one wanted?
        header: bool,
    },
    /// Lines of one day file.
    Lines(Kilobyte),
    /// A day file for each day.
    Files {
        /// In this folder.
        folder: PathBuf,
        /// With these kilobytes.
        kilobyte: Kilobyte,
        /// Is a header wanted above the rows about them?
        header: bool,
    },
}

/// How many bytes are a kilobyte.
#[derive(Clone, Copy, Debug)]
pub struct Kilobyte(pub u64);

impl Kilobyte {
    /// Kilobytes, rounded to nearest, half up.
    fn of(self, bytes: u64) -> u64 {
        bytes / self.0 + u64::from(bytes % self.0 >= self.0 / 2)
    }

    /// Appends the line of a domain, given as a field.
    fn line(self, domain: &[u8], sum: Sum, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let small = |number: u64| {
            let name = tsv::visible(domain);
            // traffic-load reads eighteen digits
            let fits = i64::try_from(number).ok().filter(|number| *number < 10_i64.pow(18));
            fits.ok_or_else(|| Stop::usage(name, "too much for a day file"))
        };
        if domain.is_empty() {
            return Err(Stop::usage("", "a domain is empty, which no day file can hold"));
        }
        let (kilobytes, hits_all) = (small(self.of(sum.bytes))?, small(sum.messages)?);
        Line { name: tsv::unescape(domain), kilobytes, hits_all, hits_html: 0 }.write(buffer);
        Ok(())
    }
}

impl Report {
    /// Finds out that the folder is missing before all the work, not after it.
    pub fn check(&self) -> Result<(), Stop> {
        match self {
            Report::Files { folder, .. } => {
                fs::read_dir(folder).map(drop).map_err(Stop::io(folder))
            }
            Report::Rows { .. } | Report::Lines(_) => Ok(()),
        }
    }

    /// The days that a sum can be of, if not all.
    pub fn days(&self) -> Option<RangeInclusive<Day>> {
        matches!(self, Report::Files { .. }).then_some(day_file::DAYS)
    }

    /// Shows sums by these columns, in the order of their keys.
    pub fn show(
        &self,
        columns: &[KeyColumn],
        groups: &Groups<Sum>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let mut groups = groups.sorted();
        match self {
            Report::Rows { header } => {
                out.name_columns(*header, sum::described(columns));
                for (key, sum) in groups {
                    out.row().as_written(key).number(sum.messages).number(sum.bytes).end();
                    out.flush_if_full()?;
                }
            }
            Report::Lines(kilobyte) => {
                for (domain, sum) in groups {
                    kilobyte.line(domain, *sum, out.buffer())?;
                    out.flush_if_full()?;
                }
            }
            Report::Files { folder, kilobyte, header } => {
                out.name_columns(*header, FILES);
                let day = |key| day_and_domain(columns, key)[0];
                groups.sort_unstable_by_key(|(key, _)| day_and_domain(columns, key));
                // all that can be wrong is found before the first file is touched
                let days = groups.chunk_by(|(one, _), (other, _)| day(one) == day(other));
                let files = days.map(|sums| DayFile::new(folder, sums, columns, *kilobyte));
                let files = files.collect::<Result<Vec<_>, _>>()?;
                let folder = Folder::open(folder).map_err(Stop::io(folder))?;
                for file in files {
                    file.write(&folder, out)?;
                }
            }
        }
        Ok(())
    }
}

/// The day and the domain of a key that has these two columns, in either order.
fn day_and_domain<'a>(columns: &[KeyColumn], key: &'a [u8]) -> [&'a [u8]; 2] {
    let mut fields = tsv::fields(key);
    let [first, second] = [(); 2].map(|()| fields.next().unwrap_or_default());
    if columns.starts_with(&[KeyColumn::Day]) { [first, second] } else { [second, first] }
}

/// A day file that is to be written.
struct DayFile {
    path: PathBuf,
    content: Vec<u8>,
    domains: usize,
    total: Sum,
}

impl DayFile {
    /// The file of a day of which these are the sums.
    fn new(
        folder: &Path,
        sums: &[(&[u8], &Sum)],
        columns: &[KeyColumn],
        kilobyte: Kilobyte,
    ) -> Result<Self, Stop> {
        let day = sums.first().and_then(|(key, _)| Day::parse(day_and_domain(columns, key)[0]));
        let path = folder.join(day.map(day_file::name).unwrap_or_default());
        let mut file =
            DayFile { path, content: Vec::new(), domains: sums.len(), total: Sum::default() };
        for (key, sum) in sums {
            kilobyte.line(day_and_domain(columns, key)[1], **sum, &mut file.content)?;
            let too_much = || Stop::usage(name_of(file.path.as_os_str()), sum::TOO_MUCH);
            file.total = file.total.plus(**sum).ok_or_else(too_much)?;
        }
        Ok(file)
    }

    /// Writes it in its folder, and a row about it.
    fn write(&self, folder: &Folder, out: &mut Out) -> Result<(), Stop> {
        Kept::open_in(folder, &self.path, files::WAIT)?.replace(&self.content, out)?;
        let mut row = out.row();
        row.field(self.path.as_os_str().as_bytes()).number(self.domains);
        row.number(self.total.messages).number(self.total.bytes).end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_are_rounded_once_half_up() {
        for (bytes, of_1024, of_1000) in [
            (0, 0, 0),
            (499, 0, 0),
            (500, 0, 1),
            (511, 0, 1),
            (512, 1, 1),
            (1499, 1, 1),
            (1500, 1, 2),
            (1535, 1, 2),
            (1536, 2, 2),
            (u64::MAX, 1 << 54, 18_446_744_073_709_552),
        ] {
            assert_eq!((Kilobyte(1024).of(bytes), Kilobyte(1000).of(bytes)), (of_1024, of_1000));
        }
    }
}
