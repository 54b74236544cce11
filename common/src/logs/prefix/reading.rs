//! One reading of a line.

use crate::time::Stamp;
use crate::time::stamp::Form;

/// A line, taken apart into what loggers wrote and what the program wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefix<'a> {
    /// When: the stamp nearest to the event. A label, or a UNIX stamp with six decimals, beats a
    /// date outside of it. `None` where the line has no time.
    pub stamp: Option<Stamp<'a>>,
    /// The host that syslog names; empty where there is none.
    pub host: &'a [u8],
    /// The program that syslog names; empty where there is none.
    pub tag: &'a [u8],
    /// The process number beside the tag, decimal digits; empty where there is none.
    pub pid: &'a [u8],
    /// What the program wrote.
    pub text: &'a [u8],
    /// splogger writes a long line as several: is this the next of an earlier one?
    pub continues: bool,
}

impl Prefix<'_> {
    /// May the text begin with a stamp of splogger or multilog? Most begin with a word.
    #[inline]
    pub fn may_have_inner_stamp(&self) -> bool {
        matches!(self.text, [b'@' | b'0'..=b'9', ..])
    }

    /// The same with the stamp of splogger or multilog in the text, if there is one.
    #[must_use]
    pub fn with_inner_stamp(self) -> Self {
        if !self.may_have_inner_stamp() {
            return self;
        }
        if let Some((stamp, text)) = Stamp::at_start(self.text).filter(|it| is_nearest(it.0)) {
            return Prefix { stamp: Some(stamp), text, ..self };
        }
        match continued(self.text) {
            Some((stamp, text)) => Prefix { stamp: Some(stamp), text, continues: true, ..self },
            None => self,
        }
    }
}

/// How a program's text begins: it decides which heads can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// With words of the program itself, which nobody else chooses.
    OwnWords,
    /// With a process number, and words that may be a client's soon after it. A number is then no
    /// host, and a host and a tag are believed only behind a date: a client's words could imitate
    /// them behind the number.
    ProcessNumber,
}

/// Is it a stamp that beats those outside of it?
pub fn is_nearest(stamp: Stamp<'_>) -> bool {
    stamp.form == Form::Label || stamp.has_micros()
}

/// `SECONDS.MICROS+REST`: what splogger writes when it folds a line.
#[inline]
pub fn continued(text: &[u8]) -> Option<(Stamp<'_>, &[u8])> {
    /// Far more digits than a stamp has.
    const FARTHEST_BYTES: usize = 40;
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    let plus = text.iter().take(FARTHEST_BYTES).position(|byte| *byte == b'+')?;
    let stamp = Stamp::whole(&text[..plus]).filter(|stamp| stamp.form == Form::Unix)?;
    Some((stamp, &text[plus + 1..]))
}

/// Decimal digits, one at least?
pub fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
