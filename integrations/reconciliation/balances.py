"""What is open today per vendor: ours, others', and the target's own word for it (A103)."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Sum

from integrations.documents import BillStatus, VendorBalance
from integrations.engine import clients
from integrations.models import Integration, Posting, TargetBill
from mappings.models import ReferenceEntry

ZERO = Decimal(0)


class Balance(NamedTuple):
    """One vendor. Not `comparable` where its open documents are in several currencies: the target adds them up."""

    contact: str
    vendor: str
    currency: str
    ours: Decimal
    others: Decimal
    drafts: Decimal
    credits: Decimal
    balance: Decimal
    comparable: bool
    rest: Decimal


@dataclass
class _Open:
    ours: Decimal = ZERO
    others: Decimal = ZERO
    drafts: Decimal = ZERO
    currencies: set[str] = field(default_factory=set)


def read(integration: Integration) -> list[Balance]:
    """Ask the target for its balances and credits now; a call per thousand vendors and per thousand credits."""
    with clients.target_client(integration.target, urgent=True) as target:
        rows = (row for page in target.vendor_balances() for row in page.rows)
        told = {row.contact: row for row in rows if isinstance(row, VendorBalance)}
    return compare(integration, told)


def compare(integration: Integration, told: dict[str, VendorBalance]) -> list[Balance]:
    """Every vendor with anything open on either side, by name."""
    opened = _opened(integration)
    names = _names(integration, {*opened, *told})
    found = []
    for contact in {*opened, *told}:
        ours = opened.get(contact, _Open())
        theirs = told.get(contact, VendorBalance(contact, "", ZERO, ZERO))
        if not (ours.ours or ours.others or ours.drafts or theirs.outstanding or theirs.credits):
            continue
        comparable = len(ours.currencies) <= 1
        rest = ours.ours + ours.others - theirs.credits - theirs.outstanding
        found.append(
            Balance(
                contact,
                theirs.name or names.get(contact, contact),
                ", ".join(sorted(ours.currencies)),
                ours.ours,
                ours.others,
                ours.drafts,
                theirs.credits,
                theirs.outstanding,
                comparable,
                rest if comparable else ZERO,
            )
        )
    return sorted(found, key=lambda row: (row.vendor, row.contact))


def _opened(integration: Integration) -> dict[str, _Open]:
    """Still to be paid per contact, as the index shows it, ours apart from the others'."""
    posting = Posting.objects.filter(connection=OuterRef("connection"), target_id=OuterRef("target_id"))
    rows = (
        TargetBill.objects.filter(connection=integration.target_id)
        .exclude(status=BillStatus.REMOVED)
        .annotate(mine=Exists(posting))
        .values("contact", "currency", "status", "mine")
        .annotate(due_now=Sum("due"), total_now=Sum("total"))
        .order_by()
    )
    found: dict[str, _Open] = defaultdict(_Open)
    for row in rows.iterator():
        at = found[row["contact"]]
        if row["status"] == BillStatus.DRAFT:
            at.drafts += row["total_now"]
            continue
        if row["due_now"]:
            at.currencies.add(row["currency"])
        if row["mine"]:
            at.ours += row["due_now"]
        else:
            at.others += row["due_now"]
    return found


def _names(integration: Integration, contacts: set[str]) -> dict[str, str]:
    entries = ReferenceEntry.objects.filter(books=integration.target.books_id, kind="contact")
    return {key: name for key, name in entries.values_list("key", "name").iterator() if key in contacts}
