"""The source document of a record's page, in words: header, lines, extra costs, people."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.days import in_full
from integrations.documents import Allocation, HeaderAmount, Line, PurchaseOrder, Tax
from integrations.errors import InvalidSourceError, unreadable
from integrations.models import Record
from integrations.money import figure
from integrations.source_documents import SupplierBill
from integrations.supplier_documents import SupplierBill as SupplierBillRead
from integrations.supplier_documents import SupplierLine, SupplierOrder
from integrations.systems import system

FORGOTTEN = (
    "Its text was deleted after the time that this installation keeps it. What was posted, and who approved it, stands "
    "on the page of its evidence; replaying reads it again from the source."
)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the source document in words, with the accounts it is charged to."""

    description: str
    quantity: str
    price: str
    taxes: str
    amount: str
    charged_to: list[str]


@dataclass(frozen=True, slots=True)
class SourceView:
    """The source document as last read; `problem` says why there are no lines."""

    problem: str = ""
    header: list[tuple[str, str]] = field(default_factory=list)
    lines: list[SourceLine] = field(default_factory=list)
    extras: list[tuple[str, str]] = field(default_factory=list)
    total: str = ""
    people: list[tuple[str, str]] = field(default_factory=list)


def source_view(record: Record) -> SourceView:
    """The stored payload in words; a payload that cannot be read says which field and why."""
    document = record.document
    if record.flow == "vendors":
        return SourceView("A vendor has no lines; its fields on both sides stand on its own page under Vendors.")
    if document.unreadable_field or document.unreadable_reason:
        return _unreadable(unreadable(document.unreadable_reason, document.unreadable_field))
    if not document.detail and document.detail_fingerprint:
        return SourceView(FORGOTTEN)
    if not document.detail:
        return SourceView("Its lines have not been read yet; the list it came from has none.")
    try:
        read = _read(record)
    except InvalidSourceError as error:
        return _unreadable(error.told)
    return supplier_view(read) if isinstance(read, (SupplierOrder, SupplierBillRead)) else _view(read)


def _unreadable(why: str) -> SourceView:
    return SourceView(f"It cannot be read: {why.rstrip('.')}.")


def _read(record: Record) -> Any:
    """By the source's own reader of this feed. An order or a supplier's bill: they share what is shown here."""
    parse: Any = system(record.integration.source.system).load_parse()
    raw = parse.loads(record.document.detail)
    by_feed = getattr(parse, "document", None)
    return by_feed(record.document.feed, raw) if by_feed else parse.order(raw)


def _view(document: Any) -> SourceView:
    summary = document.summary
    extras = [(cost.name, figure(cost.amount)) for cost in document.extra_costs]
    if isinstance(document, PurchaseOrder):
        extras += _header("Tax", document.tax) + _header("Discount", document.discount)
    header = (
        ("Vendor", summary.vendor.name),
        ("Paid with the card", document.card.name if document.card else ""),
        ("Its provider", document.card.provider.name if document.card and document.card.provider else ""),
        ("Number", summary.number),
        ("Date", str(summary.date or "")),
        ("Due", str(getattr(summary, "due_date", None) or "")),
        ("Currency", summary.currency),
        ("State", str(summary.state.value)),
    )
    people = (
        ("Ordered by", document.created_by),
        ("Approved by", document.approved_by),
        ("Approved on", str(document.approved_on or "")),
    )
    return SourceView(
        header=[(name, value) for name, value in header if value],
        lines=[_line(line) for line in document.lines],
        extras=extras,
        total=f"{figure(summary.total)} {summary.currency}",
        people=[(name, value) for name, value in (*people, *_payment(document)) if value],
    )


def supplier_view(document: SupplierOrder | SupplierBillRead) -> SourceView:
    """An order or a bill of the books, with what was paid and credited of it."""
    bill = document if isinstance(document, SupplierBillRead) else None
    day = ("Due", document.due_date) if isinstance(document, SupplierBillRead) else ("Delivery", document.delivery)
    header = (
        ("Vendor", document.contact_name),
        ("Number", document.number),
        ("Date", str(document.date or "")),
        (day[0], str(day[1] or "")),
        ("Currency", document.currency),
        ("State", document.status_word.capitalize()),
    )
    return SourceView(
        header=[(name, value) for name, value in header if value],
        lines=[_supplier_line(line) for line in document.lines],
        extras=[("Tax", figure(document.tax))] if document.tax else [],
        total=f"{figure(document.total)} {document.currency}",
        people=_settled(bill) if bill else [],
    )


def _settled(bill: SupplierBillRead) -> list[tuple[str, str]]:
    paid = [("Paid", f"{figure(part.amount)} {bill.currency} on {in_full(part.date)}") for part in bill.payments]
    return paid + [(part.kind.capitalize(), f"{figure(part.amount)} {bill.currency}") for part in bill.credits]


def _supplier_line(line: SupplierLine) -> SourceLine:
    return SourceLine(
        description=line.description,
        quantity=_number(line.quantity),
        price=figure(line.price),
        taxes=f"{line.tax_code} {figure(line.tax)}".strip() if line.tax else "none",
        amount=figure(line.net),
        charged_to=[
            " · ".join(word for word in (line.account, line.item, *(each.option for each in line.tracking)) if word)
        ],
    )


def _payment(document: Any) -> list[tuple[str, str]]:
    """The orders a bill names, and what procurement says of its payment (A33)."""
    if not isinstance(document, SupplierBill):
        return []
    orders, payment = ("Bills orders", ", ".join(document.order_numbers.values())), document.payment
    if payment is None:
        return [
            orders,
            ("Payment", f"marked as paid on {in_full(document.paid_on)}" if document.is_paid else "none yet"),
        ]
    when = f" on {payment.day}" if payment.day else ""
    share = f"{figure(payment.share)} of {figure(payment.total)} {document.summary.currency}"
    return [orders, ("Payment", f"{payment.reference or payment.payment}: {payment.status}{when}, {share}")]


def _header(name: str, amount: HeaderAmount) -> list[tuple[str, str]]:
    if not amount.value:
        return []
    return [(name, f"{amount.value.normalize():f} %" if amount.is_percentage else figure(amount.value))]


def _line(line: Line) -> SourceLine:
    return SourceLine(
        description=line.description,
        quantity=f"{_number(line.quantity)} {line.unit}".strip(),
        price=figure(line.price),
        taxes=", ".join(_tax(tax) for tax in line.taxes) or "none",
        amount=figure(line.amount),
        charged_to=[_charged(part, alone=len(line.allocations) == 1) for part in line.allocations],
    )


def _charged(part: Allocation, *, alone: bool) -> str:
    where = [part.account_code or "no account code", part.department_name, part.location_name]
    words = " · ".join(word for word in where if word)
    return words if alone else f"{words}: {figure(part.amount)}"


def _tax(tax: Tax) -> str:
    """The name says the percentage often enough itself: “GST 5%”."""
    if tax.percent is not None:
        percent = f"{_number(tax.percent)}%"
        return tax.name if percent in tax.name.replace(" %", "%") else f"{tax.name} {percent}".strip()
    return f"{tax.name} {figure(tax.amount)}".strip()


def _number(number: Decimal) -> str:
    return f"{number.normalize():f}"
