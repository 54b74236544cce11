//! The questions to one list: one after the other, not too fast, and none while the list is silent.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::message::{RecordType, Reply};

/// After this many questions in a row without any answer a list is left alone for a time.
const SILENT_QUESTIONS: u32 = 64;
const PAUSE: Duration = Duration::from_secs(60);

/// The shortest wait for an answer.
pub const SHORTEST_WAIT: Duration = Duration::from_millis(250);

/// How long, how often and how fast to ask.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest wait for one answer.
    pub timeout: Duration,
    /// How often a question is asked.
    pub tries: u32,
    /// The shortest time between two queries to a list.
    pub gap: Option<Duration>,
}

impl Patience {
    /// How long a try waits for an answer after others: the last one longest, each before it half
    /// as long as the next.
    pub fn wait(self, tries: u32) -> Duration {
        let halvings = self.tries.saturating_sub(tries + 1).min(16);
        (self.timeout / (1 << halvings)).max(SHORTEST_WAIT).min(self.timeout)
    }
}

/// A question that waits to be asked.
#[derive(Debug)]
pub struct Question<T> {
    /// What the one who asks knows it by.
    pub tag: T,
    /// The list, by its number.
    pub list: usize,
    /// The name.
    pub name: String,
    /// The type of record.
    pub record: RecordType,
    /// How often it was asked.
    pub tries: u32,
    /// By when there must be an answer.
    pub until: Option<Instant>,
    /// The server that failed last, and how.
    pub failed: Option<usize>,
    pub why: &'static str,
}

impl<T> Question<T> {
    /// A question that nobody was asked yet.
    pub fn new(tag: T, list: usize, name: String, record: RecordType) -> Self {
        Question { tag, list, name, record, tries: 0, until: None, failed: None, why: "" }
    }
}

/// A question and its answer, or why there is none.
pub type Done<T> = (Question<T>, Result<Reply, &'static str>);

/// The questions to a list that wait, and how the list has fared.
#[derive(Debug)]
pub struct Lane<T> {
    waiting: VecDeque<Question<T>>,
    /// When the next query may be sent.
    next: Option<Instant>,
    /// Questions in a row to which nobody said anything.
    silent: u32,
    /// Until when the list is left alone.
    paused: Option<Instant>,
}

impl<T> Lane<T> {
    /// No question waits.
    pub fn new() -> Self {
        Lane { waiting: VecDeque::new(), next: None, silent: 0, paused: None }
    }

    /// Does no question wait?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a question.
    pub fn push_back(&mut self, question: Question<T>) {
        self.waiting.push_back(question);
    }

    /// Adds a question that goes before those that wait.
    pub fn push_front(&mut self, question: Question<T>) {
        self.waiting.push_front(question);
    }

    /// When the next question may be sent, if one waits only for that.
    pub fn wakes(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now && !self.waiting.is_empty())
    }

    /// Gives up the questions that wait while the list is left alone.
    pub fn give_up(&mut self, now: Instant) -> impl Iterator<Item = Done<T>> {
        let paused = self.paused.is_some_and(|until| now < until);
        let end = if paused { self.waiting.len() } else { 0 };
        self.waiting.drain(..end).map(|question| {
            let was_sent = question.tries > 0;
            let why = if was_sent { question.why } else { "not asked: the list is silent" };
            (question, Err(why))
        })
    }

    /// The next question, if it may be sent now.
    pub fn take_next(&mut self, now: Instant) -> Option<Question<T>> {
        if self.next.is_some_and(|next| now < next) { None } else { self.waiting.pop_front() }
    }

    /// A query is sent; the next may be after `gap`.
    pub fn has_sent(&mut self, now: Instant, gap: Duration) {
        self.next = Some(self.next.map_or(now, |next| next.max(now)) + gap);
    }

    /// An answer came.
    pub fn has_answered(&mut self) {
        (self.silent, self.paused) = (0, None);
    }

    /// A question is left without any answer; after too many the list is left alone.
    pub fn has_failed(&mut self) {
        self.silent += 1;
        if self.silent >= SILENT_QUESTIONS {
            self.pause();
        }
    }

    /// Leaves the list alone for a time: its questions are errors at once.
    pub fn pause(&mut self) {
        self.silent = 0;
        self.paused = Some(Instant::now() + PAUSE);
    }
}
