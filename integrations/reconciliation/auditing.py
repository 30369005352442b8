"""Everything kept of one record, for an auditor's sample; from the trail, so that it outlives payloads (A105)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from audit.actions import sentence
from audit.models import Entry, Seal
from audit.trail import story
from integrations.engine import evidence, references
from integrations.engine.files import waiting
from integrations.engine.index import number_key
from integrations.engine.projects import written
from integrations.models import Connection, Decision, InvoiceFile, Posting, Record, RequestLine, TargetBill, UsedRow
from mappings import versions

MOST_ENTRIES = 1000
MOST_WRITES = 500
MOST_HITS = 20
WRITES = (evidence.INTENDED, evidence.FOUND, *written.ACTIONS)


@dataclass(frozen=True, slots=True)
class Found:
    """Those that came in last, the newest first; `more` says that there are others."""

    records: Sequence[Record] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the trail: its number, its words, the digest of its details, and the seal that covers it."""

    id: int
    at: datetime
    who: str
    what: str
    digest: str
    seal: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. `bill` is what was last written, as the entry of its intent holds it; `writes` are such entries."""

    record: Record
    postings: Sequence[Posting]
    bill: Mapping[str, Any] = field(default_factory=dict)
    people: Sequence[tuple[str, str]] = ()
    body: str = ""
    rows: Sequence[versions.Past] = ()
    files: Sequence[InvoiceFile] = ()
    decisions: Sequence[Decision] = ()
    requests: Sequence[RequestLine] = ()
    trail: Sequence[Told] = ()
    writes: Sequence[Entry] = ()


def of(record: Record) -> Evidence:
    entries = _entries(record)
    last = evidence.last_in(reversed(entries))
    details = last.details if last else {}
    decided = Decision.objects.filter(subject_kind="record", subject_id=str(record.pk))
    lines = RequestLine.objects.filter(posting__record=record).select_related("request")
    return Evidence(
        record,
        list(record.postings.select_related("connection").order_by("pk")),
        details.get("bill", {}),
        [(role, name) for role, name in details.get("people", [])],
        str(details.get("body", "")),
        versions.in_words(UsedRow.objects.filter(posting__record=record)),
        _files(record),
        list(decided.select_related("asked_by", "decided_by").order_by("pk")),
        list(lines.order_by("pk")),
        [_told(entry) for entry in entries[:MOST_ENTRIES]],
        [entry for entry in entries if entry.action in WRITES],
    )


def _entries(record: Record) -> list[Any]:
    """How its story begins, and what was written last however long it is; each with the number of its `seal`."""
    whole = story("record", record.pk)
    beginning, writes = whole[:MOST_ENTRIES], whole.filter(action__in=WRITES).reverse()[:MOST_WRITES]
    shown = whole.filter(Q(pk__in=beginning.values("pk")) | Q(pk__in=writes.values("pk")))
    covering = Seal.objects.filter(last_id__gte=OuterRef("pk"), first_id__lte=OuterRef("pk")).order_by("last_id")
    return list(shown.annotate(seal=Subquery(covering.values("pk")[:1])))


def _told(entry: Any) -> Told:
    return Told(entry.pk, entry.at, entry.actor_label, sentence(entry), entry.details_digest, entry.seal)


def _files(record: Record) -> list[InvoiceFile]:
    if record.flow not in waiting.flows(record.integration):
        return []
    return list(InvoiceFile.objects.filter(posting__record=record).order_by("pk"))


def find(sought: str, seen: QuerySet[Record]) -> Found:
    """Records by the id or number of their document in the target, by our reference, or by a link to either.

    `seen` are the records that this person may see. One step leads from any target document to its source (A106).
    """
    text = sought.strip()
    for hits in _ways(text) if text else ():
        rows = seen.filter(hits).select_related("document", "integration").order_by("-pk")
        if records := list(rows[: MOST_HITS + 1]):
            return Found(records[:MOST_HITS], len(records) > MOST_HITS)
    return Found()


def _ways(text: str) -> Iterator[Q]:
    """What may be meant, the surest first. Connections are named because the indexes begin with them."""
    everywhere = list(Connection.objects.values_list("pk", flat=True))
    known = references.token_and_reference(text)
    last_part = text.rstrip("/").rpartition("/")[2].rpartition("=")[2] or text
    there = Q(connection__in=everywhere, target_id__in={text, text.lower(), last_part, last_part.lower()})
    by_reference = Q(reference=known[1] if known else text)
    yield Q(pk__in=Posting.objects.filter(by_reference | there).values("record"))
    numbered = Exists(_numbered(text, everywhere))
    yield Q(pk__in=Posting.objects.filter(numbered, connection__in=everywhere).values("record"))
    yield Q(number=text)


def _numbered(text: str, everywhere: Sequence[int]) -> QuerySet[TargetBill]:
    """By a number as the target shows it now: people type the supplier's number over ours."""
    bills = TargetBill.objects.filter(connection__in=everywhere, number_key=number_key(text)[:255], number=text)
    return bills.filter(connection=OuterRef("connection"), target_id=OuterRef("target_id"), ours=True)
