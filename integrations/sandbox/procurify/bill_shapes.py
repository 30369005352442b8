"""Bills and payments, as they are sent: the list (v3) short, the detail (v2) in full."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..exchange import Json
from . import files, shapes
from .order_shapes import line_nested
from .shapes import embed, without
from .tenant import Tenant

APPROVER: Json = {
    "id": 8,
    "amount_limit": "50000.00",
    "item_variance_amount_limit": None,
    "item_variance_percentage_limit": None,
    "approval_level": 1,
}
LOCKED = (2, 4, 6, 7)
PAYMENT_STATUSES = (
    "draft",
    "pending_approval",
    "approved",
    "denied",
    "void",
    "paid",
    "part",
    "processing",
    "failed",
    "scheduled",
)


def bill_row(tenant: Tenant, bill: Json) -> Json:
    """SimpleBill: item ids only, dates without a time, no tax split."""
    same = ("version", "id", "status", "uuid", "total_cost_with_tax", "last_modified_datetime", "submitted_date")
    more = ("invoice_number", "group", "type", "invoice_total")
    vendor = embed(tenant, "vendors", bill["vendor"], shapes.vendor)
    return {
        **{name: bill.get(name) for name in (*same, *more)},
        "locked": bill["status"] in LOCKED,
        "currency": embed(tenant, "currencies", bill["currency"], shapes.currency_of_list),
        "items": [item["id"] for item in bill["items"]],
        "vendor": {"id": vendor["id"], "name": vendor["name"]} if isinstance(vendor, dict) else vendor,
        "due_date": day_of(bill["due_date"]),
        "invoice_date": day_of(bill["invoice_date"]),
        "gl_post_date": day_of(bill["gl_post_date"]),
        "next_approver_choices": None,
        "last_export_user": None,
        "last_export_date": bill.get("last_export_date"),
        "user": embed(tenant, "users", bill["user"], shapes.person_of_list),
        "creator": embed(tenant, "users", bill["creator"], shapes.person_of_list),
        "approver": None,
        "past_due": bool(bill["due_date"]) and bill["due_date"][:10] < tenant.today().isoformat(),
        "invoice_created": False,
        "invoice_uuid": None,
    }


def bill_detail(tenant: Tenant, bill: Json) -> Json:
    vendor = tenant.shelves["vendors"].get(str(bill["vendor"]))
    return {
        **bill_constants(tenant),
        **(_vendor_copy(vendor) if vendor else {}),
        **without(bill),
        "user": embed(tenant, "users", bill["user"], shapes.user),
        "creator": embed(tenant, "users", bill["creator"], shapes.user),
        "vendor": shapes.vendor(tenant, vendor) if vendor else bill["vendor"],
        "currency": embed(tenant, "currencies", bill["currency"], shapes.plain),
        "items": [bill_item(tenant, bill, item) for item in bill["items"]],
        "costs": [_cost(tenant, bill, cost) for cost in bill["costs"]],
        "bill_statuses": [
            {**step, "user": embed(tenant, "users", step["user"], shapes.user)} for step in bill["bill_statuses"]
        ],
        "invoice_attachments": [files.shown(tenant, each) for each in bill.get("invoice_attachments") or []],
        "locked": bill["status"] in LOCKED,
        "bill_payment": _share_of_payment(tenant, bill),
    }


def bill_constants(tenant: Tenant) -> Json:
    first = next(iter(tenant.rows("users")), None)
    return {
        "approval_chain": 2,
        "approver": {**APPROVER, "user": shapes.person(tenant, first)} if first else None,
        "invoice_attachments": [],
        "comments": [],
        "next_approver_choices": None,
        "creditcard": None,
        "creditcard_name": None,
        "last_export_user": None,
        "last_export_date": None,
        "payment_terms": "Net 30",
        "active": True,
        "note": "",
        "payment_method": None,
        "payment_method_name": None,
        "shipping_amount": 0.0,
        "invoice_uuid": None,
    }


def bill_item(tenant: Tenant, bill: Json, item: Json) -> Json:
    """ItemReadSerializer_v2: the order item nested, coding in the allocations only."""
    return {
        "expense": None,
        "packing_slips": [],
        "archived": False,
        "expense_report": None,
        "same_unit_cost": True,
        "creditcard_item": None,
        "is_edited": False,
        "unit_cost_diff_log": None,
        "shipping_amount": None,
        "custom_fields": [],
        "item_type": 0,
        "type": "order",
        "bill_by_cost": False,
        **without(item),
        "orderitem": _order_item(tenant, item),
        "vendor": embed(tenant, "vendors", bill["vendor"], shapes.vendor),
        "currency": embed(tenant, "currencies", item.get("_currency", bill["currency"]), shapes.plain),
        "cost_allocations": [_allocation(tenant, bill, part) for part in item["cost_allocations"]],
    }


def _order_item(tenant: Tenant, item: Json) -> Any:
    order = tenant.orders.get(str(item.get("_order")))
    line = next((each for each in order["order_items"] if each["id"] == item["_order_item"]), None) if order else None
    if line is None:
        return None
    return without({**line_nested(tenant, line), "attachments": ""}, "receive_log_count", "approval_history", "flags")


def _allocation(tenant: Tenant, bill: Json, part: Json) -> Json:
    return {
        "object_id": None,
        "created_on": bill["bill_statuses"][0]["date"] if bill["bill_statuses"] else bill["invoice_date"],
        **part,
        "budget": embed(tenant, "accounts", part["budget"], shapes.account),
        "currency": embed(tenant, "currencies", bill["currency"], shapes.plain),
    }


def _cost(tenant: Tenant, bill: Json, cost: Json) -> Json:
    return {**cost, "cost_allocation": _allocation(tenant, bill, cost["cost_allocation"])}


def _vendor_copy(vendor: Json) -> Json:
    """Address copies; the name is cut at 100, the postal code at 10."""
    parts = {
        "address_one": ("addressLineOne", 300),
        "address_two": ("addressLineTwo", 300),
        "postal_code": ("postalCode", 10),
        "city": ("city", 50),
        "state_province": ("state_province", 40),
        "country": ("country", 80),
        "name": ("name", 100),
        "contact": ("contact", 100),
    }
    return {f"vendor_{copy}": str(vendor.get(name) or "")[:length] for copy, (name, length) in parts.items()}


def _share_of_payment(tenant: Tenant, bill: Json) -> Any:
    """`bill_payment`: this bill's own share of the payment that covers it."""
    for payment in tenant.rows("payments"):
        share = payment["_shares"].get(str(bill["group"]))
        if share is not None and payment["status"] not in ("denied", "failed"):
            return {
                "id": payment["id"],
                "payment": _payment_short(tenant, payment, bill),
                "payment_method": _method(tenant, payment, bill),
                "amount": f"{share}000000",
                "transaction": None,
            }
    return None


