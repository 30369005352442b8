"""Project documents to Procore's exact bytes. Pure: the same document gives the same bytes.

Amounts are texts of two decimals: a JSON number is refused. Our reference stands in `origin_id` on commitments and
their lines, which that does not lock, and in `origin_data` on invoices, payments and direct costs, which `origin_id`
would make read-only (origin fields, August 2026). A badly formatted date would be stored as none without a word.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from integrations.documents import PreparedWrite
from integrations.errors import HoldRecordError, ProgrammingError
from integrations.project_documents import CommitmentLine, PaymentMethod
from integrations.project_writes import (
    CommitmentRemoval,
    DirectCostChange,
    DirectCostRemoval,
    DirectCostWrite,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    PaymentChange,
    PaymentLock,
    PaymentRemoval,
    PaymentWrite,
    ProjectVendorWrite,
    ProjectWrite,
    RequisitionChange,
    RequisitionItemsChange,
    RequisitionRemoval,
    RequisitionWrite,
    StatusWrite,
)
from integrations.systems.exact_json import dumps
from integrations.systems.procore import paths
from integrations.systems.procore.parse import REQUISITION_WORDS, STATUS_WORDS
from integrations.systems.procore.system import PROCORE

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")
MOST_ROWS, MOST_DIRECT_LINES = 1000, 100
METHODS = {PaymentMethod.CHECK: "check", PaymentMethod.CARD: "credit_card", PaymentMethod.ELECTRONIC: "electronic"}
Row = dict[str, Any]


def prepare(writes: Sequence[ProjectWrite]) -> PreparedWrite:
    """One request. HoldRecordError names what Procore cannot hold."""
    kinds = {type(write) for write in writes}
    if len(kinds) != 1:
        raise ProgrammingError("One request to Procore writes documents of one kind, in one way.")
    if kinds == {HeaderWrite}:
        headers = [cast(HeaderWrite, write) for write in writes]
        return _orders({each.commitment.project for each in headers}, [_header(each) for each in headers])
    if kinds == {StatusWrite}:
        moves = [cast(StatusWrite, write) for write in writes]
        return _orders({each.project for each in moves}, [_status(each) for each in moves])
    if len(writes) != 1:
        raise ProgrammingError("Only headers and statuses of commitments go to Procore several at a time.")
    return _ALONE[type(writes[0])](writes[0])


def _orders(projects: set[str], rows: list[Row]) -> PreparedWrite:
    if len(projects) != 1 or len(rows) > PROCORE.commitment_batch:
        raise ProgrammingError("One request to Procore holds commitments of one project, and not too many.")
    body = {"project_id": number_of(projects.pop()), "updates": rows}
    return PreparedWrite("PATCH", paths.ORDERS_SYNC, paths.ORDERS_SYNC, dumps(body).encode(), len(rows))


def _header(write: HeaderWrite) -> Row:
    found = write.commitment
    _check_sum(f"Commitment {found.number[:60]}", (line.amount for line in found.lines), found.total)
    delivery = {"delivery_date": found.delivery_date.isoformat()} if found.delivery_date else {}
    description = {"description": clean(found.description)} if found.description else {}
    return {
        "origin_id": key(found.origin),
        "origin_code": key(found.number),
        "number": key(found.number),
        "title": clean(found.title, 255),
        "vendor_id": number_of(found.vendor),
        "status": "Draft",
        "accounting_method": "amount",
        "contract_date": found.date.isoformat(),
        **delivery,
        **description,
        "retainage_percent": "0",
    }


def _status(write: StatusWrite) -> Row:
    return {"id": number_of(write.commitment), "status": STATUS_WORDS[write.status]}


def _lines(write: LinesWrite) -> PreparedWrite:
    if not 0 < len(write.lines) <= MOST_ROWS:
        raise _cannot_hold(f"the commitment has {len(write.lines)} lines, and 1 to {MOST_ROWS} can be sent")
    path = f"{paths.LINES_SYNC}?project_id={number_of(write.project)}"
    body = {"updates": [_line(line) for line in write.lines]}
    return _alone("PATCH", path, paths.LINES_SYNC, body, purchase_order_contract_id=write.commitment)


def _line(line: CommitmentLine) -> Row:
    return {
        "origin_id": key(line.origin),
        "wbs_code_id": number_of(line.code),
        "description": clean(line.description),
        "amount": amount_of(line.amount),
        "extended_type": "manual",
    }


def _requisition(write: RequisitionWrite) -> PreparedWrite:
    found = write.requisition
    _check_sum(f"Bill {found.number[:60]}", (item.amount for item in found.items), found.total)
    items = [
        {
            "item_type": "contract_item",
            "line_item_id": number_of(item.line),
            "work_completed_this_period": amount_of(item.amount),
        }
        for item in found.items
    ]
    paid = {"payment_date": found.payment_date.isoformat()} if found.payment_date else {}
    requisition = {
        "period_id": number_of(found.period),
        "billing_date": found.date.isoformat(),
        "requisition_start": found.starts.isoformat(),
        "requisition_end": found.ends.isoformat(),
        **paid,
        "invoice_number": key(found.number),
        "status": REQUISITION_WORDS[found.status],
        "origin_data": key(found.reference),
        "items": items,
    }
    body = {**_of_commitment(found.project, found.commitment), "requisition": requisition}
    return _alone("POST", f"{paths.REQUISITIONS}?view=extended", paths.REQUISITIONS, body)


def _requisition_change(write: RequisitionChange) -> PreparedWrite:
    status = {"status": REQUISITION_WORDS[write.status]} if write.status else {}
    paid = {"payment_date": write.payment_date.isoformat()} if write.payment_date else {}
    locked = {"origin_id": key(write.origin)} if write.origin else {}
    if not (status or paid or locked):
        raise ProgrammingError("A change of an invoice says what is to change.")
    body = {**_of_commitment(write.project, write.commitment), "requisition": {**status, **paid, **locked}}
    path = f"{paths.REQUISITION}?view=extended"
    return _alone("PATCH", path, paths.REQUISITION, body, id=write.requisition)


def _requisition_items(write: RequisitionItemsChange) -> PreparedWrite:
    items = [
        {
            "id": number_of(each.item),
            "item_type": "contract_item",
            "work_completed_this_period": amount_of(each.amount),
            "materials_presently_stored": amount_of(Decimal(0)),
        }
        for each in write.items
    ]
    if not items:
        raise ProgrammingError("A change of an invoice's items says which are to change.")
    body = {**_of_commitment(write.project, write.commitment), "requisition": {"items": items}}
    path = f"{paths.REQUISITION}?view=extended"
    return _alone("PATCH", path, paths.REQUISITION, body, id=write.requisition)


def _payment(write: PaymentWrite) -> PreparedWrite:
    found = write.payment
    invoiced = {"invoice_date": found.invoice_date.isoformat()} if found.invoice_date else {}
    numbered = {"invoice_number": key(found.number)} if found.number else {}
    noted = {"notes": clean(found.notes)} if found.notes else {}
    payment = {
        "amount": amount_of(found.amount),
        "date": found.date.isoformat(),
        **numbered,
        **invoiced,
        "payment_method": METHODS[found.method],
        **noted,
        "requisition_id": number_of(found.requisition),
        "origin_data": key(found.reference),
    }
    ids = {"project_id": number_of(found.project), "contract_id": number_of(found.commitment)}
    return _alone("POST", paths.PAYMENTS, paths.PAYMENTS, {**ids, "contract_payment": payment})


def _payment_change(write: PaymentChange) -> PreparedWrite:
    ids = {"project_id": number_of(write.project), "contract_id": number_of(write.commitment)}
    body = {**ids, "contract_payment": {"amount": amount_of(write.amount)}}
    return _alone("PATCH", paths.PAYMENT, paths.PAYMENT, body, id=write.payment)


def _payment_lock(write: PaymentLock) -> PreparedWrite:
    ids = {"project_id": number_of(write.project), "contract_id": number_of(write.commitment)}
    body = {**ids, "contract_payment": {"origin_id": key(write.origin)}}
    return _alone("PATCH", paths.PAYMENT, paths.PAYMENT, body, id=write.payment)


def _direct_cost(write: DirectCostWrite) -> PreparedWrite:
    found = write.cost
    if not 0 < len(found.lines) <= MOST_DIRECT_LINES:
        raise _cannot_hold(f"bill {found.number[:60]} has {len(found.lines)} lines, and at most 100 can be sent")
    _check_sum(f"Bill {found.number[:60]}", (line.amount for line in found.lines), found.total)
    lines = [
        {
            "wbs_code_id": number_of(line.code),
            "description": clean(line.description),
            "manual_amount": amount_of(line.amount),
        }
        for line in found.lines
    ]
    paid = {"payment_date": found.payment_date.isoformat()} if found.payment_date else {}
    cost = {
        "direct_cost_type": "invoice",
        "vendor_id": number_of(found.vendor),
        "invoice_number": key(found.number),
        "direct_cost_date": found.date.isoformat(),
        **paid,
        "status": str(found.status),
        "origin_data": key(found.reference),
        "line_items": lines,
    }
    return _alone("POST", paths.DIRECT_COSTS, paths.DIRECT_COSTS, {"direct_cost": cost}, project_id=found.project)


def _direct_cost_change(write: DirectCostChange) -> PreparedWrite:
    """By its id; with an origin id it is read-only from then on."""
    paid = {"payment_date": write.payment_date.isoformat()} if write.payment_date else {}
    locked = {"origin_id": key(write.origin)} if write.origin else {}
    vendor = {"vendor_id": number_of(write.vendor)} if write.vendor else {}
    row = {"id": number_of(write.cost), **vendor, **paid, **locked}
    return _alone(
        "PATCH", paths.DIRECT_COSTS_SYNC, paths.DIRECT_COSTS_SYNC, {"updates": [row]}, project_id=write.project
    )


def _line_removal(write: LineRemoval) -> PreparedWrite:
    query = f"?project_id={number_of(write.project)}"
    ids = {"purchase_order_contract_id": write.commitment, "id": write.line}
    return _alone("DELETE", f"{paths.LINE}{query}", paths.LINE, None, **ids)


def _commitment_removal(write: CommitmentRemoval) -> PreparedWrite:
    query = f"?project_id={number_of(write.project)}"
    return _alone("DELETE", f"{paths.ORDER}{query}", paths.ORDER, None, id=write.commitment)


def _requisition_removal(write: RequisitionRemoval) -> PreparedWrite:
    query = f"?project_id={number_of(write.project)}"
    return _alone("DELETE", f"{paths.REQUISITION}{query}", paths.REQUISITION, None, id=write.requisition)


def _payment_removal(write: PaymentRemoval) -> PreparedWrite:
    query = f"?project_id={number_of(write.project)}&contract_id={number_of(write.commitment)}"
    return _alone("DELETE", f"{paths.PAYMENT}{query}", paths.PAYMENT, None, id=write.payment)


def _direct_cost_removal(write: DirectCostRemoval) -> PreparedWrite:
    return _alone("DELETE", paths.DIRECT_COST, paths.DIRECT_COST, None, project_id=write.project, id=write.cost)


def _project_vendor(write: ProjectVendorWrite) -> PreparedWrite:
    return _alone("POST", paths.ADD_VENDOR, paths.ADD_VENDOR, None, project_id=write.project, id=write.vendor)


_ALONE: Mapping[type, Callable[[Any], PreparedWrite]] = {
    LinesWrite: _lines,
    LineRemoval: _line_removal,
    CommitmentRemoval: _commitment_removal,
    RequisitionWrite: _requisition,
    RequisitionChange: _requisition_change,
    RequisitionItemsChange: _requisition_items,
    RequisitionRemoval: _requisition_removal,
    PaymentWrite: _payment,
    PaymentChange: _payment_change,
    PaymentLock: _payment_lock,
    PaymentRemoval: _payment_removal,
    DirectCostWrite: _direct_cost,
    DirectCostChange: _direct_cost_change,
    DirectCostRemoval: _direct_cost_removal,
    ProjectVendorWrite: _project_vendor,
}


def _alone(method: str, path: str, template: str, body: Row | None, **ids: str) -> PreparedWrite:
    filled = path.format(**{name: number_of(value) for name, value in ids.items()})
    return PreparedWrite(method, filled, template, b"" if body is None else dumps(body).encode(), 1)


def _of_commitment(project: str, commitment: str) -> Row:
    return {"project_id": number_of(project), "commitment_id": number_of(commitment)}


def number_of(target_id: str) -> int:
    """An id of v1.x as the number it is; 64 bits."""
    if not (target_id.isascii() and target_id.isdigit() and 0 < int(target_id) < 2**63):
        raise ProgrammingError("Procore's documents are named by their whole numbers.")
    return int(target_id)


def amount_of(amount: Decimal) -> str:
    if not amount.is_finite() or abs(amount) > LARGEST or amount != amount.quantize(CENT):
        raise _cannot_hold("an amount has parts of a cent, or is too large")
    return format(amount.quantize(CENT), "f")


def key(text: str) -> str:
    """A number or a reference, which is never cut."""
    if len(text) > PROCORE.number_limit or not text.isprintable():
        raise _cannot_hold(f"“{text[:40]}…” is too long for a number or a reference, or holds what cannot be stored")
    return text


def clean(text: str, limit: int = PROCORE.text_limit) -> str:
    """A text for people, which may be cut."""
    kept = "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()
    return kept if len(kept) <= limit else f"{kept[: limit - 1]}…"


def _check_sum(what: str, amounts: Any, total: Decimal) -> None:
    if sum(amounts, Decimal(0)) != total:
        raise HoldRecordError(f"{what}: its lines do not add up to its total.", reason="cannot-represent")


def _cannot_hold(why: str) -> HoldRecordError:
    return HoldRecordError(f"Procore cannot hold this: {why}.", reason="cannot-represent")
