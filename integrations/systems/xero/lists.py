"""Xero's reference lists and organisation, as entries of ours. None of them is paged (October 2026)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations.documents import CompanyFacts, ReferenceFacts
from integrations.errors import ConfigurationError, InvalidSourceError
from integrations.systems.reading import Shape, read
from integrations.systems.xero import shapes
from integrations.systems.xero.parse import plain_rate

ACTIVE = "ACTIVE"
NEEDED_ACTION = "CreateDraftBill"


def accounts(rows: Iterable[Any]) -> list[ReferenceFacts]:
    """Attributes: type, class, tax_type, system (the name of a system account, else "")."""
    found = _readable(shapes.AccountShape, rows)
    return [
        ReferenceFacts(
            "account",
            row.account_id,
            row.code or "",
            row.name,
            row.status == ACTIVE,
            {
                "type": row.type or "",
                "class": row.account_class or "",
                "tax_type": row.tax_type or "",
                "system": row.system or "",
                "currency": row.currency or "",
            },
        )
        for row in found
    ]


def tracking(rows: Iterable[Any]) -> tuple[list[ReferenceFacts], list[ReferenceFacts]]:
    """(categories, options); an option of an archived category is archived with it."""
    found = list(_readable(shapes.CategoryShape, rows))
    categories = [
        ReferenceFacts("tracking_category", row.category_id, "", row.name, row.status == ACTIVE) for row in found
    ]
    options = [
        ReferenceFacts(
            "tracking_option",
            option.option_id,
            "",
            option.name,
            option.status == ACTIVE and row.status == ACTIVE,
            {"category": row.category_id},
        )
        for row in found
        for option in row.options or ()
    ]
    return categories, options


def tax_rates(rows: Iterable[Any]) -> list[ReferenceFacts]:
    """Attributes: rate in percent, applies to which classes of accounts, comma separated."""
    found = _readable(shapes.TaxRateShape, rows)
    return [
        ReferenceFacts(
            "tax_rate",
            row.tax_type,
            row.tax_type,
            row.name,
            row.status == ACTIVE,
            {"rate": plain_rate(row.rate), "applies": ",".join(_applies(row))},
        )
        for row in found
    ]


def currencies(rows: Iterable[Any]) -> list[ReferenceFacts]:
    found = _readable(shapes.CurrencyShape, rows)
    return [ReferenceFacts("currency", row.code, row.code, row.description or row.code) for row in found]


def organisation(raw: Mapping[str, Any], tenant_id: str, warnings: Iterable[str] = ()) -> CompanyFacts:
    """ConfigurationError when the organisation that answers is not the one that was asked for."""
    row = read(shapes.OrganisationShape, raw, "The organisation")
    if row.organisation_id.lower() != tenant_id.lower():
        raise ConfigurationError("Xero answered for another organisation than the one that is connected.")
    demo = ("This is Xero's demo company: it is emptied about every 28 days.",) if row.is_demo else ()
    return CompanyFacts(
        key=row.organisation_id,
        name=row.name,
        base_currency=row.base_currency,
        country=row.country or "",
        locked_until=max((day for day in (row.period_lock, row.year_lock) if day), default=None),
        warnings=(*demo, *warnings),
    )


def action_warnings(rows: Iterable[Any]) -> tuple[str, ...]:
    allowed = {row.name for row in _readable(shapes.ActionShape, rows) if row.status == "ALLOWED"}
    if NEEDED_ACTION in allowed:
        return ()
    return ("Xero does not let this sign-in create draft bills in this organisation.",)


def _readable(shape: type[Shape], rows: Iterable[Any]) -> Iterator[Shape]:
    """A row that cannot be read is not offered, so whatever is mapped to it holds."""
    for raw in rows:
        try:
            yield read(shape, raw, "An entry")
        except InvalidSourceError:
            continue


def _applies(row: shapes.TaxRateShape) -> list[str]:
    named = (
        ("EXPENSE", row.expenses),
        ("ASSET", row.assets),
        ("LIABILITY", row.liabilities),
        ("EQUITY", row.equity),
        ("REVENUE", row.revenue),
    )
    return [name for name, applies in named if applies]
