"""Commitments as version 2.0 reads them: ids as strings, no origin id, summaries."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import filters
from .call import Call
from .commitments import order_of, totals, with_deleted
from .paging import V2, listed

FILTERS: Mapping[str, filters.Filter] = {
    **filters.USUAL,
    "status": filters.among("status"),
    "vendor_id": filters.whole("vendor_id"),
    "accounting_method": filters.among("accounting_method"),
}


def list_all(call: Call) -> Answer:
    """Ids as strings, no origin id, purchase orders only."""
    orders = with_deleted(call, list(call.company.rows("purchase_orders", _project=call.project["id"])))
    if call.first("filters[type]") == "WorkOrderContract":
        orders = []
    return listed(call, filters.chosen(call, orders, FILTERS), lambda order: _show_v20(call, order), V2, enveloped=True)


def _show_v20(call: Call, order: Json) -> Json:
    found = totals(call.company, order)
    names = ("number", "title", "status", "accounting_method", "executed", "created_at", "updated_at", "deleted_at")
    return {
        "id": str(order["id"]),
        "type": "PurchaseOrderContract",
        "vendor_id": order["vendor_id"] and str(order["vendor_id"]),
        "grand_total": found["grand_total"],
        "allow_payment_applications": True,
        **{name: order[name] for name in names},
    }


def summary(call: Call) -> Answer:
    found = totals(call.company, order_of(call, "contract_id"))
    return Answer.json(
        {
            "data": {
                "approved_change_total": "0.0",
                "pending_revised_change_total": "0.0",
                "draft_change_total": "0.0",
                "total_invoices_amount": found["total_requisitions_amount"],
                "total_payments_amount": found["total_payments"],
                "currency_configuration": {"currency_iso_code": call.project["_currency"]},
            }
        }
    )
