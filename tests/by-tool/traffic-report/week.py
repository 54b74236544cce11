"""Rows of two mail servers over a week in which the clock is changed, as the parsers would write them.

    week.py KIND HOST WEEK      KIND: message session transaction sample; HOST: mail1 mail2;
                                WEEK: spring autumn

mail1: qmail-send, tcpserver and qpsmtpd for SMTP, tcpserver and dovecot for POP, dovecot for IMAP,
       vchkpw for submission, qlog, simscan and chkuser, spamd, clamd, samples taken as root
mail2: qmail-send and the stats log, qpsmtpd, vchkpw for POP, courier for IMAP, samples without root
Some are missing on some days.
"""
import datetime
import os
import random
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo(os.environ["TZ"])
# what metric-sum -H looks at
COLUMNS = {
    "message": "time host direction sender recipient bytes status reason source",
    "transaction": "time sender recipient disposition is_spam dnsbl sender_tld bytes auth_user source",
    "session": "time host service user active_ms in_bytes out_bytes end source detail",
    "sample": "time host interval_ms cpu_ms memory_kib open_files processes threads connections queue todo",
}
FIRST = {"spring": datetime.date(2026, 3, 26), "autumn": datetime.date(2026, 10, 22)}
DAYS = 7
OURS = ["ann@example.net", "Bob@Example.NET", "example.net-bob@example.net", "cy@sub.example.org",
        "di@example.org.", "e\\tve@we\\\\ird.example", "markeruser@marker.example"]
OTHERS = ["x@far.example", "y@else.example", "z@markerfar.example"]
# host, source: days of the week (0 to 6) without it
MISSING = {("mail1", "tcpserver"): [3], ("mail1", "dovecot"): [5], ("mail1", "spamd"): [2, 3],
           ("mail1", "server-sample"): [6], ("mail1", "clamd"): [0], ("mail1", "qlog"): [0, 1, 4],
           ("mail2", "qmail-send"): [4], ("mail2", "hsphere"): [1, 6], ("mail2", "vchkpw"): [2],
           ("mail2", "courier"): [0], ("mail2", "qpsmtpd"): [5]}
SESSIONS = {
    "mail1": [("smtp", "tcpserver"), ("smtp", "qpsmtpd"), ("submission", "vchkpw"), ("pop3", "tcpserver"),
              ("pop3", "dovecot"), ("imap", "dovecot"), ("spamd", "spamd"), ("clamd", "clamd"),
              ("remote", "qmail-send"), ("queue", "qmail-send"), ("local", "qmail-send")],
    "mail2": [("smtp", "qpsmtpd"), ("submission", "qpsmtpd"), ("pop3", "vchkpw"), ("imap", "courier"),
              ("remote", "qmail-send"), ("queue", "qmail-send")],
}
ENDS = {"tcpserver": "ok ok ok blocked lost open", "vchkpw": "ok ok auth-failed", "clamd": "ok ok error lost",
        "courier": "ok ok timeout lost auth-failed error open", "qmail-send": "ok ok failed lost open"}
VERDICTS = {"mail1": ["qlog", "simscan", "chkuser"], "mail2": ["qpsmtpd"]}


