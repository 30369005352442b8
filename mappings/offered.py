"""Which entries of a reference list a table may point at, and in plain words why not (A45, A67).

Systems name the same things differently; the words below are theirs, in lower case without blanks and underscores.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.models import ReferenceEntry

ACCOUNT = "account"
ROUNDING = "rounding account"
TRACKING_OPTION = "tracking option"
TRACKING_CATEGORY = "tracking category"
TAX_RATE = "tax rate"
CONTACT = "contact"
PROJECT = "project"
BUDGET_CODE = "budget code"

KINDS = {
    ACCOUNT: "account",
    ROUNDING: "account",
    TRACKING_OPTION: "tracking_option",
    TRACKING_CATEGORY: "tracking_category",
    TAX_RATE: "tax_rate",
    CONTACT: "contact",
    PROJECT: "project",
    BUDGET_CODE: "budget_code",
}
# Chosen by code, since each project has an entry of its own for it.
BY_CODE = frozenset({BUDGET_CODE})
# Xero's Type and SystemAccount, and what other ledgers call the same (October 2026).
_NOT_FOR_LINES = {
    "bank": "a bank account",
    "cash": "a cash account",
    "assetcash": "a bank or cash account",
    "creditcard": "a credit card account",
    "liabilitycreditcard": "a credit card account",
    "payable": "a payable account",
    "accountspayable": "a payable account",
    "liabilitypayable": "a payable account",
    "receivable": "a receivable account",
    "accountsreceivable": "a receivable account",
    "assetreceivable": "a receivable account",
}
_CLASSES = {
    "asset": "asset", "assets": "asset", "bank": "asset", "current": "asset", "fixed": "asset", "inventory": "asset",
    "liability": "liability", "liabilities": "liability", "currliab": "liability", "termliab": "liability",
    "expense": "expense", "expenses": "expense", "directcosts": "expense", "overheads": "expense",
    "costofgoodssold": "expense", "depreciatn": "expense",
    "income": "income", "revenue": "income", "sales": "income", "otherincome": "income",
    "equity": "equity",
}  # fmt: skip
_YES = {"true", "yes", "1"}
_PURCHASES = {"expense", "expenses", "purchase", "purchases", "asset", "assets", "all", "both"}


def refusal(entry: "ReferenceEntry", use: str, books_id: int) -> str:
    """Why the entry cannot be chosen for this use in these books; "" when it can."""
    if entry.books_id != books_id:
        return f"“{entry}” belongs to another company."
    if entry.kind != KINDS[use]:
        return f"“{entry}” is no {use}."
    if not entry.active:
        return f"“{entry}” is archived or gone in the target. Choose another, or restore it there."
    unsuitable = unsuitability(entry, use)
    return f"“{entry}” is {unsuitable}, which no line of a bill may use." if unsuitable else ""


def unsuitability(entry: "ReferenceEntry", use: str) -> str:
    """What an active entry of the right list is that makes it unsuitable; "" when it is fine."""
    if use in (ACCOUNT, ROUNDING):
        return _account_unsuitability(entry, use)
    if use == TAX_RATE:
        return _tax_unsuitability(entry)
    return ""


def choices(entries: "Iterable[ReferenceEntry]", use: str, limit: int) -> "list[ReferenceEntry]":
    """The first of the entries that this use can take."""
    suitable: Iterator[ReferenceEntry] = (entry for entry in entries if not unsuitability(entry, use))
    return list(islice(suitable, limit))


def rate(entry: "ReferenceEntry") -> Decimal | None:
    """A tax rate's effective percentage; None where the system names none."""
    try:
        return Decimal(entry.attribute("rate"))
    except InvalidOperation:
        return None


def account_class(entry: "ReferenceEntry") -> str:
    """asset, liability, expense, income or equity; "" where the system does not say."""
    return _CLASSES.get(_word(entry.attribute("class")), "") or _CLASSES.get(_word(entry.attribute("type")), "")


def _account_unsuitability(entry: "ReferenceEntry", use: str) -> str:
    system = _word(entry.attribute("system"))
    if system and not (use == ROUNDING and system == "rounding"):
        return "a system account"
    return _NOT_FOR_LINES.get(_word(entry.attribute("type")), "")


def _tax_unsuitability(entry: "ReferenceEntry") -> str:
    applies = {_word(word) for word in entry.attribute("applies").replace(";", ",").split(",") if word.strip()}
    if applies and not applies & _PURCHASES:
        return "a tax rate for sales"
    if _word(entry.attribute("inclusive")) in _YES:
        return "a price-inclusive tax rate"
    return ""


def _word(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
