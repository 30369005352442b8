"""Orders, their lines and requisitions, as they are sent.

Procurify has one line in three shapes: nested in the order (numbers as JSON numbers, objects), flat in the list of
order items (numbers as text, ids), and on a bill. What is the same for every order is filled in here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..exchange import Json
from . import shapes
from .amounts import exact, text
from .shapes import embed, without
from .tenant import Tenant

ONLY_IN_DETAIL = (
    "order_items",
    "creditcard_is_editable",
    "custom_fields",
    "creditcard",
    "payment_term",
    "shipping_term",
    "cost_details",
    "punchout_is_retriable",
)
SAME_HEAD: Json = {
    "PO_Num": None,
    "shipping_terms": "FOB",
    "shipping_method": {"id": 2, "name": "Courier", "description": "", "active": True},
    "disclaimer_description": None,
    "disclaimer_text": None,
    "recorded_date": None,
    "closed_date": None,
    "staged_for_export": False,
    "punchout_system": None,
    "purchase_agreement": None,
    "purchase_agreement_status": None,
    "punchout_vendor_reference": None,
    "punchout_supplier_icon": None,
    "punchout_supplier_name": None,
    "expiry_date": None,
    "contract": None,
    "creditcard_is_editable": False,
    "custom_fields": [],
    "creditcard": None,
    "payment_term": {"id": 5, "name": "Net 30", "description": "Net 30 days", "active": True},
    "shipping_term": {"id": 3, "name": "FOB", "description": "", "active": True},
    "cost_details": None,
    "punchout_is_retriable": False,
}
SAME_LINE: Json = {
    "active": True,
    "approved_shipping_amount": None,
    "attachments": [],
    "catalog_item": None,
    "dateInvoiced": None,
    "external_id": "",
    "hot": False,
    "inventoryItem": None,
    "is_active": True,
    "item_attachments": [],
    "lineComment": None,
    "po_note": "",
    "shipping_amount": None,
    "receive_method": 0,
    "blanket": None,
    "comments": [],
    "confirmation_status": None,
    "confirmation_status_description": None,
    "custom_fields": [],
    "line_comment": "",
    "logs": [],
    "order_status": 3,
    "punchout_supplier_icon": None,
    "punchout_supplier_name": None,
    "punchout_system": None,
    "punchout_vendor_reference": None,
    "punchout_supplier_can_update_quantity": False,
    "recurrence": None,
    "spend_allocation": [],
    "receive_log_count": 0,
    "approval_history": [],
    "flags": [],
}
# fmt: off
FLAT_FIELDS = (
    "PO", "PO_line_num", "accountCode", "active", "approved_currency_rate", "approved_datetime",
    "approved_price", "approved_shipping_amount", "approved_tax_amount", "created_at", "dateInvoiced", "external_id",
    "hot", "id", "inventoryItem", "is_active", "last_changed_by", "last_modified",
    "lineComment", "name", "num", "orderNum", "order_number", "po_note",
    "po_version", "price", "purchase_order", "shipping_amount", "sku", "status",
    "tax_amount", "total_cost", "unit", "updated_at", "receive_method", "type",
    "blanket", "account", "currency", "pref_vendor", "purchaser",
)
# fmt: on


def head(tenant: Tenant, order: Json) -> Json:
    """What list and detail share."""
    location = tenant.shelves["locations"].get(str(order.get("_location")))
    addresses = _addresses(tenant, location) if location else {}
    vendor = tenant.shelves["vendors"].get(str(order.get("pref_vendor")))
    return {
        **SAME_HEAD,
        **addresses,
        **(_vendor_copy(vendor) if vendor else {}),
        **without(order),
        "purchaser": embed(tenant, "users", order.get("purchaser"), shapes.user),
        "pref_vendor": shapes.vendor(tenant, vendor) if vendor else order.get("pref_vendor"),
        "purchased_currency": embed(tenant, "currencies", order.get("purchased_currency"), shapes.currency),
    }


def order_row(tenant: Tenant, order: Json) -> Json:
    """A row of purchase_orders/{role}/{status}: no lines, the shipping method by name."""
    shown = head(tenant, order)
    for name in ONLY_IN_DETAIL:
        shown.pop(name, None)
    method = shown["shipping_method"]
    shown["shipping_method"] = method["name"] if isinstance(method, dict) else method or ""
    return shown


def order_detail(tenant: Tenant, order: Json) -> Json:
    shown = head(tenant, order)
    lines = order.get("order_items")
    if isinstance(lines, list):
        shown["order_items"] = [line_nested(tenant, line) if isinstance(line, dict) else line for line in lines]
    return shown


def line_nested(tenant: Tenant, line: Json) -> Json:
    """PurchaseOrderLineItemRead: quantities are JSON numbers, the rest of the order's people are objects."""
    return {
        **SAME_LINE,
        **without(line),
        "account": embed(tenant, "accounts", line.get("account"), shapes.account),
        "currency": embed(tenant, "currencies", line.get("currency"), shapes.currency),
        "pref_vendor": embed(tenant, "vendors", line.get("pref_vendor"), shapes.vendor),
        "purchaser": embed(tenant, "users", line.get("purchaser"), shapes.user),
        "requester": embed(tenant, "users", line.get("requester"), shapes.person),
        "spend_allocation": _allocations(tenant, line.get("spend_allocation", [])),
        "approval_history": _history(tenant, line),
    }


