use bstr::ByteSlice;

use super::*;
use crate::logs::prefix::{self, Opening};

fn find(line: &[u8]) -> Option<Result<Event<'_>, Broken>> {
    prefix::find(line, Opening::OwnWords, judge)
}

fn shown(line: &str) -> String {
    let number = |it: Option<u64>| it.map_or("-".into(), |it| it.to_string());
    let client = |it: Client<'_>| {
        let [user, ip, session] = [it.user, it.ip, it.session].map(ByteSlice::as_bstr);
        format!("{:?} <{user}> {ip} {} {session}", it.service, number(it.pid))
    };
    match find(line.as_bytes()) {
        None => "none".into(),
        Some(Err(why)) => format!("! {why}"),
        Some(Ok(Event::Other)) => "other".into(),
        Some(Ok(Event::Login(it))) => format!("login {}", client(it)),
        Some(Ok(Event::NoLogin(it, ending))) => format!("{ending:?} {}", client(it)),
        Some(Ok(Event::End(it))) => {
            let [user, ip, session] = [it.user, it.ip, it.session].map(ByteSlice::as_bstr);
            let [pid, received, sent] = [it.pid, it.in_bytes, it.out_bytes].map(number);
            let (service, ending) = (it.service, it.ending);
            format!("end {ending:?} {service:?} <{user}> {ip} {pid} {session} {received} {sent}")
        }
    }
}

/// Words of a login process; those before their fields.
const LOGINS: [(&str, &str, &str); 24] = [
    (
        "Login",
        "user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, mpid=44, TLS, session=<x+/y>",
        "login Imap <a> 192.0.2.1 44 x+/y",
    ),
    (
        "Logged in",
        "user=<a>, method=PLAIN, rip=::1, lip=::1, mpid=44, secured, session=<x>",
        "login Imap <a> ::1 44 x",
    ),
    (
        "Login",
        "user=<a>, method=PLAIN, rip=::ffff:192.0.2.1, lip=::ffff:192.0.2.9",
        "login Imap <a> 192.0.2.1 - ",
    ),
    (
        "Disconnected (no auth attempts)",
        "rip=192.0.2.1, lip=192.0.2.9, secured",
        "Lost Imap <> 192.0.2.1 - ",
    ),
    (
        "Aborted login",
        "user=<abuse>, method=PLAIN, rip=::ffff:192.0.2.1",
        "AuthFailed Imap <abuse> 192.0.2.1 - ",
    ),
    ("Aborted login", "rip=192.0.2.1, lip=192.0.2.9", "Lost Imap <> 192.0.2.1 - "),
    ("Aborted login (auth failed, 1 attempts)", FULL, "AuthFailed Imap <a> 192.0.2.1 - x"),
    ("Disconnected (auth failed, 1 attempts in 2 secs)", FULL, "AuthFailed Imap <a> 192.0.2.1 - x"),
    ("Disconnected (no auth attempts in 0 secs)", BARE, "Lost Imap <> 192.0.2.1 - x"),
    (
        "Disconnected: Inactivity (no auth attempts in 180 secs)",
        BARE,
        "Timeout Imap <> 192.0.2.1 - x",
    ),
    (
        "Disconnected: Too many invalid commands (no auth attempts in 1 secs)",
        BARE,
        "BadCommand Imap <> 192.0.2.1 - x",
    ),
    (
        "Disconnected: Disconnected: Too many bad commands (auth failed, 1 attempts in 2 secs)",
        FULL,
        "BadCommand Imap <a> 192.0.2.1 - x",
    ),
    (
        "Disconnected: Aborted login by logging out (no auth attempts in 0 secs)",
        BARE,
        "Ok Imap <> 192.0.2.1 - x",
    ),
    (
        "Disconnected: Aborted login by logging out (internal failure, 1 successful auths)",
        FULL,
        "Error Imap <a> 192.0.2.1 - x",
    ),
    (
        "Disconnected: Connection closed (client didn't finish SASL auth, waited 0 secs)",
        FULL,
        "Lost Imap <a> 192.0.2.1 - x",
    ),
    (
        "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        FULL,
        "Blocked Imap <a> 192.0.2.1 - x",
    ),
    (
        "Login aborted: Logged out (auth failed, 1 attempts in 0 secs) (auth_failed)",
        FULL,
        "AuthFailed Imap <a> 192.0.2.1 - x",
    ),
    (
        "Login aborted: Logged out (no auth attempts in 0 secs) (no_auth_attempts)",
        BARE,
        "Ok Imap <> 192.0.2.1 - x",
    ),
    (
        "Login aborted: Connection closed (tried to use unsupported auth mechanism, 1 attempts in 0 secs) (invalid_mech)",
        FULL,
        "AuthFailed Imap <a> 192.0.2.1 - x",
    ),
    (
        "Login aborted: Input buffer full (client_limit and process_limit was hit and this login session was killed.) (process_full)",
        BARE,
        "Blocked Imap <> 192.0.2.1 - x",
    ),
    (
        "Login aborted: Connection closed: SSL_accept() failed: error:0A00010B:SSL routines::wrong version number (disconnected during TLS handshake) (tls_handshake_not_finished)",
        BARE,
        "Lost Imap <> 192.0.2.1 - x",
    ),
    ("Authenticate PLAIN failed: Invalid base64 in response", FULL, "other"),
    ("proxy(a: user=<b>, rip=192.0.2.7)", FULL, "other"),
    ("Login", "user=<a>, method=PLAIN", "! no address of the client"),
];
const FULL: &str =
    "user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, TLS: Connection closed, session=<x>";
