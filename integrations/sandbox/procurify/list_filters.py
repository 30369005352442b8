"""The parameters of every list (published specification, 2026, with those of 2024 still taken)."""

from __future__ import annotations

from ..exchange import Json
from .amounts import exact
from .filters import (
    Filter,
    among,
    amount,
    amounts,
    day,
    days,
    equals,
    flag,
    holds,
    mentioned,
    moments,
    one_of,
    typed,
    whole,
    wholes,
    words,
)
from .tenant import Tenant

VENDOR_WORDS = {"other": 1, "amazon_punchout": 2, "preferred": 3, "regular": 4, "employee": 5, "cc_provider": 6,
                "checkout": 7, "pending": 0}  # fmt: skip


def _vendor_words(value: str) -> int:
    return int(VENDOR_WORDS[str(one_of(*VENDOR_WORDS)(value))])


def _department_in(tenant: Tenant, record: Json, wanted: list[int]) -> bool:
    return tenant.get("accounts", record["account"])["department"] in wanted


def _location_in(tenant: Tenant, record: Json, wanted: list[int]) -> bool:
    department = tenant.get("accounts", record["account"])["department"]
    return tenant.get("departments", department)["branch"] in wanted


def _account_code(tenant: Tenant, record: Json, wanted: int) -> bool:
    return bool(tenant.get("accounts", record["account"])["account_code"] == wanted)


def _any_line(tenant: Tenant, order: Json, wanted: int) -> bool:
    return any(_account_code(tenant, line, wanted) for line in order["order_items"])


def _requester(tenant: Tenant, order: Json, wanted: int) -> bool:
    return any(line["requester"] == wanted for line in order["order_items"])


def _type_in(tenant: Tenant, vendor: Json, wanted: list[int]) -> bool:
    return vendor["type"] in wanted


def _not_other(tenant: Tenant, vendor: Json, wanted: bool) -> bool:
    return not wanted or vendor["type"] != 1


def _in_bill_group(tenant: Tenant, bill: Json, wanted: list[int]) -> bool:
    return bill["group"] in wanted


def _not_in_bill_group(tenant: Tenant, bill: Json, wanted: list[int]) -> bool:
    return bill["group"] not in wanted


def _has_payment(tenant: Tenant, bill: Json, wanted: bool) -> bool:
    return wanted == any(bill["group"] in row["bill_groups"] for row in tenant.rows("payments"))


def _has_posting_date(tenant: Tenant, bill: Json, wanted: bool) -> bool:
    return wanted == bool(bill["gl_post_date"])


def _bill_groups(tenant: Tenant, payment: Json, wanted: list[int]) -> bool:
    return bool(set(payment["bill_groups"]) & set(wanted))


def _invoice_number(tenant: Tenant, payment: Json, wanted: str) -> bool:
    groups = {bill["group"] for bill in tenant.rows("bills") if bill["invoice_number"] == wanted}
    return bool(groups & set(payment["bill_groups"]))


def _payment_vendor(tenant: Tenant, payment: Json, wanted: int) -> bool:
    groups = {bill["group"] for bill in tenant.rows("bills") if bill["vendor"] == wanted}
    return bool(groups & set(payment["bill_groups"]))


def _payment_amount(tenant: Tenant, payment: Json, wanted: object) -> bool:
    return bool(exact(payment["amount"]) == wanted)


def _in_one_department(tenant: Tenant, record: Json, wanted: int) -> bool:
    return _department_in(tenant, record, [wanted])


