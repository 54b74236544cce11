//! A message, and an attempt to deliver it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use common::logs::qmail_send::Channel;
use hashbrown::HashMap;

/// A moment in UNIX milliseconds; `None` where the log names none.
pub type Moment = Option<i64>;

/// A message. Its number is not its own: the next message may have it while an attempt to deliver
/// this one is still under way.
#[derive(Debug)]
pub struct Message {
    /// Its number.
    pub number: u64,
    /// What the log says about it, if that line was seen.
    pub info: Option<Info>,
    /// When its first line was logged; `None` if that was not seen.
    pub first: Moment,
    /// Up to when its time in the queue was written out.
    pub counted: Cell<Moment>,
    /// When its last line was logged.
    pub seen: Cell<Moment>,
    /// Its recipients that wait for another attempt.
    pub waiting: RefCell<Waiting>,
}

impl Message {
    /// A message of which nothing was tried yet.
    pub fn new(number: u64, info: Option<Info>, first: Moment) -> Self {
        let (counted, seen) = (Cell::new(first), Cell::new(first));
        Message { number, info, first, counted, seen, waiting: RefCell::default() }
    }

    /// Was its first line seen, and not the one that says what it is?
    pub fn lacks_info(&self) -> bool {
        self.info.is_none() && self.first.is_some()
    }
}

/// What the log says about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its size.
    pub bytes: u64,
    /// The envelope sender; empty is the null sender.
    pub sender: Vec<u8>,
    /// The process number of its qmail-queue.
    pub qp: u64,
    /// The user number of that; `None` if an older version of ours did not keep it.
    pub uid: Option<u64>,
}

/// How many attempts each recipient has had that waits for another, by channel and recipient. Few
/// messages have one that does.
#[derive(Debug, Default)]
pub struct Waiting(Option<Box<[Recipients; 2]>>);

/// An address that a message has twice has two counts; the one that waits longest is first.
type Recipients = HashMap<Vec<u8>, VecDeque<u64>>;

impl Waiting {
    /// Lets a recipient wait.
    pub fn put(&mut self, channel: Channel, recipient: &[u8], attempts: u64) {
        let recipients = &mut self.0.get_or_insert_default()[channel as usize];
        recipients.entry_ref(recipient).or_default().push_back(attempts);
    }

    /// How many attempts the recipient had that is tried again now; none if it is a new one.
    pub fn take(&mut self, channel: Channel, recipient: &[u8]) -> u64 {
        let Some(channels) = &mut self.0 else { return 0 };
        let recipients = &mut channels[channel as usize];
        let Some(counts) = recipients.get_mut(recipient) else { return 0 };
        let attempts = counts.pop_front().unwrap_or(0);
        if counts.is_empty() {
            recipients.remove(recipient);
        }
        attempts
    }

    /// All recipients, in the order of the bytes of their addresses.
    pub fn sorted(&self) -> Vec<(Channel, &[u8], u64)> {
        let mut all = Vec::new();
        let channels = [Channel::Local, Channel::Remote].into_iter();
        for (channel, recipients) in
            channels.zip(self.0.iter().flat_map(|channels| channels.iter()))
        {
            for (recipient, counts) in recipients {
                all.extend(counts.iter().map(|count| (channel, recipient.as_slice(), *count)));
            }
        }
        // stable, so that two counts of one address stay in their order
        all.sort_by_key(|(channel, recipient, _)| (*channel, *recipient));
        all
    }
}

/// An attempt to deliver a message to one recipient.
#[derive(Debug)]
pub struct Delivery {
    /// The message, as it was when the attempt began.
    pub message: Rc<Message>,
    /// Where it goes.
    pub channel: Channel,
    /// The envelope recipient.
    pub recipient: Vec<u8>,
    /// Which attempt for this recipient of this message it is, from 1.
    pub attempt: u64,
    /// When it began.
    pub start: Moment,
    /// Up to when its time was written out.
    pub counted: Cell<Moment>,
}

impl Delivery {
    /// There will be another attempt.
    pub fn wait(&self) {
        self.message.waiting.borrow_mut().put(self.channel, &self.recipient, self.attempt);
    }
}
