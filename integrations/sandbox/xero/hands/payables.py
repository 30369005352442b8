"""Contacts, bills and payments, as people enter and change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...exchange import Json
from .. import forms
from ..contacts import by_name, write_contact
from ..drafting import Write
from ..invoices import write_invoice
from ..organisation import WITH_CONTACT, Organisation, public
from ..payments import delete_payment, write_payment
from .desk import Day, Desk, as_day, shown, typed

AT_THE_SCREEN = Write(create_only=False, decimals=4)


class Payables(Desk):
    # Contacts

    def add_contact(self, name: str, *, tenant: str = "", updated: datetime | str | None = None, **fields: Any) -> Json:
        """A contact with Xero's own fields, such as `EmailAddress="ap@delta.example"`."""
        return self._contact_written({"Name": name, **fields}, tenant, updated, create_only=True)

    def edit_contact(
        self, contact: str, *, tenant: str = "", updated: datetime | str | None = None, **fields: Any
    ) -> Json:
        """Change a contact named by id or name."""
        found = self.contact(contact, tenant=tenant)
        return self._contact_written({**fields, "ContactID": found["ContactID"]}, tenant, updated, create_only=False)

    def _contact_written(self, fields: Json, tenant: str, updated: datetime | str | None, *, create_only: bool) -> Json:
        organisation = self.organisation(tenant)
        wanted = typed(fields, forms.CONTACT)
        with organisation.attempt():
            row = write_contact(organisation, fields, wanted, create_only=create_only)
        return shown(organisation.contacts, row, updated)

    def archive_contact(self, contact: str, *, tenant: str = "") -> Json:
        return self.edit_contact(contact, tenant=tenant, ContactStatus="ARCHIVED")

    def restore_contact(self, contact: str, *, tenant: str = "") -> Json:
        """Only possible in Xero's own screens: Contacts, Archived, Restore."""
        shelf = self.organisation(tenant).contacts
        row = shelf.rows[self.contact(contact, tenant=tenant)["ContactID"]]
        return public(shelf.store({**row, "ContactStatus": "ACTIVE"}))

    def merge_contacts(self, contact: str, into: str, *, tenant: str = "") -> Json:
        """Merge one contact into another: it is archived and names the other; its documents move."""
        organisation = self.organisation(tenant)
        gone = organisation.contacts.rows[self.contact(contact, tenant=tenant)["ContactID"]]
        kept = self.contact(into, tenant=tenant)
        for shelf in (organisation.shelves[name] for name in WITH_CONTACT):
            for row in list(shelf.rows.values()):
                if row["Contact"]["ContactID"] == gone["ContactID"]:
                    shelf.store({**row, "Contact": {"ContactID": kept["ContactID"], "Name": kept["Name"]}})
        merged = {**gone, "ContactStatus": "ARCHIVED", "MergedToContactID": kept["ContactID"]}
        return public(organisation.contacts.store(merged))

    def contact(self, contact: str, *, tenant: str = "") -> Json:
        """By id or name; raises KeyError."""
        organisation = self.organisation(tenant)
        found = organisation.contacts.get(contact) or by_name(organisation, contact)
        if found is None:
            raise KeyError(f"no contact {contact!r}")
        return public(found)

    # Bills

    def add_bill(
        self,
        contact: str,
        lines: Sequence[Json] = (),
        *,
        number: str = "",
        amount: float | str | None = None,
        account: str = "429",
        day: Day | None = None,
        due: Day | None = None,
        status: str = "DRAFT",
        currency: str = "",
        by_app: bool = False,
        tenant: str = "",
        updated: datetime | str | None = None,
        **fields: Any,
    ) -> Json:
        """A bill as a person types it; `contact` by id or name (a new name makes a contact).

        `lines` are Xero's LineItems; `amount` on `account` is short for one line. Without `due` it is due on its
        own date. `by_app` makes it one that `createdByMyApp` finds.
        """
        organisation = self.organisation(tenant)
        shorthand = [{"Description": number or "Goods", "Quantity": 1, "UnitAmount": amount, "AccountCode": account}]
        day = as_day(day) or organisation.today()
        known = organisation.contacts.get(contact)
        wanted: Json = {
            "Type": "ACCPAY",
            "Contact": {"ContactID": contact} if known else {"Name": contact},
            "InvoiceNumber": number,
            "Date": day,
            "DueDate": as_day(due) or day,
            "Status": status,
            "LineItems": list(lines) or shorthand,
            **({"CurrencyCode": currency} if currency else {}),
            **fields,
        }
        return self._bill_written(organisation, wanted, updated, by_app)

    def edit_bill(
        self, bill_id: str, *, tenant: str = "", updated: datetime | str | None = None, **fields: Any
    ) -> Json:
        """Change a bill's fields, Xero's own names: `InvoiceNumber=..`, `DueDate=..`, `LineItems=[..]`."""
        return self._bill_written(self.organisation(tenant), {**fields, "InvoiceID": bill_id}, updated, by_app=False)

    def _bill_written(
        self, organisation: Organisation, fields: Json, updated: datetime | str | None, by_app: bool
    ) -> Json:
        wanted = typed(fields, forms.INVOICE)
        app = str(self.knobs["app_name"]) if by_app else ""
        with organisation.attempt():
            row = write_invoice(organisation, fields, wanted, Write(False, 4, app))
        return shown(organisation.invoices, row, updated)

    def submit_bill(self, bill_id: str, *, tenant: str = "") -> Json:
        return self.edit_bill(bill_id, tenant=tenant, Status="SUBMITTED")

    def approve_bill(self, bill_id: str, *, tenant: str = "") -> Json:
        """Approve a draft; one without a due date becomes due on its own date."""
        bill = self.bill(bill_id, tenant=tenant)
        due = {} if "DueDate" in bill else {"DueDate": bill["DateString"][:10]}
        return self.edit_bill(bill_id, tenant=tenant, Status="AUTHORISED", **due)

    def delete_bill(self, bill_id: str, *, tenant: str = "") -> Json:
        """Delete a draft, or void an approved bill."""
        draft = self.bill(bill_id, tenant=tenant)["Status"] in ("DRAFT", "SUBMITTED")
        return self.edit_bill(bill_id, tenant=tenant, Status="DELETED" if draft else "VOIDED")

    def bills(self, tenant: str = "") -> list[Json]:
        """All bills, deleted ones included, the one changed last at the end."""
        rows = self.organisation(tenant).invoices.in_order()
        return [public(row) for row in rows if row["Type"] == "ACCPAY"]

    def bill(self, bill_id: str, *, tenant: str = "") -> Json:
        return public(self.organisation(tenant).invoices.rows[bill_id])

    # Payments

    def pay_bill(
        self,
        bill_id: str,
        amount: float | str | None = None,
        *,
        day: Day | None = None,
        account: str = "090",
        tenant: str = "",
    ) -> Json:
        """Pay an approved bill, all that is due if no amount is given; returns the payment."""
        organisation = self.organisation(tenant)
        due = organisation.invoices.rows[bill_id]["AmountDue"]
        fields: Json = {
            "Invoice": {"InvoiceID": bill_id},
            "Account": {"Code": account},
            "Amount": due if amount is None else amount,
            "Date": as_day(day) or organisation.today(),
        }
        with organisation.attempt():
            return public(write_payment(organisation, fields, typed(fields, forms.PAYMENT)))

    def remove_payment(self, payment_id: str, *, tenant: str = "") -> Json:
        organisation = self.organisation(tenant)
        with organisation.attempt():
            return public(delete_payment(organisation, organisation.payments.rows[payment_id], {}))
