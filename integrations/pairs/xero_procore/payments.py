"""What the payments of a bill are on its project's basis (A84, A85)."""

from collections.abc import Mapping
from decimal import Decimal

from integrations.money import ZERO, figure, rounded, unit_of
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore.documents import Bill, Payment, PaymentKind, payment_reference
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import ContractPayment, StoredRequisition


def shares(bill: Bill, requisition: Decimal, posted: Mapping[str, Decimal], unit: Decimal) -> dict[str, Decimal]:
    """What each standing payment that is not posted yet comes to, by its id; one that comes to nothing is left out.

    After each payment the sum is all that was paid x requisition / bill total, rounded once, and exactly the
    requisition when the bill is settled: rounding each payment by itself could come to more than was requisitioned.
    What is posted keeps its amount, whatever is paid or taken back later.
    """
    standing = bill.standing_payments
    taken = sum((posted[each.payment_id] for each in standing if each.payment_id in posted), ZERO)
    paid = sum((each.amount for each in standing if each.payment_id in posted), ZERO)
    found: dict[str, Decimal] = {}
    for payment in standing:
        if payment.payment_id in posted:
            continue
        paid += payment.amount
        due = requisition if paid >= bill.total else rounded(paid * requisition / bill.total, unit)
        if due > taken:
            found[payment.payment_id] = due - taken
            taken = due
    return found


def contract_payments(
    bill: Bill, requisition: StoredRequisition, posted: Mapping[str, Decimal], terms: ProjectTerms
) -> tuple[ContractPayment, ...] | Hold:
    """Those still to be written, oldest first; `posted` is what each payment of the bill stands for there."""
    paid = sum((each.amount for each in bill.standing_payments), ZERO)
    if paid > bill.total or any(each.amount <= 0 for each in bill.standing_payments):
        return Hold(
            "invalid-source", f"Payments of {figure(paid)} {bill.currency} are said of a bill of {figure(bill.total)}."
        )
    unit = unit_of(bill.currency, terms.target_decimals)
    mine = shares(bill, requisition.total, posted, unit)
    return tuple(
        _written(bill, payment, requisition, mine[payment.payment_id], terms)
        for payment in bill.standing_payments
        if payment.payment_id in mine
    )


def _written(
    bill: Bill, payment: Payment, requisition: StoredRequisition, amount: Decimal, terms: ProjectTerms
) -> ContractPayment:
    kind = "Payment" if payment.kind is PaymentKind.PAYMENT else f"Allocated {payment.kind}"
    said = f"{kind} of {figure(payment.amount)} {bill.currency} in {terms.source_label}"
    return ContractPayment(
        project=requisition.project,
        commitment=requisition.commitment,
        requisition=requisition.target_id,
        reference=payment_reference(payment.payment_id),
        amount=amount,
        date=payment.date,
        number=bill.number,
        invoice_date=bill.date,
        notes=f"{said}: {payment.reference}" if payment.reference else said,
    )
