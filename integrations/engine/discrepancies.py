"""Opening what concerns no one record and needs a person; each is an entry, and worth an alert (A101, A106)."""

from collections.abc import Sequence

from django.utils import timezone

from audit.trail import Event, Subject, log_many
from integrations import events
from integrations.documents import BillStatus, StoredBill
from integrations.engine import bulk, references
from integrations.models import Connection, Discrepancy, Posting
from integrations.money import figure

UNKNOWN = "unknown-document"
NOT_SHOWN = "not-shown"
FEWER = "fewer-than-before"
UNCOUNTED = "counted-but-not-shown"


def opened(rows: Sequence[Discrepancy]) -> int:
    """Keep those that are not open already; returns how many are new. In a transaction."""
    if not rows:
        return 0
    known = set(
        Discrepancy.objects.filter(connection__in=[row.connection for row in rows], closed_at=None).values_list(
            "connection_id", "kind", "key"
        )
    )
    fresh = [row for row in rows if (row.connection_id, row.kind, row.key) not in known]
    bulk.insert(fresh)
    log_many(
        Event(
            "discrepancy.found",
            Subject("discrepancy", row.pk, row.explanation),
            details={"connection": row.connection.label, "explanation": row.explanation, "what": row.kind},
        )
        for row in fresh
    )
    for connection in {row.connection_id: row.connection for row in fresh}.values():
        mine = [row for row in fresh if row.connection_id == connection.pk]
        events.tell(events.discrepancies_found, connection=connection, found=mine)
    return len(fresh)


def discrepancy(connection: Connection, kind: str, key: str, explanation: str, link: str = "") -> Discrepancy:
    return Discrepancy(
        connection=connection,
        kind=kind,
        key=key[:120],
        explanation=explanation[:500],
        link=link[:500],
        opened_at=timezone.now(),
    )


def unknown(connection: Connection, bills: Sequence[StoredBill]) -> int:
    """Bills that carry our mark and that no record here made: copied, or written by a copy of this portal (A106).

    One whose write is still in doubt has a posting without an id yet, and is ours to find.
    """
    marked: dict[str, str] = {}
    for bill in bills:
        found = references.token_and_reference(bill.link) if references.is_ours(bill.link) else None
        if found is not None and bill.status is not BillStatus.REMOVED:
            marked[bill.target_id] = found[1]
    if not marked:
        return 0
    mine = Posting.objects.filter(connection=connection)
    known = set(mine.filter(target_id__in=list(marked)).values_list("target_id", flat=True))
    doubtful = set(mine.filter(reference__in=list(marked.values()), target_id="").values_list("reference", flat=True))
    strange = [
        bill
        for bill in bills
        if bill.target_id in marked and bill.target_id not in known and marked[bill.target_id] not in doubtful
    ]
    return opened(
        [
            discrepancy(
                connection,
                UNKNOWN,
                bill.target_id,
                f"{connection.label} holds bill {bill.number or '(no number)'} of {bill.contact_name} over "
                f"{figure(bill.total)} {bill.currency} with our mark, but no record here made it. "
                "Find out who entered it, and remove it there if it is a copy.",
            )
            for bill in strange
        ]
    )
