//! Keyed sums: one entry per group of rows, without an allocation for a key seen before.

use hashbrown::HashMap;

/// A value per key. Keys are bytes chosen by strangers, so the hash is keyed at random.
#[derive(Debug)]
pub struct Groups<V> {
    map: HashMap<Vec<u8>, V>,
}

impl<V: Default> Groups<V> {
    /// No group yet.
    pub fn new() -> Self {
        Groups { map: HashMap::new() }
    }

    /// The value of `key`, made by `Default` if it is new.
    pub fn of(&mut self, key: &[u8]) -> &mut V {
        self.map.entry_ref(key).or_default()
    }

    /// The keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.map.keys().map(Vec::as_slice)
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// No group at all?
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All groups by key, bytewise: the order of `LC_ALL=C sort`.
    pub fn into_sorted(self) -> Vec<(Vec<u8>, V)> {
        let mut groups: Vec<_> = self.map.into_iter().collect();
        groups.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        groups
    }
}

impl<V: Default> Default for Groups<V> {
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
        let expected =
            [("", 5), ("B", 4), ("a", 2), ("b", 4)].map(|(k, v)| (k.as_bytes().to_vec(), v));
        assert_eq!(groups.into_sorted(), expected);
    }
}
