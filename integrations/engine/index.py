"""The local index of the target's bills, and what it tells of our own: approved, paid, removed (E32, A42)."""

import hashlib
import re
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import BillStatus, StoredBill
from integrations.engine import bulk, discrepancies, drift, references, trail
from integrations.engine.slice import Slice
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
TEXT_KEPT = 2000


def number_key(number: str) -> str:
    """Numbers without blanks, punctuation, case and leading zeros of digit groups: "INV-00123" is "inv 123" (A40)."""
    parts = re.findall(r"[^\W\d_]+|\d+", number.casefold())
    return "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def content_fingerprint(bill: StoredBill) -> str:
    """What "untouched" is measured by: the contents that stand, not a modification time (E34)."""
    lines = [
        (line.amount.normalize(), line.account, line.tax_code, line.tax_amount.normalize(), line.tracking)
        for line in bill.lines
        if line.account or line.amount
    ]
    facts = (
        bill.contact,
        bill.currency,
        bill.net.normalize(),
        bill.tax.normalize(),
        bill.total.normalize(),
        lines,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


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
    bulk.insert(new)
    bulk.save([row for row in rows.values() if row not in new], CREDIT_FIELDS)
    return told


def note(slice_: Slice, bills: Sequence[StoredBill], *, just_written: bool = False) -> None:
    """Take these bills into the index and let our own postings know where they stand. In a transaction.

    What we have `just_written` is known to its posting already.
    """
    connection = slice_.integration.target
    known = {
        row.target_id: row
        for row in TargetBill.objects.filter(connection=connection, target_id__in=[bill.target_id for bill in bills])
    }
    new, changed = [], []
    for bill in bills:
        row = known.get(bill.target_id)
        if row is None:
            row = TargetBill(connection=connection, target_id=bill.target_id)
            new.append(row)
        elif row.version == bill.version:
            continue
        else:
            changed.append(row)
        fill(row, bill)
    bulk.insert(new)
    bulk.save(changed, FIELDS)
    if not just_written:
        _follow(slice_, bills)
        discrepancies.unknown(connection, bills)


def fill(row: TargetBill, bill: StoredBill) -> None:
    row.version, row.number, row.number_key = bill.version, bill.number, number_key(bill.number)[:255]
    row.contact, row.status, row.status_word = bill.contact, bill.status, bill.status_word
    row.date, row.currency, row.total, row.due = bill.date, bill.currency, bill.total, bill.due
    row.link = bill.link[:500]
    row.ours = references.is_ours(bill.link)
    row.text = "" if row.ours else " ".join(line.description for line in bill.lines)[:TEXT_KEPT]


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
    bulk.save(moved, ["standing", "status_word", "target_version", "target_total", "document_date", "currency"])
    log_many([*events, *drift.follow(seen)])
