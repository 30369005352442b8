"""Every awkward bill of the contractor, by the id of its case, with where it must end and why.

Read like `order_cases.ORDERS`: "done" where a requisition stands with its contract payments. Bills become requisitions
when they are first paid. A case with an `order` bills an order of its own, which ends at `order_place`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..company.calendar import Calendar
from ..exchange import Json
from . import awkward_bills as bills
from . import awkward_orders
from .order_cases import COUNT, FIRST, ORDERS


@dataclass(frozen=True, slots=True)
class BillCase:
    id: str
    what: str
    bill: Callable[[Calendar, Json], Json]
    place: str = "held"
    reason: str = ""
    later_place: str = ""
    later_reason: str = ""
    order: Callable[[Calendar], Json] | None = None
    order_place: str = "done"
    later_order_place: str = ""


CASES = (
    # Paid
    BillCase("bill-part-payments", "Paid in two parts, tax included: halves of the net", bills.part_payments, "done",
             order=bills.taxed_concrete),
    BillCase("bill-thirds", "Paid in three parts that leave a cent over", bills.thirds, "done",
             order=bills.taxed_concrete),
    BillCase("bill-unpaid", "Nothing of it is paid; then part of it is", bills.unpaid, "waiting", "", "done",
             order=bills.wiring),
    BillCase("bill-payment-deleted", "Paid; then the payment is deleted, and the requisition goes with it",
             bills.paid_to_change, "done", "", "waiting", order=bills.concrete),
    BillCase("bill-prepaid", "A prepayment was applied before the rest was paid", bills.prepaid, "done",
             order=bills.concrete),
    BillCase("bill-overpaid-before", "An overpayment settles it", bills.overpaid_before, "done", order=bills.wiring),
    BillCase("bill-credited", "A credit note took off a part of it", bills.credited, reason="credit-note",
             order=bills.concrete),
    BillCase("bill-settled-by-credit", "PAID by a credit note alone", bills.settled_by_credit, reason="credit-note",
             order=bills.concrete),
    BillCase("bill-payment-taken-back", "Its one payment was deleted before the bill was ever read",
             bills.payment_taken_back, "waiting", order=bills.wiring),
    # Which order
    BillCase("bill-no-order", "Its number names no order", bills.no_order, reason="needs-link"),
    BillCase("bill-two-orders", "Its number names two orders of its supplier", bills.two_orders, reason="needs-link",
             order=bills.concrete),
    BillCase("bill-order-of-another", "Its number names another supplier's order", bills.order_of_another,
             reason="needs-link", order=bills.wiring),
    BillCase("bill-same-number", "Two suppliers number their bills alike: one", bills.same_number_here, "done",
             order=bills.digging),
    BillCase("bill-same-number-there", "Two suppliers number their bills alike: the other", bills.same_number_here,
             "done", order=bills.wiring),
    BillCase("bill-number-by-hand", "The order's number in small letters and brackets", bills.own_number_only, "done",
             order=bills.digging),
    # What it bills
    BillCase("bill-retention", "A line on the retention account", bills.retention, reason="retention",
             order=bills.wiring),
    BillCase("bill-part-kept-out", "One line is not project cost: its payment counts in part", bills.part_kept_out,
             "done", order=bills.wiring),
    BillCase("bill-all-kept-out", "Office rent", bills.rent, "excluded-by-rule"),
    BillCase("bill-account-without-code", "An account that nobody has mapped", bills.account_without_code,
             reason="missing-mapping", order=bills.concrete),
    BillCase("bill-code-not-ordered", "A code that its order does not have", bills.code_not_ordered,
             reason="needs-link", order=bills.wiring),
    BillCase("bill-over-billed", "1,200.00 billed of 1,000.00 ordered", bills.over_billed, reason="needs-link",
             order=bills.concrete),
    BillCase("bill-fills-in-order", "One line of it fills two of the order", bills.fills_in_order, "done",
             order=bills.two_of_a_code),
    BillCase("bill-other-project", "One line names another project than its order", bills.other_project,
             reason="no-project", order=bills.concrete),
    BillCase("bill-order-held", "Its order is over budget", bills.order_held, "waiting",
             order=awkward_orders.over_budget, order_place="held"),
    # When
    BillCase("bill-no-open-period", "Its project has no open billing period; then one is opened",
             bills.no_open_period, "held", "no-open-period", "done", order=bills.plumbing),
    BillCase("bill-after-the-period", "Dated after the open billing period", bills.after_the_period, "waiting",
             order=bills.digging),
    BillCase("bill-late", "Dated before the open billing period: in it, and marked as late", bills.late, "done",
             order=bills.digging),
    BillCase("bill-before-start", "Dated before the start date", bills.before_start, "before-start"),
    # Where it stands
    BillCase("bill-draft", "A draft", bills.draft, "not-yet-approved", order=bills.wiring),
    BillCase("bill-submitted", "Submitted, and approved by nobody yet", bills.submitted, "not-yet-approved",
             order=bills.concrete),
    BillCase("bill-voided", "Voided before it was first read", bills.voided, "withdrawn", order=bills.concrete),
    BillCase("bill-voided-later", "Its payment is deleted and it is voided after its requisition stood", bills.whole,
             "done", "", "withdrawn", order=bills.two_of_a_code),
    BillCase("bill-order-changes", "Its order is changed after its requisition stood, and held", bills.whole, "done",
             "", "done", "", bills.two_of_a_code, "done", "held"),
)  # fmt: skip
BILLS: dict[str, BillCase] = {case.id: case for case in CASES}
_FREE = [number for at in range(COUNT) if (number := f"NB-{FIRST + at}") not in ORDERS]
# Case of a bill -> number of the order that it bills. What is left are the good orders.
ORDERED_BY: dict[str, str] = dict(zip((case.id for case in CASES if case.order), _FREE, strict=False))
PLAIN_ORDERS: tuple[str, ...] = tuple(_FREE[len(ORDERED_BY) :])
