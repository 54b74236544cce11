"""SmarterMail's reports of metric rows, once more: what traffic-report(1) says, in another language.

    oracle.py OPTIONS [+ OPTIONS ...]     the cells of stdin, as traffic-report -f tsv prints them

Between the cells of one set of options and those of the next stands a line with a plus.
The report `changes` is made if -r names it alone: see accounts.py.
"""
import argparse
import datetime
import sys
from fractions import Fraction

import accounts
from cells import NOTHING, Cell, Rows, Scope, at_least, first_of, no_name, periods, rounded, times

SMTP = ["smtp", "submission"]
HEADER_BYTES = 2048
NO_SAMPLES, NO_DELIVERIES = "no samples of this day", "no delivery log"
NO_ATTEMPTS = "no sessions of deliveries; see qmsend-parse --sessions"
NO_CONNECTIONS, NO_ENDS = "no log of connections", "no start and end of connections in the log"
BLIND, LOGINS_ONLY = "tcpserver sees no commands", ("vchkpw", "vchkpw logs logins only")


class Formulas:
    """What the columns are made of, in one period and scope."""

    def __init__(self, rows, options, period, scope):
        self.rows, self.options, self.period, self.scope = rows, options, period, scope

    def metric(self, name, labels=None):
        return self.rows.of([name], self.period, self.scope, labels)

    def services(self, names, *whats):
        """Those of the services that occur in what is read."""
        metrics = [f"{name}.{what}" for name in names if name in self.rows.services for what in whats]
        return self.rows.of(metrics, self.period, self.scope)

    def by_time(self, cell):
        if cell.value is not None and not self.period.length_ms:
            return Cell(None, cell.least, "the clock skips this hour")
        return times(cell, 1 / Fraction(self.period.length_ms or 1))

    def by_samples(self, name):
        """The average of something over the time of the samples that have it. It is no lower bound."""
        amount = duration = 0
        for day in self.period.days:
            cells = [self.rows.of_day(f"system.{what}", day, self.period.hour, self.scope)
                     for what in (name, "sample_ms")]
            if all(cell.value is not None for cell in cells):
                amount, duration = amount + cells[0].value, duration + cells[1].value
        return Cell(amount / duration) if duration else self.metric(f"system.{name}")._replace(value=None)

    def why(self, services, *reasons):
        """Why a number of connections is missing that were counted themselves: a reason for the first
        source, in their order, that counted them in this period. The last reason is for any other."""
        for source in self.rows.sources:
            for day in self.period.days:
                for host in self.rows.hosts:
                    if any(self.rows.is_counted(day, host, source, f"{service}.connections") for service in services):
                        return next((reason for one, reason in reasons[:-1] if one in ("", source)), reasons[-1])
        return reasons[-1]

    def active(self, names):
        return self.by_time(self.services(names, "active_ms"))

    def smtp_bytes(self):
        uids = self.options.smtp_uid
        queue = NOTHING
        if uids and self.scope.kind:
            # the queue's rows name the sender alone
            queue = Cell(None, False, no_name("queue.in_bytes", self.scope.kind))
        elif uids:
            taken, messages = (self.metric(f"queue.{what}", uids) for what in ("in_bytes", "messages"))
            queue = at_least(taken)
            if queue.value is not None:
                queue = queue._replace(value=max(0, queue.value - HEADER_BYTES * (messages.value or 0)))
        return first_of(at_least(self.metric("verdict.received_bytes")), self.metric("mail.received_bytes"), queue)

    def scans(self):
        """Those that were logged: without LogClean only those that found a virus or failed."""
        scans = self.metric("clamd.connections")
        hosts = {host for host in self.rows.hosts for day in self.period.days
                 if self.rows.is_counted(day, host, "clamd", "clamd.connections")}
        return scans if all(self.logs_clean(host) for host in hosts) else at_least(scans)

    def logs_clean(self, host):
        """Whether clamd of a host logged a scan that found nothing, on the days that are shown."""
        options, totals = self.options, {"connections": 0, "virus": 0, "terminations": 0}
        for (day, other, source, metric), rows in self.rows.groups.items():
            service, _, what = metric.partition(".")
            is_shown = options.since <= day < options.until
            if is_shown and (other, source, service) == (host, "clamd", "clamd") and what in totals:
                totals[what] += sum(row.value for row in rows)
        return totals["connections"] > totals["virus"] + totals["terminations"]

    def kilobytes(self, cell):
        return times(cell, 1 / Fraction(self.options.kb))

    def server_status(self):
        sample = self.by_samples
        services = self.services("smtp submission pop3 imap".split(), "active_ms")
        queue = self.by_time(self.metric("queue.active_ms"))
        return [
            ("cpu", "percent", times(sample("cpu_ms"), 100), NO_SAMPLES),
            ("memory", "kB", self.kilobytes(times(sample("memory_kib_ms"), 1024)), "no samples, or not as root"),
            ("nonpaged-memory", "kB", NOTHING, "a pool of the Windows kernel"),
            ("handles", "average", sample("open_files_ms"), "no samples, or not as root"),
            ("threads", "average", sample("threads_ms"), NO_SAMPLES),
            ("processes", "average", sample("processes_ms"), NO_SAMPLES),
            ("active-connections", "average", first_of(self.by_time(services), sample("connections_ms")),
             "no log of connections, no samples"),
            ("spool-count", "average", first_of(queue, sample("queue_ms")), "no qmail-send log, no samples"),
        ]

    def message_traffic(self):
        return [
            ("incoming", "messages", self.metric("mail.in"), NO_DELIVERIES),
            ("outgoing", "messages", self.metric("mail.out"), NO_DELIVERIES),
            ("incoming-spam", "messages", self.metric("verdict.spam_in"),
             "the log does not say which queued mail is spam"),
            ("outgoing-spam", "messages", self.metric("verdict.spam_out"),
             "outgoing mail is not scanned, or its log names no user"),
        ]

    def message_data(self):
        return [
            ("received", "kB", self.kilobytes(self.metric("mail.in_bytes")), NO_DELIVERIES),
            ("sent", "kB", self.kilobytes(self.metric("mail.out_bytes")), NO_DELIVERIES),
        ]

    def throttle_traffic(self):
        return accounts.throttled(self, lambda excess: excess, ("messages", "messages", "kB"))

    def throttle_violations(self):
        return accounts.throttled(self, lambda _excess: 1, ("times", "times", "times"))

    def traffic_by_priority(self):
        return [("messages", "messages", NOTHING, "qmail has one queue without priorities")]

    def bandwidth_by_priority(self):
        return [("bandwidth", "kB", NOTHING, "qmail has one queue without priorities")]

    def smtp_in_usage(self):
        return [
            ("bandwidth", "kB", self.kilobytes(self.smtp_bytes()), "no log with sizes of what came by SMTP"),
            ("active", "average", self.active(SMTP), NO_ENDS),
            ("connections", "connections", self.services(SMTP, "connections"), NO_CONNECTIONS),
            ("blocked", "connections", self.services(SMTP, "blocked"), NO_CONNECTIONS),
        ]

    def smtp_in_errors(self):
        return [
            ("blocked", "connections", self.services(SMTP, "blocked"), NO_CONNECTIONS),
            ("bad-commands", "connections", at_least(self.services(SMTP, "bad_commands")),
             self.why(SMTP, ("tcpserver", BLIND), NO_CONNECTIONS)),
            ("terminations", "connections", self.services(SMTP, "terminations"), NO_CONNECTIONS),
        ]

    def smtp_out_usage(self):
        return [
            ("bandwidth", "kB", at_least(self.kilobytes(self.metric("mail.out_bytes"))), NO_DELIVERIES),
            ("active", "average", self.active(["remote"]), NO_ATTEMPTS),
            ("connections", "connections", self.services(["remote"], "connections"), NO_ATTEMPTS),
        ]

    def smtp_out_errors(self):
        return [
            ("bad-commands", "connections", NOTHING, "qmail-remote does not log them"),
            ("terminations", "connections", self.services(["remote"], "terminations"), NO_ATTEMPTS),
        ]

    def usage(self, service):
        names = [service]
        without_bytes = self.why(names, ("tcpserver", "qmail-pop3d logs nothing"), ("", "the log has no byte counts"),
                                 NO_CONNECTIONS)
        return [
            ("bandwidth", "kB", self.kilobytes(self.services(names, "in_bytes", "out_bytes")), without_bytes),
            ("active", "average", self.active(names), self.why(names, LOGINS_ONLY, ("", NO_ENDS), NO_CONNECTIONS)),
            ("connections", "connections", self.services(names, "connections"), NO_CONNECTIONS),
            ("blocked", "connections", self.services(names, "blocked"), self.why(names, LOGINS_ONLY, NO_CONNECTIONS)),
        ]

    def errors(self, service):
        names = [service]
        logins = self.why(names, LOGINS_ONLY, NO_CONNECTIONS)
        return [
            ("blocked", "connections", self.services(names, "blocked"), logins),
            ("bad-commands", "connections", at_least(self.services(names, "bad_commands")),
             self.why(names, ("tcpserver", BLIND), ("courier", "courier does not log them"), LOGINS_ONLY,
                      NO_CONNECTIONS)),
            ("terminations", "connections", self.services(names, "terminations"), logins),
        ]

    def pop_usage(self):
        return self.usage("pop3")

    def pop_errors(self):
        return self.errors("pop3")

    def imap_usage(self):
        return self.usage("imap")

    def imap_errors(self):
        return self.errors("imap")

    def spamassassin_servers(self):
        return [
            ("active", "average", self.active(["spamd"]), "no spamd log"),
            ("connections", "connections", self.services(["spamd"], "connections"), "no spamd log"),
            ("failed", "connections", at_least(self.services(["spamd"], "failed")), "no spamd log"),
        ]

    def smtp_out_connections(self):
        return [
            ("active", "average", self.active(["remote"]), NO_ATTEMPTS),
            ("connections", "connections", self.services(["remote"], "connections"), NO_ATTEMPTS),
            ("failed", "connections", self.services(["remote"], "failed"), NO_ATTEMPTS),
        ]

    def clamav(self):
        return [
            ("active", "average", NOTHING, "clamd logs the end of a scan, not its start"),
            ("connections", "connections", self.scans(), "no clamd log"),
            ("failed", "connections", self.metric("clamd.failed"), "no clamd log"),
        ]


