"""The lookup tables as Harbor Mills' accountant filled them in, with what was forgotten. Plain values for a set-up.

Source keys are Procurify's own ids as text (departments, locations, vendors) or what a line carries (codes, taxes).
Deliberate gaps: account codes UNMAPPED, the location Spokane Depot, the taxes GST 5 % + QST 9.975 %.
"""

from __future__ import annotations

from decimal import Decimal

from .books import CONTACTS, contact_id
from .codes import FREIGHT_ACCOUNT, OTHER_COSTS_ACCOUNT, ROUNDING_ACCOUNT, ROWS
from .sites import ALL_DEPARTMENTS, COMPANY_LOCATIONS, DEPARTMENT_CATEGORY, LOCATIONS, WAREHOUSE_CATEGORY
from .suppliers import CARD_BANK, CONTACT_ARCHIVED, INACTIVE
from .taxes import TAX_MAPPINGS, TaxSet

SOURCE_DOMAIN, TARGET_COMPANY = "harbormills", "Harbor Mills Ltd"

# Source account code -> code of the target's account.
ACCOUNTS: dict[str, str] = {row.code: row.account for row in ROWS if row.account}
# (dimension, source key) -> (tracking category, option), by their names in the target.
TRACKING: dict[tuple[str, str], tuple[str, str]] = {
    **{("department", str(each.id)): (DEPARTMENT_CATEGORY, each.option) for each in ALL_DEPARTMENTS if each.option},
    **{("location", str(each.id)): (WAREHOUSE_CATEGORY, each.option) for each in LOCATIONS if each.option},
}
# Tracking category that every line needs -> dimension of the source that fills it.
REQUIRED: dict[str, str] = {DEPARTMENT_CATEGORY: "department", WAREHOUSE_CATEGORY: "location"}
# (set of taxes, currency, target's tax type, percentage points of the net that are recoverable).
TAXES: tuple[tuple[TaxSet, str, str, Decimal], ...] = tuple(
    (each.taxes, each.currency, each.tax_type, each.recoverable) for each in TAX_MAPPINGS
)
# Name of the extra cost -> (treatment, target account, tax type); "spread" goes over the lines by net.
EXTRA_COSTS: dict[str, tuple[str, str, str]] = {
    "Freight": ("account", FREIGHT_ACCOUNT, "NONE"),
    "Other": ("account", OTHER_COSTS_ACCOUNT, "NONE"),
}
ROUNDING = ROUNDING_ACCOUNT
# Vendors that a person linked by hand, vendor id -> contact id. All others link by name and e-mail, or not at all.
VENDOR_LINKS: dict[str, str] = {
    str(each.id): contact_id(TARGET_COMPANY, each.name) for each in (CONTACT_ARCHIVED, INACTIVE, CARD_BANK)
}
# The scope of the integration: locations of Procurify that belong to this company.
SCOPE_LOCATIONS: tuple[str, ...] = tuple(str(key) for key in COMPANY_LOCATIONS)
CONTACT_IDS: dict[str, str] = {contact.name: contact.contact_id for contact in CONTACTS}
