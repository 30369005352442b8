"""Creating and changing contacts, by the rules of the Contacts page (2026)."""

from __future__ import annotations

import re

from ..exchange import Json
from .organisation import WITH_CONTACT, Organisation, new_id
from .problems import Complaints

ARCHIVED = (
    "The contact with the specified contact details has been archived. The contact must be un-archived before "
    "creating new invoices or credit notes."
)
LONGEST = {
    **dict.fromkeys(("Name", "FirstName", "LastName", "EmailAddress"), 255),
    **dict.fromkeys(("ContactNumber", "AccountNumber", "CompanyNumber", "TaxNumber"), 50),
}
LONGEST_ADDRESS = {
    **{f"AddressLine{n}": 500 for n in range(1, 5)},
    **dict.fromkeys(("City", "Region", "AttentionTo"), 255),
    **dict.fromkeys(("PostalCode", "Country"), 50),
}
LONGEST_PHONE = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
MOST_PERSONS = 5
ADDRESS_TYPES = ("STREET", "POBOX")
PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def write_contact(organisation: Organisation, sent: Json, wanted: Json, *, create_only: bool) -> Json:
    """Create or change the contact that `wanted` describes and return the stored row; raises Refused.

    Without ContactID, an upsert changes the contact that holds the number or, failing that, the name.
    """
    complaints = Complaints()
    existing = _existing(organisation, wanted, create_only, complaints)
    check(organisation, wanted, existing, complaints)
    complaints.raise_for(sent, "ContactID")
    return apply(organisation, wanted, existing)


def apply(organisation: Organisation, wanted: Json, existing: Json | None) -> Json:
    """Store a contact that has passed `check`; fields not named stay as they are."""
    before = existing or _blank()
    row = {**before, **{name: value for name, value in wanted.items() if name not in ("Addresses", "Phones")}}
    row["ContactID"] = before["ContactID"]
    row["Addresses"] = _by_type(before["Addresses"], wanted.get("Addresses", []), "AddressType")
    row["Phones"] = _by_type(before["Phones"], wanted.get("Phones", []), "PhoneType")
    if "PaymentTerms" in wanted:
        row["PaymentTerms"] = _terms(wanted["PaymentTerms"])
    organisation.contacts.store(row)
    if existing is not None and existing["Name"] != row["Name"]:
        rename_on_documents(organisation, row)
    return row


def _existing(organisation: Organisation, wanted: Json, create_only: bool, complaints: Complaints) -> Json | None:
    contacts = organisation.contacts
    if "ContactID" in wanted:
        found = contacts.get(wanted["ContactID"])
        if create_only and found is not None:
            complaints.add("A contact with the specified ContactID already exists.")
        elif found is None and not create_only:
            complaints.add("The ContactID could not be found.")
        return None if create_only else found
    if create_only:
        return None
    return by_number(organisation, wanted.get("ContactNumber", "")) or by_name(organisation, wanted.get("Name", ""))


def by_number(organisation: Organisation, number: str) -> Json | None:
    """The contact with a ContactNumber, archived ones included."""
    rows = organisation.contacts.rows.values()
    return next((row for row in rows if row.get("ContactNumber") == number), None) if number else None


def by_name(organisation: Organisation, name: str) -> Json | None:
    """The contact with a name, capitals ignored; an active one before an archived one."""
    plain = name.casefold()
    found = [row for row in organisation.contacts.rows.values() if row["Name"].casefold() == plain] if plain else []
    return min(found, key=lambda row: str(row["ContactStatus"] != "ACTIVE"), default=None)


# Rules


def check(organisation: Organisation, wanted: Json, existing: Json | None, complaints: Complaints) -> None:
    """Complain about everything that Xero refuses in a contact."""
    if existing is not None and existing["ContactStatus"] == "ARCHIVED":
        complaints.add(ARCHIVED)
    if existing is None and not wanted.get("Name"):
        complaints.add("The Contact Name must be specified.")
    _check_lengths(wanted, LONGEST, complaints)
    if "Name" in wanted:
        _check_name(organisation, wanted["Name"], existing, complaints)
    _check_unique_numbers(organisation, wanted, existing, complaints)
    if (email := wanted.get("EmailAddress")) and not _EMAIL.fullmatch(email):
        complaints.add("Email address must be valid.")
    _check_parts(wanted, complaints)
    _check_defaults(organisation, wanted, complaints)


