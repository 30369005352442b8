"""Procurify's JSON, fresh or stored, to documents. Pure; InvalidSourceError names the exact field."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integrations.documents import (
    Allocation,
    Card,
    ExtraCost,
    HeaderAmount,
    Line,
    LineKind,
    OrderState,
    PurchaseOrder,
    PurchaseOrderSummary,
    Tax,
    Unreadable,
    Vendor,
    VendorKind,
)
from integrations.errors import InvalidSourceError
from integrations.systems.exact_json import dumps, loads
from integrations.systems.procurify import shapes
from integrations.systems.reading import read

__all__ = ["allocation", "dumps", "line_tax", "loads", "order", "order_summary", "short", "unreadable", "vendor"]

ZERO = Decimal(0)
STATES = {
    None: OrderState.UNSTATED,
    0: OrderState.OPEN,
    1: OrderState.CANCELLED,
    2: OrderState.LEGACY,
    3: OrderState.CLOSED,
    4: OrderState.PAID,
    5: OrderState.OPEN,
}
LINE_KINDS = {None: LineKind.ONE_TIME, 0: LineKind.ONE_TIME, 1: LineKind.RECURRING, 2: LineKind.BLANKET}
VENDOR_KINDS = {
    1: VendorKind.ONE_TIME,
    3: VendorKind.PREFERRED,
    4: VendorKind.REGULAR,
    5: VendorKind.EMPLOYEE,
    6: VendorKind.CARD_PROVIDER,
}
# Older orders write the kind of a tax as a number (seen in the published types, 2026-10).
PERCENT = frozenset({"percent", "0", 0})


def order_summary(raw: Mapping[str, Any]) -> PurchaseOrderSummary:
    """A row of the order list."""
    return _summary(read(shapes.OrderHeader, raw, name_of(raw)))


def order(raw: Mapping[str, Any]) -> PurchaseOrder:
    """The `data` of an order's detail, as read or as stored."""
    shape = read(shapes.OrderDetail, raw, name_of(raw))
    lines = tuple(_line(line) for line in shape.lines)
    return PurchaseOrder(
        summary=_summary(shape, _free_vendor_name(shape.lines)),
        lines=lines,
        extra_costs=_extra_costs(shape),
        tax=_header_amount(shape.tax),
        discount=_header_amount(shape.discount),
        subtotal=shape.subtotal,
        card=_card(shape.card) if shape.card else None,
        approved_on=max((line.approved_on for line in lines if line.approved_on), default=None),
        approved_by=_approver(shape.lines),
        created_by=_creator(shape),
    )


def vendor(raw: Mapping[str, Any], currencies: Mapping[str, str] | None = None) -> Vendor:
    """A vendor of the list or detail. `currencies` turns Procurify's currency ids into ISO codes."""
    shape = read(shapes.VendorShape, raw, f"Vendor {short(raw, 'id')}")
    texts = {
        "contact": shape.contact, "phone": shape.phone, "street": shape.street, "street_two": shape.street_two,
        "city": shape.city, "state_province": shape.state_province, "postal_code": shape.postal_code,
    }  # fmt: skip
    currency = str(shape.currency) if shape.currency is not None else ""
    return Vendor(
        source_id=str(shape.id),
        name=shape.name,
        emails=tuple(shape.email or ()),
        kind=VENDOR_KINDS.get(shape.type, VendorKind.OTHER),
        active=shape.active,
        currency=(currencies or {}).get(currency, ""),
        country=shape.country or "",
        external_ref=shape.external_id or "",
        modified_at=shape.date_modified,
        fields={"currency_id": currency} | {name: text for name, text in texts.items() if text},
        cards=tuple(short(card, "id") for card in shape.cards or () if short(card, "id")),
    )


def unreadable(raw: Any, error: InvalidSourceError, *, key: str = "procurify_PO") -> Unreadable:
    """The row that could not be read, by whatever of its id and number can be."""
    return Unreadable(short(raw, key), error.field, str(error)[:500], short(raw, "number"))


def name_of(raw: Any) -> str:
    return f"Order {short(raw, 'number') or short(raw, 'procurify_PO') or '(without number)'}"


def short(raw: Any, key: str) -> str:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    good = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:100].replace("\x00", "") if good else ""