# in the order in which they are printed; those of SERVERS have a row for each host
REPORTS = """server-status message-traffic message-data throttle-traffic throttle-violations
    traffic-by-priority bandwidth-by-priority smtp-in-usage smtp-in-errors smtp-out-usage smtp-out-errors
    pop-usage pop-errors imap-usage imap-errors spamassassin-servers smtp-out-connections clamav""".split()
SERVERS = "server-status"
THROTTLES = ["throttle-traffic", "throttle-violations"]


def scopes(rows, options, report):
    if report == SERVERS:
        return [Scope(host=host) for host in sorted(rows.hosts)]
    if options.domain is not None:
        return [Scope("domain", options.domain)]
    if options.user is not None:
        return [Scope("user", options.user)]
    if options.per:
        return [Scope(options.per, name) for name in [*rows.names(options.per), None]]
    return [Scope()]


def shown(scope):
    """As the column `scope` has it."""
    if scope.kind:
        return "" if scope.name is None else scope.name or "(none)"
    return scope.host or ""


def report_cells(rows, options):
    """(report, period, scope, item, unit), bound, value, reason"""
    by = options.by or (None if options.per else "day")
    for report in options.reports.split(","):
        if report == SERVERS and (options.domain is not None or options.user is not None):
            continue
        if report in (SERVERS, *THROTTLES) and options.per:
            continue
        for period in periods(options.since, options.until, by):
            for scope in scopes(rows, options, report):
                formulas = Formulas(rows, options, period, scope)
                columns = getattr(formulas, report.replace("-", "_"))()
                if options.per and scope.name is not None and not any(cell.value for _, _, cell, _ in columns):
                    # of all names that occur a report lists those that have something in it
                    continue
                for item, unit, cell, otherwise in columns:
                    key = (report, period.name, shown(scope), item, unit)
                    if cell.value is None:
                        yield key, "", "", cell.reason or otherwise
                    else:
                        places = 2 if unit in ("average", "percent") else 0
                        yield key, bound(cell), rounded(cell.value, places), ""
                if report == "throttle-violations":
                    for window, account, item, unit, cell in accounts.violations(formulas):
                        yield (report, window, account, item, unit), bound(cell), rounded(cell.value, 0), ""


