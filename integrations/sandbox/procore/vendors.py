"""Vendors: the company's directory, the directories of projects, search and sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..exchange import Answer, Json
from . import fields, filters
from .call import Call
from .company import Company, public
from .paging import listed
from .problems import Invalid
from .syncing import Shelfwork, sync

_TEXTS = [
    "name",
    "address",
    "city",
    "zip",
    "business_phone",
    "mobile_phone",
    "fax_number",
    "email_address",
    "labor_union",
    "license_number",
    "website",
    "abbreviated_name",
    "origin_id",
    "origin_data",
    "origin_code",
    "trade_name",
]
_FLAGS = ["is_active", "authorized_bidder", "prequalified", "union_member", "non_union_prevailing_wage"]
_NUMBERS = ["vendor_group_id", "parent_id", "primary_contact_id"]
FORM: fields.Form = {
    **dict.fromkeys(_TEXTS, fields.text),
    **dict.fromkeys(_FLAGS, fields.flag),
    **dict.fromkeys(_NUMBERS, fields.whole),
    "notes": fields.long_text,
    "state_code": fields.code,
    "country_code": fields.code,
    **dict.fromkeys(("trade_ids", "bidding_distribution_ids", "standard_cost_code_ids", "bidding"), fields.anything),
}
SYNC_FORM: fields.Form = {
    **FORM,
    "business_register_attributes": fields.anything,
    "origin_custom_fields": fields.anything,
}
BLANK: Json = {
    **dict.fromkeys(_TEXTS),
    **dict.fromkeys(_FLAGS, False),
    "is_active": True,
    "email_address": "",
    "notes": None,
    "state_code": None,
    "country_code": None,
    "logo": None,
    "vendor_group": None,
    "parent": None,
    "synced_to_erp": False,
    "company_vendor": True,
}
SORTS = ("name", "main_office_name")
COMPACT = ("id", "name", "company")
FILTERS: Mapping[str, filters.Filter] = {**filters.USUAL, "origin_id": filters.exact("origin_id")}


def show(vendor: Json) -> Json:
    return {**public(vendor), "company": vendor["name"]}


def _view(call: Call) -> Callable[[Json], Any]:
    if call.first("view") == "ids_only":
        return lambda vendor: {"id": vendor["id"], "name": vendor["name"]}
    if call.first("view") in ("compact", "name", "minimal"):
        return lambda vendor: {name: show(vendor)[name] for name in COMPACT}
    return show


def _found(call: Call, vendors: list[Json]) -> list[Json]:
    """`filters[search]` matches name, keywords, origin_code and tax number, anywhere in them."""
    found = filters.chosen(call, vendors, FILTERS)
    wanted = call.first("filters[search]").casefold()
    if wanted and call.asked.effect != "ignore_filter":
        found = [vendor for vendor in found if wanted in _searched(vendor)]
    return found


def _searched(vendor: Json) -> str:
    texts = [vendor["name"], vendor["origin_code"], *vendor["_keywords"], vendor["_tax_number"]]
    return "\n".join(each for each in texts if each).casefold()


def list_active(call: Call) -> Answer:
    return listed(call, _found(call, list(call.company.rows("vendors", is_active=True))), _view(call), sorts=SORTS)


def list_inactive(call: Call) -> Answer:
    return listed(call, list(call.company.rows("vendors", is_active=False)), _view(call), sorts=SORTS[:1])


def list_of_project(call: Call) -> Answer:
    rows = [each for each in call.company.rows("vendors") if call.project["id"] in each["project_ids"]]
    return listed(call, _found(call, rows), _view(call), sorts=SORTS)


def one(call: Call) -> Answer:
    return Answer.json(show(call.company.get("vendors", call.words["id"])))


def create(company: Company, sent: Json, form: fields.Form = FORM) -> Json:
    """Names are not unique: the same name makes another vendor."""
    given = read_vendor(company, sent, form)
    if not given.get("name"):
        raise Invalid(name="can't be blank")
    hidden: Json = {"_keywords": [], "_tax_number": None}
    made = company.add("vendors", {**BLANK, "project_ids": [], **hidden, **given})
    company.tell(None, "Company Vendors", "create", made["id"])
    return made


def update(company: Company, vendor: Json, sent: Json, form: fields.Form = FORM) -> Json:
    given = read_vendor(company, sent, form, vendor["id"])
    if "name" in given and not given["name"]:
        raise Invalid(name="can't be blank")
    company.tell(None, "Company Vendors", "update", vendor["id"])
    return company.touch(vendor, **given)


def read_vendor(company: Company, sent: Json, form: fields.Form, own_id: int | None = None) -> Json:
    given = fields.read_fields(sent, form)
    company.claim_origin("vendors", given.get("origin_id"), own_id)
    return given


def add(call: Call) -> Answer:
    return Answer.json(show(create(call.company, call.wrapped("vendor"))), 201)


def change(call: Call) -> Answer:
    vendor, sent = call.company.get("vendors", call.words["id"]), call.wrapped("vendor")
    if "name" not in sent:
        raise Invalid(name="can't be blank")
    return Answer.json(show(update(call.company, vendor, sent)))


def sync_rows(call: Call) -> Answer:
    company = call.company
    return sync(
        call,
        Shelfwork(
            by_id=company.shelves["vendors"].get,
            by_origin=lambda origin_id: company.by_origin("vendors", origin_id),
            create=lambda row: create(company, row, SYNC_FORM),
            update=lambda vendor, row: update(company, vendor, row, SYNC_FORM),
            show=show,
        ),
    )


def add_to_project(call: Call) -> Answer:
    vendor = call.company.get("vendors", call.words["id"])
    if call.project["id"] in vendor["project_ids"]:
        raise Invalid(vendor="is already in the project directory")
    vendor["project_ids"].append(call.project["id"])
    return Answer.json(show(vendor), 201)
