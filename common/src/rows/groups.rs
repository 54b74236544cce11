//! Sums by key: a value for each group of rows, and no allocation for a key that was seen before.
//!
//! Most of the time goes into waiting: tens of thousands of groups are more than the processor's
//! nearest caches hold. So a short key stands in the entry itself, next to its value, and a [`Batch`]
//! fetches many entries at once, each without waiting for the one before. The processor also waits
//! after a wrong guess, such as how long the next key is. So short keys are copied, hashed and
//! compared as if all had the same length.

use std::array;
use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::bytes::digits::positive;
use crate::bytes::span::Span;
use crate::filter::Stop;
use crate::filter::cli::{Args, Flag};

/// `--max-groups`: what bounds the memory.
pub const MAX_GROUPS: Flag =
    Flag::long_value("max-groups", "N", "stop if there are more (default: 1000000)");

/// How many groups there may be, as `--max-groups` says.
pub fn most(args: &Args) -> Result<usize, Stop> {
    Ok(args.parsed(MAX_GROUPS.long, "a number", positive)?.unwrap_or(1_000_000))
}

/// There are more groups than there may be, at the row of this place.
pub fn too_many(most: usize, place: &str) -> Stop {
    Stop::usage(format!("--max-groups={most}"), format!("there are more groups at {place}"))
}

/// How many bytes a short key takes, with the one for its length; they are copied at once.
pub const SHORT_BYTES: usize = 8 * SHORT_WORDS;
const SHORT_WORDS: usize = 5;
/// How many amounts wait in a batch at most.
const BATCH_AMOUNTS: usize = 64;
/// How many bytes their keys take together, if none is long.
const BATCH_KEY_BYTES: usize = BATCH_AMOUNTS * SHORT_BYTES;
/// The place of an entry that is not there.
const NOWHERE: usize = usize::MAX;

/// A key that stands in its entry: most domains are short enough, even with a day before them.
///
/// Its last byte is its length and what it does not use is zero, so keys are equal if all bytes are.
#[derive(Clone, Copy, Debug)]
struct Short([[u8; 8]; SHORT_WORDS]);

impl Short {
    /// The key that a text is; `None` if it is not short.
    fn whole(text: &[u8]) -> Option<Self> {
        let mut padded = [0; SHORT_BYTES];
        padded.get_mut(..text.len())?.copy_from_slice(text);
        Short::new(&padded, text.len())
    }

    /// The key of this length that a text begins with; `None` if it is not short.
    #[inline]
    fn new(text: &[u8; SHORT_BYTES], length: usize) -> Option<Self> {
        /// Ones, then as many zeros: a mask for each length, by where one begins to read.
        static MASKS: [[u8; SHORT_BYTES]; 2] = [[0xff; SHORT_BYTES], [0; SHORT_BYTES]];
        if length >= SHORT_BYTES {
            return None;
        }
        let mask = words(MASKS.as_flattened()[SHORT_BYTES - length..].first_chunk()?);
        let text = words(text);
        let mut key: [u64; SHORT_WORDS] = array::from_fn(|at| text[at] & mask[at]);
        key[SHORT_WORDS - 1] |= (length as u64) << 56;
        Some(Short(key.map(u64::to_le_bytes)))
    }

    fn key(&self) -> &[u8] {
        let bytes = self.0.as_flattened();
        &bytes[..usize::from(bytes[SHORT_BYTES - 1])]
    }

