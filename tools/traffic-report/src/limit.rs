//! Limits on what an account may do in an hour or a day.

use common::bytes::digits::number;

use crate::scope::Account;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Bounces that come in.
    BouncesIn,
    /// Messages that go out.
    MessagesOut,
    /// Their bytes.
    BytesOut,
}

impl Measure {
    /// All, in the order of their columns.
    pub const ALL: [Measure; 3] = [Measure::BouncesIn, Measure::MessagesOut, Measure::BytesOut];

    /// As it is written in a limit.
    pub fn name(self) -> &'static str {
        match self {
            Measure::BouncesIn => "bounces_in",
            Measure::MessagesOut => "messages_out",
            Measure::BytesOut => "bytes_out",
        }
    }

    /// Where it is found: the first of these metrics that any host counted on a day.
    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Measure::BouncesIn => &["mail.bounces_in"],
            // anyone can write any envelope sender, but only a user can log in
            Measure::MessagesOut => &["verdict.sent", "mail.out"],
            Measure::BytesOut => &["mail.out_bytes"],
        }
    }
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// On what.
    pub measure: Measure,
    /// In each hour; else in each day.
    pub by_hour: bool,
    /// For each of these.
    pub account: Account,
    /// How much is within it.
    pub most: u64,
}

/// What [`Limit::parse`] takes, for a usage error.
pub const EXPECTED: &str =
    "messages_out, bytes_out or bounces_in, /hour or /day, /user or /domain, =N";

impl Limit {
    /// Reads `messages_out/hour/user=200`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let at = text.iter().position(|byte| *byte == b'=')?;
        let mut words = text[..at].split(|byte| *byte == b'/');
        let (measure, window, account) = (words.next()?, words.next()?, words.next()?);
        let by_hour = match window {
            b"hour" => true,
            b"day" => false,
            _ => return None,
        };
        let is_last = words.next().is_none();
        let known = Measure::ALL.into_iter().find(|known| known.name().as_bytes() == measure);
        Some(Limit {
            measure: known.filter(|_| is_last)?,
            by_hour,
            account: Account::named(account)?,
            most: number(&text[at + 1..])?,
        })
    }

    /// What stands above the list of those who were above it.
    pub fn title(&self, shown: &str) -> String {
        let window = if self.by_hour { "an hour" } else { "a day" };
        let account = self.account.heading();
        format!("Above {shown} {} in {window}, by {account}", self.measure.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let limit = Limit {
            measure: Measure::MessagesOut,
            by_hour: true,
            account: Account::User,
            most: 200,
        };
        assert_eq!(Limit::parse(b"messages_out/hour/user=200"), Some(limit));
        for wrong in [
            "",
            "messages_out",
            "messages_out/hour/user",
            "messages_out/hour/user=",
            "messages_out/hour/user=-1",
            "messages/hour/user=1",
            "bytes_out/week/user=1",
            "bytes_out/day/host=1",
            "bytes_out/day/user/x=1",
            "bytes_out/day/user=1=2",
        ] {
            assert_eq!(Limit::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
