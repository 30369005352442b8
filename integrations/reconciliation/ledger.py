"""A ledger's side of a reconciliation: our own tables, the target's as its index last saw it (A102)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.models import Integration, TargetBill
from integrations.reconciliation import sides
from integrations.reconciliation.causes import TOLD, UNEXPLAINED, month_of, pieces
from integrations.reconciliation.compared import Counted, LineKey, Listed
from mappings.models import ReferenceEntry


@dataclass(frozen=True, slots=True)
class LedgerCompared:
    integration: Integration
    as_of: date

    def left(self) -> Iterator[Counted]:
        for key, count, amount in sides.left(self.integration, self.as_of):
            yield Counted(LineKey(*key), count, amount)

    def right(self) -> Iterator[Counted]:
        for key, count, amount in sides.right(self.integration, self.as_of):
            yield Counted(LineKey(*key), count, amount)
        for bill in self._loose():
            yield Counted(self._key(bill), 1, bill.total)

    def listed(self) -> Iterator[Listed]:
        for row, both in sides.each(self.integration, self.as_of):
            for piece in pieces(both, self.as_of):
                words = row["explanation"].partition("\n")[0] if piece.cause in TOLD else ""
                key = LineKey(row["vendor_name"], piece.currency, piece.month)
                yield Listed(key, piece.cause, piece.amount, row["number"], row["pk"], words)
        for bill in self._loose():
            words = "Carries our mark in the target, but no record here made it."
            yield Listed(self._key(bill), UNEXPLAINED, -bill.total, bill.number, None, words)

    def _loose(self) -> Iterator[TargetBill]:
        booked: Any = sides.booked(self.integration, self.as_of)
        yield from booked.filter(holder=None).order_by("pk").iterator()

    def _key(self, bill: TargetBill) -> LineKey:
        entries = ReferenceEntry.objects.filter(books=self.integration.target.books_id, kind="contact")
        entry = entries.filter(key=bill.contact).first()
        return LineKey(entry.name if entry else "", bill.currency, month_of(bill.date))