    /// The bytes as numbers, which are compared and hashed without a call.
    #[inline]
    fn words(&self) -> [u64; SHORT_WORDS] {
        self.0.map(u64::from_le_bytes)
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

#[inline]
fn words(bytes: &[u8; SHORT_BYTES]) -> [u64; SHORT_WORDS] {
    let (chunks, _) = bytes.as_chunks();
    array::from_fn(|at| u64::from_le_bytes(chunks[at]))
}

/// A group: 64 bytes, one line of the processor's cache, if its value is small.
#[repr(align(64))]
#[derive(Debug)]
struct Entry<V> {
    short: Short,
    value: V,
}

/// A value for each key. Strangers choose the keys, so the hash is keyed at random.
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

    /// The value of `key`; the default if the key is new.
    pub fn of(&mut self, key: &[u8]) -> &mut V {
        match Short::whole(key) {
            Some(short) => self.of_short(short),
            None => self.long.entry_ref(key).or_default(),
        }
    }

    /// Where the entry of a key is, if the first entry with its hash is the one. Looks at that entry,
    /// so that it will be in the cache.
    #[inline]
    fn look(&self, short: &Short) -> usize {
        let mut byte = 0;
        let place = self.short.find_bucket_index(short.hash(&self.hasher), |entry| {
            byte = entry.short.0[0][0];
            true
        });
        std::hint::black_box(byte);
        place.unwrap_or(NOWHERE)
    }

    /// Adds to the value of a key that was looked for.
    #[inline]
    fn add_to(&mut self, short: Short, place: usize, add: impl FnOnce(&mut V)) {
        match self.short.get_bucket_mut(place) {
            Some(entry) if entry.short.equals(&short) => add(&mut entry.value),
            // the key is new, or its entry is another one
            _ => add(self.of_short(short)),
        }
    }

    fn of_short(&mut self, short: Short) -> &mut V {
        let hash = short.hash(&self.hasher);
        let rehash = |entry: &Entry<V>| entry.short.hash(&self.hasher);
        let entry = self.short.entry(hash, |entry| entry.short.equals(&short), rehash);
        &mut entry.or_insert_with(|| Entry { short, value: V::default() }).into_mut().value
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.short.len() + self.long.len()
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

/// Amounts that wait to be added to their groups, and their keys.
///
/// A key is put together here: [`begin`](Batch::begin), [`append`](Batch::append) its fields, then
/// [`push`](Batch::push) the amount. A batch that [`is_full`](Batch::is_full) must be added.
#[derive(Debug)]
pub struct Batch<A> {
    /// The keys, one after the other. Only the first `filled` bytes count.
    keys: Vec<u8>,
    filled: usize,
    /// Where the key begins that is being put together.
    start: usize,
    /// Where each key ends, and its amount.
    waiting: Vec<(usize, A)>,
}

impl<A: Copy> Batch<A> {
    /// Nothing waits.
    pub fn new() -> Self {
        let (keys, waiting) =
            (vec![0; BATCH_KEY_BYTES + SHORT_BYTES], Vec::with_capacity(BATCH_AMOUNTS));
        Batch { keys, filled: 0, start: 0, waiting }
    }

    /// How many amounts wait.
    pub fn count(&self) -> usize {
        self.waiting.len()
    }

    /// Must the amounts be added before another is pushed?
    #[inline]
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH_AMOUNTS || self.filled > BATCH_KEY_BYTES
    }

    /// Begins a key. One that was begun before and not pushed is dropped.
    #[inline]
    pub fn begin(&mut self) {
        self.filled = self.start;
    }

    /// Appends bytes to the key.
    #[inline]
    pub fn append(&mut self, bytes: Span<'_>) {
        let place = self.keys[self.filled..].first_chunk_mut::<SHORT_BYTES>();
        match (bytes.chunk::<SHORT_BYTES>(), place) {
            (Some(chunk), Some(place)) if bytes.len() <= SHORT_BYTES => *place = *chunk,
            _ => self.append_exactly(bytes.bytes()),
        }
        self.filled += bytes.len();
    }

    /// Appends a TAB to the key.
    #[inline]
    pub fn separate(&mut self) {
        match self.keys.get_mut(self.filled) {
            Some(place) => {
                *place = b'\t';
                self.filled += 1;
            }
            None => self.append(Span::from(&b"\t"[..])),
        }
    }

    /// The reference for a copy of many bytes at once.
    #[cold]
    fn append_exactly(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        self.keys.resize(self.keys.len().max(end + SHORT_BYTES), 0);
        self.keys[self.filled..end].copy_from_slice(bytes);
    }

    /// Takes the amount for the key that was put together.
    #[inline]
    pub fn push(&mut self, amount: A) {
        self.waiting.push((self.filled, amount));
        self.start = self.filled;
    }

    /// Adds all amounts to their groups.
    pub fn add_to<V: Default>(&mut self, groups: &mut Groups<V>, mut add: impl FnMut(&mut V, A)) {
        self.add_with_keys(groups, |value, amount, _| add(value, amount));
    }

    /// The same for one who looks at the keys too.
    #[inline]
    pub fn add_with_keys<V: Default>(
        &mut self,
        groups: &mut Groups<V>,
        mut add: impl FnMut(&mut V, A, Span<'_>),
    ) {
        debug_assert!(self.waiting.len() <= BATCH_AMOUNTS, "a full batch was not added");
        let mut places = [NOWHERE; BATCH_AMOUNTS];
        let mut start = 0;
        // no look waits for the one before
        for (place, (end, _)) in places.iter_mut().zip(&self.waiting) {
            if let Some(short) = self.short(start, *end) {
                *place = groups.look(&short);
            }
            start = *end;
        }
        start = 0;
        for (place, (end, amount)) in places.iter().zip(&self.waiting) {
            let key = Span::new(&self.keys, start..*end);
            match self.short(start, *end) {
                Some(short) => groups.add_to(short, *place, |value| add(value, *amount, key)),
                None => add(groups.of(key.bytes()), *amount, key),
            }
            start = *end;
        }
        self.waiting.clear();
        (self.start, self.filled) = (0, 0);
    }

    /// The key between these places, if it is short.
    #[inline]
    fn short(&self, start: usize, end: usize) -> Option<Short> {
        Short::new(self.keys[start..].first_chunk()?, end - start)
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

    /// Whatever the lengths and the order of the keys, the sums are those of a plain map, one by one
    /// and in batches.
    #[test]
    fn sums_of_any_keys() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(seeds: Vec<u16>) -> bool {
            let mut plain = std::collections::BTreeMap::<Vec<u8>, u64>::new();
            let (mut groups, mut batched) = (Groups::<u64>::new(), Groups::<u64>::new());
            let mut batch = Batch::new();
            for seed in seeds.iter().cycle().take(3 * seeds.len()) {
                let half = vec![seed.to_le_bytes()[1] % 3; usize::from(seed % 45)];
                let key = [&half[..], &half].join(&b'\t');
                let amount = u64::from(*seed);
                *plain.entry(key.clone()).or_default() += amount;
                *groups.of(&key) += amount;
                // a key that is dropped, then one of two fields: from a longer text, and alone
                batch.begin();
                batch.append(Span::from(&b"unused"[..]));
                batch.begin();
                let longer = [&half[..], &[7; SHORT_BYTES]].concat();
                batch.append(Span::from(&longer[..]).first(half.len()));
                batch.separate();
                batch.append(Span::from(&half[..]));
                batch.push(amount);
                if batch.is_full() {
                    batch.add_to(&mut batched, |sum, amount| *sum += amount);
                }
            }
            batch.add_to(&mut batched, |sum, amount| *sum += amount);
            let plain: Vec<_> = plain.iter().map(|(key, sum)| (key.as_slice(), sum)).collect();
            groups.sorted() == plain && batched.sorted() == plain
        }
        quickcheck::QuickCheck::new().tests(500).quickcheck(holds as fn(Vec<u16>) -> bool);
        assert!(holds((0..1000).collect()));
    }
}
