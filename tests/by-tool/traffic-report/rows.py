"""Random metric rows of twelve days, in any order: what no log has together, and no zero where one may be.

    rows.py SEED        rows of some hosts, with or without hours, domains and users
    rows.py accounts    rows of 60 days of accounts that jump, fall and begin
"""
import datetime
import random
import sys

FIRST = datetime.date(2026, 10, 20)
SESSIONS = {
    "smtp": ["tcpserver", "qpsmtpd", "vchkpw", "unknown"], "submission": ["tcpserver", "vchkpw", "dovecot"],
    "pop3": ["tcpserver", "dovecot", "vchkpw", "courier"], "imap": ["dovecot", "courier"],
    "remote": ["qmail-send"], "spamd": ["spamd"], "clamd": ["clamd"],
}
COUNTS = "active_ms in_bytes out_bytes blocked bad_commands terminations auth_failed full_ms".split()
OTHERS = {
    "qmail-send": "mail.in mail.out mail.in_bytes mail.out_bytes mail.bounces_in",
    "hsphere": "mail.in mail.out mail.in_bytes mail.received_bytes",
    "qlog": "verdict.received_bytes verdict.sent", "qpsmtpd": "verdict.spam_in verdict.spam_out",
    "simscan": "verdict.spam_in",
}
SAMPLES = "cpu_ms memory_kib_ms open_files_ms processes_ms threads_ms connections_ms queue_ms".split()
NAMELESS = ("system.", "clamd.", "verdict.received_bytes")


class Rows:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.by = self.chance.choice(["", "domain", "hour domain user", "domain user", "hour"]).split()
        self.rows = []

    def add(self, metric, source, label="", has_zero=True):
        """A metric of the day and host, its zero and up to three numbers."""
        pick = self.chance.choice
        if has_zero:
            self.rows.append((self.day, "", self.host, "", "", source, metric, "", 0))
        can_name = not metric.startswith(NAMELESS) and (
            metric.startswith("verdict.") or source not in ("tcpserver", "qpsmtpd"))
        for _ in range(self.chance.randint(0, 3)):
            hour = f"{self.chance.randrange(24):02}" if "hour" in self.by else ""
            user = pick(["a@x.example", "b@y.example", "c@x.example", ""]) if can_name else ""
            domain = user.partition("@")[2] if "domain" in self.by else ""
            value = pick([0, 1, 5, 2047, self.chance.randrange(10**9)])
            self.rows.append((self.day, hour, self.host, domain, user if "user" in self.by else "", source,
                              metric, label, value))

    def of_day(self):
        often = lambda share: self.chance.random() < share
        for service, sources in SESSIONS.items():
            for source in sources:
                if often(0.5):
                    continue
                self.add(f"{service}.connections", source)
                for what in COUNTS:
                    if often(0.5):
                        self.add(f"{service}.{what}", source, has_zero=often(0.9))
                if service in ("clamd", "remote", "spamd"):
                    self.add(f"{service}.failed", source)
                if service == "clamd":
                    self.add("clamd.virus", source)
        for source, metrics in OTHERS.items():
            for metric in metrics.split() if often(0.7) else []:
                if often(0.8):
                    self.add(metric, source)
        if often(0.7):
            self.add("queue.messages", "qmail-send", self.chance.choice(["89", "1"]))
            self.add("queue.in_bytes", "qmail-send", self.chance.choice(["89", "1"]))
            self.add("queue.active_ms", "qmail-send", "89", has_zero=often(0.5))
        if often(0.8):
            self.add("system.sample_ms", "server-sample")
            for what in SAMPLES:
                if often(0.8):
                    self.add(f"system.{what}", "server-sample")


def accounts():
    """Some domains and users with a history of their own, of which not all days were counted."""
    chance = random.Random(7)
    metrics = ["mail.out", "mail.out_bytes", "mail.failed_out", "imap.connections", "imap.auth_failed"]
    for metric in metrics:
        source = "dovecot" if metric.startswith("imap") else "qmail-send"
        counted = [day for day in range(60) if day > 50 or chance.random() < 0.8]
        large = 110_000_000 if metric.endswith("bytes") else 110
        for day in counted:
            date = FIRST + datetime.timedelta(days=day - 48)
            if day != 58 or source != "dovecot":
                yield date, "", "mx1", "", "", source, metric, "", 0
            for number in range(40):
                user, domain = f"u{number}@d{number % 7}.example", f"d{number % 7}.example"
                share = [0, 0.1, 0.3, 1, 1, 6][number % 6]
                last = [0, 0.5, 1, 2, 5, 30][(number // 6) % 6]
                value = round(large * (last if day > 57 else share * chance.choice([0, 0.5, 1, 1, 1.3])))
                if value and (number % 5 or day > 54):
                    yield date, "", "mx1", domain, user, source, metric, "", value


def main():
    if sys.argv[1] == "accounts":
        rows = list(accounts())
    else:
        made = Rows(int(sys.argv[1]))
        for number in range(12):
            for host in ["mx1", "mx2", "mx3"][:1 + int(sys.argv[1]) % 3]:
                made.day, made.host = FIRST + datetime.timedelta(days=number), host
                made.of_day()
        rows = made.rows
        made.chance.shuffle(rows)
    for row in rows:
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
