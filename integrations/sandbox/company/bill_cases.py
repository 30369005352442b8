"""Every awkward bill of the company, by number, with where it must end and why; and where its order must end.

`AWKWARD_BILLS["AW-101"]` is read like `awkward.AWKWARD`. A case with an `order` bills that order alone; it stands at
`ordered_by[number of the bill]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..exchange import Json
from . import awkward_bills as bills
from . import books
from .calendar import Calendar


@dataclass(frozen=True, slots=True)
class BillCase:
    id: str
    what: str
    bill: Callable[[Calendar, str], Json]
    place: str = "held"
    reason: str = ""
    later_place: str = ""
    later_reason: str = ""
    order: Callable[[Calendar], Json] | None = None
    order_place: str = "draft"
    later_order_place: str = ""
    number: str = ""


CASES = (
    # Something is missing at the portal
    BillCase("bill-missing-code", "An account code that nobody has mapped", bills.missing_code,
             reason="missing-mapping"),
    BillCase("bill-tax-not-mapped", "A tax of a percentage that nobody has mapped", bills.unmapped_tax,
             reason="tax-not-mapped"),
    BillCase("bill-cost-not-mapped", "An extra cost whose name is in no table", bills.unmapped_cost,
             reason="missing-mapping"),
    BillCase("bill-currency-not-enabled", "Swedish crowns, which the target does not use", bills.swedish,
             reason="currency-not-enabled"),
    # Vendors
    BillCase("bill-contact-archived", "A vendor linked to a contact that was archived since", bills.contact_archived,
             reason="inactive-vendor"),
    BillCase("bill-inactive-vendor", "A vendor that procurement has retired", bills.inactive_vendor,
             reason="inactive-vendor"),
    BillCase("bill-one-time-vendor", "The placeholder vendor OTHER", bills.one_time_vendor, reason="not-a-supplier"),
    # Figures that are unusual, and right
    BillCase("bill-inclusive-tax", "Tax that the price includes", bills.inclusive_tax, "draft"),
    BillCase("bill-negative-line", "A negative line inside a bill that is owed", bills.core_returned, "draft"),
    BillCase("bill-without-number", "The supplier gave no number: it gets one, and somebody approves it",
             bills.without_number, reason="awaiting-approval", number=f"NONUM-{bills.NUMBERLESS}"),
    # Figures that are wrong
    BillCase("bill-figures-disagree", "The supplier's total is 36.00 more than the items", bills.figures_disagree,
             reason="billed-figures-disagree"),
    BillCase("bill-tax-differs", "Tax typed as 46.00 where 5 % of 800.00 is 40.00", bills.tax_differs,
             reason="tax-differs"),
    BillCase("bill-zero-total", "A total of zero", bills.zero_total, reason="zero-total"),
    BillCase("bill-credit", "A supplier's credit", bills.credit, reason="credit"),
    BillCase("bill-two-currencies", "Items in two currencies", bills.two_currencies, reason="invalid-source"),
    # Not ours to post, not yet, or no longer
    BillCase("bill-card", "A card's statement line: owed to the card's provider", bills.card, "draft"),
    BillCase("bill-expense", "An expense of an employee whom nobody linked", bills.expense, reason="missing-payee"),
    BillCase("bill-not-approved", "Submitted, and approved by nobody yet", bills.not_approved, "not-yet-approved"),
    BillCase("bill-denied", "Denied before it was ever read", bills.denied, "withdrawn"),
    BillCase("bill-before-start", "Dated and approved before the start date", bills.before_start, "before-start"),
    BillCase("bill-straddles-start", "Dated before the start date, approved after it", bills.straddles_start,
             reason="straddles-start"),
    BillCase("bill-closed-period", "Dated in a closed period", bills.closed_period, reason="closed-period"),
    BillCase("bill-paid-before-start", "Paid at the source before the start date", bills.paid_before_start,
             reason="paid-at-source"),
    BillCase("bill-paid-at-source", "Paid at the source after it: its draft says not to pay",
             bills.paid_in_procurement, "draft"),
    BillCase("bill-typed-already", "A person already typed it, without the zeros of its number", bills.typed_already,
             reason="possible-duplicate", number=f"00{books.TYPED_NUMBER}"),
    BillCase("bill-entered-twice", "One paper that was entered twice: its number is written differently",
             bills.entered_twice, reason="possible-duplicate", number=bills.TWICE),
    BillCase("bill-entered-again", "One paper that was entered twice: the later entry is listed, and read, first",
             bills.entered_again, "draft", number=bills.TWICE.replace("-", " ").lower()),
    # Bills of an order. One that is first seen as billed in full needs no draft, whatever holds its bill (A5).
    BillCase("bill-over-billed", "11 billed of 10 ordered; goes on when the order is raised to 12", bills.over_billed,
             "held", "over-billed", "draft", "", bills.pumps, "covered", "draft"),
    BillCase("bill-other-vendor", "Another vendor than its order has", bills.other_vendor, reason="invalid-source",
             order=bills.pumps, order_place="covered"),
    BillCase("bill-of-no-line", "It names an order, but no line of it", bills.of_no_line, reason="needs-link",
             order=bills.pumps),
    BillCase("bill-before-receipt", "6 billed of 4 received: flagged, and posted", bills.more_than_received, "draft",
             order=bills.received_in_part),
    BillCase("bill-of-blanket", "A month of a blanket order, which has no draft", bills.month_of_blanket, "draft",
             order=bills.blanket_order, order_place="excluded-by-rule"),
    BillCase("bill-order-booked", "Approved after a person had approved its order's draft", bills.confirmed_only,
             "not-yet-approved", "", "held", "order-booked", bills.pumps, "draft", "ledger"),
    # What happens to bills
    BillCase("bill-denied-after-posting", "Denied while its draft is untouched: its order has one of its own again",
             bills.whole, "draft", "", "withdrawn", "", bills.pumps, "covered", "draft"),
    BillCase("bill-denied-after-approval", "Denied after a person approved the draft in the target", bills.service,
             "draft", "", "ledger", "withdrawn-after-posting"),
    BillCase("bill-fixed-after-posting", "Fixed while its draft is untouched: the draft follows", bills.service,
             "draft", "", "draft"),
    BillCase("bill-fixed-after-approval", "Fixed after a person approved the draft in the target", bills.service,
             "draft", "", "ledger", "changed-after-posting"),
    BillCase("bill-deleted", "Gone from the source's lists, which is no withdrawal", bills.service, "draft", "",
             "draft"),
    BillCase("bill-removed-by-a-person", "A person deletes the draft in the target", bills.service, "draft", "",
             "removed"),
    BillCase("bill-unknown-card", "Paid by a card of which no list says whose it is", bills.unknown_card,
             reason="unknown-payee"),
)  # fmt: skip


def number_of(at: int) -> str:
    return CASES[at].number or f"AW-{101 + at}"


def order_number_of(at: int) -> str:
    """Their orders stand among the good ones, between the awkward ones."""
    return f"PF{1004 + 8 * at}"


AWKWARD_BILLS: dict[str, BillCase] = {number_of(at): case for at, case in enumerate(CASES)}
BILL_NUMBERS: dict[str, str] = {case.id: number for number, case in AWKWARD_BILLS.items()}
ordered_by: dict[str, str] = {number_of(at): order_number_of(at) for at, case in enumerate(CASES) if case.order}
BILLED: dict[str, BillCase] = {order: AWKWARD_BILLS[number] for number, order in ordered_by.items()}


def order_to_bill(number: str, calendar: Calendar, ago: int) -> Json:
    """Arguments for `add_order`, as `awkward_order` tells them."""
    make = BILLED[number].order
    assert make is not None
    day = calendar.working_day(ago)
    return {"number": number, "date": day, "approved": day, "requester": "Tom Okafor", "approved_by": "Ana Petrov",
            **make(calendar)}  # fmt: skip


def awkward_bill(number: str, calendar: Calendar, ago: int) -> Json:
    """Arguments for `add_bill`; dated `ago` days back and approved a day later unless the case says otherwise."""
    day = calendar.day(ago)
    given = AWKWARD_BILLS[number].bill(calendar, ordered_by.get(number, ""))
    return {"invoice_number": number, "date": day, "modified": day + timedelta(days=1), **given}
