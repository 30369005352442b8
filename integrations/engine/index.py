"""The local index of the target's bills, and what it tells of our own: approved, paid, removed (E32, A42)."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import BillStatus, StoredBill
from integrations.engine import bulk, decisions, discrepancies, drift, leaving, references, trail
from integrations.engine.slice import Slice
from integrations.engine.untouched import content_fingerprint
from integrations.models import Connection, IndexCursor, Posting, Standing, TargetBill, TargetCredit
from integrations.systems.protocols import TargetBooks

STANDINGS = {
    BillStatus.DRAFT: Standing.DRAFT,
    BillStatus.IN_LEDGER: Standing.LEDGER,
    BillStatus.REMOVED: Standing.REMOVED,
}
FIELDS = (
    "version",
    "number",
    "number_key",
    "contact",
    "status",
    "status_word",
    "date",
    "currency",
    "total",
    "due",
    "text",
    "link",
    "ours",
)
CREDIT_FIELDS = ("number", "number_key", "contact", "status", "date", "currency", "total")
UNIQUE = ("connection", "target_id")
TEXT_KEPT = 2000


def number_key(number: str) -> str:
    """Numbers without blanks, punctuation, case and leading zeros of digit groups: "INV-00123" is "inv 123" (A40)."""
    return "".join(number_parts(number))


def number_parts(text: str) -> list[str]:
    """The words and groups of digits that a text is made of, as numbers are compared by them."""
    parts = re.findall(r"[^\W\d_]+|\d+", text.casefold())
    return [part.lstrip("0") or "0" if part.isdigit() else part for part in parts]


def refresh(slice_: Slice, target: TargetBooks) -> None:
    """Read what changed among the target's bills since the last pass, page by page."""
    connection = slice_.integration.target
    cursor, _ = IndexCursor.objects.get_or_create(connection=connection)
    for page in target.bills_changed_since(cursor.read_until):
        bills = [row for row in page.rows if isinstance(row, StoredBill)]
        with transaction.atomic():
            slice_.fence()
            note(slice_, bills)
            if page.last:
                cursor.read_until = page.newest or cursor.read_until
                cursor.last_pass_at = timezone.now()
                cursor.save(update_fields=["read_until", "last_pass_at"])


def refresh_credits(slice_: Slice, target: TargetBooks) -> None:
    """Read what changed among the suppliers' credits, which bills are compared with as well (A40)."""
    connection = slice_.integration.target
    cursor, _ = IndexCursor.objects.get_or_create(connection=connection)
    for page in target.credits_changed_since(cursor.credits_until):
        with transaction.atomic():
            slice_.fence()
            note_credits(connection, [row for row in page.rows if isinstance(row, StoredBill)])
            if page.last:
                cursor.credits_until = page.newest or cursor.credits_until
                cursor.save(update_fields=["credits_until"])


def note_credits(connection: Connection, credits: Sequence[StoredBill]) -> int:
    """Take these credits into the index; how many were not in it as they are. In a transaction."""
    known = TargetCredit.objects.filter(connection=connection, target_id__in=[each.target_id for each in credits])
    rows = {row.target_id: row for row in known}
    new = []
    told = 0
    for each in credits:
        if each.target_id not in rows:
            new.append(rows.setdefault(each.target_id, TargetCredit(connection=connection, target_id=each.target_id)))
        row = rows[each.target_id]
        before = [getattr(row, name) for name in CREDIT_FIELDS]
        row.number, row.number_key = each.number, number_key(each.number)[:255]
        row.contact, row.status, row.date = each.contact, each.status, each.date
        row.currency, row.total = each.currency, each.total
        told += before != [getattr(row, name) for name in CREDIT_FIELDS]
    bulk.save([row for row in rows.values() if row not in new], CREDIT_FIELDS)
    bulk.put(new, CREDIT_FIELDS, UNIQUE)
    return told


def note(slice_: Slice, bills: Sequence[StoredBill], *, just_written: bool = False, anew: bool = False) -> None:
    """Take these bills into the index and let our own postings know where they stand. In a transaction.

    What we have `just_written` is known to its posting already; `anew` writes what has the version that is known, too.
    Another integration of the same company may read the same bills at this moment.
    """
    connection = slice_.integration.target
    by_id = {bill.target_id: bill for bill in bills}
    if not just_written:
        ours = Posting.objects.filter(connection=connection, target_id__in=list(by_id))
        decisions.queue_up(ours.values_list("record", flat=True))
    bulk.insert_or_save(
        TargetBill,
        ("connection", "target_id", *FIELDS),
        # In the order of their ids, so that two workers lock them in the same one.
        [(connection.pk, target_id, *_told(bill)) for target_id, bill in sorted(by_id.items())],
        fields=FIELDS,
        unique=UNIQUE,
        unless_same="" if anew else "version",
    )
    if not just_written:
        _follow(slice_, bills)
        discrepancies.unknown(connection, bills)


def _told(bill: StoredBill) -> tuple[Any, ...]:
    """What the index keeps of a bill, in the order of FIELDS."""
    ours = references.is_ours(bill.link)
    return (
        bill.version,
        bill.number,
        number_key(bill.number)[:255],
        bill.contact,
        bill.status,
        bill.status_word,
        bill.date,
        bill.currency,
        bill.total,
        bill.due,
        "" if ours else " ".join(line.description for line in bill.lines)[:TEXT_KEPT],
        bill.link[:500],
        ours,
    )


def _follow(slice_: Slice, bills: Sequence[StoredBill]) -> None:
    """Where our documents stand now. Approving, paying and removing are people's normal work: noted, not undone."""
    by_id = {bill.target_id: bill for bill in bills}
    postings = Posting.objects.filter(connection=slice_.integration.target, target_id__in=list(by_id)).select_related(
        "record"
    )
    events: list[Event] = []
    moved: list[Posting] = []
    seen: list[tuple[Posting, StoredBill, str]] = []
    for posting in postings:
        bill = by_id[posting.target_id]
        standing = STANDINGS[bill.status]
        if posting.removed_by_us or (posting.standing == standing and posting.target_version == bill.version):
            continue
        if posting.standing != standing:
            events.append(
                trail.event(
                    "bill.seen",
                    posting.record,
                    target=slice_.integration.target.label,
                    standing=standing.label,
                    before=Standing(posting.standing).label,
                    status=bill.status_word,
                )
            )
        if standing != Standing.REMOVED:
            seen.append((posting, bill, content_fingerprint(bill)))
        posting.standing, posting.status_word = standing, bill.status_word
        posting.target_version, posting.target_total = bill.version, bill.total
        posting.document_date, posting.currency = bill.date, bill.currency
        moved.append(posting)
    leaving.let_go(posting.record_id for posting in moved if posting.standing == Standing.REMOVED)
    bulk.save(moved, ["standing", "status_word", "target_version", "target_total", "document_date", "currency"])
    log_many([*events, *drift.follow(seen)])
