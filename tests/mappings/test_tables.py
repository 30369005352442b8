"""The tables in memory: the most specific row wins, archived targets are found and named (E15, A44, A68)."""

from collections.abc import Callable
from decimal import Decimal
from itertools import product

import pytest
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from mappings import keys
from mappings.models import (
    AccountRow,
    ExtraCostRow,
    LinkState,
    ReferenceEntry,
    RequiredDimension,
    Scope,
    ScopePart,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from mappings.tables import AccountRow as FoundRow
from mappings.tables import Tables, taxes_key
from tests.mappings.company import Company

word = st.sampled_from(["", "a", "b"])
rest = st.tuples(word, word, word)


@given(st.sets(rest, max_size=12), rest)
def test_e15_department_beats_location_beats_item_category(
    rows: set[tuple[str, str, str]], line: tuple[str, str, str]
) -> None:
    tables = Tables(accounts={("6100", *row): FoundRow(keys.ACCOUNT, number, 1) for number, row in enumerate(rows)})
    fitting = [
        (number, row)
        for number, row in enumerate(rows)
        if all(mine in ("", theirs) for mine, theirs in zip(row, line, strict=True))
    ]
    best = max(fitting, key=lambda each: [part != "" for part in each[1]], default=None)
    found = tables.account("6100", *line)
    assert (found.pk if found else None) == (best[0] if best else None)


def test_the_truth_table_of_code_and_item_category() -> None:
    """Exact before account only before nothing (as promised for Procore's look-up)."""
    exact, general = FoundRow(keys.ACCOUNT, 1, 1), FoundRow(keys.ACCOUNT, 2, 1)
    for has_exact, has_general in product([True, False], repeat=2):
        rows = {("310", "", "", "steel"): exact} if has_exact else {}
        rows |= {("310", "", "", ""): general} if has_general else {}
        expected = exact if has_exact else general if has_general else None
        assert Tables(accounts=rows).account("310", item_category="steel") is expected
        assert Tables(accounts=rows).account("310", item_category="wood") is (general if has_general else None)


@pytest.mark.django_db
def test_a_snapshot_resolves_every_table(company: Company, scope: Scope) -> None:
    fill(company)
    tables = Tables.load(scope)
    account = tables.account("6100", "14", "2")
    assert account is not None
    assert (account.table, account.code, account.name, account.active) == ("account", "310", "Cost of Goods Sold", True)
    option = tables.tracking("location", "2")
    assert option is not None
    assert (option.category, option.target) == ("cat-region", "opt-n")
    tax = tables.tax(taxes_key([("PST", Decimal(7)), ("GST", Decimal(5))]), "CAD", "CA")
    assert tax is not None
    assert (tax.code, tax.percent, tax.recoverable) == ("INPUT", Decimal(12), Decimal(5))
    freight = tables.extra_cost(" FREIGHT")
    assert freight is not None
    assert (freight.treatment, freight.account, freight.tax_code) == ("account", "425", "")
    vendor = tables.vendor("318", "USD")
    assert vendor is not None
    assert (vendor.target, vendor.name) == ("c-1", "Northgate Safety Supply")
    assert [(each.name, each.dimension) for each in tables.required_categories] == [("Region", "location")]
    assert tables.rounding_account == ""
    assert tables.account("9999") is None


@pytest.mark.django_db
def test_a_snapshot_costs_the_same_queries_for_many_rows(
    company: Company, scope: Scope, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    fill(company)
    target = company.account("310")
    AccountRow.objects.bulk_create(
        [AccountRow(scope=scope, source_code=f"{number}", target=target) for number in range(200)]
    )
    with django_assert_max_num_queries(11):
        tables = Tables.load(scope)
    assert len(tables.accounts) == 201


@pytest.mark.django_db
def test_a_proposed_vendor_link_is_not_used(company: Company, scope: Scope) -> None:
    fill(company)
    VendorLink.objects.get().delete()
    contact = company.entry("contact", "Northgate Safety Supply")
    VendorLink.objects.create(scope=scope, source_key="318", target=contact, state=LinkState.PROPOSED)
    assert Tables.load(scope).vendor("318") is None


@pytest.mark.django_db
def test_a56_a_link_for_one_currency_comes_before_the_one_for_any(company: Company, scope: Scope) -> None:
    fill(company)
    canadian = company.contact("c-2", "Northgate (CAD)")
    VendorLink.objects.create(scope=scope, source_key="318", currency="cad", target=canadian, state=LinkState.CONFIRMED)
    tables = Tables.load(scope)
    assert [getattr(tables.vendor("318", currency), "target", "") for currency in ("CAD", "EUR")] == ["c-2", "c-1"]


@pytest.mark.django_db
def test_a44_the_vendors_country_narrows_before_the_currency(company: Company, scope: Scope) -> None:
    for code, currency, country in (("NONE", "", ""), ("EXEMPT", "EUR", ""), ("REVERSE", "", "DE")):
        TaxRow.objects.create(
            scope=scope, taxes="no tax", currency=currency, vendor_country=country, target=company.tax(code),
            reverse_charge=code == "REVERSE",
        )  # fmt: skip
    tables = Tables.load(scope)
    found = [tables.tax("no tax", *where) for where in (("USD", "US"), ("eur", "FR"), ("EUR", "de"))]
    assert [row.code for row in found if row] == ["NONE", "EXEMPT", "REVERSE"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "code", "look_up"),
    [
        ("account", "310", lambda tables: tables.account("6100", "14", "2")),
        ("tracking_option", "North", lambda tables: tables.tracking("location", "2")),
        ("tracking_category", "Region", lambda tables: tables.tracking("location", "2")),
        ("tax_rate", "INPUT", lambda tables: tables.tax("GST 5% + PST 7%")),
        ("account", "425", lambda tables: tables.extra_cost("freight")),
        ("contact", "Northgate Safety Supply", lambda tables: tables.vendor("318")),
    ],
)
def test_an_archived_target_is_found_and_named(
    company: Company, scope: Scope, kind: str, code: str, look_up: Callable[[Tables], FoundRow]
) -> None:
    fill(company)
    entry = company.entry(kind, code)
    entry.active = False
    entry.save()
    row = look_up(Tables.load(scope))
    assert not row.active
    assert entry.name in row.problem
    assert "archived or gone" in row.problem


@pytest.mark.django_db
def test_a45_a_rate_that_changes_later_stops_its_row(company: Company, scope: Scope) -> None:
    """A45: the row is marked and its documents hold."""
    fill(company)
    gst = company.tax("INPUT")
    gst.attributes["rate"] = "6"
    gst.save()
    row = Tables.load(scope).tax("GST 5% + PST 7%")
    assert row is not None
    assert not row.active
    assert "6 %" in row.problem


@pytest.mark.django_db
def test_the_rounding_account_is_gone_when_it_is_archived(company: Company, scope: Scope) -> None:
    scope.rounding_account = company.account("860")
    scope.save()
    assert Tables.load(scope).rounding_account == "860"
    ReferenceEntry.objects.filter(code="860").update(active=False)
    assert Tables.load(Scope.objects.get()).rounding_account == ""


@pytest.mark.django_db
def test_a80_a_scope_with_parts_covers_only_them(company: Company, scope: Scope) -> None:
    assert Tables.load(scope).covers("14", "2")
    ScopePart.objects.create(scope=scope, kind="location", key="2")
    tables = Tables.load(scope)
    assert tables.covers("14", "2")
    assert not tables.covers("15", "3")


def fill(company: Company) -> None:
    scope = company.scope
    AccountRow.objects.create(scope=scope, source_code="6100", target=company.account("310"))
    TrackingRow.objects.create(
        scope=scope, dimension="location", source_key="2", target=company.entry("tracking_option", "North")
    )
    RequiredDimension.objects.create(scope=scope, category=company.entry("tracking_category", "Region"))
    TaxRow.objects.create(scope=scope, taxes="GST 5% + PST 7%", target=company.tax("INPUT"), recoverable=5)
    ExtraCostRow.objects.create(scope=scope, name="Freight", account=company.account("425"))
    contact = company.contact("c-1", "Northgate Safety Supply")
    VendorLink.objects.create(scope=scope, source_key="318", target=contact, state=LinkState.CONFIRMED)
