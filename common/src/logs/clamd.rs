//! The lines of clamd, `ClamAV`'s daemon, in syslog or in its own log, with a date (`LogTime`) or
//! without.
//!
//! ```text
//! Feb  8 14:36:00 mx clamd[512]: instream(192.0.2.1@40312): Win.Test.EICAR_HDB-1 FOUND
//! Sun Nov 22 05:10:27 2026 -> /var/spool/x/1795324227:77:0: OK
//! ```
//!
//! Connections are logged at debug only; a line stands for one that asked for a scan.

use crate::bytes::marks::Marks;

use super::fields::{Broken, CUT_SHORT, NO_NUMBER, plain_ip};
use super::prefix::Prefix;
use crate::bytes::digits::number;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something was scanned.
    Scanned {
        /// The address that it came from; empty where it is a file, or came over a UNIX socket or
        /// by IPv6.
        ip: &'a [u8],
        /// The port that it came from. `stream` names a port of the server, which is none.
        port: Option<u16>,
        /// What came of it.
        verdict: Verdict<'a>,
    },
    /// A connection failed.
    Failed,
    /// A client left while its scan went on.
    Left,
    /// A client sent more than the limit.
    TooLarge,
    /// Nothing about a scan.
    Other,
}

/// What came of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Nothing was found. Logged only with `LogClean`.
    Clean,
    /// A virus of this name; any bytes.
    Virus(&'a [u8]),
    /// The scan failed; why.
    Error(&'a [u8]),
}

/// What a reading of a line says, if its words are of clamd.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Event<'a>, Broken>> {
    let Prefix { tag, pid, text, continues, .. } = *prefix;
    let is_tagged = tag == b"clamd";
    // its own log names no process
    let is_own_log = tag.is_empty() && pid.is_empty();
    if continues || !(is_tagged || is_own_log) {
        return None;
    }
    // behind a label the arrow of `LogTime` is left
    let text = text.strip_prefix(b"-> ").unwrap_or(text);
    scanned(text).or_else(|| {
        let is_own = is_tagged || REMARKS.iter().any(|start| text.starts_with(start));
        let event = incident(text, is_tagged).or(is_own.then_some(Event::Other));
        event.map(Ok)
    })
}

/// How lines of its own log begin that come every day.
const REMARKS: [&[u8]; 4] =
    [b"SelfCheck: ", b"Reading databases from ", b"+++ Started at ", b"--- Stopped at "];

/// What a line says of a connection that brought no scan. In syslog the level is no part of it.
fn incident(text: &[u8], is_tagged: bool) -> Option<Event<'_>> {
    let levels = [&b"ERROR: "[..], b"WARNING: "];
    let levelled = levels.iter().find_map(|level| text.strip_prefix(*level));
    let text = levelled.or(is_tagged.then_some(text))?;
    let incidents: [(&[u8], Event<'_>); 3] = [
        (b"accept() failed", Event::Failed),
        (b"Client disconnected while ", Event::Left),
        (b"INSTREAM: Size limit reached", Event::TooLarge),
    ];
    incidents.into_iter().find(|(start, _)| text.starts_with(start)).map(|(_, event)| event)
}

/// `SUBJECT: NAME FOUND`, `SUBJECT: OK` or `SUBJECT: REASON ERROR`; `None` for all else.
fn scanned(text: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    let is_path = text.starts_with(b"/");
    let others = [&b"instream("[..], b"stream(", b"fd["];
    if !is_path && !others.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let (rest, word) = text.rsplit_at_mark(b" ")?;
    if word == b"OK" {
        return rest.strip_suffix(b":").map(|subject| event(subject, Verdict::Clean));
    }
    // a path may hold a colon and a blank, a name after the other subjects too
    let split = if is_path { rest.rsplit_at_mark(b": ") } else { rest.split_at_mark(b": ") };
    let (subject, said) = split?;
    match word {
        b"FOUND" => Some(event(subject, Verdict::Virus(without_digest(said)))),
        b"ERROR" => Some(event(subject, Verdict::Error(said))),
        _ => None,
    }
}

