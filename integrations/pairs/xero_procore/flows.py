"""Where a document that was read of the books belongs, before anything else of it is known."""

from collections.abc import Callable
from dataclasses import replace

from integrations.errors import InvalidSourceError
from integrations.pairs.flow import Flow, Place, Verdict
from integrations.pairs.xero_procore import bills, orders, reading
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.supplier_documents import SupplierBill, SupplierOrder


def place_order(read: SupplierOrder, terms: ProjectTerms) -> Verdict:
    return _placed(lambda: orders.place(reading.order(read), terms))


def place_bill(read: SupplierBill, terms: ProjectTerms) -> Verdict:
    """What was credited is looked at once the credits are read; it decides nothing here."""
    return _placed(lambda: bills.place(reading.bill(replace(read, credits=())), terms))


def _placed(place: Callable[[], Verdict]) -> Verdict:
    try:
        return place()
    except InvalidSourceError as error:
        return Verdict(Place.HELD, error.told, error.reason)


ORDERS: Flow[SupplierOrder] = Flow(
    slug="purchase-orders",
    label="Purchase orders",
    feed="supplier-orders",
    kind="commitment",
    letter="p",
    place=place_order,
)
BILLS: Flow[SupplierBill] = Flow(
    slug="bills", label="Bills", feed="supplier-bills", kind="requisition", letter="r", place=place_bill
)
