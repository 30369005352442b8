"""The documents of the books as the pair judges them, from what is stored of them: no call is made here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from integrations.engine.projects.content import content_of
from integrations.errors import InvalidSourceError
from integrations.models import Connection, Record, SourceDocument
from integrations.pairs.xero_procore import ORDERS, reading
from integrations.pairs.xero_procore.documents import Bill, Order
from integrations.supplier_documents import CREDIT_FEEDS, SupplierBill, SupplierCredit, SupplierPayment
from integrations.systems import system

PAYMENTS = "supplier-payments"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is stored of one company's books."""

    connection: Connection

    def read(self, document: SourceDocument) -> Any:
        """Raises InvalidSourceError for what cannot be read."""
        parse = system(self.connection.system).load_parse()
        return parse.document(document.feed, parse.loads(document.detail))

    def order(self, record: Record) -> Order:
        return reading.order(self.read(record.document))

    def bill(self, record: Record) -> Bill:
        """With everything that settled or credited it. Raises InvalidSourceError while a credit has not been read."""
        read: SupplierBill = self.read(record.document)
        return reading.bill(read, payments=self.payments_of(read.source_id), credits=self.credits_of([read]))

    def bills(self, records: Sequence[Record]) -> dict[int, Bill]:
        """Many at once, by the ids of their records, without those that cannot be read."""
        read: dict[int, SupplierBill] = {}
        for record in records:
            with suppress(InvalidSourceError):
                read[record.pk] = self.read(record.document)
        about = SourceDocument.objects.filter(connection=self.connection, feed=PAYMENTS)
        found = about.filter(about__in=[each.source_id for each in read.values()]).order_by("pk")
        payments: dict[str, list[SupplierPayment]] = {}
        for payment in self._readable(found):
            payments.setdefault(payment.bill, []).append(payment)
        credits, bills = self.credits_of(list(read.values())), {}
        for pk, each in read.items():
            with suppress(InvalidSourceError):
                bills[pk] = reading.bill(each, payments=payments.get(each.source_id, ()), credits=credits)
        return bills

    def payments_of(self, bill: str) -> list[SupplierPayment]:
        found = SourceDocument.objects.filter(connection=self.connection, feed=PAYMENTS, about=bill)
        return list(self._readable(found.order_by("pk")))

    def credits_of(self, bills: Sequence[SupplierBill]) -> Mapping[str, SupplierCredit]:
        """Those that these bills show, as far as they were read."""
        ids = {part.credit for bill in bills for part in bill.credits}
        if not ids:
            return {}
        found = SourceDocument.objects.filter(
            connection=self.connection, feed__in=CREDIT_FEEDS.values(), source_id__in=ids
        )
        return {each.source_id: each for each in self._readable(found)}

    def content(self, record: Record) -> str:
        """The hash of what a document says, which decisions about it are bound to; its payments are no part of it."""
        try:
            if record.flow == ORDERS.slug:
                return hashlib.sha256(repr(self.order(record)).encode()).hexdigest()
            return content_of(reading.bill(replace(self.read(record.document), credits=())))
        except InvalidSourceError:
            return record.document.detail_fingerprint

    def _readable(self, documents: Any) -> Iterator[Any]:
        for document in documents:
            try:
                yield self.read(document)
            except InvalidSourceError:
                continue  # what it settles is then not known as read, and says so
