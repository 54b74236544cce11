//! What one qmail-send has under way, as far as its log tells: messages in the queue, attempts to
//! deliver them. Memory is bounded by how many of both are open at a time.

use std::cell::Cell;
use std::rc::Rc;

use common::logs::qmail_send::{Channel, Event, Outcome};
use hashbrown::HashMap;

use crate::message::{Delivery, Info, Message, Moment};

/// What has no line of its own for so long is gone: a message was removed by hand, or the part of
/// the log that ends it is missing.
const FORGOTTEN_AFTER_MS: i64 = 14 * 86_400_000;

/// A queue at one place in the log.
#[derive(Debug, Default)]
pub struct Queue {
    /// The number of the attempt that began last.
    pub last: u64,
    /// The messages in the queue, by their numbers.
    pub messages: HashMap<u64, Rc<Message>>,
    /// The attempts under way, by their numbers.
    pub deliveries: HashMap<u64, Delivery>,
    /// Before this moment nothing has been without a line for too long.
    look_at: Moment,
}

/// What a line ended.
#[derive(Debug)]
pub enum Ended {
    /// An attempt, in the way that the line says.
    Attempt(Delivery),
    /// An attempt of which no end will come.
    LostAttempt(Delivery),
    /// The time of a message in the queue.
    Message(Rc<Message>),
    /// The same, but the line that says so is missing.
    LostMessage(Rc<Message>),
}

/// What a line did.
#[derive(Debug, Default)]
pub struct Step {
    /// What it ended.
    pub ended: Vec<Ended>,
    /// It ends an attempt whose beginning was not seen.
    pub is_unseen: bool,
    /// It shows that qmail-send was started again: this number of attempts was cut off.
    pub cut_off: u64,
    /// This number of messages and attempts had no line for too long.
    pub forgotten: u64,
}

impl Step {
    fn clear(&mut self) {
        let Step { ended, is_unseen, cut_off, forgotten } = self;
        ended.clear();
        (*is_unseen, *cut_off, *forgotten) = (false, 0, 0);
    }
}

impl Queue {
    /// Takes in the next event, of this moment. What it did is put in the place of the step before.
    pub fn take(&mut self, event: &Event<'_>, now: Moment, step: &mut Step) {
        step.clear();
        match *event {
            Event::NewMessage { message } => {
                self.replace(message, Message::new(message, None, now), step);
            }
            Event::Info { message, bytes, sender, qp, uid } => {
                let info = Info { bytes, sender: sender.to_vec(), qp, uid: Some(uid) };
                self.info(message, info, now, step);
            }
            Event::Start { delivery, message, channel, recipient } => {
                self.start(delivery, message, (channel, recipient), now, step);
            }
            Event::End { delivery, outcome, .. } => self.end(delivery, outcome, now, step),
            Event::MessageDone { message } => {
                let gone = self.messages.remove(&message);
                let gone = gone.unwrap_or_else(|| Rc::new(Message::new(message, None, None)));
                step.ended.push(Ended::Message(gone));
            }
            Event::Bounce { message, .. } | Event::TripleBounce { message } => {
                if let Some(open) = self.messages.get(&message).map(Rc::clone) {
                    self.touch(&open.seen, now);
                }
            }
            Event::Running => self.cut_off(step),
            // At the end of a run nothing is open: qmail-send waits for its deliveries before it
            // says so, and where one is killed it says nothing. The numbers tell in any case.
            Event::Exiting | Event::Status | Event::Remark | Event::Other => {}
        }
        if let (Some(now), Some(at)) = (now, self.look_at)
            && now >= at
        {
            self.forget(now, step);
        }
    }

    /// Has a line of its own now.
    fn touch(&mut self, seen: &Cell<Moment>, now: Moment) {
        if now.is_some() {
            seen.set(now);
            self.expect(now);
        }
    }

    /// Will look at something again that has been seen at this moment.
    pub fn expect(&mut self, seen: Moment) {
        let Some(at) = seen.map(|seen| seen.saturating_add(FORGOTTEN_AFTER_MS)) else { return };
        if self.look_at.is_none_or(|look_at| at < look_at) {
            self.look_at = Some(at);
        }
    }

    /// The messages in the queue, in the order of their numbers.
    pub fn messages(&self) -> Vec<(u64, &Rc<Message>)> {
        sorted(&self.messages)
    }

    /// The attempts under way, in the order of their numbers.
    pub fn deliveries(&self) -> Vec<(u64, &Delivery)> {
        sorted(&self.deliveries)
    }

    /// Puts a message in the place of the one that had its number.
    fn replace(&mut self, number: u64, message: Message, step: &mut Step) {
        self.expect(message.first);
        let older = self.messages.insert(number, Rc::new(message));
        step.ended.extend(older.map(Ended::LostMessage));
    }

    fn info(&mut self, number: u64, info: Info, now: Moment, step: &mut Step) {
        // The end of an older message of that number may stand in a part that is missing.
        let Some(open) = self.messages.get_mut(&number).filter(|open| open.lacks_info()) else {
            return self.replace(number, Message::new(number, Some(info), now), step);
        };
        // an attempt that began before knows nothing of it
        let message = Message::new(number, Some(info), open.first);
        message.counted.set(open.counted.get());
        message.seen.set(now.or(open.first));
        match Rc::get_mut(open) {
            Some(open) => *open = message,
            None => *open = Rc::new(message),
        }
        self.expect(now);
    }

