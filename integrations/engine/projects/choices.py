"""What people choose for a bill: its order, lines of that order, or that it is no project cost (A86, A87, A96)."""

from collections.abc import Sequence
from typing import Any

from integrations.engine.approvals import Approved
from integrations.engine.decision_kinds import CHOOSE_LINE, LINK_ORDER
from integrations.engine.projects.around import Chosen
from integrations.models import Decision


def chosen(decided: Approved, content: str) -> Chosen:
    """What stands of it, decided on exactly this bill; of two choices about one line the later."""
    lines: dict[str, str] = {}
    for decision in reversed(_standing(decided.decisions, CHOOSE_LINE, content)):
        lines |= _text(decision.choice.get("lines"))
    orders = _standing(decided.decisions, LINK_ORDER, content)
    return Chosen(str(orders[0].choice.get("order", "")) if orders else "", lines)


def _standing(decisions: Sequence[Decision], kind: str, content: str) -> list[Decision]:
    return [each for each in decisions if each.kind == kind and each.in_force(content)]


def _text(lines: Any) -> dict[str, str]:
    return {str(mine): str(its) for mine, its in lines.items()} if isinstance(lines, dict) else {}
