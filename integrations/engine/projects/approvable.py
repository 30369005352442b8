"""What of a document an approval is bound to, and who may not give it (A92, A95)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from integrations.engine.approvals import Approved
from integrations.engine.decision_kinds import CHOOSE_LINE, LINK_ORDER
from integrations.engine.projects.around import Chosen
from integrations.engine.projects.plans import OrderPlan
from integrations.models import Decision
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.bills import Around
from integrations.pairs.xero_procore.documents import Bill
from integrations.pairs.xero_procore.linking import LinkableOrder
from integrations.pairs.xero_procore.terms import ProjectTerms
from mappings.tables import Tables


@dataclass(frozen=True, slots=True)
class Approvable:
    """Without a `content` nothing would be written, and `refusal` says why. `chose` are people who chose for it."""

    content: str
    used: tuple[tuple[str, int, int], ...] = ()
    chose: frozenset[int] = frozenset()
    refusal: str = ""


def of_order(plan: OrderPlan | None, why: str) -> Approvable:
    return Approvable(plan.content, plan.used) if plan is not None else Approvable("", refusal=why)


def of_bill(
    bill: Bill, tables: Tables, terms: ProjectTerms, orders: Sequence[LinkableOrder], chosen: Chosen, decided: Approved
) -> Approvable:
    """By what our own rows know: no call is made."""
    around = Around(orders=orders, chosen_order=chosen.order)
    answer = bills.to_approve(bill, tables, terms, around, chosen.lines)
    if answer.result is None:
        lacks = [*(gap.label for gap in answer.gaps), *(hold.message for hold in answer.holds)]
        return Approvable("", refusal=" ".join(lacks))
    content = hashlib.sha256(repr(answer.result).encode()).hexdigest()
    return Approvable(content, answer.used, frozenset(_choosers(decided.decisions)))


def _choosers(decisions: Iterable[Decision]) -> Iterable[int]:
    for each in decisions:
        if each.kind in (LINK_ORDER, CHOOSE_LINE):
            yield from (pk for pk in (each.asked_by_id, each.decided_by_id) if pk is not None)
