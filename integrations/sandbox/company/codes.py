"""One table, two charts: the GL account codes in Procurify and the accounts in Xero that they stand for.

ROWS[n] = Row(code, description, kind, account)
  code         Procurify's account code, four digits
  kind         "expense" or "asset", Procurify's account type
  account      the code of the Xero account; "" where the accountant has not mapped it
ACCOUNTS[n] = Account(code, name, type, tax_type, system, status), 120 of them, system accounts included
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    code: str
    description: str
    kind: str
    account: str


@dataclass(frozen=True, slots=True)
class Account:
    """`type`, `tax_type` and `system` (SystemAccount) are Xero's words; `status` is ACTIVE or ARCHIVED."""

    code: str
    name: str
    type: str
    tax_type: str = "INPUT"
    system: str = ""
    status: str = "ACTIVE"


# First code in Procurify, first code in Xero, Xero's type, how many codes share one account, names.
_GROUPS: tuple[tuple[int, int, str, int, tuple[str, ...]], ...] = (
    (5000, 300, "DIRECTCOSTS", 1, (
        "Wood fibre", "Recycled fibre", "Softwood logs", "Hardwood chips", "Starch and sizing", "Dyes and pigments",
        "Bleaching chemicals", "Process water treatment", "Adhesives and resins", "Coatings", "Felt and fabric",
        "Wax and release agents", "Additives", "Other raw materials")),
    (5200, 320, "DIRECTCOSTS", 1, (
        "Cartons", "Pallets", "Stretch film", "Strapping", "Labels", "Edge protection", "Core tubes",
        "Other packaging")),
    (5300, 330, "DIRECTCOSTS", 1, (
        "Blades and knives", "Bearings", "Belts and chains", "Lubricants", "Hydraulic fluid", "Filters",
        "Hoses and fittings", "Seals and gaskets", "Welding supplies", "Abrasives", "Industrial gases",
        "Small production tools")),
    (6000, 350, "EXPENSE", 1, (
        "Gloves and hand protection", "Eye and face protection", "Hearing protection", "Safety footwear",
        "High visibility clothing", "First aid", "Spill control", "Signs and marking", "Fall protection",
        "Respirators", "Fire protection", "Ergonomic supplies")),
    (6200, 365, "EXPENSE", 1, (
        "Electrical maintenance", "Mechanical maintenance", "Plumbing", "Boiler service", "Compressor service",
        "Crane inspection", "Forklift service", "Instrument calibration", "Conveyor parts", "Motor rewinding",
        "Roof repairs", "Door repairs", "Paving and yard", "Other repairs")),
    (6400, 380, "OVERHEADS", 1, (
        "Cleaning", "Waste removal", "Recycling", "Landscaping", "Snow removal", "Pest control", "Security services",
        "Alarm monitoring", "Heating fuel", "Electricity", "Water and sewer", "Other facilities")),
    (6600, 400, "EXPENSE", 1, (
        "Office stationery", "Printing", "Postage", "Computers under 1,000", "Computer accessories",
        "Software subscriptions", "Cloud hosting", "Telephones", "Internet", "Office furniture", "Kitchen supplies",
        "Books and standards", "Document storage", "Other office costs")),
    (6800, 420, "EXPENSE", 1, (
        "Inbound freight", "Outbound freight", "Courier", "Customs brokerage", "Duties", "Pallet rental",
        "Truck rental", "Fuel", "Weighing and scaling", "Cold storage")),
    (7000, 440, "EXPENSE", 3, (
        "Training courses", "Certification fees", "Safety training", "Air travel", "Hotels", "Ground transport",
        "Temporary labour", "Engineering consultants", "Legal fees", "Other professional fees")),
    (7200, 450, "EXPENSE", 3, (
        "Advertising", "Trade fairs", "Samples", "Web site", "Photography", "Other marketing")),
    (1500, 710, "FIXED", 1, (
        "Plant machinery", "Laboratory equipment", "Forklifts", "Racking", "Vehicles", "Server equipment",
        "Building improvements", "Office equipment")),
)  # fmt: skip
# Nobody has mapped these two yet: they were added in Procurify last month.
UNMAPPED = ("6110", "6890")
# "Snow removal" went to an account that was archived in Xero since.
ARCHIVED_CODE = "6440"
FREIGHT_ACCOUNT, OTHER_COSTS_ACCOUNT, ROUNDING_ACCOUNT = "420", "413", "860"

SYSTEM_ACCOUNTS = (
    Account("090", "Operating account", "BANK", "NONE"),
    Account("200", "Sales", "REVENUE", "OUTPUT"),
    Account("260", "Other revenue", "REVENUE", "OUTPUT"),
    Account("498", "Unrealised currency gains", "EXPENSE", "NONE", "UNREALISEDCURRENCYGAIN"),
    Account("499", "Realised currency gains", "EXPENSE", "NONE", "REALISEDCURRENCYGAIN"),
    Account("610", "Accounts receivable", "CURRENT", "NONE", "DEBTORS"),
    Account("620", "Prepayments", "CURRENT", "NONE"),
    Account("800", "Accounts payable", "CURRLIAB", "NONE", "CREDITORS"),
    Account("820", "Sales tax", "CURRLIAB", "NONE", "GST"),
    Account(ROUNDING_ACCOUNT, "Rounding", "CURRLIAB", "NONE", "ROUNDING"),
    Account("960", "Retained earnings", "EQUITY", "NONE", "RETAINEDEARNINGS"),
    Account("970", "Share capital", "EQUITY", "NONE"),
)
_SHARED_NAMES = {440: "Training and certification", 441: "Travel", 442: "Contractors", 443: "Professional fees",
                 450: "Marketing", 451: "Marketing materials"}  # fmt: skip


def _rows() -> tuple[Row, ...]:
    rows = []
    for first, account, type_, shared, names in _GROUPS:
        for at, name in enumerate(names):
            code = str(first + at * 10)
            target = "" if code in UNMAPPED else str(account + at // shared)
            rows.append(Row(code, name, "asset" if type_ == "FIXED" else "expense", target))
    return tuple(rows)


def _accounts() -> tuple[Account, ...]:
    found: dict[str, Account] = {}
    for first, account, type_, shared, names in _GROUPS:
        for at, name in enumerate(names):
            code, source = account + at // shared, str(first + at * 10)
            if source in UNMAPPED or str(code) in found:
                continue
            status = "ARCHIVED" if source == ARCHIVED_CODE else "ACTIVE"
            found[str(code)] = Account(str(code), _SHARED_NAMES.get(code, name), type_, status=status)
    return (*SYSTEM_ACCOUNTS, *found.values())


ROWS = _rows()
ACCOUNTS = _accounts()
DESCRIPTIONS = {row.code: row.description for row in ROWS}
