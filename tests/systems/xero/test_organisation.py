"""The organisation, what it lets us do, and its reference lists."""

import json
from datetime import date
from typing import Any

import pytest

from integrations.errors import ConfigurationError, UnreadableAnswerError
from integrations.systems.xero import lists, parse
from integrations.systems.xero.client import XeroClient
from tests.systems.answers import FakeDoor, Given
from tests.systems.xero.bills import SAMPLES

TENANT = "a46fcb6f-2773-40c4-a119-8aa08bca1e8e"
ALLOWED = b'{"Actions": [{"Name": "CreateDraftBill", "Status": "ALLOWED"}]}'
REFUSED = b'{"Actions": [{"Name": "CreateDraftBill", "Status": "NOT-ALLOWED"}]}'


def recorded_organisation(**changes: Any) -> bytes:
    named = {each["name"]: each for each in json.loads((SAMPLES / "recorded_small_samples.json").read_text())}
    body = named["organisation"]["response"]["json"]
    body["Organisations"][0] |= changes
    return json.dumps(body).encode()


def client(*given: Given, tenant: str = TENANT) -> tuple[XeroClient, FakeDoor]:
    door = FakeDoor(list(given))
    return XeroClient(door, tenant, "https://go.xero.com"), door


def test_the_recorded_organisation_is_read() -> None:
    xero, _ = client(ALLOWED, recorded_organisation())
    company = xero.company()
    assert (company.key, company.name, company.base_currency, company.country) == (
        TENANT, "Demo Company (NZ)", "NZD", "NZ",
    )  # fmt: skip
    assert company.locked_until == date(2009, 9, 30)
    assert ["demo company" in warning for warning in company.warnings] == [True]


def test_the_later_of_two_lock_dates_counts_a63() -> None:
    xero, _ = client(recorded_organisation(EndOfYearLockDate="/Date(1759190400000+0000)/"))
    assert xero.probe().locked_until == date(2025, 9, 30)


def test_no_lock_date_is_none() -> None:
    xero, _ = client(recorded_organisation(PeriodLockDate=None))
    assert xero.probe().locked_until is None


@pytest.mark.promise(36)
def test_another_organisation_than_the_connected_one_is_refused() -> None:
    xero, _ = client(recorded_organisation(), tenant="ffffffff-2773-40c4-a119-8aa08bca1e8e")
    with pytest.raises(ConfigurationError):
        xero.probe()


def test_a_sign_in_that_may_not_create_draft_bills_is_warned_of() -> None:
    xero, _ = client(REFUSED, recorded_organisation(IsDemoCompany=False))
    assert xero.company().warnings == ("Xero does not let this sign-in create draft bills in this organisation.",)


def test_reference_lists_cost_four_calls_e30() -> None:
    bodies = [
        {"Accounts": [{"AccountID": "a1", "Code": "310", "Name": "Cost", "Type": "DIRECTCOSTS", "Class": "EXPENSE",
                       "TaxType": "INPUT2", "SystemAccount": "", "Status": "ACTIVE"},
                      {"AccountID": "a2", "Name": "Bank", "Type": "BANK", "Status": "ARCHIVED"},
                      {"AccountID": 5}]},
        {"TrackingCategories": [{"TrackingCategoryID": "c1", "Name": "Region", "Status": "ACTIVE", "Options": [
            {"TrackingOptionID": "o1", "Name": "North", "Status": "ACTIVE"},
            {"TrackingOptionID": "o2", "Name": "South", "Status": "ARCHIVED"}]},
            {"TrackingCategoryID": "c2", "Name": "Old", "Status": "ARCHIVED", "Options": [
                {"TrackingOptionID": "o3", "Name": "X", "Status": "ACTIVE"}]}]},
        {"TaxRates": [{"TaxType": "INPUT2", "Name": "15% GST on Expenses", "EffectiveRate": 15.0000, "Status": "ACTIVE",
                       "CanApplyToExpenses": True, "CanApplyToAssets": True}]},
        {"Currencies": [{"Code": "NZD", "Description": "New Zealand Dollar"}]},
    ]  # fmt: skip
    xero, door = client(*(json.dumps(body).encode() for body in bodies))
    found = dict(xero.reference_lists())
    assert len(door.asked) == 4
    assert list(found) == ["account", "tracking_category", "tracking_option", "tax_rate", "currency"]
    accounts = found["account"]
    assert [(entry.key, entry.code, entry.active) for entry in accounts] == [("a1", "310", True), ("a2", "", False)]
    assert accounts[0].attributes["class"] == "EXPENSE"
    assert [(entry.key, entry.active, entry.attributes["category"]) for entry in found["tracking_option"]] == [
        ("o1", True, "c1"),
        ("o2", False, "c1"),
        ("o3", False, "c2"),
    ]
    (rate,) = found["tax_rate"]
    assert (rate.key, rate.attributes["rate"], rate.attributes["applies"]) == ("INPUT2", "15", "EXPENSE,ASSET")
    assert found["currency"][0].code == "NZD"


def test_a_list_that_does_not_come_is_unreadable_and_not_empty() -> None:
    xero, _ = client(b"{}")
    with pytest.raises(UnreadableAnswerError):
        list(xero.reference_lists())


def test_a_system_account_is_known_a67() -> None:
    (entry,) = lists.accounts([{"AccountID": "a", "Name": "Payable", "SystemAccount": "CREDITORS"}])
    assert entry.attributes["system"] == "CREDITORS"
    assert parse.plain_rate(entry_rate := parse.loads("12.5000")) == "12.5"
    assert str(entry_rate) == "12.5000"
