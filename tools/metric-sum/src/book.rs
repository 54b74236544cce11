//! The sums, and the row that is being added to them.

use std::ops::Range;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::{Fault, Out, Stop};
use common::rows::groups::{self, Batch, Groups};
use common::rows::metric::KEY_WIDTH;
use common::rows::moments::Moments;
use common::rows::normal::normal;
use common::rows::session::millis;
use common::rows::table::InputRow;
use common::time::{Instant, Zone};

use crate::can::{self, Kind};
use crate::hours::{DAY, HOUR, first_part};
use crate::key::{Key, KeyFields};
use crate::metric::{Metric, Set};
use crate::parties::Parties;
use crate::scene::Scenes;

/// No label.
pub const NO_LABEL: &[u8] = b"";
/// A sum.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    value: u64,
    /// 64 bits cannot hold it.
    is_too_much: bool,
}

/// The metrics of all rows.
#[derive(Debug)]
pub struct Book {
    /// How addresses are named.
    pub parties: Parties,
    by_hour: bool,
    /// The host of rows that name none, as a field.
    host: Vec<u8>,
    moments: Moments,
    zone: Zone,
    scenes: Scenes,
    /// The scene of the row, and that of what is added.
    home: usize,
    here: usize,
    /// When the row ends, in UNIX milliseconds.
    end: i64,
    /// Whose it is.
    key: Key,
    /// The metrics that it has counted.
    counted: Set,
    sums: Groups<Sum>,
    batch: Batch<u64>,
    most: usize,
    has_too_much: bool,
}

impl Book {
    /// No metric yet. `year` is that of the first date that names none.
    pub fn new(
        parties: Parties,
        by_hour: bool,
        host: &[u8],
        year: Option<i64>,
        most: usize,
    ) -> Self {
        let mut field = Vec::new();
        tsv::escape(host, &mut field);
        Book {
            parties,
            by_hour,
            host: field,
            moments: Moments::new(year),
            zone: Zone::local(),
            scenes: Scenes::new(),
            home: 0,
            here: 0,
            end: 0,
            key: Key::new(),
            counted: Set::default(),
            sums: Groups::new(),
            batch: Batch::new(),
            most,
            has_too_much: false,
        }
    }