    fn start(
        &mut self,
        number: u64,
        message: u64,
        (channel, recipient): (Channel, &[u8]),
        now: Moment,
        step: &mut Step,
    ) {
        // Numbers only grow while a qmail-send runs.
        if number <= self.last {
            self.cut_off(step);
        }
        self.last = number;
        let open = self.messages.entry(message);
        let message = Rc::clone(open.or_insert_with(|| Message::new(message, None, None).into()));
        self.touch(&message.seen, now);
        let attempt = message.waiting.borrow_mut().take(channel, recipient).saturating_add(1);
        let (recipient, start, counted) = (recipient.to_vec(), now, Cell::new(now));
        let delivery = Delivery { message, channel, recipient, attempt, start, counted };
        self.deliveries.insert(number, delivery);
    }

    fn end(&mut self, number: u64, outcome: Outcome, now: Moment, step: &mut Step) {
        let Some(delivery) = self.deliveries.remove(&number) else {
            step.is_unseen = true;
            return;
        };
        self.touch(&delivery.message.seen, now);
        if matches!(outcome, Outcome::Deferral | Outcome::Mangled) {
            delivery.wait();
        }
        step.ended.push(Ended::Attempt(delivery));
    }

    /// What is under way will not end. Its recipients are tried again.
    fn cut_off(&mut self, step: &mut Step) {
        let mut lost: Vec<_> = self.deliveries.drain().collect();
        lost.sort_unstable_by_key(|(number, _)| *number);
        step.cut_off += lost.len() as u64;
        for (_, delivery) in lost {
            delivery.wait();
            step.ended.push(Ended::LostAttempt(delivery));
        }
    }

    /// Lets go of what has had no line of its own for too long.
    fn forget(&mut self, now: i64, step: &mut Step) {
        let is_gone =
            |seen: Moment| seen.is_some_and(|seen| seen.saturating_add(FORGOTTEN_AFTER_MS) <= now);
        let deliveries = self.deliveries.extract_if(|_, delivery| is_gone(delivery.start));
        let mut deliveries: Vec<_> = deliveries.collect();
        let messages = self.messages.extract_if(|_, message| is_gone(message.seen.get()));
        let mut messages: Vec<_> = messages.collect();
        deliveries.sort_unstable_by_key(|(number, _)| *number);
        messages.sort_unstable_by_key(|(number, _)| *number);
        step.forgotten = (deliveries.len() + messages.len()) as u64;
        for (_, delivery) in deliveries {
            delivery.wait();
            step.ended.push(Ended::LostAttempt(delivery));
        }
        step.ended.extend(messages.into_iter().map(|(_, message)| Ended::LostMessage(message)));
        let starts = self.deliveries.values().map(|delivery| delivery.start);
        let seen = self.messages.values().map(|message| message.seen.get());
        let oldest = starts.chain(seen).flatten().min();
        self.look_at = None;
        self.expect(oldest);
    }
}

fn sorted<V>(numbered: &HashMap<u64, V>) -> Vec<(u64, &V)> {
    let mut all: Vec<(u64, &V)> = numbered.iter().map(|(number, value)| (*number, value)).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    all
}

#[cfg(test)]
mod tests {
    use common::logs::qmail_send::Record;

    use super::*;

    const DAY_MS: i64 = 86_400_000;

    /// How many attempts and messages each line lets go of.
    fn forgotten(lines: &[(i64, &str)]) -> Vec<u64> {
        let (mut queue, mut step) = (Queue::default(), Step::default());
        let take = |(days, text): &(i64, &str)| {
            let record = Record::read(text.as_bytes()).unwrap();
            queue.take(&record.event, Some(days * DAY_MS), &mut step);
            step.forgotten
        };
        lines.iter().map(take).collect()
    }

    #[test]
    fn what_has_no_line_for_14_days_is_gone() {
        let lines = [
            (0, "new msg 1"),
            (0, "info msg 1: bytes 2 from <> qp 3 uid 4"),
            (0, "new msg 2"),
            (5, "starting delivery 1: msg 2 to local a@b"),
            (13, "bounce msg 2 qp 5"),
            // of message 1 the last was long ago
            (14, "new msg 9"),
            // the attempt
            (19, "new msg 10"),
            (26, "end msg 2"),
            // what comes first is read first
            (28, "end msg 9"),
            (33, "new msg 11"),
            // the clock may be set back
            (2, "new msg 12"),
            (16, "new msg 13"),
        ];
        assert_eq!(forgotten(&lines), [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1]);
    }

    #[test]
    fn what_has_no_moment_stays() {
        let (mut queue, mut step) = (Queue::default(), Step::default());
        queue.take(&Event::NewMessage { message: 1 }, None, &mut step);
        for days in [0, 1000] {
            queue.take(&Event::NewMessage { message: 2 }, Some(days * DAY_MS), &mut step);
            assert_eq!(step.forgotten, 0);
        }
        assert_eq!(queue.messages.len(), 2);
    }
}
