//! The log of vpopmail's vchkpw: one line for each attempt to log in, whatever the service.
//!
//! ```text
//! Nov 26 03:23:28 mail vpopmail[28785]: vchkpw-pop3: (PLAIN) login success carol@example.net:192.0.2.1
//! Nov 26 03:23:28 mail vpopmail[28786]: vchkpw-pop3: password fail (pass: 'TEXT') bob@example.net:192.0.2.1
//! ```
//!
//! The words are those of `vchkpw.c` of vpopmail 5.4 to 5.6. If it is set up so, vchkpw logs the
//! password that a client gave: no event holds it, and [`without_password`] takes it out of a line.

use bstr::ByteSlice;

use crate::bytes::marks::Marks;

use crate::logs::fields::{Broken, CUT_SHORT};
use crate::logs::prefix::Prefix;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Somebody logged in.
    Login(Attempt<'a>),
    /// Somebody was not let in.
    Refused(Attempt<'a>),
    /// Nothing about a login, or something that follows a login already told.
    Other,
}

/// Who wanted to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// `smtp`, `smtps`, `submission`, `pop3`, `pop3s`, `imap`, `imaps`, or the number of another
    /// port of the server; `webmail` for a client of the server itself, whatever the port.
    pub service: &'a [u8],
    /// As logged; a name without a domain may end in `@`.
    pub user: &'a [u8],
    /// The client's address; empty for one of IPv6.
    pub ip: &'a [u8],
}

/// What a reading of a line says; `None` if its words are not vchkpw's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Event<'a>, Broken>> {
    let is_own = matches!(prefix.tag, b"vpopmail" | b"") && !prefix.continues;
    let rest = prefix.text.strip_prefix(b"vchkpw-").filter(|_| is_own)?;
    let (service, words) = rest.split_at_mark(b": ")?;
    let is_name = !service.is_empty() && service.iter().all(u8::is_ascii_alphanumeric);
    is_name.then(|| read(service, words))
}

/// What stands before the name of a client that was not let in.
const REFUSALS: [&[u8]; 14] = [
    b"password fail ",
    b"vpopmail user not found ",
    b"invalid user/domain characters ",
    b"pop access denied ",
    b"smtp access denied ",
    b"imap access denied ",
    b"webmail access denied ",
    b"null password given ",
    b"null user name given ",
    b"user has no password ",
    b"system password fail ",
    b"system user not found ",
    b"system user shadow entry not found ",
    b"dir auto create failed ",
];

fn read<'a>(service: &'a [u8], words: &'a [u8]) -> Result<Event<'a>, Broken> {
    if let Some(rest) = logged_in(words) {
        return attempt(service, rest).map(Event::Login);
    }
    let Some(refusal) = REFUSALS.into_iter().find(|refusal| words.starts_with(refusal)) else {
        return Ok(Event::Other);
    };
    let rest = &words[refusal.len()..];
    let is_password = refusal.ends_with(b"password fail ") && rest.starts_with(PASSWORD);
    let rest = if is_password { after_password(rest).ok_or(CUT_SHORT)? } else { rest };
    attempt(service, rest).map(Event::Refused)
}

/// What follows `(METHOD) login success `, or the same for a user of the system.
fn logged_in(words: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = words.strip_prefix(b"system password login success ") {
        return Some(rest);
    }
    let (method, rest) = words.strip_prefix(b"(")?.split_at_mark(b") login success ")?;
    let is_method = method.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_method.then_some(rest)
}

/// `USER:IP`; the name may hold anything, a colon too.
fn attempt<'a>(service: &'a [u8], rest: &'a [u8]) -> Result<Attempt<'a>, Broken> {
    let (user, ip) = rest.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let is_ip = ip.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_ip { Ok(Attempt { service, user, ip }) } else { Err("no address at its end") }
}

const PASSWORD: &[u8] = b"(pass: '";
const PASSWORD_END: &[u8] = b"') ";

/// What follows the password in `text`: a name and an address, which have no blank. The password
/// may hold anything, its own end and more names too, so the last end counts.
fn after_password(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = text.rsplit_at_mark(PASSWORD_END)?;
    (rest.contains(&b':') && !rest.contains(&b' ')).then_some(rest)
}

/// The line with `***` in place of a password; `None` if it has none.
///
/// The password begins at the first `(pass: '`. Where its end is in doubt, the rest of the line
/// goes too.
pub fn without_password(line: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = at_password(line)?;
    Some(match after_password(rest) {
        Some(after) => [before, b"***", PASSWORD_END, after].concat(),
        None => [before, b"***')"].concat(),
    })
}

