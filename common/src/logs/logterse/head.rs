//! The head of a record: what one of qpsmtpd's loggers writes before the backquote.

use bstr::ByteSlice;

use super::NO_RECORD;
use crate::filter::Fault;
use crate::logs::prefix::{self, Opening, Prefix};
use crate::time::Stamp;

/// What loggers call the plugin.
pub const NAME: &[u8] = b"logging::logterse";

/// The words of each logger that names the plugin, between the process number and the backquote,
/// and the hook that they name; empty if they name none.
pub const LOGGERS: [(&[u8], &[u8]); 7] = [
    (b"(deny) logging::logterse: ", b"deny"),
    (b"(queue) logging::logterse: ", b"queue"),
    (b"logging::logterse plugin: ", b""),
    (b"logging::logterse plugin (deny): ", b"deny"),
    (b"logging::logterse plugin (queue): ", b"queue"),
    (b"logging::logterse: (deny): ", b"deny"),
    (b"logging::logterse: (queue): ", b"queue"),
];

/// The hook that the words of a logger name.
fn hook(words: &[u8]) -> Option<&'static [u8]> {
    LOGGERS.iter().find(|(logger, _)| *logger == words).map(|(_, hook)| *hook)
}

/// What stands before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// When. A label or a UNIX stamp beats the date of syslog.
    pub stamp: Option<Stamp<'a>>,
    /// The process number.
    pub pid: &'a [u8],
    /// `deny` or `queue`; empty where the logger does not name it.
    pub hook: &'a [u8],
}

/// What the words before a line's first backquote say; why they are none of a logger.
#[inline]
pub fn head(words: &[u8]) -> Result<Head<'_>, Fault> {
    match prefix::find(words, Opening::ProcessNumber, judge) {
        Some(Ok(head)) => Ok(head),
        Some(Err(fault @ Fault::Skip(NO_RECORD))) => {
            let with_year = prefix::with_year_at_end(words).and_then(|prefix| judge(&prefix));
            Err(if let Some(Ok(_)) = with_year { UNKNOWN } else { fault })
        }
        Some(Err(fault)) => Err(fault),
        None if words.contains_str(NAME) => Err(UNKNOWN),
        None => Err(Fault::Skip(NO_RECORD)),
    }
}

const UNKNOWN: Fault = Fault::UnknownHead("logterse's words follow an unknown head");

