"""Credit notes, prepayments and overpayments of suppliers, as people enter, apply and refund them."""

from __future__ import annotations

from typing import Any

from ...exchange import Json
from ..amounts import exact, rounded, sent
from ..credits import KINDS, Kind, allocate, kind_of, new_credit, remaining, take_back
from ..dates import day_text
from ..organisation import new_id, public
from ..payments import payment_inside
from .desk import Day, as_day
from .payables import Payables

CREDIT_NOTE, PREPAYMENT, OVERPAYMENT = KINDS


class Crediting(Payables):
    def add_credit_note(
        self,
        contact: str,
        amount: float | str,
        *,
        number: str = "",
        day: Day | None = None,
        account: str = "429",
        status: str = "AUTHORISED",
        tenant: str = "",
    ) -> Json:
        """A supplier credit note of one untaxed line."""
        taken = len(self.organisation(tenant).credit_notes.rows)
        own: Json = {
            "Type": "ACCPAYCREDIT",
            "CreditNoteNumber": number or f"CN-{taken + 1:04d}",
            "Reference": "",
            "Status": status,
            "HasErrors": False,
        }
        return self._credit(CREDIT_NOTE, contact, amount, day, account, tenant, own)

    def add_prepayment(
        self, contact: str, amount: float | str, *, reference: str = "", day: Day | None = None, tenant: str = ""
    ) -> Json:
        """Money sent to a supplier before the bill: a bank transaction, not a payment."""
        own = {"Type": "SPEND-PREPAYMENT", "Reference": reference}
        return self._credit(PREPAYMENT, contact, amount, day, "620", tenant, own)

    def add_overpayment(
        self, contact: str, amount: float | str, *, reference: str = "", day: Day | None = None, tenant: str = ""
    ) -> Json:
        """What a supplier was paid beyond all bills."""
        own = {"Type": "SPEND-OVERPAYMENT", "Reference": reference, "LineAmountTypes": "NoTax"}
        return self._credit(OVERPAYMENT, contact, amount, day, "800", tenant, own)

    def _credit(
        self, kind: Kind, contact: str, amount: float | str, day: Day | None, account: str, tenant: str, own: Json
    ) -> Json:
        organisation = self.organisation(tenant)
        named = self.contact(contact, tenant=tenant)
        typed = {**own, "Date": as_day(day) or organisation.today(), "AccountCode": account}
        row = new_credit(kind, organisation, named, rounded(exact(amount)), typed)
        return public(organisation.shelves[kind.shelf].store(row))

    def apply_credit(
        self,
        credit_id: str,
        bill_id: str,
        amount: float | str | None = None,
        *,
        day: Day | None = None,
        tenant: str = "",
    ) -> Json:
        """Apply a credit of any kind to a bill, as much as both allow if no amount is given; returns the bill."""
        organisation = self.organisation(tenant)
        left = organisation.shelves[kind_of(organisation, credit_id).shelf].rows[credit_id]["RemainingCredit"]
        most = min(left, organisation.invoices.rows[bill_id]["AmountDue"])
        wanted = rounded(exact(most if amount is None else amount))
        with organisation.attempt():
            allocate(organisation, credit_id, bill_id, wanted, day_text(as_day(day) or organisation.today()))
        return self.bill(bill_id, tenant=tenant)

    def take_credit_back(self, credit_id: str, bill_id: str, *, tenant: str = "") -> Json:
        """Remove a credit from a bill, which is due again; returns the bill."""
        take_back(self.organisation(tenant), credit_id, bill_id)
        return self.bill(bill_id, tenant=tenant)

    def credit_bill(self, bill_id: str, amount: float | str, *, day: Day | None = None, tenant: str = "") -> Json:
        """Make a supplier credit note and apply it to a bill, which may become PAID with nothing paid."""
        contact = self.bill(bill_id, tenant=tenant)["Contact"]["ContactID"]
        note = self.add_credit_note(contact, amount, day=day, tenant=tenant)
        return self.apply_credit(note["CreditNoteID"], bill_id, amount, day=day, tenant=tenant)

    def refund_credit(
        self, credit_id: str, amount: float | str, *, day: Day | None = None, account: str = "090", tenant: str = ""
    ) -> Json:
        """The supplier pays a credit back: a payment that names the credit and no bill. Returns the payment."""
        organisation = self.organisation(tenant)
        kind = kind_of(organisation, credit_id)
        credit = organisation.shelves[kind.shelf].rows[credit_id]
        bank: Any = organisation.account({"AccountCode": account})
        row: Json = {
            "PaymentID": new_id(),
            "Date": day_text(as_day(day) or organisation.today()),
            "Amount": sent(rounded(exact(amount))),
            "BankAmount": sent(rounded(exact(amount))),
            "Reference": "",
            "CurrencyRate": credit["CurrencyRate"],
            "PaymentType": kind.refunded_as,
            "Status": "AUTHORISED",
            "HasAccount": True,
            "IsReconciled": False,
            "Account": {name: bank[name] for name in ("AccountID", "Code")},
            kind.shown_as.removesuffix("s"): {kind.key: credit_id, "ID": credit_id, "LineItems": []},
            "HasValidationErrors": False,
        }
        organisation.payments.store(row)
        paid = {**credit, "Payments": [*credit["Payments"], payment_inside(row)]}
        organisation.shelves[kind.shelf].store(remaining(paid))
        return public(row)
