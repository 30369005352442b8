"""Taxes on both sides, and which set of the source is which code of the target.

A set of taxes is a tuple of (name, percent), as the lines of an order carry them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

TaxSet = tuple[tuple[str, Decimal], ...]

NO_TAX: TaxSet = ()
GST: TaxSet = (("GST", Decimal(5)),)
GST_PST: TaxSet = (("GST", Decimal(5)), ("PST", Decimal(7)))
HST: TaxSet = (("HST", Decimal(13)),)
SALES_TAX: TaxSet = (("WA sales tax", Decimal("10.1")),)
# Quebec: nobody has mapped it.
GST_QST: TaxSet = (("GST", Decimal(5)), ("QST", Decimal("9.975")))

PURCHASES = ("ASSET", "EXPENSE", "LIABILITY", "EQUITY")
EVERYTHING = (*PURCHASES, "REVENUE")


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate of the target: Xero's TaxType, name, percent, the account classes it applies to, status."""

    tax_type: str
    name: str
    rate: Decimal
    applies: tuple[str, ...] = PURCHASES
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True)
class TaxMapping:
    """`recoverable` in percentage points of the net (5 of 12 for GST + PST); `currency` "" means any."""

    taxes: TaxSet
    currency: str
    tax_type: str
    recoverable: Decimal


TAX_RATES = (
    TaxRate("INPUT", "GST on Purchases", Decimal(5)),
    TaxRate("OUTPUT", "GST on Sales", Decimal(5), ("ASSET", "LIABILITY", "EQUITY", "REVENUE")),
    TaxRate("TAX001", "HST 13% on Purchases", Decimal(13)),
    # One code for both would claim PST back; it is there, and mapped by nobody.
    TaxRate("TAX002", "GST 5% + PST 7%", Decimal(12)),
    TaxRate("GSTONIMPORTS", "Import, no tax", Decimal(0)),
    TaxRate("NONE", "Tax Exempt", Decimal(0), EVERYTHING),
    TaxRate("TAX003", "HST 15% (until last year)", Decimal(15), status="ARCHIVED"),
)
TAX_MAPPINGS = (
    TaxMapping(NO_TAX, "", "NONE", Decimal(0)),
    TaxMapping(NO_TAX, "EUR", "GSTONIMPORTS", Decimal(0)),
    TaxMapping(GST, "", "INPUT", Decimal(5)),
    TaxMapping(GST_PST, "", "INPUT", Decimal(5)),
    TaxMapping(HST, "", "TAX001", Decimal(13)),
    TaxMapping(SALES_TAX, "", "NONE", Decimal(0)),
)
