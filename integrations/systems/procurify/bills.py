"""Procurify's bills to documents. Pure; InvalidSourceError names the exact field.

`id` and `uuid` name one version of a bill; `group` stays the same across versions (API reference, 2026-10).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integrations.documents import Allocation, Card, ExtraCost, Line, Tax, Unreadable, Vendor, VendorKind
from integrations.errors import InvalidSourceError
from integrations.source_documents import (
    PaidWith,
    SupplierBill,
    SupplierBillKind,
    SupplierBillState,
    SupplierBillSummary,
)
from integrations.systems.procurify import bill_shapes as shapes
from integrations.systems.procurify.parse import VENDOR_KINDS, allocation, line_tax, rate, short
from integrations.systems.reading import read

ZERO = Decimal(0)
STATES = {
    0: SupplierBillState.DRAFT,
    1: SupplierBillState.SUBMITTED,
    2: SupplierBillState.APPROVED,
    3: SupplierBillState.DENIED,
    4: SupplierBillState.PAID,
    5: SupplierBillState.WITHDRAWN,
    6: SupplierBillState.APPROVED,
    7: SupplierBillState.APPROVED,
    8: SupplierBillState.APPROVED,
}
KINDS = {0: SupplierBillKind.ORDER, 1: SupplierBillKind.EXPENSE, 2: SupplierBillKind.CARD}
APPROVED, MARKED_PAID = 2, 4
PAID = 5  # of a payment
PAYMENT_STATUSES = (
    "draft", "confirmed", "approved", "denied", "void", "paid", "partly paid", "processing", "failed", "scheduled",
)  # fmt: skip


def bill_summary(raw: Mapping[str, Any]) -> SupplierBillSummary:
    """A row of the bill list."""
    return _summary(read(shapes.BillHeader, raw, name_of(raw)))


def bill(raw: Mapping[str, Any]) -> SupplierBill:
    """The `data` of a bill's detail, as read or as stored."""
    shape = read(shapes.BillDetail, raw, name_of(raw))
    approval = _approval(shape.steps or ())
    return SupplierBill(
        summary=_summary(shape),
        lines=tuple(map(_line, shape.items)),
        extra_costs=tuple(ExtraCost(cost.name, cost.amount, _cost_part(cost)) for cost in shape.costs or ()),
        total_with_tax=shape.total_with_tax,
        invoice_total=shape.invoice_total or None,
        order_numbers=_order_numbers(shape),
        payment_terms=shape.payment_terms or "",
        payment=_payment(shape.bill_payment),
        card=Card(str(shape.card), shape.card_name or "") if shape.card is not None else None,
        active=shape.active,
        approved_on=approval.date if approval else None,
        approved_by=approval.user.full_name if approval and approval.user else "",
        created_by=shape.creator.full_name if shape.creator else "",
        marked_paid_on=next((step.date for step in reversed(shape.steps or []) if step.status == MARKED_PAID), None),
    )


def unreadable(raw: Any, error: InvalidSourceError) -> Unreadable:
    """The row that could not be read, by whatever of its identity and number can be."""
    identity = short(raw, "group") or short(raw, "uuid").replace("-", "")
    return Unreadable(identity, error.field, str(error)[:500], short(raw, "invoice_number"))


def name_of(raw: Any) -> str:
    return f"Bill {short(raw, 'invoice_number') or short(raw, 'id') or '(without number)'}"


def read_by(uuid: str) -> str:
    """The detail is asked for by 32 hex digits, which every version of the API takes (2026-10)."""
    return uuid.replace("-", "").lower()


