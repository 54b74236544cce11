//! Questions that were asked before, in memory and in a file.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use common::bytes::tsv::Row;
use common::filter::files::{self, Kept};
use common::filter::{Out, Stop};

use crate::list::{List, places};
use crate::saved::{self, Layout, Saved};
use crate::subject::Subject;
use crate::verdict::Answer;

/// A question about a subject to a list, and its answer when there is one. All rows that ask the
/// same share it.
#[derive(Debug, Default)]
pub struct Ask {
    /// The final answer.
    pub answer: OnceCell<Answer>,
    /// The addresses are here, the text is not.
    pub half: RefCell<Option<Answer>>,
}

impl Ask {
    /// One that is answered already.
    pub fn answered(answer: Answer) -> Rc<Self> {
        Rc::new(Ask { answer: answer.into(), half: RefCell::default() })
    }

    /// The answer, if it has not run out and is no failure.
    fn worth_keeping(&self, now: i64) -> Option<&Answer> {
        self.answer.get().filter(|answer| answer.is_worth_keeping(now))
    }
}

/// A list, by its number, and what it is asked about.
pub type Key = (usize, Subject);

/// How many questions a generation holds; two are kept.
const GENERATION: usize = 50_000;

/// What was asked lately.
///
/// When the young generation is full it becomes the old one, and the old one is forgotten; what
/// is asked again in time stays young.
#[derive(Debug, Default)]
pub struct Cache {
    young: HashMap<Key, Rc<Ask>>,
    old: HashMap<Key, Rc<Ask>>,
}

/// Which saved answers are of use.
#[derive(Clone, Copy, Debug)]
pub struct Interest<'a> {
    /// Those of these lists,
    pub lists: &'a [List],
    /// about names, or else about addresses,
    pub names: bool,
    /// that have not run out at this UNIX time.
    pub now: i64,
}

impl Interest<'_> {
    /// The rows of a file that are worth keeping, each with its question if it is one of ours.
    fn read(&self, file: &Path, text: &[u8]) -> Result<Vec<(Option<Key>, Saved)>, Stop> {
        let mut rows = saved::read(text, file, self.names, Layout::Cache)?;
        rows.retain(|saved| saved.answer.is_worth_keeping(self.now));
        let places = places(self.lists);
        let with_key = |mut saved: Saved| {
            let list = places.get(saved.zone.as_str()).copied();
            (list.zip(saved.subject.take()), saved)
        };
        Ok(rows.into_iter().map(with_key).collect())
    }
}

impl Cache {
    /// What a file holds, if it is there.
    pub fn load(file: &Path, interest: &Interest<'_>) -> Result<Self, Stop> {
        let mut cache = Cache::default();
        for (key, saved) in interest.read(file, &Kept::look(file)?)? {
            if let Some(key) = key {
                let answer = saved.judged(&interest.lists[key.0]);
                cache.insert(key, Ask::answered(answer));
            }
        }
        Ok(cache)
    }

    /// The question, if it was asked and the answer, once there, has not run out.
    pub fn get(&mut self, key: &Key, now: i64) -> Option<Rc<Ask>> {
        let fresh = |ask: &Rc<Ask>| ask.answer.get().is_none_or(|answer| answer.is_of_use(now));
        if let Some(ask) = self.young.get(key) {
            return fresh(ask).then(|| ask.clone());
        }
        let ask = self.old.get(key).filter(|ask| fresh(ask))?.clone();
        self.insert(key.clone(), ask.clone());
        Some(ask)
    }

    /// The question, however old its answer is.
    pub fn get_any(&self, key: &Key) -> Option<Rc<Ask>> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    /// Adds a question, in place of an older one.
    pub fn insert(&mut self, key: Key, ask: Rc<Ask>) {
        if self.young.len() == GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, ask);
    }

    /// Adds a question, however many there are.
    pub fn keep(&mut self, key: Key, ask: Rc<Ask>) {
        self.young.insert(key, ask);
    }

    /// Writes what is worth keeping: listings and their absence. Failures are asked again. What
    /// else is in the file stays: other lists, other kinds of subjects, answers to other runs.
    pub fn save(&self, file: &Path, interest: &Interest<'_>, out: &mut Out) -> Result<(), Stop> {
        let Interest { lists, now, .. } = *interest;
        let kept = Kept::open(file, files::WAIT)?;
        let mut others = interest.read(file, &kept.content()?)?;
        let is_ours = |key: &Key| {
            let ask = self.young.get(key).or_else(|| self.old.get(key));
            ask.is_some_and(|ask| ask.worth_keeping(now).is_some())
        };
        others.retain(|(key, _)| !key.as_ref().is_some_and(is_ours));
        let old = self.old.iter().filter(|(key, _)| !self.young.contains_key(key));
        let mut content = Vec::new();
        for ((list, subject), ask) in self.young.iter().chain(old) {
            if let Some(answer) = ask.worth_keeping(now) {
                write(&mut content, subject, &lists[*list].name, answer);
            }
        }
        for (_, saved) in &others {
            content.extend_from_slice(&saved.line);
            content.push(b'\n');
        }
        kept.replace(&content, out)
    }
}

