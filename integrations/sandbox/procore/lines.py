"""Lines of a commitment, which are its schedule of values; they may be edited in Draft only."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import budgets, codes, fields, filters
from .amounts import decimal, loose
from .call import Call
from .company import Company, public
from .paging import listed
from .problems import Invalid
from .syncing import Shelfwork, sync

FORM: fields.Form = {
    **dict.fromkeys(("amount", "quantity", "unit_cost"), fields.money),
    **dict.fromkeys(("cost_code_id", "line_item_type_id", "tax_code_id", "wbs_code_id"), fields.whole),
    **dict.fromkeys(("origin_data", "origin_id"), fields.text),
    "description": fields.long_text,
    "uom": fields.text,
    "extended_type": fields.one_of("manual", "calculated"),
}
BLANK: Json = {
    "amount": "0",
    "quantity": "0",
    "unit_cost": "0",
    "uom": None,
    "extended_type": "manual",
    "description": None,
    "tax_code_id": None,
    "origin_id": None,
    "origin_data": None,
}
CODE_NAMES = ("wbs_code_id", "cost_code_id", "line_item_type_id")
RESOURCE = "Purchase Order Contract Line Items"
FILTERS: Mapping[str, filters.Filter] = filters.USUAL


def lines_of(company: Company, order: Json) -> list[Json]:
    return list(company.rows("line_items", _order=order["id"]))


def show_line(company: Company, order: Json, line: Json) -> Json:
    """Amounts come back as strings of another scale than they were sent in."""
    amount = loose(decimal(line["amount"]))
    cost_code, kind = codes.halves(company, line["_code"])
    coded = {"wbs_code": codes.short(company, line["_code"]), "cost_code": cost_code, "line_item_type": kind}
    return {
        **public(line),
        **({} if cost_code is None else coded),
        "amount": amount,
        "extended_amount": amount,
        "tax_amount": "0.0",
        "total_amount": amount,
        "quantity": loose(decimal(line["quantity"])),
        "unit_cost": loose(decimal(line["unit_cost"])),
        "holder": {"id": order["id"], "holder_type": "PurchaseOrderContract"},
    }


def _order(call: Call) -> Json:
    key = call.words["purchase_order_contract_id"]
    return call.company.get("purchase_orders", key, _project=call.project["id"], deleted_at=None)


def list_all(call: Call) -> Answer:
    order = _order(call)
    found = filters.chosen(call, lines_of(call.company, order), FILTERS)
    return listed(call, found, lambda line: show_line(call.company, order, line))


def _open(order: Json) -> None:
    if order["status"] != "Draft":
        raise Invalid(base=f"The schedule of values of a contract that is {order['status']} cannot be edited")


def create(company: Company, order: Json, sent: Json) -> Json:
    _open(order)
    project = company.shelves["projects"][order["_project"]]
    given = fields.read_fields(sent, FORM)
    company.claim_origin("line_items", given.get("origin_id"))
    code_id = _code(company, project, given, None)
    made = {**BLANK, **{name: value for name, value in given.items() if name not in CODE_NAMES}}
    _settle(company, order, made)
    position = len(lines_of(company, order)) + 1
    line = company.add("line_items", {**made, "position": position, "_order": order["id"], "_code": code_id})
    _posted(company, project, line, "create")
    return line


def update(company: Company, order: Json, line: Json, sent: Json) -> Json:
    _open(order)
    project = company.shelves["projects"][order["_project"]]
    given = fields.read_fields(sent, FORM)
    company.claim_origin("line_items", given.get("origin_id"), line["id"])
    code_id = _code(company, project, given, line["_code"])
    changed = {**line, **{name: value for name, value in given.items() if name not in CODE_NAMES}, "_code": code_id}
    _settle(company, order, changed)
    company.touch(line, **changed)
    _posted(company, project, line, "update")
    return line


def _posted(company: Company, project: Json, line: Json, event: str) -> None:
    if line["_code"] is not None:
        budgets.ensure_line(company, project, line["_code"])
    company.touch(company.shelves["purchase_orders"][line["_order"]])
    company.tell(project, RESOURCE, event, line["id"])


def _code(company: Company, project: Json, given: Json, before: int | None) -> int | None:
    if not any(given.get(name) is not None for name in CODE_NAMES):
        return before
    code = codes.usable_code(company, project, given)
    return None if code is None else int(code["id"])


def _settle(company: Company, order: Json, line: Json) -> None:
    """`manual` keeps our amount; `calculated`, and unit accounting, are quantity times unit cost."""
    if line["uom"] and not any(company.rows("uoms", name=line["uom"])):
        raise Invalid(uom="is not a unit of measure of this company")
    if line["tax_code_id"] and line["tax_code_id"] not in company.shelves["tax_codes"]:
        raise Invalid(tax_code_id="is invalid")
    if line["extended_type"] == "calculated" or order["accounting_method"] == "unit":
        line["amount"] = str(decimal(line["quantity"]) * decimal(line["unit_cost"]))


def add(call: Call) -> Answer:
    order = _order(call)
    made = create(call.company, order, call.wrapped("line_item"))
    return Answer.json(show_line(call.company, order, made), 201)


def _line(call: Call, order: Json) -> Json:
    return call.company.get("line_items", call.words["id"], _order=order["id"])


def change(call: Call) -> Answer:
    order = _order(call)
    line = update(call.company, order, _line(call, order), call.wrapped("line_item"))
    return Answer.json(show_line(call.company, order, line))


def delete(call: Call) -> Answer:
    order = _order(call)
    remove(call.company, order, _line(call, order))
    return Answer.json({})


def remove(company: Company, order: Json, line: Json) -> None:
    _open(order)
    if any(company.rows("requisition_items", line_item_id=line["id"])):
        raise Invalid(base="A line item that has been invoiced cannot be deleted")
    del company.shelves["line_items"][line["id"]]
    company.touch(order)
    company.tell(company.shelves["projects"][order["_project"]], RESOURCE, "delete", line["id"])


def sync_rows(call: Call) -> Answer:
    company, order = call.company, _order(call)

    def by_id(line_id: int) -> Json | None:
        found = company.shelves["line_items"].get(line_id)
        return found if found and found["_order"] == order["id"] else None

    return sync(
        call,
        Shelfwork(
            by_id=by_id,
            by_origin=lambda origin_id: next(company.rows("line_items", origin_id=origin_id, _order=order["id"]), None),
            create=lambda row: create(company, order, row),
            update=lambda line, row: update(company, order, line, row),
            show=lambda line: show_line(company, order, line),
        ),
    )
