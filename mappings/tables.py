"""The lookup tables of one scope in memory, for translations that touch no database.

`Tables.load` costs a handful of queries whatever the number of rows; each look-up is a few dictionary reads. Rows
whose target was archived meanwhile are found all the same, with `active` false and the reason in `problem`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from mappings import keys
from mappings.keys import taxes_key as taxes_key
from mappings.project_tables import ProjectTables
from mappings.table_rows import Row as Row

if TYPE_CHECKING:
    from mappings.models import Scope

AccountKey = tuple[str, str, str, str]
Rest = tuple[str, str, str]
_Narrowing = tuple[bool, bool, bool, dict[Rest, "AccountRow"]]


@dataclass(frozen=True, slots=True)
class AccountRow(Row):
    """Without a target where `mark` says that the code is no cost of its own."""

    mark: str = ""


@dataclass(frozen=True, slots=True)
class TrackingRow(Row):
    """`category` is the target's id of the category that the option belongs to."""

    category: str = ""


@dataclass(frozen=True, slots=True)
class TaxRow(Row):
    """`percent` and `recoverable` in percentage points of the net; both 100 or 0 with a tax of a fixed amount."""

    percent: Decimal = Decimal(0)
    recoverable: Decimal = Decimal(0)
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True)
class ExtraCostRow(Row):
    """`account` and `tax_code` are codes of the target, empty where the row names none."""

    treatment: str = ""
    account: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class VendorRow(Row):
    """`target` is the contact's id."""

    currency: str = ""


@dataclass(frozen=True, slots=True)
class RequiredCategory:
    """A tracking category that every line needs, and the dimension of the source it is filled from."""

    key: str
    name: str
    dimension: str


@dataclass(frozen=True)
class Tables:
    """All rows of a scope by key. `rounding_account` is the account's code, "" without one that can be used.

    `locations` and `departments` are the scope's parts; both empty when it takes the whole source (A80). `told` says by
    `mappings.told` how new they are.
    """

    accounts: Mapping[AccountKey, AccountRow] = field(default_factory=dict)
    tracking_rows: Mapping[tuple[str, str], TrackingRow] = field(default_factory=dict)
    taxes: Mapping[tuple[str, str, str], TaxRow] = field(default_factory=dict)
    extra_costs: Mapping[str, ExtraCostRow] = field(default_factory=dict)
    vendors: Mapping[tuple[str, str], VendorRow] = field(default_factory=dict)
    required_categories: tuple[RequiredCategory, ...] = ()
    rounding_account: str = ""
    takes_everything: bool = True
    locations: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    projects: ProjectTables = field(default_factory=ProjectTables)
    told: int = field(default=0, compare=False)

    @classmethod
    def load(cls, scope: "Scope") -> "Tables":
        """The tables as they stand now."""
        from mappings import loading

        return loading.tables_of(scope)

    def account(
        self, code: str, department: str = "", location: str = "", item_category: str = ""
    ) -> AccountRow | None:
        """The most specific row: department before location before item category (E15)."""
        rows = self._accounts_by_code.get(keys.plain(code))
        if rows is None:
            return None
        here, there, item = keys.plain(department), keys.plain(location), keys.plain(item_category)
        for by_department, by_location, by_item, found in rows:
            row = found.get((here if by_department else "", there if by_location else "", item if by_item else ""))
            if row is not None:
                return row
        return None

    def tracking(self, dimension: str, key: str) -> TrackingRow | None:
        return self.tracking_rows.get((dimension, keys.plain(key, keys.ID_LENGTH)))

    def tax(self, taxes: str, currency: str = "", country: str = "") -> TaxRow | None:
        """`taxes` as `taxes_key` makes it. The vendor's country narrows before the currency (A44)."""
        currency, country = keys.currency_code(currency), keys.country_code(country)
        for key in ((taxes, currency, country), (taxes, "", country), (taxes, currency, ""), (taxes, "", "")):
            row = self.taxes.get(key)
            if row is not None:
                return row
        return None

    def extra_cost(self, name: str) -> ExtraCostRow | None:
        return self.extra_costs.get(keys.cost_name(name))

    def vendor(self, source_key: str, currency: str = "") -> VendorRow | None:
        """The confirmed link for this currency, else the one for any (A56)."""
        source_key = keys.plain(source_key, keys.ID_LENGTH)
        row = self.vendors.get((source_key, keys.currency_code(currency)))
        return self.vendors.get((source_key, "")) if row is None else row

    def covers(self, department: str, location: str) -> bool:
        """Whether an allocation with these source keys belongs to this scope's company (A80, A81)."""
        return self.takes_everything or location in self.locations or department in self.departments

    @cached_property
    def _accounts_by_code(self) -> dict[str, list[_Narrowing]]:
        """Per code its rows, grouped by what they narrow by, narrowest first."""
        groups: dict[str, dict[tuple[bool, bool, bool], dict[Rest, AccountRow]]] = {}
        for (code, *rest), row in self.accounts.items():
            department, location, item = rest
            narrowing = bool(department), bool(location), bool(item)
            groups.setdefault(code, {}).setdefault(narrowing, {})[department, location, item] = row
        return {
            code: [(*narrowing, by[narrowing]) for narrowing in sorted(by, reverse=True)] for code, by in groups.items()
        }
