"""Taking in what a system says of its own lists: accounts, taxes, tracking options, contacts, ... (design 6, E30).

An entry that vanished or was archived stays, inactive, and marks the rows that use it; when it comes back they are
unmarked. Whoever waits for such a row is told in the same transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone

from audit.trail import Subject
from mappings import changes, keys
from mappings.marking import mark_rows_of
from mappings.models import Books, Kind, ReferenceEntry, Scope

AT_A_TIME = 500
# A company always has some of these; an empty list is a reading gone wrong, and would hold every document.
NEVER_EMPTY = frozenset({Kind.ACCOUNT, Kind.ACCOUNT_CODE, Kind.TAX_RATE, Kind.CURRENCY, Kind.PROJECT, Kind.BUDGET_CODE})
NAMED_IN_TRAIL = 50


class Facts(Protocol):
    """One entry as a system folder read it; attributes are texts."""

    @property
    def key(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a reading changed, in entries; `marked` and `unmarked` in rows. `doubt` says why nothing was taken in."""

    added: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0
    unchanged: int = 0
    marked: int = 0
    unmarked: int = 0
    doubt: str = ""


@dataclass
class _Reading:
    """Entries sorted by what has to be done with them."""

    new: list[ReferenceEntry] = field(default_factory=list)
    changed: list[ReferenceEntry] = field(default_factory=list)
    gone: list[ReferenceEntry] = field(default_factory=list)
    back: list[ReferenceEntry] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)

    @property
    def touched(self) -> list[ReferenceEntry]:
        return [*self.new, *self.changed, *self.gone, *self.back]


def refresh(books: Books, kind: str, entries: Iterable[Facts]) -> Refreshed:
    """Take in a complete list: what it does not name any more becomes inactive."""
    return _take_in(books, kind, entries, complete=True)


def merge(books: Books, kind: str, entries: Iterable[Facts]) -> Refreshed:
    """Take in a part of a list, as incremental reads bring it: what it does not name stays as it is."""
    return _take_in(books, kind, entries, complete=False)


def _take_in(books: Books, kind: str, entries: Iterable[Facts], *, complete: bool) -> Refreshed:
    """Of entries with one key the last one counts. Concurrent readings of one company wait for each other."""
    read = {keys.plain(facts.key, keys.ID_LENGTH): facts for facts in entries}
    read.pop("", None)
    with changes.together():
        Books.objects.select_for_update(no_key=True).get(pk=books.pk)
        known = _known(books, kind, None if complete else list(read))
        if complete and not read and kind in NEVER_EMPTY and any(entry.active for entry in known.values()):
            return _doubted(books, kind, len(known))
        reading = _compare(books, kind, read, known, complete=complete)
        _write(reading, timezone.now())
        marked, unmarked = mark_rows_of([*reading.changed, *reading.gone, *reading.back])
        _tell(books, kind, reading)
    return Refreshed(
        added=len(reading.new),
        changed=len(reading.changed),
        gone=len(reading.gone),
        back=len(reading.back),
        unchanged=len(reading.unchanged),
        marked=marked,
        unmarked=unmarked,
    )


def _known(books: Books, kind: str, only: list[str] | None) -> dict[str, ReferenceEntry]:
    entries = ReferenceEntry.objects.filter(books=books, kind=kind)
    if only is None:
        return {entry.key: entry for entry in entries.iterator(chunk_size=2000)}
    found: dict[str, ReferenceEntry] = {}
    for start in range(0, len(only), AT_A_TIME):
        found |= {entry.key: entry for entry in entries.filter(key__in=only[start : start + AT_A_TIME])}
    return found


