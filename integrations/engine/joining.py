"""A bill's step, unless its orders' drafts have to be asked about, checked or reduced first (A9 to A11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from integrations.days import in_full
from integrations.documents import BillAction
from integrations.engine import threads
from integrations.engine.cases import Case
from integrations.engine.plans import Plan
from integrations.engine.saving import Saved
from integrations.engine.slice import Slice
from integrations.models import Posting, Standing, Work
from integrations.money import figure
from integrations.pairs.flow import Hold, Note


@dataclass(frozen=True, slots=True)
class Joining:
    """What a chunk of bills meets of its orders; `target` is the label of the system written."""

    slice_: Slice
    orders: threads.BillsOrders
    target: str

    def step(self, case: Case, plan: Plan, saved: Saved) -> Plan | None:
        """The bill's step, unless its orders' drafts have to be asked about, checked or reduced first (A9 to A11)."""
        record, claims = case.record, plan.translation.claims
        points = self._points(case, plan)
        waits = next((why for point in points if (why := self._not_ready(point))), "")
        if waits:
            saved.read_claims.pop(record.pk, None)
            saved.waits(record, waits)
            return None
        whole = next((point for point in points if point.source_id == plan.translation.whole_order), None)
        self.orders.took(record, claims)
        if not case.stands and whole is not None and whole.draft_stands and not whole.is_booked:
            return replace(plan, action=BillAction.UPDATE, takes_over=whole.posting)
        shrinking = [point for point in points if not point.is_booked and point.must_shrink(claims)]
        if shrinking:
            self._let_shrink(case, plan, shrinking, saved)
            return None
        return plan

    def _let_shrink(self, case: Case, plan: Plan, shrinking: Sequence[threads.Standpoint], saved: Saved) -> None:
        saved.taking[case.record.pk] = plan.translation.claims
        saved.read_claims.pop(case.record.pk, None)
        saved.shrink |= {point.source_id for point in shrinking}
        numbers = ", ".join(point.ordered.number if point.ordered else point.source_id for point in shrinking)
        saved.waits(case.record, f"It is ready; first the draft of order {numbers} is reduced by what it bills.")
        self.slice_.again = True

    def _not_ready(self, point: threads.Standpoint) -> str:
        name = point.ordered.number if point.ordered else point.source_id
        if point.record is not None and point.record.work in (Work.POSTING, Work.DOUBT):
            return f"The draft of its order {name} is being checked in {self.target}."
        if point.ordered is None and point.draft_stands:
            return f"The lines of its order {name} cannot be read at the moment."
        return ""

    def booked(self, case: Case, plan: Plan) -> Hold | None:
        """Drafts that are no longer ours to give: somebody worked on them, or another integration made them (A11)."""
        mine = self.slice_.integration.pk
        for point in self._points(case, plan):
            posting = point.posting
            name = point.ordered.number if point.ordered else point.source_id
            hold = None
            if posting is not None and posting.standing in threads.LIVE and posting.record.integration_id != mine:
                said = f"Order {name} was posted to the same company by another integration."
                hold = Hold("possible-duplicate", f"{said} Exclude this bill, or post it beside.")
            elif posting is not None and point.is_booked:
                hold = Hold("order-booked", _booked_sentence(name, posting, self.target))
            if hold is not None and not case.decided.lets_pass(hold):
                return hold
        return None

    def _points(self, case: Case, plan: Plan) -> list[threads.Standpoint]:
        orders = dict.fromkeys(claim.order for claim in plan.translation.claims)
        return [self.orders.others(case.record, order) for order in orders]


def _booked_sentence(order: str, posting: Posting, target: str) -> str:
    became = {
        Standing.LEDGER: f"was approved in {target} ({posting.status_word.lower()})",
        Standing.REMOVED: f"was removed in {target}",
    }.get(Standing(posting.standing), f"was edited in {target}")
    total = f"{figure(posting.target_total)} {posting.currency}" if posting.target_total is not None else ""
    return (
        f"The draft {posting.number} of order {order} {became}: {total}. Choose: that document is this bill, post the "
        "bill beside it, or exclude it."
    )


def note_payment(case: Case, saved: Saved) -> None:
    """What is paid at the source after posting is said on the record; the document stays as it is (A33, A38)."""
    posting, document = case.posting, case.document
    if posting is None or not case.stands:
        return
    if posting.paid_at_source:
        if not document.is_paid:
            said = "Its payment was cancelled in procurement; what was posted still says that it was paid."
            saved.flag(case.record, Note("payment-cancelled", said))
    elif document.is_paid:
        on = f" on {in_full(document.paid_on)}" if document.paid_on else ""
        saved.flag(case.record, Note("paid-at-source", f"Paid in procurement{on}, do not pay."))
        saved.paid_on(posting, document.paid_on)
    elif posting.paid_on is not None:
        saved.unflag(case.record, "paid-at-source")
        saved.paid_on(posting, None)