const BARE: &str = "user=<>, rip=192.0.2.1, lip=192.0.2.9, session=<x>";

#[test]
fn logins() {
    for (reason, fields, expected) in LOGINS {
        for head in ["Nov 22 05:21:15 mx dovecot: imap-login: ", "dovecot[7]: imap-login: Info: "] {
            assert_eq!(shown(&format!("{head}{reason}: {fields}")), expected, "{reason}");
        }
        let pop3 = expected.replace("Imap", "Pop3");
        for head in ["Nov 22 05:21:15 pop3-login: Info: ", "pop3-login: Info: "] {
            assert_eq!(shown(&format!("{head}{reason}: {fields}")), pop3, "{reason}");
        }
        assert_eq!(
            shown(&format!("Nov 22 05:21:15 mx imapd: imap-login: {reason}: {fields}")),
            "none"
        );
    }
    let line = "dovecot: 2008-10-02 23:34:07 Info: pop3-login: Login: user=<a>, rip=192.0.2.1";
    assert_eq!(shown(line), "login Pop3 <a> 192.0.2.1 - ");
    assert_eq!(shown("dovecot: imap-login: Disconnected"), "! neither a name nor an address");
    let number = "dovecot: imap-login: Login: user=<a>, rip=::1, mpid=18446744073709551616";
    assert_eq!(shown(number), "! a number is missing or too large");
}

