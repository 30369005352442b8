"""A small chart of accounts and tax rates, in the shape of Xero's New Zealand demo company."""

from __future__ import annotations

CLASS_OF = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("DIRECTCOSTS", "EXPENSE", "OVERHEADS", "DEPRECIATN"), "EXPENSE"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("REVENUE", "SALES", "OTHERINCOME"), "REVENUE"),
    "EQUITY": "EQUITY",
}
# Country -> (Version, Timezone) of the organisation.
COUNTRIES = {
    "NZ": ("NZ", "NEWZEALANDSTANDARDTIME"),
    "AU": ("AU", "AUSEASTERNSTANDARDTIME"),
    "GB": ("UK", "GMTSTANDARDTIME"),
    "US": ("US", "EASTERNSTANDARDTIME"),
    "CA": ("GLOBAL", "EASTERNSTANDARDTIME"),
}
PURCHASES = ("ASSET", "EXPENSE", "LIABILITY", "EQUITY")
EVERYTHING = (*PURCHASES, "REVENUE")
# TaxType, name, percent, account classes.
BASIC_TAX_RATES: list[tuple[str, str, float, tuple[str, ...]]] = [
    ("INPUT2", "15% GST on Expenses", 15.0, PURCHASES),
    ("OUTPUT2", "15% GST on Income", 15.0, ("ASSET", "LIABILITY", "EQUITY", "REVENUE")),
    ("ZERORATED", "Zero Rated", 0.0, EVERYTHING),
    ("GSTONIMPORTS", "GST on Imports", 0.0, PURCHASES),
    ("NONE", "No GST", 0.0, EVERYTHING),
]
# Code, name, type, tax type, system account.
BASIC_ACCOUNTS = [
    ("090", "Business Bank Account", "BANK", "NONE", ""),
    ("200", "Sales", "REVENUE", "OUTPUT2", ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2", ""),
    ("400", "Advertising", "EXPENSE", "INPUT2", ""),
    ("425", "Freight & Courier", "EXPENSE", "INPUT2", ""),
    ("429", "General Expenses", "EXPENSE", "INPUT2", ""),
    ("445", "Light, Power, Heating", "EXPENSE", "INPUT2", ""),
    ("453", "Office Expenses", "EXPENSE", "INPUT2", ""),
    ("473", "Repairs and Maintenance", "EXPENSE", "INPUT2", ""),
    ("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS"),
    ("620", "Prepayments", "CURRENT", "NONE", ""),
    ("630", "Inventory", "INVENTORY", "NONE", ""),
    ("710", "Office Equipment", "FIXED", "INPUT2", ""),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS"),
    ("820", "GST", "CURRLIAB", "NONE", "GST"),
    ("860", "Rounding", "CURRLIAB", "NONE", "ROUNDING"),
    ("960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS"),
]
