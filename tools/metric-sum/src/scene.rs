//! What the keys of many sums have in common.

use common::bytes::span::Span;
use common::bytes::tsv;
use common::rows::groups::Groups;
use common::rows::normal::normal;
use common::time::clock::two_digits;
use common::time::{Day, Zone};

use crate::metric::Set;

/// The fields day, hour, host, source and service.
#[derive(Debug, Default)]
pub struct Scene {
    text: Vec<u8>,
    /// Where the fields source and service begin.
    source: usize,
    service: usize,
    has_hour: bool,
    /// A day, its hour if it has one, and the number of the scene with the same host, source and service
    /// then.
    last_time: Option<(Day, i64, usize)>,
    /// The metrics that have their zero.
    pub zeros: Set,
    /// The metrics that nobody has a sum of, without a label, if only a zero.
    pub nobodys: Set,
    /// Those that its rows can count, once that was looked up.
    pub can: Option<Set>,
}

impl Scene {
    fn new(text: &[u8]) -> Self {
        let tabs = text.iter().enumerate().filter(|(_, byte)| **byte == b'\t');
        let mut after = tabs.map(|(at, _)| at + 1).skip(2);
        let (source, service) = (after.next().unwrap_or(0), after.next().unwrap_or(0));
        let has_hour = tsv::fields(text).nth(1).is_some_and(|hour| !hour.is_empty());
        Scene { text: text.to_vec(), source, service, has_hour, ..Scene::default() }
    }

    /// Day, hour and host, with a TAB after each: what a metric row begins with.
    pub fn place(&self) -> &[u8] {
        &self.text[..self.source]
    }

    /// The source, with a TAB after it.
    pub fn source(&self) -> &[u8] {
        &self.text[self.source..self.service]
    }

    /// The service.
    pub fn service(&self) -> &[u8] {
        &self.text[self.service..]
    }
}

/// All of them, each with a number.
#[derive(Debug)]
pub struct Scenes {
    all: Vec<Scene>,
    /// The number of each by its text, plus one.
    numbers: Groups<usize>,
    /// The last row: its day and hour; its host, source and service as they were read; its scene.
    last_time: ([u8; 10], Option<[u8; 2]>),
    last_words: [Vec<u8>; 3],
    last: usize,
    /// Where a text is put together.
    buffer: Vec<u8>,
}

impl Scenes {
    /// One, of no row.
    pub fn new() -> Self {
        Scenes {
            all: vec![Scene::default()],
            numbers: Groups::new(),
            last_time: Default::default(),
            last_words: Default::default(),
            last: 0,
            buffer: Vec::new(),
        }
    }

    /// That with this number.
    pub fn of(&mut self, number: usize) -> &mut Scene {
        &mut self.all[number]
    }

    /// All by their numbers.
    pub fn all(&self) -> &[Scene] {
        &self.all
    }

    /// The number of that of a row: its day, its hour if these are apart, and the fields host, source
    /// and service. Neighbouring rows mostly have the same.
    #[inline]
    pub fn of_row(&mut self, day: &[u8], hour: Option<[u8; 2]>, words: [Span<'_>; 3]) -> usize {
        let is_last = day == self.last_time.0
            && hour == self.last_time.1
            && words.iter().zip(&self.last_words).all(|(word, last)| word.bytes() == last);
        if is_last { self.last } else { self.of_other_row(day, hour, words) }
    }

    #[inline(never)]
    fn of_other_row(&mut self, day: &[u8], hour: Option<[u8; 2]>, words: [Span<'_>; 3]) -> usize {
        let [host, source, service] = words;
        let hour = hour.as_ref().map_or(&b""[..], <[u8; 2]>::as_slice);
        let number = self.of_fields([day.into(), hour.into(), host, source, service]);
        // a day of a year with more digits is looked up each time
        if let Ok(day) = day.try_into() {
            let hour = hour.try_into().ok();
            (self.last_time, self.last) = ((day, hour), number);
            for (last, word) in self.last_words.iter_mut().zip(words) {
                last.clear();
                last.extend_from_slice(word.bytes());
            }
        }
        number
    }

    /// The number of that with these fields.
    pub fn of_fields(&mut self, fields: [Span<'_>; 5]) -> usize {
        let mut written = Vec::new();
        self.buffer.clear();
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                self.buffer.push(b'\t');
            }
            self.buffer.extend_from_slice(normal(field, &mut written).bytes());
        }
        let number = self.numbers.of(&self.buffer);
        if *number == 0 {
            self.all.push(Scene::new(&self.buffer));
            *number = self.all.len();
        }
        *number - 1
    }

    /// The number of that with the same host, source and service at another second.
    pub fn at(&mut self, number: usize, second: i64, zone: &mut Zone) -> usize {
        let Scene { has_hour, last_time, .. } = self.all[number];
        let (day, hour) = (zone.day_at(second), if has_hour { zone.hour_at(second) } else { 0 });
        if let Some((last_day, last_hour, found)) = last_time
            && (last_day, last_hour) == (day, hour)
        {
            return found;
        }
        let written = two_digits(hour);
        let written = if has_hour { &written[..] } else { b"" };
        let found = self.of_time(number, day.to_string().as_bytes(), written);
        self.all[number].last_time = Some((day, hour, found));
        found
    }

    /// The number of that of the whole day.
    pub fn of_day(&mut self, number: usize) -> usize {
        let day = tsv::fields(&self.all[number].text).next().unwrap_or_default().to_vec();
        self.of_time(number, &day, b"")
    }

    fn of_time(&mut self, number: usize, day: &[u8], hour: &[u8]) -> usize {
        let text = self.all[number].text.clone();
        let mut fields = tsv::fields(&text).skip(2);
        let [host, source, service] = [(); 3].map(|()| fields.next().unwrap_or_default().into());
        self.of_fields([day.into(), hour.into(), host, source, service])
    }

    /// Where each stands in the order of rows; those of one place stand together.
    pub fn ranks(&self) -> Vec<usize> {
        let mut places: Vec<&[u8]> = self.all.iter().map(Scene::place).collect();
        places.sort_unstable();
        places.dedup();
        let rank = |scene: &Scene| places.binary_search(&scene.place()).unwrap_or_default();
        self.all.iter().map(rank).collect()
    }
}
