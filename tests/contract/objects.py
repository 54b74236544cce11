"""Compares rows with the JSON objects that they were written as: `objects.py FOLDER`, where NAME.tsv and
NAME.json are the same rows. NAME.names, if it is there, has the header of the rows of a type; if it is
empty, the first row is a header."""

import json
import pathlib
import re
import sys

# what maillog-tools(7) and the pages of the tools call numbers
NUMBERS = set(
    "pid bytes attempts active_ms queue_ms port code is_spam score_centi required_centi in_bytes out_bytes "
    "interval_ms cpu_ms memory_kib open_files processes threads connections queue todo value".split()
)
WHOLE = re.compile(r"(0|-?[1-9][0-9]*)\Z")


class Number(str):
    """The digits of a number, as they stand in the text."""


def decoded(field):
    """The text that a field stands for, as PostgreSQL reads it; None if it is empty."""
    letters = {"t": "\t", "n": "\n", "r": "\r"}
    text = re.sub(r"\\(.)", lambda escape: letters.get(escape[1], escape[1]), field)
    return text if field else None


def fields(text):
    rows = text.split("\n")
    assert not rows.pop(), "the last row has no end"
    return [row.split("\t") for row in rows]


def strict(constant):
    raise ValueError(constant)


def object_of(line):
    pairs = json.loads(
        line, object_pairs_hook=list, parse_int=Number, parse_float=Number, parse_constant=strict
    )
    assert isinstance(pairs, list), line
    return pairs


def is_number(field):
    return WHOLE.match(field) is not None and -(2**63) <= int(field) < 2**64


def check(rows, lines, names):
    typed = bool(names)
    if names == [] and rows:
        names = [decoded(field) for field in rows.pop(0)]
    assert len(lines) == len(rows), f"{len(lines)} objects for {len(rows)} rows"
    keys = None
    for row, line in zip(rows, lines):
        pairs = object_of(line)
        assert len(pairs) == len(row), line
        assert keys in (None, [key for key, _ in pairs]), "other keys than before"
        keys = [key for key, _ in pairs]
        for (key, value), field in zip(pairs, row):
            text = decoded(field)
            assert value == text, f"{key}: {value!r} for {field!r}"
            if isinstance(value, Number):
                assert re.match(r"-?[0-9]+\.[0-9]+\Z", value) or is_number(value), line
            if typed:
                expected = key in NUMBERS and is_number(field)
                assert isinstance(value, Number) == expected, f"{key}: {line}"
    if keys is not None:
        assert len(set(keys)) == len(keys), f"a key is there twice: {keys}"
        plain = names and len(set(names)) == len(names)
        assert not plain or keys == [name or "" for name in names], f"{keys}, not {names}"
    return len(rows)


count = 0
for tsv in sorted(pathlib.Path(sys.argv[1]).glob("*.tsv")):
    names = tsv.with_suffix(".names")
    names = sum(fields(names.read_bytes().decode()), []) if names.exists() else None
    lines = tsv.with_suffix(".json").read_bytes().decode().split("\n")
    assert lines.pop() == "", f"{tsv}: the last object has no end"
    try:
        count += check(fields(tsv.read_bytes().decode()), lines, names)
    except (AssertionError, ValueError) as wrong:
        sys.exit(f"{tsv.name}: {wrong}")
print(count)
