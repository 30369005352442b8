"""Direct costs: costs of a project without a commitment and without a billing period."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import budgets, codes, fields, filters
from .amounts import cents, decimal, total
from .call import Call
from .company import Company, public
from .paging import listed
from .problems import Invalid
from .syncing import Shelfwork, sync

MOST_LINES = 100
FORM: fields.Form = {
    **dict.fromkeys(("direct_cost_date", "payment_date", "received_date"), fields.day),
    **dict.fromkeys(("invoice_number", "origin_data", "origin_id", "terms"), fields.text),
    **dict.fromkeys(("employee_id", "vendor_id"), fields.whole),
    "description": fields.long_text,
    "status": fields.one_of("draft", "pending", "revise_and_resubmit", "approved"),
    "direct_cost_type": fields.one_of("invoice", "expense", "payroll", "subcontractor_invoice"),
    "line_items": fields.rows,
}
LINE: fields.Form = {
    **dict.fromkeys(("manual_amount", "quantity", "unit_cost"), fields.loose_money),
    **dict.fromkeys(("origin_data", "origin_id", "ref", "uom"), fields.text),
    **dict.fromkeys(("wbs_code_id", "direct_cost_id"), fields.whole),
    "description": fields.long_text,
}
BLANK: Json = {**{name: None for name in FORM if name != "line_items"}, "status": "draft", "deleted_at": None}
FILTERS: Mapping[str, filters.Filter] = {
    **filters.USUAL,
    "origin_id": filters.exact("origin_id"),
    "invoice_number": filters.exact("invoice_number"),
    "payment_date": filters.days("payment_date"),
    "received_date": filters.days("received_date"),
}


def _lines(company: Company, cost: Json) -> list[Json]:
    return list(company.rows("direct_cost_lines", direct_cost_id=cost["id"]))


def show(company: Company, cost: Json) -> Json:
    project, vendor = company.shelves["projects"][cost["_project"]], company.shelves["vendors"][cost["vendor_id"]]
    lines = _lines(company, cost)
    shown = public(cost)
    shown.pop("employee_id")
    return {
        **shown,
        "grand_total": cents(total(line["amount"] for line in lines)),
        "vendor_name": vendor["name"],
        "vendor": {"id": vendor["id"], "name": vendor["name"]},
        "company": {"id": company.id, "name": company.name},
        "project": {"id": project["id"], "name": project["name"]},
        "attachments": [],
        "attachments_count": 0,
        "line_items_count": len(lines),
        "line_items": [_show_line(company, line) for line in lines],
        "currency_configuration": {"currency_iso_code": project["_currency"]},
    }


def _show_line(company: Company, line: Json) -> Json:
    names = ("id", "description", "origin_id", "created_at", "updated_at")
    amount = cents(decimal(line["amount"]))
    shown = {"amount": amount, "extended_amount": amount, "total_amount": amount}
    return {**{name: line[name] for name in names}, **shown, "wbs_code": codes.short(company, line["wbs_code_id"])}


def _row(company: Company, cost: Json) -> Json:
    shown = show(company, cost)
    left_out = ("attachments", "attachments_count", "line_items", "line_items_count", "company", "project")
    row = {name: value for name, value in shown.items() if name not in left_out}
    return {**row, "amount": shown["grand_total"], "vendor": shown["vendor_name"]}


def list_all(call: Call) -> Answer:
    rows = list(call.company.rows("direct_costs", _project=call.project["id"]))
    return listed(call, filters.chosen(call, rows, FILTERS), lambda cost: _row(call.company, cost))


def add(call: Call) -> Answer:
    return Answer.json(show(call.company, create(call.company, call.project, call.wrapped("direct_cost"))), 201)


def create(company: Company, project: Json, sent: Json) -> Json:
    given = fields.read_fields(sent, FORM)
    for name in ("invoice_number", "vendor_id", "direct_cost_type"):
        if given.get(name) is None:
            raise Invalid(**{name: "can't be blank"})
    company.claim_origin("direct_costs", given.get("origin_id"))
    if given["vendor_id"] not in company.shelves["vendors"]:
        raise Invalid(vendor_id="is invalid")
    lines = [_read_line(company, project, each) for each in given.pop("line_items", None) or []]
    if len(lines) > MOST_LINES:
        raise Invalid(line_items=f"at most {MOST_LINES} are taken")
    made = company.add("direct_costs", {**BLANK, **given, "_project": project["id"]})
    for line in lines:
        company.add("direct_cost_lines", {**line, "direct_cost_id": made["id"]})
        budgets.ensure_line(company, project, line["wbs_code_id"])
    company.tell(project, "Direct Costs", "create", made["id"])
    return made


def sync_rows(call: Call) -> Answer:
    """By id or origin id; one that has an origin id is read-only."""
    company, project = call.company, call.project

    def found(row: Json | None) -> Json | None:
        return row if row is not None and row["_project"] == project["id"] else None

    return sync(
        call,
        Shelfwork(
            by_id=lambda number: found(company.shelves["direct_costs"].get(number)),
            by_origin=lambda origin_id: found(company.by_origin("direct_costs", origin_id)),
            create=lambda row: create(company, project, row),
            update=lambda cost, row: change(company, project, cost, row),
            show=lambda cost: show(company, cost),
        ),
    )


def change(company: Company, project: Json, cost: Json, sent: Json) -> Json:
    if cost["origin_id"]:
        raise Invalid(base="The direct cost is synced with ERP and cannot be changed")
    given = fields.read_fields(sent, FORM)
    company.claim_origin("direct_costs", given.get("origin_id"), cost["id"])
    company.tell(project, "Direct Costs", "update", cost["id"])
    return company.touch(cost, **{name: value for name, value in given.items() if name != "line_items"})


def delete(call: Call) -> Answer:
    """With its lines; its id is answered."""
    company, cost = call.company, call.company.get("direct_costs", call.words["id"], _project=call.project["id"])
    if cost["origin_id"]:
        raise Invalid(base="The direct cost is synced with ERP and cannot be deleted")
    for line in _lines(company, cost):
        del company.shelves["direct_cost_lines"][line["id"]]
    del company.shelves["direct_costs"][cost["id"]]
    company.tell(call.project, "Direct Costs", "delete", cost["id"])
    return Answer.json({"id": cost["id"]})


def _read_line(company: Company, project: Json, sent: Json) -> Json:
    given = fields.read_fields(sent, LINE)
    company.claim_origin("direct_cost_lines", given.get("origin_id"))
    if given.get("wbs_code_id") is None:
        raise Invalid(wbs_code_id="can't be blank")
    codes.usable_code(company, project, given)
    amount = given.get("manual_amount") or str(decimal(given.get("quantity")) * decimal(given.get("unit_cost")))
    return {"description": None, "origin_id": None, **given, "amount": amount}
