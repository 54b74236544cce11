//! Keyed sums: one entry per group of rows, without an allocation for a key seen before.
//!
//! What makes them slow is waiting: tens of thousands of groups are more than the processor's
//! nearest caches hold. So short keys stand in the entry itself, next to their sum; and a [`Batch`]
//! fetches many entries at once, each without waiting for the one before.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// How many bytes a short key takes, with the one of its length.
const SHORT: usize = 40;
/// How many amounts wait in a batch.
const BATCH: usize = 64;

/// A key that stands in its entry: most domains are short enough, even with a day before.
///
/// The last byte is the length, and what is between is zero, so keys are equal if all bytes are.
#[derive(Clone, Copy, Debug)]
struct Short([u8; SHORT]);

impl Short {
    const EMPTY: Short = Short([0; SHORT]);

    fn new(key: &[u8]) -> Option<Self> {
        let mut short = Short::EMPTY;
        (key.len() < SHORT).then(|| short.begin_with(key))?;
        Some(short)
    }

    /// Makes an empty key this one, which must be shorter than [`SHORT`].
    #[inline]
    fn begin_with(&mut self, key: &[u8]) {
        self.0[..key.len()].copy_from_slice(key);
        self.0[SHORT - 1] = key.len().to_le_bytes()[0];
    }

    fn key(&self) -> &[u8] {
        &self.0[..usize::from(self.0[SHORT - 1])]
    }

    /// The bytes as numbers, which are compared and hashed without a call.
    #[inline]
    fn words(&self) -> [u64; SHORT / 8] {
        let (chunks, _) = self.0.as_chunks();
        let mut words = [0; SHORT / 8];
        for (word, chunk) in words.iter_mut().zip(chunks) {
            *word = u64::from_ne_bytes(*chunk);
        }
        words
    }

    #[inline]
    fn equals(&self, other: &Self) -> bool {
        self.words().iter().zip(other.words()).fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }

    #[inline]
    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        let mut hash = hasher.build_hasher();
        self.words().into_iter().for_each(|word| hash.write_u64(word));
        hash.finish()
    }
}

/// A group in one line of the processor's cache.
#[repr(align(64))]
#[derive(Debug)]
struct Entry<V> {
    short: Short,
    value: V,
}

/// A value per key. Keys are bytes chosen by strangers, so the hash is keyed at random.
#[derive(Debug)]
pub struct Groups<V> {
    short: HashTable<Entry<V>>,
    long: HashMap<Vec<u8>, V>,
    hasher: DefaultHashBuilder,
}

impl<V: Default> Groups<V> {
    /// No group yet.
    pub fn new() -> Self {
        let hasher = DefaultHashBuilder::default();
        Groups { short: HashTable::new(), long: HashMap::new(), hasher }
    }

    /// The value of `key`, made by `Default` if it is new.
    pub fn of(&mut self, key: &[u8]) -> &mut V {
        match Short::new(key) {
            Some(short) => self.of_short(short.hash(&self.hasher), short),
            None => self.long.entry_ref(key).or_default(),
        }
    }

    #[inline]
    fn of_short(&mut self, hash: u64, short: Short) -> &mut V {
        let rehash = |entry: &Entry<V>| entry.short.hash(&self.hasher);
        let entry = self.short.entry(hash, |entry| entry.short.equals(&short), rehash);
        &mut entry.or_insert_with(|| Entry { short, value: V::default() }).into_mut().value
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// No group at all?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The groups in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        let short = self.short.iter().map(|entry| (entry.short.key(), &entry.value));
        short.chain(self.long.iter().map(|(key, value)| (key.as_slice(), value)))
    }

    /// The groups by key, bytewise: the order of `LC_ALL=C sort`.
    pub fn sorted(&self) -> Vec<(&[u8], &V)> {
        let mut groups: Vec<_> = self.iter().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
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
    waiting: Vec<(Short, A)>,
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
        if key.len() >= SHORT {
            return add(groups.of(key), amount);
        }
        // written in its place: a copy of what was just written makes the processor wait
        self.waiting.push((Short::EMPTY, amount));
        if let Some((short, _)) = self.waiting.last_mut() {
            short.begin_with(key);
        }
        if self.waiting.len() == BATCH {
            self.add_to(groups, add);
        }
    }

    /// Adds what waits.
    pub fn add_to<V: Default>(&mut self, groups: &mut Groups<V>, mut add: impl FnMut(&mut V, A)) {
        let mut hashes = [0; BATCH];
        for (hash, (short, _)) in hashes.iter_mut().zip(&self.waiting) {
            *hash = short.hash(&groups.hasher);
        }
        // a look at each entry that may be the one brings it near; no look needs the one before
        let mut seen = 0;
        for hash in &hashes[..self.waiting.len()] {
            if let Some(entry) = groups.short.find(*hash, |_| true) {
                seen ^= entry.short.0[0];
            }
        }
        std::hint::black_box(seen);
        for (hash, (short, amount)) in hashes.iter().zip(self.waiting.drain(..)) {
            add(groups.of_short(*hash, short), amount);
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
        for (key, amount) in [("b", 1), ("a", 2), ("b", 3), ("B", 4), ("", 5), ("\0", 6)] {
            *groups.of(key.as_bytes()) += amount;
        }
        let sorted = groups.sorted().into_iter().map(|(key, sum)| (key, *sum));
        assert!(sorted.eq([(&b""[..], 5), (b"\0", 6), (b"B", 4), (b"a", 2), (b"b", 4)]));
    }

    /// Whatever the lengths and the order of the keys, sums are those of the plainest map, one by
    /// one or in batches.
    #[test]
    fn sums_of_any_keys() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(seeds: Vec<u16>) -> bool {
            let mut naive = std::collections::BTreeMap::<Vec<u8>, u64>::new();
            let (mut groups, mut batched) = (Groups::<u64>::new(), Groups::<u64>::new());
            let mut batch = Batch::new();
            for seed in seeds.iter().cycle().take(3 * seeds.len()) {
                let key = vec![seed.to_le_bytes()[1] % 3; usize::from(seed % 90)];
                let amount = u64::from(*seed);
                *naive.entry(key.clone()).or_default() += amount;
                *groups.of(&key) += amount;
                batch.take(&key, amount, &mut batched, |sum, amount| *sum += amount);
            }
            batch.add_to(&mut batched, |sum, amount| *sum += amount);
            let naive: Vec<_> = naive.iter().map(|(key, sum)| (key.as_slice(), sum)).collect();
            groups.sorted() == naive && batched.sorted() == naive
        }
        quickcheck::QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<u16>) -> bool);
        assert!(holds((0..1000).collect()));
    }
}
