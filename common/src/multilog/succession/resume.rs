//! Where to go on after another reader of the log.

use std::path::Path;

use super::{Succession, last_label};
use crate::multilog::gap::LostPlace;
use crate::multilog::listing::{self, LogFile};
use crate::multilog::looks::Looks;
use crate::multilog::position::Position;

impl Succession {
    /// Goes on at a place that another reader of the log has reached.
    pub fn resume(&mut self, position: Position) {
        self.resume = Some(position.clone()).filter(|position| !position.is_none());
        self.position = position;
    }

    /// Which of these files to read next, to go on at a place; `None` if the list is out of date.
    pub(super) fn find(
        &mut self,
        files: &[LogFile],
        mut position: Position,
        looks: &mut Looks,
    ) -> Option<usize> {
        let is_before = |file: &LogFile| file.label.is_some() && file.label <= position.before;
        let first = files.partition_point(is_before);
        let mut found = looks.place_of(&files[first..], &position);
        if found.is_none()
            && let Some(line) = looks.last_line(&files[first..], &position)
        {
            self.missing.same_time = position.last.filter(|_| !line.is_sure);
            position.offset = line.end;
            found = Some(line.file);
        }
        if looks.stale {
            return None;
        }
        if let Some(at) = found.map(|at| first + at) {
            // Those that were read before that of the place, and got their names since. Where only a
            // line of its time was found, one of them may be that file.
            let named = files[first..at].iter().filter(|file| file.label.is_some()).count();
            self.missing.misfiled |= named > position.unnamed && self.missing.same_time.is_none();
            position.unnamed = position.unnamed.saturating_sub(named);
            position.before = position.before.max(last_label(&files[..at]));
            self.resume = Some(position);
            return Some(at);
        }
        // what is rotated after the clock was set back gets an earlier name
        let all = listing::list(Path::new(&self.name), None, false);
        let mut earlier = all.map_or_else(|_| Vec::new(), |list| list.files);
        earlier.retain(is_before);
        let filed_earlier = looks.place_of(&earlier, &position).is_some();
        if looks.stale {
            return None;
        }
        self.resume = None;
        if position.is_start() && !earlier.is_empty() && !filed_earlier {
            // the oldest are deleted first, so all that came after these is there
            return Some(first);
        }
        self.missing.lost = Some(LostPlace::of(&position, filed_earlier));
        if let Some(last) = position.last {
            self.window.only_after(last);
        }
        Some(first)
    }
}