/// The same for a line whose rest is not there yet: what is given and the rest say together what
/// the whole line says. What stands behind the last `') ` so far is kept, for it may be a name.
pub fn without_password_so_far(line: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = at_password(line)?;
    let end = rest.rfind(PASSWORD_END).map(|end| &rest[end..]);
    // half of the end may be there
    let halves = [&b"')"[..], b"'", b""];
    let end = end.or_else(|| halves.into_iter().find(|half| rest.ends_with(half)));
    Some([before, b"***", end.unwrap_or_default()].concat())
}

/// What stands before the first password, and the rest.
fn at_password(line: &[u8]) -> Option<(&[u8], &[u8])> {
    Some(line.split_at(line.find(PASSWORD)? + PASSWORD.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::prefix::{self, Opening};

    fn find(line: &[u8]) -> Option<Result<Event<'_>, Broken>> {
        prefix::find(line, Opening::OwnWords, judge)
    }

    fn shown(line: &str) -> String {
        let names = |kind: &str, it: Attempt<'_>| {
            let [service, user, ip] = [it.service, it.user, it.ip].map(ByteSlice::as_bstr);
            format!("{kind} {service} {user} {ip}")
        };
        match find(line.as_bytes()) {
            None => "-".into(),
            Some(Err(why)) => format!("! {why}"),
            Some(Ok(Event::Other)) => "other".into(),
            Some(Ok(Event::Login(attempt))) => names("login", attempt),
            Some(Ok(Event::Refused(attempt))) => names("refused", attempt),
        }
    }

    #[test]
    fn every_wording() {
        for (words, expected) in [
            (
                "pop3: (PLAIN) login success a@b.example:192.0.2.1",
                "login pop3 a@b.example 192.0.2.1",
            ),
            ("smtp: (CRAM-MD5) login success a@b.example:", "login smtp a@b.example "),
            ("2110: system password login success root:192.0.2.1", "login 2110 root 192.0.2.1"),
            ("imap: password fail a@b.example:192.0.2.1", "refused imap a@b.example 192.0.2.1"),
            (
                "webmail: password fail (pass: 'test') a@b.example:127.0.0.1",
                "refused webmail a@b.example 127.0.0.1",
            ),
            (
                "pop3: system password fail (pass: 'x') root:192.0.2.1",
                "refused pop3 root 192.0.2.1",
            ),
            ("pop3: vpopmail user not found a@:192.0.2.1", "refused pop3 a@ 192.0.2.1"),
            (
                "pop3s: pop access denied a@b.example:192.0.2.1",
                "refused pop3s a@b.example 192.0.2.1",
            ),
            ("pop3: null user name given :192.0.2.1", "refused pop3  192.0.2.1"),
            (
                "pop3: invalid user/domain characters a:b c:192.0.2.1",
                "refused pop3 a:b c 192.0.2.1",
            ),
            ("2110: setgid 89 failed errno 1 a@b.example:192.0.2.1", "other"),
            ("pop3: password fail a@b.example", "! cut short, or not as the program writes it"),
            ("pop3: password fail a@b.example:192.0.2.1x", "! no address at its end"),
            ("pop3: password fail (pass: 'cut", "! cut short, or not as the program writes it"),
            ("pop 3: password fail a@b.example:192.0.2.1", "-"),
            ("pop3", "-"),
        ] {
            for head in ["Nov 26 03:23:05 mail vpopmail[7]: ", "vpopmail[7]: ", "vpopmail: ", ""] {
                assert_eq!(shown(&format!("{head}vchkpw-{words}")), expected, "{head}{words}");
            }
            for head in ["Nov 26 03:23:05 mail imapd: ", "Nov 26 03:23:05 mail x: 1.200000+ "] {
                assert_eq!(shown(&format!("{head}vchkpw-{words}")), "-", "{head}{words}");
            }
        }
    }

    #[test]
    fn names_imitate_nothing() {
        let words = "vchkpw-pop3: invalid user/domain characters ";
        for name in ["(PLAIN) login success a@b:192.0.2.9", "vchkpw-pop3: password fail a@b", ""] {
            let expected = format!("refused pop3 {name} 192.0.2.1");
            assert_eq!(shown(&format!("vpopmail: {words}{name}:192.0.2.1")), expected);
        }
    }

    /// Passwords that imitate their own end, another beginning, names and addresses.
    const PASSWORDS: [&str; 12] = [
        "secret",
        "",
        "it's",
        "a') b",
        "a') evil@example.com:192.0.2.9",
        "(pass: 'b') c@d.example:192.0.2.9 ",
        "<65825.1118321790@mail.example.com>",
        "') ",
        "')",
        "'",
        "p\u{e9} \u{1f600}:",
        "Nov 26 03:23:05 mail vpopmail[7]: vchkpw-pop3: password fail (pass: 'x') a@b:192.0.2.9",
    ];

    #[test]
    fn a_password_is_in_no_output() {
        for password in PASSWORDS {
            for kind in ["password fail", "system password fail"] {
                let head =
                    format!("Nov 26 03:23:05 mail vpopmail[7]: vchkpw-pop3: {kind} (pass: '");
                let line = format!("{head}{password}') o'brien@example.net:192.0.2.1");
                assert_eq!(shown(&line), "refused pop3 o'brien@example.net 192.0.2.1");
                let masked = format!("{head}***') o'brien@example.net:192.0.2.1");
                assert_eq!(without_password(line.as_bytes()).unwrap(), masked.as_bytes(), "{line}");
                let folded = format!("mail message repeated 2 times: [{line}]");
                let masked = format!("mail message repeated 2 times: [{masked}]");
                assert_eq!(without_password(folded.as_bytes()).unwrap(), masked.as_bytes());
            }
        }
    }

    /// A line that was read in two pieces says what it says in one.
    #[test]
    fn passwords_so_far() {
        for password in PASSWORDS {
            let head = "vpopmail: vchkpw-pop3: password fail (pass: '";
            let line = format!("{head}{password}') o'brien@example.net:192.0.2.1");
            for cut in 0..=line.len() {
                let (piece, rest) = line.as_bytes().split_at(cut);
                let kept = without_password_so_far(piece).unwrap_or(piece.to_vec());
                let joined = [&kept, rest].concat();
                let masked = format!("{head}***') o'brien@example.net:192.0.2.1");
                assert_eq!(without_password(&joined).unwrap(), masked.as_bytes(), "{cut} {line}");
            }
        }
        let piece = b"password fail (pass: 'secret') bob@exam";
        assert_eq!(
            without_password_so_far(piece).unwrap(),
            b"password fail (pass: '***') bob@exam"
        );
        assert_eq!(without_password_so_far(&piece[..25]).unwrap(), b"password fail (pass: '***");
        assert_eq!(without_password_so_far(b"password fail (pass:"), None);
    }

    #[test]
    fn a_line_that_was_cut_in_its_password_loses_the_rest() {
        for password in ["secret", "a') b secret", "secret') ", "secret'", "secret')", ""] {
            let masked = without_password(format!("x password fail (pass: '{password}").as_bytes());
            assert_eq!(masked.unwrap(), b"x password fail (pass: '***')");
        }
        assert_eq!(without_password(b"x password fail (pass: a@b.example:192.0.2.1"), None);
        assert_eq!(without_password(b""), None);
    }

    /// The kinds of `captures/README.md`: login success 87, setgid 13, all others refusals.
    #[test]
    fn the_capture() {
        let root = env!("CARGO_MANIFEST_DIR");
        let log = std::fs::read(format!("{root}/../tests/data/captures/vchkpw/maillog")).unwrap();
        let mut kinds = [0; 4];
        for line in log.lines() {
            kinds[match find(line) {
                Some(Ok(Event::Login(_))) => 0,
                Some(Ok(Event::Refused(_))) => 1,
                Some(Ok(Event::Other)) => 2,
                None | Some(Err(_)) => 3,
            }] += 1;
        }
        assert_eq!(kinds, [87, 15 + 13 + 13 + 11, 13, 0]);
        assert_eq!(log.lines().filter_map(without_password).count(), 3);
    }

    #[test]
    fn any_bytes_are_a_line() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(head: u8, bytes: Vec<u8>) -> bool {
            let heads = ["", "vchkpw-", "vchkpw-1: (", "vchkpw-1: password fail (pass: '"];
            let few = b"abc') (:pass@1.";
            let bytes: Vec<u8> = bytes.iter().map(|it| few[usize::from(*it) % few.len()]).collect();
            let line = [heads[usize::from(head) % heads.len()].as_bytes(), &bytes].concat();
            let _ = find(&line);
            let masked = without_password(&line);
            // what is masked stays as it is
            masked.is_none_or(|masked| without_password(&masked).as_ref() == Some(&masked))
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(u8, Vec<u8>) -> bool);
    }
}
