//! The finder of lines that begin with a host.
//!
//! ```text
//! 1119225621.643200 mail spamd[1082]: spamd: connection from localhost [192.0.2.4]:40982 to ...
//!                   ---
//! ```
//!
//! Behind a UNIX stamp a line is first read as one without a host and a tag: `mail spamd...` would
//! be what a program wrote. No program's text begins so, and three bytes of it tell, without a
//! question to each of the formats. Measured: 2,390 instructions for a line instead of 2,830.

/// Could one of the programs have written this text, if no tag names it? A no is certain.
pub fn may_be_untagged(text: &[u8]) -> bool {
    let Some(start) = text.first_chunk::<3>() else { return true };
    matches!(
        start,
        // paths, numbers of processes, and what stands around them
        [b'/' | b'[' | b'0'..=b'9', ..]
        // dovecot's processes, and its level
        | b"ima" | b"pop" | b"IMA" | b"POP" | b"ser" | b"Inf"
        | b"anv" | b"aut" | b"con" | b"dov" | b"ind" | b"lda" | b"lmt" | b"log" | b"man"
        | b"mas" | b"rep" | b"ssl" | b"sta" | b"sub"
        // courier's levels
        | b"INF" | b"DEB" | b"ERR" | b"ALE" | b"WAR" | b"CRI"
        // vchkpw; tcpserver, sslserver and rblsmtpd
        | b"vch" | b"tcp" | b"rbl"
        // spamd, and its levels
        | b"spa" | b"pre" | b"inf" | b"war" | b"err" | b"dbg"
        // clamd
        | b"-> " | b"ins" | b"str" | b"fd[" | b"Sel" | b"Rea" | b"+++" | b"---"
    )
}

#[cfg(test)]
mod tests {
    use common::logs::prefix::Prefix;

    use super::super::hear;
    use super::may_be_untagged;

    fn is_heard(prefix: &Prefix<'_>) -> bool {
        hear(prefix, &mut |_, _| ()).is_some()
    }

    /// Is a no certain, with and without a process number?
    fn holds(text: &[u8]) -> bool {
        [&b""[..], b"77"].into_iter().all(|pid| {
            let prefix = Prefix { text, pid, ..Prefix::default() };
            may_be_untagged(text) || !is_heard(&prefix)
        })
    }

    /// A text of each kind that a program writes, as it stands in a log without tags.
    const TEXTS: [&str; 52] = [
        "imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.1",
        "pop3-login: Info: Aborted login: user=<>, rip=192.0.2.1",
        "imap(bob): Logged out in=1 out=2",
        "pop3(bob): Disconnected",
        "IMAP(bob): Logged out bytes=1/2",
        "POP3(bob): Info: Logged out",
        "imap-hibernate(bob): Connection closed in=1 out=2",
        "service=imap, user=bob, ip=[192.0.2.1]. Logged out rcvd=74, sent=803",
        "Info: imap(bob): Logged out in=1 out=2",
        "anvil: Info: x",
        "auth: Info: x",
        "config: Error: x",
        "doveadm: Info: x",
        "indexer: Info: x",
        "lda(bob): Info: x",
        "lmtp(1): Info: x",
        "log: Error: x",
        "managesieve-login: Info: x",
        "master: Warning: x",
        "replicator: Info: x",
        "ssl-params: Info: x",
        "stats: Fatal: x",
        "submission-login: Info: x",
        "INFO: LOGIN, user=bob, ip=[192.0.2.1], port=[45201]",
        "DEBUG: Connection, ip=[192.0.2.1]",
        "ERR: LOGIN FAILED, user=bob, ip=[192.0.2.1]",
        "ALERT: Connection, ip=[192.0.2.1]",
        "WARN: Connection, ip=[192.0.2.1]",
        "CRIT: Connection, ip=[192.0.2.1]",
        "vchkpw-pop3: (PLAIN) login success bob@example.net:192.0.2.1",
        "tcpserver: status: 1/40",
        "sslserver: ssl 7 accept ",
        "rblsmtpd: 192.0.2.1 pid 7: 451 x",
        "7 > 220 ",
        "7 < QUIT",
        "spamd: got connection over /run/spamd.sock",
        "prefork: child states: II",
        "[7] info: spamd: server started on port 783/tcp",
        "[7] x",
        "info: spamd: x",
        "warn: x",
        "error: x",
        "dbg: x",
        "/x: OK",
        "instream(local): OK",
        "stream(192.0.2.1@7): OK",
        "fd[7]: OK",
        "-> /x: OK",
        "SelfCheck: Database status OK.",
        "Reading databases from /x",
        "+++ Started at x",
        "--- Stopped at x",
    ];

    #[test]
    fn what_programs_write() {
        for text in TEXTS {
            let taken = |pid| {
                let prefix = Prefix { text: text.as_bytes(), pid, ..Prefix::default() };
                is_heard(&prefix)
            };
            assert!(taken(b"") || taken(b"77") || text == "[7] x", "{text}");
            assert!(may_be_untagged(text.as_bytes()), "{text}");
        }
        for text in ["ERROR: accept() failed", "WARNING: Client disconnected while x"] {
            assert!(may_be_untagged(text.as_bytes()), "{text}");
        }
    }

    /// Behind any bytes, and at any place of real lines.
    #[test]
    fn a_no_is_certain() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn of_any(start: Vec<u8>, text: usize, cut: usize) -> bool {
            let text = TEXTS[text % TEXTS.len()].as_bytes();
            holds(&[&start[..start.len().min(4)], &text[cut % text.len()..]].concat())
        }
        for line in include_bytes!("../sample.log").split(|byte| *byte == b'\n') {
            assert!((0..=line.len()).all(|start| holds(&line[start..])));
        }
        quickcheck::QuickCheck::new()
            .tests(50_000)
            .max_tests(50_000)
            .quickcheck(of_any as fn(Vec<u8>, usize, usize) -> bool);
    }

    #[test]
    fn hosts_are_none() {
        for host in ["mail spamd[7]: spamd: x", "mx1 dovecot: x", "example.net q: x"] {
            assert!(!may_be_untagged(host.as_bytes()), "{host}");
        }
    }
}
