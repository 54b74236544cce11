//! What of a log may be missing.

use super::labels::Label;
use super::listing::End;
use super::position::Position;
use super::window::Window;

/// What of a log may be missing in what was read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It begins with a line of this time, after the beginning of the window.
    Begins(Label),
    /// The place where it was to go on is gone, and nothing shows what came between the last line
    /// that was read and the first one that is there now. Without labels it begins anew.
    Lost {
        /// The last line that was read before.
        after: Option<Label>,
        /// The first one that is there now.
        first: Option<Label>,
    },
    /// The place is gone. There are lines with the label of the last one that was read, and it is not
    /// known which of them were read.
    SameTime(Label),
    /// The place is gone, the clock was set back, and lines up to this label were left out.
    SetBack(Label),
    /// The clock was set back, and files were left out that were rotated since the place under names
    /// that are too early.
    Misfiled,
    /// Files were deleted before they were read, or emptied while they were; it was said then.
    Deleted,
}

/// What has been found to be missing in a log so far.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// The place to go on at was not found.
    pub lost: Option<LostPlace>,
    /// The label of the last line before the place, if only lines with this label were found.
    pub same_time: Option<Label>,
    /// More files come before that of the place than were read.
    pub misfiled: bool,
    /// Lines may have gone before they were read.
    pub deleted: bool,
    /// It was told which files are not read.
    told: bool,
}

impl Missing {
    /// What of it is worth a word at the end.
    pub fn gap(&self, window: &Window) -> Option<Gap> {
        let found = match &self.lost {
            Some(lost) => lost.gap(window),
            None => Gap::before(window),
        };
        let misfiled = self.misfiled.then_some(Gap::Misfiled);
        let same_time = self.same_time.map(Gap::SameTime);
        found.or(misfiled).or(same_time).or(self.deleted.then_some(Gap::Deleted))
    }

    /// Passes on a message about files that are not read, the first time only.
    pub fn tell_once(&mut self, what: Option<String>) -> Option<String> {
        let what = what.filter(|_| !self.told)?;
        self.told = true;
        Some(what)
    }
}

impl Gap {
    /// What is missing before the window in a log that was read from its beginning.
    pub(super) fn before(window: &Window) -> Option<Self> {
        let late = |first: &Label| !window.has_earlier_lines() && Some(*first) > window.since();
        window.first().filter(late).map(Gap::Begins)
    }
}

/// A place that was not found again. The window begins after its last line.
#[derive(Debug)]
pub(super) struct LostPlace {
    /// The label of the last line before it.
    after: Option<Label>,
    /// How many of the files that come next were read before that of the place, as far as they have
    /// not been seen.
    read_before: usize,
    /// What may be the file of the place was seen.
    seen: bool,
    /// A file that comes after it has lines before its last one.
    set_back: bool,
}

impl LostPlace {
    /// That of a position. `filed_earlier`: its file has a name that is too early for it.
    pub fn of(position: &Position, filed_earlier: bool) -> Self {
        let (after, read_before) = (position.last, position.unnamed);
        LostPlace { after, read_before, seen: false, set_back: filed_earlier }
    }

    /// Notes a file that was passed over, since it was rotated before its lines are wanted.
    pub fn note_passed(&mut self, label: Option<Label>) {
        if label < self.after {
            self.note_file_before(false);
        }
    }

    /// Notes a file that was opened, and the time of its first line.
    pub fn note_opened(&mut self, end: End, first: Option<Label>) {
        if first.is_some() && first < self.after {
            self.note_file_before(end != End::Growing);
        }
    }

    /// Notes a file that has lines from before the place.
    fn note_file_before(&mut self, may_be_that_of_the_place: bool) {
        if self.read_before > 0 {
            self.read_before -= 1;
        } else if may_be_that_of_the_place && !self.seen {
            self.seen = true;
        } else {
            self.set_back = true;
        }
    }

    /// What is missing in a log that was read so. Nothing, if it still has lines from before the
    /// place: the oldest are deleted first.
    pub fn gap(&self, window: &Window) -> Option<Gap> {
        let Some(after) = self.after else { return Some(Gap::Lost { after: None, first: None }) };
        if self.set_back || window.is_disordered() {
            return Some(Gap::SetBack(after));
        }
        let gap = Gap::Lost { after: Some(after), first: window.first() };
        // stamps may be less exact than the labels that they are made of
        Some(gap).filter(|_| window.lacks_labels() || !window.has_earlier_lines())
    }
}
