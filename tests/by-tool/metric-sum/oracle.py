"""Metric rows, once more: what metric-sum(1) says, in another language.

    oracle.py rows KIND SEED             random rows of a kind, over both clock changes of 2026
    oracle.py sum KIND BY HOST HOSTED    the metric rows of stdin

It knows no escapes, and finds the hours of a session by steps of a quarter of an hour.
"""
import collections
import datetime
import os
import random
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo(os.environ["TZ"])
ADDRESSES = [
    "bob@example.net", "Bob@Example.NET", "example.net-bob@example.net", "al@sub.example.org",
    "al@example.org", "<>", "#@[]", "", "root", "x@", "a@example.com", "a@example.com.",
    "list-return-5-@list.example.com-@[]", "-@[]", "b-@[]", "<c@d.example>",
]
COLUMNS = {
    "message": "time host direction pid sender recipient bytes status attempts active_ms queue_ms"
               " reason relay source text",
    "transaction": "time pid hook ip port host helo sender recipient disposition code message"
                   " is_spam score_centi required_centi dnsbl sender_tld bytes auth_user source",
    "session": "time service host pid ip port user active_ms in_bytes out_bytes end source detail",
    "sample": "time host interval_ms cpu_ms memory_kib open_files processes threads connections"
              " queue todo",
}


def generate(kind, seed):
    chance = random.Random(seed)
    pick = chance.choice

    def maybe(*values):
        return pick(["", *values])

    def message():
        return dict(
            direction=pick(["in", "out"]), sender=pick(ADDRESSES), recipient=pick(ADDRESSES),
            bytes=maybe(0, 7, 100_000), reason=maybe("dns", "full", "too-old"),
            status=maybe("success", "success", "failure", "deferral", "rejspam", "rejclam"),
            source=pick(["qmail-send", "hsphere"]))

    def transaction():
        several = [address for address in ADDRESSES if "," not in address]
        return dict(
            sender=pick(ADDRESSES), recipient=",".join(chance.choices(several, k=pick([0, 1, 3]))),
            disposition=pick(["queued", "queued", "accepted", "dnsbl", "SPAM REJECT"]),
            is_spam=maybe(0, 1), dnsbl=maybe("zen.example"), sender_tld=maybe("com", "net"),
            bytes=maybe(5, 1000), auth_user=maybe("bob@example.net", "al", "al@sub.example.org"),
            source=pick("qpsmtpd qlog simscan spamdyke chkuser sqmail qmailtoaster".split()))

    def session():
        service, sources = pick([
            ("smtp", ["tcpserver", "qpsmtpd"]), ("pop3", ["courier", "vchkpw"]),
            ("imap", ["dovecot", "courier"]), ("queue", ["qmail-send"]), ("spamd", ["spamd"]),
            ("remote", ["qmail-send"]), ("local", ["qmail-send"]), ("clamd", ["clamd"])])
        details = {"queue": ["89", "1011"], "spamd": ["Y 901 A,B", "N -1 B", "N 0"],
                   "clamd": ["Eicar"]}.get(service, ["zen"])
        ends = "ok ok blocked bad-command timeout lost auth-failed error failed refused deferred"
        return dict(
            service=service, source=pick(sources), user=pick(ADDRESSES), detail=maybe(*details),
            active_ms=maybe(0, 1, 999, 3_600_000, chance.randrange(3 * 86_400_000)),
            in_bytes=maybe(0, 5), out_bytes=maybe(0, 9_000_000),
            end=pick(ends.split() + ["open", "full"]))

    def sample():
        names = COLUMNS["sample"].split()[3:]
        return dict(interval_ms=pick([1, 10_000]), **{name: maybe(0, 3, 4096) for name in names})

    make = dict(message=message, transaction=transaction, session=session, sample=sample)[kind]
    for _ in range(4000):
        # two days before the clock is changed, in spring or in autumn, and two after it
        change = pick([1_774_746_000, 1_792_890_000])
        near = pick([chance.randrange(-172_800, 172_800), chance.randrange(-4, 4)])
        row = dict(time=f"{change + near}.{chance.randrange(10**9):09}", **make())
        row["host"] = maybe("mx1", "mx2")
        print("\t".join(str(row.get(name, "")) for name in COLUMNS[kind].split()))