/// Heads and words of mail processes.
const ENDS: [(&str, &str); 25] = [
    (
        "imap(a)<44><x+/y>: Disconnected: Logged out in=151 out=1802 deleted=0 body_bytes=7",
        "end Ok Imap <a>  44 x+/y 151 1802",
    ),
    ("imap(a): Info: Disconnected: Logged out bytes=63/340", "end Ok Imap <a>  -  63 340"),
    ("IMAP(a): Connection closed bytes=386/49", "end Lost Imap <a>  -  386 49"),
    (
        "imap(a@b.example): Logged out in=93, out=1020, bytes=93/1020",
        "end Ok Imap <a@b.example>  -  93 1020",
    ),
    (
        "imap(a): session=h6/hvXfOIQBAjhIX Disconnected for inactivity in=159 out=940",
        "end Timeout Imap <a>  - h6/hvXfOIQBAjhIX 159 940",
    ),
    ("imap(a): Disconnected: Disconnected in IDLE in=1 out=2", "end Lost Imap <a>  -  1 2"),
    ("imap-hibernate(a)<44><x>: Connection closed in=1 out=2", "end Lost Imap <a>  44 x 1 2"),
    (
        "imap(a)<44><x>: Disconnected: Too many invalid IMAP commands. in=1 out=2",
        "end BadCommand Imap <a>  44 x 1 2",
    ),
    (
        "imap(a)<44><x>: Disconnected: Connection closed (in=7 finished 0.001 secs ago) in=1 out=2",
        "end Lost Imap <a>  44 x 1 2",
    ),
    (
        "imap(a)<44><x>: Disconnected: Connection closed (Logged finished 0.001 secs ago) in=1 out=2",
        "end Lost Imap <a>  44 x 1 2",
    ),
    ("imap(a)<44><x>: Server shutting down. in=1 out=2", "end Lost Imap <a>  44 x 1 2"),
    (
        "pop3(a)<44><x>: Disconnected: Logged out top=1/21, retr=2/42, del=3/23, size=16978739",
        "end Ok Pop3 <a>  44 x - 63",
    ),
    (
        "pop3(a 28678): Disconnected: Logged out top=0/0, retr=1/1503, del=0/4, size=61320",
        "end Ok Pop3 <a>  28678  - 1503",
    ),
    (
        "POP3(a): Disconnected for inactivity top=0/0, retr=1/5434, del=0/12, size=954793",
        "end Timeout Pop3 <a>  -  - 5434",
    ),
    (
        "pop3(a): Disconnected: Logged out top=1/2, retr=1/9, del=0/0, size=5, total=30/40",
        "end Ok Pop3 <a>  -  30 40",
    ),
    (
        "pop3(a): Disconnected: Internal error occurred. Refer to server log",
        "end Error Pop3 <a>  -  - -",
    ),
    (
        "service=imap, user=a, ip=[::ffff:192.0.2.1]. Logged out rcvd=74, sent=803",
        "end Ok Imap <a> 192.0.2.1 -  74 803",
    ),
    (
        "service=pop3, user=a, b, ip=[::1]. Disconnected: Logged out rcvd=6, sent=9",
        "end Ok Pop3 <a, b> ::1 -  6 9",
    ),
    ("service=lmtp, user=a, ip=[]. Disconnect from local", "other"),
    (
        "imap(a): copy from INBOX: box=Trash, uid=7, msgid=<x): Disconnected: Logged out in=1 out=2>",
        "other",
    ),
    ("imap(a)<44><x>: expunge: box=INBOX, subject=imap(b)<4><y>: Logged out in=1 out=2", "other"),
    ("imap(a): Error: Disconnected", "other"),
    ("imap(a", "other"),
    (
        "pop3(a): Logged out top=1/18446744073709551615, retr=1/1",
        "! a number is missing or too large",
    ),
    ("imap(a): Logged out in=18446744073709551616 out=1", "! a number is missing or too large"),
];

#[test]
fn ends() {
    for (text, expected) in ENDS {
        let of_version_1 = "dovecot: Nov 22 05:21:15 Info: ";
        for head in ["Nov 22 05:21:15 mx dovecot: ", of_version_1, "Nov 22 05:21:15 ", ""] {
            assert_eq!(shown(&format!("{head}{text}")), expected, "{head}{text}");
        }
    }
}

#[test]
fn other_lines() {
    for (line, expected) in [
        ("Nov 22 05:21:15 mx dovecot: anything at all", "other"),
        ("Nov 22 05:21:15 auth: Info: passwd-file(a,192.0.2.1,<x>): Password mismatch", "other"),
        ("Nov 22 05:21:15 master: Warning: Killed with signal 15", "other"),
        ("Nov 22 05:21:15 lmtp(a)<4><x>: Info: msgid=<y>: saved mail to INBOX", "other"),
        ("Nov 22 05:21:15 auth: something of another program", "none"),
        ("Nov 22 05:21:15 mx imapd: LOGIN, user=a, ip=[::1]", "none"),
        ("1.200000+ imap(a): Logged out in=1 out=2", "none"),
        ("", "none"),
    ] {
        assert_eq!(shown(line), expected, "{line}");
    }
}

