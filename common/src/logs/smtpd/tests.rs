//! Lines of each source, seen and made up.

use super::record::{ACCEPTED, QUEUED};
use super::words::{CUT_SHORT, NO_ADDRESS, TWICE};
use super::*;

/// What a line says; panics if it is of no source.
pub fn said(text: &str) -> Result<Said<'_>, Broken> {
    let reading =
        read(text.as_bytes(), |it| Ok(*it)).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    reading.said
}

/// The verdict of a line; panics if it is none.
pub fn verdict(text: &str) -> Record<'_> {
    match said(text) {
        Ok(Said::Verdict(record) | Said::Scanned { record, .. }) => record,
        other => panic!("{text}: {other:?}"),
    }
}

fn disposition(text: &str) -> &str {
    verdict(text).disposition.to_str().unwrap()
}

#[test]
fn spamdyke() {
    const LINE: &str = "spamdyke[36545]: ALLOWED from: a@b to: c@d origin_ip: 192.0.2.1 \
        origin_rdns: mx auth: bob encryption: TLS reason: 250_ok_1795664264_qp_36839";
    let record = Record {
        pid: b"36545",
        ip: b"192.0.2.1",
        host: b"mx",
        sender: b"a@b",
        recipient: b"c@d",
        disposition: QUEUED,
        message: b"250_ok_1795664264_qp_36839",
        auth_user: b"bob",
        ..Record::default()
    };
    assert_eq!(verdict(LINE), record);
    let head = format!("Nov 26 03:37:44 mail {LINE}");
    assert_eq!(verdict(&head), record);
    // version 4, and older ones without the encryption
    let (short, _) = LINE.split_once(" reason").unwrap();
    assert_eq!(verdict(short), Record { disposition: ACCEPTED, message: b"", ..record });
    let (short, _) = short.split_once(" encryption").unwrap();
    assert_eq!(verdict(short), Record { disposition: ACCEPTED, message: b"", ..record });
    let odd = LINE.replace("a@b", "(unknown)").replace("mx", "(unknown)").replace("bob", "(none)");
    let nobody = Record { sender: b"<>", host: b"", auth_user: b"", ..record };
    assert_eq!(verdict(&odd), nobody);
    let odd = odd.replace("c@d", "(unknown)");
    assert_eq!(verdict(&odd), Record { sender: b"", recipient: b"", ..nobody });
    assert_eq!(disposition(&LINE.replace("ALLOWED", "DENIED_OTHER")), "DENIED_OTHER");
    assert_eq!(disposition(&LINE.replace("250_ok", "451_no")), "accepted");
    for nothing in [
        "ERROR: no file",
        "ERROR(f()@a.c:1): no file",
        "TLS_ENCRYPTED from: (unknown) \
        to: (unknown) origin_ip: ::1 origin_rdns: mx auth: (unknown)",
    ] {
        assert_eq!(said(&format!("spamdyke[1]: {nothing}")), Ok(Said::Nothing));
    }
}

