"""From records as they are held to what is sent.

Held records name each other by id; where a field holds something else than an id (a test put it there), it is sent
as it is. The same thing has several shapes at Procurify: each function says which one it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..exchange import Json
from .tenant import Tenant

Shape = Callable[[Tenant, Json], Any]


def embed(tenant: Tenant, collection: str, key: Any, shape: Shape) -> Any:
    """The record with that id in that shape; anything that is not the id of a record comes back as it is."""
    if isinstance(key, bool) or not isinstance(key, int):
        return key
    found = tenant.shelves[collection].get(str(key))
    return key if found is None else shape(tenant, found)


def without(record: Json, *names: str) -> Json:
    """The record without these fields and without the stand-in's own, which begin with an underscore."""
    return {name: value for name, value in record.items() if name not in names and not name.startswith("_")}


def plain(tenant: Tenant, record: Json) -> Json:
    return without(record)


# Places and people


def branch(tenant: Tenant, location: Json) -> Json:
    return {"id": location["id"], "name": location["name"]}


def location_simple(tenant: Tenant, location: Json) -> Json:
    return {**branch(tenant, location), "headquarter": location["headquarter"]}


def location_view(tenant: Tenant, location: Json) -> Json:
    address = {"id": location["id"], "name": location["name"], **location["_address"]}
    departments = sum(row["branch"] == location["id"] for row in tenant.rows("departments"))
    return {
        **without(location),
        "currency": embed(tenant, "currencies", location["currency"], plain),
        "primary_billing_address": address,
        "primary_shipping_address": address,
        "shipping_addresses": [address],
        "department_count": departments,
    }


def location_row(tenant: Tenant, location: Json) -> Json:
    """The published type nests an envelope in every row (2026-10), every description names plain fields: both."""
    return {**location_view(tenant, location), "metadata": {}, "data": []}


def department(tenant: Tenant, record: Json) -> Json:
    return {**without(record), "branch": embed(tenant, "locations", record["branch"], branch)}


def department_row(tenant: Tenant, record: Json) -> Json:
    return {**without(record), "branch": embed(tenant, "locations", record["branch"], location_simple)}


def department_of_me(tenant: Tenant, record: Json) -> Json:
    return {**without(record), "branch": embed(tenant, "locations", record["branch"], location_view)}


def user(tenant: Tenant, record: Json) -> Json:
    """UserSummary, the long form."""
    return {**without(record), "department": embed(tenant, "departments", record["department"], department)}


def person(tenant: Tenant, record: Json) -> Json:
    """SimpleUserSummary."""
    shown = ("id", "firstName", "lastName", "email", "position", "profile_image", "approval_delegatee")
    return {name: record[name] for name in shown}


def person_of_list(tenant: Tenant, record: Json) -> Json:
    """SimpleUser, as lists of bills have it."""
    return {name: record[name] for name in ("id", "firstName", "lastName", "email", "profile_image")}


def me(tenant: Tenant, record: Json) -> Json:
    return {
        **without(record),
        "email": tenant.email,
        "is_active": not tenant.user_deactivated,
        "domains": {"active": True, "procurify_domains": [{"name": tenant.name, "subdomain": tenant.domain}]},
        "headquarter_logo": "",
        "systemaccess_cache": {"flattened": list(tenant.permissions)},
        "is_approval_delegatee": False,
        "department": embed(tenant, "departments", record["department"], department_of_me),
        "pending_invite": False,
        "role": {"id": 1, "name": "Superuser" if "superuser" in tenant.permissions else "Limited"},
    }


# Money and accounts


def currency(tenant: Tenant, record: Json) -> Json:
    """CurrencySummary."""
    return {name: record[name] for name in ("id", "name", "rate", "base")}


def currency_of_list(tenant: Tenant, record: Json) -> Json:
    return {name: record[name] for name in ("id", "name", "rate")}


def account(tenant: Tenant, record: Json) -> Json:
    """AccountRead: one account code in one department, balances used as numbers."""
    return {
        **without(record),
        "account_code": embed(tenant, "account_codes", record["account_code"], plain),
        "department": embed(tenant, "departments", record["department"], department),
        "warning_indicator": False,
        "budget_used_approved": 0.0,
        "budget_used_purchased": 0.0,
    }


def account_row(tenant: Tenant, record: Json) -> Json:
    """A row of /accounts/: balances used as text."""
    return {
        **without(record),
        "account_code": embed(tenant, "account_codes", record["account_code"], plain),
        "department": embed(tenant, "departments", record["department"], department_row),
        "budget_used_approved": "0.00",
        "budget_used_purchased": "0.00",
    }


def spend_account(tenant: Tenant, record: Json) -> Json:
    """SpendAccountRead, as allocations have it: the parent of the code and the branch of the department in full."""
    code = embed(tenant, "account_codes", record["account_code"], plain)
    if isinstance(code, dict):
        parent = embed(tenant, "account_codes", code.get("parent"), plain) or code
        code = {**without(code, "applied_accounts_count"), "parent": without(parent, "applied_accounts_count")}
    return {
        "id": record["id"],
        "account_code": code,
        "department": embed(tenant, "departments", record["department"], _spend_department),
        "active": record["active"],
    }


def _spend_department(tenant: Tenant, record: Json) -> Json:
    return {**without(record), "branch": embed(tenant, "locations", record["branch"], _spend_branch)}


def _spend_branch(tenant: Tenant, location: Json) -> Json:
    names = ("id", "name", "phoneOne", "external_id", "active")
    return {**{name: location[name] for name in names}, "localCurrency": location["currency"]}


# Vendors


def vendor(tenant: Tenant, record: Json) -> Json:
    """As other records repeat it."""
    return without(record)


def vendor_row(tenant: Tenant, record: Json) -> Json:
    """As the list and PATCH have it: the score is text."""
    return {**without(record), "vendor_request": None}


def vendor_detail(tenant: Tenant, record: Json) -> Json:
    """As detail and POST have it: the score is a number."""
    score = record["overall_score"]
    number = float(score) if isinstance(score, str) else score
    return {**without(record), "overall_score": number, "performance": None, "vendor_request": None}


# Others


def catalog_item(tenant: Tenant, record: Json) -> Json:
    return {
        **without(record),
        "pref_vendor": embed(tenant, "vendors", record["pref_vendor"], vendor),
        "account_code": embed(tenant, "account_codes", record["account_code"], plain),
        "currency": embed(tenant, "currencies", record["currency"], currency),
    }


def receipt(tenant: Tenant, record: Json) -> Json:
    return {**without(record), "created_by": embed(tenant, "users", record["created_by"], person_of_list)}


def payment(tenant: Tenant, record: Json) -> Json:
    held = embed(tenant, "currencies", record["currency"], plain)
    short = {name: held[name] for name in ("id", "name")} if isinstance(held, dict) else held
    return {**without(record), "currency": short}
