//! Who wrote to the log: for each host and tag one qmail-send or, with queues that have names, some.
//! Of each host and tag, the line that splogger may have folded, until it is known to be whole.

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
    /// Messages and deliveries: most have but one queue, without a name.
    unnamed: Option<Queue>,
    /// Those of queues with names.
    named: HashMap<Vec<u8>, Queue>,
    /// A folded line that may go on, as far as it was read.
    pub held: Vec<OwnedLine>,
}

impl Source {
    /// The queue of that name.
    #[inline]
    pub fn queue(&mut self, name: &[u8]) -> &mut Queue {
        if name.is_empty() {
            self.unnamed.get_or_insert_default()
        } else {
            self.named.entry_ref(name).or_default()
        }
    }

    /// Is there a queue of that name?
    pub fn has_queue(&self, name: &[u8]) -> bool {
        if name.is_empty() { self.unnamed.is_some() } else { self.named.contains_key(name) }
    }

    /// All queues, in the order of their names.
    pub fn queues(&self) -> Vec<(&[u8], &Queue)> {
        let named = self.named.iter().map(|(name, queue)| (name.as_slice(), queue));
        let unnamed = self.unnamed.iter().map(|queue| (&b""[..], queue));
        let mut queues: Vec<_> = unnamed.chain(named).collect();
        queues.sort_unstable_by_key(|(name, _)| *name);
        queues
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
    /// The one of lines without a host and a tag, as multilog has them.
    nameless: Option<usize>,
    /// The one that was asked for last; most logs have but one.
    recent: usize,
    /// Host and tag, put together to look them up.
    name: Vec<u8>,
}

impl Sources {
    /// Where this source is, if it wrote before.
    #[inline]
    pub fn find(&mut self, host: &[u8], tag: &[u8]) -> Option<usize> {
        if host.is_empty() && tag.is_empty() {
            return self.nameless;
        }
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
        if host.is_empty() && tag.is_empty() {
            self.nameless = Some(place);
        }
        self.places.insert(self.name.clone(), place);
        let (host, tag) = (host.to_vec(), tag.to_vec());
        let (unnamed, named) = (None, HashMap::default());
        self.list.push(Source { host, tag, unnamed, named, held: Vec::new() });
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
