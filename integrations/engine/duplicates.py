"""Bills that people typed into the target and that may be the same spend (A14, A40), found in the local index (E32)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from integrations.days import in_full
from integrations.documents import Bill, BillStatus, Vendor
from integrations.engine.index import number_key, number_parts
from integrations.engine.references import token_and_reference
from integrations.models import Connection, TargetBill, TargetCredit
from integrations.money import figure
from integrations.source_documents import Detailed
from mappings.tables import Tables


class Found(NamedTuple):
    """A sentence that holds, a sentence that only flags, or neither."""

    hold: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class _Typed:
    number: str
    key: str
    tokens: frozenset[str]
    currency: str
    total: Decimal
    day: str
    foreign: bool
    date: date | None
    what: str = "Bill"
    parts: str = ""


class Duplicates:
    """Per chunk of documents, the bills of their contacts that may be the same spend.

    Orders look for bills that people typed and that name their number (A14). Suppliers' bills have `whole_numbers`:
    any bill or credit of the contact with their number, ours too (A40), and each other.
    """

    def __init__(self, connection: Connection, *, whole_numbers: bool = False) -> None:
        self.connection, self.whole_numbers = connection, whole_numbers
        self.by_contact: dict[str, list[_Typed]] = {}
        self.planned: dict[tuple[str, str], str] = {}

    def load(self, documents: Sequence[tuple[Detailed, Vendor]], tables: Tables) -> None:
        """For these documents, each with whom it is owed to."""
        rows = (tables.vendor(owed.source_id, each.summary.currency) for each, owed in documents)
        contacts = {row.target for row in rows if row is not None}
        self.by_contact = {}
        stored = TargetBill.objects.filter(connection=self.connection, contact__in=contacts).exclude(
            status=BillStatus.REMOVED
        )
        if self.whole_numbers:
            keys = {number_key(each.summary.number)[:255] for each, _ in documents}
            totals = {each.summary.total for each, _ in documents}
            stored = stored.filter(Q(number_key__in=keys) | Q(total__in=totals))
        else:
            stored = stored.filter(ours=False)
        for bill in stored.order_by("pk"):  # of several the same one is named every time
            self.by_contact.setdefault(bill.contact, []).append(_typed(bill))
        if self.whole_numbers:
            credited = self._credits(contacts).filter(Q(number_key__in=keys) | Q(total__in=totals))
            for credit in credited.order_by("pk"):
                self.by_contact.setdefault(credit.contact, []).append(_typed_credit(credit))

    def _credits(self, contacts: set[str]) -> QuerySet[TargetCredit]:
        return TargetCredit.objects.filter(connection=self.connection, contact__in=contacts).exclude(
            status=BillStatus.REMOVED
        )

    def of(self, bill: Bill, number: str) -> Found:
        """Same number holds, for an order naming its number, too; the same total under another number is flagged."""
        return self._of_bill(bill, number) if self.whole_numbers else self._of_order(bill, number)

    def _of_bill(self, bill: Bill, number: str) -> Found:
        key = number_key(number)[:255]
        flag = ""
        for stored in self.by_contact.get(bill.contact, ()):
            if key and stored.key == key:
                return Found(
                    hold=f"{stored.what} {stored.number} of {figure(stored.total)} {stored.currency}, dated "
                    f"{stored.day}, already stands with this number. Exclude this bill, link it, or post it beside."
                )
            if (stored.total, stored.currency, stored.date) == (bill.total, bill.currency, bill.date):
                flag = f"{stored.what} {stored.number or '(no number)'} of the same vendor has the same total and date."
        if self.planned.setdefault((bill.contact, key), bill.link) != bill.link:
            return Found(hold=f"Another bill of this vendor with the number {number} is being posted. Exclude one.")
        return Found(flag=flag)

    def _of_order(self, bill: Bill, number: str) -> Found:
        key, parts = number_key(number), number_parts(number)
        # In digits alone a part of another number, or of an amount, would be taken for the order's.
        apart = "" if key.isdigit() else _in_a_row(parts)
        flag = ""
        for typed in self.by_contact.get(bill.contact, ()):
            if typed.foreign and typed.key == key:
                return Found(hold=f"Another portal already posted {typed.number} to this contact.")
            if key and (typed.key == key or key in typed.tokens or (apart and apart in typed.parts)):
                return Found(
                    hold=f"Bill {typed.number or '(no number)'} of {figure(typed.total)} {typed.currency}, dated "
                    f"{typed.day}, already names {number}. Exclude this order, or post it beside."
                )
            if typed.total == bill.total and typed.currency == bill.currency:
                flag = (
                    f"Bill {typed.number or '(no number)'} of the same vendor has the same total, "
                    f"{figure(typed.total)} {typed.currency}."
                )
        return Found(flag=flag)


def _in_a_row(parts: Sequence[str]) -> str:
    """Parts of a text, so that those of a number are found one after the other, and only whole ones."""
    return f" {' '.join(parts)} "


def _typed_credit(credit: TargetCredit) -> _Typed:
    day = in_full(credit.date) if credit.date else "no day"
    return _Typed(
        credit.number, credit.number_key, frozenset(), credit.currency, credit.total, day, False, credit.date, "Credit"
    )  # fmt: skip


def _typed(bill: TargetBill) -> _Typed:
    said = f"{bill.number} {bill.text}"
    return _Typed(
        bill.number,
        bill.number_key,
        frozenset(number_key(word) for word in re.findall(r"[\w/-]+", said)),
        bill.currency,
        bill.total,
        in_full(bill.date) if bill.date else "no day",
        token_and_reference(bill.link) is not None,
        bill.date,
        parts=_in_a_row(number_parts(said)),
    )
