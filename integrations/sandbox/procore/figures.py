"""What a budget line comes to: computed from commitments and direct costs, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ..exchange import Json
from .amounts import ZERO, decimal, total
from .company import Company

# Which columns a commitment of a status hits (standard view; Received counts as pending, odd as that is).
COMMITTED = ("Approved", "Partially Received")
PENDING = ("Processing", "Submitted", "Received")
PENDING_IN_PROJECTED = ("Processing", "Received")


def order_lines(company: Company, project_id: int, code_id: int, statuses: tuple[str, ...]) -> Decimal:
    """Net lines on a code of all commitments in one of the statuses."""
    orders = {
        each["id"]
        for each in company.rows("purchase_orders", _project=project_id, deleted_at=None)
        if each["status"] in statuses
    }
    return total(each["amount"] for each in company.rows("line_items", _code=code_id) if each["_order"] in orders)


def direct_costs(company: Company, project_id: int, code_id: int) -> Decimal:
    """Approved direct costs only."""
    approved = {each["id"] for each in company.rows("direct_costs", _project=project_id, status="approved")}
    lines = company.rows("direct_cost_lines", wbs_code_id=code_id)
    return total(each["amount"] for each in lines if each["direct_cost_id"] in approved)


def figures(company: Company, project_id: int, code_id: int, line: Json | None) -> dict[str, Decimal]:
    """All figures of a code; `line` is its budget line, None where it has no budget. Requisitions change none."""
    held: Mapping[str, object] = line or {}
    original, modified = decimal(held.get("original_budget_amount")), decimal(held.get("_modifications"))
    changes, pending_changes = decimal(held.get("_approved_changes")), decimal(held.get("_pending_changes"))
    committed = order_lines(company, project_id, code_id, COMMITTED)
    direct = direct_costs(company, project_id, code_id)
    revised = original + modified + changes
    projected_costs = committed + direct + order_lines(company, project_id, code_id, PENDING_IN_PROJECTED)
    forecast = max(revised + pending_changes - projected_costs, ZERO)
    return {
        "original_budget_amount": original,
        "budget_modifications": modified,
        "approved_budget_changes": changes,
        "revised_budget": revised,
        "pending_budget_changes": pending_changes,
        "projected_budget": revised + pending_changes,
        "committed_costs": committed,
        "direct_costs": direct,
        "pending_cost_changes": order_lines(company, project_id, code_id, PENDING),
        "projected_costs": projected_costs,
        "budget_forecast": forecast,
        "estimated_cost_at_completion": projected_costs + forecast,
        "projected_over_under": revised + pending_changes - projected_costs - forecast,
    }
