"""Metric rows, and what they say of one metric in one period: a number, at least a number, or nothing.

Slow and plain: numbers are fractions, and each cell is summed from the rows themselves.
"""
import collections
import datetime
import functools
import os
import zoneinfo
from fractions import Fraction

ZONE = zoneinfo.ZoneInfo(os.environ["TZ"])
ONE_DAY = datetime.timedelta(days=1)
SILENCE_DAYS = 7
SERVICES = "smtp submission pop3 imap webmail remote spamd clamd".split()
SOURCE_ORDER = ("tcpserver qpsmtpd dovecot courier vchkpw qlog simscan spamdyke chkuser sqmail qmailtoaster"
                " qmail-send hsphere spamd clamd server-sample").split()
Row = collections.namedtuple("Row", "day hour host domain user source metric label value")
# exact: least is False; "at least": True. Where value is None the cell is n/a, for reason;
# least then says that something is missing all the same, which makes a sum with others a lower bound.
Cell = collections.namedtuple("Cell", "value least reason", defaults=(False, ""))
NOTHING = Cell(None)
# of whom: kind is "" (all), "domain" or "user"; name is None for all domains or users together, which is
# less than all where a source does not name them; host is None for all hosts
Scope = collections.namedtuple("Scope", "kind name host", defaults=("", "", None))


def start_of(day, hour=0):
    """The moment, in milliseconds, at which a local hour begins."""
    local = datetime.datetime.combine(day, datetime.time(), ZONE)
    if hour == 24:
        return start_of(day + ONE_DAY)
    # the clock is changed within a day: look for the first moment that shows this hour or a later one
    moment = int(local.timestamp())
    while True:
        shown = datetime.datetime.fromtimestamp(moment, ZONE)
        if (shown.date(), shown.hour) >= (day, hour):
            return moment * 1000
        moment += 900


def length_ms(day, hour):
    """How long a local day lasts, or an hour of it. The tests are about days that are over."""
    if hour is None:
        return start_of(day, 24) - start_of(day)
    moment, length = start_of(day) // 1000, 0
    while moment * 1000 < start_of(day, 24):
        length += 900_000 * (datetime.datetime.fromtimestamp(moment, ZONE).hour == hour)
        moment += 900
    return length


class Period:
    """Some days, or one hour of one day (hour is None otherwise)."""

    def __init__(self, name, days, hour=None):
        self.name, self.days, self.hour = name, days, hour
        self.length_ms = sum(length_ms(day, hour) for day in days)


