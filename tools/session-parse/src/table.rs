//! The open sessions of one program, by what they are called and in the order of giving up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hash::{BuildHasher, Hasher};
use std::ops::Bound;

use common::time::Instant;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::open::Open;

/// When a session is given up, or earlier, and its number, which tells it from others.
pub type Place = (Instant, u64);

/// The open sessions of one program.
#[derive(Debug, Default)]
pub struct Table {
    slots: Vec<Option<Slot>>,
    /// The slots that hold none.
    free: Vec<usize>,
    /// Slots by host and key. Strangers choose some keys, so the hash is keyed at random.
    named: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The same in order, once that was asked for: only logs of old versions need it.
    in_order: Option<BTreeMap<Vec<u8>, usize>>,
    /// The places with their slots, the first on top, and places that were left.
    places: BinaryHeap<Reverse<(Place, usize)>>,
}

#[derive(Debug)]
struct Slot {
    /// Where it stands among the places.
    place: Place,
    /// Its number, which may be a later one.
    number: u64,
    session: Box<Open>,
}

impl Table {
    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The hash of a host and a key, for what follows. Where one ends and the other begins makes no
    /// difference.
    pub fn hash(&self, host: &[u8], key: &[u8]) -> u64 {
        hash(&self.hasher, host, key)
    }

    /// Puts a session here, given the hash of its host and key. One with the same key is no longer
    /// found by it.
    pub fn put(&mut self, number: u64, hash_of_it: u64, session: Box<Open>) {
        let at = self.free.pop().unwrap_or(self.slots.len());
        let Table { slots, named, hasher, .. } = self;
        let hash_of = |open: &Open| hash(hasher, &open.host, &open.key);
        let is_it = |at: &usize| is_of(slots, *at, &session.host, &session.key);
        let rehash = |at: &usize| slots[*at].as_ref().map_or(0, |slot| hash_of(&slot.session));
        match named.entry(hash_of_it, is_it, rehash) {
            Entry::Occupied(mut entry) => *entry.get_mut() = at,
            Entry::Vacant(entry) => drop(entry.insert(at)),
        }
        if let Some(in_order) = &mut self.in_order {
            in_order.insert(full_key(&session.host, &session.key), at);
        }
        let place = (session.due(), number);
        let slot = Some(Slot { place, number, session });
        match self.slots.get_mut(at) {
            Some(free) => *free = slot,
            None => self.slots.push(slot),
        }
        self.places.push(Reverse((place, at)));
        self.tidy();
    }

    /// Drops places that were left, once they are more than half of all.
    fn tidy(&mut self) {
        const FEW: usize = 64;
        if self.places.len() > FEW + 2 * self.len() {
            let slots = &self.slots;
            self.places.retain(|Reverse((place, at))| is_at(slots, *at, *place));
        }
    }

    /// An open session, to be changed; its host and its key stay.
    pub fn get(&mut self, host: &[u8], key: &[u8]) -> Option<&mut Open> {
        self.slot(host, key).map(|slot| &mut *slot.session)
    }

    /// The same, and of all that are given up at one moment it is now the last.
    pub fn get_as_last(&mut self, number: u64, host: &[u8], key: &[u8]) -> Option<&mut Open> {
        let slot = self.slot(host, key)?;
        slot.number = number;
        Some(&mut *slot.session)
    }

    fn slot(&mut self, host: &[u8], key: &[u8]) -> Option<&mut Slot> {
        let (hash, slots) = (hash(&self.hasher, host, key), &self.slots);
        let at = *self.named.find(hash, |at| is_of(slots, *at, host, key))?;
        self.slots[at].as_mut()
    }

    /// Takes a session out, given the hash of its host and key.
    pub fn take(&mut self, hash: u64, host: &[u8], key: &[u8]) -> Option<Box<Open>> {
        let slots = &self.slots;
        let entry = self.named.find_entry(hash, |at| is_of(slots, *at, host, key)).ok()?;
        let (at, _) = entry.remove();
        self.clear(at)
    }

