"""What a requisition comes to: its items built from the schedule of values, retainage, totals."""

from __future__ import annotations

from decimal import Decimal

from ..exchange import Json
from . import codes
from .amounts import ZERO, cents, decimal, percent, total
from .company import Company, public
from .lines import lines_of
from .problems import Invalid

THIS_PERIOD, STORED = "work_completed_this_period", "materials_presently_stored"
RETAINED = "work_completed_retainage_retained_this_period"
QUANTITY = "work_completed_this_period_quantity"


def items_of(company: Company, requisition: Json) -> list[Json]:
    return list(company.rows("requisition_items", _requisition=requisition["id"]))


def chain(company: Company, order: Json) -> list[Json]:
    """The invoices of a commitment, oldest first."""
    return list(company.rows("requisitions", commitment_id=order["id"]))


def before(company: Company, requisition: Json) -> list[Json]:
    rows = company.rows("requisitions", commitment_id=requisition["commitment_id"])
    return [each for each in rows if each["number"] < requisition["number"]]


def build_items(company: Company, order: Json, requisition: Json) -> None:
    """One item a line of the schedule of values, or of the subcontractor's own where there is one."""
    details = list(company.rows("detail_lines", _order=order["id"]))
    if order["billing_schedule_of_values_status"] is None:
        sources = [(line, line["id"], None, "contract_item") for line in lines_of(company, order)]
    else:
        sources = [(each, each["line_item_id"], each["id"], "contract_detail_item") for each in details]
    for position, (source, line_id, detail_id, kind) in enumerate(sources, start=1):
        company.add(
            "requisition_items",
            {
                "item_type": kind,
                "line_item_id": line_id,
                "detail_line_item_id": detail_id,
                "description_of_work": source["description"],
                "scheduled_value": source["amount"],
                "work_completed_from_previous_application": str(_previous(company, requisition, line_id, detail_id)),
                THIS_PERIOD: "0",
                STORED: "0",
                RETAINED: None,
                "scheduled_unit_price": source.get("unit_cost") or "0",
                QUANTITY: "0",
                "comment": None,
                "status": "no_action",
                "position": position,
                "_requisition": requisition["id"],
            },
        )


def _previous(company: Company, requisition: Json, line_id: int, detail_id: int | None) -> Decimal:
    earlier = {each["id"] for each in before(company, requisition)}
    rows = company.rows("requisition_items", line_item_id=line_id, detail_line_item_id=detail_id)
    return total(each[THIS_PERIOD] for each in rows if each["_requisition"] in earlier)


def write_item(company: Company, order: Json, item: Json, given: Json) -> None:
    """Put values into an item; unit contracts are driven by quantities."""
    changed = {**item, **{name: value for name, value in given.items() if name in item and name != "id"}}
    if order["accounting_method"] == "unit" and QUANTITY in given:
        changed[THIS_PERIOD] = str(decimal(changed[QUANTITY]) * decimal(changed["scheduled_unit_price"]))
    if not company.knobs["overbilling"] and _completed(changed) > decimal(item["scheduled_value"]):
        raise Invalid(**{THIS_PERIOD: "would bill more than the scheduled value"})
    company.touch(item, **changed)


def _completed(item: Json) -> Decimal:
    previous = decimal(item["work_completed_from_previous_application"])
    return previous + decimal(item[THIS_PERIOD]) + decimal(item[STORED])


def _retained(order: Json, item: Json) -> Decimal:
    """Held by the contract's percentage, unless an amount was written."""
    if item[RETAINED] is not None:
        return decimal(item[RETAINED])
    return decimal(item[THIS_PERIOD]) * decimal(order["retainage_percent"]) / 100


def show_item(company: Company, order: Json, item: Json) -> Json:
    completed, retained = _completed(item), _retained(order, item)
    line = company.shelves["line_items"].get(item["line_item_id"], {})
    cost_code, _ = codes.halves(company, line.get("_code"))
    money = ("scheduled_value", "work_completed_from_previous_application", THIS_PERIOD, STORED)
    return {
        **public(item),
        **{name: cents(decimal(item[name])) for name in money},
        RETAINED: cents(retained),
        "work_completed_retainage_percent_this_period": percent(retained, decimal(item[THIS_PERIOD])).rstrip("%"),
        "total_completed_and_stored_to_date": cents(completed),
        "total_completed_and_stored_to_date_percent": percent(completed, decimal(item["scheduled_value"])),
        "cost_code_id": cost_code and cost_code["id"],
        "wbs_code": codes.short(company, line.get("_code")),
        "ssr_manual_override": item[RETAINED] is not None,
        "currency_configuration": {"currency_iso_code": company.shelves["projects"][order["_project"]]["_currency"]},
    }


def claimed(company: Company, requisition: Json) -> Decimal:
    items = items_of(company, requisition)
    return total(item[THIS_PERIOD] for item in items) + total(item[STORED] for item in items)


def settle(company: Company, order: Json, requisition: Json) -> None:
    """Compute the totals again after items have changed."""
    items = items_of(company, requisition)
    retained = sum((_retained(order, item) for item in items), ZERO)
    earlier = before(company, requisition)
    company.touch(
        requisition,
        _completed=str(sum((_completed(item) for item in items), ZERO)),
        _retained=str(retained + total(each["_retained_now"] for each in earlier)),
        _retained_now=str(retained),
    )
    certificates = total(each["_due"] for each in earlier)
    earned = decimal(requisition["_completed"]) - decimal(requisition["_retained"])
    requisition["_certificates"], requisition["_due"] = str(certificates), str(earned - certificates)


def summary(company: Company, order: Json, requisition: Json) -> Json:
    worth = total(line["amount"] for line in lines_of(company, order))
    completed, retained = decimal(requisition["_completed"]), decimal(requisition["_retained"])
    return {
        "original_contract_sum": cents(worth),
        "net_change_by_change_orders": "0.00",
        "contract_sum_to_date": cents(worth),
        "total_completed_and_stored_to_date": cents(completed),
        "completed_work_retainage_percent": cents(decimal(order["retainage_percent"])),
        "completed_work_retainage_amount": cents(retained),
        "total_retainage": cents(retained),
        "total_earned_less_retainage": cents(completed - retained),
        "less_previous_certificates_for_payment": cents(decimal(requisition["_certificates"])),
        "current_payment_due": cents(decimal(requisition["_due"])),
        "balance_to_finish_including_retainage": cents(worth - completed + retained),
        "tax_applicable_to_this_payment": "0.00",
    }


def payment_summary(company: Company, requisition: Json) -> Json:
    """Paid in full is true on an invoice of zero as well."""
    paid = total(each["amount"] for each in company.rows("contract_payments", requisition_id=requisition["id"]))
    due = decimal(requisition["_due"]) - paid
    return {"invoice_paid_in_full": due <= 0, "invoiced_amount_due": cents(due)}