SERVICE_CAN = {
    "tcpserver": "connections blocked full_ms active_ms:active_ms terminations:active_ms",
    "qpsmtpd": "connections blocked bad_commands terminations full_ms active_ms:active_ms",
    "dovecot": "connections blocked bad_commands terminations auth_failed active_ms:active_ms"
               " in_bytes:in_bytes out_bytes:out_bytes",
    "courier": "connections blocked terminations auth_failed active_ms:active_ms in_bytes:in_bytes"
               " out_bytes:out_bytes",
    "vchkpw": "connections auth_failed",
    "spamd": "connections blocked bad_commands terminations failed full_ms active_ms:active_ms"
             " in_bytes:in_bytes",
    "clamd": "connections terminations failed",
    "qmail-send": "connections terminations failed active_ms:active_ms out_bytes:out_bytes",
}
VERDICT_CAN = {
    "qpsmtpd": "queued accepted denied dnsbl tld spam_in:is_spam",
    "qlog": "queued accepted sent denied tld received_bytes:bytes",
    "simscan": "queued accepted denied tld spam_in:is_spam",
    "qmailtoaster": "queued denied tld",
    "spamdyke": "denied tld", "chkuser": "denied tld", "sqmail": "denied tld",
}
MAIL_CAN = {
    "qmail-send": "in:status in_bytes:bytes bounces_in:sender failed_in:status deferred_in:status"
                  " out:status out_bytes:bytes failed_out:status deferred_out:status",
    "hsphere": "in:status in_bytes:bytes bounces_in:status failed_in:status out:status"
               " out_bytes:bytes failed_out:status received_bytes:bytes spam_refused:status"
               " virus_refused:status",
}
ENDS = {"blocked": "blocked", "bad-command": "bad_commands", "timeout": "terminations",
        "lost": "terminations", "error": "terminations", "auth-failed": "auth_failed",
        "failed": "failed"}


def bare(address):
    if address.startswith("<") and address.endswith(">"):
        address = address[1:-1]
    if address.endswith("-@[]") and "@" in address[:-4]:
        address = address[:-4]
    return address


def domain(address):
    address = bare(address)
    if address in ("", "#@[]") or "@" not in address:
        return ""
    return address.rpartition("@")[2].lower().removesuffix(".")


