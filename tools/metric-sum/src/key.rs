//! The key of a sum: the number of its scene, its metric, and the fields domain, user and label.
//!
//! Most keys are short enough to stand in their entry. All sums of a row that have no label differ
//! in scene and metric alone, so their key is put together once.

use common::bytes::span::Span;
use common::rows::groups::{Batch, SHORT_BYTES};

use crate::metric::Metric;

const SCENE_BYTES: usize = size_of::<usize>();
const OWNER_START: usize = SCENE_BYTES + 1;

/// The key of the sums that are of one owner, an address or nobody.
#[derive(Debug)]
pub struct Key {
    /// Scene, metric, domain, TAB, user, TAB; then as much as a batch copies at once.
    bytes: Vec<u8>,
    length: usize,
}

impl Key {
    /// Nobody's.
    pub fn new() -> Self {
        let mut key = Key { bytes: Vec::new(), length: 0 };
        key.set_owner(|owner| owner.push(b'\t'));
        key
    }

    /// Turns to another owner: `append` appends its fields domain and user.
    #[inline]
    pub fn set_owner(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0; OWNER_START]);
        append(&mut self.bytes);
        self.bytes.push(b'\t');
        self.length = self.bytes.len();
        self.bytes.extend_from_slice(&[0; SHORT_BYTES]);
    }

    /// Puts an amount into the batch, for a scene and a metric. `label` is a field.
    #[inline]
    pub fn push(
        &mut self,
        (scene, metric, label): (usize, Metric, Span<'_>),
        amount: u64,
        batch: &mut Batch<u64>,
    ) {
        self.bytes[..SCENE_BYTES].copy_from_slice(&scene.to_le_bytes());
        self.bytes[SCENE_BYTES] = metric as u8;
        batch.begin();
        batch.append(Span::new(&self.bytes, 0..self.length));
        if !label.is_empty() {
            batch.append(label);
        }
        batch.push(amount);
    }
}

/// What a key says.
#[derive(Debug)]
pub struct KeyFields<'a> {
    /// The number of its scene.
    pub scene: usize,
    /// What is summed.
    pub metric: Metric,
    /// The fields domain and user, each with a TAB after it.
    pub owner: &'a [u8],
    /// The field label.
    pub label: &'a [u8],
}

impl<'a> KeyFields<'a> {
    /// Takes a key apart.
    pub fn of(key: &'a [u8]) -> Self {
        let (scene, rest) = key.split_at(SCENE_BYTES);
        let (metric, rest) = rest.split_at(1);
        let label = rest.iter().rposition(|byte| *byte == b'\t').map_or(0, |at| at + 1);
        let (owner, label) = rest.split_at(label);
        KeyFields {
            scene: scene.try_into().map_or(0, usize::from_le_bytes),
            metric: Metric::ALL[usize::from(metric[0])],
            owner,
            label,
        }
    }
}
