"""Procurify's reference lists and what users/me says, as entries of ours."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from integrations.documents import CompanyFacts, ReferenceFacts, Vendor
from integrations.systems.procurify import shapes
from integrations.systems.procurify.incremental import Listing
from integrations.systems.reading import read

ACCOUNT_TYPES = {0: "assets", 1: "liability", 2: "expense", 3: "income", 4: "equity", 5: "other"}
# Without these a role silently sees fewer records (API reference, connection test, October 2026).
WHOLE_VIEW = (frozenset({"superuser"}), frozenset({"accounts_payable", "nav_purchase"}))


def _account_code(raw: Mapping[str, Any]) -> ReferenceFacts:
    row = read(shapes.AccountCodeRow, raw, "Account code")
    kind = ACCOUNT_TYPES.get(row.account_type, "") if row.account_type is not None else ""
    return ReferenceFacts(
        "account_code", str(row.id), row.code, row.description or row.code, row.active, {"type": kind}
    )


def _department(raw: Mapping[str, Any]) -> ReferenceFacts:
    """Names repeat across locations, so the location stands before."""
    row = read(shapes.DepartmentRow, raw, "Department")
    branch = row.branch or shapes.Branch()
    location = str(branch.id) if branch.id is not None else ""
    name = f"{branch.name} / {row.name}" if branch.name else row.name
    return ReferenceFacts("department", str(row.id), "", name, row.active, {"location": location})


def _location(raw: Mapping[str, Any]) -> ReferenceFacts:
    row = read(shapes.LocationRow, raw, "Location")
    return ReferenceFacts("location", str(row.id), "", row.name, row.active)


def _currency(raw: Mapping[str, Any]) -> ReferenceFacts:
    row = read(shapes.CurrencyRow, raw, "Currency")
    base = {"base": "yes"} if row.base else {}
    return ReferenceFacts("currency", str(row.id), row.name, row.name, row.active, base)


CURRENCIES = Listing("/api/v2/currencies/", {}, _currency)
LISTS = (
    ("currency", CURRENCIES),
    ("location", Listing("/api/v2/locations/", {}, _location)),
    ("department", Listing("/api/v3/departments/", {}, _department)),
    ("account_code", Listing("/api/v3/account-codes/", {}, _account_code)),
)


def vendor_entry(vendor: Vendor) -> ReferenceFacts:
    attributes = {
        "email": ",".join(vendor.emails),
        "tax_number": vendor.tax_number,
        "currency": vendor.currency,
        "status": "active" if vendor.active else "inactive",
        "country": vendor.country,
        "external_ref": vendor.external_ref,
        "type": str(vendor.kind),
    }
    if vendor.cards:
        attributes["cards"] = ",".join(vendor.cards)
    return ReferenceFacts("vendor", vendor.source_id, "", vendor.name, vendor.active, attributes)


def identity(raw: Mapping[str, Any], domain: str) -> CompanyFacts:
    """Whose eyes we see with, and a warning where they may not see everything."""
    me = read(shapes.Me, raw, "The signed-in user")
    held = {name for name in (me.access.flattened if me.access else ()) if isinstance(name, str)}
    warnings = []
    if not me.is_active:
        warnings.append("The Procurify user who made the application is deactivated.")
    if not any(needed <= held for needed in WHOLE_VIEW):
        warnings.append(
            "The Procurify user who made the application is no Superuser: orders of departments and locations "
            "that it may not see are missing without any error."
        )
    return CompanyFacts(domain, domain, "", warnings=tuple(warnings), identity=me.email or me.full_name)


def with_base_currency(company: CompanyFacts, currencies: Iterable[ReferenceFacts]) -> CompanyFacts:
    base = next((row.code for row in currencies if row.attributes.get("base")), "")
    return replace(company, base_currency=base)
