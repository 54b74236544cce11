//! Keyed sums: one entry per group of rows, without an allocation for a key seen before.
//!
//! What makes them slow is waiting: tens of thousands of groups are more than the processor's
//! nearest caches hold. So short keys stand in the entry itself, next to their sum; and a [`Batch`]
//! fetches many entries at once, each without waiting for the one before.

use std::hash::BuildHasher;
use std::ops::Deref;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The longest key that is kept in its entry: most domains are shorter, even with a day before.
const SHORT: usize = 38;
/// How many amounts wait in a batch.
const BATCH: usize = 64;

/// The bytes that a group is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Bytes);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Bytes {
    /// All bytes after the length are zero.
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(Box<[u8]>),
}

impl Key {
    #[inline]
    fn short(key: &[u8]) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        Some(Key(Bytes::Short { length: u8::try_from(key.len()).ok()?, bytes }))
    }

    /// Some byte of the entry itself.
    #[inline]
    fn some_byte(&self) -> u8 {
        match &self.0 {
            Bytes::Short { length, .. } => *length,
            Bytes::Long(_) => 0,
        }
    }
}

impl From<&[u8]> for Key {
    fn from(key: &[u8]) -> Self {
        Key::short(key).unwrap_or_else(|| Key(Bytes::Long(key.into())))
    }
}

impl Deref for Key {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Short { length, bytes } => bytes.get(..(*length).into()).unwrap_or(bytes),
            Bytes::Long(bytes) => bytes,
        }
    }
}

/// A value per key. Keys are bytes chosen by strangers, so the hash is keyed at random.
#[derive(Debug)]
pub struct Groups<V> {
    table: HashTable<(Key, V)>,
    hasher: DefaultHashBuilder,
}

impl<V: Default> Groups<V> {
    /// No group yet.
    pub fn new() -> Self {
        Groups { table: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }

    /// The value of `key`, made by `Default` if it is new.
    #[inline]
    pub fn of(&mut self, key: &[u8]) -> &mut V {
        let hash = self.hasher.hash_one(key);
        let rehash = |(key, _): &(Key, V)| self.hasher.hash_one(&**key);
        let entry = self.table.entry(hash, |(other, _)| **other == *key, rehash);
        &mut entry.or_insert_with(|| (key.into(), V::default())).into_mut().1
    }

    /// The keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.table.iter().map(|(key, _)| &**key)
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// No group at all?
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// All groups by key, bytewise: the order of `LC_ALL=C sort`.
    pub fn sorted(&self) -> Vec<&(Key, V)> {
        let mut groups: Vec<_> = self.table.iter().collect();
        groups.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        groups
    }
}

impl<V: Default> Default for Groups<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Amounts that wait to be added to their groups.
#[derive(Debug)]
pub struct Batch<A> {
    waiting: Vec<(Key, A)>,
}

impl<A: Copy> Batch<A> {
    /// Nothing waits.
    pub fn new() -> Self {
        Batch { waiting: Vec::with_capacity(BATCH) }
    }

    /// Takes an amount that may wait. Where `key` is long, or enough wait, they are added.
    #[inline]
    pub fn take<V: Default>(
        &mut self,
        key: &[u8],
        amount: A,
        groups: &mut Groups<V>,
        mut add: impl FnMut(&mut V, A),
    ) {
        match Key::short(key) {
            None => add(groups.of(key), amount),
            Some(key) => {
                self.waiting.push((key, amount));
                if self.waiting.len() == BATCH {
                    self.add_to(groups, add);
                }
            }
        }
    }

    /// Adds what waits.
    pub fn add_to<V: Default>(&mut self, groups: &mut Groups<V>, mut add: impl FnMut(&mut V, A)) {
        let Groups { table, hasher } = groups;
        let mut hashes = [0; BATCH];
        for (hash, (key, _)) in hashes.iter_mut().zip(&self.waiting) {
            *hash = hasher.hash_one(&**key);
        }
        // a look at each entry that may be the one brings it near; no look needs the one before
        let near = |hash: &u64| table.find(*hash, |_| true).map_or(0, |(key, _)| key.some_byte());
        let seen = hashes[..self.waiting.len()].iter().map(near).fold(0, |all, byte| all ^ byte);
        std::hint::black_box(seen);
        for (hash, (key, amount)) in hashes.iter().zip(self.waiting.drain(..)) {
            let rehash = |(key, _): &(Key, V)| hasher.hash_one(&**key);
            let entry = table.entry(*hash, |(other, _)| *other == key, rehash);
            add(&mut entry.or_insert_with(|| (key, V::default())).into_mut().1, amount);
        }
    }
}

impl<A: Copy> Default for Batch<A> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_by_key_in_byte_order() {
        let mut groups = Groups::<u64>::new();
        for (key, amount) in [("b", 1), ("a", 2), ("b", 3), ("B", 4), ("", 5)] {
            *groups.of(key.as_bytes()) += amount;
        }
        assert_eq!(groups.len(), 4);
        let sorted: Vec<_> = groups.sorted().into_iter().map(|(key, sum)| (&**key, *sum)).collect();
        assert_eq!(sorted, [(&b""[..], 5), (b"B", 4), (b"a", 2), (b"b", 4)]);
    }

    /// A batch makes no difference, whatever the lengths and the order of the keys.
    #[test]
    fn batches_sum_alike() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(seeds: Vec<u16>) -> bool {
            let (mut one_by_one, mut batched) = (Groups::<u64>::new(), Groups::<u64>::new());
            let mut batch = Batch::new();
            for seed in seeds.iter().cycle().take(3 * seeds.len()) {
                let key = vec![b'a' + seed.to_le_bytes()[1] % 3; usize::from(seed % 90)];
                *one_by_one.of(&key) += u64::from(*seed);
                batch.take(&key, u64::from(*seed), &mut batched, |sum, amount| *sum += amount);
            }
            batch.add_to(&mut batched, |sum, amount| *sum += amount);
            one_by_one.sorted() == batched.sorted()
                && one_by_one.keys().all(|key| key.len() < 90)
                && batched.len() == one_by_one.len()
        }
        quickcheck::QuickCheck::new().tests(300).quickcheck(holds as fn(Vec<u16>) -> bool);
    }
}