    /// Takes the first session out whose key begins with `start` and that `is_it`.
    pub fn take_first(
        &mut self,
        host: &[u8],
        start: &[u8],
        is_it: impl Fn(&Open) -> bool,
    ) -> Option<Box<Open>> {
        let slots = &self.slots;
        let in_order = self.in_order.get_or_insert_with(|| {
            let open = (0..).zip(slots).filter_map(|(at, slot)| Some((at, slot.as_ref()?)));
            open.map(|(at, slot)| (full_key(&slot.session.host, &slot.session.key), at)).collect()
        });
        let start = full_key(host, start);
        let from = (Bound::Included(start.as_slice()), Bound::Unbounded);
        let alike = in_order.range::<[u8], _>(from).take_while(|(key, _)| key.starts_with(&start));
        let is_slot = |at: &usize| slots[*at].as_ref().is_some_and(|slot| is_it(&slot.session));
        let at = alike.map(|(_, at)| *at).find(is_slot)?;
        self.remove(at)
    }

    /// The place that is the first, and its slot. The session there may have been heard of since.
    fn top(&mut self) -> Option<(Place, usize)> {
        while let Some(Reverse((place, at))) = self.places.peek().copied() {
            if is_at(&self.slots, at, place) {
                return Some((place, at));
            }
            self.places.pop();
        }
        None
    }

    /// No session is given up before this moment.
    pub fn earliest(&mut self) -> Option<Instant> {
        self.top().map(|((due, _), _)| due)
    }

    /// The place of the session that is given up first, and its slot. Of those at the top that were
    /// heard of since they were put there, each goes to its place first.
    pub fn first(&mut self) -> Option<(Place, usize)> {
        while let Some((place, at)) = self.top() {
            let slot = self.slots[at].as_mut()?;
            slot.place = (slot.session.due(), slot.number);
            if slot.place == place {
                return Some((place, at));
            }
            self.places.push(Reverse((slot.place, at)));
        }
        None
    }

    /// Takes the session out that is in a slot.
    pub fn remove(&mut self, at: usize) -> Option<Box<Open>> {
        let Slot { session, .. } = self.slots[at].as_ref()?;
        let hash = hash(&self.hasher, &session.host, &session.key);
        if let Ok(entry) = self.named.find_entry(hash, |it| *it == at) {
            entry.remove();
        }
        self.clear(at)
    }

    fn clear(&mut self, at: usize) -> Option<Box<Open>> {
        let Slot { session, .. } = self.slots[at].take()?;
        self.free.push(at);
        if let Some(in_order) = &mut self.in_order {
            in_order.remove(&full_key(&session.host, &session.key));
        }
        Some(session)
    }

    /// All sessions, by their places.
    pub fn by_place(&mut self) -> impl Iterator<Item = &mut Open> {
        let mut open: Vec<_> = self.slots.iter_mut().flatten().collect();
        open.sort_by_key(|slot| slot.place);
        open.into_iter().map(|slot| &mut *slot.session)
    }

    /// All sessions in the order in which they are given up.
    pub fn by_due(&self) -> impl Iterator<Item = &Open> {
        let mut open: Vec<_> = self.slots.iter().flatten().collect();
        open.sort_by_key(|slot| (slot.session.due(), slot.number));
        open.into_iter().map(|slot| &*slot.session)
    }
}

fn hash(hasher: &DefaultHashBuilder, host: &[u8], key: &[u8]) -> u64 {
    let mut hash = hasher.build_hasher();
    hash.write(host);
    hash.write(key);
    hash.finish()
}

/// Is the session of this host and key in a slot?
fn is_of(slots: &[Option<Slot>], at: usize, host: &[u8], key: &[u8]) -> bool {
    let is_it = |slot: &Slot| slot.session.key == key && slot.session.host == host;
    slots[at].as_ref().is_some_and(is_it)
}

/// Is the session of this place still in its slot?
fn is_at(slots: &[Option<Slot>], at: usize, place: Place) -> bool {
    slots[at].as_ref().is_some_and(|slot| slot.place == place)
}

/// What tells a session from all others of its program.
fn full_key(host: &[u8], key: &[u8]) -> Vec<u8> {
    [host, b"\0", key].concat()
}
