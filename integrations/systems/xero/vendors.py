"""Suppliers to Xero's JSON and back. Accounting API, contacts (October 2026).

A contact is created with PUT and changed with POST and its id: a POST by name would silently change whoever bears
that name. Addresses and telephone numbers are replaced per type, so those of other types are sent as they are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.documents import PreparedWrite, Vendor, VendorKind
from integrations.errors import HoldRecordError, InvalidSourceError, OutcomeUnknownError, ProgrammingError
from integrations.http import Answer
from integrations.systems.exact_json import dumps, loads
from integrations.systems.reading import read
from integrations.systems.xero import shapes
from integrations.systems.xero.errors import refusals
from integrations.systems.xero.shapes import ZERO_ID
from integrations.vendor_documents import VendorAction, VendorOutcome, VendorWrite

BILL_TERMS = "bill_terms"

CONTACTS = "/api.xro/2.0/Contacts"
WRITE_PATH = f"{CONTACTS}?summarizeErrors=false"
SILENT = ("Xero refused it without saying why.",)
LIMITS = {"name": 255, "email": 255, "contact": 255, "phone": 50, "street": 500, "street_two": 500, "city": 255,
          "state_province": 255, "postal_code": 50, "country": 50}  # fmt: skip
ADDRESS = {"street": "AddressLine1", "street_two": "AddressLine2", "city": "City", "state_province": "Region",
           "postal_code": "PostalCode", "country": "Country"}  # fmt: skip
EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
STREET, POSTAL = "STREET", "POBOX"


def _terms(shape: shapes.ContactShape) -> str:
    """When bills of this contact are due, as a number and Xero's rule: "20 OFFOLLOWINGMONTH" (A62)."""
    bills = shape.terms.bills if shape.terms else None
    return f"{bills.day} {bills.type}" if bills and bills.type and bills.day is not None else ""


def vendor(raw: Mapping[str, Any]) -> Vendor:
    """One of `Contacts` as a vendor. The street address is meant, else the postal one."""
    shape = read(shapes.ContactShape, raw, "Contact")
    address = _address(shape)
    phone = next((phone for phone in shape.phones or () if phone.type == "DEFAULT"), shapes.Phone.model_validate({}))
    texts = {
        "contact": _joined(shape.first_name, shape.last_name),
        "phone": _joined(phone.country, phone.area, phone.number),
        "street": address.line1 or "",
        "street_two": _joined(address.line2, address.line3, address.line4),
        "city": address.city or "",
        "state_province": address.region or "",
        "postal_code": address.postal_code or "",
    }
    return Vendor(
        source_id=shape.contact_id,
        name=shape.name,
        emails=(shape.email,) if shape.email else (),
        kind=VendorKind.REGULAR,
        active=shape.status == "ACTIVE",
        tax_number=shape.tax_number or "",
        currency=shape.currency or "",
        country=address.country or "",
        external_ref=shape.number or "",
        modified_at=shape.updated,
        fields={name: text for name, text in {**texts, BILL_TERMS: _terms(shape)}.items() if text},
        supplier=shape.is_supplier,
        groups=tuple(group.name for group in shape.groups or () if group.name),
        merged_to=shape.merged_to or "",
        kept={name: raw.get(name) or [] for name in ("Addresses", "Phones")},
    )


def unfit(values: Mapping[str, str]) -> dict[str, str]:
    """Per field that Xero would refuse, why."""
    found = {
        name: f"Xero takes at most {LIMITS[name]} characters."
        for name, value in values.items()
        if len(value) > LIMITS.get(name, len(value))
    }
    name, email = values.get("name"), values.get("email")
    if name is not None and not name.strip():
        found["name"] = "A contact needs a name."
    elif name is not None and re.search("[<>]", name):
        found["name"] = "Xero takes no < or > in a name."
    if email and not EMAIL.fullmatch(email):
        found["email"] = "Xero takes this for no e-mail address."
    if values.get("currency") == "":
        found["currency"] = "Xero keeps a contact's currency; take it away there, if it must go."
    if re.search(r"\d", values.get("country", "")):
        found["country"] = "Xero takes letters only for a country."
    return found


def prepare(writes: Sequence[VendorWrite]) -> PreparedWrite:
    """One request over writes of one action. HoldRecordError for what does not fit."""
    actions = {write.action for write in writes}
    if len(actions) != 1:
        raise ProgrammingError("One request to Xero creates or changes contacts; never both.")
    for write in writes:
        refused = unfit(write.values)
        if refused:
            raise HoldRecordError(" ".join(refused.values()), reason="cannot-represent")
    method = "PUT" if actions == {VendorAction.CREATE} else "POST"
    body = dumps({"Contacts": [_element(write) for write in writes]}).encode()
    return PreparedWrite(method, WRITE_PATH, CONTACTS, body, len(writes))


