//! Where the totals are between two logs: on the descriptors that multilog hands over, or in a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::filter::files::{self, Kept};
use common::filter::{Out, Stop, begin_with, name_of, reason};

use crate::state::State;

/// multilog's names for them; opened anew, since a file that is there needs no more.
const OLD: &str = "/proc/self/fd/4";
const NEW: &str = "/proc/self/fd/5";

/// Where the totals are kept.
#[derive(Debug)]
pub enum Memory {
    /// Read on 4, written on 5.
    Descriptors,
    /// In a file of our own, after what `from` holds if that is another; another copy may have it
    /// locked for so long.
    File { path: PathBuf, from: Option<PathBuf>, wait: Duration },
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
            Memory::File { path, from, wait } => {
                let file = Kept::open(path, *wait)?;
                replace(&file, from.as_deref(), out, change)
            }
        }
    }

    /// Keeps the totals as they are: there was no log.
    pub fn pass_on(&self, out: &mut Out) -> Result<(), Stop> {
        match self {
            Memory::Descriptors => pass_on(out),
            Memory::File { from: None, .. } => {}
            Memory::File { from: Some(_), .. } => return self.update(out, |_, _| {}),
        }
        Ok(())
    }
}

/// Nothing that is wrong with the state may keep multilog from going on.
fn descriptors(out: &mut Out, change: impl FnOnce(&mut State, &mut Out)) {
    let Ok(mut new) = new() else {
        return out.note("descriptor 5", "no file is open for the totals; nothing is counted");
    };
    let old = old().unwrap_or_else(|error| {
        out.note("descriptor 4", format!("{}; the totals begin anew", reason(&error)));
        Vec::new()
    });
    let (mut state, broken) = parse(&old);
    if let Some(Broken { first, why, count }) = broken {
        let what = format!("{why}; {count} such lines are left out");
        out.note(format!("descriptor 4:{first}"), what);
    }
    change(&mut state, out);
    if let Err(error) = new.set_len(0).and_then(|()| new.write_all(&state.write())) {
        // the old totals fit where the new ones did not, or there is no room for anything
        let kept = new.set_len(0).and_then(|()| self::new()?.write_all(&old));
        let what = if kept.is_ok() { "the old totals are kept" } else { "the totals are lost" };
        if kept.is_err() {
            // half a state would look like another one; should even this fail, it is read as broken
            let _ = new.set_len(0);
        }
        out.note("descriptor 5", format!("{}; {what}", reason(&error)));
    }
}

/// What multilog deletes next is written to what it keeps.
fn pass_on(out: &mut Out) {
    let Ok(mut new) = new() else { return };
    if let Err(error) = old().and_then(|old| new.write_all(&old)) {
        out.note("descriptor 5", format!("{}; the totals are lost", reason(&error)));
    }
}

fn old() -> io::Result<Vec<u8>> {
    files::read_regular(Path::new(OLD), files::LONGEST_STATE_BYTES)
}

fn new() -> io::Result<File> {
    files::open_to_write(Path::new(NEW)).and_then(files::checked)
}

/// Replaces the file as a whole. What is no state is somebody else's file, and stays.
fn replace(
    file: &Kept,
    from: Option<&Path>,
    out: &mut Out,
    change: impl FnOnce(&mut State, &mut Out),
) -> Result<(), Stop> {
    let mut state = whole(file.path(), &file.content()?)?;
    if let Some(from) = from {
        let begun = begin_with(from, "no totals", false, out)?;
        state = whole(from, &begun.unwrap_or_default())?;
    }
    change(&mut state, out);
    file.keep(&state.write(), out)
}

/// The state in a file that must hold nothing else.
fn whole(path: &Path, text: &[u8]) -> Result<State, Stop> {
    let (state, broken) = parse(text);
    let Some(Broken { first, why, .. }) = broken else { return Ok(state) };
    let place = format!("{}:{first}", name_of(path.as_os_str()));
    Err(Stop::usage(place, format!("{why}; the file is left as it is")))
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
