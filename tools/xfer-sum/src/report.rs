//! How sums are shown: as rows, as the lines of a day file, or in day files.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::dayfile::{self, Line};
use common::files;
use common::group::Groups;
use common::io::{Out, name_of};
use common::stop::Stop;
use common::time::Day;
use common::tsv;

use crate::key::Column;
use crate::sum::{self, Sum};

/// The columns of the rows about day files.
const FILES: [&str; 4] = ["file", "domains", "messages", "bytes"];

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
            i64::try_from(number).map_err(|_| Stop::usage(name, "too much for a day file"))
        };
        let (kilobytes, hits_all) = (small(self.of(sum.bytes))?, small(sum.messages)?);
        Line { name: tsv::unescape(domain), kilobytes, hits_all, hits_html: 0 }.write(buffer);
        Ok(())
    }
}

impl Report {
    /// Shows sums by these columns, in the order of their keys.
    pub fn show(
        &self,
        columns: &[Column],
        groups: &Groups<Sum>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let mut groups = groups.sorted();
        match self {
            Report::Rows { header } => {
                if *header {
                    out.header(&sum::names(columns));
                }
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
                if *header {
                    out.header(&FILES);
                }
                let day = |key| day_and_domain(columns, key)[0];
                groups.sort_unstable_by_key(|(key, _)| day_and_domain(columns, key));
                for of_a_day in groups.chunk_by(|(one, _), (other, _)| day(one) == day(other)) {
                    write_file(folder, of_a_day, columns, *kilobyte, out)?;
                }
            }
        }
        Ok(())
    }
}

/// The day and the domain of a key that has these two columns, in either order.
fn day_and_domain<'a>(columns: &[Column], key: &'a [u8]) -> [&'a [u8]; 2] {
    let mut fields = tsv::fields(key);
    let [first, second] = [(); 2].map(|()| fields.next().unwrap_or_default());
    if columns.starts_with(&[Column::Day]) { [first, second] } else { [second, first] }
}

/// Writes the file of a day, of which these are the sums, and a row about it.
fn write_file(
    folder: &Path,
    sums: &[(&[u8], &Sum)],
    columns: &[Column],
    kilobyte: Kilobyte,
    out: &mut Out,
) -> Result<(), Stop> {
    let Some(day) = sums.first().and_then(|(key, _)| Day::parse(day_and_domain(columns, key)[0]))
    else {
        return Ok(());
    };
    let path = folder.join(dayfile::name(day));
    let (mut content, mut total) = (Vec::new(), Sum::default());
    for (key, sum) in sums {
        kilobyte.line(day_and_domain(columns, key)[1], **sum, &mut content)?;
        let too_much = || Stop::usage(name_of(path.as_os_str()), sum::TOO_MUCH);
        total = total.plus(**sum).ok_or_else(too_much)?;
    }
    files::replace(&path, &content)?;
    let mut row = out.row();
    row.field(path.as_os_str().as_bytes()).number(sums.len());
    row.number(total.messages).number(total.bytes).end();
    Ok(())
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
