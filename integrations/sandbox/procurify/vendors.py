"""Writing vendors: the one thing that may be written (documentation, vendors tag, 2026)."""

from __future__ import annotations

import re
from typing import Any

from ..exchange import Asked, Json
from .amounts import exact, text
from .hands.masters import new_vendor
from .problems import InvalidFields
from .tenant import Tenant

LENGTHS = {
    "name": 150,
    "addressLineOne": 300,
    "addressLineTwo": 300,
    "postalCode": 20,
    "city": 50,
    "state_province": 40,
    "country": 80,
    "phoneOne": 20,
    "phoneTwo": 20,
    "fax": 20,
    "contact": 50,
    "url": 200,
    "external_id": 100,
    "comments": 100_000,
    "po_pdf_labels": 200,
}
NUMBERS = ("currency", "tax", "default_payment_method")
FLAGS = ("active", "is_1099_eligible", "is_auto_email_po_enabled")
TYPES = (2, 3, 4, 6, 7)
REQUIRED = ("name", "email", "type", "overall_score")
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


class Wrong(Exception):  # noqa: N818
    """One field is refused, in Procurify's words."""


def create(tenant: Tenant, asked: Asked) -> Json:
    """POST: all of REQUIRED must be there. Names may repeat."""
    sent = _body(asked)
    wrong = {name: "This field is required." for name in REQUIRED if name not in sent}
    fields = _checked(tenant, sent, wrong)
    record = {"id": tenant.next_id("vendors"), **new_vendor("", tenant.stamp())}
    empty = ("addressLineOne", "postalCode", "city", "state_province", "country", "phoneOne", "payment_term_ref")
    return tenant.store("vendors", {**record, **dict.fromkeys(empty), **fields})


def update(tenant: Tenant, vendor: Json, asked: Asked) -> Json:
    """PATCH: only what is sent changes; even `{}` moves `dateModified`."""
    fields = _checked(tenant, _body(asked), {})
    return tenant.store("vendors", {**vendor, **fields, "dateModified": tenant.stamp()})


def _body(asked: Asked) -> Json:
    try:
        sent = asked.json()
    except ValueError:
        raise InvalidFields({"null": "JSON parse error."}) from None
    if not isinstance(sent, dict):
        raise InvalidFields({"null": "Invalid data. Expected a dictionary."})
    return sent


def _checked(tenant: Tenant, sent: Json, wrong: dict[str, str]) -> Json:
    """The known fields of what was sent; unknown ones are ignored. Raises InvalidFields with all that is wrong."""
    fields: Json = {}
    for name, value in sent.items():
        try:
            if name in LENGTHS:
                fields[name] = _text(name, value)
            elif name in NUMBERS:
                fields[name] = _number(tenant, name, value)
            elif name in FLAGS:
                fields[name] = _flag(value)
            elif name in OTHERS:
                fields[name] = OTHERS[name](value)
        except Wrong as error:
            wrong[name] = str(error)
    if wrong:
        raise InvalidFields(wrong)
    return fields


def _text(name: str, value: Any) -> Any:
    if value is None and name != "name":
        return None
    if not isinstance(value, str):
        raise Wrong("Not a valid string.")
    if len(value) > LENGTHS[name]:
        raise Wrong(f"Ensure this field has no more than {LENGTHS[name]} characters.")
    if name == "name" and not value.strip():
        raise Wrong("This field may not be blank.")
    return value


def _number(tenant: Tenant, name: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("Incorrect type. Expected pk value.")
    if name == "currency" and str(value) not in tenant.shelves["currencies"]:
        raise Wrong(f'Invalid pk "{value}" - object does not exist.')
    return value


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise Wrong("Must be a valid boolean.")
    return value


def _emails(value: Any) -> Any:
    if not isinstance(value, list):
        raise Wrong('Expected a list of items but got type "str".')
    if not all(isinstance(each, str) and EMAIL.fullmatch(each) for each in value):
        raise Wrong("Enter a valid email address.")
    return value


def _type(value: Any) -> Any:
    if isinstance(value, bool) or value not in TYPES:
        raise Wrong(f'"{value}" is not a valid choice.')
    return value


def _score(value: Any) -> Any:
    if value is None:
        return None
    try:
        return text(exact(value), 3)
    except ArithmeticError:
        raise Wrong("A valid number is required.") from None


OTHERS = {"email": _emails, "type": _type, "overall_score": _score}
