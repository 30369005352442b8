"""When a bill is due whose source does not say (A62): by its own terms, else by the vendor's in the target."""

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from integrations.pairs.flow import Note

_NET = re.compile(r"\bnet\s*(\d{1,3})\b", re.IGNORECASE)


def due_date(given: date | None, day: date, own_terms: str, contact_terms: str) -> tuple[date | None, list[Note]]:
    """The day it is due and what is flagged about it. Never today: without any terms it stays empty.

    `contact_terms` is a number and a rule as accounting systems name them, for example "20 OFFOLLOWINGMONTH".
    """
    if given is not None:
        return given, []
    own = _NET.search(own_terms)
    if own:
        due = day + timedelta(days=int(own[1]))
        return due, [Note("due-date-computed", f"The bill names no due date; by its terms “{own_terms}” it is {due}.")]
    number, _, rule = contact_terms.partition(" ")
    if number.isdecimal() and rule in _RULES:
        due = _RULES[rule](day, int(number))
        return due, [Note("due-date-computed", f"The bill names no due date; by the vendor's terms it is {due}.")]
    return None, [Note("no-due-date", "The bill names no due date, and neither it nor its vendor names terms.")]


def _after_month(day: date, days: int) -> date:
    return _in_month(day, 31) + timedelta(days=days)


def _in_month(day: date, number: int) -> date:
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=max(1, min(number, last)))


def _in_next_month(day: date, number: int) -> date:
    return _in_month(_in_month(day, 31) + timedelta(days=1), number)


_RULES: Mapping[str, Callable[[date, int], date]] = {
    "DAYSAFTERBILLDATE": lambda day, days: day + timedelta(days=days),
    "DAYSAFTERBILLMONTH": _after_month,
    "OFCURRENTMONTH": _in_month,
    "OFFOLLOWINGMONTH": _in_next_month,
}