/// What one reading of the words says, if it can be one of qpsmtpd's.
fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Head<'a>, Fault>> {
    let Prefix { stamp, pid, text, .. } = *prefix;
    // logging/syslog and logging/file name no plugin
    if text.is_empty() && !pid.is_empty() {
        return Some(Ok(Head { stamp, pid, hook: b"" }));
    }
    let logged_pid = pid;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (pid, words) = text.split_at(digits);
    let Some(words) = words.strip_prefix(b" ").filter(|_| digits > 0) else {
        let fault = if hook(text).is_some() { UNKNOWN } else { Fault::Skip(NO_RECORD) };
        return (!logged_pid.is_empty()).then_some(Err(fault));
    };
    Some(match hook(words) {
        Some(hook) => Ok(Head { stamp, pid, hook }),
        // it marks the lines that it repeats; logterse's was logged before
        None if words.is_empty() => Err(Fault::Skip("a line that logging/adaptive repeats")),
        None => Err(Fault::Skip(NO_RECORD)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::logterse::parse;
    use crate::logs::logterse::status::DENIED;

    const TEXT: &str =
        "192.0.2.1\tmx.example\thelo\t<a@b.example>\t<c@d.example>\tdnsbl\t901\tno\t";

    #[test]
    fn every_logger() {
        let text = format!("` {TEXT}msg denied before queued");
        for (words, stamp, pid, hook) in [
            ("26375 logging::logterse plugin: ", "", "26375", ""),
            ("26375 logging::logterse plugin (deny): ", "", "26375", "deny"),
            ("26375 logging::logterse: (deny): ", "", "26375", "deny"),
            ("26375 (deny) logging::logterse: ", "", "26375", "deny"),
            ("26375 (queue) logging::logterse: ", "", "26375", "queue"),
            (
                "@40000000582033e43560d92c 28003 logging::logterse plugin (deny): ",
                "@40000000582033e43560d92c",
                "28003",
                "deny",
            ),
            (
                "2016-04-21 15:02:29.006734500 26288 (deny) logging::logterse: ",
                "2016-04-21 15:02:29.006734500",
                "26288",
                "deny",
            ),
            ("Nov  8 06:35:41 mail qpsmtpd[26375]: ", "Nov  8 06:35:41", "26375", ""),
            (
                "2026-11-22T06:35:41+00:00 mail qpsmtpd[26375]: ",
                "2026-11-22T06:35:41+00:00",
                "26375",
                "",
            ),
            (
                "Nov  8 06:35:41 mail qpsmtpd[1]: 2 (deny) logging::logterse: ",
                "Nov  8 06:35:41",
                "2",
                "deny",
            ),
            ("Nov  8 06:35:41 qpsmtpd[26375]: ", "Nov  8 06:35:41", "26375", ""),
            ("Sun Nov 22 06:16:00 2026 mail[26375]: ", "Sun Nov 22 06:16:00 2026", "26375", ""),
            (
                "2023-11-14T22:13:20.000000000+00:00 7 (deny) logging::logterse: ",
                "2023-11-14T22:13:20.000000000+00:00",
                "7",
                "deny",
            ),
            ("Nov  8 06:35:41 7 logging::logterse plugin: ", "Nov  8 06:35:41", "7", ""),
        ] {
            for text in [text.as_str(), &text.replacen(' ', "", 1)] {
                let line = format!("{words}{text}");
                let record = parse(line.as_bytes()).unwrap();
                let found = record.head.stamp.map_or(&b""[..], |stamp| stamp.text);
                assert_eq!(found, stamp.as_bytes(), "{words}");
                assert_eq!((record.head.pid, record.head.hook), (pid.as_bytes(), hook.as_bytes()));
                assert_eq!(record.ip, b"192.0.2.1");
                assert_eq!(record.status, Some(&DENIED[..]));
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_record() {
        for words in [
            "42 dispatching HELO logging::logterse plugin: ",
            "@40000000582033e43560d92c 42 dispatching HELO (deny) logging::logterse: ",
            "@40000000582033e43560d92c 42 dispatching HELO a[1]: ",
            "Nov  8 06:35:41 mail qpsmtpd[1]: dispatching HELO mail qpsmtpd[1]: ",
            "Nov  8 06:35:41 mail qpsmtpd[1]: dispatching HELO 2 (deny) logging::logterse: ",
            "Sun Nov 22 06:16:00 2026 mail[1]: dispatching HELO mail[1]: ",
            "Sun Nov 22 06:16:00 2026 mail [1]: ",
            "Sun Nov 22 06:16:00 2026 mail qpsmtpd[1]: ",
            "Sun Nov 22 06:16:00 2026 7 dispatching X[9]: ",
            "Nov  8 06:35:41 7 dispatching X[9]: ",
            "Nov  8 06:35:41 7 X[9]: ",
            "Nov  8 06:35:41 mail dispatching X[9]: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching X[9]: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching X[9]: 9 (deny) logging::logterse: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching: 9 (deny) logging::logterse: ",
            "42 logging::logterse plugin : ",
            "",
        ] {
            let line = format!("{words}` {TEXT}");
            assert_eq!(parse(line.as_bytes()), Err(Fault::Skip(NO_RECORD)), "{words}");
        }
        for words in [
            "logging::logterse plugin: ",
            "[  12.5] 42 (deny) logging::logterse: ",
            "Nov  8 06:35:41 mail qpsmtpd[1]: (deny) logging::logterse: ",
            // the year, or the process number?
            "Nov  8 06:35:41 2026 mail qpsmtpd[1]: 42 (deny) logging::logterse: ",
            "Nov  8 06:35:41 2026 mail qpsmtpd[1]: ",
        ] {
            let line = format!("{words}` {TEXT}");
            assert_eq!(parse(line.as_bytes()), Err(UNKNOWN), "{words}");
        }
        let repeated = format!("42 ` logging::logterse plugin: ` {TEXT}");
        assert!(matches!(parse(repeated.as_bytes()), Err(Fault::Skip(why)) if why != NO_RECORD));
    }
}