#[test]
fn chkuser() {
    const TODAY: &str = "CHKUSER rejected rcpt: from <a@b|remoteinfo/auth:bob|chkuser-identify:> \
        remote <helo:mx a b|remotehostname:mx|remotehostip:192.0.2.1> rcpt <c@d> : no: such";
    let record = Record {
        ip: b"192.0.2.1",
        host: b"mx",
        helo: b"mx a b",
        sender: b"a@b",
        recipient: b"c@d",
        disposition: b"rejected rcpt",
        message: b"no: such",
        auth_user: b"bob",
        ..Record::default()
    };
    assert_eq!(verdict(TODAY), record);
    let before = |remote: &str| {
        format!("CHKUSER rejected rcpt: from <a@b:bob:> remote <{remote}> rcpt <c@d> : no: such")
    };
    assert_eq!(verdict(&before("mx a b:mx:192.0.2.1")), record);
    for (remote, helo, ip) in [
        ("h:mx:2001:db8::1", "h", "2001:db8::1"),
        ("[IPv6:::1]:mx:::1", "[IPv6:::1]", "::1"),
        (":mx:192.0.2.1", "", "192.0.2.1"),
    ] {
        let (helo, ip) = (helo.as_bytes(), ip.as_bytes());
        assert_eq!(verdict(&before(remote)), Record { ip, helo, ..record }, "{remote}");
    }
    assert_eq!(said(&before("h:mx:x")), Err(NO_ADDRESS));
    let odd = TODAY.replace("a@b", "").replace("mx|", "unknown|").replace("c@d", "");
    assert_eq!(verdict(&odd), Record { sender: b"<>", host: b"", recipient: b"", ..record });
    for (title, expected) in [
        ("accepted rcpt", "accepted"),
        ("accepted any rcpt", "accepted"),
        ("relaying rcpt", "accepted"),
        ("rejected intrusion", "rejected intrusion"),
        ("mbx overquota", "mbx overquota"),
    ] {
        assert_eq!(disposition(&TODAY.replace("rejected rcpt", title)), expected);
    }
    assert_eq!(said(&TODAY.replace("rejected rcpt", "accepted sender")), Ok(Said::Nothing));
}

#[test]
fn simscan() {
    let of = |text: &str| format!("simscan:[35261]:{text}:a@b:c@d,e@f");
    let line = of("CLEAN (-1.70/5.00/12.00):0.1053s:a, b_ c:192.0.2.1");
    let record = Record {
        pid: b"35261",
        ip: b"192.0.2.1",
        sender: b"a@b",
        recipient: b"c@d,e@f",
        disposition: QUEUED,
        is_spam: Some(false),
        score_centi: Some(-170),
        required_centi: Some(500),
        ..Record::default()
    };
    let mail = b"192.0.2.1:a@b:c@d,e@f";
    assert_eq!(said(&line), Ok(Said::Scanned { record, mail }));
    for (text, expected) in [
        // an older simscan keeps the colons of a subject
        ("CLEAN (-1.70/5.00):0.1s:Re: a:b: 192.0.2.7:192.0.2.1", record),
        ("CLEAN (-1.70/5.00/5.00):0.1s:s:::1", Record { ip: b"::1", ..record }),
        ("PASSTHRU (-1.70/5.00):0.1s:s:192.0.2.1", Record { is_spam: Some(true), ..record }),
    ] {
        assert_eq!(verdict(&of(text)), expected, "{text}");
    }
    let unasked = Record { is_spam: None, score_centi: None, required_centi: None, ..record };
    for (text, disposition, message) in [
        ("CLEAN (0.00/0.00/0.00):0.1s:s:192.0.2.1", "queued", ""),
        ("RELAYCLIENT:0.1s:-:192.0.2.1", "queued", ""),
        ("VIRUS:0.1s::192.0.2.1", "VIRUS", ""),
        ("VIRUS DROPPED:0.1s:Eicar: x:192.0.2.1", "VIRUS DROPPED", "Eicar: x"),
        ("ATTACH:0.1s:run.exe:192.0.2.1", "ATTACH", "run.exe"),
    ] {
        let (disposition, message) = (disposition.as_bytes(), message.as_bytes());
        assert_eq!(verdict(&of(text)), Record { disposition, message, ..unasked }, "{text}");
    }
    for (text, why) in [
        ("CLEAN (1.00/5.00):0.1s:s:x", NO_ADDRESS),
        ("CLEAN (1.00/5.00):0.1s:s", CUT_SHORT),
        ("CLEAN:s:192.0.2.1", CUT_SHORT),
        ("MAYBE:0.1s:s:192.0.2.1", "a state that is not known"),
        // a sender, a recipient or a file that imitates what follows the name
        ("CLEAN:0.1s:s:192.0.2.1:192.0.2.7", TWICE),
        ("CLEAN:0.1s:s:192.0.2.1:192.0.2.7:x@y", TWICE),
        ("CLEAN:0.1s:s:192.0.2.1:x@y", TWICE),
        ("CLEAN:0.1s:s:192.0.2.1:x@y:z@y:2001:db8::7", TWICE),
        ("CLEAN:0.1s:s:2001:db8::1:192.0.2.7", TWICE),
        ("ATTACH:0.1s:a:192.0.2.7:x@y:192.0.2.1", TWICE),
    ] {
        assert_eq!(said(&of(text)), Err(why), "{text}");
    }
    let subject = "x:".repeat(64);
    assert_eq!(said(&of(&format!("CLEAN:0.1s:{subject}:192.0.2.1"))), Err(TWICE));
    assert_eq!(said("simscan:[1]: pelookup: called with a@b"), Ok(Said::Nothing));
}

