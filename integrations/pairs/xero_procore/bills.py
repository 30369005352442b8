"""Where a bill belongs, and the requisition or the direct cost that it becomes, never both (A85 to A87, A89 to A91)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from integrations.documents import Vendor
from integrations.money import figure
from integrations.pairs.flow import Hold, Note, Place, Verdict
from integrations.pairs.xero_procore import approved, filling, linking, periods
from integrations.pairs.xero_procore.answers import Answer, answered
from integrations.pairs.xero_procore.costs import Costs, costs_of
from integrations.pairs.xero_procore.documents import Bill, BillStatus, bill_reference
from integrations.pairs.xero_procore.linking import LinkableOrder
from integrations.pairs.xero_procore.lookups import ProjectLookups
from integrations.pairs.xero_procore.terms import ProjectTerms, Trigger, Unlinked
from integrations.project_documents import (
    MAY_BE_INVOICED,
    BillingPeriod,
    DirectCost,
    DirectCostLine,
    Requisition,
    RequisitionItem,
)
from mappings.tables import Tables

APPROVED = frozenset({BillStatus.AUTHORISED, BillStatus.PAID})
WITHDRAWN = frozenset({BillStatus.VOIDED, BillStatus.DELETED})
AWAITS_ORDER = "Its order"
UNPAID = "Nothing of the bill is paid yet, and by setting its first payment brings it into the project."


class StandsAs(StrEnum):
    """What of a bill stands in the project."""

    NOTHING = "nothing"
    REQUISITION = "requisition"
    DIRECT_COST = "direct cost"


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a bill: the orders of its supplier, the periods of their projects by project, and what
    people chose: the order, and lines of its commitment by line of the bill.
    """

    orders: Sequence[LinkableOrder] = ()
    periods: Mapping[str, Sequence[BillingPeriod]] = field(default_factory=dict)
    chosen_order: str = ""
    chosen_lines: Mapping[str, str] = field(default_factory=dict)
    stands_as: StandsAs = StandsAs.NOTHING


def place(bill: Bill, terms: ProjectTerms) -> Verdict:
    """None but approved bills go on. What stands of a withdrawn one is for `undoing`."""
    if bill.status in WITHDRAWN:
        return Verdict(Place.WITHDRAWN, f"The bill was {bill.status} in {terms.source_label}.")
    if bill.status not in APPROVED:
        return Verdict(Place.NOT_APPROVED, f"The bill is {bill.status} in {terms.source_label}.")
    return approved.place(bill, "bill", terms)


def translate(bill: Bill, tables: Tables, terms: ProjectTerms, around: Around) -> Answer[Requisition | DirectCost]:
    """The requisition on the order that the bill belongs to, or a direct cost by setting; or all that is missing."""
    lookups = ProjectLookups(tables, bill.currency, bill.vendor.country)
    untold = costs_of(bill, ProjectLookups(tables, bill.currency, bill.vendor.country), terms)
    if _all_kept_out(bill, untold):
        return answered(None, lookups, notes=untold.notes, kept_out=untold.kept_out)
    for hold in deductions(bill):
        lookups.hold(hold.reason, hold.message)
    linked = linking.link(bill, around.orders, around.chosen_order)
    if isinstance(linked, LinkableOrder):
        return _requisition(bill, linked, lookups, terms, around)
    if terms.unlinked is Unlinked.DIRECT_COST and not around.chosen_order and not linking.named(bill, around.orders):
        return _direct_cost(bill, lookups, terms, around)
    lookups.hold(linked.reason, linked.message)
    return answered(None, lookups)


def to_approve(
    bill: Bill, tables: Tables, terms: ProjectTerms, around: Around, chosen_lines: Mapping[str, str]
) -> Answer[tuple[object, ...]]:
    """What of a bill an approval is bound to (A92): what it says, the order it belongs to and the lines of that which
    people chose, project, codes and amounts. Which period it meets, and what bills before it left of each line, is not
    known until it is written.
    """
    lookups = ProjectLookups(tables, bill.currency, bill.vendor.country)
    linked = linking.link(bill, around.orders, around.chosen_order)
    order = linked if isinstance(linked, LinkableOrder) else None
    vendor = "" if order else lookups.vendor(bill.vendor, terms.doubtful_vendors)
    costs = costs_of(bill, lookups, terms, order.project if order else "")
    lines = tuple((each.line.line_id, each.code, each.amount) for each in costs.costs)
    said = replace(bill.content, vendor=Vendor(bill.vendor.source_id, ""))
    where = (order.source_id if order else "", vendor, costs.project, tuple(sorted(chosen_lines.items())))
    return answered((said, where, lines, costs.total), lookups)


def nothing_left(answer: Answer[Requisition | DirectCost], bill: Bill) -> Verdict | None:
    """Excluded by rule, with the amount, where none of a bill is project cost (A87)."""
    if answer.result or answer.gaps or answer.holds or answer.waits or not answer.notes:
        return None
    said = f"None of it is project cost: {figure(answer.kept_out)} {bill.currency} net is kept out by its accounts."
    return Verdict(Place.EXCLUDED, said)


def _all_kept_out(bill: Bill, costs: Costs) -> bool:
    return bool(costs.notes) and not costs.costs and costs.kept_out == bill.net


