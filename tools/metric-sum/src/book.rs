//! The sums, and the row that is being added to them.

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
use crate::key::{Amounts, Key, KeyFields, NOBODYS_BYTES};
use crate::metric::{MOST_TOGETHER, Metric, Set};
use crate::parties::Parties;
use crate::scene::Scenes;
use crate::sorted::SortedEntry;

/// No label.
pub const NO_LABEL: &[u8] = b"";

/// What a row adds to one entry, as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Together {
    scene: usize,
    first: Metric,
    amounts: Amounts,
}

/// Nothing.
const NOTHING: Together = Together { scene: 0, first: Metric::Merged, amounts: [0; MOST_TOGETHER] };

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
    /// What it adds next to an entry without a label.
    together: Together,
    sums: Groups<Amounts>,
    batch: Batch<Amounts>,
    /// How many metric rows there are, but for those that wait; not counted if rows are merged.
    rows: usize,
    merges: bool,
    most: usize,
    /// The keys of sums that need more than 64 bits, and the places there.
    overflown: Vec<(Vec<u8>, usize)>,
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
            together: NOTHING,
            sums: Groups::new(),
            batch: Batch::new(),
            rows: 0,
            merges: false,
            most,
            overflown: Vec::new(),
        }
    }

    /// Begins a row, given its fields. Whose it is, [`of`](Book::of) must say next.
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
        Ok(())
    }

    /// What is added from now on is of this address, a field, or of nobody.
    #[inline]
    pub fn of(&mut self, address: Option<Span<'_>>) {
        self.flush();
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
        let day = self.scenes.of_day(self.home);
        for number in [day, self.home] {
            let scene = self.scenes.of(number);
            scene.zeros = scene.zeros.and(all);
        }
        for metric in all.iter() {
            self.note_nobodys(day, metric);
        }
    }

    /// Notes that nobody has a sum of a metric, without a label, if only a zero.
    #[inline]
    fn note_nobodys(&mut self, scene: usize, metric: Metric) {
        let nobodys = &mut self.scenes.of(scene).nobodys;
        self.rows += usize::from(!nobodys.contains(metric));
        nobodys.insert(metric);
    }

    /// Adds a metric row: the fields of its key, and its value.
    pub fn merge(&mut self, key: [Span<'_>; KEY_WIDTH], value: u64) {
        self.merges = true;
        let [day, hour, host, domain, user, source, metric, label] = key;
        self.here = self.scenes.of_fields([day, hour, host, source, metric]);
        let mut written = Vec::new();
        self.key.set_owner(|owner| {
            owner.extend_from_slice(normal(domain, &mut written).bytes());
            owner.push(b'\t');
            owner.extend_from_slice(normal(user, &mut written).bytes());
        });
        let place = (self.here, Metric::Merged, normal(label, &mut written));
        self.key.push(place, [value, 0, 0], &mut self.batch);
        if self.batch.is_full() {
            self.add_waiting();
        }
    }

    /// Adds to a sum, here. What has no label waits for its neighbours.
    #[inline]
    fn push(&mut self, metric: Metric, label: Span<'_>, amount: u64) {
        if !label.is_empty() {
            self.push_entry(
                Together { scene: self.here, first: metric, amounts: [amount, 0, 0] },
                label,
            );
            return;
        }
        if self.key.is_nobodys() {
            self.note_nobodys(self.here, metric);
        }
        let (first, at) = metric.place();
        let Together { scene, first: waits, amounts } = self.together;
        if scene != self.here || waits != first || amounts[at] != 0 {
            self.flush();
            (self.together.scene, self.together.first) = (self.here, first);
        }
        self.together.amounts[at] = amount;
    }

    /// Hands on what waits for its neighbours.
    #[inline]
    fn flush(&mut self) {
        let entry = self.together;
        if entry.amounts != NOTHING.amounts {
            self.together.amounts = NOTHING.amounts;
            self.push_entry(entry, NO_LABEL.into());
        }
    }

    #[inline]
    fn push_entry(&mut self, entry: Together, label: Span<'_>) {
        self.key.push((entry.scene, entry.first, label), entry.amounts, &mut self.batch);
        if self.batch.is_full() {
            self.add_waiting();
        }
    }

    /// Adds what waits to its sums.
    #[inline(never)]
    fn settle(&mut self) {
        self.flush();
        self.add_waiting();
    }

    #[inline(never)]
    fn add_waiting(&mut self) {
        let (rows, overflown) = (&mut self.rows, &mut self.overflown);
        self.batch.add_with_keys(&mut self.sums, |sums, amounts, key| {
            let used = if amounts[1] | amounts[2] == 0 { 1 } else { MOST_TOGETHER };
            for (at, (sum, amount)) in sums.iter_mut().zip(amounts).take(used).enumerate() {
                // nobody's are counted already
                *rows += usize::from(*sum == 0 && amount > 0 && key.len() > NOBODYS_BYTES);
                *sum = sum.checked_add(amount).unwrap_or_else(|| {
                    overflown.push((key.bytes().to_vec(), at));
                    u64::MAX
                });
            }
        });
    }

    /// How many metric rows there are, but for those that wait.
    fn row_count(&self) -> usize {
        if self.merges { self.sums.count() } else { self.rows }
    }

    /// Finds, after a row, that a sum is too large, or that there are too many of them; `place` is
    /// where the row stands.
    #[inline]
    pub fn check(&mut self, place: impl Fn() -> String) -> Result<(), Stop> {
        let waiting = MOST_TOGETHER * (self.batch.count() + 1);
        if self.row_count() + waiting > self.most {
            self.settle();
            if self.row_count() > self.most {
                return Err(groups::too_many(self.most, &place()));
            }
        }
        if self.overflown.is_empty() { Ok(()) } else { Err(self.too_much()) }
    }

    #[cold]
    fn too_much(&self) -> Stop {
        let keys = self.overflown.iter().map(|(key, at)| {
            let fields = KeyFields::of(key);
            let mut text = [self.scenes.all()[fields.scene].place(), fields.owner].concat();
            self.append(&fields, *at, &mut text);
            text
        });
        let key = tsv::visible(&keys.min().unwrap_or_default()).replace("\\x09", ",");
        Stop::usage(key, "the sum needs more than 64 bits")
    }

    /// Appends what follows the owner in the key of the metric row of a sum in an entry.
    fn append(&self, fields: &KeyFields<'_>, at: usize, text: &mut Vec<u8>) {
        let (scene, metric) = (&self.scenes.all()[fields.scene], fields.first.at(at).name());
        let of_service = metric.is_empty() || metric.starts_with('.');
        let service = if of_service { scene.service() } else { b"" };
        for bytes in [scene.source(), service, metric.as_bytes(), b"\t", fields.label] {
            text.extend_from_slice(bytes);
        }
    }

    /// Writes the sums as rows, by key.
    pub fn write(mut self, out: &mut Out) -> Result<(), Stop> {
        self.settle();
        self.check(String::new)?;
        let mut entries = self.entries();
        entries.sort_unstable_by(SortedEntry::compare);
        // what follows the owner in the keys of one owner
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        for of_owner in entries.chunk_by(SortedEntry::is_beside) {
            text.clear();
            rows.clear();
            for entry in of_owner {
                for (at, value) in entry.values() {
                    let start = text.len();
                    self.append(&entry.fields, at, &mut text);
                    rows.push((start..text.len(), value));
                }
            }
            rows.sort_unstable_by_key(|(key, _)| &text[key.clone()]);
            for (key, value) in &rows {
                let place = self.scenes.all()[of_owner[0].fields.scene].place();
                out.buffer().extend_from_slice(place);
                out.buffer().extend_from_slice(of_owner[0].owner());
                out.row().as_written(&text[key.clone()]).number(*value).end();
                out.flush_if_full()?;
            }
        }
        Ok(())
    }

    /// The entries in no order, and one more for each zero.
    fn entries(&self) -> Vec<SortedEntry<'_>> {
        let ranks = self.scenes.ranks();
        let mut zeros: Vec<Set> = self.scenes.all().iter().map(|scene| scene.nobodys).collect();
        let mut entries = Vec::with_capacity(self.sums.count());
        for (key, sums) in self.sums.iter() {
            let fields = KeyFields::of(key);
            let entry = SortedEntry::new(ranks[fields.scene], fields, Some(sums));
            if key.len() == NOBODYS_BYTES {
                let zeros = &mut zeros[entry.fields.scene];
                entry.values().for_each(|(at, _)| zeros.remove(entry.fields.first.at(at)));
            }
            entries.push(entry);
        }
        for ((scene, zeros), rank) in zeros.into_iter().enumerate().zip(ranks) {
            let zero = |metric| SortedEntry::new(rank, KeyFields::nobodys(scene, metric), None);
            entries.extend(zeros.iter().map(zero));
        }
        entries
    }
}
