"""Vendors to Procurify's JSON: the one thing that is ever written there. Developer documentation, vendors (2026-10).

Limits are those of the published write fields; longer values are refused by Procurify, so they are never cut
silently: only a telephone number loses its spelling, then its extension.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.documents import PreparedWrite
from integrations.errors import HoldRecordError, OutcomeUnknownError, ProgrammingError
from integrations.http import Answer
from integrations.systems.exact_json import dumps, loads
from integrations.vendor_documents import VendorAction, VendorWrite

VENDORS = "/api/v3/vendors/"
VENDOR = "/api/v3/vendors/{id}/"
ALL_VENDORS = "/api/v3/vendors/all/"
VENDOR_ID = re.compile(r"[0-9]{1,18}")
REGULAR, EMPLOYEE = 4, 5
# Our names for the fields: theirs, and how long each may be.
TEXTS = {
    "name": ("name", 150),
    "contact": ("contact", 50),
    "phone": ("phoneOne", 20),
    "street": ("addressLineOne", 300),
    "street_two": ("addressLineTwo", 300),
    "city": ("city", 50),
    "state_province": ("state_province", 40),
    "postal_code": ("postalCode", 20),
    "country": ("country", 80),
}
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_EXTENSION = re.compile(r"\s*(?:ext\.?|extension|x|#)\s*\d+\s*$", re.IGNORECASE)
_SPELLING = re.compile(r"[\s().\-/]+")


def unfit(values: Mapping[str, str], currencies: Mapping[str, int]) -> dict[str, str]:
    """Per field that Procurify would refuse, why."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if name in TEXTS:
            most = TEXTS[name][1]
            if len(_written(name, value)) > most:
                found[name] = f"Procurify takes at most {most} characters."
        elif name == "email" and value and not EMAIL.fullmatch(value):
            found[name] = "Procurify takes this for no e-mail address."
        elif name == "currency" and value and value not in currencies:
            found[name] = f"Procurify has no currency {value}."
    if "name" in values and not values["name"].strip():
        found["name"] = "A vendor needs a name."
    return found


def prepare(writes: Sequence[VendorWrite], currencies: Mapping[str, int]) -> PreparedWrite:
    """One request for one vendor; there are no batches. HoldRecordError for what does not fit."""
    if len(writes) != 1:
        raise ProgrammingError("Procurify takes one vendor at a time.")
    (write,) = writes
    refused = unfit(write.values, currencies)
    if refused:
        raise HoldRecordError(" ".join(refused.values()), reason="cannot-represent")
    sent = _sent(write, currencies)
    if write.action is VendorAction.CREATE:
        # `overall_score` is marked as required, null is taken (2026-10).
        new: dict[str, Any] = {
            "email": [],
            "overall_score": None,
            "type": REGULAR,
            "active": True,
            "external_id": write.mark,
        }
        return PreparedWrite("POST", VENDORS, VENDORS, dumps({**new, **sent}).encode(), 1)
    if write.before is None or not VENDOR_ID.fullmatch(write.before.source_id):
        raise ProgrammingError("Changing a vendor needs the vendor.")
    path = VENDOR.format(id=write.before.source_id)
    return PreparedWrite("PATCH", path, VENDOR, dumps(sent).encode(), 1)


def checked(prepared: PreparedWrite, answer: Answer) -> dict[str, Any]:
    """The vendor of an answer. OutcomeUnknownError when it is not plainly the one that was sent."""
    body = answer.json()
    row = body.get("data") if isinstance(body, dict) else None
    sent = loads(prepared.body)
    if not isinstance(row, dict) or "id" not in row:
        raise OutcomeUnknownError("Procurify's answer does not hold the vendor.")
    mark = sent.get("external_id")
    is_same = row.get("external_id") == mark if mark else prepared.path == VENDOR.format(id=row["id"])
    if not is_same:
        raise OutcomeUnknownError("Procurify's answer is about another vendor than the one sent.")
    return row


def _sent(write: VendorWrite, currencies: Mapping[str, int]) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, value in write.values.items():
        if name in TEXTS:
            sent[TEXTS[name][0]] = _written(name, value) or (None if name != "name" else "")
        elif name == "email":
            sent["email"] = _emails(write, value)
        elif name == "currency":
            sent["currency"] = currencies[value] if value else None
        elif name == "active":
            sent["active"] = value == "yes"
        else:
            raise ProgrammingError(f"Procurify has no field for {name}.")
    return sent


def _emails(write: VendorWrite, first: str) -> list[str]:
    """Only the first address is kept in step; further ones stay as they are."""
    others = [email for email in (write.before.emails if write.before else ())[1:] if email != first]
    return [first, *others] if first else others


def _written(name: str, value: str) -> str:
    if name != "phone" or len(value) <= TEXTS["phone"][1]:
        return value
    short = _SPELLING.sub("", value)
    return short if len(short) <= TEXTS["phone"][1] else _SPELLING.sub("", _EXTENSION.sub("", value))
