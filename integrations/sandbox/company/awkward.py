"""Every awkward case of the company, by order number, with where it must end and why.

`AWKWARD["PF1008"]` tells the case's id, what is awkward, the place of its record after the first run and the reason
it is held for ("" where it is not held), and the same after its event was played (see `events.py`), if it has one.
Places and reasons are the portal's own words, as slugs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..exchange import Json
from . import awkward_orders as orders
from .calendar import Calendar


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    what: str
    order: Callable[[Calendar], Json]
    place: str = "held"
    reason: str = ""
    later_place: str = ""
    later_reason: str = ""


CASES = (
    # Something is missing at the portal
    Case("missing-code", "An account code that nobody has mapped", orders.missing_code, reason="missing-mapping"),
    Case("missing-codes", "Two unmapped codes in one order: both are named at once", orders.missing_codes,
         reason="missing-mapping"),
    Case("unmapped-location", "A location without a tracking option, though every line needs one",
         orders.unmapped_location, reason="missing-mapping"),
    Case("tax-not-mapped", "A set of taxes that nobody has mapped", orders.unmapped_taxes, reason="tax-not-mapped"),
    Case("archived-account", "The mapped account was archived in the target", orders.archived_account,
         reason="inactive-account"),
    Case("currency-not-enabled", "Swedish crowns, which the target does not use", orders.swedish,
         reason="currency-not-enabled"),
    # Vendors
    Case("contact-missing", "A vendor that the target does not have", orders.contact_missing, reason="missing-vendor"),
    Case("contact-archived", "A vendor linked to a contact that was archived since", orders.contact_archived,
         reason="inactive-vendor"),
    Case("two-vendors-of-one-name", "Two active contacts bear the vendor's name and no e-mail tells them apart",
         orders.two_of_one_name, reason="ambiguous-vendor"),
    Case("inactive-vendor", "A vendor that procurement has retired", orders.inactive_vendor, reason="inactive-vendor"),
    Case("one-time-vendor", "The placeholder vendor OTHER; the real name is text on the line", orders.one_time_vendor,
         reason="not-a-supplier"),
    # Figures that are unusual, and right
    Case("four-departments", "A line allocated over four departments in thirds and odd parts", orders.four_departments,
         "draft"),
    Case("two-taxes", "GST 5 % and PST 7 % on one line: one claimed back, one cost", orders.two_taxes, "draft"),
    Case("freight", "Freight on the header", orders.freight, "draft"),
    Case("discount-amount", "A discount of 50.00 on the header", orders.discount_amount, "draft"),
    Case("discount-percentage", "A discount of 7.5 % on the header", orders.discount_percentage, "draft"),
    Case("price-4-decimals", "A price of 0.0375", orders.price_four_decimals, "draft"),
    Case("price-8-decimals", "A price of 0.01234567", orders.price_eight_decimals, "draft"),
    Case("a-cent-missing", "The total is one cent less than its parts: a rounding line", orders.cent_missing, "draft"),
    Case("unicode", "Names in several scripts", orders.unicode_names, "draft"),
    Case("long-names", "A vendor of 150 and an item of 255 characters", orders.long_names, "draft"),
    Case("reopened", "Closed and reopened", orders.reopened, "draft"),
    Case("received-and-closed", "Received in full, so it closed by itself", orders.received_and_closed, "draft"),
    # An order's draft posts nothing, so a closed period only moves its date (A7).
    Case("locked-period", "Dated in a closed period: the draft bears the first open day", orders.locked_period,
         "draft"),
    # Figures that are wrong
    Case("does-not-add-up", "The total is 25.00 more than its parts", orders.does_not_add_up, reason="invalid-source"),
    Case("tax-differs", "Tax typed as 23.50 where 5 % of 400.00 is 20.00", orders.tax_differs, reason="tax-differs"),
    Case("zero-total", "Free samples: a total of zero", orders.zero_total, reason="zero-total"),
    Case("negative-total", "Returned goods: a negative total", orders.negative_total, reason="credit"),
    # Not ours to post
    Case("card-paid", "Paid by company card: owed to the card's provider, who is linked", orders.card_paid, "draft"),
    Case("blanket", "A blanket order", orders.blanket, "excluded-by-rule"),
    Case("recurring", "A recurring order", orders.recurring, "excluded-by-rule"),
    Case("before-start", "Dated and approved before the start date, received after it", orders.before_start,
         "before-start"),
    Case("straddles-start", "Approved before the start date, ordered after it", orders.straddles_start,
         reason="straddles-start"),
    Case("first-seen-paid", "Already marked paid when first read", orders.first_seen_paid, reason="paid-at-source"),
    Case("no-state", "Procurify does not say whether it was purchased", orders.no_state, "not-yet-approved"),
    Case("spans-companies", "One line for a sister company's yard", orders.spans_companies, reason="spans-companies"),
    Case("possible-duplicate", "A person already typed a bill that names the order", orders.possible_duplicate,
         reason="possible-duplicate"),
    # What happens to orders
    Case("closed-short", "Closed by hand with 60 of 100 received", orders.closed_short, reason="closed-short"),
    Case("cancelled-before-posting", "Cancelled before it was ever read", orders.cancelled_before, "withdrawn"),
    Case("cancelled-after-posting", "Cancelled while its draft is untouched: the draft goes",
         orders.cancelled_after_posting, "draft", "", "withdrawn"),
    Case("cancelled-after-approval", "Cancelled after a person approved the draft in the target",
         orders.cancelled_after_approval, "draft", "", "ledger", "withdrawn-after-posting"),
    Case("changed-after-posting", "Changed while its draft is untouched: the draft follows",
         orders.changed_after_posting, "draft", "", "draft"),
    Case("changed-after-edit", "Changed after a person edited the draft in the target", orders.changed_after_edit,
         "draft", "", "draft", "changed-after-posting"),
    Case("approved-by-a-person", "A person approves the draft in the target", orders.approved_by_a_person,
         "draft", "", "ledger"),
    Case("removed-by-a-person", "A person deletes the draft in the target", orders.removed_by_a_person,
         "draft", "", "removed"),
    Case("card-not-linked", "Paid by a card whose provider nobody linked to a contact", orders.fuel_card,
         reason="missing-payee"),
)  # fmt: skip


def number_of(at: int) -> str:
    """Awkward orders stand among the good ones: every eighth number is one."""
    return f"PF{1000 + 8 * (at + 1)}"


AWKWARD: dict[str, Case] = {number_of(at): case for at, case in enumerate(CASES)}
NUMBERS: dict[str, str] = {case.id: number for number, case in AWKWARD.items()}
POSSIBLE_DUPLICATE = NUMBERS["possible-duplicate"]


def awkward_order(number: str, calendar: Calendar, ago: int) -> Json:
    """Arguments for `add_order`; dated `ago` days back unless the case has a date of its own."""
    given = AWKWARD[number].order(calendar)
    day = calendar.working_day(ago)
    return {
        "number": number,
        "date": day,
        "approved": day,
        "requester": "Tom Okafor",
        "approved_by": "Ana Petrov",
        **given,
    }
