//! A folder of pages that others may look at, or write in, at any moment.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use common::filter::files::{self, Folder, Lock, NOT_REGULAR, Temporary};
use common::filter::{Out, Stop, name_of};
use rustix::fs::FileType;

/// The name that is locked.
const LOCKED: &str = "traffic-report";
/// Files that are not done yet; no page has a name that begins with a dot.
const TEMPORARY: &str = ".traffic-report.tmp.";

/// Files that take the place of others all at once. What is not done when this is dropped never
/// was.
#[derive(Debug)]
pub struct PageFiles {
    path: PathBuf,
    folder: Folder,
    /// A second copy waits.
    _lock: Lock,
    /// The names that the temporary files will have.
    done: Vec<(Temporary, String)>,
}

impl PageFiles {
    /// Opens the folder, and removes what a killed run left in it.
    pub fn open(path: &Path) -> Result<Self, Stop> {
        let open = || {
            let folder = Folder::open(path)?;
            let lock = Lock::take(&folder, OsStr::new(LOCKED), files::WAIT)?;
            folder.sweep(OsStr::new(TEMPORARY));
            Ok::<_, io::Error>(PageFiles {
                path: path.to_owned(),
                folder,
                _lock: lock,
                done: Vec::new(),
            })
        };
        open().map_err(Stop::io(path))
    }

    /// Writes a file under a temporary name, unless there is one with the same content. A link or
    /// anything else but a regular file in its place is refused.
    pub fn write(&mut self, name: &str, content: &[u8], out: &mut Out) -> Result<(), Stop> {
        let path = self.path.join(name);
        let there = self.folder.stat_of(OsStr::new(name)).map_err(Stop::io(&path))?;
        if let Some(there) = &there {
            if FileType::from_raw_mode(there.st_mode) != FileType::RegularFile {
                return Err(Stop::usage(path.display(), NOT_REGULAR));
            }
            if self.holds(name, content) {
                return Ok(());
            }
        }
        let write = || {
            let (temporary, mut file, failed) =
                files::new_like(&self.folder, OsStr::new(TEMPORARY), there.as_ref())?;
            file.write_all(content)?;
            Ok::<_, io::Error>((temporary, failed))
        };
        let (temporary, failed) = write().map_err(Stop::io(&path))?;
        if let Some(failed) = failed {
            out.note(name_of(path.as_os_str()), failed);
        }
        self.done.push((temporary, name.to_owned()));
        Ok(())
    }

    fn holds(&self, name: &str, content: &[u8]) -> bool {
        let Ok(file) = self.folder.open_file(OsStr::new(name)) else { return false };
        let mut there = Vec::with_capacity(content.len() + 1);
        let limit = content.len() as u64 + 1;
        file.take(limit).read_to_end(&mut there).is_ok() && there == content
    }

    /// Puts all files in their places, each in one step, after all of them are on disk.
    pub fn finish(self, out: &mut Out) -> Result<(), Stop> {
        if self.done.is_empty() {
            return Ok(());
        }
        self.folder.sync_all_files().map_err(Stop::io(&self.path))?;
        for (temporary, name) in self.done {
            temporary.replace(OsStr::new(&name)).map_err(Stop::io(self.path.join(name)))?;
        }
        self.folder.sync_or_say(&self.path, "replaced", out);
        Ok(())
    }
}