def _summary(shape: shapes.OrderHeader, free_name: str = "") -> PurchaseOrderSummary:
    return PurchaseOrderSummary(
        source_id=str(shape.id),
        number=shape.number,
        version=str(shape.version),
        state=STATES[shape.state],
        active=shape.active,
        date=shape.date,
        modified_at=shape.last_modified,
        vendor=_order_vendor(shape, free_name),
        currency=shape.currency.name,
        total=shape.total,
        has_blanket_lines=bool(shape.has_blanket_order_items),
        base_rate=rate(shape.currency),
    )


def rate(currency: shapes.Currency) -> Decimal | None:
    """Base currency per unit, as typed in by the customer (documentation of currencies, 2025): for limits only."""
    rate = currency.rate
    return rate.quantize(Decimal("0.00000001")) if rate is not None and 0 < rate < 10**9 else None


def _card(shape: shapes.CardShape) -> Card:
    found = shape.provider
    provider = Vendor(str(found.id), found.name, kind=VendorKind.CARD_PROVIDER, active=found.active) if found else None
    return Card(str(shape.id or ""), shape.full_name, provider)


def _order_vendor(shape: shapes.OrderHeader, free_name: str) -> Vendor:
    """Vendor 1 `OTHER` is a placeholder: the real name is free text on the lines (2026-10)."""
    found = shape.vendor
    kind = VENDOR_KINDS.get(found.type, VendorKind.OTHER) if found else VendorKind.ONE_TIME
    if found is None:
        return Vendor("", free_name or shape.vendor_name or "", kind=kind)
    name = free_name if free_name and kind is VendorKind.ONE_TIME else found.name
    return Vendor(str(found.id), name, kind=kind, active=found.active, country=found.country or "")


def _free_vendor_name(lines: Iterable[shapes.OrderLine]) -> str:
    return next((line.vendor_text for line in lines if line.vendor_text), "")


def _line(shape: shapes.OrderLine) -> Line:
    return Line(
        source_id=str(shape.id),
        description=shape.name,
        quantity=shape.quantity,
        unit=shape.unit or "",
        price=shape.price,
        amount=shape.total_cost,
        allocations=_allocations(shape),
        taxes=tuple(map(line_tax, shape.taxes)) if shape.taxes else (),
        tax_amount=shape.tax_amount or ZERO,
        shipping=shape.shipping_amount or ZERO,
        currency=shape.currency.name if shape.currency else "",
        item_code=shape.sku or "",
        kind=LINE_KINDS[shape.type],
        received=shape.received or ZERO,
        approved_on=shape.approved,
    )


def _allocations(shape: shapes.OrderLine) -> tuple[Allocation, ...]:
    """Split coding where there is one, else the line's own account for the whole of it."""
    if shape.spend_allocation:
        return tuple(allocation(part.amount, part.account, "") for part in shape.spend_allocation)
    return (allocation(shape.total_cost, shape.account, shape.account_code_copy or ""),)


def allocation(amount: Decimal, account: shapes.BudgetAccount | None, code_copy: str) -> Allocation:
    code = account.account_code.code if account and account.account_code else code_copy
    department = account.department if account else None
    branch = department.branch if department else None
    return Allocation(
        amount,
        code,
        str(department.id) if department and department.id is not None else "",
        department.name if department else "",
        str(branch.id) if branch and branch.id is not None else "",
        branch.name if branch else "",
    )


def line_tax(shape: shapes.LineTax) -> Tax:
    name = (shape.name or "").strip() or "Tax"
    return Tax(name, percent=shape.value) if shape.type in PERCENT else Tax(name, amount=shape.value)


def _extra_costs(shape: shapes.OrderDetail) -> tuple[ExtraCost, ...]:
    named = (("Freight", shape.freight), ("Other", shape.other))
    return tuple(ExtraCost(name, amount) for name, amount in named if amount)


def _header_amount(shape: shapes.HeaderFigure | None) -> HeaderAmount:
    return HeaderAmount(shape.value, shape.type != "amount") if shape else HeaderAmount()


def _approver(lines: Iterable[shapes.OrderLine]) -> str:
    """Who took the latest step of the approval history (A97); "" where Procurify shows none."""
    steps = [step for line in lines for step in line.approval_history or () if step.user and step.moment]
    latest = max(steps, key=lambda step: step.moment.timestamp() if step.moment else 0.0, default=None)
    return latest.user.full_name if latest and latest.user else ""


def _creator(shape: shapes.OrderDetail) -> str:
    """The person who asked for the items, if it was one; else who made the order of them."""
    askers = {line.requester.full_name for line in shape.lines if line.requester}
    return askers.pop() if len(askers) == 1 else shape.purchaser.full_name if shape.purchaser else ""
