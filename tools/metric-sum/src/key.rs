//! The key of an entry: the number of its scene, the first of its metrics, and the fields domain, user
//! and label.
//!
//! Most keys are short enough to stand in their entry. All entries of a row that have no label differ
//! in scene and metric alone, so their key is put together once.

use common::bytes::span::Span;
use common::rows::groups::{Batch, SHORT_BYTES};

use crate::metric::{MOST_TOGETHER, Metric};

/// What is added to the sums of an entry, in the order of its metrics.
pub type Amounts = [u64; MOST_TOGETHER];

/// The lower bytes of a scene's number: more scenes have no room in the memory.
const SCENE_BYTES: usize = 4;
const OWNER_START: usize = SCENE_BYTES + 1;
/// How long the key is of nobody's entry without a label, with its two TABs. Others are longer.
pub const NOBODYS_BYTES: usize = OWNER_START + 2;

/// The key of the entries that are of one owner, an address or nobody.
#[derive(Debug)]
pub struct Key {
    /// Scene, metric, domain, TAB, user, TAB; then as much as a batch copies at once.
    bytes: Vec<u8>,
    length: usize,
}

impl Key {
    /// Nobody's.
    pub fn new() -> Self {
        let mut key = Key { bytes: vec![0; OWNER_START], length: 0 };
        key.set_owner(|owner| owner.push(b'\t'));
        key
    }

    /// Turns to another owner: `append` appends its fields domain and user.
    #[inline]
    pub fn set_owner(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.truncate(OWNER_START);
        append(&mut self.bytes);
        self.bytes.push(b'\t');
        self.length = self.bytes.len();
        self.bytes.extend_from_slice(&[0; SHORT_BYTES]);
    }

    /// Is it nobody's?
    #[inline]
    pub fn is_nobodys(&self) -> bool {
        self.length == NOBODYS_BYTES
    }

    /// Puts amounts into the batch, for a scene and a metric that is the first of its entry. `label` is
    /// a field.
    #[inline]
    pub fn push(
        &mut self,
        (scene, metric, label): (usize, Metric, Span<'_>),
        amounts: Amounts,
        batch: &mut Batch<Amounts>,
    ) {
        self.bytes[..SCENE_BYTES].copy_from_slice(&scene.to_le_bytes()[..SCENE_BYTES]);
        self.bytes[SCENE_BYTES] = metric as u8;
        batch.begin();
        batch.append(Span::new(&self.bytes, 0..self.length));
        if !label.is_empty() {
            batch.append(label);
        }
        batch.push(amounts);
    }
}

/// What a key says.
#[derive(Debug)]
pub struct KeyFields<'a> {
    /// The number of its scene.
    pub scene: usize,
    /// The first of the metrics that are summed.
    pub first: Metric,
    /// The fields domain and user, each with a TAB after it.
    pub owner: &'a [u8],
    /// The field label.
    pub label: &'a [u8],
}

impl<'a> KeyFields<'a> {
    /// Takes a key apart.
    pub fn of(key: &'a [u8]) -> Self {
        let (number, rest) = key.split_at(SCENE_BYTES);
        let mut scene = [0; size_of::<usize>()];
        scene[..SCENE_BYTES].copy_from_slice(number);
        let (metric, rest) = rest.split_at(1);
        let label = rest.iter().rposition(|byte| *byte == b'\t').map_or(0, |at| at + 1);
        let (owner, label) = rest.split_at(label);
        let first = Metric::ALL[usize::from(metric[0])];
        KeyFields { scene: usize::from_le_bytes(scene), first, owner, label }
    }

    /// What nobody's entry for a metric would say.
    pub fn nobodys(scene: usize, first: Metric) -> Self {
        KeyFields { scene, first, owner: b"\t\t", label: b"" }
    }
}
