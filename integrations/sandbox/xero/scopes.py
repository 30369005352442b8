"""Scopes: what the app may ask for, and what a call needs."""

from __future__ import annotations

from collections.abc import Collection

IDENTITY = frozenset({"openid", "profile", "email", "offline_access"})
_PAIRED = [
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
    "accounting.settings",
    "accounting.contacts",
    "accounting.attachments",
]
_REPORTS = [
    "aged",
    "balancesheet",
    "banksummary",
    "budgetsummary",
    "executivesummary",
    "profitandloss",
    "trialbalance",
    "taxreports",
]
GRANULAR = frozenset(
    [
        *_PAIRED,
        *(f"{name}.read" for name in _PAIRED),
        *(f"accounting.reports.{name}.read" for name in _REPORTS),
        "accounting.budgets.read",
        "accounting.journals.read",
    ]
)
# Only for apps created before 2 March 2026, and for nobody after 13 September 2027.
BROAD = frozenset({"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"})

# First word of the path -> scopes of which one is needed; `.read` is enough to read.
_INVOICES = ("accounting.invoices", "accounting.transactions")
NEEDED = {
    "invoices": _INVOICES,
    "creditnotes": _INVOICES,
    "purchaseorders": _INVOICES,
    "items": (*_INVOICES, "accounting.settings"),
    **dict.fromkeys(("payments", "prepayments", "overpayments"), ("accounting.payments", "accounting.transactions")),
    "contacts": ("accounting.contacts",),
    "accounts": ("accounting.settings",),
    "taxrates": ("accounting.settings",),
    "trackingcategories": ("accounting.settings",),
    "currencies": ("accounting.settings",),
    "organisation": ("accounting.settings",),
}
ATTACHMENTS = ("accounting.attachments",)


def refused(asked_for: Collection[str], *, broad: bool) -> list[str]:
    """The scopes that the app may not ask for."""
    known = IDENTITY | GRANULAR | (BROAD if broad else frozenset())
    return [scope for scope in asked_for if scope not in known]


def suffices(granted: Collection[str], needed: Collection[str], *, write: bool) -> bool:
    return any(scope in granted or (not write and f"{scope}.read" in granted) for scope in needed)