def line_flat(tenant: Tenant, line: Json) -> Json:
    """A row of order-items: ids instead of objects, quantities as text with five decimals."""
    full = {**SAME_LINE, **line}
    flat = {name: full.get(name) for name in FLAT_FIELDS}
    flat["vendor"] = str(full.get("vendor") or "")[:100]
    for name in ("quantity", "approved_quantity", "receivedPassQty", "receivedFailQty"):
        flat[name] = _five(full.get(name))
    return {**flat, "catalog_item": None, "attachments": "", "item_attachments": []}


def requisition(tenant: Tenant, record: Json) -> Json:
    """Procurify calls it an order; OrderRead."""
    return {
        **without(record),
        "branch": embed(tenant, "locations", record["branch"], _branch_of_requisition),
        "department": embed(tenant, "departments", record["department"], shapes.department),
        "user": embed(tenant, "users", record["user"], shapes.user),
        "next_approver": embed(tenant, "users", record["next_approver"], shapes.user),
        "currency": embed(tenant, "currencies", record["currency"], shapes.currency),
    }


def _branch_of_requisition(tenant: Tenant, location: Json) -> Json:
    short = {name: location[name] for name in ("id", "name", "phoneOne")}
    return {**short, "localCurrency": location["currency"]}


def _five(value: Any) -> Any:
    return text(exact(value), 5) if isinstance(value, int | float | Decimal) else value


def _addresses(tenant: Tenant, location: Json) -> Json:
    address = {
        "id": location["id"],
        "is_active": True,
        "created_at": "2024-06-01T10:00:00-07:00",
        "updated_at": "2024-06-01T10:00:00-07:00",
        "name": location["name"],
        "addressAssociation": 1,
        "addressLineTwo": "",
        "last_changed_by": None,
        **location["_address"],
    }
    parts = ("addressLineOne", "postalCode", "city", "state_province", "country")
    copies = {f"{who}_{part}": address[part] for who in ("buyer", "receiver") for part in parts}
    names = {"buyer_name": tenant.name[:100], "receiver_name": location["name"][:100]}
    return {**names, **copies, "buyer_address": address, "receiver_address": address}


def _vendor_copy(vendor: Json) -> Json:
    parts = ("addressLineOne", "postalCode", "city", "state_province", "country")
    copies = {f"vendor_{part}": vendor.get(part) for part in parts}
    return {"vendor_name": vendor.get("name"), "vendor_contact": vendor.get("contact"), **copies}


def _allocations(tenant: Tenant, parts: Any) -> Any:
    if not isinstance(parts, list):
        return parts
    return [
        {**part, "account": embed(tenant, "accounts", part.get("account"), shapes.spend_account)}
        if isinstance(part, dict)
        else part
        for part in parts
    ]


def _history(tenant: Tenant, line: Json) -> Any:
    """The one step of approval, where the order says who took it."""
    approver = embed(tenant, "users", line.get("_approver"), shapes.user)
    if not isinstance(approver, dict):
        return line.get("approval_history", [])
    step = {"id": line["id"], "user": approver, "next_approver": approver, "nextApprover": approver}
    return [{**step, "approval_delegation": None, "dateTime": line["approved_datetime"], "action": "approved"}]