def _summary(shape: shapes.BillHeader) -> SupplierBillSummary:
    given = " ".join((shape.invoice_number or "").split())
    identity = str(shape.group) if shape.group is not None else read_by(shape.uuid)
    return SupplierBillSummary(
        source_id=identity,
        read_by=read_by(shape.uuid),
        number=given or f"NONUM-{identity}",
        version=str(shape.version),
        state=STATES[shape.status],
        kind=KINDS[shape.type],
        date=shape.invoice_date,
        due_date=shape.due_date,
        posting_date=shape.gl_post_date,
        modified_at=shape.last_modified,
        vendor=_vendor(shape),
        currency=shape.currency.name,
        total=shape.invoice_total or shape.total_with_tax,
        has_number=bool(given),
        base_rate=rate(shape.currency),
    )


def _vendor(shape: shapes.BillHeader) -> Vendor:
    found = shape.vendor
    kind = VENDOR_KINDS.get(found.type, VendorKind.OTHER)
    return Vendor(str(found.id), found.name, kind=kind, active=found.active, country=found.country or "")


def _line(shape: shapes.Item) -> Line:
    """Where the quantity means nothing, because it is billed by cost, it is one (2026-10)."""
    by_cost = shape.by_cost or not shape.quantity
    quantity = Decimal(1) if by_cost else shape.quantity or Decimal(1)
    tax = shape.tax_amount or ZERO
    # An inclusive item is documented as net already; where its total with tax is no more, it is not (2026-10).
    gross = shape.tax_is_inclusive and bool(tax) and shape.total_with_tax == shape.total_cost
    return Line(
        source_id=str(shape.id),
        description=shape.description,
        quantity=quantity,
        unit=shape.unit or "",
        price=shape.total_cost if by_cost or shape.unit_cost is None else shape.unit_cost,
        amount=shape.total_cost,
        allocations=tuple(allocation(part.amount, part.budget, "") for part in shape.parts),
        taxes=_taxes(shape),
        tax_amount=tax,
        tax_inclusive=gross,
        shipping=shape.shipping_amount or ZERO,
        currency=shape.currency.name if shape.currency else "",
        item_code=shape.sku or "",
        order=str(shape.po.id) if shape.po else "",
        order_item=str(shape.order_item.id) if shape.order_item else "",
    )


def _taxes(shape: shapes.Item) -> tuple[Tax, ...]:
    """A bill names one tax and one percentage; the ordered item's own set is used where it comes to the same."""
    percent = shape.tax_percentage
    if percent is None and not shape.tax_name and not shape.tax_amount:
        return ()
    ordered = tuple(line_tax(tax) for tax in (shape.order_item.taxes if shape.order_item else None) or ())
    percents = [tax.percent for tax in ordered]
    if len(percents) > 1 and None not in percents and sum((each or ZERO for each in percents), ZERO) == percent:
        return ordered
    name = (shape.tax_name or "").strip() or "Tax"
    return (Tax(name, percent=percent) if percent is not None else Tax(name, amount=shape.tax_amount),)


def _cost_part(cost: shapes.Cost) -> Allocation | None:
    return allocation(cost.part.amount, cost.part.budget, "") if cost.part else None


def _order_numbers(shape: shapes.BillDetail) -> dict[str, str]:
    """By id the number of every order that the bill names, on its head or on an item."""
    named = [*(shape.orders or ()), *(item.po for item in shape.items if item.po)]
    return {str(order.id): order.number or str(order.id) for order in named}


def _approval(steps: Iterable[shapes.Step]) -> shapes.Step | None:
    """The latest step to approved."""
    return next((step for step in reversed(list(steps)) if step.status == APPROVED), None)


def _payment(shape: shapes.BillPayment | None) -> PaidWith | None:
    if shape is None or shape.payment is None:
        return None
    payment = shape.payment
    known = 0 <= payment.status < len(PAYMENT_STATUSES)
    return PaidWith(
        payment=str(payment.id),
        share=shape.amount,
        total=payment.amount,
        paid=payment.status == PAID,
        status=PAYMENT_STATUSES[payment.status] if known else f"status {payment.status}",
        day=payment.payment_date,
        reference=payment.reference_number or "",
    )
