"""What both stand-ins hold, as plain figures: the ground on which everything is worked out anew.

Nothing of the portal's own code is used here or in `reckoning.py`, so that both can be wrong in different ways only.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.sandbox import Sandbox
from integrations.sandbox.contractor import books, mapping

Json = dict[str, Any]
CENT = Decimal("0.01")
PURCHASE, LINE, BILL, PAYMENT = "xero:po:", "xero:pol:", "xero:inv:", "xero:pay:"


@dataclass(frozen=True)
class Setting:
    """The tables as people filled them in, and the settings of the integration."""

    start: date
    tenant: str = books.TENANT
    project_category: str = books.PROJECT
    projects: dict[str, str] = field(default_factory=lambda: dict(mapping.PROJECTS))
    cost_codes: dict[tuple[str, str, str], str] = field(default_factory=lambda: dict(mapping.COST_CODES))
    marks: dict[str, str] = field(default_factory=lambda: dict(mapping.MARKS))
    budget_lines: dict[tuple[str, str], str] = field(default_factory=lambda: dict(mapping.BUDGET_LINES))
    when_paid: bool = True
    tolerance: Decimal = Decimal(0)
    # Numbers of orders that somebody approved though they are over budget.
    approved: frozenset[str] = frozenset()
    # Orders as they were when they were first billed, by id: what was changed since stands nowhere (A83).
    as_billed: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """`left` is what people other than us leave of each code's budget; codes by what is written, with their state."""

    number: str
    currency: str
    codes: dict[str, bool]
    left: dict[str, Decimal]
    open_period: tuple[date, date] | None


def exact(value: Any) -> Decimal:
    return Decimal(str(value))


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def day_of(text: str) -> date:
    """Of `/Date(1700000000000+0000)/` or an ISO date."""
    found = re.match(r"/Date\((-?\d+)", text)
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date() if found else date.fromisoformat(text[:10])


def shelf(sandbox: Sandbox, tenant: str, name: str) -> list[Json]:
    return list(sandbox.xero.collections()[f"{tenant}/{name}"].values())


def company(sandbox: Sandbox) -> dict[str, list[Json]]:
    """The first company's records with what the stand-in keeps beside them."""
    owner = next(iter(sandbox.procore.companies.values()))
    return {name: list(rows.values()) for name, rows in owner.shelves.items()}


def projects(sandbox: Sandbox) -> dict[str, Project]:
    found = company(sandbox)
    return {row["project_number"]: _project(found, row) for row in found["projects"]}


def _project(found: dict[str, list[Json]], row: Json) -> Project:
    mine = {code["id"]: code for code in found["wbs_codes"] if code["_project"] == row["id"]}
    names = {key: code["flat_code"].strip() for key, code in mine.items()}
    left: dict[str, Decimal] = defaultdict(Decimal)
    for line in found["budget_lines"]:
        if line["_project"] == row["id"]:
            more = exact(line["_modifications"]) + exact(line["_approved_changes"])
            left[names[line["_code"]]] += exact(line["original_budget_amount"]) + more
    counted = {order["id"] for order in found["purchase_orders"] if _counts(order) and not _ours(order)}
    for line in found["line_items"]:
        if line["_order"] in counted and line["_code"] in names:
            left[names[line["_code"]]] -= exact(line["amount"])
    periods = [each for each in found["billing_periods"] if each["_project"] == row["id"] and each["status"] == "open"]
    spans = [(date.fromisoformat(each["start_date"]), date.fromisoformat(each["end_date"])) for each in periods]
    states = {names[key]: code["status"] == "active" for key, code in mine.items()}
    return Project(row["project_number"], row["_currency"], states, dict(left), spans[0] if spans else None)


def _counts(order: Json) -> bool:
    return order["status"] in ("Approved", "Partially Received") and not order["deleted_at"]


def _ours(order: Json) -> bool:
    return str(order["origin_id"] or "").startswith(PURCHASE)


# What stands in Procore of ours


@dataclass
class Standing:
    """By our references without their beginnings; a list, for whatever stands more than once."""

    commitments: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    requisitions: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    payments: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))


def standing(sandbox: Sandbox) -> Standing:
    """Commitments that are not closed, with their lines; requisitions with what they take of them; payments."""
    found, what = company(sandbox), Standing()
    codes = {code["id"]: code["flat_code"].strip() for code in found["wbs_codes"]}
    numbers = {project["id"]: project["project_number"] for project in found["projects"]}
    vendors = {vendor["id"]: vendor for vendor in found["vendors"]}
    lines = {line["id"]: line for line in found["line_items"]}
    for order in found["purchase_orders"]:
        if _ours(order) and not order["deleted_at"] and order["status"] != "Closed":
            held = [line for line in lines.values() if line["_order"] == order["id"]]
            what.commitments[order["origin_id"].removeprefix(PURCHASE)].append({
                "project": numbers[order["_project"]], "vendor": vendors[order["vendor_id"]], "status": order["status"],
                "number": order["number"], "id": order["id"],
                "lines": {_line(line): (codes.get(line["_code"], ""), exact(line["amount"])) for line in held},
            })  # fmt: skip
    for row in found["requisitions"]:
        taken = [item for item in found["requisition_items"] if item["_requisition"] == row["id"]]
        amounts = {_line(lines[item["line_item_id"]]): exact(item["work_completed_this_period"]) for item in taken}
        what.requisitions[_reference(row, BILL)].append({
            "commitment": row["commitment_id"], "number": row["invoice_number"], "id": row["id"],
            "date": row["billing_date"], "paid": row["payment_date"], "locked": bool(row["origin_id"]),
            "lines": {key: amount for key, amount in amounts.items() if amount},
        })  # fmt: skip
    for row in found["contract_payments"]:
        what.payments[_reference(row, PAYMENT)].append({
            "requisition": row["requisition_id"], "amount": exact(row["amount"]), "date": row["date"],
            "locked": bool(row["origin_id"]),
        })  # fmt: skip
    return what


def _line(line: Json) -> str:
    return str(line["origin_id"] or "").removeprefix(LINE)


def _reference(row: Json, beginning: str) -> str:
    return str(row["origin_data"] or row["origin_id"] or "").removeprefix(beginning)