#[test]
fn qlog() {
    const LINE: &str = "qlogreceived: result=accepted code=250 reason=queueaccept detail=d helo=h \
        mailfrom=a@b rcptto=c@d,e@f relay=yes rcpthosts= size=1497 authuser=bob authtype=plain \
        encrypted= sslverified=no localip=192.0.2.9 localport=25 remoteip=::ffff:192.0.2.1 \
        remoteport=39781 remotehost=mx qp=29077 pid=29073";
    let record = Record {
        pid: b"29073",
        ip: b"192.0.2.1",
        port: b"39781",
        host: b"mx",
        helo: b"h",
        sender: b"a@b",
        recipient: b"c@d,e@f",
        disposition: QUEUED,
        qp: b"29077",
        bytes: b"1497",
        auth_user: b"bob",
        ..Record::default()
    };
    assert_eq!(verdict(LINE), record);
    let envelope = LINE.replace("received", "envelope");
    let accepted = Record { disposition: ACCEPTED, message: b"d", qp: b"", bytes: b"", ..record };
    assert_eq!(verdict(&envelope), accepted);
    let refused = envelope.replace("accepted", "rejected").replace("250", "553");
    let [disposition, code]: [&[u8]; 2] = [b"queueaccept", b"553"];
    let expected = Record { disposition, code, auth_user: b"", ..accepted };
    assert_eq!(verdict(&refused), expected);
    // no login: the name of one that failed stays
    let relay = LINE.replace("relay=yes", "relay=no");
    assert_eq!(verdict(&relay), Record { auth_user: b"", ..record });
    let null = LINE.replace("a@b", "");
    assert_eq!(verdict(&null), Record { sender: b"<>", ..record });
    let none = null.replace("c@d,e@f", "");
    assert_eq!(verdict(&none), Record { sender: b"", recipient: b"", ..record });
    for (from, to, why) in [
        ("helo=h", "helo=h qp=1", TWICE),
        ("helo=h", "helo=h x", CUT_SHORT),
        (" pid=29073", "", CUT_SHORT),
        ("size=1497", "size=1497x", "a number is malformed"),
        ("size=1497", "size=18446744073709551616", "a number is malformed"),
        ("result=accepted", "result=", "neither accepted nor rejected"),
        ("remoteip=", "remoteip=x", NO_ADDRESS),
        // another process writes into the line
        ("pid=29073", "pid=29073tcpserver: status: 7/30", CUT_SHORT),
    ] {
        assert_eq!(said(&LINE.replace(from, to)), Err(why), "{to}");
    }
    for nothing in ["qmail-smtpd: message too big: a@b", "qmail-smtpd[7]: badmailfrom: <a@b>"] {
        assert_eq!(said(nothing), Ok(Said::Nothing));
    }
}

