//! The folder of archives: how a file gets in without losing a byte, and how old ones leave.

use std::ffi::{OsStr, OsString};
use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::filter::files::{Folder, Lock, Temporary, take_after};
use common::filter::{Out, name_of};
use common::logs::day_file::Name;
use common::time::Day;
use flate2::{Compression, GzBuilder};
use rustix::fs::fstat;

use crate::source::{Source, equal, is_damage, plain, unpacked};
use crate::state::State;

/// The name that is locked.
const LOCKED: &str = "traffic-rotate";
/// How the names of unfinished archives begin.
const TEMPORARY: &str = ".traffic-rotate.tmp.";

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It is an archive now.
    Archived,
    /// It would be one.
    WouldArchive,
    /// It was one before.
    Already,
    /// The archive of its name holds something else.
    Conflict,
    /// It changed meanwhile and is still there.
    Changed,
    /// An old archive is gone.
    Removed,
    /// It would be.
    WouldRemove,
}

impl Status {
    /// The word in the row.
    pub fn word(self) -> &'static str {
        match self {
            Status::Archived => "archived",
            Status::WouldArchive => "would-archive",
            Status::Already => "already",
            Status::Conflict => "conflict",
            Status::Changed => "changed",
            Status::Removed => "removed",
            Status::WouldRemove => "would-remove",
        }
    }
}

/// Why nothing was decided about a file.
#[derive(Debug)]
pub enum Failure {
    /// It is none that can be archived.
    Refused(String),
    /// Reading or writing failed.
    Failed(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Failed(error)
    }
}

/// The folder of archives. Without an open folder, what would be done is only found out.
#[derive(Debug)]
pub struct Archives {
    path: PathBuf,
    /// `None` if there is none, which happens only in a dry run.
    folder: Option<Folder>,
    _lock: Option<Lock>,
    dry: bool,
}

impl Archives {
    /// Opens the folder; unless `dry`, makes it, locks it and sweeps it.
    pub fn open(path: &Path, dry: bool) -> io::Result<Self> {
        let (folder, lock) = if dry {
            match Folder::open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => (None, None),
                opened => (Some(opened?), None),
            }
        } else {
            let folder = Folder::open_or_make(path)?;
            let lock = Lock::take(&folder, OsStr::new(LOCKED), Duration::ZERO)?;
            folder.sweep(OsStr::new(TEMPORARY));
            (Some(folder), Some(lock))
        };
        Ok(Archives { path: path.to_owned(), folder, _lock: lock, dry })
    }

    /// The path of an archive.
    pub fn path_of(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    /// Archives a file and removes it. Gives the size of the archive where there is one.
    pub fn take(&self, source: &Source, out: &mut Out) -> Result<(Status, Option<u64>), Failure> {
        if is_temporary(&source.name) {
            return Err(Failure::Refused("the name is that of an unfinished archive".into()));
        }
        if source.is_compressed() {
            let read = io::copy(&mut source.content()?, &mut io::sink());
            match read {
                Err(error) if is_damage(&error) => {
                    return Err(Failure::Refused(format!("damaged gzip data: {error}")));
                }
                read => read?,
            };
        }
        let Some(folder) = &self.folder else { return Ok((Status::WouldArchive, None)) };
        let name = source.archive_name();
        if let Some(there) = folder.find_file(&name)? {
            return self.compare(folder, source, &there, out);
        }
        if self.dry {
            return Ok((Status::WouldArchive, None));
        }
        let Some((temporary, file)) = packed(folder, source, out)? else {
            return Ok((Status::Changed, None));
        };
        match temporary.link(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return self.compare(folder, source, &folder.open_file(&name)?, out);
            }
            linked => linked?,
        }
        folder.sync()?;
        let size = State::of(&file)?.size;
        drop(temporary);
        let status = if source.remove(out)? { Status::Archived } else { Status::Changed };
        Ok((status, Some(size)))
    }

    /// The archive is there: if it holds the same, the source is one too many.
    fn compare(
        &self,
        folder: &Folder,
        source: &Source,
        there: &File,
        out: &mut Out,
    ) -> Result<(Status, Option<u64>), Failure> {
        let size = Some(State::of(there)?.size);
        if source.is_compressed() && source.folder.is(folder)? {
            return Ok((Status::Already, size));
        }
        match equal(source.content()?, unpacked(there)?) {
            Ok(true) => {}
            Ok(false) => return Ok((Status::Conflict, size)),
            // the source is whole, so this is about the archive
            Err(error) if is_damage(&error) => return Ok((Status::Conflict, size)),
            Err(error) => return Err(error.into()),
        }
        if self.dry {
            return Ok((Status::Already, size));
        }
        // A run that was killed may have left it without these.
        there.sync_all()?;
        folder.sync()?;
        let status = if source.remove(out)? { Status::Already } else { Status::Changed };
        Ok((status, size))
    }

    /// The names of the archives of days before `first`.
    pub fn before(&self, first: Day) -> io::Result<Vec<OsString>> {
        let mut names = self.folder.as_ref().map_or(Ok(Vec::new()), Folder::names)?;
        names.retain(|name| is_older(name, first));
        Ok(names)
    }

    /// Removes an archive and gives its size.
    pub fn remove(&self, name: &OsStr, out: &mut Out) -> io::Result<(Status, u64)> {
        let Some(folder) = &self.folder else { return Err(io::ErrorKind::NotFound.into()) };
        let size = State::of(&folder.open_file(name)?)?.size;
        if self.dry {
            return Ok((Status::WouldRemove, size));
        }
        folder.remove(name)?;
        folder.sync_or_say(&self.path_of(name), "removed", out);
        Ok((Status::Removed, size))
    }
}

