//! The `qmail-send` of maillog-generate: what one qmail-send says of a queue of about 160 messages,
//! most of which wait for another attempt.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};

use common::time::{Instant, label};

use super::Log;

/// An attempt begins where fewer are under way than a number from this one to twice as many.
const UNDER_WAY: u64 = 12;

/// When more recipients wait for another attempt, the oldest is tried again.
const WAITING: usize = 160;

/// After as many attempts a message is too old.
const MOST_ATTEMPTS: u64 = 5;
const TOO_OLD: &str = "I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./";

/// What local programs say: a success, a failure, a deferral.
const LOCAL: [&[&str]; 3] = [
    &["did_1+0+0/", "did_1+0+0/", "did_0+0+1/", "did_1+0+1/"],
    &[
        "Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/",
        "this_address_is_closed/",
        "This_message_is_looping:_it_already_has_my_Delivered-To_line._(#5.4.6)/",
    ],
    &["disk_full,_honest/", "Unable_to_chdir_to_maildir._(#4.2.1)/", "user_is_over_quota/"],
];

/// The same for qmail-remote; `%` stands for the address of the server, `#` for a number of its queue.
const REMOTE: [&[&str]; 3] = [
    &[
        "%_accepted_message./Remote_host_said:_250_2.0.0_Ok:_queued_as_#/",
        "%_accepted_message./Remote_host_said:_250_OK_id=1eW731-#-G7/",
        "%_TLS_transmitted_message_accepted./Remote_host_said:_250_ok_#_qp_2044/",
    ],
    &[
        "%_does_not_like_recipient./Remote_host_said:_550-5.1.1_user_unknown/550_5.1.1_see_\
         http://help.example.org/?u=#&x=1/Giving_up_on_%./",
        "%_failed_after_I_sent_the_message./Remote_host_said:_554_5.7.1_spam_#/",
        "Sorry,_I_couldn't_find_any_host_named_nx.example._(#5.1.2)/",
        "Connected_to_%_but_sender_was_rejected./Remote_host_said:_553_sender_refused/",
    ],
    &[
        "%_does_not_like_recipient./Remote_host_said:_451_4.7.1_greylisted,_see_#/Giving_up_on_%./",
        "Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/",
        "Connected_to_%_but_greeting_failed./Remote_host_said:_421_too_busy,_come_back_later/",
        "Connected_to_%_but_connection_died._(#4.4.2)/",
        "Sorry,_I_couldn't_find_any_host_by_that_name._(#4.1.2)/",
    ],
];

/// A message in the queue.
struct Message {
    sender: String,
    /// How many recipients are not done.
    open: usize,
    failed: bool,
}

/// A recipient that is to be tried.
struct Attempt {
    message: u64,
    remote: bool,
    recipient: String,
    /// How often it was tried.
    before: u64,
}

/// The state of the queue, and the lines that come next.
#[derive(Default)]
pub struct QmailSend {
    messages: HashMap<u64, Message>,
    due: VecDeque<Attempt>,
    waiting: VecDeque<Attempt>,
    under_way: Vec<(u64, Attempt)>,
    /// They are logged at once, with one label.
    next: VecDeque<String>,
    label: Vec<u8>,
    /// Numbers of messages that are free again, and how many there are.
    free: Vec<u64>,
    inodes: u64,
    /// The numbers of the last attempt and of the last qmail-queue.
    delivery: u64,
    qp: u64,
}

impl QmailSend {
    /// The next line, at this second and microsecond.
    pub fn write(&mut self, log: &mut Log, unix: i64, micros: i64) -> io::Result<()> {
        while self.next.is_empty() {
            self.label.clear();
            let nanos = u32::try_from(micros * 1000).ok();
            label::write(Instant { seconds: unix, nanos }, &mut self.label);
            self.step(log);
        }
        let line = self.next.pop_front().unwrap_or_default();
        log.line.clear();
        log.line.extend_from_slice(&self.label);
        write!(log.line, " {line}")
    }

    fn step(&mut self, log: &mut Log) {
        if self.waiting.len() > WAITING {
            self.due.extend(self.waiting.pop_front());
        }
        if self.under_way.len() as u64 >= UNDER_WAY + log.dice.below(UNDER_WAY) {
            return self.end(log);
        }
        match self.due.pop_front() {
            Some(attempt) => self.start(attempt),
            None => self.arrive(log),
        }
    }

