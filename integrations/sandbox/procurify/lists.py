"""Every list: where it is, what stands in it, how its rows look, which parameters it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..exchange import Asked, Json
from . import bill_shapes, list_filters, order_shapes, shapes
from .amounts import exact, number
from .filters import Filter
from .tenant import Tenant

Found = tuple[Any, Json]  # how to find the record again, and the record


def _of(collection: str) -> Callable[[Tenant], Iterable[Found]]:
    return lambda tenant: tenant.shelves[collection].items()


def _again(collection: str) -> Callable[[Tenant, Any], Json]:
    return lambda tenant, key: tenant.shelves[collection][key]


@dataclass(frozen=True, slots=True)
class Listing:
    """`records` in the list's usual order; `newest_first` turns it round. `metadata` adds to the envelope."""

    records: Callable[[Tenant], Iterable[Found]]
    again: Callable[[Tenant, Any], Json]
    row: shapes.Shape
    filters: dict[str, Filter]
    newest_first: bool = False
    pagination_on_top: bool = False
    metadata: Callable[[Tenant, list[Json]], Json] = lambda tenant, rows: {}


def _plain(collection: str, row: shapes.Shape, filters: dict[str, Filter], **more: Any) -> Listing:
    return Listing(_of(collection), _again(collection), row, filters, **more)


# Order items: the lines of all orders, and what is approved but on no order yet


def _order_items(tenant: Tenant) -> Iterable[Found]:
    for key, record in tenant.shelves["order_items"].items():
        yield (None, key), record
    for key, order in tenant.orders.items():
        for at, line in enumerate(order["order_items"]):
            yield (key, at), {**line, "_po_date": order["date"]}


def _order_item(tenant: Tenant, key: Any) -> Json:
    order, at = key
    if order is None:
        return tenant.shelves["order_items"][at]
    line: Json = tenant.orders[order]["order_items"][at]
    return line


# Bill items


def _bill_items(tenant: Tenant) -> Iterable[Found]:
    for key, bill in tenant.shelves["bills"].items():
        for at, item in enumerate(bill["items"]):
            yield (key, at), {**item, "_bill_uuid": bill["uuid"], "_vendor": bill["vendor"], "_billed": True}


def _bill_item(tenant: Tenant, key: Any) -> Json:
    bill = tenant.shelves["bills"][key[0]]
    return {**bill["items"][key[1]], "_bill": bill["uuid"]}


def _bill_item_row(tenant: Tenant, item: Json) -> Json:
    return bill_shapes.bill_item(tenant, tenant.get("bills", item["_bill"]), item)


# Metadata


def _order_counts(tenant: Tenant, rows: list[Json]) -> Json:
    if "counts" not in tenant.found:
        counts = dict.fromkeys(("all", "open", "partial", "closed", "cancelled"), 0)
        for _, order in tenant.orders.heads():
            counts["all"] += 1
            for status in ("open", "partial", "closed", "cancelled"):
                counts[status] += has_status(order, status)
        tenant.found["counts"] = counts
    counts = {**tenant.found["counts"], "page": len(rows)}
    return {"counts": {"purchased": counts, "receivable": counts}}


def has_status(order: Json, status: str) -> bool:
    """Whether an order belongs to {status} of its list."""
    state = order.get("state")
    if status == "partial":
        return state in (0, 5) and order.get("fulfilment_status") == "partial"
    return status == "all" or state in {"open": (0, 5), "closed": (3,), "cancelled": (1,), "paid": (4,)}[status]


def _bill_summary(tenant: Tenant, rows: list[Json]) -> Json:
    total = sum((exact(row["total_cost_with_tax"]) for row in rows), exact(0))
    currencies = {row["currency"]["id"] for row in rows if isinstance(row["currency"], dict)}
    return {"summary": {"has_multiple_currency": len(currencies) > 1, "total_cost": number(total)}, **_permissions()}


def _payment_summary(tenant: Tenant, rows: list[Json]) -> Json:
    return {"summary": {"total_cost": number(sum((exact(row["amount"]) for row in rows), exact(0)))}, **_permissions()}


def _item_summary(tenant: Tenant, rows: list[Json]) -> Json:
    total = number(sum((exact(row["total_cost"]) for row in rows), exact(0)))
    return {"summary": {"total_items": len(rows), "total_cost": total}}


def _permissions() -> Json:
    return {"permissions": {"can_edit": True, "can_delete": False, "can_approve": False}}


ORDERS = Listing(
    lambda tenant: tenant.orders.heads(),
    _again("purchase_orders"),
    order_shapes.order_row,
    list_filters.ORDERS,
    newest_first=True,
    metadata=_order_counts,
)
ORDER_ITEMS = Listing(_order_items, _order_item, order_shapes.line_flat, list_filters.ORDER_ITEMS)
VENDORS = _plain("vendors", shapes.vendor_row, list_filters.VENDORS)
LISTS = {
    "/api/v3/order-items/": ORDER_ITEMS,
    "/api/v2/global/order_items/": ORDER_ITEMS,
    "/api/v2/global/orders/": _plain(
        "requisitions", order_shapes.requisition, list_filters.REQUISITIONS, newest_first=True
    ),
    "/api/v3/ap/bills/": _plain(
        "bills", bill_shapes.bill_row, list_filters.BILLS, newest_first=True, metadata=_bill_summary
    ),
    "/api/v2/ap/items/": Listing(
        _bill_items, _bill_item, _bill_item_row, list_filters.BILL_ITEMS, metadata=_item_summary
    ),
    "/api/public/v1/payments/": _plain("payments", shapes.payment, list_filters.PAYMENTS),
    "/api/v2/ap/payments/": _plain(
        "payments", bill_shapes.payment_v2, list_filters.PAYMENTS_V2, metadata=_payment_summary
    ),
    "/api/v3/account-codes/": _plain("account_codes", shapes.plain, list_filters.ACCOUNT_CODES),
    "/api/v3/accounts/": _plain("accounts", shapes.account_row, list_filters.ACCOUNTS),
    "/api/v3/departments/": _plain("departments", shapes.department_row, list_filters.DEPARTMENTS),
    "/api/v2/locations/": _plain("locations", shapes.location_row, list_filters.LOCATIONS),
    "/api/v2/currencies/": _plain("currencies", shapes.plain, list_filters.CURRENCIES),
    "/api/v3/custom-fields/order-items/": _plain("custom_fields", shapes.plain, list_filters.CUSTOM_FIELDS),
    "/api/v3/catalog-items/": _plain("catalog_items", shapes.catalog_item, list_filters.CATALOG_ITEMS),
    "/api/v3/receipt/items/": _plain("receipts", shapes.receipt, list_filters.RECEIPTS, pagination_on_top=True),
}
# Vendor groups; None is every active vendor.
GROUPS: dict[str, tuple[int, ...] | None] = {
    "all": None,
    "default": (3, 4),
    "preferred": (3,),
    "purchasable": (2, 3, 4, 7),
    "requestable": (1, 2, 3, 4, 7),
    "other": (1,),
    "credit_card_providers": (6,),
}


def in_group(vendor: Json, group: str) -> bool:
    """Inactive vendors appear in no list; they are seen by id only."""
    types = GROUPS[group]
    return bool(vendor.get("active")) and (types is None or vendor.get("type") in types)


def wanted_types(asked: Asked) -> list[int]:
    """`type__in`, repeated."""
    return [list_filters.VENDOR_WORDS.get(each, 0) for each in asked.query.get("type__in", ())]
