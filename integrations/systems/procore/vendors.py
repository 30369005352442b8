"""Vendors to Procore's JSON and back, and finding them. Names are not unique there; our mark is the origin id.

Countries and states are taken by their two letters only; what is written otherwise is left out (country codes,
August 2026). There are no fields for currency, tax number and contact.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.documents import PreparedWrite, Vendor
from integrations.errors import GoneError, HoldRecordError, InvalidSourceError, OutcomeUnknownError, ProgrammingError
from integrations.http import Answer, Http
from integrations.systems.exact_json import dumps
from integrations.systems.procore import parse, paths
from integrations.systems.procore.outcomes import synced
from integrations.systems.procore.payloads import clean, key, number_of
from integrations.systems.procore.walking import Listing, documents
from integrations.vendor_documents import VendorAction, VendorOutcome, VendorWrite

LIMIT = 255
FIELDS = {"phone": "business_phone", "city": "city", "postal_code": "zip", "email": "email_address"}
LETTERS = re.compile("[A-Z]{2}")
IDS_PER_CALL = 50
Inactive = Callable[[], Sequence[Vendor]]


def unfit(values: Mapping[str, str]) -> dict[str, str]:
    """Per field that Procore would refuse, why."""
    found = {name: f"Procore takes at most {LIMIT} characters." for name, value in values.items() if len(value) > LIMIT}
    if "name" in values and not values["name"].strip():
        found["name"] = "A vendor needs a name."
    return found


def prepare(company: str, writes: Sequence[VendorWrite]) -> PreparedWrite:
    """One request over writes of one action. HoldRecordError for what does not fit."""
    if len({write.action for write in writes}) != 1:
        raise ProgrammingError("One request to Procore creates or changes vendors; never both.")
    for write in writes:
        if refused := unfit(write.values):
            raise HoldRecordError(" ".join(refused.values()), reason="cannot-represent")
    body = {"company_id": number_of(company), "updates": [_row(write) for write in writes]}
    return PreparedWrite("PATCH", paths.VENDORS_SYNC, paths.VENDORS_SYNC, dumps(body).encode(), len(writes))


def outcomes(prepared: PreparedWrite, answer: Answer) -> list[VendorOutcome]:
    try:
        return [
            VendorOutcome(None, refusals) if refusals else VendorOutcome(parse.vendor(row))
            for row, refusals in synced(prepared, answer)
        ]
    except InvalidSourceError as error:
        raise OutcomeUnknownError(f"Procore's answer cannot be read: {error}") from None


def by_ids(http: Http, company: str, ids: Sequence[str]) -> list[Vendor]:
    """Together as far as they are active; no list shows the others by their ids."""
    found: list[Vendor] = []
    for start in range(0, len(ids), IDS_PER_CALL):
        some = [str(number_of(each)) for each in ids[start : start + IDS_PER_CALL]]
        found += [each for each in _active(http, company, {"filters[id][]": some}) if each.source_id in some]
    listed = {each.source_id for each in found}
    return found + _one_by_one(http, company, [each for each in ids if each not in listed])


def _one_by_one(http: Http, company: str, ids: Sequence[str]) -> list[Vendor]:
    found = []
    for vendor_id in ids:
        path = paths.VENDOR.format(id=number_of(vendor_id))
        try:
            answer = http.read(path, params={"company_id": company, "view": "normal"}, template=paths.VENDOR)
        except GoneError:
            continue
        found.append(parse.vendor(answer.json()))
    return found


def marked(http: Http, company: str, marks: Sequence[str], inactive: Inactive) -> dict[str, list[Vendor]]:
    """Per mark the vendors whose origin id is exactly it, inactive ones included."""
    found = {
        mark: [each for each in _active(http, company, {"filters[origin_id]": mark}) if each.external_ref == mark]
        for mark in marks
    }
    if not all(found.values()):
        for vendor in inactive():
            if vendor.external_ref in found and vendor not in found[vendor.external_ref]:
                found[vendor.external_ref].append(vendor)
    return found


def named(http: Http, company: str, name: str, inactive: Inactive) -> list[Vendor]:
    """Those of exactly that name, blanks and capitals aside, inactive ones too; the search looks at more than names."""
    among = [*_active(http, company, {"filters[search]": name.strip()}), *inactive()]
    return [vendor for vendor in among if _plain(vendor.name) == _plain(name)]


def _active(http: Http, company: str, filters: Mapping[str, str | list[str]]) -> list[Vendor]:
    params = {"company_id": company, "view": "normal", **filters}
    return documents(http, Listing(paths.VENDORS, paths.VENDORS, parse.vendor, params))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _row(write: VendorWrite) -> dict[str, Any]:
    before = write.before
    if write.action is VendorAction.CREATE:
        return {"origin_id": key(write.mark), **_fields(write.values)}
    if before is None:
        raise ProgrammingError("Changing a vendor needs the vendor.")
    # Another integration may own the vendor by its own origin id, which is left alone.
    mark = {"origin_id": key(write.mark)} if write.mark and not before.external_ref else {}
    return {"id": number_of(before.source_id), **mark, **_fields(write.values)}


def _fields(values: Mapping[str, str]) -> dict[str, Any]:
    sent: dict[str, Any] = {FIELDS[name]: clean(value, LIMIT) for name, value in values.items() if name in FIELDS}
    if "name" in values:
        sent["name"] = " ".join(values["name"].split())
    if "street" in values or "street_two" in values:
        parts = (values.get("street", ""), values.get("street_two", ""))
        sent["address"] = clean(", ".join(part for part in parts if part), LIMIT)
    for name, field in (("country", "country_code"), ("state_province", "state_code")):
        if LETTERS.fullmatch(letters := values.get(name, "").strip().upper()):
            sent[field] = letters
    if "active" in values:
        sent["is_active"] = values["active"] == "yes"
    return sent
