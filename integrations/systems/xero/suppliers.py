"""Xero's JSON to what its books hold of suppliers. Pure; InvalidSourceError names the exact field."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.documents import BillStatus, Tracked
from integrations.errors import InvalidSourceError
from integrations.supplier_documents import (
    Applied,
    CreditedPart,
    CreditKind,
    PaidPart,
    SupplierBill,
    SupplierCredit,
    SupplierLine,
    SupplierOrder,
    SupplierOrderStatus,
    SupplierPayment,
)
from integrations.systems.reading import read
from integrations.systems.xero import supplier_shapes as shapes

ORDER_STATUSES = {
    "DRAFT": SupplierOrderStatus.DRAFT,
    "SUBMITTED": SupplierOrderStatus.DRAFT,
    "AUTHORISED": SupplierOrderStatus.APPROVED,
    "BILLED": SupplierOrderStatus.BILLED,
    "DELETED": SupplierOrderStatus.REMOVED,
}
BILL_STATUSES = {
    "DRAFT": BillStatus.DRAFT,
    "SUBMITTED": BillStatus.DRAFT,
    "AUTHORISED": BillStatus.IN_LEDGER,
    "PAID": BillStatus.IN_LEDGER,
    "VOIDED": BillStatus.REMOVED,
    "DELETED": BillStatus.REMOVED,
}
# Payments of bills, and what suppliers paid back of a credit; all others are sales (specification 16.1.0).
OF_SUPPLIERS = frozenset({"ACCPAYPAYMENT", "APCREDITPAYMENT", "APPREPAYMENTPAYMENT", "APOVERPAYMENTPAYMENT"})
INCLUSIVE = "Inclusive"


def order(raw: Mapping[str, Any]) -> SupplierOrder:
    """One of `PurchaseOrders`."""
    shape = read(shapes.Order, raw, name_of(raw, "Order", "PurchaseOrderNumber", "PurchaseOrderID"))
    return SupplierOrder(
        source_id=shape.order_id,
        version=_version(shape.updated),
        modified_at=shape.updated,
        number=shape.number or "",
        contact=shape.contact.contact_id,
        contact_name=shape.contact.name,
        status=_status(ORDER_STATUSES, shape.status),
        status_word=shape.status,
        date=shape.date,
        delivery=shape.delivery,
        currency=shape.currency,
        net=shape.net,
        tax=shape.tax,
        total=shape.total,
        reference=shape.reference or "",
        rate=shape.rate,
        lines=_lines(shape),
    )


def bill(raw: Mapping[str, Any]) -> SupplierBill:
    """One of `Invoices` of type ACCPAY, with its lines: from a paged list or by itself."""
    shape = read(shapes.Bill, raw, name_of(raw, "Bill", "InvoiceNumber", "InvoiceID"))
    credits = [
        *((CreditKind.NOTE, each.note, each.amount) for each in shape.notes or ()),
        *((CreditKind.PREPAYMENT, each.prepayment, each.amount) for each in shape.prepayments or ()),
        *((CreditKind.OVERPAYMENT, each.overpayment, each.amount) for each in shape.overpayments or ()),
    ]
    return SupplierBill(
        source_id=shape.bill_id,
        version=_version(shape.updated),
        modified_at=shape.updated,
        number=shape.number or "",
        contact=shape.contact.contact_id,
        contact_name=shape.contact.name,
        status=_status(BILL_STATUSES, shape.status),
        status_word=shape.status,
        date=shape.date,
        due_date=shape.due_date,
        currency=shape.currency,
        net=shape.net,
        tax=shape.tax,
        total=shape.total,
        paid=shape.paid,
        credited=shape.credited,
        due=shape.due,
        deducted=shape.deducted or Decimal(0),
        settled_on=shape.settled_on,
        rate=shape.rate,
        lines=_lines(shape),
        payments=tuple(PaidPart(each.payment_id, each.date, each.amount) for each in shape.payments or ()),
        credits=tuple(CreditedPart(kind, credit or "", amount) for kind, credit, amount in credits),
    )


def payment(raw: Mapping[str, Any]) -> SupplierPayment:
    """One of `Payments` of a supplier; the amount is in the bill's currency."""
    shape = read(shapes.Payment, raw, name_of(raw, "Payment", "PaymentID"))
    if shape.status not in ("AUTHORISED", "DELETED"):
        raise InvalidSourceError("Status is none that Xero documents.", field="Status")
    paid = shape.bill
    return SupplierPayment(
        source_id=shape.payment_id,
        version=_version(shape.updated),
        modified_at=shape.updated,
        bill=paid.bill_id if paid else "",
        bill_number=(paid and paid.number) or "",
        contact=paid.contact.contact_id if paid and paid.contact else "",
        date=shape.date,
        amount=shape.amount,
        currency=(paid and paid.currency) or "",
        removed=shape.status == "DELETED",
        reference=shape.reference or "",
        rate=shape.rate,
        batch=shape.batch or "",
    )


