"""Requisitions, which are subcontractor invoices: a chain per commitment of which only the newest may change."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import billing, fields, filters
from .amounts import cents, decimal, percent
from .call import Call
from .company import Company, public
from .figures import COMMITTED
from .paging import REQUISITIONS, listed
from .periods import open_period
from .problems import Invalid, Problem, missing

STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")
_MONEY = [
    "work_completed_this_period",
    "materials_presently_stored",
    "materials_presently_stored_from_previous_progress",
    "new_materials",
    "new_materials_quantity",
    "stored_materials",
    "work_completed_retainage_retained_this_period",
    "materials_stored_retainage_currently_retained",
    "work_completed_retainage_released_this_period",
    "work_completed_this_period_quantity",
    "work_completed_retainage_percent_this_period",
    "materials_stored_retainage_percent_this_period",
    "subcontractor_claimed_amount",
]
ITEM: fields.Form = {
    **dict.fromkeys(_MONEY, fields.money),
    **dict.fromkeys(("line_item_id", "detail_line_item_id", "id"), fields.whole),
    "item_type": fields.one_of("contract_item", "contract_detail_item", "change_order_item"),
    "status": fields.one_of("approved", "rejected", "no_action"),
    "stored_materials_quantity": fields.anything,
    "comment": fields.long_text,
}
_DAYS = ["requisition_start", "requisition_end", "billing_date", "payment_date", "submitted_at"]
FORM: fields.Form = {
    **dict.fromkeys(_DAYS, fields.day),
    **dict.fromkeys(("invoice_number", "origin_data", "origin_id"), fields.text),
    "period_id": fields.whole,
    "final": fields.flag,
    "status": fields.one_of(*STATUSES),
    "items": fields.rows,
    "prostore_file_ids": fields.anything,
    "upload_ids": fields.anything,
}
BLANK: Json = {
    **dict.fromkeys((*_DAYS, "invoice_number", "origin_data", "origin_id")),
    "final": False,
    "status": "draft",
}
FILTERS: Mapping[str, filters.Filter] = {
    **filters.USUAL,
    "commitment_id": filters.whole("commitment_id"),
    "period_id": filters.whole("period_id"),
    "status": filters.among("status"),
    "origin_id": filters.exact("origin_id"),
}
NO_PERIOD = "The project must have an open billing period (or admin can specify a period_id) to create an invoice"
NOT_NEWEST = "Only the most recently created Invoice is editable or deletable"
LOCKED = "The invoice is synced with ERP and cannot be changed"


# Shown


def show(company: Company, requisition: Json, *, items: bool = False) -> Json:
    order = company.shelves["purchase_orders"][requisition["commitment_id"]]
    vendor = company.shelves["vendors"].get(order["vendor_id"] or 0, {})
    totals = billing.summary(company, order, requisition)
    shown = {
        **public(requisition),
        "commitment_type": "PurchaseOrderContract",
        "contract_name": order["title"],
        "vendor_id": order["vendor_id"],
        "vendor_name": vendor.get("name"),
        "erp_status": "synced" if requisition["origin_id"] else None,
        "deletable": _newest(company, requisition) and not requisition["origin_id"],
        "percent_complete": percent(
            decimal(totals["total_completed_and_stored_to_date"]), decimal(totals["contract_sum_to_date"])
        ),
        "total_claimed_amount": cents(billing.claimed(company, requisition)),
        "summary": totals,
        "payment_summary": billing.payment_summary(company, requisition),
    }
    if items:
        shown["items"] = [billing.show_item(company, order, each) for each in billing.items_of(company, requisition)]
    return shown


def _newest(company: Company, requisition: Json) -> bool:
    rows = company.rows("requisitions", commitment_id=requisition["commitment_id"])
    return all(each["number"] <= requisition["number"] for each in rows)


# Read


def list_all(call: Call) -> Answer:
    company = call.company
    rows = list(company.rows("requisitions", project_id=call.project["id"]))
    last = filters.flag(lambda requisition: _newest(company, requisition))
    found = filters.chosen(call, rows, {**FILTERS, "is_last": last})
    return listed(call, found, lambda each: show(company, each, items=call.extended), REQUISITIONS)


def _asked(call: Call, word: str = "id") -> Json:
    return call.company.get("requisitions", call.words[word], project_id=call.project["id"])


def one(call: Call) -> Answer:
    return Answer.json(show(call.company, _asked(call), items=call.extended))


def contract_items(call: Call) -> Answer:
    requisition = _asked(call, "requisition_id")
    order = call.company.shelves["purchase_orders"][requisition["commitment_id"]]
    items = billing.items_of(call.company, requisition)
    return listed(call, items, lambda item: billing.show_item(call.company, order, item))


# Written


def _commitment(call: Call) -> Json:
    key = call.number("commitment_id")
    return call.company.get("purchase_orders", key, _project=call.project["id"], deleted_at=None)


def add(call: Call) -> Answer:
    made = create(call.company, call.project, _commitment(call), call.body().get("requisition") or {})
    return Answer.json(show(call.company, made, items=call.extended), 201)


def create(company: Company, project: Json, order: Json, sent: Json) -> Json:
    given = fields.read_fields(sent, FORM)
    company.claim_origin("requisitions", given.get("origin_id"))
    _check_order(company, order)
    given["period_id"] = _period(company, project, given.get("period_id"))["id"]
    items = [fields.read_fields(each, ITEM) for each in given.pop("items", None) or []]
    earlier = billing.chain(company, order)
    blank = {**BLANK, "project_id": project["id"], "commitment_id": order["id"], "number": len(earlier) + 1}
    chained = {"previous_requisition_id": earlier[-1]["id"] if earlier else None}
    made = company.add("requisitions", {**blank, **chained, "_due": "0", "_retained_now": "0", **given})
    billing.build_items(company, order, made)
    try:
        _write_items(company, order, made, items, "line_item_id")
    except Problem:
        forget(company, made)
        raise
    return made


def _check_order(company: Company, order: Json) -> None:
    if order["billing_schedule_of_values_status"] not in (None, "approved"):
        raise Problem(400, None)
    if company.knobs["invoice_approved_only"] and order["status"] not in (*COMMITTED, "Received"):
        raise Invalid(base="The commitment must be approved to create an invoice")


def _period(company: Company, project: Json, period_id: int | None) -> Json:
    """The period named, or the open one."""
    if period_id is None:
        found = open_period(company, project)
        if found is None:
            raise Problem(400, NO_PERIOD)
        return found
    found = company.shelves["billing_periods"].get(period_id)
    if found is None or found["_project"] != project["id"]:
        raise Invalid(period_id="is invalid")
    return found


def _write_items(company: Company, order: Json, requisition: Json, sent: list[Json], key: str) -> None:
    """Items by the line they bill, or by their own id; all of them or none."""
    held = billing.items_of(company, requisition)
    pairs = []
    for given in sent:
        named = "detail_line_item_id" if key != "id" and given.get("detail_line_item_id") else key
        item = next((each for each in held if each[named] == given.get(named)), None)
        if item is None or given.get("item_type", item["item_type"]) != item["item_type"]:
            raise Invalid(items="do not match the schedule of values")
        pairs.append((item, given))
    copies = [dict(item) for item, _ in pairs]
    try:
        for item, given in pairs:
            billing.write_item(company, order, item, given)
    except Problem:
        for (item, _), copy in zip(pairs, copies, strict=True):
            item.update(copy)
        raise
    billing.settle(company, order, requisition)


def check_editable(company: Company, requisition: Json) -> None:
    if not _newest(company, requisition):
        raise Problem(400, NOT_NEWEST)
    if requisition["origin_id"]:
        raise Invalid(base=LOCKED)


def change(call: Call) -> Answer:
    requisition, order = _asked(call), _commitment(call)
    if requisition["commitment_id"] != order["id"]:
        raise Invalid(commitment_id="is invalid")
    update(call.company, call.project, order, requisition, call.body().get("requisition") or {})
    return Answer.json(show(call.company, requisition, items=call.extended))


def update(company: Company, project: Json, order: Json, requisition: Json, sent: Json) -> None:
    check_editable(company, requisition)
    given = fields.read_fields(sent, FORM)
    company.claim_origin("requisitions", given.get("origin_id"), requisition["id"])
    if given.get("period_id") is not None:
        _period(company, project, given["period_id"])
    items = [fields.read_fields(each, ITEM) for each in given.pop("items", None) or []]
    if any("id" not in each or "item_type" not in each for each in items):
        raise missing("id, item_type")
    _write_items(company, order, requisition, items, "id")
    company.touch(requisition, **given)


def bulk_items(call: Call) -> Answer:
    """200 without a body."""
    requisition = _asked(call, "requisition_id")
    order = call.company.shelves["purchase_orders"][requisition["commitment_id"]]
    sent = call.body().get("requisition_items")
    if not sent:
        raise missing("requisition_items")
    check_editable(call.company, requisition)
    items = [fields.read_fields(each, ITEM) for each in fields.rows("requisition_items", sent)]
    _write_items(call.company, order, requisition, items, "id")
    return Answer.empty(200)


def delete(call: Call) -> Answer:
    requisition = _asked(call)
    check_editable(call.company, requisition)
    forget(call.company, requisition)
    return Answer.json({})


def forget(company: Company, requisition: Json) -> None:
    for item in billing.items_of(company, requisition):
        del company.shelves["requisition_items"][item["id"]]
    del company.shelves["requisitions"][requisition["id"]]
