"""What an auditor needs of every write, told in the trail, so that it outlives the payloads (A105).

The entry of an intent holds the bill exactly as it was sent, who approved it at the source, and the table rows used.
From the same entry a document can be written again as it was (A42).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from audit.models import Entry
from audit.trail import story
from integrations.documents import Bill, BillLine, PurchaseOrder, Tracked
from integrations.engine import bulk
from integrations.engine.approvals import posting_content
from integrations.models import Posting, UsedRow
from integrations.source_documents import SupplierBill

AMOUNTS = frozenset({"net", "tax", "total", "quantity", "unit_amount", "tax_amount"})
DAYS = frozenset({"date", "due_date"})
# The address of our record follows from its reference; with it every text would have to be searched for secrets.
LEFT_OUT = frozenset({"link", "lines", "tracking"})
TOLD = {kind: [each.name for each in fields(kind) if each.name not in LEFT_OUT] for kind in (Bill, BillLine)}
INTENDED, FOUND = "bill.intended", "bill.found"

People = tuple[tuple[str, str], ...]


def told(bill: Bill | None, people: People, rows: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    """The part of an entry's details that is evidence; a deletion sends no bill."""
    found: dict[str, Any] = {"people": people, "rows": rows}
    if bill is not None:
        found["bill"] = {**_plain(bill), "lines": [_line(line) for line in bill.lines]}
    return found


def people(document: object) -> People:
    """Who stands behind a source document, as the source says: (role, name or day) where it says so."""
    named = (
        ("Bought from", _shop(document)),
        ("Asked for by", getattr(document, "created_by", "")),
        ("Approved by", getattr(document, "approved_by", "")),
        ("Approved on", getattr(document, "approved_on", None)),
    )
    return tuple((role, str(value)) for role, value in named if value)


def _shop(document: object) -> str:
    """The shop where a card paid: the bill is owed to the card's provider (A32)."""
    return document.summary.vendor.name if isinstance(document, PurchaseOrder | SupplierBill) and document.card else ""


def keep_rows(used: Iterable[tuple[Posting, Sequence[tuple[str, int, int]]]]) -> None:
    """The table rows that each of these was made with, as (table, key, version) (A39)."""
    bulk.insert_or_save(
        UsedRow,
        ("posting", "table", "row", "version"),
        [(posting.pk, *row) for posting, rows in used for row in rows],
        fields=["version"],
        unique=["posting", "table", "row"],
    )


def last_written(record_id: int) -> Entry | None:
    """The newest entry that holds what was sent of this record, intended or found standing."""
    return last_in(story("record", record_id).filter(action__in=(INTENDED, FOUND)).reverse()[:20])


def last_in(newest_first: Iterable[Entry]) -> Entry | None:
    """As `last_written`, of entries that were read."""
    return next((each for each in newest_first if each.action in (INTENDED, FOUND) and each.details.get("bill")), None)


def bill_of(details: Mapping[str, Any], link: str) -> Bill | None:
    """The bill as it was sent, to the last digit; None when the entry does not hold it whole."""
    told_bill = details.get("bill")
    if not isinstance(told_bill, Mapping):
        return None
    lines = tuple(_line_of(line) for line in told_bill["lines"])
    return Bill(**{**_read(told_bill), "lines": lines, "link": link})


def content_of(bill: Bill) -> str:
    """The hash that a posting keeps of what was sent."""
    return posting_content(bill)


def _plain(thing: Bill | BillLine) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in TOLD[type(thing)]}


def _line(line: BillLine) -> dict[str, Any]:
    tracking = [[one.category, one.option] for one in line.tracking]
    return {**_plain(line), **({"tracking": tracking} if tracking else {})}


def _line_of(told_line: Mapping[str, Any]) -> BillLine:
    tracking = tuple(Tracked(category, option) for category, option in told_line.get("tracking", ()))
    return BillLine(**{**_read(told_line), "tracking": tracking})


def _read(told_fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in told_fields.items() if name not in LEFT_OUT}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in AMOUNTS:
        return Decimal(str(value))
    return date.fromisoformat(value) if name in DAYS else value