    /// A message of somebody comes in.
    fn arrive(&mut self, log: &mut Log) {
        let sender = log.address();
        let count = match log.dice.below(50) {
            0 => 5 + log.dice.below(20),
            1..=9 => 2 + log.dice.below(2),
            _ => 1,
        };
        let remote = log.dice.below(5) < 2;
        let recipients = (0..count).map(|_| (remote, log.address())).collect();
        let (magnitude, uid) = (8 + log.dice.below(12), *log.dice.pick(&[89, 89, 89, 1010, 0]));
        let bytes = 400 + log.dice.below(1 << magnitude);
        self.qp = self.qp % 60_000 + 1 + log.dice.below(9);
        self.queue(sender, recipients, (bytes, self.qp, uid));
    }

    /// A message comes into the queue.
    fn queue(&mut self, sender: String, recipients: Vec<(bool, String)>, about: (u64, u64, u64)) {
        let message = self.free.pop().unwrap_or_else(|| {
            self.inodes += 1;
            10_527_000 + 2 * self.inodes
        });
        let (bytes, qp, uid) = about;
        let qp = 1000 + qp;
        self.next.push_back(format!("new msg {message}"));
        self.next.push_back(format!(
            "info msg {message}: bytes {bytes} from <{sender}> qp {qp} uid {uid}"
        ));
        self.messages.insert(message, Message { sender, open: recipients.len(), failed: false });
        let attempts = recipients.into_iter().map(|(remote, recipient)| Attempt {
            message,
            remote,
            recipient,
            before: 0,
        });
        self.due.extend(attempts);
    }

    fn start(&mut self, attempt: Attempt) {
        self.delivery += 1;
        let Attempt { message, remote, recipient, .. } = &attempt;
        let (number, channel) = (self.delivery, if *remote { "remote" } else { "local" });
        self.next.push_back(format!(
            "starting delivery {number}: msg {message} to {channel} {recipient}"
        ));
        self.under_way.push((number, attempt));
        self.status();
    }

    fn status(&mut self) {
        let remote = self.under_way.iter().filter(|(_, attempt)| attempt.remote).count();
        let local = self.under_way.len() - remote;
        self.next.push_back(format!("status: local {local}/30 remote {remote}/60"));
    }

    fn end(&mut self, log: &mut Log) {
        let at = log.dice.below(self.under_way.len() as u64);
        let (number, mut attempt) = self.under_way.swap_remove(usize::try_from(at).unwrap_or(0));
        attempt.before += 1;
        let dice = &mut log.dice;
        let deferred = match (attempt.remote, attempt.before) {
            (false, 1) => 3,
            (true, 1) => 15,
            _ => 50,
        };
        let kind = match dice.below(100) {
            roll if roll < deferred => 2,
            roll if roll < deferred + 6 => 1,
            _ => 0,
        };
        let texts = if attempt.remote { &REMOTE } else { &LOCAL };
        let ip = format!("192.0.{}.{}", dice.below(256), dice.below(256));
        let mut text = dice.pick(texts[kind]).replace('%', &ip);
        if !text.contains("(#") {
            text = text.replace('#', &format!("{:09X}", dice.below(1 << 36)));
        }
        let given_up = kind == 2 && attempt.before == MOST_ATTEMPTS;
        if given_up {
            text.push_str(TOO_OLD);
        }
        let outcome = if given_up { "failure" } else { ["success", "failure", "deferral"][kind] };
        self.next.push_back(format!("delivery {number}: {outcome}: {text}"));
        self.status();
        if outcome == "deferral" {
            self.waiting.push_back(attempt);
        } else {
            self.done(attempt.message, outcome == "failure");
        }
    }

    /// A recipient is done.
    fn done(&mut self, number: u64, failed: bool) {
        let Some(message) = self.messages.get_mut(&number) else { return };
        message.open -= 1;
        message.failed |= failed;
        if message.open > 0 {
            return;
        }
        let Some(Message { sender, failed, .. }) = self.messages.remove(&number) else { return };
        self.free.push(number);
        let end = format!("end msg {number}");
        if !failed {
            return self.next.push_back(end);
        }
        if sender == "#@[]" {
            self.next.push_back(format!("triple bounce: discarding bounce/{number}"));
            return self.next.push_back(end);
        }
        self.qp = self.qp % 60_000 + 1;
        self.next.push_back(format!("bounce msg {number} qp {}", 1000 + self.qp));
        self.next.push_back(end);
        let (from, to) = match sender.as_str() {
            "" => ("#@[]", (false, "postmaster@mail.example".into())),
            _ => ("", (self.qp.is_multiple_of(2), sender)),
        };
        self.queue(from.into(), vec![to], (864, self.qp, 1010));
    }
}
