"""What a reconciliation is made of, whatever the target keeps: two sides in lines, and the records that differ."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol


class LineKey(NamedTuple):
    """One line. `project` and `kind`, the kind of posting, are of project books alone."""

    vendor: str
    currency: str
    month: date | None
    project: str = ""
    kind: str = ""


class Counted(NamedTuple):
    key: LineKey
    documents: int
    amount: Decimal


class Listed(NamedTuple):
    """A part of one record's difference with its cause; without a `record` it is nobody's here."""

    key: LineKey
    cause: str
    amount: Decimal
    number: str = ""
    record: int | None = None
    words: str = ""


class Compared(Protocol):
    """Both sides as they are at one moment, each from its own."""

    def left(self) -> Iterable[Counted]: ...

    def right(self) -> Iterable[Counted]: ...

    def listed(self) -> Iterable[Listed]: ...
