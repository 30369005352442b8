"""Purchase order contracts, which are the commitments: header, statuses, totals, sync."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import fields, filters
from .amounts import decimal, loose, percent, total
from .call import Call
from .company import Company, public
from .lines import lines_of, show_line
from .moments import stamp
from .paging import listed
from .problems import Invalid, Problem
from .syncing import Shelfwork, sync

STATUSES = ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed")
_TEXTS = [
    "bill_to_address",
    "origin_code",
    "origin_data",
    "origin_id",
    "number",
    "payment_terms",
    "ship_to_address",
    "ship_via",
    "title",
]
_DAYS = [
    "approval_letter_date",
    "contract_date",
    "delivery_date",
    "execution_date",
    "issued_on_date",
    "letter_of_intent_date",
    "returned_date",
]
SYNC_FORM: fields.Form = {
    **dict.fromkeys(_TEXTS, fields.text),
    **dict.fromkeys(_DAYS, fields.day),
    "description": fields.long_text,
    "status": fields.one_of(*STATUSES),
    "accounting_method": fields.one_of("amount", "unit"),
    "vendor_id": fields.whole,
    "assignee_id": fields.whole,
    "executed": fields.flag,
    "private": fields.flag,
    "retainage_percent": fields.money,
}
_LISTS = ["invoice_contact_user_ids", "drawing_revision_ids", "file_version_ids", "form_ids", "image_ids", "upload_ids"]
FORM: fields.Form = {
    **SYNC_FORM,
    **dict.fromkeys(_LISTS, fields.anything),
    "currency_exchange_rate": fields.anything,
    "currency_iso_code": fields.text,
}
BLANK: Json = {
    **dict.fromkeys((*_TEXTS, *_DAYS)),
    "description": None,
    "status": "Draft",
    "vendor_id": None,
    "executed": False,
    "private": True,
    "retainage_percent": "0.0",
    "deleted_at": None,
    "signed_contract_received_date": None,
    "billing_schedule_of_values_status": None,
}
FILTERS: Mapping[str, filters.Filter] = {
    **filters.USUAL,
    "status": filters.among("status"),
    "origin_id": filters.exact("origin_id"),
}


# Shown


def show(company: Company, order: Json, *, extended: bool = True) -> Json:
    project = company.shelves["projects"][order["_project"]]
    shown = {**public(order), **totals(company, order)}
    shown.pop("vendor_id"), shown.pop("assignee_id", None)
    shown["vendor"] = _vendor(company, order["vendor_id"])
    shown["project"] = {"id": project["id"], "name": project["name"]}
    shown["currency_configuration"] = {"currency_iso_code": project["_currency"]}
    shown["requisitions_are_enabled"] = True
    if extended:
        shown["line_items"] = [show_line(company, order, line) for line in lines_of(company, order)]
    return shown


def _vendor(company: Company, vendor_id: int | None) -> Json | None:
    vendor = company.shelves["vendors"].get(vendor_id or 0)
    if vendor is None:
        return None
    return {"id": vendor["id"], "company": vendor["name"]} | {
        name: vendor[name] for name in ("origin_id", "origin_data")
    }


def totals(company: Company, order: Json) -> Json:
    worth = total(line["amount"] for line in lines_of(company, order))
    paid = total(each["amount"] for each in company.rows("contract_payments", contract_id=order["id"]))
    billed = total(each["_due"] for each in company.rows("requisitions", commitment_id=order["id"]))
    none = dict.fromkeys(("approved_change_orders", "pending_change_orders", "draft_change_orders_amount"), "0.0")
    return {
        **none,
        "grand_total": loose(worth),
        "revised_contract": loose(worth),
        "pending_revised_contract": loose(worth),
        "total_payments": loose(paid),
        "percentage_paid": loose(decimal(percent(paid, worth).rstrip("%"))),
        "remaining_balance_outstanding": loose(worth - paid),
        "total_requisitions_amount": loose(billed),
        "total_draw_requests_amount": "0.0",
    }


# Read


def order_of(call: Call, word: str = "id") -> Json:
    """The commitment a path names, of this project and not deleted."""
    return call.company.get("purchase_orders", call.words[word], _project=call.project["id"], deleted_at=None)


def with_deleted(call: Call, orders: list[Json]) -> list[Json]:
    wanted = call.first("filters[include_deleted]")
    if wanted == "with":
        return orders
    return [order for order in orders if (order["deleted_at"] is not None) == (wanted == "only")]


def list_v10(call: Call) -> Answer:
    orders = with_deleted(call, list(call.company.rows("purchase_orders", _project=call.project["id"])))
    found = filters.chosen(call, orders, FILTERS)
    return listed(call, found, lambda order: show(call.company, order, extended=call.extended))


def one(call: Call) -> Answer:
    return Answer.json(show(call.company, order_of(call)))


# Written


def create(company: Company, project: Json, sent: Json, form: fields.Form = FORM) -> Json:
    given = _checked(company, project, sent, form, None)
    number = given.pop("number", None) or _next_number(company, project)
    defaults = {**BLANK, "accounting_method": "amount", "title": None}
    made = company.add("purchase_orders", {**defaults, **given, "number": number, "_project": project["id"]})
    company.tell(project, "Purchase Order Contracts", "create", made["id"])
    return made


def update(company: Company, project: Json, order: Json, sent: Json, form: fields.Form = FORM) -> Json:
    if order["deleted_at"] is not None:
        raise Invalid(base="The contract has been deleted")
    given = _checked(company, project, sent, form, order)
    company.touch(order, **given)
    company.tell(project, "Purchase Order Contracts", "update", order["id"])
    return order


def _checked(company: Company, project: Json, sent: Json, form: fields.Form, order: Json | None) -> Json:
    given = fields.read_fields(sent, form)
    own_id = None if order is None else int(order["id"])
    company.claim_origin("purchase_orders", given.get("origin_id"), own_id)
    _check_vendor(company, project, given, order)
    if "currency_iso_code" in given and not project["_multicurrency"]:
        raise Invalid(currency_iso_code="can only be set when multiple currencies are enabled")
    same = (each["id"] for each in company.rows("purchase_orders", _project=project["id"], number=given.get("number")))
    if given.get("number") and not company.knobs["numbers_repeat"] and any(each != own_id for each in same):
        raise Invalid(number="has already been taken")
    if order is not None and lines_of(company, order):
        method = given.get("accounting_method", order["accounting_method"])
        if method != order["accounting_method"]:
            raise Invalid(accounting_method="cannot be changed once there are line items")
    return given


def _check_vendor(company: Company, project: Json, given: Json, order: Json | None) -> None:
    """In the project's directory; not to be changed once the contract is approved."""
    if given.get("vendor_id") is not None:
        vendor = company.shelves["vendors"].get(given["vendor_id"])
        if vendor is None or project["id"] not in vendor["project_ids"]:
            raise Invalid(vendor="must be in the project directory")
    changes = order is not None and given.get("vendor_id", order["vendor_id"]) != order["vendor_id"]
    if changes and order is not None and order["status"] == "Approved":
        raise Invalid(vendor="cannot be changed on an approved contract")


