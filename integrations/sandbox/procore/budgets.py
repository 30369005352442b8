"""Budgets: views with the customer's own columns, detail rows, budget lines with computed figures."""

from __future__ import annotations

from ..exchange import Answer, Json
from . import codes
from .amounts import cents
from .call import Call
from .company import Company, public
from .figures import figures
from .paging import V2, listed
from .problems import Problem

# What the standard view shows, by the words on the screen; a customer may rename them.
STANDARD_COLUMNS = {
    "Original Budget Amount": "original_budget_amount",
    "Budget Modifications": "budget_modifications",
    "Approved COs": "approved_budget_changes",
    "Revised Budget": "revised_budget",
    "Pending Budget Changes": "pending_budget_changes",
    "Projected Budget": "projected_budget",
    "Committed Costs": "committed_costs",
    "Direct Costs": "direct_costs",
    "Pending Cost Changes": "pending_cost_changes",
    "Projected Costs": "projected_costs",
    "Forecast To Complete": "budget_forecast",
    "Estimated Cost at Completion": "estimated_cost_at_completion",
    "Projected Over / Under": "projected_over_under",
}

ROW_SORTS = ("biller_type", "project", "biller", "category_id", "cost_code", "root_cost_code")


def locked(call: Call) -> Answer:
    return Answer.json({"locked": call.project["_budget_locked"]})


def views(call: Call) -> Answer:
    return listed(
        call, list(call.company.rows("budget_views", _project=call.project["id"])), _view, sorts=("created_at",)
    )


def _view(view: Json) -> Json:
    address = f"/rest/v1.0/budget_views/{view['id']}"
    links = {"detail_rows": f"{address}/detail_rows", "summary_rows": f"{address}/summary_rows"}
    return {**public(view), "links": links}


def _asked_view(call: Call) -> Json:
    return call.company.get("budget_views", call.words["budget_view_id"], _project=call.project["id"])


def columns(call: Call) -> Answer:
    names = list(_asked_view(call)["_columns"])
    return Answer.json(
        [
            {"aggregatable": True, "filterable": False, "groupable": False, "id": str(place), "name": name}
            | {"position": place, "type": "source"}
            for place, name in enumerate(names, start=1)
        ]
    )


def detail_rows(call: Call) -> Answer:
    """Budgeted codes (default), codes with costs and no budget line, or both."""
    view, kind = _asked_view(call), call.first("budget_row_type") or "budgeted"
    if kind not in ("budgeted", "unbudgeted", "all"):
        raise Problem(400, {"budget_row_type": ["is not included in the list"]})
    company, project = call.company, call.project
    lines = {each["_code"]: each for each in company.rows("budget_lines", _project=project["id"])}
    found = [_row(call, view, code, lines.get(code["id"])) for code in _codes_with_rows(company, project, lines)]
    found = [row for row in found if kind == "all" or row["budgeted"] == (kind == "budgeted")]
    return listed(call, [row for row in found if _wanted(call, row)], lambda row: row, sorts=ROW_SORTS)


def _codes_with_rows(company: Company, project: Json, lines: dict[int, Json]) -> list[Json]:
    """Codes that have a budget line or costs of any kind."""
    return [
        code
        for code in company.rows("wbs_codes", _project=project["id"])
        if code["id"] in lines or any(figures(company, project["id"], code["id"], None).values())
    ]


def _wanted(call: Call, row: Json) -> bool:
    """The view's own filters, which have no `filters[..]` around them."""
    names = {
        "cost_code_id[]": "cost_code_id",
        "category_id[]": "category_id",
        "root_cost_code_id[]": "root_cost_code_id",
        "budget_line_item_id[]": "id",
    }
    asked = call.asked.query
    return all(str(row[field]) in asked[name] for name, field in names.items() if name in asked)


