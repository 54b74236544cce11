//! From rows to questions, and from answers back to rows in the order of the input.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use common::bytes::tsv::Row;
use common::filter::files::{LONGEST_STATE_BYTES, read_named};
use common::filter::{Out, Stop};
use common::time::Instant;

use crate::cache::{Ask, Cache, Interest, answer_fields};
use crate::counts::Counts;
use crate::keys::Keys;
use crate::lane::{Done, Patience, Question};
use crate::list::{List, places};
use crate::message::{RecordType, Reply};
use crate::resolver::Resolver;
use crate::rows::Candidate;
use crate::saved::{self, Layout};
use crate::selftest::{self, Family};
use crate::servers;
use crate::subject::Subject;
use crate::verdict::{
    Answer, LEAST_TTL_SECONDS, MOST_TTL_SECONDS, NOERROR, Verdict, joined, judge,
};

/// How many rows, and bytes of rows, wait for answers at most.
const MOST_ROWS: usize = 4096;
const MOST_BYTES: usize = 4 << 20;
/// How long output may wait while answers come in.
const MOMENT: Duration = Duration::from_millis(1);
/// The servers that the system asks.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// What was asked for on the command line.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Questions {
    /// The lists, each of another name.
    pub lists: Vec<List>,
    /// Where the key is that some of them need.
    pub key_file: Option<PathBuf>,
    /// The column has domain names.
    pub names: bool,
    /// Private addresses are asked about.
    pub private: bool,
    /// Only listings are written.
    pub only_listed: bool,
    /// Lists are tested first.
    pub self_test: bool,
    /// One that fails is the end.
    pub require_self_test: bool,
    /// Who is asked; those that the system asks if there is none.
    pub servers: Vec<SocketAddr>,
    /// How.
    pub patience: Patience,
    /// Where answers are kept from run to run.
    pub cache_file: Option<PathBuf>,
    /// Where answers are taken from instead of the network.
    pub replay: Option<PathBuf>,
}

impl Questions {
    /// Which saved answers are of use now.
    fn interest(&self) -> Interest<'_> {
        Interest { lists: &self.lists, names: self.names, now: now() }
    }
}

/// A row, and the answers that it waits for: one for each list.
#[derive(Debug)]
struct Waiting {
    text: Vec<u8>,
    asks: Vec<Rc<Ask>>,
}

/// Asks and answers.
#[derive(Debug)]
pub struct Check {
    questions: Questions,
    cache: Cache,
    /// Not before there is something to ask, and never for a replay.
    resolver: Option<Resolver<Rc<Ask>>>,
    tested: Vec<Family>,
    /// Which lists have passed a test.
    sound: Vec<bool>,
    rows: VecDeque<Waiting>,
    bytes: usize,
    counts: Counts,
    /// Questions without an answer, and fields that are nothing to ask about, for each list.
    failures: Vec<(u64, u64)>,
    invalid: Rc<Ask>,
    skipped: Rc<Ask>,
    unsaved: Rc<Ask>,
}

impl Check {
    /// Reads the key, and the files of answers.
    pub fn new(mut questions: Questions) -> Result<Self, Stop> {
        if let Some(file) = &questions.key_file {
            let keys = Keys::read(file)?;
            keys.check(questions.lists.iter().map(|list| list.name.as_str()))?;
            for list in &mut questions.lists {
                list.take_key(&keys)?;
            }
        }
        let cache = match (&questions.replay, &questions.cache_file) {
            (Some(file), _) => replay(file, &questions)?,
            (None, Some(file)) => Cache::load(file, &questions.interest())?,
            (None, None) => Cache::default(),
        };
        let unasked = |verdict, why| Ask::answered(Answer::unasked(verdict, why));
        Ok(Check {
            cache,
            resolver: None,
            tested: Vec::new(),
            sound: vec![false; questions.lists.len()],
            rows: VecDeque::new(),
            bytes: 0,
            counts: Counts::default(),
            failures: vec![(0, 0); questions.lists.len()],
            invalid: unasked(Verdict::Invalid, ""),
            skipped: unasked(Verdict::Skipped, ""),
            unsaved: unasked(Verdict::Error, "not among the saved results"),
            questions,
        })
    }

    /// Asks about a row. It is written when all answers are there.
    pub fn take(&mut self, candidate: Candidate, out: &mut Out) -> Result<(), Stop> {
        let Candidate { text, subject } = candidate;
        let subject =
            if self.questions.names { Subject::name(&subject) } else { Subject::address(&subject) };
        let asks = match subject {
            None => vec![self.invalid.clone(); self.questions.lists.len()],
            Some(subject) if subject.is_private() && !self.questions.private => {
                vec![self.skipped.clone(); self.questions.lists.len()]
            }
            Some(subject) => {
                self.test(Family::of(&subject), out)?;
                (0..self.questions.lists.len())
                    .map(|list| self.ask(list, &subject))
                    .collect::<Result<_, _>>()?
            }
        };
        self.bytes += text.len();
        self.rows.push_back(Waiting { text, asks });
        self.write(out);
        while self.rows.len() > MOST_ROWS || self.bytes > MOST_BYTES && self.rows.len() > 1 {
            self.turn(None, out)?;
        }
        out.flush_if_full()
    }