/// A name that is refused may hold anything.
#[test]
fn names_imitate_nothing() {
    for name in [
        "u, method=PLAIN",
        "a>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.9, mpid=1, session=<y>",
        "a: user=<b>",
        ">",
        "a, rip=192.0.2.7",
        "imap(a)<44><x>: Disconnected: Logged out in=1 out=2",
        "(auth_failed)",
    ] {
        let reason =
            "Login aborted: Connection closed (auth failed, 1 attempts in 0 secs) (auth_failed)";
        let fields =
            format!("user=<{name}>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, session=<x>");
        let expected = format!("AuthFailed Imap <{name}> 192.0.2.1 - x");
        assert_eq!(shown(&format!("dovecot: imap-login: {reason}: {fields}")), expected);
        let auth = format!("Nov 22 05:21:15 auth: Info: plain({name},192.0.2.1,<x>): unknown user");
        assert_eq!(shown(&auth), "other");
    }
}

/// The place of an end in the counts below.
fn place(end: End) -> usize {
    let ends = [
        End::Ok,
        End::AuthFailed,
        End::BadCommand,
        End::Blocked,
        End::Timeout,
        End::Lost,
        End::Error,
    ];
    ends.into_iter().position(|it| it == end).unwrap()
}

/// What awk counts in the captures: logins; connections without one, by how they ended; sessions,
/// by how they ended; bytes of IMAP in and out, and of POP3 out.
#[test]
fn captures() {
    for (name, without, sessions, bytes) in [
        ("dovecot", [5, 111, 9, 0, 2, 27, 10], [77, 0, 2, 0, 1, 19, 0], [4666, 321_946, 116_692]),
        (
            "dovecot-2.4",
            [3, 51, 4, 5, 11, 44, 0],
            [25, 0, 0, 0, 0, 16, 0],
            [2229, 3_801_488, 2_128_454],
        ),
    ] {
        let root = env!("CARGO_MANIFEST_DIR");
        let log = std::fs::read(format!("{root}/../tests/data/captures/{name}/dovecot.log"));
        let mut logins = 0;
        let mut counts = [[0; 7]; 2];
        let mut sums = [0; 3];
        for line in log.unwrap().lines() {
            match find(line).unwrap().unwrap() {
                Event::Login(_) => logins += 1,
                Event::NoLogin(_, ending) => counts[0][place(ending)] += 1,
                Event::End(session) => {
                    counts[1][place(session.ending)] += 1;
                    let out = if session.service == Mailbox::Imap { 1 } else { 2 };
                    sums[0] += session.in_bytes.unwrap_or(0);
                    sums[out] += session.out_bytes.unwrap();
                }
                Event::Other => {}
            }
        }
        assert_eq!(logins, sessions.iter().sum::<i32>());
        assert_eq!(counts, [without, sessions], "{name}");
        assert_eq!(sums, bytes, "{name}");
    }
}

#[test]
fn any_bytes_are_a_line() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
    fn holds(head: u8, words: Vec<u8>) -> bool {
        let heads = ["", "dovecot: imap-login: ", "imap(", "dovecot: pop3(a): ", "service=imap, "];
        let few = [
            "user=<",
            ">",
            ", ",
            "rip=",
            "mpid=",
            "session=<",
            ")<",
            "><",
            ")",
            ": ",
            "Login",
            "Logged out",
            "Disconnected",
            " in=",
            " out=",
            "bytes=",
            "/",
            "top=",
            "retr=",
            "18446744073709551615",
            "9",
            "ip=[",
            "]. ",
            "(x)",
        ];
        let words: String = words.iter().map(|it| few[usize::from(*it) % few.len()]).collect();
        let _ = find(format!("{}{words}", heads[usize::from(head) % heads.len()]).as_bytes());
        true
    }
    quickcheck::QuickCheck::new()
        .tests(20_000)
        .max_tests(20_000)
        .quickcheck(holds as fn(u8, Vec<u8>) -> bool);
}
