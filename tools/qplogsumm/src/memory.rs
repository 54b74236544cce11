//! Where the totals are between two logs: on the descriptors that multilog hands over, or in a file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use common::filter::{Out, Stop, files, name_of, reason};

use crate::state::State;

/// multilog's names for them; opened anew, since a file that is there needs no more.
const OLD: &str = "/proc/self/fd/4";
const NEW: &str = "/proc/self/fd/5";

/// Where the totals are kept.
#[derive(Debug)]
pub enum Memory {
    /// Read on 4, written on 5.
    Descriptors,
    /// In a file of our own.
    File(PathBuf),
}

impl Memory {
    /// Reads the totals, has them changed, keeps them.
    pub fn update(
        &self,
        out: &mut Out,
        change: impl FnOnce(&mut State, &mut Out),
    ) -> Result<(), Stop> {
        match self {
            Memory::Descriptors => {
                descriptors(out, change);
                Ok(())
            }
            Memory::File(path) => file(path, out, change),
        }
    }
}

/// Nothing that is wrong with the state may keep multilog from going on.
fn descriptors(out: &mut Out, change: impl FnOnce(&mut State, &mut Out)) {
    let Ok(mut new) = File::options().write(true).open(NEW).and_then(regular) else {
        return out.note("descriptor 5", "no file is open for the totals; nothing is counted");
    };
    let mut old = Vec::new();
    let read = files::open_regular(Path::new(OLD)).and_then(|mut file| file.read_to_end(&mut old));
    if let Err(error) = read {
        out.note("descriptor 4", format!("{}; the totals begin anew", reason(&error)));
    }
    let (mut state, broken) = parse(&old);
    if let Some(Broken { first, why, count }) = broken {
        let what = format!("{why}; {count} such lines are left out");
        out.note(format!("descriptor 4:{first}"), what);
    }
    change(&mut state, out);
    if let Err(error) = new.set_len(0).and_then(|()| new.write_all(&state.write())) {
        // the old totals fit where the new ones did not, or there is no room for anything
        let kept = new.set_len(0).and_then(|()| rewrite(&old));
        let what = if kept.is_ok() { "the old totals are kept" } else { "the totals are lost" };
        if kept.is_err() {
            // half a state would look like another one; should even this fail, it is read as broken
            let _ = new.set_len(0);
        }
        out.note("descriptor 5", format!("{}; {what}", reason(&error)));
    }
}

fn rewrite(old: &[u8]) -> io::Result<()> {
    File::options().write(true).open(NEW)?.write_all(old)
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// Replaces the file as a whole. What is no state is somebody else's file, and stays.
fn file(path: &Path, out: &mut Out, change: impl FnOnce(&mut State, &mut Out)) -> Result<(), Stop> {
    if fs::metadata(path).is_ok_and(|data| !data.is_file()) {
        return Err(Stop::Io(name_of(path.as_os_str()), io::Error::other("not a regular file")));
    }
    let mut locked = files::open_locked(path)?;
    let mut old = Vec::new();
    locked.read_to_end(&mut old).map_err(Stop::io(path))?;
    let (mut state, broken) = parse(&old);
    if let Some(Broken { first, why, .. }) = broken {
        let place = format!("{}:{first}", name_of(path.as_os_str()));
        return Err(Stop::usage(place, format!("{why}; the file is left as it is")));
    }
    change(&mut state, out);
    files::replace(path, &state.write())
}

/// The lines that are none of a state.
struct Broken {
    /// The number of the first, and what is wrong with it.
    first: usize,
    why: &'static str,
    count: usize,
}

/// The state, and what was none of it.
fn parse(text: &[u8]) -> (State, Option<Broken>) {
    let mut state = State::default();
    let mut broken = None;
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let bare = line.strip_suffix(b"\n");
        if let Err(why) = state.read_line(bare.unwrap_or(line), bare.is_some()) {
            broken.get_or_insert(Broken { first: number, why, count: 0 }).count += 1;
        }
    }
    (state, broken)
}
