//! Fields as each program writes them, with `me` for the server, and what they tell.

use super::{NO_ADDRESS, NO_FORM, TWO_ADDRESSES, TWO_SERVERS};

/// What is expected of a field.
#[derive(Debug)]
pub enum Told {
    /// Address, HELO, host.
    From(&'static str, &'static str, &'static str),
    Inside,
    Fetched,
    Untold(&'static str),
}
use Told::{Fetched, From as Is, Inside, Untold};

/// All of them.
pub const PROGRAMS: [&[Line]; 10] =
    [QMAIL, QMAIL_LDAP, LOCAL, FETCHERS, QPSMTPD, POSTFIX, SENDMAIL, EXIM, OTHERS, WEB];

/// The value of a field, with `me` after `by`, and what it tells.
pub type Line = (&'static str, Told);

// qmail-smtpd, netqmail with AUTH and TLS, s/qmail, notqmail.
const QMAIL: &[Line] = &[
    (
        "from p.example (HELO h) (192.0.2.1)\n  by me with SMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    ("from unknown (HELO h) (192.0.2.1)\n  by me with SMTP; d", Is("192.0.2.1", "h", "unknown")),
    ("from unknown (192.0.2.1) by me with SMTP; d", Is("192.0.2.1", "", "unknown")),
    ("from p.example (bob@192.0.2.1)\n  by me with SMTP; d", Is("192.0.2.1", "", "p.example")),
    (
        "from unknown (HELO h) (root@evil@192.0.2.1)\n  by me with SMTP; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    ("from unknown (HELO h) (2001:DB8::1) by me with SMTP; d", Is("2001:db8::1", "h", "unknown")),
    (
        "from unknown (HELO h) (::ffff:192.0.2.1) by me with SMTP; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from unknown (HELO h) (bob@example.org@192.0.2.1)\n  by me with ESMTPA; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from unknown (HELO h) (bob@example.org@[192.0.2.1])\n  by me with ESMTPSA (AES256-SHA encrypted, authenticated); d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from p.example (HELO h) (192.0.2.1)\n  by me with (DHE-RSA-AES256-SHA encrypted) SMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from unknown (HELO h) (bob@example.org@192.0.2.1)\n  de/crypted with TLSv1.3: TLS_AES_256_GCM_SHA384 [256/256] DN=none\n  by me with ESMTPSA; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from unknown (EHLO h) (192.0.2.1)\n  by me with UTF8ESMTPS; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    ("from unknown (192.0.2.1)\n  by me with QMTP; d", Is("192.0.2.1", "", "unknown")),
    ("(qmail 12 invoked from network); d", Inside),
    ("(qmail 12 invoked by uid 1001); d", Inside),
    ("(qmail 12 invoked by alias); d", Inside),
    ("(qmail 12 invoked for bounce); d", Inside),
    ("by simscan 1.4.0 ppid: 12, pid: 13, t: 0.1s\n scanners: clamav: 0.9; d", Inside),
    ("from 192.0.2.1 by me (envelope-from <a@b>, uid 82) with qmail-scanner-2.01; d", Inside),
    // no address is known
    ("from unknown (HELO h) (unknown)\n  by me with SMTP; d", Untold(NO_ADDRESS)),
    ("from unknown (HELO h)\n  by me with SMTP; d", Untold(NO_ADDRESS)),
];

// qmail-ldap, and the servers of providers that began with it.
const QMAIL_LDAP: &[Line] = &[
    (
        "from unknown (HELO [10.0.0.128]) (bob@example.org@[192.0.2.26])\n          (envelope-sender <bob@example.org>)\n          by me (qmail-ldap-1.03) with SMTP\n          for <alice@example.com>; d",
        Is("192.0.2.26", "[10.0.0.128]", "unknown"),
    ),
    (
        "from unknown (HELO h) ([192.0.2.128]) (envelope-sender <bob@example.org>)\n          by me (qmail-ldap-1.03) with SMTP for <a@b>; d",
        Is("192.0.2.128", "h", "unknown"),
    ),
    (
        "from p.example ([192.0.2.128]) (envelope-sender <bob@example.org>)\n by me (qmail-ldap-1.03) with SMTP for <a@b>; d",
        Is("192.0.2.128", "", "p.example"),
    ),
    (
        "from p.example (Authenticated_SSL:bob@[192.0.2.92])\n (envelope-sender <bob@example.org>)\n by me (qmail-ldap-1.03) with TLS_AES_256_GCM_SHA384 encrypted SMTP for <a@b>; d",
        Is("192.0.2.92", "", "p.example"),
    ),
    // the sender may be an address, and is no second client
    (
        "from unknown (HELO h) ([192.0.2.1]) (envelope-sender <bob@[203.0.113.9]>)\n by me (WP-SMTPD) with SMTP for <a@b>; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from unknown (HELO h) ([192.0.2.1]) (envelope-sender <>)\n by me (qmail-ptmail-1.0.0) with ESMTPA for <a@b>; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from unknown (HELO x) ([203.0.113.9]) (envelope-sender <a@b>) ([192.0.2.1]) (envelope-sender <c@d>) by me (qmail-ldap-1.03) with SMTP; d",
        Untold(TWO_ADDRESSES),
    ),
    (
        "from unknown (HELO h) ([192.0.2.1]) (envelope-sender <\"x by y\"@b>) by me (qmail-ldap-1.03) with SMTP; d",
        Untold(TWO_SERVERS),
    ),
];

// IndiMail, nullmailer, and what other local programs write above.
const LOCAL: &[Line] = &[
    ("(indimail-mta 37166 invoked by alias); d", Inside),
    ("(indimail-mta 37166 invoked from network from 192.0.2.1 by host me by uid 555); d", Inside),
    ("(indimail-mta queue 37166 by host me invoked from network 192.0.2.1 uid=123); d", Inside),
    ("(indimail 557 invoked by uid 555); d", Inside),
    ("(nullmailer pid 12 invoked by uid 1000);\n\td", Inside),
    ("(from root@localhost)\n\tby me (8.15.2/8.15.2/Submit) id 1;\n\td", Inside),
    ("(from bob@me)\n\tby me (mini_sendmail/1.3.6 16mar2005);\n\td\n\t(sender bob@me)", Inside),
    ("by me (Postfix, from userid 1000)\n\tid 1; d", Inside),
    ("from root by me with local (Exim 4.96)\n\t(envelope-from <root@me>)\n\tid 1; d", Inside),
    ("from bob by me with local-smtp (Exim 4.96)\n\tid 1; d", Inside),
    (
        "from bob (uid 1000)\n\t(envelope-from bob@me)\n\tid 5404ad\n\tby me (DragonFly Mail Agent v0.14 on me);\n\td",
        Inside,
    ),
    ("by me (sSMTP sendmail emulation); d", Inside),
    ("from me by me with LMTP\n\tid 1\n\t(envelope-from <a@b>); d", Inside),
    ("from me ([unix socket])\n\tby me (Cyrus v2.4.17) with LMTPA;\n\td", Inside),
    (
        "from localhost (me [local])\n\tby me (OpenSMTPD) with ESMTPA id 1\n\tfor <a@b>;\n\td",
        Inside,
    ),
    (
        "from localhost (localhost [127.0.0.1])\n  (uid 1000)\n  by me with local; d",
        Is("127.0.0.1", "localhost", "localhost"),
    ),
    ("from me (LHLO me) (10.0.0.1)\n by me with LMTP; d", Is("10.0.0.1", "me", "me")),
    (
        "from me ([127.0.0.1])\n by me (me [127.0.0.1]) (amavisd-new, port 10024)\n with ESMTP id 1; d",
        Is("127.0.0.1", "me", ""),
    ),
    // out of the network, but who was it?
    ("by me (envelope-sender <a@b>) with ESMTPS id 1; d", Untold(NO_ADDRESS)),
    ("by me (Postfix) with ESMTPSA id 1\n\tfor <a@b>; d", Untold(NO_ADDRESS)),
    ("by me with SMTP id 1; d", Untold(NO_ADDRESS)),
    ("by me with HTTP; d", Untold(NO_ADDRESS)),
    ("from h by me with ESMTP id 1; d", Untold(NO_ADDRESS)),
];

// Programs that fetch mail from a mailbox elsewhere.
const FETCHERS: &[Line] = &[
    (
        "from pop.example.org [192.0.2.1]\n\tby me with POP3 (fetchmail-6.4.37)\n\tfor <a@localhost> (single-drop); d",
        Fetched,
    ),
    (
        "from pop.example.org\n\tby me with POP3 (fetchmail-5.1.2)\n\tfor a@localhost (single-drop); d",
        Fetched,
    ),
    (
        "from imap.example.org [2001:db8::1]\n\tby me with IMAP (fetchmail-6.4.37)\n\tfor <a@localhost> (single-drop); d",
        Fetched,
    ),
    ("from mail.example.org [192.0.2.1]\n\tby me with ETRN (fetchmail-6.3.26); d", Fetched),
    ("by me (fdm 1.9, account \"a\");\n    d", Fetched),
    ("by me (MDaemon PRO v10.1.1)\n with MultiPOP id md1; d", Fetched),
    ("from site by me with UUCP (rmail-8.12); d", Fetched),
];

// qpsmtpd.
const QPSMTPD: &[Line] = &[
    (
        "from p.example (HELO h) (192.0.2.1)\n by me (qpsmtpd/0.94) with ESMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example (HELO h) (192.0.2.1)\n  (smtp-auth username u, mechanism plain)\n  by me (qpsmtpd/0.84) with ESMTPA; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example (HELO h) [192.0.2.1]\n  by me (qpsmtpd/0.10) with SMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example (HELO ) (192.0.2.1) by me (qpsmtpd/0.94) with SMTP; d",
        Is("192.0.2.1", "", "p.example"),
    ),
];

// Postfix, OpenSMTPD, Haraka, Courier, and others with its form.
const POSTFIX: &[Line] = &[
    (
        "from h (p.example [192.0.2.1])\n\t(using TLSv1.3 with cipher X (256/256 bits))\n\t(No client certificate requested)\n\tby me (Postfix) with ESMTPS id 1\n\tfor <a@b>; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (unknown [192.0.2.1])\n\t(Authenticated sender: bob)\n\tby me (Postfix) with ESMTPSA id 1; d",
        Is("192.0.2.1", "h", "unknown"),
    ),
    (
        "from h (p.example [IPv6:2001:db8::1])\n\tby me (Postfix) with ESMTP; d",
        Is("2001:db8::1", "h", "p.example"),
    ),
    (
        "from 203.0.113.9 (p.example [192.0.2.1]) by me (Postfix) with ESMTP; d",
        Is("192.0.2.1", "203.0.113.9", "p.example"),
    ),
    (
        "from [203.0.113.9] (p.example [192.0.2.1])\n\tby me (Postfix) with ESMTPSA id 1; d",
        Is("192.0.2.1", "[203.0.113.9]", "p.example"),
    ),
    (
        "from h (p.example [192.0.2.1])\n\tby me (OpenSMTPD) with ESMTPS id 1 (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\n\tfor <a@b>;\n\td",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (p.example [192.0.2.1])\n\tby me (Haraka/2.8.28) with ESMTPS id 1\n\tenvelope-from <a@b>;\n\td",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (p.example [::ffff:192.0.2.1])\n  (AUTH: LOGIN bob@example.org, TLS: TLSv1.3,256bits,TLS_AES_256_GCM_SHA384)\n  by me with ESMTPSA\n  id 1; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    ("from h ([::ffff:192.0.2.1])\n  by me with ESMTP; d", Is("192.0.2.1", "h", "")),
    (
        "from h (unverified [192.0.2.1]) by me\n (Rockliffe SMTPRA 4.5.6) with ESMTP id 1; d",
        Is("192.0.2.1", "h", "unverified"),
    ),
];

// sendmail.
const SENDMAIL: &[Line] = &[
    (
        "from h (p.example [192.0.2.1])\n\tby me (8.18.1/8.18.1) with ESMTPS id 1\n\t(version=TLSv1.3 cipher=X bits=256 verify=NO)\n\tfor <a@b>; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (p.example [192.0.2.1] (may be forged))\n\tby me (8.14/8.14) with ESMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (u@p.example [192.0.2.1] (may be forged))\n\tby me (8.14/8.14) with ESMTP; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (IDENT:qmailr@p.example [192.0.2.1])\n  by me (8.11.6/8.11.6) with SMTP id 1; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from h (IDENT:root@[192.0.2.1])\n\tby me (8.9.3/8.9.3) with ESMTP id 1; d",
        Is("192.0.2.1", "h", ""),
    ),
    (
        "from h (root@[192.0.2.1])\n\tby me (8.9.3/8.9.3) with ESMTP id 1; d",
        Is("192.0.2.1", "h", ""),
    ),
    ("from h ([192.0.2.1])\n\tby me (8.14/8.14) with ESMTP; d", Is("192.0.2.1", "h", "")),
    (
        "from [203.0.113.9] ([192.0.2.1]) by me (8.14/8.14) with ESMTP; d",
        Is("192.0.2.1", "[203.0.113.9]", ""),
    ),
    (
        "from h ([IPv6:2001:db8::1])\n\t(authenticated bits=0)\n\tby me (8.14/8.14) with ESMTP; d",
        Is("2001:db8::1", "h", ""),
    ),
];

// Exim.
const EXIM: &[Line] = &[
    (
        "from p.example ([192.0.2.1]:4711 helo=h)\n\tby me with esmtps (TLS1.3) tls X\n\t(Exim 4.96)\n\t(envelope-from <a@b>)\n\tid 1\n\tfor a@b;\n\td",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example ([192.0.2.1] helo=h)\n\tby me with esmtp; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example ([192.0.2.1] helo=h ident=jgg)\n\tby me with smtp (Exim 3.16 #1 (Debian))\n\tid 1; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example ([192.0.2.1] ident=mail)\n\tby me with esmtp; d",
        Is("192.0.2.1", "p.example", ""),
    ),
    (
        "from p.example ([192.0.2.1])\n\tby me with esmtp (Exim 4.96); d",
        Is("192.0.2.1", "p.example", ""),
    ),
    ("from [192.0.2.1] (helo=h)\n\tby me with esmtp; d", Is("192.0.2.1", "h", "")),
    ("from [192.0.2.1] (port=4711 helo=h)\n\tby me with esmtp; d", Is("192.0.2.1", "h", "")),
    (
        "from [192.0.2.1]:4711 (helo=[203.0.113.9])\n\tby me with esmtp; d",
        Is("192.0.2.1", "[203.0.113.9]", ""),
    ),
    ("from [192.0.2.1] (ident=x)\n\tby me with esmtp; d", Is("192.0.2.1", "", "")),
    ("from [192.0.2.1]\n\tby me with esmtp; d", Is("192.0.2.1", "", "")),
    (
        "from p.example (helo=h [192.0.2.1])\n  by me with esmtp id 1; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
];

// MDaemon, Exchange, CommuniGate, IMail, ZMailer, James.
const OTHERS: &[Line] = &[
    (
        "from h ([192.0.2.1]) by me (203.0.113.2) (MDaemon PRO v26.0.2b)\n\twith ESMTPSA id md1.msg; d",
        Is("192.0.2.1", "h", ""),
    ),
    (
        "from h (p.example [192.0.2.1])\n by me (MDaemon PRO v10.1.1)\n with ESMTP id md1.msg; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    // no more than the HELO
    (
        "from h by me (MDaemon PRO v10.1.1)\n with ESMTP id md1.msg\n for <a@b>; d",
        Untold(NO_ADDRESS),
    ),
    (
        "from h by me (Cipher TLSv1:RC4-MD5:128) (MDaemon PRO v10.1.1)\n\twith ESMTP id md1.msg; d",
        Untold(NO_ADDRESS),
    ),
    (
        "from [203.0.113.9] by me (MDaemon PRO v10.1.1)\n with ESMTP id md1.msg; d",
        Untold(NO_ADDRESS),
    ),
    (
        "from h (192.0.2.1) by me (10.32.0.171)\n with Microsoft SMTP Server (version=TLS1_2,\n cipher=X) id 15.2; d",
        Is("192.0.2.1", "h", ""),
    ),
    (
        "from EX1 ([fe80::1%11]) by me ([fe80::2%12]) with\n mapi id 15.0; d",
        Is("fe80::1", "EX1", ""),
    ),
    (
        "from h ([192.0.2.1]) by me with Microsoft SMTPSVC(6.0.3790.1830);\n\t d",
        Is("192.0.2.1", "h", ""),
    ),
    (
        "from [192.0.2.1] (HELO h)\n  by me (CommuniGate Pro SMTP 6.2.6) with ESMTP id 1; d",
        Is("192.0.2.1", "h", ""),
    ),
    (
        "from [192.0.2.1] (account bob@example.org HELO [203.0.113.9])\n  by me (CommuniGate Pro SMTP 6.2.6) with ESMTPSA id 1; d",
        Is("192.0.2.1", "[203.0.113.9]", ""),
    ),
    (
        "from h ([192.0.2.1] verified)\n  by me (CommuniGate Pro SMTP 6.2.6) with ESMTP id 1; d",
        Is("192.0.2.1", "h", ""),
    ),
    ("from h [192.0.2.1] by me with ESMTP\n  (SMTPD-8.20) id 1; d", Is("192.0.2.1", "h", "")),
    (
        "from p.example ([192.0.2.1]:42729 \"EHLO\n        h\" rhost-flags-OK-OK-OK-OK) by me\n        with ESMTP id S1; d",
        Is("192.0.2.1", "h", "p.example"),
    ),
    (
        "from p.example ([192.0.2.1]:42729 \"EHLO [203.0.113.9]\" smtp-auth: bob\n rhost-flags-OK-OK-OK-FAIL) by me with ESMTP id S1; d",
        Is("192.0.2.1", "[203.0.113.9]", "p.example"),
    ),
    (
        "from 192.0.2.1 (EHLO h) ([192.0.2.1])\n          by me (JAMES SMTP Server ) with ESMTP ID 1; d",
        Is("192.0.2.1", "h", "192.0.2.1"),
    ),
];

// Yahoo's servers, and webmail.
const WEB: &[Line] = &[
    ("from [192.0.2.1] by me via HTTP; d", Is("192.0.2.1", "", "")),
    (
        "from 192.0.2.1  (EHLO h) (192.0.2.1)\n  by me with SMTPS; d",
        Is("192.0.2.1", "h", "192.0.2.1"),
    ),
    (
        "from 192.0.2.1 (EHLO h)\n by me with SMTPs\n (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256);\n d",
        Is("192.0.2.1", "h", ""),
    ),
    ("from 192.0.2.1\n\tby me pod-id NONE with HTTPS; d", Is("192.0.2.1", "", "")),
    (
        "from 192.0.2.1\n        (SquirrelMail authenticated user bob@example.org)\n        by me with HTTP;\n        d",
        Is("192.0.2.1", "", ""),
    ),
    // what a proxy says is a stranger's word
    (
        "from 192.0.2.1 (proxying for 203.0.113.9)\n (SquirrelMail authenticated user bob)\n by me with HTTP; d",
        Untold(NO_FORM),
    ),
    (
        "from 192.0.2.1 ([192.0.2.1]) by me (Horde\n\tFramework) with HTTP; d",
        Is("192.0.2.1", "192.0.2.1", ""),
    ),
    ("from [192.0.2.1]\n by me\n with HTTP (HTTP/1.1 POST); d", Is("192.0.2.1", "", "")),
    ("from 192.0.2.1 by me with SMTP; d", Untold(NO_ADDRESS)),
];