def _row(call: Call, view: Json, code: Json, line: Json | None) -> Json:
    company, project = call.company, call.project
    found = figures(company, project["id"], code["id"], line)
    shown = {name: cents(found[figure]) for name, figure in view["_columns"].items()}
    return {
        "id": line and line["id"],
        "company_id": company.id,
        "company": company.name,
        "project_id": project["id"],
        "project": project["name"],
        "wbs_code_id": code["id"],
        "wbs_code": codes.short(company, code["id"]),
        **_code_columns(company, project, code),
        "budgeted": line is not None,
        "budgetable": True,
        "deletable": False,
        "original_budget_amount": cents(found["original_budget_amount"]),
        "budget_modifications": cents(found["budget_modifications"]),
        "budget_forecast": {"amount": cents(found["budget_forecast"]), "automatically_calculated": True},
        "currency_configuration": {"currency_iso_code": project["_currency"]},
        "unbudgeted_reason": None if line else "no_budget_line_item",
        **shown,
    }


def _code_columns(company: Company, project: Json, code: Json) -> Json:
    cost_code, kind = codes.halves(company, code["id"])
    assert cost_code is not None
    assert kind is not None
    whole = f"{cost_code['full_code']} - {cost_code['name']}"
    return {
        "biller_id": project["id"],
        "biller": project["name"],
        "biller_type": "Project",
        "root_cost_code_id": cost_code["id"],
        "root_cost_code": whole,
        "cost_code_id": cost_code["id"],
        "cost_code": whole,
        "cost_code_origin_id": cost_code["origin_id"],
        "category_id": kind["id"],
        "category": kind["name"],
    }


def one_line(call: Call) -> Answer:
    """Version 1.0: the only one with all computed figures, as JSON numbers."""
    company, project = call.company, call.project
    line = company.get("budget_lines", call.words["id"], _project=project["id"])
    found = figures(company, project["id"], line["_code"], line)
    cost_code, kind = codes.halves(company, line["_code"])
    return Answer.json(
        {
            "id": line["id"],
            "uom": None,
            "quantity": None,
            "unit_cost": None,
            "calculation_strategy": "manual",
            **{name: float(amount) for name, amount in found.items() if name != "budget_modifications"},
            "cost_code": cost_code and {name: cost_code[name] for name in ("id", "name", "code", "full_code")},
            "line_item_type": kind and {"id": kind["id"], "name": kind["name"]},
            "currency_configuration": {"currency_iso_code": project["_currency"]},
        }
    )


def list_v20(call: Call) -> Answer:
    """Ids as strings, and none of the computed figures."""
    asked = call.asked.query
    wanted = asked.get("filters[wbs_code_id]", []) + asked.get("filters[wbs_code_id][]", [])
    lines = list(call.company.rows("budget_lines", _project=call.project["id"]))
    found = [line for line in lines if not wanted or str(line["_code"]) in ",".join(wanted).strip("[]").split(",")]
    return listed(call, found, lambda line: _line_v20(call, line), V2, enveloped=True)


def _line_v20(call: Call, line: Json) -> Json:
    code = codes.short(call.company, line["_code"])
    assert code is not None
    return {
        "id": str(line["id"]),
        "original_budget_amount": line["original_budget_amount"],
        "quantity": None,
        "uom": None,
        "unit_cost": None,
        "calculation_strategy": "manual",
        "project_id": str(call.project["id"]),
        "company_id": str(call.company.id),
        "created_at": line["created_at"],
        "updated_at": line["updated_at"],
        "wbs_code": {**code, "id": str(code["id"])},
        "currency_configuration": {"currency_iso_code": call.project["_currency"]},
    }


def line_of(company: Company, project: Json, code_id: int) -> Json | None:
    return next(company.rows("budget_lines", _project=project["id"], _code=code_id), None)


def new_line(company: Company, project: Json, code_id: int, amount: str = "0.00") -> Json:
    extra = {"_project": project["id"], "_code": code_id, "_modifications": "0"}
    changes = {"_approved_changes": "0", "_pending_changes": "0"}
    return company.add("budget_lines", {"original_budget_amount": amount, **extra, **changes})


def ensure_line(company: Company, project: Json, code_id: int) -> None:
    """A line posted on an unbudgeted code makes a zero budget line by itself on new projects."""
    if company.knobs["zero_budget_lines"] and line_of(company, project, code_id) is None:
        new_line(company, project, code_id)
