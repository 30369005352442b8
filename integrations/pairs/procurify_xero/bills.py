"""Where a supplier's bill belongs: `place` tells from the list's row alone, `judge` from the bill with its lines."""

from datetime import date

from integrations.days import in_full
from integrations.money import figure
from integrations.pairs.flow import ALONE, GOES_ON, Around, Place, Terms, Verdict
from integrations.pairs.procurify_xero import payees
from integrations.source_documents import SupplierBill, SupplierBillKind, SupplierBillState, SupplierBillSummary

_GONE = {
    SupplierBillState.DENIED: "The bill was denied in procurement.",
    SupplierBillState.WITHDRAWN: "The bill was withdrawn in procurement.",
}
_EARLY = (SupplierBillState.DRAFT, SupplierBillState.SUBMITTED)


def place(bill: SupplierBillSummary, terms: Terms) -> Verdict:
    """What the list's row alone tells. It was approved no later than it was changed last, which bounds its approval."""
    if bill.state in _GONE:
        return Verdict(Place.WITHDRAWN, _GONE[bill.state])
    if bill.state in _EARLY:
        return Verdict(Place.NOT_APPROVED, f"In procurement it is {bill.state}, not approved.")
    if bill.date is not None and bill.date < terms.start_date and bill.modified_at.date() < terms.start_date:
        return Verdict(Place.BEFORE_START, f"Dated and approved before the start date {in_full(terms.start_date)}.")
    if bill.kind is not SupplierBillKind.ORDER and not terms.include_card_orders:
        return Verdict(Place.EXCLUDED, payees.left_out(bill.kind))
    return GOES_ON


def judge(bill: SupplierBill, terms: Terms, around: Around = ALONE) -> Verdict:
    """What only the lines can tell (A4, A23, A30 to A33, A35, A41, A64)."""
    if not bill.active:
        return Verdict(Place.WITHDRAWN, "The bill is no longer active in procurement.")
    if terms.bills_from == "orders":
        return _excluded(bill)
    dates = _judge_dates(bill, terms)
    if dates is not GOES_ON:
        return dates
    owed = payees.judge(bill, terms) if payees.concerns(bill) else payees.judge_supplier(bill)
    for verdict in (owed, _judge_figures(bill, terms), _judge_payment(bill, terms, around)):
        if verdict is not GOES_ON:
            return verdict
    return GOES_ON


def _excluded(bill: SupplierBill) -> Verdict:
    """Bills are compared only; one without an order is named, since nobody else posts it (A4)."""
    if any(line.order for line in bill.lines):
        return Verdict(Place.EXCLUDED, "Bills are read for comparison only: bills come from purchase orders.")
    return Verdict(
        Place.EXCLUDED, "It belongs to no order, and bills come from purchase orders: nothing of it is posted."
    )


def _judge_dates(bill: SupplierBill, terms: Terms) -> Verdict:
    """Before the start is only what was dated and approved before it (A64)."""
    day, approved = bill.summary.date, bill.approved_on
    if day is None:
        return Verdict(Place.HELD, "The bill has no invoice date. Enter it at the source.", "invalid-source")
    if approved is None or (day < terms.start_date) == (approved < terms.start_date):
        return _early(terms) if day < terms.start_date and approved is not None else GOES_ON
    dated = f"Dated {in_full(day)} and approved on {in_full(approved)}"
    said = f"{dated}: the start date {in_full(terms.start_date)} lies between."
    return Verdict(Place.HELD, said, "straddles-start")


def _early(terms: Terms) -> Verdict:
    return Verdict(Place.BEFORE_START, f"Dated and approved before the start date {in_full(terms.start_date)}.")


def _judge_figures(bill: SupplierBill, terms: Terms) -> Verdict:
    summary = bill.summary
    if bill.invoice_total is not None and bill.total_with_tax and bill.invoice_total != bill.total_with_tax:
        said = (
            f"The supplier's invoice is {figure(bill.invoice_total)} {summary.currency}, the bill's parts come to "
            f"{figure(bill.total_with_tax)}. Correct one of them at the source."
        )
        return Verdict(Place.HELD, said, "billed-figures-disagree")
    others = {line.currency for line in bill.lines if line.currency} - {summary.currency}
    if others:
        said = f"The bill is in {summary.currency}, but items are in {', '.join(sorted(others))}."
        return Verdict(Place.HELD, said, "invalid-source")
    if summary.total == 0:
        return Verdict(Place.HELD, "The bill's total is exactly zero.", "zero-total")
    if summary.total < 0:
        return Verdict(Place.HELD, f"The bill's total is {figure(summary.total)} {summary.currency}.", "credit")
    if not bill.lines and not bill.extra_costs:
        return Verdict(Place.HELD, "The bill has no lines.", "invalid-source")
    if not summary.has_number and terms.hold_without_number:
        return Verdict(Place.HELD, "The bill has no supplier's number. Enter it at the source.", "invalid-source")
    return GOES_ON


def _judge_payment(bill: SupplierBill, terms: Terms, around: Around) -> Verdict:
    """Already paid when first seen: held, unless bills are paid there by setting and it was after the start (A33)."""
    if around.stands or not bill.is_paid:
        return GOES_ON
    if terms.bills_paid_at_source and (bill.paid_on is None or bill.paid_on >= terms.start_date):
        return GOES_ON
    return Verdict(Place.HELD, f"The bill was already paid in procurement{_on(bill.paid_on)}.", "paid-at-source")


def _on(day: date | None) -> str:
    return f" on {in_full(day)}" if day else ""