def is_of_supplier(raw: Mapping[str, Any]) -> bool:
    """What cannot be told is read, and then named by its field."""
    kind = raw.get("PaymentType")
    return not isinstance(kind, str) or kind in OF_SUPPLIERS


def credit(kind: CreditKind) -> Callable[[Mapping[str, Any]], SupplierCredit]:
    """The reader of one of `CreditNotes`, `Prepayments` or `Overpayments`."""

    def parse(raw: Mapping[str, Any]) -> SupplierCredit:
        shape = read(shapes.Credit, raw, name_of(raw, kind.value.capitalize(), "CreditNoteNumber", "ID"))
        ids = {
            CreditKind.NOTE: shape.note,
            CreditKind.PREPAYMENT: shape.prepayment,
            CreditKind.OVERPAYMENT: shape.overpayment,
        }
        if not ids[kind]:
            raise InvalidSourceError(f"A {kind.value} without an id.", field="ID")
        return SupplierCredit(
            source_id=ids[kind] or "",
            kind=kind,
            version=_version(shape.updated),
            modified_at=shape.updated,
            number=shape.number or shape.reference or "",
            contact=shape.contact.contact_id,
            contact_name=shape.contact.name,
            status=_status(BILL_STATUSES, shape.status),
            status_word=shape.status,
            date=shape.date,
            currency=shape.currency,
            total=shape.total,
            remaining=shape.remaining,
            applied=tuple(_applied(shape.allocations or (), ids[kind] or "")),
        )

    return parse


def _applied(allocations: Iterable[shapes.Allocation], credit_id: str) -> list[Applied]:
    """Without an id of its own a part is known by its credit, its bill, its day and its place among those."""
    found: list[Applied] = []
    for each in allocations:
        if each.is_deleted:
            continue
        alike = sum((one.bill, one.date) == (each.bill.bill_id, each.date) for one in found)
        key = each.allocation_id or f"{credit_id}/{each.bill.bill_id}/{each.date}/{alike}"
        found.append(Applied(key, each.bill.bill_id, each.date, each.amount))
    return found


def _status(known: Mapping[str, Any], word: str) -> Any:
    if word not in known:
        raise InvalidSourceError("Status is none that Xero documents.", field="Status")
    return known[word]


def _version(updated: datetime) -> str:
    return str(round(updated.timestamp() * 1000))


def _lines(shape: shapes.Document) -> tuple[SupplierLine, ...]:
    return tuple(_line(line, inclusive=shape.amounts == INCLUSIVE) for line in shape.lines)


def _line(shape: shapes.Line, *, inclusive: bool) -> SupplierLine:
    return SupplierLine(
        line_id=shape.line_id,
        description=shape.description or "",
        quantity=shape.quantity,
        price=shape.price,
        net=shape.amount - shape.tax_amount if inclusive else shape.amount,
        tax=shape.tax_amount,
        tax_code=shape.tax_type or "",
        account=shape.account or "",
        item=shape.item or "",
        tracking=tuple(_tracked(shape.tracking or ())),
    )


def _tracked(refs: Iterable[Any]) -> list[Tracked]:
    """Options by name: lists leave their ids out."""
    return [Tracked(each.category_id or each.name, each.option or each.option_id or "") for each in refs]


def name_of(raw: Any, kind: str, *keys: str) -> str:
    named = (raw.get(key) for key in keys) if isinstance(raw, Mapping) else ()
    return f"{kind} {next((each[:100] for each in named if isinstance(each, str) and each), '(without number)')}"
