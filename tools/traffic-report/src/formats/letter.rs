//! Who gets a report by mail, from whom, and under which subject.

use std::os::unix::ffi::OsStrExt;

use common::filter::Stop;
use common::filter::cli::Args;
use common::time::Instant;

/// The head of a message, as far as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// At least one address.
    pub to: Vec<String>,
    /// An address.
    pub from: String,
    /// One line; `None` for one that is made from the numbers.
    pub subject: Option<String>,
    /// When it is written.
    pub written: Instant,
}

impl Letter {
    /// Reads the arguments.
    pub fn new(args: &Args, now: Instant) -> Result<Self, Stop> {
        let mut to = Vec::new();
        for value in args.values("to") {
            let address = address(value.as_bytes());
            let flag = || format!("--to={}", value.to_string_lossy());
            to.push(address.ok_or_else(|| Stop::usage(flag(), NO_ADDRESS))?);
        }
        let Some(first) = to.first() else {
            return Err(Stop::usage("--to", "is needed for a mail"));
        };
        let from = args.parsed("from", "an address", address)?.unwrap_or_else(|| first.clone());
        let subject = args.parsed("subject", "one line of text", line)?;
        Ok(Letter { to, from, subject, written: now })
    }

    /// The part of its address that follows the `@`.
    pub fn domain(&self) -> &str {
        self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }
}

const NO_ADDRESS: &str = "not an address";

/// An address without a name, a comment or quotes: nothing in it can end the header or the address.
fn address(text: &[u8]) -> Option<String> {
    let is_sound = |byte: &u8| byte.is_ascii_graphic() && !b"<>(),;:\"\\".contains(byte);
    let is_address = !text.is_empty() && text.len() <= ADDRESS_BYTES && text.iter().all(is_sound);
    is_address.then(|| String::from_utf8_lossy(text).into_owned())
}

/// The longest that SMTP allows.
const ADDRESS_BYTES: usize = 254;

fn line(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_ends_a_header_or_an_address() {
        for sound in ["postmaster", "a@example.com", "a+b=c@[192.0.2.1]", "%x!y@z"] {
            assert_eq!(address(sound.as_bytes()).as_deref(), Some(sound));
        }
        for text in ["", "a b", "a\nb", "a\rb", "a,b", "<a>", "a\0", "\"a\"@b", "a(b)", "a:b;", "ä"]
        {
            assert_eq!(address(text.as_bytes()), None, "{text:?}");
        }
        assert!(line("Grüße, 1 %".as_bytes()).is_some());
        for text in [b"a\nb".as_slice(), b"a\rb", b"\0", b"\x7f", b"\xff", "\u{85}".as_bytes()] {
            assert_eq!(line(text), None, "{text:?}");
        }
    }
}