def bound(cell):
    return "least" if cell.least else "exact"


def parsed(words):
    """What the options say; the days are those of --day too."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    day = datetime.date.fromisoformat
    parser.add_argument("-r", dest="reports", default=",".join(REPORTS))
    parser.add_argument("--since", type=day)
    parser.add_argument("--until", type=day)
    parser.add_argument("--day", type=day)
    parser.add_argument("--by", choices="hour day week month quarter".split())
    parser.add_argument("--domain")
    parser.add_argument("--user")
    parser.add_argument("--per", choices=["domain", "user"])
    parser.add_argument("--kb", type=int, default=1024)
    parser.add_argument("--smtp-uid", type=lambda text: text.split(","))
    parser.add_argument("--limit", action="append", default=[], type=accounts.Limit)
    parser.add_argument("--compare", type=int, default=56)
    parser.add_argument("--jump", type=int, default=4)
    options = parser.parse_args(words)
    if options.day:
        options.since, options.until = options.day, options.day + datetime.timedelta(days=1)
    return options


def main():
    rows = Rows(sys.stdin)
    words = " ".join(sys.argv[1:]).split()
    while words:
        end = words.index("+") if "+" in words else len(words)
        options, words = parsed(words[:end]), words[end + 1:]
        options.since = options.since or min(rows.days)
        is_changes = options.reports == "changes"
        for key, bound, value, reason in (accounts.changes if is_changes else report_cells)(rows, options):
            print(*key, bound, value, reason, sep="\t")
        if words:
            print("+")


if __name__ == "__main__":
    main()
