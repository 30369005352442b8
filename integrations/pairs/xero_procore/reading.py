"""What the books hold of suppliers, as this pair reads it: a bill with everything that settled or credited it."""

from collections.abc import Iterable, Mapping
from datetime import date

from integrations.documents import Vendor
from integrations.errors import InvalidSourceError
from integrations.pairs.xero_procore.documents import (
    AppliedCredit,
    Bill,
    BillStatus,
    Order,
    OrderStatus,
    Payment,
    PaymentKind,
    SourceLine,
    TaxMode,
)
from integrations.supplier_documents import (
    CreditedPart,
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierLine,
    SupplierOrder,
    SupplierPayment,
)

# Both were paid before the bill was, and count from the day they were applied to it (A89).
PAID_AHEAD = {CreditKind.PREPAYMENT: PaymentKind.PREPAYMENT, CreditKind.OVERPAYMENT: PaymentKind.OVERPAYMENT}


def order(read: SupplierOrder) -> Order:
    """Raises InvalidSourceError for an order without a date, which no period could take."""
    return Order(
        source_id=read.source_id,
        number=read.number,
        status=OrderStatus(read.status_word.lower()),
        vendor=Vendor(read.contact, read.contact_name),
        date=_day(read.date, f"Order {read.number}"),
        currency=read.currency,
        tax_mode=TaxMode.EXCLUSIVE,
        lines=tuple(map(_line, read.lines)),
        net=read.net,
        tax=read.tax,
        total=read.total,
        delivery_date=read.delivery,
        reference=read.reference,
    )


def bill(
    read: SupplierBill, *, payments: Iterable[SupplierPayment] = (), credits: Mapping[str, SupplierCredit] | None = None
) -> Bill:
    """`payments` are those known of this bill, for the ones that were taken back; `credits` by their ids, all that
    the bill shows. Raises InvalidSourceError for a credit that is not among them and for a bill without a date."""
    known = credits or {}
    notes = [part for part in read.credits if part.kind is CreditKind.NOTE]
    ahead = [part for part in read.credits if part.kind in PAID_AHEAD]
    gone = [each for each in payments if each.removed and each.bill == read.source_id]
    return Bill(
        source_id=read.source_id,
        number=read.number,
        status=BillStatus(read.status_word.lower()),
        vendor=Vendor(read.contact, read.contact_name),
        date=_day(read.date, f"Bill {read.number}"),
        currency=read.currency,
        tax_mode=TaxMode.EXCLUSIVE,
        lines=tuple(map(_line, read.lines)),
        net=read.net,
        tax=read.tax,
        total=read.total,
        payments=(
            *(Payment(part.payment, part.date, part.amount) for part in read.payments),
            *(Payment(each.source_id, each.date, each.amount, deleted=True) for each in gone),
            *(paid for part in _once(ahead) for paid in _allocated(_credit(part, known), read.source_id)),
        ),
        credits=tuple(each for part in _once(notes) for each in _credited(_credit(part, known), read.source_id)),
        withheld=read.deducted,
    )


def unread(read: SupplierBill, credits: Mapping[str, SupplierCredit]) -> list[CreditedPart]:
    """The credits that have to be read before the bill says how it was settled."""
    return [part for part in read.credits if part.credit not in credits]


def _once(parts: Iterable[CreditedPart]) -> list[CreditedPart]:
    """A credit that was applied in parts stands on its bill once for each."""
    return list({part.credit: part for part in parts}.values())


def _credit(part: CreditedPart, known: Mapping[str, SupplierCredit]) -> SupplierCredit:
    if part.credit not in known:
        raise InvalidSourceError(f"The {part.kind.value} on this bill has not been read.", field=part.kind.value)
    return known[part.credit]


def _allocated(credit: SupplierCredit, bill_id: str) -> list[Payment]:
    kind = PAID_AHEAD[credit.kind]
    return [Payment(each.key, each.date, each.amount, kind) for each in credit.applied if each.bill == bill_id]


def _credited(credit: SupplierCredit, bill_id: str) -> list[AppliedCredit]:
    applied = (each for each in credit.applied if each.bill == bill_id)
    return [AppliedCredit(credit.source_id, credit.number, each.date, each.amount) for each in applied]


def _line(read: SupplierLine) -> SourceLine:
    """Lines are read without their tax, whatever the books show."""
    return SourceLine(
        line_id=read.line_id,
        description=read.description,
        amount=read.net,
        account=read.account,
        tax_amount=read.tax,
        tax_code=read.tax_code,
        item_code=read.item,
        quantity=read.quantity,
        price=read.price,
        tracking=read.tracking,
    )


def _day(day: date | None, named: str) -> date:
    if day is None:
        raise InvalidSourceError(f"{named} has no date.", field="Date")
    return day