def _check_lengths(node: Json, longest: dict[str, int], complaints: Complaints) -> None:
    for name, most in longest.items():
        if len(node.get(name, "")) > most:
            complaints.add(f"{name} must not be more than {most} characters.")


def _check_name(organisation: Organisation, name: str, existing: Json | None, complaints: Complaints) -> None:
    if re.search("[<>]", name):
        complaints.add("The contact name cannot contain < or >.")
    if name != " ".join(name.split(" ")).strip() or "  " in name:
        complaints.add("The contact name cannot have leading, trailing or double spaces.")
    other = by_name(organisation, name)
    if other is not None and other["ContactStatus"] == "ACTIVE" and not _same(other, existing):
        complaints.add(
            f"The contact name {name} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )


def _check_unique_numbers(
    organisation: Organisation, wanted: Json, existing: Json | None, complaints: Complaints
) -> None:
    number = wanted.get("ContactNumber", "")
    other = by_number(organisation, number)
    if other is not None and not _same(other, existing):
        complaints.add(f"The Contact Number {number} is already assigned to another contact.")
    account = wanted.get("AccountNumber", "")
    if account and any(
        row.get("AccountNumber") == account and not _same(row, existing) for row in organisation.contacts.rows.values()
    ):
        complaints.add("The Account Number already exists. Please enter a different Account Number.")


def _same(row: Json, existing: Json | None) -> bool:
    return existing is not None and row["ContactID"] == existing["ContactID"]


def _check_parts(wanted: Json, complaints: Complaints) -> None:
    for address in wanted.get("Addresses", []):
        _check_lengths(address, LONGEST_ADDRESS, complaints)
        if re.search(r"\d", address.get("Country", "")):
            complaints.add("Country must contain letters only.")
    for phone in wanted.get("Phones", []):
        _check_lengths(phone, LONGEST_PHONE, complaints)
    if len(wanted.get("ContactPersons", [])) > MOST_PERSONS:
        complaints.add(f"A contact can have at most {MOST_PERSONS} additional people.")


def _check_defaults(organisation: Organisation, wanted: Json, complaints: Complaints) -> None:
    for name in ("PurchasesDefaultAccountCode", "SalesDefaultAccountCode"):
        if wanted.get(name) and organisation.account({"AccountCode": wanted[name]}) is None:
            complaints.add(f"Account code '{wanted[name]}' is not a valid code.")
    for name in ("AccountsPayableTaxType", "AccountsReceivableTaxType"):
        if wanted.get(name) and organisation.tax_rates.get(wanted[name]) is None:
            complaints.add(f"The TaxType code '{wanted[name]}' does not exist.")
    currency = wanted.get("DefaultCurrency")
    if currency and organisation.currencies.get(currency) is None:
        complaints.add(f"Organisation is not subscribed to currency {currency}")


# Shape


def _blank() -> Json:
    return {
        "ContactID": new_id(),
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [
            {"AddressType": each, **dict.fromkeys(("City", "Region", "PostalCode", "Country"), "")}
            for each in ADDRESS_TYPES
        ],
        "Phones": [
            {"PhoneType": each, **dict.fromkeys(("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"), "")}
            for each in PHONE_TYPES
        ],
        "ContactGroups": [],
        "ContactPersons": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def _by_type(before: list[Json], wanted: list[Json], kind: str) -> list[Json]:
    """Addresses and phones are replaced per type; a type is never removed."""
    blank = {each[kind]: {name: "" for name in each if name != kind} for each in before}
    new = {each.get(kind, ""): each for each in wanted}
    kept = [
        {kind: each[kind], **blank[each[kind]], **new.pop(each[kind])} if each[kind] in new else each for each in before
    ]
    return kept + [each for each in new.values() if kind in each]


def _terms(terms: Json) -> Json:
    return {side: {**term, "Day": int(term.get("Day", 0))} for side, term in terms.items()}


def rename_on_documents(organisation: Organisation, contact: Json) -> None:
    """Documents show the contact's name of today; that changes no document's stamp."""
    for shelf in (organisation.shelves[name] for name in WITH_CONTACT):
        for key, row in list(shelf.rows.items()):
            if row["Contact"]["ContactID"] == contact["ContactID"]:
                shelf.amend(key, Contact={**row["Contact"], "Name": contact["Name"]})


def mark_used(organisation: Organisation, contact_id: str, field: str) -> None:
    """The first bill makes a supplier, the first sales invoice a customer; that is no change of the contact."""
    if not organisation.contacts.rows[contact_id][field]:
        organisation.contacts.amend(contact_id, **{field: True})
