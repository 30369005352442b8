"""Writing the trail: always inside the transaction of the change that it tells of."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.bulk import Row, insert
from audit.canonical import canonical, digest
from audit.locks import hold_off_sealing
from audit.models import Entry
from audit.redaction import redacted, suspicious

OURSELVES = "Counterfoil"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: kind "record", pk 17, label "Order PF1041", document "PF1041".

    `document` is the number people search for; kind and pk find the whole story of one thing.
    """

    kind: str
    pk: int | str
    label: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; without an actor the portal did it by itself."""

    action: str
    subject: Subject
    actor: User | None = None
    details: Mapping[str, Any] | None = None


def log(
    action: str,
    subject: Subject,
    *,
    actor: User | None = None,
    details: Mapping[str, Any] | None = None,
) -> Entry:
    """Write one entry. Secrets are removed from the details; money and dates are kept as text."""
    now = timezone.now()
    row = _row(Event(action, subject, actor, details))
    (key,) = _write(now, [row])
    columns = row._asdict()
    del columns["details"]
    return Entry(**columns | {"id": key, "at": now})


def log_many(items: Iterable[Event]) -> None:
    """Write many entries at once, in their order and with one time; two inserts, however many."""
    if rows := [_row(event) for event in items]:
        _write(timezone.now(), rows)


def story(kind: str, pk: int | str) -> QuerySet[Entry]:
    """Every entry about one thing, oldest first, with its details."""
    entries = Entry.objects.filter(subject_kind=kind, subject_id=str(pk))
    return entries.select_related("details_row").order_by("id")


def known_as(document: str) -> str:
    """A document's number as its entries have it: what is too long for them keeps its beginning."""
    return _fitting(document, 100)


def _write(at: datetime, rows: Sequence[Row]) -> list[int]:
    with transaction.atomic(savepoint=False):
        hold_off_sealing()
        return insert(at, rows)


def _row(event: Event) -> Row:
    subject, actor, details = event.subject, event.actor, event.details
    text = _details_text(details) if details else ""
    return Row(
        event.action,
        actor.pk if actor else None,
        _fitting(actor.get_username(), 150) if actor else OURSELVES,
        subject.kind,
        _fitting(str(subject.pk), 64),
        _fitting(subject.label, 200),
        known_as(subject.document),
        digest(text) if text else "",
        text,
    )


def _details_text(details: Mapping[str, Any]) -> str:
    text = canonical(details)
    return canonical(redacted(json.loads(text))) if suspicious(text) else text


def _fitting(text: str, length: int) -> str:
    """PostgreSQL refuses what is too long or holds NUL, and the change itself would fail with its entry."""
    if len(text) <= length and text.isprintable():
        return text
    clean = "".join(_printable(character) for character in text)
    return clean if len(clean) <= length else f"{clean[: length - 1]}…"


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