    /// Waits until a file can be read; answers are seen to meanwhile.
    pub fn wait(&mut self, file: BorrowedFd<'_>, out: &mut Out) -> Result<(), Stop> {
        while self.resolver.as_ref().is_some_and(|resolver| !resolver.is_idle()) {
            if self.turn(Some(file), out)? {
                return Ok(());
            }
        }
        out.flush()
    }

    /// Waits for all that is open, keeps the answers, says what the exit status has to say.
    pub fn finish(mut self, out: &mut Out) -> Result<(), Stop> {
        while !self.rows.is_empty() {
            self.turn(None, out)?;
        }
        if let (Some(file), None) = (&self.questions.cache_file, &self.questions.replay) {
            self.cache.save(file, &self.questions.interest(), out)?;
        }
        if self.questions.only_listed {
            self.tell_failures(out);
        }
        Ok(())
    }

    /// Says what the rows do not show where only listings are written. Without any listing that
    /// is a failure: nobody knows that there is none.
    fn tell_failures(&self, out: &mut Out) {
        let none = self.counts.listed == 0;
        if none {
            out.answer_no();
        }
        let what = if self.questions.names { "no name" } else { "no address" };
        for (list, (failures, invalid)) in self.questions.lists.iter().zip(&self.failures) {
            let counts = [(failures, "without an answer"), (invalid, what)];
            let told: Vec<String> = counts
                .iter()
                .filter(|(count, _)| **count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            match told.join(", ") {
                told if told.is_empty() => {}
                told if none => out.complain(&list.name, told),
                told => out.note(&list.name, told),
            }
        }
    }

    /// The question about a subject to a list: an old one, or one that is asked now.
    fn ask(&mut self, list: usize, subject: &Subject) -> Result<Rc<Ask>, Stop> {
        let key = (list, subject.clone());
        if self.questions.replay.is_some() {
            // what is saved never runs out here
            let saved = self.cache.get_any(&key);
            return Ok(saved.unwrap_or_else(|| self.unsaved.clone()));
        }
        if let Some(ask) = self.cache.get(&key, now()) {
            return Ok(ask);
        }
        let ask = self.ask_server(list, subject)?;
        self.cache.insert(key, ask.clone());
        Ok(ask)
    }

    /// The question about a subject to a list, asked now whatever is remembered.
    fn ask_server(&mut self, list: usize, subject: &Subject) -> Result<Rc<Ask>, Stop> {
        let Some(name) = self.questions.lists[list].question(subject) else {
            return Ok(self.invalid.clone());
        };
        let ask = Rc::<Ask>::default();
        self.resolver()?.ask(Question::new(ask.clone(), list, name, RecordType::A));
        Ok(ask)
    }

    fn resolver(&mut self) -> Result<&mut Resolver<Rc<Ask>>, Stop> {
        let Questions { servers, lists, patience, .. } = &self.questions;
        let resolver = match self.resolver.take() {
            Some(resolver) => resolver,
            None if servers.is_empty() => {
                let servers = servers::of_the_system(Path::new(RESOLV_CONF));
                Resolver::new(&servers, lists.len(), *patience).map_err(network)?
            }
            None => Resolver::new(servers, lists.len(), *patience).map_err(network)?,
        };
        Ok(self.resolver.insert(resolver))
    }

    /// Tests every list before the first question about a family of subjects.
    fn test(&mut self, family: Family, out: &mut Out) -> Result<(), Stop> {
        if !self.questions.self_test
            || self.questions.replay.is_some()
            || self.tested.contains(&family)
        {
            return Ok(());
        }
        self.tested.push(family);
        let mut tests = Vec::new();
        for list in 0..self.questions.lists.len() {
            let points = selftest::points(family, &self.questions.lists[list].name);
            // old answers tell nothing of the list as it is now, and no row has use for these
            let asks = [self.ask_server(list, &points[0])?, self.ask_server(list, &points[1])?];
            tests.push((list, points, asks));
        }
        let mut failed = false;
        for (list, points, asks) in tests {
            let answers = loop {
                if let [Some(one), Some(two)] = asks.each_ref().map(|ask| ask.answer.get()) {
                    break [one, two];
                }
                self.turn(None, out)?;
            };
            let Some(fault) = selftest::fault(&points, answers) else {
                self.sound[list] = true;
                continue;
            };
            failed = true;
            out.note(&self.questions.lists[list].name, fault);
            if answers.iter().all(|answer| answer.verdict == Verdict::Error) {
                self.resolver()?.pause(list);
            }
        }
        if failed && self.questions.require_self_test {
            return Err(Stop::usage("--require-self-test", "not fulfilled"));
        }
        Ok(())
    }

    /// Lets the resolver go on, and writes what is ready. Output is flushed if nothing comes for a
    /// moment. True if the file can be read.
    fn turn(&mut self, file: Option<BorrowedFd<'_>>, out: &mut Out) -> Result<bool, Stop> {
        let Some(resolver) = &mut self.resolver else { return out.flush().map(|()| false) };
        let patience = (!out.buffer().is_empty()).then_some(MOMENT);
        let happened = resolver.turn(file, patience).map_err(network)?;
        while let Some(done) = self.resolver.as_mut().and_then(Resolver::next_done) {
            self.answered(done);
        }
        self.write(out);
        if happened.nothing {
            out.flush()?;
        }
        out.flush_if_full()?;
        let sent = self.resolver.as_ref().map_or(0, |resolver| resolver.sent);
        out.progress(|elapsed| self.counts.far(sent, elapsed));
        Ok(happened.other)
    }

    fn answered(&mut self, (question, reply): Done<Rc<Ask>>) {
        let Question { tag: ask, list, name, record, .. } = question;
        if record == RecordType::Txt {
            if let Some(mut answer) = ask.half.take() {
                // a listing is one, whether its text can be had or not
                let text = reply.map(|reply| texts(&reply)).unwrap_or_default();
                answer.txt = self.questions.lists[list].without_key(text);
                let _ = ask.answer.set(answer);
            }
            return;
        }
        let (verdict, a, why, ttl) = match reply {
            Ok(Reply { code, addresses, ttl, .. }) => {
                let of_list = &self.questions.lists[list];
                let (verdict, why) = judge(of_list, code, &addresses, self.sound[list]);
                let a = if code == NOERROR { joined(&addresses) } else { String::new() };
                (verdict, a, why, ttl)
            }
            Err(why) => (Verdict::Error, String::new(), why, 0),
        };
        let now = now();
        let ttl = if verdict.is_failure() {
            LEAST_TTL_SECONDS
        } else {
            ttl.clamp(LEAST_TTL_SECONDS, MOST_TTL_SECONDS)
        };
        let checked_at = Some(now);
        let has_text = (verdict.is_entry() || verdict == Verdict::Refused) && !a.is_empty();
        let answer =
            Answer { verdict, a, txt: why.into(), checked_at, expires: now + i64::from(ttl) };
        match &mut self.resolver {
            Some(resolver) if has_text => {
                ask.half.replace(Some(answer));
                resolver.ask_next(Question::new(ask, list, name, RecordType::Txt));
            }
            _ => {
                let _ = ask.answer.set(answer);
            }
        }
    }

    /// Writes the rows whose answers are there, up to the first that still waits.
    fn write(&mut self, out: &mut Out) {
        while let Some(row) = self.rows.front() {
            let answers = || row.asks.iter().map(|ask| ask.answer.get());
            if answers().any(|answer| answer.is_none()) {
                return;
            }
            for (list, answer) in answers().flatten().enumerate() {
                let listed = answer.verdict == Verdict::Listed;
                self.counts.listed += u64::from(listed);
                self.counts.failures += u64::from(answer.verdict.is_failure());
                let (failures, invalid) = &mut self.failures[list];
                *failures += u64::from(answer.verdict.is_failure());
                *invalid += u64::from(answer.verdict == Verdict::Invalid);
                if listed || !self.questions.only_listed {
                    let mut written = Row::new(out.buffer());
                    written.as_written(&row.text);
                    answer_fields(&mut written, &self.questions.lists[list].name, answer);
                    written.end();
                }
            }
            self.counts.rows += 1;
            self.bytes -= row.text.len();
            self.rows.pop_front();
        }
    }
}

/// Answers from a file, for the lists that are asked.
fn replay(file: &Path, questions: &Questions) -> Result<Cache, Stop> {
    let mut cache = Cache::default();
    let text = read_named(file, LONGEST_STATE_BYTES).map_err(Stop::io(file))?;
    let places = places(&questions.lists);
    for saved in saved::read(&text, file, questions.names, Layout::Any)? {
        let list = places.get(saved.zone.as_str()).copied();
        if let (Some(list), Some(subject)) = (list, saved.subject.clone()) {
            let answer = saved.judged(&questions.lists[list]);
            cache.keep((list, subject), Ask::answered(answer));
        }
    }
    Ok(cache)
}

/// The texts of an answer in one field.
fn texts(reply: &Reply) -> Vec<u8> {
    if reply.code == NOERROR { reply.texts.join(&b" | "[..]) } else { Vec::new() }
}

fn now() -> i64 {
    Instant::now().seconds
}

fn network(error: io::Error) -> Stop {
    Stop::Io("network".into(), error)
}
