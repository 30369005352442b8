"""Whether a bill that was made may be written: the target can hold it, it doubles nothing, and people decided (A92)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.days import in_full
from integrations.documents import Bill, BillAction
from integrations.engine import approval_rule
from integrations.engine.cases import Case
from integrations.engine.duplicates import Duplicates
from integrations.engine.joining import Joining
from integrations.engine.plans import Plan
from integrations.engine.saving import Saved
from integrations.errors import HoldRecordError
from integrations.models import Integration, Posting
from integrations.pairs.flow import BillFlow, Hold, Note, Terms


@dataclass(frozen=True)
class Permitting:
    """What a plan is held against; `check` raises HoldRecordError for what the target cannot hold."""

    integration: Integration
    flow: BillFlow[Any, Any]
    terms: Terms
    duplicates: Duplicates
    joining: Joining
    check: Callable[[Bill], None]

    def permitted(self, case: Case, plan: Plan, saved: Saved) -> Plan | None:
        """The plan, if the target can hold it, it doubles nothing, and people decided what they have to (A92)."""
        record, bill, decided = plan.record, plan.bill, case.decided
        assert bill is not None
        doubled = ""
        if plan.action is BillAction.CREATE:
            found = self.duplicates.of(bill, record.number)
            stop = self._refusal(bill) or self._doubles(case, plan, found.hold)
            if stop is not None:
                saved.hold(record, [stop])
                return None
            doubled = found.flag
        if stale := decided.stale(plan.content):
            saved.voided(record, stale)
            return None
        saved.lapsed += decided.unneeded()
        if (question := decided.open_question(plan.content)) is not None:
            saved.decided_against(record, question)
            return None
        why = self._why_approval(plan)
        if why and not decided.approves(plan.content):
            saved.lapsed += decided.void(plan.content) if plan.action is BillAction.CREATE else []
            saved.approval(record, bill.total, bill.currency, plan.content, why)
            return None
        return plan.flagged(Note("possible-duplicate", doubled)) if doubled else plan

    def _doubles(self, case: Case, plan: Plan, duplicate: str) -> Hold | None:
        """What stands already and may be the same spend, unless people decided to post beside it (A11, A40)."""
        if duplicate:
            hold = Hold("possible-duplicate", duplicate)
            if not case.decided.lets_pass(hold):
                return hold
        return self.joining.booked(case, plan) if self.flow.orders_of is not None else None

    def _why_approval(self, plan: Plan) -> str:
        """A draft that only becomes smaller was approved for more; anything else that changes is approved anew."""
        assert plan.bill is not None
        before = plan.posting.source_total if plan.posting and plan.action is BillAction.UPDATE else None
        if before is not None and abs(plan.bill.total) < abs(before):
            return ""
        return approval_rule.why(self.integration, plan.record, plan.bill, plan.translation.flags)

    def _refusal(self, bill: Bill) -> Hold | None:
        """What this target cannot hold at all, found before the bill joins a batch."""
        try:
            self.check(bill)
        except HoldRecordError as error:
            return Hold(error.reason, str(error))
        return None

    def locked(self, bill: Bill, posting: Posting) -> Hold | None:
        """What stands in a month that was closed since is not edited (A36); an order's draft moves to an open day."""
        first, stands = self.terms.first_open_day, posting.document_date
        if (
            first is None
            or self.flow.as_ordered is not None
            or (bill.date >= first and not (stands and stands < first))
        ):
            return None
        closed = f"{in_full(bill.date)} lies in a period that is closed in {self.terms.target_label}"
        said = f"The source changed, and {closed}. Nothing was changed there: correct it in an open month."
        return Hold("closed-period", said)
