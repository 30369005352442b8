"""A draft that changes hands: from an order to the bill that takes it over, and back if somebody touched it (A9, A11).

The document in the target stays the same; the row that stands for it moves. The order keeps its own row without a
document, so that its reference stays taken and nobody drafts it a second time.
"""

from collections.abc import Sequence

from django.utils import timezone

from audit.trail import Event
from integrations.engine import bulk, trail
from integrations.models import Integration, OrderLine, Posting, Record, Standing, Work

MOVED = (
    "target_id",
    "target_version",
    "standing",
    "status_word",
    "number",
    "currency",
    "source_total",
    "target_total",
    "document_date",
    "sent_fingerprint",
    "stored_fingerprint",
    "posted_at",
    "run",
)
EMPTY = {"standing": Standing.NOTHING} | dict.fromkeys(
    ("target_id", "target_version", "status_word", "sent_fingerprint", "stored_fingerprint"), ""
)
ORDER_FIELDS = ("work", "hold_reason", "explanation", "covered_by", "not_before", "changed_at")


def hand_over(integration: Integration, changes: Sequence[tuple[Record, str, Posting]]) -> dict[int, Posting]:
    """Give these bills (with their references) the drafts of these orders' postings; by record. In a transaction."""
    kinds = {posting.kind for _, _, posting in changes}
    bulk.insert_unless_there(
        [
            Posting(record=bill, connection=integration.target, kind=posting.kind, reference=reference)
            for bill, reference, posting in changes
        ]
    )
    rows = {
        row.record_id: row
        for row in Posting.objects.filter(record__in=[bill for bill, _, _ in changes], kind__in=kinds)
    }
    given = []
    for bill, _, posting in changes:
        own = rows.get(bill.pk)
        if own is None:
            continue
        for name in MOVED:
            setattr(own, name, getattr(posting, name))
        own.taken_from, own.removed_by_us = posting.record, False
        _empty(posting)
        _cover(posting.record, bill)
        given.append(posting)
    bulk.save([rows[bill.pk] for bill, _, _ in changes if bill.pk in rows], (*MOVED, "taken_from", "removed_by_us"))
    bulk.save(given, MOVED)
    bulk.save([posting.record for posting in given], ORDER_FIELDS)
    OrderLine.objects.filter(record__in=[posting.record_id for posting in given]).update(drafted=0)
    return rows


def covered_events(changes: Sequence[tuple[Record, str, Posting]]) -> list[Event]:
    return [
        trail.event("record.covered", posting.record, bill=bill.number or bill.document.source_id)
        for bill, _, posting in changes
    ]


def hand_back(postings: Sequence[Posting]) -> None:
    """Give the drafts that these bills had taken over back to their orders, which are translated again.

    An order that a person took out has its draft back and stays out.
    """
    orders = _locked([posting.taken_from_id for posting in postings if posting.taken_from_id is not None])
    theirs = {row.record_id: row for row in Posting.objects.filter(record__in=list(orders))}
    back = []
    for posting in postings:
        order = orders.get(posting.taken_from_id or 0)
        row = theirs.get(order.pk) if order is not None else None
        if order is None or row is None:
            continue
        for name in MOVED:
            setattr(row, name, getattr(posting, name))
        _empty(posting)
        posting.taken_from = None
        if order.work != Work.EXCLUDED_PERSON:
            order.work, order.hold_reason, order.explanation, order.not_before = Work.WAITING, "", "", None
        order.covered_by, order.changed_at = None, timezone.now()
        back.append(row)
    bulk.save(back, MOVED)
    bulk.save(postings, (*MOVED, "taken_from"))
    bulk.save(list(orders.values()), ORDER_FIELDS)
    for line in OrderLine.objects.filter(record__in=list(orders)):
        line.drafted = line.ordered
        line.save(update_fields=["drafted"])


def _locked(orders: Sequence[int]) -> dict[int, Record]:
    """As they are now, until the end of the transaction: people may be at an order while its bill is written."""
    rows = Record.objects.select_for_update(of=("self",)).filter(pk__in=orders).select_related("document")
    return {order.pk: order for order in rows.order_by("pk")}


def _empty(posting: Posting) -> None:
    for name, value in EMPTY.items():
        setattr(posting, name, value)


def _cover(order: Record, bill: Record) -> None:
    order.work, order.covered_by, order.hold_reason = Work.COVERED, bill, ""
    order.explanation = f"Bill {bill.number} took over its draft."
    order.not_before, order.changed_at = None, timezone.now()