fn write(buffer: &mut Vec<u8>, subject: &Subject, zone: &str, answer: &Answer) {
    let mut row = Row::new(buffer);
    row.field(subject.to_string().as_bytes());
    answer_fields(&mut row, zone, answer);
    row.number(answer.expires).end();
}

/// The five columns of an answer.
pub fn answer_fields(row: &mut Row<'_>, zone: &str, answer: &Answer) {
    row.field(zone.as_bytes()).field(answer.verdict.word().as_bytes());
    row.field(answer.a.as_bytes()).field(&answer.txt);
    match answer.checked_at {
        Some(seconds) => row.number(seconds),
        None => row.field(b""),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    fn key(number: u32) -> Key {
        (0, Subject::Address(std::net::Ipv4Addr::from(number).into()))
    }

    fn answer(verdict: Verdict, expires: i64) -> Answer {
        let txt = b"a\tb\nc\\".to_vec();
        let a = if verdict.is_entry() { "127.0.0.2" } else { "" };
        Answer { verdict, a: a.into(), txt, checked_at: Some(7), expires }
    }

    #[test]
    fn answers_run_out() {
        let mut cache = Cache::default();
        cache.insert(key(1), Ask::answered(answer(Verdict::Clean, 100)));
        cache.insert(key(2), Rc::default());
        // the clock was set back
        assert!(cache.get(&key(1), 6).is_none() && cache.get(&key(1), 7).is_some());
        assert!(cache.get(&key(1), 99).is_some() && cache.get(&key(1), 100).is_none());
        assert!(cache.get(&key(2), i64::MAX).is_some() && cache.get(&key(3), 0).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let mut cache = Cache::default();
        for number in 0..250_000 {
            cache.insert(key(number), Rc::default());
            assert!(cache.get(&key(0), 0).is_some(), "what is asked again stays");
        }
        assert!(cache.young.len() + cache.old.len() <= 2 * GENERATION);
        assert!(cache.get(&key(1), 0).is_none() && cache.get(&key(249_999), 0).is_some());
    }

    #[test]
    fn a_file_keeps_what_others_asked() {
        let folder = std::env::temp_dir().join(format!("dnsbl-kinds.{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("cache");
        let lists = [List::new(b"bl.example.org", false).unwrap()];
        let mut rows = ["192.0.2.1", "2001:db8::1", "example.org", "x.example.org"]
            .map(|subject| format!("{subject}\tbl.example.org\tclean\t\t\t7\t100"));
        std::fs::write(&file, rows.join("\n")).unwrap();
        let mut kept = Vec::new();
        for names in [false, true] {
            let interest = Interest { lists: &lists, names, now: 60 };
            let cache = Cache::load(&file, &interest).unwrap();
            assert_eq!(cache.young.len(), 2);
            cache.save(&file, &interest, &mut Out::stdout("test")).unwrap();
            kept.push(std::fs::read_to_string(&file).unwrap());
        }
        let refused = ["", "\t", "\tsoon"].map(|end| {
            std::fs::write(&file, format!("192.0.2.1\tbl\tclean\t\t\t7{end}\n")).unwrap();
            Cache::load(&file, &Interest { lists: &lists, names: false, now: 60 }).is_err()
        });
        std::fs::remove_dir_all(&folder).unwrap();
        rows.sort();
        for kept in &kept {
            let mut lines: Vec<&str> = kept.lines().collect();
            lines.sort_unstable();
            assert_eq!(lines, rows);
        }
        assert_eq!(refused, [true; 3], "a row that does not say when it runs out");
    }

    #[test]
    fn a_file_keeps_what_is_worth_it() {
        let folder = std::env::temp_dir().join(format!("dnsbl-cache.{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("cache");
        let lists = [List::new(b"bl.example.org", false).unwrap()];
        let mut cache = Cache::default();
        for (number, verdict) in
            (0..).zip([Verdict::Listed, Verdict::Clean, Verdict::Error, Verdict::Refused])
        {
            cache.insert(key(number), Ask::answered(answer(verdict, 100)));
        }
        let out = &mut Out::stdout("test");
        let at = |now| Interest { lists: &lists, names: false, now };
        cache.save(&file, &at(50), out).unwrap();
        let mut loaded = Cache::load(&file, &at(60)).unwrap();
        let other = [List::new(b"xbl.example.org", false).unwrap()];
        let others = Interest { lists: &other, ..at(60) };
        Cache::load(&file, &others).unwrap().save(&file, &others, out).unwrap();
        // a run that began before the first one ended, and had no answer
        Cache::default().save(&file, &at(60), out).unwrap();
        let mut again = Cache::load(&file, &at(60)).unwrap();
        let late = Cache::load(&file, &at(100)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        for cache in [&mut loaded, &mut again] {
            let listed = cache.get(&key(0), 60).unwrap();
            assert_eq!(listed.answer.get().unwrap(), &answer(Verdict::Listed, 100));
            assert!(cache.get(&key(1), 60).is_some() && cache.get(&key(2), 60).is_none());
        }
        assert!(late.young.is_empty());
    }
}
