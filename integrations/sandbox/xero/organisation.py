"""One organisation: its facts, its documents, and the look-ups that the rules need."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from ..exchange import Json
from .amounts import exact
from .dates import day_in, ms_in
from .shelf import Journal, Shelf, Stamps
from .zones import zone_of

# Collection name -> (id field, whether rows carry UpdatedDateUTC).
SHELVES: dict[str, tuple[str, bool]] = {
    "accounts": ("AccountID", True),
    "contacts": ("ContactID", True),
    "credit_notes": ("CreditNoteID", True),
    "currencies": ("Code", False),
    "invoices": ("InvoiceID", True),
    "items": ("ItemID", True),
    "overpayments": ("OverpaymentID", True),
    "payments": ("PaymentID", True),
    "prepayments": ("PrepaymentID", True),
    "purchase_orders": ("PurchaseOrderID", True),
    "tax_rates": ("TaxType", False),
    "tracking_categories": ("TrackingCategoryID", False),
    "attachments": ("AttachmentID", False),
    "history": ("HistoryID", False),
}
# Collections whose documents belong to a contact.
WITH_CONTACT = ("invoices", "purchase_orders", "credit_notes", "prepayments", "overpayments")
# Collections whose rows carry UpdatedDateUTCString too.
SPELLED = frozenset({"credit_notes", "invoices", "overpayments", "payments", "prepayments"})


def new_id() -> str:
    return str(uuid.uuid4())


class Organisation:
    """`facts` is the organisation as `GET /Organisation` shows it; its OrganisationID is the tenant id."""

    def __init__(self, facts: Json, stamps: Stamps) -> None:
        self.facts = facts
        self.stamps = stamps
        self.journal = Journal()
        self.shelves = {
            name: Shelf(key, stamps, self.journal, stamped=stamped, spelled=name in SPELLED)
            for name, (key, stamped) in SHELVES.items()
        }
        self.accounts = self.shelves["accounts"]
        self.contacts = self.shelves["contacts"]
        self.credit_notes = self.shelves["credit_notes"]
        self.currencies = self.shelves["currencies"]
        self.invoices = self.shelves["invoices"]
        self.items = self.shelves["items"]
        self.payments = self.shelves["payments"]
        self.purchase_orders = self.shelves["purchase_orders"]
        self.tax_rates = self.shelves["tax_rates"]
        self.tracking_categories = self.shelves["tracking_categories"]
        self.attachments = self.shelves["attachments"]
        self.history = self.shelves["history"]
        # Day rates by currency, units of it for one unit of base currency.
        self.day_rates: dict[str, float] = {}
        # Names of `GET /Organisation/Actions` that are NOT-ALLOWED.
        self.refused_actions: set[str] = set()

    @property
    def tenant_id(self) -> str:
        return str(self.facts["OrganisationID"])

    @property
    def name(self) -> str:
        return str(self.facts["Name"])

    @property
    def base_currency(self) -> str:
        return str(self.facts["BaseCurrency"])

    def today(self) -> date:
        """The date in the organisation's own time zone."""
        return self.stamps.clock.now().astimezone(zone_of(self.facts["Timezone"])).date()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Whatever is raised inside leaves the documents as they were; may be nested."""
        journal = self.journal
        mark, outermost = len(journal.entries), not journal.open
        told = len(journal.changes)
        journal.open = True
        try:
            yield
        except Exception:
            journal.undo(mark)
            del journal.changes[told:]
            raise
        finally:
            if outermost:
                journal.open = False
                journal.entries.clear()

    # Look-ups

    def account(self, line: Json) -> Json | None:
        """The account that a line names by AccountCode or AccountID."""
        if "AccountID" in line and "AccountCode" not in line:
            return self.accounts.get(line["AccountID"])
        return self.accounts.index("code", lambda row: row.get("Code")).get(line["AccountCode"])

    def item(self, code: str) -> Json | None:
        return self.items.index("code", lambda row: row["Code"]).get(code)

    def percent(self, tax_type: str | None) -> Decimal:
        """The rate of a tax type; 0 for one that does not exist."""
        rate = self.tax_rates.get(tax_type or "")
        return exact(rate["EffectiveRate"]) if rate else Decimal(0)

    def currency_rate(self, code: str) -> float:
        return 1.0 if code == self.base_currency else self.day_rates.get(code, 1.0)

    def lock_message(self, day: date) -> str:
        """Why a document may not be dated `day`, or an empty text."""
        for field, words in (("PeriodLockDate", "period lock date"), ("EndOfYearLockDate", "end of year lock date")):
            if field in self.facts and day <= (lock := day_in(self.facts[field])):
                shown = f"{lock.day} {lock:%B %Y}"
                return f"The document date cannot be before the {words}, currently set at {shown}"
        return ""

    # State

    def dump(self) -> Json:
        rows = {name: list(shelf.rows.values()) for name, shelf in self.shelves.items()}
        return {
            "facts": self.facts,
            "day_rates": self.day_rates,
            "refused_actions": sorted(self.refused_actions),
            "rows": rows,
        }

    @classmethod
    def load(cls, state: Json, stamps: Stamps) -> Organisation:
        made = cls(state["facts"], stamps)
        made.day_rates = state["day_rates"]
        made.refused_actions = set(state["refused_actions"])
        for name, rows in state["rows"].items():
            made.shelves[name].load(rows)
        made.journal.take_changes()
        return made


def public(row: Json) -> Json:
    """A held row without the stand-in's own fields."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def stamp_of(row: Json) -> int:
    """Milliseconds of a row's UpdatedDateUTC."""
    stamp: Any = row["UpdatedDateUTC"]
    return ms_in(stamp)
