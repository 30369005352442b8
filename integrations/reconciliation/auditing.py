"""Everything kept of one record, for an auditor's sample; from the trail, so that it outlives payloads (A105)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from audit.actions import sentence
from audit.models import Entry, Seal
from audit.trail import story
from integrations.engine import evidence, references
from integrations.models import Decision, InvoiceFile, Posting, Record, RequestLine, TargetBill, UsedRow

MOST_ENTRIES = 1000
MOST_HITS = 20


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
    """All of it. `bill` is what was last written, as the entry of its intent holds it."""

    record: Record
    postings: Sequence[Posting]
    bill: Mapping[str, Any] = field(default_factory=dict)
    people: Sequence[tuple[str, str]] = ()
    body: str = ""
    rows: Sequence[UsedRow] = ()
    files: Sequence[InvoiceFile] = ()
    decisions: Sequence[Decision] = ()
    requests: Sequence[RequestLine] = ()
    trail: Sequence[Told] = ()


def of(record: Record) -> Evidence:
    written = evidence.last_written(record.pk)
    details = written.details if written else {}
    decided = Decision.objects.filter(subject_kind="record", subject_id=str(record.pk))
    lines = RequestLine.objects.filter(posting__record=record).select_related("request", "posting")
    return Evidence(
        record,
        list(record.postings.select_related("connection")),
        details.get("bill", {}),
        [(role, name) for role, name in details.get("people", [])],
        str(details.get("body", "")),
        list(UsedRow.objects.filter(posting__record=record).order_by("table", "row")),
        list(InvoiceFile.objects.filter(posting__record=record).order_by("pk")),
        list(decided.select_related("asked_by", "decided_by").order_by("pk")),
        list(lines.order_by("pk")),
        list(_told(record)),
    )


def _told(record: Record) -> Iterator[Told]:
    entries = list(story("record", record.pk)[:MOST_ENTRIES])
    seals = _seals(entries)
    for entry in entries:
        covering = next((pk for pk, first, last in seals if first <= entry.pk <= last), None)
        yield Told(entry.pk, entry.at, entry.actor_label, sentence(entry), entry.details_digest, covering)


def _seals(entries: Sequence[Entry]) -> list[tuple[int, int, int]]:
    if not entries:
        return []
    rows = Seal.objects.filter(last_id__gte=entries[0].pk, first_id__lte=entries[-1].pk).order_by("first_id")
    return list(rows.values_list("pk", "first_id", "last_id"))


def find(sought: str, seen: "Any") -> list[Record]:
    """Records by the id or number of their document in the target, by our reference, or by a link to either.

    `seen` are the records that this person may see. One step leads from any target document to its source (A106).
    """
    text = sought.strip()
    if not text:
        return []
    known = references.token_and_reference(text)
    reference = known[1] if known else text
    last_part = text.rstrip("/").rpartition("/")[2].rpartition("=")[2] or text
    by_posting = Q(reference=reference) | Q(target_id__in={text, text.lower(), last_part, last_part.lower()})
    found = list(Posting.objects.filter(by_posting, record__in=seen).values_list("record", flat=True)[:MOST_HITS])
    if not found:
        found = list(
            Posting.objects.filter(_by_number(text), record__in=seen).values_list("record", flat=True)[:MOST_HITS]
        )
    if not found:
        found = list(seen.filter(number=text).values_list("pk", flat=True)[:MOST_HITS])
    return list(seen.filter(pk__in=found).select_related("document", "integration"))


def _by_number(text: str) -> Q:
    """A number as the target shows it now: people type the supplier's number over ours."""
    rows = TargetBill.objects.filter(number=text, ours=True).values_list("target_id", flat=True)[:MOST_HITS]
    return Q(target_id__in=list(rows))
