//! Who wrote to the log: for each host and tag one qmail-send or, with queues that have names, some.
//! Of each host and tag, the line that splogger may have folded, until it is known to be whole.

use std::collections::BTreeMap;

use common::filter::OwnedLine;
use common::logs::prefix::Prefix;
use common::logs::qmail_send;
use common::time::stamp::Form;
use hashbrown::HashMap;

use crate::queue::Queue;

/// splogger folds after 799 bytes. Shorter lines are held too, in case a build of it folds earlier:
/// that only means that they wait for the next line of their source.
const FOLDED: usize = 700;

/// The name of who writes, and all that is open in what it wrote.
#[derive(Debug)]
pub struct Source {
    /// The host that syslog names; empty where there is none.
    pub host: Vec<u8>,
    /// The tag that syslog names; empty where there is none.
    pub tag: Vec<u8>,
    /// Messages and deliveries, by the names of the queues. Most have but one, without a name.
    queues: Vec<Queue>,
    places: BTreeMap<Vec<u8>, usize>,
    /// A folded line that may go on, as far as it was read.
    pub held: Vec<OwnedLine>,
}

impl Source {
    /// The queue of that name.
    pub fn queue(&mut self, name: &[u8]) -> &mut Queue {
        let place = self.places.get(name).copied().unwrap_or_else(|| {
            self.places.insert(name.to_vec(), self.queues.len());
            self.queues.push(Queue::default());
            self.queues.len() - 1
        });
        &mut self.queues[place]
    }

    /// Is there a queue of that name?
    pub fn has_queue(&self, name: &[u8]) -> bool {
        self.places.contains_key(name)
    }

    /// All queues, in the order of their names.
    pub fn queues(&self) -> impl Iterator<Item = (&[u8], &Queue)> {
        self.places.iter().map(|(name, place)| (name.as_slice(), &self.queues[*place]))
    }

    /// Does this go on with the line that is held?
    pub fn continues_with(&self, logged: &Prefix<'_>) -> bool {
        let Some(first) = self.held.first().map(OwnedLine::line) else { return false };
        qmail_send::read(first.without_cr()).is_ok_and(|(first, _)| first.stamp == logged.stamp)
    }
}

/// May splogger have gone on with this line?
pub fn may_go_on(logged: &Prefix<'_>) -> bool {
    let by_splogger = logged.stamp.is_some_and(|stamp| stamp.form == Form::Unix);
    by_splogger && logged.text.len() >= FOLDED
}

/// Is a folded line too long? Memory must not depend on how long one goes on.
pub fn too_long(folded: &[OwnedLine]) -> bool {
    const MOST_BYTES: usize = 1024 * 1024;
    folded.len() > 1 && folded.iter().map(|line| line.text.len()).sum::<usize>() > MOST_BYTES
}

/// All who wrote.
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
    places: HashMap<Vec<u8>, usize>,
    /// The one that was asked for last; most logs have but one.
    recent: usize,
    /// Host and tag, put together to look them up.
    name: Vec<u8>,
}

impl Sources {
    /// Where this source is, if it wrote before.
    pub fn find(&mut self, host: &[u8], tag: &[u8]) -> Option<usize> {
        // byte by byte: names are short, and the C library's comparison of two empty vectors costs
        // some processors more than all the rest of a line
        let is_it = |source: &Source| source.host.iter().eq(host) && source.tag.iter().eq(tag);
        if !self.list.get(self.recent).is_some_and(is_it) {
            self.put_name(host, tag);
            self.recent = *self.places.get(&self.name)?;
        }
        Some(self.recent)
    }

    /// Adds a source that [`find`](Sources::find) did not find.
    pub fn add(&mut self, host: &[u8], tag: &[u8]) -> usize {
        self.put_name(host, tag);
        let place = self.list.len();
        self.places.insert(self.name.clone(), place);
        let (host, tag) = (host.to_vec(), tag.to_vec());
        let (queues, places) = (Vec::new(), BTreeMap::new());
        self.list.push(Source { host, tag, queues, places, held: Vec::new() });
        place
    }

    /// The source at a place that [`find`](Sources::find) or [`add`](Sources::add) gave.
    pub fn at(&mut self, place: usize) -> &mut Source {
        &mut self.list[place]
    }

    /// The places of all, in the order of their names.
    pub fn sorted(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.list.len()).collect();
        let name = |place: &usize| (&self.list[*place].host, &self.list[*place].tag);
        places.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
        places
    }

    /// No line holds a newline, so this name is no other's.
    fn put_name(&mut self, host: &[u8], tag: &[u8]) {
        self.name.clear();
        self.name.extend_from_slice(host);
        self.name.push(b'\n');
        self.name.extend_from_slice(tag);
    }
}