def periods(first, until, by):
    """The periods from a day to another, which is not included; without `by` it is one."""
    days = [first + ONE_DAY * number for number in range((until - first).days)]
    if by is None:
        return [Period(f"{days[0]}..{days[-1]}" if len(days) > 1 else str(days[0]), days)]
    if by == "hour":
        return [Period(f"{day} {hour:02}", [day], hour) for day in days for hour in range(24)]
    names = {
        "day": str,
        "week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
        "month": lambda day: f"{day:%Y-%m}",
        "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    }
    named = collections.defaultdict(list)
    for day in days:
        named[names[by](day)].append(day)
    return [Period(name, of_name) for name, of_name in named.items()]


def can_name(metric, source):
    """Whether a row of this metric and source can be of a domain or a user."""
    start = metric.split(".")[0]
    if start in ("system", "clamd"):
        return False
    if metric in ("verdict.queued", "verdict.tld", "verdict.received_bytes"):
        return False
    return not (start in SERVICES and source in ("tcpserver", "qpsmtpd", "clamd"))


def sessions_of(metric):
    """The metric that counts the sessions, or messages, of which this one counts something."""
    service = metric.split(".")[0]
    if service == "queue":
        return "queue.messages"
    return f"{service}.connections" if service in SERVICES else None


def no_name(metric, kind):
    what = "a connection" if metric.split(".")[0] in SERVICES else "this number"
    return f"{what} has no {kind}"


class Rows:
    def __init__(self, lines):
        self.groups = collections.defaultdict(list)
        self.days, self.hosts, self.services, sources = set(), set(), set(), set()
        # by column: the sources, each with its host, of which a row has it filled
        self.naming = {"hour": set(), "domain": set(), "user": set()}
        for line in lines:
            row = Row(*line.rstrip("\n").split("\t"))
            day = datetime.date.fromisoformat(row.day)
            self.groups[day, row.host, row.source, row.metric].append(row._replace(value=int(row.value)))
            self.days.add(day)
            self.hosts.add(row.host)
            self.services.add(row.metric.split(".")[0])
            sources.add(row.source)
            for column, naming in self.naming.items():
                if getattr(row, column):
                    naming.add((row.host, row.source))
        others = sorted(sources.difference(SOURCE_ORDER))
        self.sources = [source for source in SOURCE_ORDER if source in sources] + others

    @functools.cache
    def names(self, kind):
        """The domains or users of all rows, the empty name among them."""
        return sorted({getattr(row, kind) for rows in self.groups.values() for row in rows})

    @functools.cache
    def is_counted(self, day, host, source, metric):
        """Whether a zero stands there. Time alone says nothing: a session may only reach into the day."""
        def has_zero(name):
            rows = self.groups.get((day, host, source, name), ())
            return any((row.hour, row.domain, row.user, row.label) == ("", "", "", "") for row in rows)
        is_time = metric.endswith(".active_ms")
        return has_zero(metric) and (not is_time or has_zero(sessions_of(metric)))

    @functools.cache
    def chosen(self, day, host, metric, scope):
        """The source that counts, if any, and whether one that should is silent."""
        before = [day - ONE_DAY * number for number in range(1, SILENCE_DAYS + 1)]
        is_silent = False
        for source in self.sources:
            if scope.kind and not can_name(metric, source):
                continue
            if self.is_counted(day, host, source, metric):
                return source, is_silent
            if any(self.is_counted(other, host, source, metric) for other in before):
                is_silent = True
        return None, is_silent

    def rows_of(self, day, hour, host, source, metric, scope, labels=None):
        """Those that are summed."""
        for row in self.groups.get((day, host, source, metric), ()):
            if hour is not None and row.hour != f"{hour:02}":
                continue
            if scope.kind and scope.name is not None and getattr(row, scope.kind) != scope.name:
                continue
            if labels is None or row.label in labels:
                yield row

    def has_gap(self, day, host, metric, scope):
        """Whether sessions of the host were counted, or should have been, but none of its sources counts
        this number of them."""
        sessions = sessions_of(metric)
        return sessions not in (None, metric) and self.chosen(day, host, sessions, scope) != (None, False)

    def of_day(self, metric, day, hour, scope, labels=None):
        values, least, reasons = [], False, []
        for host in sorted(self.hosts) if scope.host is None else [scope.host]:
            source, is_silent = self.chosen(day, host, metric, scope)
            least |= is_silent
            if source is None:
                least |= self.has_gap(day, host, metric, scope)
                if scope.kind and any(self.is_counted(day, host, other, metric) for other in self.sources):
                    reasons.append(no_name(metric, scope.kind))
                continue
            columns = ([scope.kind] if scope.kind else []) + (["hour"] if hour is not None else [])
            lacking = [column for column in columns if (host, source) not in self.naming[column]]
            if lacking:
                # counted, but how much of it is of this domain or hour is not known
                reasons.append(f"the sums were made without {lacking[0]}s")
                least = True
                continue
            least |= source == "vchkpw"
            values.append(sum(row.value for row in self.rows_of(day, hour, host, source, metric, scope, labels)))
        return Cell(Fraction(sum(values)), least) if values else Cell(None, least, foremost(reasons))

    def of(self, metrics, period, scope, labels=None):
        """Some metrics together in a period: the sum of its days, a lower bound if one of them is missing."""
        cells = [plus([self.of_day(metric, day, period.hour, scope, labels) for metric in metrics])
                 for day in period.days]
        whole = plus(cells)
        is_torn = whole.value is not None and any(cell.value is None for cell in cells)
        return whole._replace(least=whole.least or is_torn)


def foremost(reasons):
    """Of several reasons the one that can be helped, else any; nothing if there is none."""
    order = ["without domains", "without users", "without hours", " has no "]
    known = [reason for reason in reasons if reason]
    return min(known, key=lambda reason: [word in reason for word in [*order, ""]].index(True), default="")


def plus(cells):
    """The sum of what is known."""
    known = [cell.value for cell in cells if cell.value is not None]
    least = any(cell.least for cell in cells)
    if known:
        return Cell(sum(known), least)
    return Cell(None, least, foremost(cell.reason for cell in cells))


def first_of(*cells):
    """The first that is not n/a."""
    known = [cell for cell in cells if cell.value is not None]
    return known[0] if known else plus(cells)


def times(cell, factor):
    return cell if cell.value is None else cell._replace(value=cell.value * factor)


def at_least(cell):
    return cell if cell.value is None else cell._replace(least=True)


def rounded(value, places):
    """Half up, in decimal digits. Nothing here is below 0."""
    scaled = value * 10 ** places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{places + 1}}"
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
