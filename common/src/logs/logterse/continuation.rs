//! The lines that go on a record: a reason for a refusal may hold line ends.

use super::status::DENIED;
use super::{Record, parse};
use crate::logs::prefix;
use crate::time::stamp::Form;

impl Record<'_> {
    /// Can the next line be the rest of this one? A reason for a refusal may hold line ends; a
    /// message-id is cut at the first.
    pub fn may_go_on(&self) -> bool {
        self.status.is_none() && self.disposition != b"queued"
    }
}

/// The text of a line that may go on a record: the line without its stamp. `None` for a line of
/// qpsmtpd, which begins with a process number; one that ends as a refusal does must also go on in
/// words of qpsmtpd.
///
/// If the record did not end in a carriage return, only a line that ends as SME's edition ends a
/// refusal can be the rest of it.
pub fn continuation(line: &[u8], after_cr: bool) -> Option<&[u8]> {
    let (form, text) =
        prefix::stamped(line).map_or((None, line), |(it, rest)| (Some(it.form), rest));
    let text = match form {
        Some(Form::Label | Form::Local | Form::Utc) => text,
        // it may be a number in the text
        Some(Form::Unix) | None => line,
        // these loggers do not break lines
        Some(Form::Iso | Form::Full | Form::Syslog | Form::SyslogWithYear | Form::Ctime) => {
            return None;
        }
    };
    let ends = || ends_as_refusal(text);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_of_qpsmtpd = match text.get(digits..) {
        Some([]) => digits > 0,
        // a part of a text may begin with a number too
        Some([b' ', words @ ..]) => digits > 0 && (!ends() || are_of_qpsmtpd(words)),
        _ => false,
    };
    (!is_of_qpsmtpd && (after_cr || ends()) && parse(line).is_err()).then_some(text)
}

/// Does a line end as SME's edition ends a refusal? No other can go on a record that did not end in
/// a carriage return.
pub fn ends_as_refusal(line: &[u8]) -> bool {
    line.strip_suffix(DENIED).is_some_and(|text| text.ends_with(b"\t"))
}

/// Does qpsmtpd write words like these after a process number? Only those matter that a client's
/// words, or those of its name server, can follow: they must not go on another client's record.
fn are_of_qpsmtpd(words: &[u8]) -> bool {
    const CORE: [&[u8]; 12] = [
        b"Accepted connection ",
        b"Connection from ",
        b"Plugin ",
        b"Too many connections",
        b"deny mail ",
        b"dispatching ",
        b"from email address ",
        b"full from_parameter",
        b"full to_parameter",
        b"getting mail ",
        b"running plugin ",
        b"to email address ",
    ];
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let name = words.iter().position(|byte| !in_name(byte)).unwrap_or(words.len());
    let (name, rest) = words.split_at(name);
    let is_plugin = rest.starts_with(b" plugin:")
        || rest.starts_with(b" plugin (")
        || (name.ends_with(b":") && rest.starts_with(b" ("));
    // an answer to the client, such as `550 no` or `250-SIZE`
    let is_answer = name.len() == 3
        && name.iter().all(u8::is_ascii_digit)
        && matches!(rest.first(), Some(b' ' | b'-'));
    let is_repeated = words.starts_with(b"`");
    let is_hook = words.starts_with(b"(");
    is_hook || is_plugin || is_answer || is_repeated || CORE.iter().any(|it| words.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::logterse::line_of;

    #[test]
    fn lines_that_go_on() {
        let line = line_of("1.2.3.4\th\th\t<a@b>\t<c@d>\tnaughty\t903\t(helo) first\r");
        assert!(parse(line.as_bytes()).unwrap().may_go_on());
        let rest = "(karma) bad\tmsg denied before queued";
        let labelled = format!("@40000000582033e43560d92c {rest}");
        assert_eq!(continuation(labelled.as_bytes(), false), Some(rest.as_bytes()));
        assert_eq!(continuation(rest.as_bytes(), true), Some(rest.as_bytes()));
        assert_eq!(continuation(b"second reason", false), None);
        assert_eq!(continuation(b"42 (deny) x: y\tmsg denied before queued", true), None);
        let labelled = format!("@40000000582033e43560d92c 42 {rest}");
        assert_eq!(continuation(labelled.as_bytes(), true), None);
        for text in [
            "2 days ago http://x.y/z\tmsg denied before queued",
            "42 plugins\tmsg denied before queued",
            "2 more plugins (or 3)\tmsg denied before queued",
            "2 days (or 3)\tmsg denied before queued",
            "127.0.0.2 listed\tmsg denied before queued",
        ] {
            let labelled = format!("@40000000582033e43560d92c {text}");
            for after_cr in [false, true] {
                assert_eq!(continuation(labelled.as_bytes(), after_cr), Some(text.as_bytes()));
                assert_eq!(continuation(text.as_bytes(), after_cr), Some(text.as_bytes()));
            }
        }
        assert_eq!(continuation(b"2 days ago", true), None);
        assert_eq!(continuation(b"2", true), None);
        for words in [
            "dispatching HELO x",
            "(helo) helo: x",
            "helo plugin: x",
            "helo plugin (helo): x",
            "queue::qmail_2dqueue: (queue): x",
            "Accepted connection 0/40 from 192.0.2.1 / x",
            "full from_parameter: x",
            "getting mail from x",
            "250 x",
            "250-x",
            "` logging::logterse plugin: x",
        ] {
            let line = format!("@40000000582033e43560d92c 42 {words}\tmsg denied before queued");
            for after_cr in [false, true] {
                assert_eq!(continuation(line.as_bytes(), after_cr), None, "{words}");
            }
        }
    }
}
