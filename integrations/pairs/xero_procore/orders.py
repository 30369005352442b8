"""Where an order belongs, and the commitment that it becomes (A82, A83, A87, A91)."""

from dataclasses import dataclass

from integrations.money import ZERO, figure
from integrations.pairs.flow import Place, Verdict
from integrations.pairs.xero_procore import approved
from integrations.pairs.xero_procore.answers import Answer, answered
from integrations.pairs.xero_procore.costs import Cost, Costs, costs_of
from integrations.pairs.xero_procore.documents import Order, OrderStatus, SourceLine, line_origin, order_origin
from integrations.pairs.xero_procore.lookups import ProjectLookups
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import Commitment, CommitmentLine
from mappings.tables import Tables

# Copied to a bill between two readings, an order is billed already, and approved all the same (A82).
APPROVED = frozenset({OrderStatus.AUTHORISED, OrderStatus.BILLED})


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside an order: our commitment that stands, as it was written, and whether it was billed."""

    posted: Commitment | None = None
    has_requisitions: bool = False


ALONE = Around()


def place(order: Order, terms: ProjectTerms, around: Around = ALONE) -> Verdict:
    """None but approved orders go on, whatever else they say."""
    if order.status is OrderStatus.DELETED:
        if around.has_requisitions:
            said = f"The order was deleted in {terms.source_label}, and bills stand against its commitment."
            return Verdict(Place.HELD, f"{said} Close the commitment by hand.", "withdrawn-after-posting")
        return Verdict(Place.WITHDRAWN, f"The order was deleted in {terms.source_label}.")
    if order.status not in APPROVED:
        return Verdict(Place.NOT_APPROVED, f"The order is {order.status} in {terms.source_label}.")
    return approved.place(order, "order", terms)


def translate(order: Order, tables: Tables, terms: ProjectTerms, around: Around = ALONE) -> Answer[Commitment]:
    """The commitment with its schedule of values, or every gap and hold there is.

    An order whose costs are all kept out has no commitment and lacks nothing: `nothing_left` tells.
    """
    lookups = ProjectLookups(tables, order.currency, order.vendor.country)
    vendor = lookups.vendor(order.vendor, terms.doubtful_vendors)
    costs = costs_of(order, lookups, terms)
    commitment = _commitment(order, vendor, costs) if costs.costs else None
    if around.posted is not None and commitment is not None:
        _refuse_change(order, commitment, around.posted, around.has_requisitions, lookups, terms)
    return answered(commitment, lookups, notes=costs.notes, kept_out=costs.kept_out)


def nothing_left(answer: Answer[Commitment], order: Order, around: Around = ALONE) -> Verdict | None:
    """Excluded by rule, with the amount, where none of an order is project cost (A87); held where it once was."""
    if answer.result or answer.gaps or answer.holds or not answer.notes:
        return None
    said = f"None of it is project cost: {figure(answer.kept_out)} {order.currency} net is kept out by its accounts."
    if around.posted is not None:
        return Verdict(Place.HELD, f"{said} Its commitment stands; close it by hand.", "changed-after-posting")
    return Verdict(Place.EXCLUDED, said)


def _commitment(order: Order, vendor: str, costs: Costs) -> Commitment:
    return Commitment(
        project=costs.project,
        origin=order_origin(order.source_id),
        number=order.number,
        title=f"{order.number} {order.vendor.name}".strip(),
        vendor=vendor,
        currency=order.currency,
        date=order.date,
        delivery_date=order.delivery_date,
        lines=tuple(_line(cost) for cost in costs.costs),
        total=sum((cost.amount for cost in costs.costs), ZERO),
        description="\n".join(line.description for line in order.lines if line.is_text),
    )


def _line(cost: Cost) -> CommitmentLine:
    return CommitmentLine(line_origin(cost.line.line_id), cost.code, _text(cost.line), cost.amount)


def _text(line: SourceLine) -> str:
    """A commitment is by amount; the quantity stands in the text alone (A83)."""
    if line.quantity == 1 or not line.quantity:
        return line.description
    price = f" at {figure(line.price)}" if line.price is not None else ""
    return f"{line.description} ({line.quantity.normalize():f}{price})"


def content(commitment: Commitment) -> tuple[object, ...]:
    """What the order itself says; another code by a changed table is no change of the order (A39)."""
    lines = tuple((line.origin, line.description, line.amount) for line in commitment.lines)
    return commitment.number, commitment.vendor, commitment.currency, commitment.date, commitment.delivery_date, lines


def _refuse_change(
    order: Order, now: Commitment, posted: Commitment, billed: bool, lookups: ProjectLookups, terms: ProjectTerms
) -> None:
    """We write no change orders, so what was billed against stays as it is (A83); nothing moves between projects."""
    if now.project != posted.project:
        said = f"Order {order.number} is for {terms.project_name(now.project)} now, and its commitment stands in"
        lookups.hold("changed-after-posting", f"{said} {terms.project_name(posted.project)}. Close that one by hand.")
    elif billed and content(now) != content(posted):
        _refuse_amendment(order, now, posted, lookups)


def _refuse_amendment(order: Order, now: Commitment, posted: Commitment, lookups: ProjectLookups) -> None:
    before, after = figure(posted.total), figure(now.total)
    said = f"Order {order.number} changed from {before} to {after} {now.currency} after its first requisition"
    lookups.hold("changed-after-posting", f"{said}. Change the commitment by a change order, by hand.")