fn event<'a>(subject: &'a [u8], verdict: Verdict<'a>) -> Result<Event<'a>, Broken> {
    client(subject).map(|(ip, port)| Event::Scanned { ip, port, verdict })
}

/// The client of `instream(IP@PORT)`, `instream(local)`, `stream(IP@PORT)`, `fd[N]` or a path.
fn client(subject: &[u8]) -> Result<(&[u8], Option<u16>), Broken> {
    let inside = |word: &[u8]| subject.strip_prefix(word)?.strip_suffix(b")");
    let (at, is_stream) = match (inside(b"instream("), inside(b"stream(")) {
        (Some(at), _) => (at, false),
        (None, Some(at)) => (at, true),
        (None, None) => return Ok((b"", None)),
    };
    if at == b"local" {
        return Ok((b"", None));
    }
    let (ip, port) = at.rsplit_at_mark(b"@").ok_or(CUT_SHORT)?;
    let port = number(port).and_then(|port| u16::try_from(port).ok()).ok_or(NO_NUMBER)?;
    Ok((plain_ip(ip), Some(port).filter(|_| !is_stream)))
}

/// The name of `NAME(MD5:SIZE)`, as clamd writes with `ExtendedDetectionInfo`.
fn without_digest(name: &[u8]) -> &[u8] {
    const DIGITS: usize = 32;
    let inside = name.strip_suffix(b")").and_then(|name| name.rsplit_at_mark(b"("));
    let is_digest = |inside: &[u8]| {
        inside.split_at_mark(b":").is_some_and(|(digest, size)| {
            digest.len() == DIGITS
                && digest.iter().all(u8::is_ascii_hexdigit)
                && number(size).is_some()
        })
    };
    inside.filter(|(_, inside)| is_digest(inside)).map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;
    use crate::logs::prefix::{Opening, find};

    const VIRUS: &[u8] = b"Win.Test.EICAR_HDB-1";

    fn read(line: &[u8]) -> Option<Result<Event<'_>, Broken>> {
        find(line, Opening::OwnWords, judge)
    }

    fn scan<'a>(ip: &'a str, port: Option<u16>, verdict: Verdict<'a>) -> Event<'a> {
        Event::Scanned { ip: ip.as_bytes(), port, verdict }
    }

    #[test]
    fn each_kind_of_line() {
        let virus = Verdict::Virus(VIRUS);
        for (text, expected) in [
            (
                "instream(192.0.2.1@40312): Win.Test.EICAR_HDB-1 FOUND",
                scan("192.0.2.1", Some(40312), virus),
            ),
            ("instream(local): Win.Test.EICAR_HDB-1 FOUND", scan("", None, virus)),
            ("instream(local): OK", scan("", None, Verdict::Clean)),
            ("stream(192.0.2.1@1532): OK", scan("192.0.2.1", None, Verdict::Clean)),
            ("fd[11]: Win.Test.EICAR_HDB-1 FOUND", scan("", None, virus)),
            (
                "fd[11]: Not a regular file. ERROR",
                scan("", None, Verdict::Error(b"Not a regular file.")),
            ),
            ("/spool/1795324227:77:0: OK", scan("", None, Verdict::Clean)),
            (
                "/spool/a: Win.Test.EICAR_HDB-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND",
                scan("", None, virus),
            ),
            (
                "/spool/a: Can't open file or directory ERROR",
                scan("", None, Verdict::Error(b"Can't open file or directory")),
            ),
            ("ERROR: accept() failed: Too many open files", Event::Failed),
            ("WARNING: Client disconnected while scanjob was active", Event::Left),
            ("WARNING: INSTREAM: Size limit reached, (requested: 9, max: 8)", Event::TooLarge),
        ] {
            for head in [
                "",
                "Sun Nov 22 05:10:27 2026 -> ",
                "Nov 22 05:10:27 mx clamd[512]: ",
                "@400000006b02789e12c9caa4 ",
                "@400000006b02789e12c9caa4 Sun Nov 22 05:10:27 2026 -> ",
                "2026-11-22T05:10:27Z ",
            ] {
                assert_eq!(
                    read(format!("{head}{text}").as_bytes()),
                    Some(Ok(expected)),
                    "{head}{text}"
                );
            }
        }
        // in syslog the level is gone
        let line = b"Nov 22 05:10:27 mx clamd[512]: accept() failed: Too many open files";
        assert_eq!(read(line), Some(Ok(Event::Failed)));
        for head in ["Nov 22 05:10:27 mx clamd[512]: ", "Sun Nov 22 05:10:27 2026 -> "] {
            let line = [head, "SelfCheck: Database status OK."].concat();
            assert_eq!(read(line.as_bytes()), Some(Ok(Event::Other)));
        }
    }

    /// The name of a file or a virus cannot make a line say anything else.
    #[test]
    fn names_hold_anything() {
        for (text, expected) in [
            ("/a: X FOUND: OK", scan("", None, Verdict::Clean)),
            ("/a: OK: Y FOUND", scan("", None, Verdict::Virus(b"Y"))),
            ("/instream(192.0.2.1@5): Y FOUND", scan("", None, Verdict::Virus(b"Y"))),
            ("instream(local): a: b FOUND FOUND", scan("", None, Verdict::Virus(b"a: b FOUND"))),
            ("instream(local): x(y:1) FOUND", scan("", None, Verdict::Virus(b"x(y:1)"))),
            (
                "instream(local): \t\u{e9} FOUND",
                scan("", None, Verdict::Virus("\t\u{e9}".as_bytes())),
            ),
        ] {
            assert_eq!(read(text.as_bytes()), Some(Ok(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for line in [
            "",
            "a: X FOUND",
            "FOUND",
            "/a FOUND",
            "/a: X FOUNDS",
            "instream(local)",
            "accept() failed: x",
            "ERROR: other",
            "Nov 22 05:10:27 mx imapd[5]: /a: X FOUND",
            "Sun Nov 22 05:10:27 2026 [13] instream(local): X FOUND",
            "Sun Nov 22 05:10:11 2026 -> Limits: Files limit set to 10000.",
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        for (line, why) in
            [("instream(192.0.2.1): OK", CUT_SHORT), ("instream(192.0.2.1@99999): OK", NO_NUMBER)]
        {
            assert_eq!(read(line.as_bytes()), Some(Err(why)), "{line}");
        }
    }

    /// The counts are those of grep.
    #[test]
    fn a_real_log() {
        let file = "/../tests/data/captures/clamd/clamd-0.94.log";
        let log = std::fs::read([env!("CARGO_MANIFEST_DIR"), file].concat()).unwrap();
        let (mut clean, mut viruses, mut phishing, mut other) = (0, 0, 0, 0);
        for line in log.lines() {
            match read(line) {
                Some(Ok(Event::Scanned { verdict: Verdict::Clean, .. })) => clean += 1,
                Some(Ok(Event::Scanned { verdict: Verdict::Virus(name), .. })) => {
                    viruses += 1;
                    phishing += usize::from(name.starts_with(b"Html.Phishing.Qlogtest-"));
                }
                None | Some(Ok(Event::Other)) => other += 1,
                event => panic!("{event:?}"),
            }
        }
        assert_eq!([clean, viruses, phishing, other], [187, 12, 4, 45]);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(words: Vec<u8>, bytes: Vec<u8>) -> bool {
            const WORDS: [&str; 14] = [
                "instream(",
                "stream(",
                "local",
                ")",
                ": ",
                "/",
                "fd[",
                "]",
                " FOUND",
                " OK",
                " ERROR",
                "@",
                "1",
                ":",
            ];
            let words = words.iter().map(|at| WORDS[usize::from(*at) % WORDS.len()]);
            let line = [words.collect::<String>().into_bytes(), bytes].concat();
            let _ = read(&line);
            true
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, Vec<u8>) -> bool);
    }
}