#[test]
fn sqmail() {
    let of = |text: &str| format!("qmail-smtpd: pid 4711 {text}");
    let line = of("Accept::RCPT::Recipients_Cdb P:ESMTP S:192.0.2.1:mx H:h F:a@b T:c@d");
    let record = Record {
        pid: b"4711",
        ip: b"192.0.2.1",
        host: b"mx",
        helo: b"h",
        sender: b"a@b",
        recipient: b"c@d",
        disposition: ACCEPTED,
        ..Record::default()
    };
    assert_eq!(verdict(&line), record);
    let login = of("Accept::AUTH::login P:ESMTPA S:192.0.2.1:mx H:h F:a@b T:c@d ?~ 'bob'");
    assert_eq!(verdict(&login), Record { auth_user: b"bob", ..record });
    let helo = of("Reject::SNDR::Bad_Helo P:SMTP S:::1:unknown H:h F: T:c@d '!'");
    let [ip, host, disposition]: [&[u8]; 3] = [b"::1", b"", b"SNDR::Bad_Helo"];
    let refused = Record { ip, host, sender: b"<>", disposition, message: b"!", ..record };
    assert_eq!(verdict(&helo), refused);
    // of SPAMCONTROL
    let old = "Reject::SNDR::Bad_Helo: P:SMTP S:::1:unknown H:h F: T:c@d '!'";
    assert_eq!(verdict(old), Record { pid: b"", ..refused });
    let failed = of("Reject::AUTH::login P:ESMTP S:192.0.2.1:mx H:h ?~ 'password'");
    let [disposition, sender, recipient]: [&[u8]; 3] = [b"AUTH::login", b"", b""];
    assert_eq!(verdict(&failed), Record { sender, recipient, disposition, ..record });
    for nothing in [
        of("Accept::AUTH::login P:ESMTPA S:192.0.2.1:mx ?= 'bob'"),
        of("Accept::SNDR::Start_TLS P:ESMTP S:192.0.2.1:mx"),
        "Reject::AUTH::user P:POP3 S:192.0.2.1:mx ?= 'bob'".into(),
    ] {
        assert_eq!(said(&nothing), Ok(Said::Nothing), "{nothing}");
    }
    assert_eq!(said(&line.replace("H:h", "H:h F:x@y")), Err(TWICE));
    assert_eq!(said(&line.replace("192.0.2.1", "x")), Err(NO_ADDRESS));
    assert_eq!(said(&of("Accept::RCPT::Recipients_Cdb P:ESMTP")), Err(CUT_SHORT));
}

#[test]
fn qmailtoaster() {
    let record = Record { pid: b"7", sender: b"a@b", qp: b"9", ..Record::default() };
    let record = Record { disposition: QUEUED, ..record };
    assert_eq!(verdict("mail recv: pid 7 from <a@b> qp 9"), record);
    assert_eq!(verdict("mail recv: pid 7 from <> qp 9"), Record { sender: b"<>", ..record });
    let forged = "mail recv: pid 7 from <a> qp 1> qp 9";
    assert_eq!(verdict(forged), Record { sender: b"a> qp 1", ..record });
    assert_eq!(said("mail recv: pid 7 from <a@b>"), Err(CUT_SHORT));
    let asked = Record { recipient: b"c@d", ..Record::default() };
    for (text, expected) in [
        (
            "local bob@x -> remote c@d (AUTHENTICATED SENDER)",
            Record { auth_user: b"bob@x", ..asked },
        ),
        ("remote a@b -> local c@d (UNAUTHENTICATED SENDER)", Record { sender: b"a@b", ..asked }),
        ("local  -> local c@d (UNAUTHENTICATED SENDER)", Record { sender: b"<>", ..asked }),
    ] {
        assert_eq!(said(&format!("policy_check: {text}")), Ok(Said::Asked(expected)));
    }
    let forged = "policy_check: remote a -> local x -> local c@d (UNAUTHENTICATED SENDER)";
    assert_eq!(said(forged), Err(TWICE));
    let forbids = "policy_check: policy forbids transmission";
    assert_eq!(said(forbids), Ok(Said::Decided(b"policy forbids transmission")));
    assert_eq!(said("policy_check: x is not local"), Ok(Said::Nothing));
}