fn is_temporary(name: &OsStr) -> bool {
    name.as_bytes().starts_with(TEMPORARY.as_bytes())
}

fn is_older(name: &OsStr, first: Day) -> bool {
    Name::parse(name.as_bytes()).is_some_and(|name| name.compressed && name.day < first)
}

/// Makes a source's archive under a temporary name, on disk and read back. `None` if the source
/// changed meanwhile.
fn packed(
    folder: &Folder,
    source: &Source,
    out: &mut Out,
) -> io::Result<Option<(Temporary, File)>> {
    let (temporary, file) = folder.temporary(OsStr::new(TEMPORARY), 0o600)?;
    fill(&file, source, out)?;
    let held = if source.is_compressed() { plain(&file) } else { unpacked(&file) };
    let same = equal(plain(&source.file)?, held?)?;
    if !source.is_unchanged()? {
        return Ok(None);
    }
    if !same {
        return Err(io::Error::other("the archive does not read back as it was written"));
    }
    Ok(Some((temporary, file)))
}

/// Writes the archive of a source, whose owner, group, mode and times it takes.
fn fill(file: &File, source: &Source, out: &mut Out) -> io::Result<()> {
    let (mut to, mut bytes) = (file, plain(&source.file)?);
    if source.is_compressed() {
        io::copy(&mut bytes, &mut to)?;
    } else {
        // no name and no time in it, so the same content makes the same archive
        let mut gzip = GzBuilder::new().write(to, Compression::best());
        io::copy(&mut bytes, &mut gzip)?;
        gzip.finish()?;
    }
    if let Some(failed) = take_after(file, &fstat(&source.file)?)? {
        out.note(name_of(source.path.as_os_str()), failed);
    }
    let data = source.file.metadata()?;
    let times = FileTimes::new().set_accessed(data.accessed()?).set_modified(data.modified()?);
    file.set_times(times)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    /// Between the first look at a file and its removal something happens to it.
    #[test]
    fn what_has_changed_is_kept() {
        type Change = fn(&Path);
        let append: Change = |path| {
            let mut file = File::options().append(true).open(path).unwrap();
            file.write_all(b"more").unwrap();
        };
        let replace: Change = |path| {
            fs::write(path.with_extension("new"), "text").unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        };
        let remove: Change = |path| fs::remove_file(path).unwrap();
        for archive_is_there in [false, true] {
            // what was appended shows in the comparison with the archive
            let longer = if archive_is_there { Status::Conflict } else { Status::Changed };
            let changes = [(append, longer), (replace, Status::Changed), (remove, Status::Changed)];
            for (change, expected) in changes {
                let scratch = tempfile::tempdir().unwrap();
                let (path, into) = (scratch.path().join("file"), scratch.path().join("archive"));
                fs::write(&path, "text").unwrap();
                let out = &mut Out::stdout("test");
                let archives = Archives::open(&into, false).unwrap();
                if archive_is_there {
                    fs::write(scratch.path().join("again"), "text").unwrap();
                    let again = Source::open(&scratch.path().join("again")).unwrap();
                    archives.take(&again, out).unwrap();
                    fs::rename(into.join("again.gz"), into.join("file.gz")).unwrap();
                }
                let source = Source::open(&path).unwrap();
                change(&path);
                let after = fs::read(&path).ok();
                let (status, size) = archives.take(&source, out).unwrap();
                drop(archives);
                let kept = fs::read(&path).ok();
                assert_eq!((status, kept), (expected, after));
                assert_eq!(size.is_some(), archive_is_there);
                let left = fs::read_dir(&into).unwrap().count();
                assert_eq!(left, usize::from(archive_is_there));
            }
        }
    }

    #[test]
    fn only_archives_of_day_files_grow_old() {
        let first = Day::from_civil(2005, 6, 20).unwrap();
        for (name, older) in [
            ("19.06.2005.qml.txt.gz", true),
            ("19.06.2005.txt.gz", true),
            ("31.12.2004.ftp.txt.gz", true),
            ("2005-06-19.mail.metrics.gz", true),
            ("2005-06-20.mail.metrics.gz", false),
            ("20.06.2005.qml.txt.gz", false),
            ("01.07.2005.qml.txt.gz", false),
            ("19.06.2005.qml.txt", false),
            ("19.06.2005.log.gz", false),
            ("19.06.2005.gz", false),
            ("x19.06.2005.qml.txt.gz", false),
        ] {
            assert_eq!(is_older(OsStr::new(name), first), older, "{name}");
        }
    }
}
