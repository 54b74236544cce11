"""Limits and jumps: what single accounts sent, against a limit or against their own history."""
import datetime
from fractions import Fraction

from cells import SERVICES, Scope, plus, rounded

ONE_DAY = datetime.timedelta(days=1)
# item: the name that a limit has for it, the metrics it may be of (of a day the first that was counted)
LIMITED = {
    "bounces": ("bounces_in", ["mail.bounces_in"]),
    "messages": ("messages_out", ["verdict.sent", "mail.out"]),
    "bandwidth": ("bytes_out", ["mail.out_bytes"]),
}
# messages, connections, or megabytes
SMALLEST_JUMP = 100
SMALLEST_HISTORY_DAYS = 7


class Limit:
    """messages_out/hour/user=200"""

    def __init__(self, text):
        spec, _, number = text.partition("=")
        self.what, self.window, self.kind = spec.split("/")
        self.number = int(number)


def is_within(name, kind, options):
    """Whether an account is one that the report is about."""
    if name in ("", "(other)"):
        return False
    if options.domain is not None:
        return (name.rpartition("@")[2] if kind == "user" else name) == options.domain
    return options.user is None or (kind == "user" and name == options.user)


def windows(limit, period):
    """The days, or hours, that a limit is for. A period that is an hour has no day."""
    if limit.window == "day":
        return [(day, None) for day in period.days if period.hour is None]
    hours = range(24) if period.hour is None else [period.hour]
    return [(day, hour) for day in period.days for hour in hours]


def excesses(formulas, limit, metrics):
    """Of each window: (day, hour, [(account, what it sent)] where that is above the limit, the cell of all)."""
    rows, options = formulas.rows, formulas.options
    names = [name for name in rows.names(limit.kind) if is_within(name, limit.kind, options)]
    for day, hour in windows(limit, formulas.period):
        cells = []
        for metric in metrics:
            cells.append(rows.of_day(metric, day, hour, Scope(limit.kind, None)))
            if cells[-1].value is not None:
                break
        everyone = cells[-1]._replace(least=any(cell.least for cell in cells))
        if everyone.value is None:
            yield day, hour, [], plus(cells)
            continue
        sent = [(name, rows.of_day(metric, day, hour, Scope(limit.kind, name)).value) for name in names]
        yield day, hour, [(name, value) for name, value in sent if value > limit.number], everyone


def limit_of(formulas, item):
    """The limit of an item, the metrics that it is of, and why there is nothing."""
    what, metrics = LIMITED[item]
    limit = next((limit for limit in formulas.options.limit if limit.what == what), None)
    if limit is None:
        return None, None, "no limit was given"
    if limit.window == "day" and formulas.period.hour is not None:
        return None, None, "the limit is by day"
    if limit.kind == "domain" and formulas.options.user is not None:
        return None, None, "the limit is by domain"
    return limit, metrics, "no delivery log"


def throttled(formulas, measure, units):
    """Rows of the two reports: the sum of a measure of each excess, over all accounts and windows."""
    lines = []
    for item, unit in zip(LIMITED, units):
        limit, metrics, otherwise = limit_of(formulas, item)
        cells = []
        for _, _, above, everyone in excesses(formulas, limit, metrics) if limit else []:
            value = sum(measure(sent - limit.number) for _, sent in above)
            cells.append(everyone if everyone.value is None else everyone._replace(value=value))
        whole = plus(cells)
        is_torn = whole.value is not None and any(cell.value is None for cell in cells)
        whole = whole._replace(least=whole.least or is_torn)
        lines.append((item, unit, formulas.kilobytes(whole) if unit == "kB" else whole, otherwise))
    return lines


def violations(formulas):
    """A line for each account and window above a limit: (window, account, item, unit, cell)."""
    for item in LIMITED:
        limit, metrics, _ = limit_of(formulas, item)
        for day, hour, above, everyone in excesses(formulas, limit, metrics) if limit else []:
            for name, sent in above:
                is_bytes = item == "bandwidth"
                cell = everyone._replace(value=sent)
                yield (str(day) if hour is None else f"{day} {hour:02}", name, limit.what,
                       "kB" if is_bytes else "messages", formulas.kilobytes(cell) if is_bytes else cell)


def second_largest(values):
    return sorted(values)[-2] if len(values) > 1 else 0


def median(values):
    """Of an even number of values the lower of the two in the middle."""
    return sorted(values)[(len(values) - 1) // 2] if values else 0


def verdict(today, history, smallest, jump):
    """`jump`, `new`, `fall` or None: the rule of the manual."""
    if len(history) < SMALLEST_HISTORY_DAYS:
        return "new" if today >= smallest else None
    if today >= smallest and today > jump * second_largest(history):
        return "jump"
    if today == 0 and median(history) >= smallest:
        return "fall"
    return None


def silent(rows, day):
    """Hosts and sources that counted something on each of the 7 days before, and nothing on this one."""
    def counts(day, host, source):
        return any(rows.is_counted(day, host, source, key[3]) for key in rows.groups if key[:3] == (day, host, source))
    for host, source in sorted({(key[1], key[2]) for key in rows.groups}):
        before = [counts(day - ONE_DAY * number, host, source) for number in range(1, 8)]
        if all(before) and not counts(day, host, source):
            yield host, source


def changes(rows, options):
    """The cells of the report `changes`, which is of the last day."""
    day = options.until - ONE_DAY
    before = [day - ONE_DAY * number for number in range(1, options.compare + 1)]
    metrics = ["mail.out", "mail.out_bytes", "mail.failed_out"]
    metrics += [f"{service}.{what}" for service in SERVICES for what in ("connections", "auth_failed")]
    metrics = [metric for metric in metrics if any(key[3] == metric for key in rows.groups)]
    for kind in ("domain", "user"):
        for name in rows.names(kind):
            scope = Scope(kind, name)
            if not is_within(name, kind, options):
                continue
            for metric in metrics:
                cell = rows.of_day(metric, day, None, scope)
                today = cell.value
                cells = [rows.of_day(metric, other, None, scope) for other in before]
                history = [cell.value for cell in cells if cell.value is not None]
                is_bytes = metric.endswith("_bytes")
                smallest = SMALLEST_JUMP * (options.kb ** 2 if is_bytes else 1)
                found = None if today is None else verdict(today, history, smallest, options.jump)
                # what a silent source did not log may be there all the same
                if found and not (found == "fall" and cell.least):
                    unit = "kB" if is_bytes else "messages" if metric.startswith("mail.") else "connections"
                    for column, value in (("now", today), ("second", second_largest(history)),
                                          ("median", median(history))):
                        shown = rounded(Fraction(value, options.kb if is_bytes else 1), 0)
                        key = ("changes", day, name, f"{found} {metric} {column}", unit)
                        if column != "now" and not history:
                            yield key, "", "", "no day to compare with"
                        else:
                            yield key, "least" if column == "now" and cell.least else "exact", shown, ""
                    yield ("changes", day, name, f"{found} {metric} days", "days"), "exact", len(history), ""
    if options.domain is None and options.user is None:
        for host, source in silent(rows, day):
            yield ("changes", day, host, f"silence {source} days", "days"), "exact", 7, ""
            for column in ("now", "second", "median"):
                yield ("changes", day, host, f"silence {source} {column}", "lines"), "", "", "a silent source"