def outcomes(prepared: PreparedWrite, answer: Answer) -> list[VendorOutcome]:
    """One per element, in the order sent. OutcomeUnknownError when the answer is not plainly about them."""
    body = answer.json()
    rows = body.get("Contacts") if isinstance(body, dict) else None
    sent = loads(prepared.body)["Contacts"]
    if not isinstance(rows, list) or len(rows) != len(sent) or not all(isinstance(row, dict) for row in rows):
        raise OutcomeUnknownError("Xero's answer does not hold what was sent to it.")
    return [_outcome(element, row) for element, row in zip(sent, rows, strict=True)]


def marked(mark: str) -> str:
    """The condition that finds a contact by our mark; a quotation mark inside a text is doubled (2026-10)."""
    quoted = mark.replace('"', '""')
    return f'ContactNumber=="{quoted}"'


def _outcome(element: Mapping[str, Any], row: Mapping[str, Any]) -> VendorOutcome:
    messages = refusals(row)
    refused = row.get("StatusAttributeString") == "ERROR" or row.get("HasValidationErrors") is True or bool(messages)
    for name in ("ContactID", "ContactNumber"):
        asked, answered = element.get(name), row.get(name)
        if asked is None or (refused and answered in (None, "", ZERO_ID)):
            continue
        if str(asked).lower() != str(answered).lower():
            raise OutcomeUnknownError("Xero's answer is in another order than what was sent.")
    if refused:
        return VendorOutcome(None, messages or SILENT)
    if str(row.get("ContactID", ZERO_ID)) == ZERO_ID:
        raise OutcomeUnknownError("Xero accepted a contact without giving it an id.")
    try:
        return VendorOutcome(vendor(row))
    except InvalidSourceError as error:
        raise OutcomeUnknownError(f"Xero's answer cannot be read: {error}") from None


def _element(write: VendorWrite) -> dict[str, Any]:
    before = write.before
    if write.action is VendorAction.CREATE:
        return {"ContactNumber": write.mark, **_fields(write.values, None)}
    if before is None:
        raise ProgrammingError("Changing a contact needs the contact.")
    return {"ContactID": before.source_id, **_fields(write.values, before)}


def _fields(values: Mapping[str, str], before: Vendor | None) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    if "name" in values:
        sent["Name"] = " ".join(values["name"].split())
    if "contact" in values:
        sent["FirstName"], _, sent["LastName"] = " ".join(values["contact"].split()).rpartition(" ")
    if "email" in values:
        sent["EmailAddress"] = values["email"]
    if values.get("currency"):
        sent["DefaultCurrency"] = values["currency"]
    if "active" in values:
        sent["ContactStatus"] = "ACTIVE" if values["active"] == "yes" else "ARCHIVED"
    if ADDRESS.keys() & values.keys():
        sent["Addresses"] = _addresses(values, before)
    if "phone" in values:
        sent["Phones"] = _phones(values["phone"], before)
    return sent


def _addresses(values: Mapping[str, str], before: Vendor | None) -> list[dict[str, Any]]:
    """The address that is shown as the contact's, changed; those of other types as they are."""
    kept = [dict(each) for each in (before.kept.get("Addresses", ()) if before else ())]
    kind = _shown_type(kept)
    stored = next((each for each in kept if each.get("AddressType") == kind), {})
    changed = {**stored, "AddressType": kind, **{ADDRESS[name]: values[name] for name in ADDRESS if name in values}}
    if "street_two" in values:
        changed.pop("AddressLine3", None)
        changed.pop("AddressLine4", None)
    return [changed, *(each for each in kept if each.get("AddressType") != kind)]


def _phones(number: str, before: Vendor | None) -> list[dict[str, Any]]:
    """The whole number in one part: where its area ends is nothing that procurement tells."""
    kept = [dict(each) for each in (before.kept.get("Phones", ()) if before else ())]
    changed = {"PhoneType": "DEFAULT", "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}
    return [changed, *(each for each in kept if each.get("PhoneType") != "DEFAULT")]


def _shown_type(addresses: Sequence[Mapping[str, Any]]) -> str:
    filled = {each.get("AddressType") for each in addresses if any(each.get(name) for name in ADDRESS.values())}
    return POSTAL if POSTAL in filled and STREET not in filled else STREET


def _address(shape: shapes.ContactShape) -> shapes.Address:
    found = {address.type: address for address in reversed(shape.addresses or [])}
    kind = POSTAL if POSTAL in found and found[POSTAL].filled and not _filled(found.get(STREET)) else STREET
    return found.get(kind) or shapes.Address.model_validate({})


def _filled(address: shapes.Address | None) -> bool:
    return address is not None and address.filled


def _joined(*parts: str | None) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())