class Sums:
    def __init__(self, by, host, hosted):
        self.by, self.host, self.hosted = by, host, hosted
        self.values = collections.defaultdict(int)

    def is_ours(self, name):
        tails = [name[at:] for at in range(1, len(name)) if name[at] == "."]
        return any(one in self.hosted for one in [name, *tails])

    def party(self, address):
        name = domain(address)
        user = bare(address).lower()
        local, _, its_domain = user.rpartition("@")
        if its_domain and local.startswith(its_domain + "-"):
            user = user[len(its_domain) + 1:]
        if name and self.hosted and not self.is_ours(name):
            name, user = "(other)", ""
        if not name:
            user = ""
        return name if "domain" in self.by else "", user if "user" in self.by else ""

    def place(self, second):
        local = datetime.datetime.fromtimestamp(second, ZONE)
        return f"{local:%Y-%m-%d}", f"{local:%H}" if "hour" in self.by else ""

    def begin(self, row, source, host):
        seconds, _, nanos = row["time"].partition(".")
        self.end_ms = int(seconds) * 1000 + int(nanos[:3])
        self.where = self.place(int(seconds))
        self.row, self.source, self.row_host = row, source, host or self.host
        self.counted = set()

    def add(self, metric, value, address="", label="", where=None):
        self.counted.add(metric)
        if int(value):
            key = (*(where or self.where), self.row_host, *self.party(address), self.source, metric)
            self.values["\t".join((*key, label))] += int(value)

    def add_time(self, metric, address="", label=""):
        if self.row["active_ms"] == "":
            return
        start = self.end_ms - int(self.row["active_ms"])
        self.counted.add(metric)
        while start < self.end_ms:
            step = min((start // 900_000 + 1) * 900_000, self.end_ms)
            self.add(metric, step - start, address, label, self.place(start // 1000))
            start = step

    def end(self, can):
        could = set()
        for one in can:
            metric, _, field = one.partition(":")
            if not field or self.row[field] != "":
                could.add(metric)
        for metric in self.counted | could:
            self.values["\t".join((self.where[0], "", self.row_host, "", "", self.source, metric,
                                   ""))] += 0

    def message(self, row):
        self.begin(row, row["source"], row["host"])
        way, status = row["direction"], row["status"]
        owner = row["recipient"] if way == "in" else row["sender"]
        if status == "success":
            self.add(f"mail.{way}", 1, owner)
            if row["bytes"] != "":
                self.add(f"mail.{way}_bytes", row["bytes"], owner)
            is_null = row["sender"] in ("<>", "#@[]") or (
                row["sender"] == "" and row["source"] == "hsphere")
            if way == "in" and is_null:
                self.add("mail.bounces_in", 1, owner)
        elif status:
            what = "deferred" if status == "deferral" else "failed"
            where = f' {domain(row["recipient"])}' if way == "out" else ""
            self.add(f"mail.{what}_{way}", 1, owner, row["reason"] + where)
        if row["source"] == "hsphere" and way == "in":
            if row["bytes"] != "":
                self.add("mail.received_bytes", row["bytes"], owner)
            if status in ("rejspam", "rejclam"):
                what = {"rejspam": "spam", "rejclam": "virus"}[status]
                self.add(f"mail.{what}_refused", 1, owner)
        self.end("mail." + one for one in MAIL_CAN[row["source"]].split())

    def transaction(self, row):
        self.begin(row, row["source"], "")
        recipients = [one for one in row["recipient"].split(",") if one]
        user, is_spam = row["auth_user"], row["is_spam"] == "1"
        self.add("verdict.tld", 1, "", f'{row["disposition"]} {row["sender_tld"]}')
        if row["bytes"]:
            self.add("verdict.received_bytes", row["bytes"])
        if row["disposition"] == "queued":
            if row["source"] != "spamdyke":
                said = {"1": "spam", "0": "ham", "": ""}[row["is_spam"]]
                self.add("verdict.queued", 1, "", said)
            for recipient in recipients:
                self.add("verdict.accepted", 1, recipient)
                if is_spam:
                    self.add("verdict.spam_in", 1, recipient)
            to_others = self.hosted and not any(self.is_ours(domain(one)) for one in recipients)
            if is_spam and (user or to_others):
                self.add("verdict.spam_out", 1, user or row["sender"])
            if user and row["source"] != "spamdyke":
                self.add("verdict.sent", 1, user)
        elif row["disposition"] != "accepted":
            first = (recipients or [""])[0]
            self.add("verdict.denied", 1, first, row["disposition"])
            if row["dnsbl"]:
                self.add("verdict.dnsbl", 1, first, row["dnsbl"])
        can = VERDICT_CAN[row["source"]].split()
        if row["source"] in ("qpsmtpd", "simscan") and row["is_spam"] and (user or self.hosted):
            can.append("spam_out")
        self.end("verdict." + one for one in can)

    def session(self, row):
        service, end, user = row["service"], row["end"], row["user"]
        self.begin(row, row["source"], row["host"])
        if service == "local":
            return
        is_whole = end not in ("open", "full")
        if service == "queue":
            self.add_time("queue.active_ms", user, row["detail"])
            if is_whole:
                self.add("queue.messages", 1, user, row["detail"])
                if row["in_bytes"] != "":
                    self.add("queue.in_bytes", row["in_bytes"], user, row["detail"])
                self.end(["queue.messages", "queue.in_bytes:in_bytes", "queue.active_ms:active_ms"])
            return
        self.add_time(f'{service}.{"full_ms" if end == "full" else "active_ms"}', user)
        can = [f"{service}.{one}" for one in SERVICE_CAN[row["source"]].split()]
        if is_whole:
            self.add(f"{service}.connections", 1, user)
            for field in ("in_bytes", "out_bytes"):
                if row[field] != "":
                    self.add(f"{service}.{field}", row[field], user)
            if end in ENDS:
                self.add(f"{service}.{ENDS[end]}", 1, user)
            if end == "error" and service in ("spamd", "clamd"):
                self.add(f"{service}.failed", 1, user)
            if service == "clamd":
                can.append("clamd.virus")
                if row["detail"]:
                    self.add("clamd.virus", 1, user, row["detail"])
            if service == "spamd" and row["detail"]:
                can += ["spamd.spam", "spamd.rule"]
                verdict, _, rules = (row["detail"] + " ").split(" ", 2)
                if verdict == "Y":
                    self.add("spamd.spam", 1, user)
                for rule in rules.strip().split(","):
                    if rule:
                        self.add("spamd.rule", 1, user, rule)
            self.end(can)

    def sample(self, row):
        self.begin(row, "server-sample", row["host"])
        self.add("system.sample_ms", row["interval_ms"])
        for name in COLUMNS["sample"].split()[3:]:
            if row[name] != "":
                times = 1 if name == "cpu_ms" else int(row["interval_ms"])
                metric = "cpu_ms" if name == "cpu_ms" else f"{name}_ms"
                self.add(f"system.{metric}", int(row[name]) * times)
        self.end([])


def main():
    if sys.argv[1] == "rows":
        generate(sys.argv[2], int(sys.argv[3]))
        return
    kind, by, host, hosted = sys.argv[2:]
    sums = Sums(by.split(","), host, hosted.split())
    names = COLUMNS[kind].split()
    for line in sys.stdin:
        getattr(sums, kind)(dict(zip(names, line.rstrip("\n").split("\t"))))
    for key in sorted(sums.values, key=str.encode):
        print(f"{key}\t{sums.values[key]}")


main()
