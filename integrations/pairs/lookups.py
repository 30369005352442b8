"""Looking a document's codes up while collecting everything that is missing, for a person to see at once (E9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from integrations.documents import Allocation, Line, Tracked, Vendor, VendorKind
from integrations.pairs.flow import DoubtfulVendor, FoundGap, Hold
from mappings import keys
from mappings.tables import AccountRow, ExtraCostRow, RequiredCategory, Row, Tables, TaxRow

# Those who are owed what a supplier is not (A32); they are linked like vendors, and no contact is made of them (A72).
PAYEES = {
    VendorKind.CARD_PROVIDER: ("Card provider", "missing-payee"),
    VendorKind.EMPLOYEE: ("Employee", "missing-payee"),
}


@dataclass
class Lookups:
    """The tables of one scope, with what this document used and what it lacked."""

    tables: Tables
    currency: str
    country: str
    gaps: dict[str, FoundGap] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    used: dict[tuple[str, int], int] = field(default_factory=dict)

    def vendor(self, vendor: Vendor, doubtful: Mapping[str, DoubtfulVendor]) -> str:
        """The linked contact's id, or "" with the gap noted."""
        row = self.tables.vendor(vendor.source_id, self.currency)
        if row is not None and self._stands(row):
            return row.target
        key = keys.vendor_key(vendor.source_id, self.currency)
        who, reason = PAYEES.get(vendor.kind, ("Vendor", "missing-vendor"))
        doubt = doubtful.get(vendor.source_id, DoubtfulVendor(reason, "", ""))
        if row is None:
            near = f" ({doubt.contact}: {doubt.why})" if doubt.contact else ""
            self._gap(key, f"{who} {vendor.name} is not linked to a contact{near}", doubt.reason)
            return ""
        why = f": {doubt.why.removesuffix('.')}" if doubt.why else ""
        self._gap(key, f"{who} {vendor.name} is linked to {row.name}, which is archived{why}", "inactive-vendor")
        return row.target

    def account(self, part: Allocation, item: str) -> AccountRow | None:
        """The account row for one allocation; None with the gap noted."""
        row = self.tables.account(part.account_code, part.department, part.location, "")
        if row is not None and self._stands(row):
            return row
        key = keys.account_key(part.account_code, part.department, part.location, "")
        if row is None:
            names = ", ".join(name for name in (part.department_name, part.location_name) if name)
            where = f" ({names})" if names else ""
            self._gap(key, f"Account code {part.account_code or '(none)'}{where} on “{item}” has no account")
            return None
        archived = f"Account code {part.account_code} is mapped to {row.code} {row.name}, which is archived"
        self._gap(key, archived, "inactive-account")
        return row

    def tracking(self, part: Allocation, item: str, most: int) -> tuple[Tracked, ...]:
        """The tracking options of one allocation; a required category without one is a gap (A68)."""
        found: dict[str, Tracked] = {}
        values = {
            "department": (part.department, part.department_name),
            "location": (part.location, part.location_name),
        }
        for dimension, (value, name) in values.items():
            row = self.tables.tracking(dimension, value) if value else None
            if row is None:
                continue
            if not self._stands(row):
                archived = f"The {dimension} {name} is mapped to the tracking option {row.name}, which is archived"
                self._gap(keys.tracking_key(dimension, value), archived, "inactive-account")
            option = Tracked(row.category, row.target)
            if found.setdefault(row.category, option) != option:
                self.hold("cannot-represent", f"“{item}” needs two options of one tracking category.")
        for category in self.tables.required_categories:
            if category.key not in found:
                self._missing_dimension(category, *values.get(category.dimension, ("", "")), item)
        if len(found) > most:
            needs = f"“{item}” needs {len(found)} tracking categories, the target takes {most}."
            self.hold("cannot-represent", needs)
        return tuple(found[category] for category in sorted(found))

    def tax(self, line: Line) -> TaxRow | None:
        """The tax row for the whole set of taxes on one line (A43, A46)."""
        taxes = [(tax.name, tax.percent) for tax in line.taxes if not _is_nothing(tax.percent, tax.amount)]
        return self.tax_set(keys.taxes_key(taxes), f"“{line.description}”")

    def no_tax(self, where: str) -> str:
        row = self.tax_set(keys.taxes_key([]), where)
        return row.code if row else ""

    def tax_set(self, taxes: str, where: str) -> TaxRow | None:
        row = self.tables.tax(taxes, self.currency, self.country)
        if row is not None and self._stands(row):
            return row
        key = keys.tax_key(taxes, self.currency, self.country)
        if row is None:
            self._gap(key, f"The tax “{taxes}” on {where} has no tax code", "tax-not-mapped")
            return None
        archived = f"The tax “{taxes}” is mapped to {row.name}, which is archived or has another rate now"
        self._gap(key, archived, "inactive-account")
        return row

    def extra_cost(self, name: str) -> ExtraCostRow | None:
        row = self.tables.extra_cost(name)
        if row is not None and self._stands(row):
            return row
        key = keys.extra_cost_key(name)
        if row is None:
            self._gap(key, f"The extra cost “{name}” has no treatment")
            return None
        archived = f"The extra cost “{name}” is mapped to an account or tax code that is archived"
        self._gap(key, archived, "inactive-account")
        return row

    def lacks_currency(self, target: str) -> None:
        self._gap(
            keys.currency_key(self.currency),
            f"{target} does not use the currency {self.currency}; add it there",
            "currency-not-enabled",
        )

    def lacks_rounding_account(self, rest: Decimal) -> None:
        self._gap(
            keys.rounding_key(),
            f"The lines miss the total by {rest}, and no rounding account is chosen for this company",
            "missing-mapping",
        )

    def _missing_dimension(self, category: RequiredCategory, value: str, name: str, item: str) -> None:
        """A row for the value closes the gap, or the one there is once it points at an option of the category."""
        dimension = category.dimension
        if not value:
            needs = f"“{item}” names no {dimension}, and every line needs an option of {category.name}."
            self.hold("invalid-source", f"{needs} Add it at the source.")
        else:
            label = f"{dimension.capitalize()} {name or '(none)'} on “{item}” has no option of {category.name}"
            self._gap(keys.tracking_key(dimension, value), label)

    def hold(self, reason: str, message: str) -> None:
        hold = Hold(reason, message)
        if hold not in self.holds:
            self.holds.append(hold)

    def _gap(self, key: keys.LookupKey, label: str, reason: str = "missing-mapping") -> None:
        self.gaps.setdefault(f"{key.table}:{key.text}", FoundGap(key, label, reason))

    def _stands(self, row: Row) -> bool:
        """Note that this row was used. One whose target was archived is a gap like a missing one: mending it, here or
        there, closes it."""
        self.used[row.table, row.pk] = row.version
        return row.active

    def _use(self, row: Row, key: keys.LookupKey, archived: str) -> None:
        if not self._stands(row):
            self._gap(key, archived, "inactive-account")


def _is_nothing(percent: Decimal | None, amount: Decimal | None) -> bool:
    """A tax of 0 % is a tax with a name of its own (A44); only a fixed amount of nothing is none."""
    return percent is None and not amount
