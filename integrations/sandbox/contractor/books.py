"""The contractor's own Xero organisation: accounts, taxes, items, and tracking whose options are projects."""

from __future__ import annotations

import uuid
from decimal import Decimal

from ..company.codes import SYSTEM_ACCOUNTS, Account
from ..company.taxes import EVERYTHING, TaxRate

NAME, TENANT = "Northline Builders LLC", str(uuid.uuid5(uuid.NAMESPACE_DNS, "northline.example"))
CURRENCIES = (("USD", "United States Dollar", "1"), ("EUR", "Euro", "0.92"))
SALES_TAX = "TAX001"
TAX_RATES = (
    TaxRate("NONE", "Tax Exempt", Decimal(0), EVERYTHING),
    TaxRate("INPUT", "Tax on Purchases", Decimal(0)),
    TaxRate("OUTPUT", "Tax on Sales", Decimal(0), ("ASSET", "LIABILITY", "EQUITY", "REVENUE")),
    TaxRate(SALES_TAX, "WA sales tax 10.1%", Decimal("10.1")),
)
ACCOUNTS = (
    *SYSTEM_ACCOUNTS,
    Account("310", "Concrete and masonry", "DIRECTCOSTS", "NONE"),
    Account("320", "Structural steel", "DIRECTCOSTS", "NONE"),
    Account("330", "Lumber and carpentry", "DIRECTCOSTS", "NONE"),
    Account("340", "Roofing", "DIRECTCOSTS", "NONE"),
    Account("350", "Drywall and partitions", "DIRECTCOSTS", "NONE"),
    Account("360", "Electrical subcontracts", "DIRECTCOSTS", "NONE"),
    Account("370", "Plumbing subcontracts", "DIRECTCOSTS", "NONE"),
    Account("380", "Earthwork subcontracts", "DIRECTCOSTS", "NONE"),
    Account("390", "Temporary facilities and hire", "DIRECTCOSTS", "NONE"),
    Account("395", "Site sundries", "DIRECTCOSTS", "NONE"),
    # Nobody has said what it is in a project.
    Account("398", "Landscaping", "DIRECTCOSTS", "NONE"),
    Account("429", "General expenses", "EXPENSE", "NONE"),
    Account("453", "Office rent", "EXPENSE", "NONE"),
    Account("830", "Retention payable", "CURRLIAB", "NONE"),
)
# Code, name, price, account. The account of reinforcement is concrete's, its cost code steel's.
ITEMS = (
    ("RBR-12", "Reinforcement bar 12 mm, 6 m", "18.40", "310"),
    ("RBR-16", "Reinforcement bar 16 mm, 6 m", "31.75", "310"),
    ("CON-35", "Ready-mix 35 MPa, m3", "164.50", "310"),
)
PROJECT, BUDGET_LINE = "Project", "Budget line"
CLINIC, BOATS, LIBRARY, ROWS = "Harbour Clinic", "Ballard Boat Works", "Queen Anne Library", "Kirkland Row Houses"
# The fifth is called by its number, and one leads to no project.
DEPOT, OVERHEAD = "1205", "Overhead"
TOWER_CRANE, FIT_OUT, SLAB = "Tower crane", "Fit-out", "Slab on grade"
TRACKING = {
    PROJECT: (CLINIC, BOATS, LIBRARY, ROWS, DEPOT, OVERHEAD),
    BUDGET_LINE: (TOWER_CRANE, FIT_OUT, SLAB),
}
