"""Filters of lists: one value, a JSON list, a repeated bracket or a range with three dots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from ..exchange import Json
from .call import Call
from .moments import moment_of
from .problems import Problem

Test = Callable[[Json], bool]
WHOLE = re.compile(r"-?[0-9]{1,18}")
# Takes the filter's name and its values as written; raises a 400 for what it cannot understand.
Filter = Callable[[str, list[str]], Test]


def chosen(call: Call, records: Iterable[Json], filters: Mapping[str, Filter]) -> list[Json]:
    """The records that all filters of the query let through; a filter that is not offered is ignored."""
    tests = []
    for name, make in filters.items():
        values = call.asked.query.get(f"filters[{name}]", []) + call.asked.query.get(f"filters[{name}][]", [])
        if values:
            tests.append(make(name, values))
    if call.asked.effect == "ignore_filter":
        tests = []
    return [record for record in records if all(test(record) for test in tests)]


def _refused(name: str, sentence: str) -> Problem:
    return Problem(400, {name: [sentence]})


def several(values: list[str]) -> list[str]:
    """Values written one by one, or as one JSON list."""
    if len(values) == 1 and values[0].startswith("["):
        try:
            return [str(each) for each in json.loads(values[0])]
        except ValueError:
            return values
    return values


def whole(field: str) -> Filter:
    """`5`, `[1,2]`, `1...9` or repeated."""

    def make(name: str, values: list[str]) -> Test:
        ends = values[0].split("...")
        parts = ends if len(ends) == 2 else several(values)
        if not all(WHOLE.fullmatch(part.strip()) for part in parts):
            raise _refused(name, "must be integer, array of integers, or range")
        numbers = [int(part) for part in parts]
        if len(ends) == 2:
            return lambda record: record.get(field) is not None and numbers[0] <= record[field] <= numbers[1]
        return lambda record: record.get(field) in numbers

    return make


def moments(field: str) -> Filter:
    """An inclusive range at both ends; a single date is refused."""

    def make(name: str, values: list[str]) -> Test:
        ends = values[0].strip().strip('"').split("...")
        if len(ends) != 2:
            raise _refused(name, "must be a range")
        try:
            first, last = map(moment_of, ends)
        except ValueError:
            raise _refused(name, "must be a range") from None
        return lambda record: bool(record.get(field)) and first <= moment_of(record[field]) <= last

    return make


def days(field: str) -> Filter:
    return moments(field)


def exact(field: str) -> Filter:
    """One exact value."""
    return lambda name, values: lambda record: record.get(field) == values[0]


def among(field: str) -> Filter:
    def make(name: str, values: list[str]) -> Test:
        wanted = several(values)
        return lambda record: record.get(field) in wanted

    return make


def flag(read: Callable[[Json], bool]) -> Filter:
    def make(name: str, values: list[str]) -> Test:
        if values[0] not in ("true", "false"):
            raise _refused(name, "must be a boolean")
        return lambda record: read(record) == (values[0] == "true")

    return make


# What nearly every list offers.
USUAL: Mapping[str, Filter] = {
    "id": whole("id"),
    "created_at": moments("created_at"),
    "updated_at": moments("updated_at"),
}