def deductions(bill: Bill) -> list[Hold]:
    """What was taken off the bill without being paid (A87, A89)."""
    found = []
    if bill.withheld:
        said = f"{figure(bill.withheld)} {bill.currency} of the bill is withheld from its payment"
        found.append(Hold("retention", f"{said}; such bills are entered in the project by hand."))
    if bill.credits:
        which = ", ".join(f"{each.number} of {figure(each.amount)} {bill.currency}" for each in bill.credits)
        said = f"A credit note was applied to the bill: {which}. So much of it was never paid."
        found.append(Hold("credit-note", said))
    return found


def _requisition(
    bill: Bill, order: LinkableOrder, lookups: ProjectLookups, terms: ProjectTerms, around: Around
) -> Answer[Requisition | DirectCost]:
    if not order.commitment:
        waits = f"{AWAITS_ORDER} {order.number} does not stand in the project yet."
        return answered(None, lookups, waits=waits)
    costs = costs_of(bill, lookups, terms, order.project)
    if _all_kept_out(bill, costs):
        return answered(None, lookups, notes=costs.notes, kept_out=costs.kept_out)
    if _is_unpaid(bill, terms):
        return answered(None, lookups, notes=costs.notes, kept_out=costs.kept_out, waits=UNPAID)
    chosen = periods.choose(bill.date, around.periods.get(order.project, ()), terms.project_name(order.project))
    if chosen.period is None:
        if chosen.hold:
            lookups.hold(chosen.hold.reason, chosen.hold.message)
        return answered(None, lookups, notes=costs.notes, kept_out=costs.kept_out, waits=chosen.waits)
    for hold in _refusals(bill, order, terms, around):
        lookups.hold(hold.reason, hold.message)
    filled = filling.fill(costs.costs, order, terms, around.chosen_lines)
    if not lookups.gaps:
        for hold in filled.holds:
            lookups.hold(hold.reason, hold.message)
    notes = (*costs.notes, *([chosen.late] if chosen.late else ()))
    result = _written(bill, order, filled.items(order), chosen.period, costs, terms)
    return answered(result, lookups, notes=notes, kept_out=costs.kept_out)


def _is_unpaid(bill: Bill, terms: ProjectTerms) -> bool:
    return terms.trigger is Trigger.PAID and not bill.standing_payments


def _refusals(bill: Bill, order: LinkableOrder, terms: ProjectTerms, around: Around) -> list[Hold]:
    found = []
    if around.stands_as is StandsAs.DIRECT_COST:
        said = f"It stands in the project as a direct cost, and now belongs to order {order.number}."
        found.append(Hold("already-direct-cost", f"{said} Remove the direct cost there first."))
    if order.status not in MAY_BE_INVOICED:
        said = f"The commitment of order {order.number} is {order.status or 'in a status we do not know'}"
        found.append(Hold("commitment-not-approved", f"{said} in {terms.target_label}. Approve it there."))
    if order.own_schedule:
        said = f"The supplier has to agree the schedule of values of order {order.number} first"
        found.append(Hold("cannot-represent", f"{said}; its bills are entered by hand."))
    if order.currency != bill.currency:
        said = f"The bill is in {bill.currency}, its order {order.number} in {order.currency}."
        found.append(Hold("invalid-source", f"{said} Correct one of them at the source."))
    return found


def _written(
    bill: Bill,
    order: LinkableOrder,
    items: tuple[RequisitionItem, ...],
    period: BillingPeriod,
    costs: Costs,
    terms: ProjectTerms,
) -> Requisition:
    return Requisition(
        project=order.project,
        commitment=order.commitment,
        reference=bill_reference(bill.source_id),
        number=bill.number,
        period=period.period_id,
        starts=period.starts,
        ends=period.ends,
        date=bill.date,
        status=terms.requisition_status,
        items=items,
        total=costs.total,
        payment_date=settled_on(bill),
    )


def _direct_cost(
    bill: Bill, lookups: ProjectLookups, terms: ProjectTerms, around: Around
) -> Answer[Requisition | DirectCost]:
    """Cost of the project that the bill's own lines name; it needs neither an order nor a period."""
    vendor = lookups.vendor(bill.vendor, terms.doubtful_vendors)
    costs = costs_of(bill, lookups, terms)
    if around.stands_as is StandsAs.REQUISITION:
        said = "It stands in the project as a requisition, and no longer names an order."
        lookups.hold("needs-link", f"{said} Choose the order that it belongs to.")
    cost = DirectCost(
        project=costs.project,
        reference=bill_reference(bill.source_id),
        vendor=vendor,
        number=bill.number,
        date=bill.date,
        status=terms.direct_cost_status,
        lines=tuple(DirectCostLine(each.code, each.line.description, each.amount) for each in costs.costs),
        total=costs.total,
        payment_date=settled_on(bill),
    )
    flag = Note("direct-cost", "The bill names no order; by setting it became a direct cost of its project.")
    notes = (*costs.notes, flag)
    return answered(
        cost, lookups, notes=notes, kept_out=costs.kept_out, waits=UNPAID if _is_unpaid(bill, terms) else ""
    )


def settled_on(bill: Bill) -> date | None:
    """The day of the payment that settled it; None while anything is open."""
    standing = bill.standing_payments
    return standing[-1].date if standing and bill.status is BillStatus.PAID else None
