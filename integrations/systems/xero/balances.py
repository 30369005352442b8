"""What Xero itself says is owed to each contact (Accounting API, contacts and credit notes, October 2026).

`Balances.AccountsPayable.Outstanding` is a raw sum over currencies with unapplied credit notes taken off; lists show
it only where they are paged.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import Field

from integrations.documents import Unreadable, VendorBalance
from integrations.http import Http
from integrations.systems.paging import Page
from integrations.systems.reading import Amount, Code, Model, Words, read
from integrations.systems.xero.incremental import Sweep, pages
from integrations.systems.xero.shapes import ContactRef

CONTACTS = "/api.xro/2.0/Contacts"
CREDITS = "/api.xro/2.0/CreditNotes"


class _Side(Model):
    outstanding: Amount = Field(Decimal(0), alias="Outstanding")


class _Balances(Model):
    payable: _Side | None = Field(None, alias="AccountsPayable")


class _Contact(Model):
    contact_id: Code = Field(alias="ContactID")
    name: Words = Field("", alias="Name")
    balances: _Balances | None = Field(None, alias="Balances")


class _Credit(Model):
    contact: ContactRef = Field(alias="Contact")
    status: Code = Field(alias="Status")
    remaining: Amount = Field(Decimal(0), alias="RemainingCredit")


def vendor_balances(http: Http) -> Iterator[Page[VendorBalance]]:
    """Credit notes first, then every contact with its balance, archived ones too."""
    credits = _credits(http)

    def parse(raw: Mapping[str, Any]) -> VendorBalance:
        shape = read(_Contact, raw, "Contact")
        side = shape.balances.payable if shape.balances else None
        outstanding = side.outstanding if side else Decimal(0)
        return VendorBalance(shape.contact_id, shape.name, outstanding, credits.get(shape.contact_id, Decimal(0)))

    yield from pages(http, Sweep(CONTACTS, "Contacts", "ContactID", {"includeArchived": "true"}, parse), None)


def _credits(http: Http) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    sweep = Sweep(CREDITS, "CreditNotes", "CreditNoteID", {"where": 'Type=="ACCPAYCREDIT"'}, _credit)
    for page in pages(http, sweep, None):
        for row in page.rows:
            if not isinstance(row, Unreadable) and row.status == "AUTHORISED":
                found[row.contact.contact_id] += row.remaining
    return found


def _credit(raw: Mapping[str, Any]) -> _Credit:
    return read(_Credit, raw, "Credit note")