    /// Begins a row, given its fields; it is nobody's yet.
    #[inline]
    pub fn begin(
        &mut self,
        time: Span<'_>,
        [host, source]: [Span<'_>; 2],
        service: &[u8],
    ) -> Result<(), Fault> {
        let (seconds, nanos) = self.moments.read(time.bytes())?.at;
        let end = millis(Instant { seconds, nanos: Some(nanos) });
        self.end = end.ok_or(Fault::Reject("the time is too far off"))?;
        self.counted = Set::default();
        let host = if host.is_empty() { self.host.as_slice().into() } else { host };
        let hour = if self.by_hour { Some(self.moments.hour()) } else { None };
        let words = [host, source, service.into()];
        self.home = self.scenes.of_row(self.moments.day().bytes(), hour, words);
        self.here = self.home;
        self.of(None);
        Ok(())
    }

    /// What is added from now on is of this address, a field, or of nobody.
    #[inline]
    pub fn of(&mut self, address: Option<Span<'_>>) {
        self.key.set_owner(|owner| self.parties.name(address, owner));
    }

    /// Adds to a metric. `label` is a field.
    #[inline]
    pub fn add(&mut self, metric: Metric, label: Span<'_>, amount: u64) {
        self.counted.insert(metric);
        // that it was counted is told by its zero
        if amount > 0 {
            self.push(metric, label, amount);
        }
    }

    /// Adds the time up to the end of the row to the days, and the hours, that it covers.
    pub fn add_time(&mut self, metric: Metric, label: Span<'_>, duration: u64) {
        self.counted.insert(metric);
        let step = if self.by_hour { HOUR } else { DAY };
        let mut from = self.end.saturating_sub_unsigned(duration);
        while let Some((second, length)) = first_part(&mut self.zone, step, from, self.end) {
            self.here = self.scenes.at(self.home, second, &mut self.zone);
            self.push(metric, label, length);
            from = from.saturating_add_unsigned(length);
        }
        self.here = self.home;
    }

    /// Ends a row: each metric that it could have counted, and each that it did count, has a zero of
    /// its day, without hour, domain, user and label.
    #[inline]
    pub fn end(&mut self, kind: Kind, source: Span<'_>, row: &InputRow<'_>) {
        let scene = self.scenes.of(self.home);
        let most = *scene.can.get_or_insert_with(|| can::at_most(kind, source.bytes()));
        if most.and(self.counted).without(scene.zeros).is_empty() {
            return;
        }
        let could = can::of(kind, source.bytes(), row, self.parties.know_ours());
        let all = could.and(self.counted);
        if !all.without(scene.zeros).is_empty() {
            self.add_zeros(all);
        }
    }

    #[inline(never)]
    fn add_zeros(&mut self, all: Set) {
        self.here = self.scenes.of_day(self.home);
        self.of(None);
        let missing = all.without(self.scenes.of(self.here).zeros);
        for number in [self.here, self.home] {
            let scene = self.scenes.of(number);
            scene.zeros = scene.zeros.and(all);
        }
        for metric in missing.iter() {
            self.push(metric, NO_LABEL.into(), 0);
        }
    }

    /// Adds a metric row: the fields of its key, and its value.
    pub fn merge(&mut self, key: [Span<'_>; KEY_WIDTH], value: u64) {
        let [day, hour, host, domain, user, source, metric, label] = key;
        self.here = self.scenes.of_fields([day, hour, host, source, metric]);
        let mut written = Vec::new();
        self.key.set_owner(|owner| {
            owner.extend_from_slice(normal(domain, &mut written).bytes());
            owner.push(b'\t');
            owner.extend_from_slice(normal(user, &mut written).bytes());
        });
        self.push(Metric::Merged, normal(label, &mut written), value);
    }

    /// Adds to a sum, here.
    #[inline]
    fn push(&mut self, metric: Metric, label: Span<'_>, amount: u64) {
        self.key.push((self.here, metric, label), amount, &mut self.batch);
        if self.batch.is_full() {
            self.settle();
        }
    }

    /// Adds what waits.
    #[inline(never)]
    fn settle(&mut self) {
        let mut has_too_much = false;
        self.batch.add_to(&mut self.sums, |sum, amount| {
            let value = sum.value.checked_add(amount);
            sum.is_too_much |= value.is_none();
            has_too_much |= value.is_none();
            sum.value = value.unwrap_or(u64::MAX);
        });
        self.has_too_much |= has_too_much;
    }

    /// Finds, after a row, that a sum is too large, or that there are too many of them; `place` is
    /// where the row stands.
    #[inline]
    pub fn check(&mut self, place: impl Fn() -> String) -> Result<(), Stop> {
        if self.sums.count() + self.batch.count() > self.most {
            self.settle();
            if self.sums.count() > self.most {
                return Err(groups::too_many(self.most, &place()));
            }
        }
        if self.has_too_much { Err(self.too_much()) } else { Ok(()) }
    }

    #[cold]
    fn too_much(&self) -> Stop {
        let too_much = self.sums.iter().filter(|(_, sum)| sum.is_too_much);
        let keys = too_much.map(|(key, _)| {
            let fields = KeyFields::of(key);
            let mut text = self.scenes.all()[fields.scene].place().to_vec();
            self.append(&fields, &mut text);
            text
        });
        let key = tsv::visible(&keys.min().unwrap_or_default()).replace("\\x09", ",");
        Stop::usage(key, "the sum needs more than 64 bits")
    }

    /// Appends what follows the place in the key of a metric row.
    fn append(&self, fields: &KeyFields<'_>, text: &mut Vec<u8>) {
        let (scene, metric) = (&self.scenes.all()[fields.scene], fields.metric.name());
        let of_service = metric.is_empty() || metric.starts_with('.');
        let service = if of_service { scene.service() } else { b"" };
        for bytes in [fields.owner, scene.source(), service, metric.as_bytes(), b"\t", fields.label]
        {
            text.extend_from_slice(bytes);
        }
    }

    /// Writes the sums as rows, by key.
    pub fn write(mut self, out: &mut Out) -> Result<(), Stop> {
        self.settle();
        self.check(String::new)?;
        let ranks = self.scenes.ranks();
        // what follows the place in all keys, in one text
        let mut text = Vec::new();
        let mut rows: Vec<SortedRow> = Vec::with_capacity(self.sums.count());
        for (key, sum) in self.sums.iter() {
            let (start, fields) = (text.len(), KeyFields::of(key));
            self.append(&fields, &mut text);
            let order = (ranks[fields.scene], head_of(&text[start..]));
            rows.push(SortedRow {
                order,
                scene: fields.scene,
                key: start..text.len(),
                value: sum.value,
            });
        }
        rows.sort_unstable_by(|one, other| {
            let keys = || text[one.key.clone()].cmp(&text[other.key.clone()]);
            one.order.cmp(&other.order).then_with(keys)
        });
        for row in rows {
            out.buffer().extend_from_slice(self.scenes.all()[row.scene].place());
            out.row().as_written(&text[row.key]).number(row.value).end();
            out.flush_if_full()?;
        }
        Ok(())
    }
}

/// A row that is to be written.
struct SortedRow {
    /// The rank of its place, and the head of the key.
    order: (usize, u128),
    scene: usize,
    /// What follows the place in its key.
    key: Range<usize>,
    value: u64,
}

/// The first bytes of a key as a number, in the order of the bytes: most comparisons need no more.
fn head_of(key: &[u8]) -> u128 {
    let mut head = [0; 16];
    let length = key.len().min(head.len());
    head[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(head)
}
