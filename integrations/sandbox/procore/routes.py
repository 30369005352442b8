"""Every path of the API that the stand-in knows: who answers, which tool it needs, where its project is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..exchange import Answer
from . import (
    budgets,
    codes,
    commitments,
    commitments_v20,
    direct_costs,
    lines,
    payments,
    periods,
    projects,
    requisitions,
    vendors,
    webhooks,
)
from .call import Call

Endpoint = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """`project` and `company` say where the id stands: path, query or body; empty where there is none."""

    method: str
    pattern: re.Pattern[str]
    endpoint: Endpoint
    tool: str
    level: str
    project: str
    company: str


def _route(
    request: str, endpoint: Endpoint, tool: str = "", level: str = "read", *, project: str = "", company: str = ""
) -> Route:
    method, _, template = request.partition(" ")
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", template.replace(".", r"\.")))
    project = "path" if "{project_id}" in template else project
    company = "path" if "{company_id}" in template else company
    return Route(method, pattern, endpoint, tool, level, project, company)


_V1, _V11 = "/rest/v1.0", "/rest/v1.1"
_V2 = "/rest/v2.0/companies/{company_id}"
_ORDERS = f"{_V1}/purchase_order_contracts"
_LINES = f"{_ORDERS}/{{purchase_order_contract_id}}/line_items"
_WBS = f"{_V1}/projects/{{project_id}}/work_breakdown_structure"
_VIEW = f"{_V1}/budget_views/{{budget_view_id}}"
_HOOKS = f"{_V2}/webhooks/hooks"
_PROJECT_HOOKS = f"{_V2}/projects/{{project_id}}/webhooks/hooks"
_BILLING = f"{_V1}/projects/{{project_id}}/billing_periods"
_COSTS = f"{_V11}/projects/{{project_id}}/direct_costs"
_PAYMENTS, _INVOICES = f"{_V1}/contract_payments", f"{_V11}/requisitions"

COMPANY = (
    _route(f"GET {_V1}/me", projects.me),
    _route(f"GET {_V1}/projects", projects.list_v10, "portfolio", company="query"),
    _route(f"GET {_V11}/projects", projects.list_v11, "portfolio", company="query"),
    _route(f"GET {_V1}/vendors", vendors.list_active, "company_directory", company="query"),
    _route(f"POST {_V1}/vendors", vendors.add, "company_directory", "admin", company="body"),
    _route(f"PATCH {_V1}/vendors/sync", vendors.sync_rows, "company_directory", "admin", company="body"),
    _route(f"GET {_V1}/vendors/{{id}}", vendors.one, "company_directory", company="query"),
    _route(f"PATCH {_V1}/vendors/{{id}}", vendors.change, "company_directory", "admin", company="body"),
    _route(f"GET {_V1}/companies/{{company_id}}/vendors/inactive", vendors.list_inactive, "company_directory"),
    _route(f"GET {_V1}/companies/{{company_id}}/uoms", codes.uoms, "company_admin"),
    _route(f"GET {_V1}/tax_codes", codes.tax_codes, "company_admin", company="query"),
    _route(f"GET {_V1}/line_item_types", codes.line_item_types, "company_admin"),
)
PROJECT = (
    _route(f"GET {_V11}/projects/{{project_id}}/vendors", vendors.list_of_project, "project_directory"),
    _route(
        f"POST {_V11}/projects/{{project_id}}/vendors/{{id}}/actions/add",
        vendors.add_to_project,
        "project_directory",
        "standard",
    ),
    _route(
        f"GET {_V1}/companies/{{company_id}}/projects/{{project_id}}/currency_configuration",
        projects.currency,
        "portfolio",
    ),
    _route(f"GET {_V1}/cost_codes", codes.cost_codes, "admin", project="query"),
    _route(f"GET {_WBS}/patterns", codes.patterns, "admin"),
    _route(f"GET {_WBS}/wbs_codes", codes.wbs_codes, "admin"),
    _route(f"POST {_WBS}/wbs_codes", codes.add_wbs_code, "admin", "standard"),
    _route(f"GET {_WBS}/segments", codes.segments, "admin"),
    _route(f"GET {_WBS}/segments/{{segment_id}}/segment_items", codes.segment_items, "admin"),
    _route(f"GET {_V1}/projects/{{project_id}}/budget", budgets.locked, "budget"),
    _route(f"GET {_V1}/budget_views", budgets.views, "budget", project="query"),
    _route(f"GET {_VIEW}/detail_rows", budgets.detail_rows, "budget", project="query"),
    _route(f"GET {_VIEW}/budget_detail_columns", budgets.columns, "budget", project="query"),
    _route(f"GET {_V1}/budget_line_items/{{id}}", budgets.one_line, "budget", project="query"),
    _route(f"GET {_V2}/projects/{{project_id}}/budget_line_items", budgets.list_v20, "budget"),
    _route(f"GET {_BILLING}", periods.list_all, "commitments"),
    _route(f"POST {_BILLING}", periods.add, "commitments", "admin"),
    _route(f"GET {_COSTS}", direct_costs.list_all, "direct_costs"),
    _route(f"POST {_COSTS}", direct_costs.add, "direct_costs", "standard"),
    _route(f"DELETE {_COSTS}/{{id}}", direct_costs.delete, "direct_costs", "standard"),
    _route(
        f"PATCH {_V1}/projects/{{project_id}}/direct_costs/sync", direct_costs.sync_rows, "direct_costs", "standard"
    ),
)
COMMITMENTS = (
    _route(f"GET {_ORDERS}", commitments.list_v10, "commitments", project="query"),
    _route(f"POST {_ORDERS}", commitments.add, "commitments", "admin", project="body"),
    _route(f"PATCH {_ORDERS}/sync", commitments.sync_rows, "commitments", "admin", project="body"),
    _route(f"GET {_ORDERS}/{{id}}", commitments.one, "commitments", project="query"),
    _route(f"PATCH {_ORDERS}/{{id}}", commitments.change, "commitments", "admin", project="body"),
    _route(f"DELETE {_ORDERS}/{{id}}", commitments.delete, "commitments", "admin", project="query"),
    _route(
        f"PATCH {_ORDERS}/{{purchase_order_contract_id}}/subcontractor_schedule_of_values_status",
        commitments.set_ssov_status,
        "commitments",
        "admin",
        project="body",
    ),
    _route(f"GET {_LINES}", lines.list_all, "commitments", project="query"),
    _route(f"POST {_LINES}", lines.add, "commitments", "admin", project="body"),
    _route(f"PATCH {_LINES}/sync", lines.sync_rows, "commitments", "admin", project="query"),
    _route(f"PATCH {_LINES}/{{id}}", lines.change, "commitments", "admin", project="body"),
    _route(f"DELETE {_LINES}/{{id}}", lines.delete, "commitments", "admin", project="query"),
    _route(f"GET {_V2}/projects/{{project_id}}/commitment_contracts", commitments_v20.list_all, "commitments"),
    _route(
        f"GET {_V2}/projects/{{project_id}}/commitment_contracts/{{contract_id}}/summary",
        commitments_v20.summary,
        "commitments",
    ),
    _route(f"GET {_INVOICES}", requisitions.list_all, "commitments", project="query"),
    _route(f"POST {_INVOICES}", requisitions.add, "commitments", "admin", project="body"),
    _route(f"GET {_INVOICES}/{{id}}", requisitions.one, "commitments", project="query"),
    _route(f"PATCH {_INVOICES}/{{id}}", requisitions.change, "commitments", "admin", project="body"),
    _route(f"DELETE {_INVOICES}/{{id}}", requisitions.delete, "commitments", "admin", project="query"),
    _route(
        f"GET {_V1}/requisitions/{{requisition_id}}/contract_items",
        requisitions.contract_items,
        "commitments",
        project="query",
    ),
    _route(
        f"PATCH {_V1}/requisitions/{{requisition_id}}/bulk_item_update",
        requisitions.bulk_items,
        "commitments",
        "admin",
        project="query",
    ),
    _route(f"GET {_PAYMENTS}", payments.list_all, "commitments", project="query"),
    _route(f"POST {_PAYMENTS}", payments.add, "commitments", "admin", project="body"),
    _route(f"GET {_PAYMENTS}/{{id}}", payments.one, "commitments", project="query"),
    _route(f"PATCH {_PAYMENTS}/{{id}}", payments.change, "commitments", "admin", project="body"),
    _route(f"DELETE {_PAYMENTS}/{{id}}", payments.delete, "commitments", "admin", project="query"),
)
WEBHOOKS = (
    _route(f"GET {_HOOKS}", webhooks.list_hooks, "webhooks"),
    _route(f"POST {_HOOKS}", webhooks.add_hook, "webhooks", "standard"),
    _route(f"GET {_HOOKS}/{{id}}", webhooks.one_hook, "webhooks"),
    _route(f"PATCH {_HOOKS}/{{id}}", webhooks.change_hook, "webhooks", "standard"),
    _route(f"DELETE {_HOOKS}/{{id}}", webhooks.delete_hook, "webhooks", "standard"),
    _route(f"GET {_HOOKS}/{{hook_id}}/triggers", webhooks.list_triggers, "webhooks"),
    _route(f"POST {_HOOKS}/{{hook_id}}/triggers", webhooks.add_trigger, "webhooks", "standard"),
    _route(f"DELETE {_HOOKS}/{{hook_id}}/triggers/{{id}}", webhooks.delete_trigger, "webhooks", "standard"),
    _route(f"GET {_HOOKS}/{{hook_id}}/deliveries", webhooks.list_deliveries, "webhooks"),
    _route(f"GET {_V2}/webhooks/resources", webhooks.resources, "webhooks"),
    _route(f"POST {_PROJECT_HOOKS}", webhooks.add_hook, "webhooks", "standard"),
    _route(f"POST {_PROJECT_HOOKS}/{{hook_id}}/triggers", webhooks.add_trigger, "webhooks", "standard"),
)
ROUTES = (*COMPANY, *PROJECT, *COMMITMENTS, *WEBHOOKS)
