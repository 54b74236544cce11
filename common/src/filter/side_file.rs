//! A file that a filter writes beside its standard output.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::filter::cli::Args;
use crate::filter::files;
use crate::filter::stop::{Stop, name_of};

/// Which file a flag names, and which it must not be.
#[derive(Debug)]
pub struct SideName {
    flag: &'static str,
    path: PathBuf,
    /// The operands, and the values of all other flags.
    others: Vec<OsString>,
}

impl SideName {
    /// What the command line says; `None` if the flag was not given.
    pub fn new(args: &Args, flag: &'static str) -> Option<Self> {
        let others = args.operands.iter().map(OsString::as_os_str).chain(args.values_but(flag));
        let others = others.map(OsString::from).collect();
        args.value(flag).map(|path| SideName { flag, path: PathBuf::from(path), others })
    }

    /// Makes the file, or empties it.
    ///
    /// An error if it is a link of another user, a FIFO that nobody reads, or a file of the command line, standard input, or a regular file that is
    /// standard output or error.
    pub fn create(self) -> Result<SideFile, Stop> {
        let SideName { flag, path, others } = self;
        let file = files::open_to_write(&path).map_err(Stop::io(&path))?;
        let own = file.metadata().map_err(Stop::io(&path))?;
        let is_own = |data: io::Result<fs::Metadata>| {
            data.is_ok_and(|data| (data.dev(), data.ino()) == (own.dev(), own.ino()))
        };
        let open = |fd: BorrowedFd<'_>| File::from(fd.try_clone_to_owned()?).metadata();
        let refused =
            |why| Err(Stop::usage(format!("--{flag}={}", name_of(path.as_os_str())), why));
        let is_other = others.iter().map(fs::metadata).any(is_own);
        if is_other || is_own(open(io::stdin().as_fd())) && own.is_file() {
            return refused("is a file of the command line, or standard input");
        }
        // nothing that others wrote to, such as a log of errors, is emptied
        let shared = is_own(open(io::stdout().as_fd())) || is_own(open(io::stderr().as_fd()));
        if own.is_file() && shared {
            return refused("is standard output or error");
        }
        if own.is_file() {
            file.set_len(0).map_err(Stop::io(&path))?;
        }
        Ok(SideFile { file: BufWriter::new(file), path })
    }
}

/// The file, open.
#[derive(Debug)]
pub struct SideFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl SideFile {
    /// Writes bytes, soon or at once.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.file.write_all(bytes).map_err(|error| self.stop(error))
    }

    /// Writes all that waits.
    pub fn finish(mut self) -> Result<(), Stop> {
        self.file.flush().map_err(|error| self.stop(error))
    }

    fn stop(&self, error: io::Error) -> Stop {
        Stop::io(&self.path)(error)
    }
}