class Host:
    def __init__(self, kind, host, week):
        self.kind, self.host, self.week = kind, host, week
        self.chance = random.Random(f"{kind} {host} {week}")
        self.pick = self.chance.choice

    def write(self, day, source, count, make):
        """Some rows of a day, most near its end or where the clock is changed."""
        if day in MISSING.get((self.host, source), ()):
            return
        start, end = (int(datetime.datetime.combine(FIRST[self.week] + datetime.timedelta(days=number),
                                                    datetime.time(), ZONE).timestamp())
                      for number in (day, day + 1))
        for _ in range(count):
            near_change = start + self.chance.randrange(3600, 4 * 3600)
            second = self.pick([near_change, self.chance.randrange(start, end), end - 1])
            row = dict(time=f"{second}.{self.chance.randrange(10**9):09}", host=self.host, source=source, **make())
            print("\t".join(str(row.get(name, "")) for name in COLUMNS[self.kind].split()))

    def message(self, day):
        for source in ["qmail-send"] + ["hsphere"] * (self.host == "mail2"):
            self.write(day, source, 40, lambda: self.one_message(source))

    def one_message(self, source):
        way = self.pick(["in", "out"])
        sender, recipient = self.pick([*OURS, *OTHERS, "<>", "#@[]"]), self.pick(OURS)
        if way == "out":
            sender, recipient = self.pick(OURS), self.pick(OTHERS)
        refused = ["rejspam", "rejclam"] if source == "hsphere" else ["deferral"]
        return dict(
            direction=way, sender=sender, recipient=recipient, bytes=self.pick([0, 700, 10_240, 9_999_999]),
            status=self.pick(["success", "success", "success", "failure", *refused]),
            reason=self.pick(["dns", "full"]))

    def transaction(self, day):
        for source in VERDICTS[self.host]:
            self.write(day, source, 30, lambda: self.one_transaction(source))

    def one_transaction(self, source):
        dispositions = {"chkuser": ["accepted", "rejected rcpt"], "simscan": ["queued", "SPAM REJECT"]}
        has_user = source in ("qlog", "qpsmtpd") and self.pick([True, False])
        scans = source in ("simscan", "qpsmtpd") and self.pick([True, True, False])
        return dict(
            sender=self.pick([*OURS, *OTHERS]), recipient=",".join(self.chance.choices(OURS, k=self.pick([1, 3]))),
            disposition=self.pick(dispositions.get(source, ["queued", "queued", "dnsbl"])),
            is_spam=self.pick([0, 1]) if scans else "", sender_tld=self.pick(["example", "com"]),
            bytes=self.pick([0, 5000, 123_456]) if source == "qlog" else "",
            auth_user=self.pick(OURS) if has_user else "", dnsbl=self.pick(["", "zen.example"]))

    def session(self, day):
        for service, source in SESSIONS[self.host]:
            self.write(day, source, 15, lambda: self.one_session(service, source))

    def one_session(self, service, source):
        ends = ENDS.get(source, "ok ok ok blocked bad-command timeout lost auth-failed error failed open").split()
        has_bytes = source in ("dovecot", "courier")
        has_user = has_bytes or source == "vchkpw" or service in ("remote", "spamd", "queue")
        end = "ok" if service == "queue" else self.pick(ends)
        details = {"queue": ["89", "1011"], "spamd": ["Y 901 A,B", "N -1 B"],
                   "clamd": ["", "Eicar"] if end == "ok" else [""]}
        has_time = source not in ("vchkpw", "clamd")
        long = self.chance.randrange(2 * 86_400_000)
        return dict(
            service=service, user=self.pick([*OURS, "root", ""]) if has_user else "",
            active_ms=self.pick([0, 999, 61_000, 3_600_001, 5 * 3_600_000, long]) if has_time else "",
            in_bytes=self.pick([0, 12_345]) if service == "queue" or has_bytes and service == "imap" else "",
            out_bytes=self.pick([0, 7_000_001]) if service == "remote" or has_bytes else "",
            end=end,
            detail=self.pick(details.get(service, [""])))

    def sample(self, day):
        self.write(day, "server-sample", 12, self.one_sample)

    def one_sample(self):
        row = {name: self.chance.randrange(5000) for name in COLUMNS["sample"].split()[2:]}
        row["interval_ms"] = self.pick([1, 10_000, 60_000])
        if self.host == "mail2":
            row["memory_kib"] = row["open_files"] = ""
        return row


def main():
    kind, host, week = sys.argv[1:]
    rows = Host(kind, host, week)
    print(*COLUMNS[kind].split(), sep="\t")
    for day in range(DAYS):
        getattr(rows, kind)(day)


if __name__ == "__main__":
    main()
