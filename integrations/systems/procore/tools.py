"""Procore's tools by the names its pages have, and which one a call needs (permissions, August 2026).

Rights are levels per tool, company-wide or per project; there are no scopes. A refusal names neither tool nor project.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """`level` is the least that the manual, or a live report, says is needed; `purpose` what it is needed for."""

    name: str
    level: str
    purpose: str
    called: re.Pattern[str]
    of_project: bool = True


def _tool(name: str, level: str, purpose: str, called: str, *, of_project: bool = True) -> Tool:
    return Tool(name, level, purpose, re.compile(called), of_project)


COMPANY_DIRECTORY = _tool(
    "Company Directory", "Admin", "creating vendors", r"/(v1\.0|companies/\{company_id\})/vendors", of_project=False
)
COMPANY_ADMIN = _tool(
    "Admin (company)", "Read Only", "reading units, tax codes and cost types", "uoms|tax_codes|line_item_types",
    of_project=False,
)  # fmt: skip
PORTFOLIO = _tool(
    "Portfolio", "Read Only", "listing projects", r"/v1\.[01]/projects$|currency_configuration", of_project=False
)
PROJECT_DIRECTORY = _tool(
    "Project Directory", "Standard", "adding vendors to a project", r"projects/\{project_id\}/vendors"
)
COMMITMENTS = _tool(
    "Commitments", "Admin", "purchase orders, invoices, payments and billing periods",
    "purchase_order_contracts|requisitions|contract_payments|billing_periods|commitment_contracts",
)  # fmt: skip
BUDGET = _tool("Budget", "Read Only", "the budget check", "budget")
ADMIN = _tool("Admin (project)", "Read Only", "reading cost codes and WBS codes", "work_breakdown_structure|cost_codes")
DIRECT_COSTS = _tool("Direct Costs", "Standard", "bills without a purchase order", "direct_costs")

TOOLS = (
    PROJECT_DIRECTORY, COMPANY_DIRECTORY, COMPANY_ADMIN, PORTFOLIO, COMMITMENTS, BUDGET, ADMIN, DIRECT_COSTS,
)  # fmt: skip


def tool_of(template: str) -> Tool | None:
    """The tool that a call needs, by its path without ids."""
    return next((tool for tool in TOOLS if tool.called.search(template)), None)
