"""What the settings are called in the forms, so that a decision about one names it as its form does."""

from collections.abc import Mapping

OF_INTEGRATION = {
    "scope": "Set of tables",
    "enabled": "On",
    "every_minutes": "Minutes between runs",
    "cron": "Cron expression",
    "on_gap": "When something is missing",
    "bills_from": "Bills come from",
    "tax_from": "Tax comes from",
    "include_card_orders": "Cards and expenses, too",
    "date_from": "Bills are dated on",
    "bills_paid_at_source": "Bills are paid in procurement",
    "hold_without_number": "Hold bills without a number",
    "over_billing_percent": "Over-billing, percent",
    "over_billing_amount": "Over-billing, amount",
    "approval_rule": "Needs an approval",
    "approval_above": "Approval above",
    "vendors": "Vendors are kept in step",
    "new_vendors_need_approval": "New vendors need an approval",
    "vendor_changes_need_approval": "Changes into accounting need an approval",
    "vendor_group": "Contact group",
    "attach_files": "Attach suppliers' invoice files",
    "limited_to": "People limited to it",
}
OF_PROJECTS = {
    "project_category": "Projects are named by",
    "budget_category": "Budget lines are named by",
    "budget_by": "Orders are checked against",
    "strict_budget": "Pending counts as spent",
    "commitment_status": "Commitments are written as",
    "deleted_orders": "The commitment of a deleted order",
    "trigger": "A bill becomes a requisition",
    "unlinked": "A bill without an order",
    "requisition_status": "Requisitions are written as",
    "direct_cost_status": "Direct costs are written as",
    "lock_settled": "Lock what is paid in full",
    "tolerance_percent": "Tolerance of a bill, percent",
    "tolerance_amount": "Tolerance of a bill, amount",
    "taxed_projects": "Projects that count tax",
    "cost_taxes": "Taxes that are cost",
    "claimed_taxes": "Taxes that are claimed back",
    "orders_every": "Orders are read every so many minutes",
    "bills_every": "Bills are read every so many minutes",
    "payments_every": "Payments are read every so many minutes",
}
_ALL: Mapping[str, str] = OF_INTEGRATION | OF_PROJECTS


def name_of(setting: str) -> str:
    """Within a sentence; a setting that has no name of its own is called what its field is."""
    name = _ALL.get(setting.removesuffix("_id"), "")
    return name[:1].lower() + name[1:] if name else setting.removesuffix("_id").replace("_", " ")