def _compare(
    books: Books, kind: str, read: Mapping[str, Facts], known: dict[str, ReferenceEntry], *, complete: bool
) -> _Reading:
    reading = _Reading()
    for key, facts in read.items():
        entry = known.pop(key, None)
        if entry is None:
            reading.new.append(_filled(ReferenceEntry(books=books, kind=kind, key=key), facts))
            continue
        before = entry.code, entry.name, entry.attributes, entry.active
        _filled(entry, facts)
        if before == (entry.code, entry.name, entry.attributes, entry.active):
            reading.unchanged.append(entry.pk)
        elif before[3] == entry.active:
            reading.changed.append(entry)
        else:
            (reading.back if entry.active else reading.gone).append(entry)
    if complete:
        for entry in known.values():
            if entry.active:
                entry.active = False
                reading.gone.append(entry)
    return reading


def _filled(entry: ReferenceEntry, facts: Facts) -> ReferenceEntry:
    entry.code = keys.plain(facts.code, 100)
    entry.name = keys.plain(facts.name, 255)
    entry.active = facts.active
    entry.attributes = {name: str(value) for name, value in facts.attributes.items()}
    entry.fold()
    return entry


def _write(reading: _Reading, now: datetime) -> None:
    """`seen_at` of a vanished entry keeps telling when it was last there."""
    for entry in (*reading.new, *reading.changed, *reading.back):
        entry.seen_at = now
    ReferenceEntry.objects.bulk_create(reading.new, batch_size=AT_A_TIME)
    old = [*reading.changed, *reading.back, *reading.gone]
    fields = ["code", "name", "active", "attributes", "folded", "seen_at"]
    ReferenceEntry.objects.bulk_update(old, fields, batch_size=AT_A_TIME)
    for start in range(0, len(reading.unchanged), AT_A_TIME):
        ReferenceEntry.objects.filter(pk__in=reading.unchanged[start : start + AT_A_TIME]).update(seen_at=now)


def _tell(books: Books, kind: str, reading: _Reading) -> None:
    if not reading.touched:
        return
    details: dict[str, Any] = {
        "kind": Kind(kind).label,
        "added": len(reading.new),
        "changed": len(reading.changed),
        "gone": len(reading.gone),
        "back": len(reading.back),
        "no longer there": [str(entry) for entry in reading.gone[:NAMED_IN_TRAIL]],
    }
    changes.note([changes.Change("reference.refreshed", _subject(books), None, (), details=details)])
    if kind == Kind.CURRENCY:
        _tell_currencies(books, [entry.code for entry in (*reading.new, *reading.back) if entry.active])
    elif kind in (Kind.PROJECT, Kind.BUDGET_CODE, Kind.TRACKING_OPTION):
        _tell_projects(books, kind, [entry for entry in reading.touched if entry.active])


def _tell_currencies(books: Books, codes: list[str]) -> None:
    """A currency newly enabled in the target answers what waited for it (A56)."""
    if not codes:
        return
    opened = tuple(keys.currency_key(code) for code in codes)
    changes.signal((scope, opened) for scope in Scope.objects.filter(target_books=books))


def _tell_projects(books: Books, kind: str, entries: list[ReferenceEntry]) -> None:
    """A code added to a project answers what waited for it; a project or option may answer by its number or name."""
    if not entries:
        return
    if kind == Kind.TRACKING_OPTION:
        found = Scope.objects.filter(source_books=books)
        opened = [keys.project_key(), keys.budget_line_key()]
    else:
        found = Scope.objects.filter(target_books=books)
        opened = [keys.project_key()] if kind == Kind.PROJECT else [_code_key(entry) for entry in entries]
    changes.signal((scope, tuple(opened)) for scope in found)


def _code_key(entry: ReferenceEntry) -> keys.LookupKey:
    return keys.budget_code_key(entry.attribute("project"), entry.code)


def _doubted(books: Books, kind: str, kept: int) -> Refreshed:
    label = Kind(kind).label
    details = {"kind": label, "kept": kept}
    changes.note([changes.Change("reference.doubted", _subject(books), None, (), details=details)])
    return Refreshed(doubt=f"{books} answered with an empty list of {label}s; the {kept} known ones stay as they are.")


def _subject(books: Books) -> Subject:
    return Subject("books", books.pk, str(books))
