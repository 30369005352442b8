"""Xero's lists of what suppliers are owed and paid, by change time, and bills by their ids."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from integrations.errors import FilterIgnoredError
from integrations.http import Http
from integrations.supplier_documents import (
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierOrder,
    SupplierPayment,
)
from integrations.systems.paging import Page
from integrations.systems.xero import suppliers
from integrations.systems.xero.incremental import Sweep, pages
from integrations.systems.xero.lookup import CHARACTERS_PER_CALL, IDS_PER_CALL, chunks, rows
from integrations.systems.xero.payloads import INVOICES

ROOT = "/api.xro/2.0"

# No `where`: the list takes none. Orders of every status, deleted ones too.
ORDERS: Sweep[SupplierOrder] = Sweep(f"{ROOT}/PurchaseOrders", "PurchaseOrders", "PurchaseOrderID", {}, suppliers.order)
BILLS: Sweep[SupplierBill] = Sweep(
    INVOICES,
    "Invoices",
    "InvoiceID",
    {"where": 'Type=="ACCPAY"', "unitdp": "4"},
    suppliers.bill,
    lambda raw: raw.get("Type") == "ACCPAY",
)
# That `where` takes a PaymentType is not documented, so payments of sales come along and are left out here.
PAYMENTS: Sweep[SupplierPayment] = Sweep(
    f"{ROOT}/Payments", "Payments", "PaymentID", {}, suppliers.payment, wanted=suppliers.is_of_supplier
)


def _credits(kind: CreditKind, plural: str, word: str) -> Sweep[SupplierCredit]:
    key = f"{plural.removesuffix('s')}ID"
    query = {"where": f'Type=="{word}"'}
    return Sweep(f"{ROOT}/{plural}", plural, key, query, suppliers.credit(kind), lambda raw: raw.get("Type") == word)


CREDITS = {
    CreditKind.NOTE: _credits(CreditKind.NOTE, "CreditNotes", "ACCPAYCREDIT"),
    CreditKind.PREPAYMENT: _credits(CreditKind.PREPAYMENT, "Prepayments", "SPEND-PREPAYMENT"),
    CreditKind.OVERPAYMENT: _credits(CreditKind.OVERPAYMENT, "Overpayments", "SPEND-OVERPAYMENT"),
}


def orders(http: Http, moment: datetime | None) -> Iterator[Page[SupplierOrder]]:
    return pages(http, ORDERS, moment)


def bills(http: Http, moment: datetime | None) -> Iterator[Page[SupplierBill]]:
    return pages(http, BILLS, moment)


def payments(http: Http, moment: datetime | None) -> Iterator[Page[SupplierPayment]]:
    return pages(http, PAYMENTS, moment)


def credits_of(http: Http, kind: CreditKind, moment: datetime | None) -> Iterator[Page[SupplierCredit]]:
    return pages(http, CREDITS[kind], moment)


def bills_by_ids(http: Http, ids: Sequence[str]) -> Iterator[SupplierBill]:
    """Forty to a call, each once; sales among them are left out. FilterIgnoredError when Xero shows others."""
    for some in chunks(list(dict.fromkeys(ids)), IDS_PER_CALL, CHARACTERS_PER_CALL):
        wanted = {each.lower() for each in some}
        for raw in rows(http, {"IDs": ",".join(some)}):
            if _id_of(raw) not in wanted:
                raise FilterIgnoredError("Xero shows bills that were not asked for.")
            if raw.get("Type") == "ACCPAY":
                yield suppliers.bill(raw)


def _id_of(raw: Any) -> str:
    found = raw.get("InvoiceID") if isinstance(raw, dict) else None
    return found.lower() if isinstance(found, str) else ""
