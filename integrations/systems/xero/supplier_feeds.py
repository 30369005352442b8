"""Xero's lists of what suppliers are owed and paid, by change time, and bills by their ids."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.errors import FilterIgnoredError, GoneError, InvalidSourceError
from integrations.http import Http
from integrations.supplier_documents import (
    CREDIT_FEEDS,
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierOrder,
    SupplierPayment,
)
from integrations.systems.paging import Page
from integrations.systems.xero import suppliers
from integrations.systems.xero.incremental import Sweep, envelope, pages
from integrations.systems.xero.lookup import CHARACTERS_PER_CALL, IDS_PER_CALL, chunks, rows
from integrations.systems.xero.parse import unreadable
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


FEEDS: Mapping[str, Sweep[Any]] = {
    "supplier-orders": ORDERS,
    "supplier-bills": BILLS,
    "supplier-payments": PAYMENTS,
    **{CREDIT_FEEDS[kind]: sweep for kind, sweep in CREDITS.items()},
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
    yield from map(suppliers.bill, _raw_bills(http, ids))


def _raw_bills(http: Http, ids: Sequence[str]) -> Iterator[Any]:
    for some in chunks(list(dict.fromkeys(ids)), IDS_PER_CALL, CHARACTERS_PER_CALL):
        wanted = {each.lower() for each in some}
        for raw in rows(http, {"IDs": ",".join(some)}):
            if _id_of(raw) not in wanted:
                raise FilterIgnoredError("Xero shows bills that were not asked for.")
            if raw.get("Type") == "ACCPAY":
                yield raw


def rows_of(http: Http, feed: str, ids: Sequence[str]) -> Page[Any]:
    """Those of a feed with these ids, as its list shows them; what cannot be read stands in for itself."""
    sweep = FEEDS[feed]
    raws = list(_raw_bills(http, ids) if sweep is BILLS else _one_by_one(http, sweep, ids))
    found = [_read(sweep, raw) for raw in raws]
    return Page(found, raws, 1, last=True)


def _one_by_one(http: Http, sweep: Sweep[Any], ids: Sequence[str]) -> Iterator[Any]:
    for each in dict.fromkeys(ids):
        try:
            answer = http.read(f"{sweep.path}/{each}", template=f"{sweep.path}/{{id}}")
        except GoneError:
            continue
        shown, _ = envelope(answer.json(), sweep.plural, answer.url_template)
        yield from (raw for raw in shown if isinstance(raw, dict))


def _read(sweep: Sweep[Any], raw: Any) -> Any:
    try:
        return sweep.parse(raw)
    except InvalidSourceError as error:
        return unreadable(raw, error, key=sweep.key)


def _id_of(raw: Any) -> str:
    found = raw.get("InvoiceID") if isinstance(raw, dict) else None
    return found.lower() if isinstance(found, str) else ""