def _next_number(company: Company, project: Json) -> str:
    return f"PO-{len(list(company.rows('purchase_orders', _project=project['id']))) + 1:03d}"


def add(call: Call) -> Answer:
    made = create(call.company, call.project, call.wrapped("purchase_order_contract"))
    return Answer.json(show(call.company, made), 201)


def change(call: Call) -> Answer:
    order = update(call.company, call.project, order_of(call), call.wrapped("purchase_order_contract"))
    return Answer.json(show(call.company, order))


def sync_rows(call: Call) -> Answer:
    company, project = call.company, call.project

    def by_id(order_id: int) -> Json | None:
        found = company.shelves["purchase_orders"].get(order_id)
        return found if found and found["_project"] == project["id"] else None

    def by_origin(origin_id: str) -> Json | None:
        """One of another project is not found, and then refused when it is to be made: taken company-wide."""
        return next(company.rows("purchase_orders", origin_id=origin_id, _project=project["id"]), None)

    return sync(
        call,
        Shelfwork(
            by_id=by_id,
            by_origin=by_origin,
            create=lambda row: create(company, project, row, SYNC_FORM),
            update=lambda order, row: update(company, project, order, row, SYNC_FORM),
            show=lambda order: show(company, order, extended=False),
        ),
    )


def delete(call: Call) -> Answer:
    order = order_of(call)
    remove(call.company, call.project, order)
    return Answer.json({})


def remove(company: Company, project: Json, order: Json) -> None:
    if order["status"] == "Approved":
        raise Invalid(base="An approved contract cannot be deleted")
    if any(company.rows("requisitions", commitment_id=order["id"])) or any(
        company.rows("contract_payments", contract_id=order["id"])
    ):
        raise Invalid(base="A contract with invoices or payments cannot be deleted")
    company.touch(order, deleted_at=stamp(company.clock))
    company.tell(project, "Purchase Order Contracts", "delete", order["id"])


def set_ssov_status(call: Call) -> Answer:
    """The subcontractor's own schedule of values, where the contract has one."""
    order, status = order_of(call, "purchase_order_contract_id"), call.body().get("status")
    if status not in ("draft", "revise_and_resubmit", "under_review", "approved"):
        raise Problem(400, {"status": ["is not included in the list"]})
    if order["billing_schedule_of_values_status"] is None:
        raise Invalid(base="Subcontractor SOV is not enabled on this contract")
    call.company.touch(order, billing_schedule_of_values_status=status)
    return Answer.json({"status": status})
