"""Entries as the seals see them: every column in canonical form, read 5,000 at a time."""

import hashlib
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from audit.canonical import digest
from audit.models import Entry

AT_A_TIME = 5_000
LEAF = struct.Struct("<q16s")

# What a seal of this format covers. A new column of Entry asks for a new format; old seals keep theirs.
FORMAT = 1
COLUMNS = (
    "id", "at", "action", "actor_id", "actor_label", "subject_kind", "subject_id", "subject_label",
    "document", "details_digest",
)  # fmt: skip
_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True, default=repr)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry ready to be sealed or checked; `details` is the stored text, None where there is no row."""

    columns: tuple[Any, ...]
    details: str | None

    @property
    def id(self) -> int:
        return int(self.columns[0])

    @property
    def at(self) -> str:
        return str(self.columns[1])

    @property
    def action(self) -> str:
        return str(self.columns[2])

    @property
    def details_digest(self) -> str:
        return str(self.columns[-1])

    def leaf(self) -> bytes:
        """The entry's id and the first 16 bytes of the hash over all its columns."""
        text = _encoder.encode(self.columns).encode()
        return LEAF.pack(self.id, hashlib.sha256(text).digest())

    def details_match(self) -> bool:
        """Whether the details are the ones that were written; true where they are gone or never were."""
        if self.details is None:
            return True
        return bool(self.details_digest) and digest(self.details) == self.details_digest


class Lines:
    """Every entry after an id, in order, handed out up to one id after the other; memory stays constant."""

    def __init__(self, after: int | None = None, *, with_details: bool = False) -> None:
        self._rest = _read(after, with_details=with_details)
        self._next = next(self._rest, None)

    def up_to(self, last_id: int | None) -> Iterator[Line]:
        """Those not handed out yet whose id is no greater; None means all of them."""
        while self._next is not None and (last_id is None or self._next.id <= last_id):
            line, self._next = self._next, next(self._rest, None)
            yield line


def moment(value: object) -> str:
    """A time as the seals write it: ISO 8601 in UTC. What is no time stays as it is, and matches no seal."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


@contextmanager
def readable() -> Iterator[None]:
    """Let SQLite hand out bytes that are no text, which somebody may have put there, instead of failing."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    sqlite: Any = connection.connection
    usual, sqlite.text_factory = sqlite.text_factory, lambda stored: stored.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        sqlite.text_factory = usual


def stored_moment(field: str) -> Combinable:
    """The time as the database keeps it: on SQLite somebody may have put any text there."""
    return Cast(field, TextField()) if connection.vendor == "sqlite" else F(field)


def _texts(*, with_details: bool) -> dict[str, Combinable]:
    texts = {"at_text": stored_moment("at")}
    if with_details:
        texts["details_text"] = Cast("details_row__details", TextField())
    return texts


def _line(row: tuple[Any, ...], *, with_details: bool) -> Line:
    columns = row[: len(COLUMNS)]
    details = row[-1] if with_details else None
    return Line((columns[0], moment(columns[1]), *columns[2:]), details)


def _read(after: int | None, *, with_details: bool) -> Iterator[Line]:
    entries = Entry.objects.order_by("id").annotate(**_texts(with_details=with_details))
    columns = ["at_text" if name == "at" else name for name in COLUMNS]
    rest = ["details_text"] if with_details else []
    while True:
        later = entries if after is None else entries.filter(id__gt=after)
        rows = list(later.values_list(*columns, *rest)[:AT_A_TIME])
        for row in rows:
            yield _line(row, with_details=with_details)
        if len(rows) < AT_A_TIME:
            return
        after = rows[-1][0]
