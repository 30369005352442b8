"""Proposals carry their evidence and never decide (design 6)."""

import pytest

from mappings import keys, suggestions
from mappings.models import AccountRow, Scope, ToldApart, TrackingRow, VendorLink
from tests.mappings.company import Company

pytestmark = pytest.mark.django_db


def best(scope: Scope, gap: keys.LookupKey) -> tuple[str, str]:
    found = suggestions.suggest(scope, gap)
    return (str(found[0].entry), found[0].evidence) if found else ("", "")


def test_the_same_code_comes_first(company: Company, scope: Scope) -> None:
    company.add(company.target, "account", "acc-6100", "6100", "Workshop")
    assert best(scope, keys.account_key("6100")) == ("6100 Workshop", "same code")


def test_a_similar_name_is_proposed(company: Company, scope: Scope) -> None:
    entry, evidence = best(scope, keys.account_key("6200"))
    assert entry == "425 Freight & Courier"
    assert "name" in evidence


def test_what_people_chose_before_counts_most(company: Company, scope: Scope) -> None:
    AccountRow.objects.create(scope=scope, source_code="6200", department="14", target=company.account("429"))
    assert best(scope, keys.account_key("6200", "15")) == (
        "429 General Expenses",
        "chosen before for account code 6200",
    )


def test_a67_bank_and_system_accounts_are_never_proposed(company: Company, scope: Scope) -> None:
    company.add(company.source, "account_code", "99", "090", "Business Bank Account", type="assets")
    assert best(scope, keys.account_key("090")) == ("", "")


def test_a_department_is_proposed_by_its_own_name_without_the_location(company: Company, scope: Scope) -> None:
    entry, evidence = best(scope, keys.tracking_key("department", "14"))
    assert (entry, evidence) == ("Production", "same name")
    north = best(scope, keys.tracking_key("location", "2"))
    assert north[0] == "North"


def test_a44_taxes_are_proposed_by_rate_and_never_for_no_tax(company: Company, scope: Scope) -> None:
    """A44: exempt, zero-rated and out of scope are for a person to tell apart."""
    assert best(scope, keys.tax_key("VAT 20%"))[0] == "INPUT2 VAT on Expenses"
    assert suggestions.suggest(scope, keys.tax_key("no tax")) == []
    assert suggestions.suggest(scope, keys.tax_key("Zero 0%")) == []


def test_a_vendors_candidates_are_shown_and_who_has_them_already(company: Company, scope: Scope) -> None:
    company.vendor("318", "Northgate Safety")
    contact = company.contact("c-1", "Northgate Safety Supply")
    VendorLink.objects.create(scope=scope, source_key="400", target=contact, state="confirmed")
    entry, evidence = best(scope, keys.vendor_key("318"))
    assert entry == "Northgate Safety Supply"
    assert evidence.endswith("another vendor is linked to it")


def test_a_contact_that_a_person_said_it_is_not_is_not_proposed_again(company: Company, scope: Scope) -> None:
    company.vendor("318", "Northgate Safety")
    company.contact("c-1", "Northgate Safety Supply")
    ToldApart.objects.create(scope=scope, source_key="318", contact_key="c-1", reason="another company")
    assert suggestions.suggest(scope, keys.vendor_key("318")) == []


def test_a_currency_has_no_proposals(company: Company, scope: Scope) -> None:
    assert suggestions.suggest(scope, keys.currency_key("EUR")) == []
    assert not TrackingRow.objects.exists()
