//! The sums, and the row that is being added to them.

use std::ops::Range;

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::{Fault, Out, Stop};
use common::rows::groups::{self, Batch, Groups, SHORT_BYTES};
use common::rows::metric::KEY_WIDTH;
use common::rows::moments::Moments;
use common::rows::normal::normal;
use common::rows::session::millis;
use common::time::clock::two_digits;
use common::time::{Instant, Zone};

use crate::hours::{DAY, HOUR, first_part};
use crate::metric::{Metric, Set};
use crate::parties::Parties;

/// No label.
pub const NO_LABEL: &[u8] = b"";
/// How many bytes of a key are the number of its scene.
const KEY_SCENE_BYTES: usize = size_of::<usize>();

/// What the keys of many sums have in common.
#[derive(Debug, Default)]
struct Scene {
    /// The fields day, hour, host, source and service.
    text: Vec<u8>,
    /// The metrics that have their zero.
    zeros: Set,
}

/// A sum.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    value: u64,
    /// 64 bits cannot hold it.
    is_too_much: bool,
}

/// The metrics of all rows.
///
/// A key is the number of its scene, its metric, and the fields domain, user and label: most are short
/// enough to stand in their entry.
#[derive(Debug)]
pub struct Book {
    /// How addresses are named.
    pub parties: Parties,
    by_hour: bool,
    /// The host of rows that name none, as a field.
    host: Vec<u8>,
    moments: Moments,
    zone: Zone,
    scenes: Vec<Scene>,
    /// The number of each scene, plus one.
    numbers: Groups<usize>,
    /// The scene of the row, and that of what is added.
    home: usize,
    here: usize,
    /// When the row ends, in UNIX milliseconds.
    end: i64,
    /// Whose it is: the fields domain and user.
    owner: Vec<u8>,
    /// The metrics that it has counted.
    counted: Set,
    sums: Groups<Sum>,
    batch: Batch<u64>,
    most: usize,
    has_too_much: bool,
    /// Where a text is put together.
    buffer: Vec<u8>,
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
            scenes: vec![Scene::default()],
            numbers: Groups::new(),
            home: 0,
            here: 0,
            end: 0,
            owner: Vec::new(),
            counted: Set::default(),
            sums: Groups::new(),
            batch: Batch::new(),
            most,
            has_too_much: false,
            buffer: Vec::new(),
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
        self.buffer.clear();
        self.buffer.extend_from_slice(self.moments.day().bytes());
        self.buffer.push(b'\t');
        if self.by_hour {
            self.buffer.extend_from_slice(&self.moments.hour());
        }
        let mut written = Vec::new();
        let host = if host.is_empty() { self.host.as_slice().into() } else { host };
        for field in [host, source, service.into()] {
            self.buffer.push(b'\t');
            self.buffer.extend_from_slice(normal(field, &mut written).bytes());
        }
        self.turn();
        self.home = self.here;
        self.of(None);
        Ok(())
    }

    /// Turns to the scene whose text is in the buffer.
    #[inline]
    fn turn(&mut self) {
        if self.scenes[self.here].text == self.buffer {
            return;
        }
        let number = self.numbers.of(&self.buffer);
        if *number == 0 {
            self.scenes.push(Scene { text: self.buffer.clone(), zeros: Set::default() });
            *number = self.scenes.len();
        }
        self.here = *number - 1;
    }

    /// What is added from now on is of this address, a field, or of nobody.
    #[inline]
    pub fn of(&mut self, address: Option<Span<'_>>) {
        self.owner.clear();
        self.parties.name(address, &mut self.owner);
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
            self.turn_to(second);
            self.push(metric, label, length);
            from = from.saturating_add_unsigned(length);
        }
        self.here = self.home;
    }

    /// Turns to the scene of the row at another second.
    fn turn_to(&mut self, second: i64) {
        self.buffer.clear();
        self.buffer.extend_from_slice(self.zone.day_at(second).to_string().as_bytes());
        self.buffer.push(b'\t');
        if self.by_hour {
            self.buffer.extend_from_slice(&two_digits(self.zone.hour_at(second)));
        }
        for field in tsv::fields(&self.scenes[self.home].text).skip(2) {
            self.buffer.push(b'\t');
            self.buffer.extend_from_slice(field);
        }
        self.turn();
    }

    /// Ends a row that could have counted these metrics: each, and what it did count, has a zero of
    /// its day, without hour, domain, user and label.
    #[inline]
    pub fn end(&mut self, could: Set) {
        let all = could.and(self.counted);
        if !all.without(self.scenes[self.home].zeros).is_empty() {
            self.add_zeros(all);
        }
    }

    #[inline(never)]
    fn add_zeros(&mut self, all: Set) {
        self.buffer.clear();
        for (at, field) in tsv::fields(&self.scenes[self.home].text).enumerate() {
            if at > 0 {
                self.buffer.push(b'\t');
            }
            if at != 1 {
                self.buffer.extend_from_slice(field);
            }
        }
        self.turn();
        self.of(None);
        let missing = all.without(self.scenes[self.here].zeros);
        for place in [self.here, self.home] {
            self.scenes[place].zeros = self.scenes[place].zeros.and(all);
        }
        for metric in missing.iter() {
            self.push(metric, NO_LABEL.into(), 0);
        }
    }

    /// Adds a metric row: the fields of its key, and its value.
    pub fn merge(&mut self, key: [Span<'_>; KEY_WIDTH], value: u64) {
        let [day, hour, host, domain, user, source, metric, label] = key;
        let mut written = Vec::new();
        self.buffer.clear();
        for (at, field) in [day, hour, host, source, metric].into_iter().enumerate() {
            if at > 0 {
                self.buffer.push(b'\t');
            }
            self.buffer.extend_from_slice(normal(field, &mut written).bytes());
        }
        self.turn();
        self.owner.clear();
        self.owner.extend_from_slice(normal(domain, &mut written).bytes());
        self.owner.push(b'\t');
        self.owner.extend_from_slice(normal(user, &mut written).bytes());
        self.push(Metric::Merged, normal(label, &mut written), value);
    }

    /// Adds to a sum, here.
    #[inline]
    fn push(&mut self, metric: Metric, label: Span<'_>, amount: u64) {
        self.buffer.clear();
        self.buffer.extend_from_slice(&self.here.to_le_bytes());
        self.buffer.push(metric as u8);
        self.buffer.extend_from_slice(&self.owner);
        self.buffer.push(b'\t');
        self.buffer.extend_from_slice(label.bytes());
        let length = self.buffer.len();
        // a batch copies as much at once
        self.buffer.extend_from_slice(&[0; SHORT_BYTES]);
        self.batch.begin();
        self.batch.append(Span::new(&self.buffer, 0..length));
        self.batch.push(amount);
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
            let mut text = Vec::new();
            self.write_key(key, &mut text);
            text
        });
        let key = tsv::visible(&keys.min().unwrap_or_default()).replace("\\x09", ",");
        Stop::usage(key, "the sum needs more than 64 bits")
    }

    /// Appends the key of a metric row, of that of a sum here.
    fn write_key(&self, key: &[u8], text: &mut Vec<u8>) {
        let (number, rest) = key.split_at(KEY_SCENE_BYTES);
        let number = number.try_into().map_or(0, usize::from_le_bytes);
        let metric = Metric::ALL[usize::from(rest[0])].name();
        let [day, hour, host, source, service] = fields(&self.scenes[number].text);
        let [domain, user, label] = fields(&rest[1..]);
        let service = if metric.is_empty() || metric.starts_with('.') { service } else { b"" };
        for field in [day, hour, host, domain, user, source] {
            text.extend_from_slice(field);
            text.push(b'\t');
        }
        for part in [service, metric.as_bytes(), b"\t", label] {
            text.extend_from_slice(part);
        }
    }

    /// Writes the sums as rows, by key.
    pub fn write(mut self, out: &mut Out) -> Result<(), Stop> {
        self.settle();
        self.check(String::new)?;
        // all keys in one text, and where each of them stands
        let mut text = Vec::new();
        let mut rows: Vec<(Range<usize>, u64)> = Vec::with_capacity(self.sums.count());
        for (key, sum) in self.sums.iter() {
            let start = text.len();
            self.write_key(key, &mut text);
            rows.push((start..text.len(), sum.value));
        }
        rows.sort_unstable_by(|(one, _), (other, _)| text[one.clone()].cmp(&text[other.clone()]));
        for (key, value) in rows {
            out.row().as_written(&text[key]).number(value).end();
            out.flush_if_full()?;
        }
        Ok(())
    }
}

/// The first fields of a text.
fn fields<const N: usize>(text: &[u8]) -> [&[u8]; N] {
    let mut fields = tsv::fields(text);
    [(); N].map(|()| fields.next().unwrap_or_default())
}
