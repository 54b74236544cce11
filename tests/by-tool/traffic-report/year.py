"""A simulated year of 1,000 accounts, and what the rule of the report `changes` says of it.

    year.py figures YEARS         false alarms and compromises seen, over that number of simulated years
    year.py write SEED FOLDER     files of one year: DAY.metrics, metric rows of a day and of the 56 before;
                                  DAY.lines, what the rule says of it: account, verdict, messages, second
                                  largest. The days are those on which an account was broken into, and some.

The year has what looks like an alarm and is none: weekends, noise that is log-normal, newsletters every
week (some begin in the middle of the year), holidays and what was left undone in them, growth, a mail to
all one knows. One account in 200 is broken into.
"""
import bisect
import collections
import datetime
import math
import pathlib
import random
import sys

ACCOUNTS, DAYS, HISTORY_DAYS = 1000, 365, 56
FIRST = datetime.date(2025, 1, 1)
JUMP, SMALLEST = 4, 100
ACCOUNTS_PER_BREAK = 200
BREAK_DAYS = 3
# an honest mail to many, in a year
MASS_MAIL_CHANCE = 0.3


def log_uniform(chance, low, high):
    return math.exp(chance.uniform(math.log(low), math.log(high)))


class Account:
    """How many messages it sent on each day, from HISTORY_DAYS before the year to its end."""

    def __init__(self, chance, number):
        self.chance, self.name = chance, f"user{number}@example.net"
        self.broken = None
        all_days = HISTORY_DAYS + DAYS
        median, sigma = 8 * chance.lognormvariate(0, 1.2), chance.uniform(0.4, 1)
        growth = chance.choice([1] * 9 + [4])
        weekend = chance.choice([0.15, 0.15, 0.15, 1])
        newsletter = self.newsletter(all_days) if chance.random() < 0.1 else {}
        holidays = self.holidays(all_days)
        mass_mail = chance.randrange(all_days) if chance.random() < MASS_MAIL_CHANCE else None
        self.sent = []
        for day in range(all_days):
            rate = median * growth ** (day / all_days) * chance.lognormvariate(0, sigma)
            if (day % 7) in (5, 6):
                rate *= weekend
            if day in holidays:
                rate = 0
            elif day - 1 in holidays:
                rate *= 2
            many = log_uniform(chance, 50, 500) if day == mass_mail else 0
            self.sent.append(round(rate) + round(many) + newsletter.get(day, 0))

    def newsletter(self, all_days):
        """Every week on the same day of the week; one in five begins in the year."""
        size = log_uniform(self.chance, 200, 3000)
        first = self.chance.randrange(all_days) if self.chance.random() < 0.2 else self.chance.randrange(7)
        return {day: round(size * self.chance.uniform(0.9, 1.1)) for day in range(first, all_days, 7)}

    def holidays(self, all_days):
        days = set()
        for length in (14, 14, 7):
            start = self.chance.randrange(all_days)
            days.update(range(start, start + length))
        return days

    def break_into(self):
        """Strangers send for some days; the first day is not whole."""
        self.broken = HISTORY_DAYS + self.chance.randrange(DAYS - BREAK_DAYS)
        volume = log_uniform(self.chance, 200, 20_000)
        for day in range(self.broken, self.broken + BREAK_DAYS):
            share = self.chance.random() if day == self.broken else 1
            self.sent[day] += round(volume * share)

    def lines(self):
        """For each day of the year of which the rule says something: day, verdict, messages, second largest."""
        window = sorted(self.sent[:HISTORY_DAYS])
        for day in range(HISTORY_DAYS, len(self.sent)):
            today, second = self.sent[day], window[-2]
            if today >= SMALLEST and today > JUMP * second:
                yield day, "jump", today, second
            # the lower of the two in the middle
            if today == 0 and window[HISTORY_DAYS // 2 - 1] >= SMALLEST:
                yield day, "fall", today, second
            window.remove(self.sent[day - HISTORY_DAYS])
            bisect.insort(window, today)


def year(seed):
    chance = random.Random(seed)
    accounts = [Account(chance, number) for number in range(ACCOUNTS)]
    for account in chance.sample(accounts, ACCOUNTS // ACCOUNTS_PER_BREAK):
        account.break_into()
    return accounts


def figures(years):
    """Two sentences of the manual."""
    counts = collections.Counter()
    for seed in range(years):
        for account in year(seed):
            jumps = {day for day, verdict, _, _ in account.lines() if verdict == "jump"}
            broken = [] if account.broken is None else list(range(account.broken, account.broken + BREAK_DAYS))
            counts["days"] += DAYS - len(broken)
            counts["false"] += len(jumps.difference(broken))
            counts["broken"] += bool(broken)
            counts["on the first day"] += bool(broken) and broken[0] in jumps
            counts["seen"] += bool(jumps.intersection(broken))
    rate = counts["false"] * 10_000 / counts["days"]
    print(f"In {years} simulated years of {ACCOUNTS} accounts a jump was a false alarm {counts['false']} times:"
          f" {rate:.1f} in 10000 account-days, or {counts['false'] / years / DAYS:.1f} a day.")
    print(f"Of {counts['broken']} accounts that were broken into {counts['on the first day']} were seen on the"
          f" first day and {counts['seen']} within {BREAK_DAYS} days.")


def write(seed, folder):
    """The metric rows of some days and of the 56 before each, and what the rule says of those days."""
    accounts = year(seed)
    days = {account.broken for account in accounts if account.broken is not None}
    days.update(range(HISTORY_DAYS, HISTORY_DAYS + DAYS, 120))
    lines = collections.defaultdict(list)
    for account in accounts:
        for day, *line in account.lines():
            lines[day].append((account.name, *line))
    for day in days:
        path = pathlib.Path(folder) / f"{FIRST + datetime.timedelta(days=day - HISTORY_DAYS)}"
        with open(f"{path}.lines", "w", encoding="utf-8") as file:
            for line in lines[day]:
                print(*line, sep="\t", file=file)
        with open(f"{path}.metrics", "w", encoding="utf-8") as file:
            for place in range(day - HISTORY_DAYS, day + 1):
                date = FIRST + datetime.timedelta(days=place - HISTORY_DAYS)
                counted = [("", 0), *((account.name, account.sent[place]) for account in accounts)]
                for name, sent in counted:
                    if sent or not name:
                        print(date, "", "mx", "", name, "qmail-send", "mail.out", "", sent, sep="\t", file=file)


def main():
    what, number = sys.argv[1], int(sys.argv[2])
    if what == "figures":
        figures(number)
    else:
        write(number, sys.argv[3])


if __name__ == "__main__":
    main()