def _payment_short(tenant: Tenant, payment: Json, bill: Json) -> Json:
    return {
        "id": payment["id"],
        "user": bill["creator"],
        "approver": None,
        "status": PAYMENT_STATUSES.index(payment["status"]),
        "currency": payment["currency"],
        "amount": f"{payment['amount']}000000",
        "payment_method": None,
        "payment_date": payment["processing_date"],
        "memo": "",
        "reference_number": f"PAY-{payment['id']}",
        "is_processed": payment["status"] == "paid",
    }


def _method(tenant: Tenant, payment: Json, bill: Json) -> Json:
    return {
        "id": 1,
        "vendor": bill["vendor"],
        "name": payment["payment_source_name"],
        "type": 0,
        "data": "",
        "currency": embed(tenant, "currencies", payment["currency"], shapes.plain),
    }


def payment_v2(tenant: Tenant, payment: Json) -> Json:
    """A row of the deprecated list: integer status, each bill with its share."""
    groups = {str(bill["group"]): bill for bill in tenant.rows("bills")}
    money = embed(tenant, "currencies", payment["currency"], shapes.plain)
    shares = [(groups[group], share) for group, share in payment["_shares"].items() if group in groups]
    return {
        "id": payment["id"],
        "bill_payments": [_bill_payment(tenant, payment, bill, share, money) for bill, share in shares],
        "payment_method_type": 0,
        "payment_method": {
            "id": 1,
            "name": payment["payment_source_name"],
            "type": 0,
            "data": {},
            "currency": money,
            "gl_code": payment["gl_code"],
        },
        "payment_date": payment["processing_date"],
        "amount": f"{payment['amount']}000000",
        "total_amount_with_tax": payment["amount"],
        "tax_amount": "0.00",
        "inclusive_tax_amount": "0.00",
        "exclusive_tax_amount": "0.00",
        "currency": money,
        "status": PAYMENT_STATUSES.index(payment["status"]),
        "ach_number": 0,
        "next_approver_choices": [],
    }


def _bill_payment(tenant: Tenant, payment: Json, bill: Json, share: str, money: Any) -> Json:
    vendor = embed(tenant, "vendors", bill["vendor"], shapes.vendor)
    short = {"id": vendor["id"], "name": vendor["name"]}
    bill_short = {name: bill[name] for name in ("id", "uuid", "tax_amount", "due_date", "status", "type", "group")}
    return {
        "id": payment["id"],
        "bill": {**bill_short, "vendor": short, "vendor_name": vendor["name"][:100]},
        "user": embed(tenant, "users", bill["creator"], shapes.person),
        "payment_method": {"id": 1, "vendor": vendor["id"], "name": "Cheque", "type": 0, "data": {}, "currency": money},
        "amount": f"{share}000000",
        "transaction": None,
    }


def day_of(moment: Any) -> Any:
    """The calendar date as written."""
    return moment[:10] if isinstance(moment, str) else moment.isoformat() if isinstance(moment, date) else moment
