"""Query parameters of the lists: how each is read, and which records it lets through.

Ranges are pairs `_0` and `_1`, both ends included, days in the tenant's time zone. Unknown parameters are ignored;
a known one of the wrong type is refused (documentation of each list, 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ..exchange import Asked, Json
from .amounts import exact
from .problems import InvalidFields
from .tenant import Tenant

Test = Callable[[Tenant, Json, Any], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """`read` raises ValueError; without a test the parameter is checked for its type and changes nothing."""

    read: Callable[[str], Any]
    test: Test | None = None


# Reading values


def whole(value: str) -> int:
    return int(value)


def wholes(value: str) -> list[int]:
    """A comma-separated list of ids."""
    return [int(each) for each in value.split(",") if each.strip()]


def words(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def flag(value: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if value.lower() not in known:
        raise ValueError("Enter true or false.")
    return known[value.lower()]


def day(value: str) -> str:
    return date.fromisoformat(value).isoformat()


def moment(value: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def amount(value: str) -> Any:
    try:
        return exact(value)
    except ArithmeticError:
        raise ValueError("Enter a number.") from None


def one_of(*allowed: int | str) -> Callable[[str], int | str]:
    by_text = {str(each): each for each in allowed}

    def read(value: str) -> int | str:
        if value not in by_text:
            raise ValueError(f"Select a valid choice. {value} is not one of the available choices.")
        return by_text[value]

    return read


# Testing records


def equals(field: str) -> Test:
    return lambda tenant, record, wanted: bool(record.get(field) == wanted)


def among(field: str) -> Test:
    return lambda tenant, record, wanted: record.get(field) in wanted


def holds(field: str) -> Test:
    """The text is in the field, whatever its capitals."""
    return lambda tenant, record, wanted: str(wanted).casefold() in str(record.get(field) or "").casefold()


def mentioned(*fields: str) -> Test:
    return lambda tenant, record, wanted: any(
        str(wanted).casefold() in str(record.get(field) or "").casefold() for field in fields
    )


def _from(field: str, cut: int) -> Test:
    return lambda tenant, record, wanted: str(record.get(field) or "")[:cut] >= wanted


def _to(field: str, cut: int) -> Test:
    return lambda tenant, record, wanted: bool(record.get(field)) and str(record[field])[:cut] <= wanted


def days(name: str, field: str) -> dict[str, Filter]:
    """A range of days over a field that begins with its day as written."""
    return {f"{name}_0": Filter(day, _from(field, 10)), f"{name}_1": Filter(day, _to(field, 10))}


def moments(first: str, last: str, field: str) -> dict[str, Filter]:
    """A range of instants."""

    def since(tenant: Tenant, record: Json, wanted: datetime) -> bool:
        return bool(record.get(field)) and _instant(record[field]) >= wanted

    def until(tenant: Tenant, record: Json, wanted: datetime) -> bool:
        return bool(record.get(field)) and _instant(record[field]) <= wanted

    return {first: Filter(moment, since), last: Filter(moment, until)}


def amounts(name: str, field: str) -> dict[str, Filter]:
    def least(tenant: Tenant, record: Json, wanted: Any) -> bool:
        return bool(exact(record[field]) >= wanted)

    def most(tenant: Tenant, record: Json, wanted: Any) -> bool:
        return bool(exact(record[field]) <= wanted)

    return {f"{name}_0": Filter(amount, least), f"{name}_1": Filter(amount, most)}


def typed(read: Callable[[str], Any], *names: str) -> dict[str, Filter]:
    return {name: Filter(read) for name in names}


def _instant(written: str) -> datetime:
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def chosen(filters: Mapping[str, Filter], asked: Asked) -> list[tuple[Test, Any]]:
    """The tests that the query asks for. Raises InvalidFields naming every parameter of the wrong type."""
    tests: list[tuple[Test, Any]] = []
    wrong: dict[str, str] = {}
    for name, known in filters.items():
        for value in asked.query.get(name, ()):
            try:
                wanted = known.read(value)
            except ValueError as error:
                wrong[name] = str(error) or "Enter a valid value."
            else:
                if known.test is not None:
                    tests.append((known.test, wanted))
    if wrong:
        raise InvalidFields(wrong)
    return tests