ORDERS = {
    **days("date", "date"),
    **days("modified_date", "last_modified"),
    **days("promise_date", "promise_date"),
    **days("expiry_date", "expiry_date"),
    **amounts("total", "total"),
    "pref_vendor": Filter(whole, equals("pref_vendor")),
    "currency": Filter(whole, equals("purchased_currency")),
    "purchase_order": Filter(whole, equals("procurify_PO")),
    "purchaser": Filter(whole, equals("purchaser")),
    "requester": Filter(whole, _requester),
    "account_code": Filter(whole, _any_line),
    "has_blanket_order_items": Filter(flag, equals("has_blanket_order_items")),
    "contract": Filter(whole, equals("contract")),
}
ORDER_ITEMS = {
    **days("last_modified", "last_modified"),
    **days("po_created_date", "_po_date"),
    **days("purchased_date", "_po_date"),
    **days("order_created_date", "created_at"),
    **days("approved_datetime", "approved_datetime"),
    "status": Filter(one_of(*range(9)), equals("status")),
    "orderNum": Filter(whole, equals("orderNum")),
    "orderNum__status": Filter(one_of(*range(7)), equals("order_status")),
    "po_vendor": Filter(whole, equals("pref_vendor")),
    "pref_vendor": Filter(whole, equals("pref_vendor")),
    "account": Filter(whole, equals("account")),
    "account_code": Filter(whole, _account_code),
    "department": Filter(whole, _in_one_department),
    "departments": Filter(wholes, _department_in),
    "locations": Filter(wholes, _location_in),
    "is_purchased": Filter(flag, lambda tenant, line, wanted: wanted == (line.get("purchase_order") is not None)),
    "search": Filter(str, mentioned("name", "sku", "num", "vendor")),
    "name": Filter(str, holds("name")),
    "sku": Filter(str, equals("sku")),
    "type": Filter(one_of(0, 1, 2), equals("type")),
    "currency": Filter(whole, equals("currency")),
    "requester": Filter(whole, equals("requester")),
    "purchaser": Filter(whole, equals("purchaser")),
    **typed(flag, "active", "catalog", "exclude_punchout", "is_recurring"),
    **typed(amount, "approved_price", "approved_quantity", "price", "quantity"),
}
REQUISITIONS = {
    **days("date", "date"),
    **days("modified_date", "dateModified"),
    **days("required_date", "dateRequired"),
    "status": Filter(one_of(*range(7)), equals("status")),
    "department": Filter(whole, equals("department")),
    "branch": Filter(whole, equals("branch")),
    "location": Filter(whole, equals("branch")),
    "search": Filter(str, mentioned("description", "num")),
    "order": Filter(whole, equals("num")),
    "requester": Filter(whole, equals("user")),
}
BILLS = {
    **moments("last_modified_datetime_0", "last_modified_datetime_1", "last_modified_datetime"),
    **days("modified_date", "last_modified_datetime"),
    **days("submitted_date", "submitted_date"),
    **days("invoice_date", "invoice_date"),
    **days("due_date", "due_date"),
    **days("gl_post_date", "gl_post_date"),
    **days("last_export_date", "last_export_date"),
    **typed(day, "payment_date_0", "payment_date_1"),
    "type": Filter(one_of(0, 1, 2), equals("type")),
    "vendor": Filter(wholes, among("vendor")),
    "vendor[]": Filter(wholes, among("vendor")),
    "group": Filter(whole, equals("group")),
    "include_bill_group_ids": Filter(wholes, _in_bill_group),
    "exclude_bill_group_ids": Filter(wholes, _not_in_bill_group),
    "currency": Filter(whole, equals("currency")),
    "has_payment": Filter(flag, _has_payment),
    "has_posting_date": Filter(flag, _has_posting_date),
    "search": Filter(str, mentioned("invoice_number", "note")),
    "user": Filter(whole, equals("user")),
    "creator": Filter(whole, equals("creator")),
    **typed(flag, "is_exported", "is_invoice_created"),
    **typed(whole, "account_code", "department", "location"),
}
PAYMENTS = {
    **moments("updated_at_after", "updated_at_before", "updated_at"),
    **moments("created_at_after", "created_at_before", "created_at"),
    **moments("processing_date_after", "processing_date_before", "processing_date"),
    "status": Filter(words, among("status")),
    "ids": Filter(wholes, among("id")),
    "bill_groups": Filter(wholes, _bill_groups),
    "invoice_number": Filter(str, _invoice_number),
    "vendor": Filter(whole, _payment_vendor),
    "currency": Filter(whole, equals("currency")),
    "payment_amount": Filter(amount, _payment_amount),
    "order_by": Filter(one_of("created_at", "-created_at", "updated_at", "-updated_at")),
}
PAYMENTS_V2 = {**days("payment_date", "processing_date"), "currency": Filter(whole, equals("currency"))}
BILL_ITEMS = {
    "bill": Filter(whole, equals("bill")),
    "bill_uuid": Filter(str, equals("_bill_uuid")),
    "billed": Filter(flag, equals("_billed")),
    "vendor": Filter(whole, equals("_vendor")),
    "search": Filter(str, mentioned("description", "sku")),
    **days("received_on", "received_on"),
    **typed(day, "created_at_0", "created_at_1"),
}
VENDORS = {
    "name": Filter(str, holds("name")),
    "external_id": Filter(str, holds("external_id")),
    "search": Filter(str, mentioned("name", "contact", "external_id")),
    "type": Filter(one_of(*range(1, 8)), equals("type")),
    "type__in": Filter(_vendor_words),  # repeated; the list itself joins the values
    "exclude_other": Filter(flag, _not_other),
}
ACCOUNT_CODES = {
    "active": Filter(flag, equals("active")),
    "code": Filter(str, equals("code")),
    "is_parent": Filter(flag, lambda tenant, code, wanted: wanted == _is_parent(tenant, code)),
    "search": Filter(str, mentioned("code", "description")),
}
ACCOUNTS = {
    "id": Filter(whole, equals("id")),
    "account_code": Filter(whole, equals("account_code")),
    "department": Filter(whole, equals("department")),
    "departments": Filter(wholes, among("department")),
    "active": Filter(flag, equals("active")),
}
DEPARTMENTS = {
    "branch": Filter(whole, equals("branch")),
    "locations": Filter(wholes, among("branch")),
    "search": Filter(str, holds("name")),
    **typed(whole, "permission", "user", "include_is_active_for_account_code"),
    **typed(flag, "location_perm_override"),
}
LOCATIONS = {
    "active": Filter(flag, equals("active")),
    "headquarter": Filter(flag, equals("headquarter")),
    "search": Filter(str, holds("name")),
}
CURRENCIES = {
    "active": Filter(flag, equals("active")),
    "base": Filter(flag, equals("base")),
    "name": Filter(str, equals("name")),
    "description": Filter(str, equals("description")),
    "search": Filter(str, mentioned("name", "description")),
    **typed(amount, "rate"),
}
CUSTOM_FIELDS = {
    "field_type": Filter(one_of(*"abdfhimt"), equals("field_type")),
    "meta__is_active": Filter(flag, equals("is_active")),
}
CATALOG_ITEMS = {
    "internalSKU": Filter(str, equals("internalSKU")),
    "pref_vendor": Filter(whole, equals("pref_vendor")),
    "search": Filter(str, mentioned("name", "internalSKU", "description")),
    **typed(whole, "bundle"),
    **typed(amount, "min_price", "max_price"),
}
RECEIPTS = {"order_item": Filter(whole, equals("order_item"))}


def _is_parent(tenant: Tenant, code: Json) -> bool:
    return any(each["parent"] == code["id"] for each in tenant.rows("account_codes"))
