"""Contract payments: what was paid on a commitment, for one of its requisitions or without."""

from __future__ import annotations

from ..exchange import Answer, Json
from . import fields
from .amounts import cents, decimal
from .call import Call
from .company import Company, public
from .paging import listed
from .problems import Invalid, missing

FORM: fields.Form = {
    **dict.fromkeys(("date", "invoice_date"), fields.day),
    **dict.fromkeys(("invoice_number", "check_number", "origin_id", "origin_data"), fields.text),
    **dict.fromkeys(("draw_request_number", "payment_number", "requisition_id"), fields.whole),
    "notes": fields.long_text,
    "payment_method": fields.one_of("check", "credit_card", "electronic"),
    "amount": fields.money,
    "prostore_file_ids": fields.anything,
}
BLANK: Json = {
    **{name: None for name in FORM if name != "prostore_file_ids"},
    "amount": "0",
    "status": None,
    "date_payment_settled": None,
    "date_payment_initiated": None,
    "external_payment_id": None,
    "origin_code": None,
    "attachments": [],
}
# All that the API itself still changes on a payment that is locked by its origin id.
CHANGEABLE_WHEN_LOCKED = ("origin_id", "origin_data", "prostore_file_ids")
RESOURCE = "Contract Payments"


# Taken, but not told again.
NOT_SHOWN = ("payment_method", "invoice_date")


def show(payment: Json) -> Json:
    shown = {name: value for name, value in public(payment).items() if name not in NOT_SHOWN}
    return {**shown, "amount": cents(decimal(payment["amount"]))}


def _order(call: Call) -> Json:
    """The commitment: in the query of reads and deletions, in the body of writes; always needed."""
    if call.asked.method in ("POST", "PATCH"):
        key: object = call.number("contract_id")
    else:
        key = call.first("contract_id")
        if not key:
            raise missing("contract_id")
    return call.company.get("purchase_orders", key, _project=call.project["id"], deleted_at=None)


def list_all(call: Call) -> Answer:
    """There are no filters."""
    return listed(call, list(call.company.rows("contract_payments", contract_id=_order(call)["id"])), show)


def _asked(call: Call) -> Json:
    return call.company.get("contract_payments", call.words["id"], contract_id=_order(call)["id"])


def one(call: Call) -> Answer:
    return Answer.json(show(_asked(call)))


def add(call: Call) -> Answer:
    made = create(call.company, call.project, _order(call), call.body().get("contract_payment") or {})
    return Answer.json(show(made), 201)


def create(company: Company, project: Json, order: Json, sent: Json) -> Json:
    given = _checked(company, order, sent, None)
    number = given.pop("payment_number", None)
    count = len(list(company.rows("contract_payments", contract_id=order["id"])))
    ids = {"project_id": project["id"], "contract_id": order["id"]}
    made = company.add("contract_payments", {**BLANK, **ids, **given, "payment_number": number or count + 1})
    company.tell(project, RESOURCE, "create", made["id"])
    return made


def _checked(company: Company, order: Json, sent: Json, own_id: int | None) -> Json:
    given = fields.read_fields(sent, FORM)
    company.claim_origin("contract_payments", given.get("origin_id"), own_id)
    if given.get("requisition_id") is not None:
        requisition = company.shelves["requisitions"].get(given["requisition_id"])
        if requisition is None or requisition["commitment_id"] != order["id"]:
            raise Invalid(requisition_id="is not an invoice of this contract")
    return {name: value for name, value in given.items() if name != "prostore_file_ids"}


def change(call: Call) -> Answer:
    payment = _asked(call)
    given = _checked(call.company, _order(call), call.body().get("contract_payment") or {}, payment["id"])
    if payment["origin_id"]:
        given = {name: value for name, value in given.items() if name in CHANGEABLE_WHEN_LOCKED}
    call.company.touch(payment, **given)
    call.company.tell(call.project, RESOURCE, "update", payment["id"])
    return Answer.json(show(payment))


def delete(call: Call) -> Answer:
    payment = _asked(call)
    if payment["origin_id"]:
        raise Invalid(base="The payment is synced with ERP and cannot be deleted")
    del call.company.shelves["contract_payments"][payment["id"]]
    call.company.tell(call.project, RESOURCE, "delete", payment["id"])
    return Answer.json({})
