//! What one qmail-send has under way, as far as its log tells: messages in the queue, attempts to
//! deliver them. Memory is bounded by how many of both are open at a time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use common::logs::qmail_send::{Channel, Event, Outcome};
use hashbrown::HashMap;

/// A queue at one place in the log.
#[derive(Debug, Default)]
pub struct Queue {
    /// The number of the attempt that began last.
    pub last: u64,
    /// The messages in the queue, by their numbers.
    pub messages: HashMap<u64, Rc<Message>>,
    /// The attempts under way, by their numbers.
    pub deliveries: HashMap<u64, Delivery>,
}

/// A message. Its number is not its own: the next message may have it while an attempt to deliver
/// this one is still under way.
#[derive(Debug)]
pub struct Message {
    /// Its number.
    pub number: u64,
    /// What the log says about it, if that line was seen.
    pub info: Option<Info>,
    /// Its recipients that wait for another attempt.
    pub waiting: RefCell<Waiting>,
}

impl Message {
    /// A message of which nothing was tried yet.
    pub fn new(number: u64, info: Option<Info>) -> Rc<Self> {
        Rc::new(Message { number, info, waiting: RefCell::default() })
    }
}

/// What the log says about a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Info {
    /// Its size.
    pub bytes: u64,
    /// The envelope sender; empty is the null sender.
    pub sender: Vec<u8>,
    /// The process number of its qmail-queue.
    pub qp: u64,
}

/// How many attempts each recipient has had, by channel and recipient. An address that a message
/// has twice has two counts; the one that waits longest is first.
#[derive(Debug, Default)]
pub struct Waiting([HashMap<Vec<u8>, VecDeque<u64>>; 2]);

impl Waiting {
    /// Lets a recipient wait.
    pub fn put(&mut self, channel: Channel, recipient: &[u8], attempts: u64) {
        self.0[channel as usize].entry_ref(recipient).or_default().push_back(attempts);
    }

    /// How many attempts the recipient had that is tried again now; none if it is a new one.
    fn take(&mut self, channel: Channel, recipient: &[u8]) -> u64 {
        let recipients = &mut self.0[channel as usize];
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
        for channel in [Channel::Local, Channel::Remote] {
            for (recipient, counts) in &self.0[channel as usize] {
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
}

impl Delivery {
    /// There will be another attempt.
    fn wait(&self) {
        self.message.waiting.borrow_mut().put(self.channel, &self.recipient, self.attempt);
    }
}

/// What an event did.
#[derive(Debug)]
pub enum Step {
    /// It is remembered, or needs not be.
    Noted,
    /// An attempt ended, in this way.
    Ended(Delivery, Outcome),
    /// An attempt ended whose beginning was not seen.
    Unseen,
    /// qmail-send was started again: this number of attempts will never end.
    CutOff(u64),
}

impl Queue {
    /// Takes in the next event.
    pub fn take(&mut self, event: &Event<'_>) -> Step {
        match *event {
            // The end of an older message of that number may stand in a part that is missing.
            Event::NewMessage { message } | Event::MessageDone { message } => {
                self.messages.remove(&message);
            }
            Event::Info { message, bytes, sender, qp, .. } => {
                let info = Some(Info { bytes, sender: sender.to_vec(), qp });
                self.messages.insert(message, Message::new(message, info));
            }
            Event::Start { delivery, message, channel, recipient } => {
                return self.start(delivery, message, channel, recipient);
            }
            Event::End { delivery, outcome, .. } => return self.end(delivery, outcome),
            Event::Running => return self.cut_off(),
            // At the end of a run nothing is open: qmail-send waits for its deliveries before it
            // says so, and where one is killed it says nothing. The numbers tell in any case.
            Event::Exiting
            | Event::Bounce { .. }
            | Event::TripleBounce { .. }
            | Event::Status
            | Event::Remark
            | Event::Other => {}
        }
        Step::Noted
    }

    fn start(&mut self, number: u64, message: u64, channel: Channel, recipient: &[u8]) -> Step {
        // Numbers only grow while a qmail-send runs.
        let step = if number <= self.last { self.cut_off() } else { Step::Noted };
        self.last = number;
        let open = self.messages.entry(message).or_insert_with(|| Message::new(message, None));
        let message = Rc::clone(open);
        let attempt = message.waiting.borrow_mut().take(channel, recipient).saturating_add(1);
        let recipient = recipient.to_vec();
        self.deliveries.insert(number, Delivery { message, channel, recipient, attempt });
        step
    }

    fn end(&mut self, number: u64, outcome: Outcome) -> Step {
        let Some(delivery) = self.deliveries.remove(&number) else { return Step::Unseen };
        if matches!(outcome, Outcome::Deferral | Outcome::Mangled) {
            delivery.wait();
        }
        Step::Ended(delivery, outcome)
    }

    /// What is under way will not end. Its recipients are tried again.
    fn cut_off(&mut self) -> Step {
        let mut lost: Vec<_> = self.deliveries.drain().collect();
        lost.sort_unstable_by_key(|(number, _)| *number);
        for (_, delivery) in &lost {
            delivery.wait();
        }
        if lost.is_empty() { Step::Noted } else { Step::CutOff(lost.len() as u64) }
    }
}
