"""Who made the versions of rows that something was posted or translated with, and who linked a vendor (A95)."""

from collections import defaultdict
from collections.abc import Iterable

from mappings import keys
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    MappingRow,
    ProjectRow,
    TaxRow,
    TrackingRow,
    VendorLink,
)

TABLES: dict[str, type[MappingRow]] = {
    keys.ACCOUNT: AccountRow,
    keys.TRACKING: TrackingRow,
    keys.TAX: TaxRow,
    keys.EXTRA_COST: ExtraCostRow,
    keys.VENDOR: VendorLink,
    keys.PROJECT: ProjectRow,
    keys.COST_CODE: CostCodeRow,
    keys.BUDGET_LINE: BudgetLineRow,
}


def authors_of(used: Iterable[tuple[str, int, int]]) -> set[int]:
    """The ids of the users who made these versions, given as (table, id of the row, version).

    Rows that the portal made by itself have no author. One query per table.
    """
    wanted: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for table, pk, version in used:
        wanted[table].add((pk, version))
    found: set[int] = set()
    for table, versions in wanted.items():
        history = TABLES[table].history.filter(id__in={pk for pk, _ in versions}).exclude(history_user=None)
        found.update(
            user for pk, version, user in history.values_list("id", "version", "history_user_id")
            if (pk, version) in versions
        )  # fmt: skip
    return found


def who_linked(scope_id: int, vendor: str) -> set[int]:
    """The ids of the users who ever linked this vendor of the source, proposed a link or took one away."""
    history = VendorLink.history.filter(scope_id=scope_id, source_key=vendor).exclude(history_user=None)
    return set(history.values_list("history_user_id", flat=True))
