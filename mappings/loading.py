"""Reading the lookup tables of a scope into memory: one query per table."""

from collections import Counter, defaultdict

from mappings import keys, offered, project_loading, tables, told
from mappings.loaded import common
from mappings.models import (
    AccountRow,
    Dimension,
    ExtraCostRow,
    LinkState,
    PartKind,
    ReferenceEntry,
    RequiredDimension,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)


def tables_of(scope: Scope) -> tables.Tables:
    times = told.times(scope)
    options = _options(scope)
    parts = list(scope.parts.values_list("kind", "key"))
    return tables.Tables(
        accounts=_accounts(scope),
        tracking_rows=_tracking_rows(scope, options),
        taxes=_taxes(scope),
        extra_costs=_extra_costs(scope),
        vendors=_vendors(scope),
        required_categories=_required(scope, options),
        rounding_account=_rounding(scope),
        takes_everything=not parts and not scope.siblings().exists(),
        locations=frozenset(key for kind, key in parts if kind == PartKind.LOCATION),
        departments=frozenset(key for kind, key in parts if kind == PartKind.DEPARTMENT),
        projects=project_loading.tables_of(scope),
        told=times,
    )


def _options(scope: Scope) -> list[TrackingRow]:
    return list(TrackingRow.objects.filter(scope=scope).select_related("target"))


def _tracking_rows(scope: Scope, options: list[TrackingRow]) -> dict[tuple[str, str], tables.TrackingRow]:
    archived = _archived_categories(scope)
    return {(row.dimension, row.source_key): _tracking(row, scope, archived) for row in options}


def _accounts(scope: Scope) -> dict[tables.AccountKey, tables.AccountRow]:
    rows = AccountRow.objects.filter(scope=scope).select_related("target")
    return dict(account_of(row, scope) for row in rows)


def account_of(row: AccountRow, scope: Scope) -> tuple[tables.AccountKey, tables.AccountRow]:
    key = row.source_code, row.department, row.location, row.item_category
    return key, tables.AccountRow(**common(row, scope, row.target), mark=row.mark)


def _tracking(row: TrackingRow, scope: Scope, archived: dict[str, str]) -> tables.TrackingRow:
    shared = common(row, scope, row.target)
    category = row.target.attribute("category")
    if shared["active"] and category in archived:
        why = f"“{row.target}” is an option of “{archived[category]}”, which is archived or gone in the target."
        shared |= {"active": False, "problem": why}
    return tables.TrackingRow(**shared, category=category)


def tracking_of(row: TrackingRow, scope: Scope) -> tuple[tuple[str, str], tables.TrackingRow]:
    return (row.dimension, row.source_key), _tracking(row, scope, {})


def _taxes(scope: Scope) -> dict[tuple[str, str, str], tables.TaxRow]:
    return dict(tax_of(row, scope) for row in TaxRow.objects.filter(scope=scope).select_related("target"))


def tax_of(row: TaxRow, scope: Scope) -> tuple[tuple[str, str, str], tables.TaxRow]:
    key = row.taxes, row.currency, row.vendor_country
    return key, tables.TaxRow(
        **common(row, scope, row.target),
        percent=row.percent,
        recoverable=row.recoverable if row.recoverable is not None else row.percent,
        reverse_charge=row.reverse_charge,
    )


def _extra_costs(scope: Scope) -> dict[str, tables.ExtraCostRow]:
    rows = ExtraCostRow.objects.filter(scope=scope).select_related("account", "tax")
    return dict(extra_cost_of(row, scope) for row in rows)


def extra_cost_of(row: ExtraCostRow, scope: Scope) -> tuple[str, tables.ExtraCostRow]:
    return row.name_key, tables.ExtraCostRow(
        **common(row, scope, row.account or row.tax),
        treatment=row.treatment,
        account=row.account.code if row.account else "",
        tax_code=row.tax.code if row.tax else "",
    )


def vendor_of(row: VendorLink, scope: Scope) -> tuple[tuple[str, str], tables.VendorRow]:
    shared = common(row, scope, row.target)
    return (row.source_key, row.currency), tables.VendorRow(**shared, currency=row.currency)


def _vendors(scope: Scope) -> dict[tuple[str, str], tables.VendorRow]:
    """Values instead of rows: there may be many thousands."""
    confirmed = VendorLink.objects.filter(scope=scope, state=LinkState.CONFIRMED)
    fields = (
        "pk",
        "version",
        "source_key",
        "currency",
        "target__key",
        "target__code",
        "target__name",
        "target__active",
    )
    return {
        (source_key, currency): tables.VendorRow(
            table=keys.VENDOR,
            pk=pk,
            version=version,
            target=target,
            code=code,
            name=name,
            active=active,
            problem="" if active else f"The vendor is linked to “{name}”, which is archived or gone in the target.",
            currency=currency,
        )
        for pk, version, source_key, currency, target, code, name, active in confirmed.values_list(*fields)
    }


def _required(scope: Scope, options: list[TrackingRow]) -> tuple[tables.RequiredCategory, ...]:
    """A requirement that names no dimension is met from where the table fills the category from most often."""
    filled: dict[str, Counter[str]] = defaultdict(Counter)
    for option in options:
        filled[option.target.attribute("category")][option.dimension] += 1
    found = []
    for row in RequiredDimension.objects.filter(scope=scope).select_related("category").order_by("pk"):
        usual = filled[row.category.key].most_common(1)
        dimension = row.dimension or (usual[0][0] if usual else Dimension.DEPARTMENT.value)
        found.append(tables.RequiredCategory(row.category.key, row.category.name, dimension))
    return tuple(found)


def _archived_categories(scope: Scope) -> dict[str, str]:
    entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind="tracking_category", active=False)
    return dict(entries.values_list("key", "name"))


def _rounding(scope: Scope) -> str:
    account = scope.rounding_account
    usable = account is not None and not offered.refusal(account, offered.ROUNDING, scope.target_books_id)
    return account.code if account is not None and usable else ""
