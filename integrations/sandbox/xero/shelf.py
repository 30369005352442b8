"""Documents of one kind in one organisation: by id, in order of change, with their texts ready to send."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..clock import Clock
from ..exchange import Json
from .dates import moment_of, ms_in, ms_of, ms_text


class Stamps:
    """Moments of change: the sandbox's clock in milliseconds, strictly increasing."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.last = 0

    def next(self) -> int:
        self.last = max(ms_of(self.clock.now()), self.last + 1)
        return self.last


@dataclass(frozen=True, slots=True)
class Change:
    """One stamped change, for webhooks. `settled`: by a payment or credit and not by somebody's edit."""

    id_field: str
    key: str
    created: bool
    ms: int
    settled: bool = False


class Journal:
    """What was there before, so that a refused part of a batch leaves nothing behind; and what changed since asked."""

    def __init__(self) -> None:
        self.entries: list[tuple[Shelf, str, Json | None]] = []
        self.open = False
        self.changes: list[Change] = []

    def take_changes(self) -> list[Change]:
        taken, self.changes = self.changes, []
        return taken

    def settled(self) -> None:
        """The newest change came from a payment or credit."""
        self.changes[-1] = replace(self.changes[-1], settled=True)

    def note(self, shelf: Shelf, key: str) -> None:
        if self.open:
            self.entries.append((shelf, key, shelf.rows.get(key)))

    def undo(self, mark: int) -> None:
        """Take back everything noted since `len(entries)` was `mark`."""
        while len(self.entries) > mark:
            shelf, key, before = self.entries.pop()
            shelf.restore(key, before)


class Shelf:
    """Rows are never changed in place: a change stores a new row, so that an old one can be put back.

    Keys that start with an underscore are the stand-in's own and are never sent. `stamped` rows carry
    UpdatedDateUTC; `spelled` ones carry UpdatedDateUTCString as well (since 16 July 2026).
    """

    def __init__(
        self, key: str, stamps: Stamps, journal: Journal, *, stamped: bool = True, spelled: bool = False
    ) -> None:
        self.key, self.stamped, self.spelled = key, stamped, spelled
        self.rows: dict[str, Json] = {}
        self.version = 0
        self._stamps, self._journal = stamps, journal
        self._sorted = True
        self._newest = 0
        self._texts: dict[str, dict[str, str]] = {}
        self._indexes: dict[str, tuple[int, dict[object, Json]]] = {}

    def get(self, key: str) -> Json | None:
        return self.rows.get(key)

    def store(self, row: Json, at: int | None = None) -> Json:
        """Add or replace; the row is stamped with `at` (milliseconds) or the next moment, and comes last."""
        key = row[self.key]
        self._journal.note(self, key)
        if self.stamped:
            ms = self._stamps.next() if at is None else at
            row["UpdatedDateUTC"] = ms_text(ms)
            if self.spelled:
                row["UpdatedDateUTCString"] = f"{moment_of(ms):%Y-%m-%dT%H:%M:%SZ}"
            self._sorted = self._sorted and ms > self._newest
            self._newest = max(self._newest, ms)
            created = self.rows.pop(key, None) is None
            self._journal.changes.append(Change(self.key, key, created, ms))
        self.rows[key] = row
        self._changed(key)
        return row

    def amend(self, key: str, **values: object) -> Json:
        """Change fields without a new stamp, as Xero does with a contact's IsSupplier."""
        self._journal.note(self, key)
        self.rows[key] = {**self.rows[key], **values}
        self._changed(key)
        return self.rows[key]

    def put(self, row: Json) -> Json:
        """Store as it is, its own stamp included if it has one."""
        stamp = row.get("UpdatedDateUTC")
        return self.store(row, ms_in(stamp) if stamp and "+" in stamp else None)

    def remove(self, key: str) -> None:
        self._journal.note(self, key)
        del self.rows[key]
        self._changed(key)

    def restore(self, key: str, before: Json | None) -> None:
        if before is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = before
            self._sorted = False
        self._changed(key)

    def _changed(self, key: str) -> None:
        self.version += 1
        self._texts.pop(key, None)

    def in_order(self) -> list[Json]:
        """All rows by (UpdatedDateUTC, id), which is Xero's default order."""
        if self.stamped and not self._sorted:
            key = self.key
            ordered = sorted(self.rows.values(), key=lambda row: (ms_in(row["UpdatedDateUTC"]), row[key]))
            self.rows = {row[key]: row for row in ordered}
            self._newest = ms_in(ordered[-1]["UpdatedDateUTC"]) if ordered else 0
            self._sorted = True
        return list(self.rows.values())

    def changed_since(self, ms: int, inclusive: bool) -> list[Json]:
        rows = self.in_order()
        find = bisect_left if inclusive else bisect_right
        return rows[find(rows, ms, key=lambda row: ms_in(row["UpdatedDateUTC"])) :]

    def text(self, row: Json, shape: str, build: Callable[[], str]) -> str:
        """The row's JSON in one shape, kept until the row changes."""
        kept = self._texts.setdefault(row[self.key], {})
        if shape not in kept:
            kept[shape] = build()
        return kept[shape]

    def forget_texts(self) -> None:
        self._texts.clear()

    def index(self, field: str, read: Callable[[Json], object]) -> dict[object, Json]:
        """Rows by `read(row)`, rebuilt when the shelf has changed; for small tables that seldom change."""
        version, found = self._indexes.get(field, (-1, {}))
        if version != self.version:
            found = {read(row): row for row in self.rows.values()}
            self._indexes[field] = (self.version, found)
        return found

    def load(self, rows: Iterable[Json]) -> None:
        for row in rows:
            self.put(row)
