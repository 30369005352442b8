"""The contact of a bill or invoice, which a careless payload also edits or creates."""

from __future__ import annotations

from ..exchange import Json
from . import contacts
from .drafting import Draft


def contact_of(draft: Draft) -> Json:
    """Id and name of the document's contact; empty where there was something to complain about."""
    wanted = draft.wanted.get("Contact")
    if wanted is None:
        if not draft.base:
            draft.complaints.add("A Contact must be specified for this type of transaction")
        return dict(draft.base.get("Contact", {}))
    found = _found(draft, wanted)
    if found is not None and found["ContactStatus"] != "ACTIVE":
        draft.complaints.add(contacts.ARCHIVED, "Contact")
        return {}
    looked_up_by = {"ContactID"} if "ContactID" in wanted else {"Name", "ContactNumber"}
    if not draft.complaints and (found is None or not set(wanted) <= looked_up_by):
        found = _written(draft, wanted, found)
    return {"ContactID": found["ContactID"], "Name": found["Name"]} if found else {}


def _found(draft: Draft, wanted: Json) -> Json | None:
    organisation = draft.organisation
    if "ContactID" in wanted:
        found = organisation.contacts.get(wanted["ContactID"])
        if found is None:
            draft.complaints.add("The Contact could not be found.", "Contact")
        return found
    return contacts.by_number(organisation, wanted.get("ContactNumber", "")) or contacts.by_name(
        organisation, wanted.get("Name", "")
    )


def _written(draft: Draft, wanted: Json, found: Json | None) -> Json | None:
    """A name that nobody has makes a new contact; any field besides the id edits the contact, and additional
    people that are not sent are lost."""
    contacts.check(draft.organisation, wanted, found, draft.complaints.under("Contact"))
    if draft.complaints:
        return found
    return contacts.apply(draft.organisation, {"ContactPersons": [], **wanted}, found)
