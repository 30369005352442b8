"""Where a person goes to fill a gap: the form of the table, filled in with what the document had."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from mappings import keys
from mappings.keys import LookupKey
from mappings.models import Scope

# The admin page of each table, and the form's fields for the first parts of the key. What only narrows a row is left
# to the person: filled in, every department would get a row of its own.
_FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    keys.ACCOUNT: ("accountrow", ("source_code",)),
    keys.TRACKING: ("trackingrow", ("dimension", "source_key")),
    keys.TAX: ("taxrow", ("taxes",)),
    keys.EXTRA_COST: ("extracostrow", ("name",)),
    keys.VENDOR: ("vendorlink", ("source_key",)),
    keys.PROJECT: ("projectrow", ("source_key",)),
    keys.COST_CODE: ("costcoderow", ("source_code",)),
    keys.BUDGET_LINE: ("budgetlinerow", ("source_key",)),
}


def form_for(scope: Scope, gap: LookupKey) -> str:
    """The address of the filled-in form, "" where no table of ours answers the gap (a currency)."""
    if gap.table == keys.ROUNDING:
        return _address("scope_change", {}, scope.pk)
    if gap.table not in _FORMS:
        return ""
    model, fields = _FORMS[gap.table]
    filled = {name: part for name, part in zip(fields, gap.parts, strict=False) if part}
    return _address(f"{model}_add", {"scope": str(scope.pk)} | filled)


def row_page(table: str, row: int) -> str:
    """The address of a row's own page."""
    return _address(f"{_FORMS[table][0]}_change", {}, row) if table in _FORMS else ""


def _address(page: str, query: dict[str, str], *args: int) -> str:
    try:
        address = reverse(f"admin:mappings_{page}", args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address
