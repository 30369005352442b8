"""What is missing comes first, with what waits for it; accepting suggestions is one decision, whole or not at all."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from mappings import keys, waiting
from mappings.keys import LookupKey
from mappings.models import AccountRow, LinkState, Scope, TaxRow, TrackingRow, VendorLink
from mappings.waiting import Waiting
from tests.mappings.company import Company, all_missing, person

pytestmark = pytest.mark.django_db
Waits = Callable[..., None]
PAGE = "/mappings/scope/missing/"


@pytest.fixture
def waits(company: Company) -> Waits:
    """Say what waits: a key, a document and its amount."""
    rows: list[Waiting] = []

    def rule(scopes: Iterable[int], user: object) -> list[Waiting]:
        return [row for row in rows if row.scope in scopes]

    def say(key: LookupKey, document: int, amount: str = "100.00", currency: str = "USD", **more: object) -> None:
        since: datetime = timezone.now() - timedelta(days=2)
        label = str(more.get("label", f"{key.parts[0]} on “Gloves” is missing"))
        scope = more.get("scope", company.scope)
        assert isinstance(scope, Scope)
        rows.append(Waiting(scope.pk, key, label, document, currency, Decimal(amount), since))

    waiting.register(rule)
    return say


@pytest.fixture
def boss() -> User:
    return person("boss", superuser=True)


@pytest.fixture
def browser(boss: User, client: Client) -> Client:
    client.force_login(boss)
    return client


def page(browser: Client, **query: str) -> str:
    answer = browser.get(reverse("admin:mappings_missing"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def ticked(html: str) -> dict[str, object]:
    """Every box ticked, the first suggestion of each chosen, as the page offers it."""
    form: dict[str, object] = {"accept": re.findall(r'name="accept" value="(\w+)"', html)}
    for token, entry in re.findall(r'name="entry-(\w+)" value="(\d+)"', html):
        form.setdefault(f"entry-{token}", entry)
    return form


def test_gaps_of_one_code_are_one_row_and_a_document_counts_once(company: Company, boss: User, waits: Waits) -> None:
    waits(keys.account_key("6100", "14", "2"), 1)
    waits(keys.account_key("6100", "15", "3"), 1)
    waits(keys.account_key("6100", "15", "3"), 2, "50.00", "CAD")
    (item,) = all_missing(company.scope, boss)
    assert item.key == keys.account_key("6100")
    assert item.title == "Account code 6100 Consumables"
    assert len(item.documents) == 2
    assert item.documents.written == ["50.00 CAD", "100.00 USD"]


def test_what_most_documents_wait_for_comes_first_by_table(company: Company, boss: User, waits: Waits) -> None:
    waits(keys.tax_key("GST 5%", "USD", ""), 1)
    waits(keys.account_key("6200"), 1)
    for document in (1, 2, 3):
        waits(keys.account_key("6100"), document)
    assert [item.key.parts[0] for item in all_missing(company.scope, boss)] == ["6100", "6200", "GST 5%"]


def test_an_archived_target_is_mended_in_the_row_that_stands_in_the_way(
    company: Company, boss: User, waits: Waits
) -> None:
    AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    row = AccountRow.objects.create(
        scope=company.scope, source_code="6100", department="14", target=company.account("429")
    )
    entry = company.account("429")
    entry.active = False
    entry.save()
    waits(keys.account_key("6100", "14", "2"), 1)
    (item,) = all_missing(company.scope, boss)
    assert item.row == row.pk
    assert item.form == reverse("admin:mappings_accountrow_change", args=[row.pk])


def test_the_page_says_what_waits_and_why_each_is_suggested(browser: Client, company: Company, waits: Waits) -> None:
    company.vendor("318", "Northgate Safety Supply", email="ar@northgate.example")
    company.contact("c-1", "Northgate Safety", email="ar@northgate.example")
    waits(keys.account_key("6200", "14", "2"), 1, "1250.50")
    waits(keys.vendor_key("318", "USD"), 1, "1250.50")
    waits(keys.tax_key(keys.NO_TAX, "USD", ""), 2)
    waits(keys.rounding_key(), 2)
    waits(keys.currency_key("CAD"), 3)
    html = page(browser)
    assert "3 records wait" in html
    assert "1,450.50 USD" in html
    assert "Account code 6200 Freight in" in html
    assert "425 Freight &amp; Courier" in html
    assert "similar name" in html or "part of the other" in html
    assert "Vendor Northgate Safety Supply" in html
    assert "a person decides" in html
    assert "Enable it in Harbor Mills Xero" in html
    assert "for 2" in html
    for number in ("acc-425", "c-1"):
        assert number not in html


def test_nothing_missing_says_so(browser: Client, company: Company, waits: Waits) -> None:
    assert "Nothing is missing." in page(browser)


def test_a_portal_without_tables_says_what_to_do(browser: Client) -> None:
    assert "There is no set of tables yet." in page(browser)


def test_ticked_suggestions_are_shown_row_by_row_and_then_saved_with_their_author(
    browser: Client, boss: User, company: Company, waits: Waits, told: list[tuple[str, list[LookupKey]]]
) -> None:
    company.vendor("318", "Northgate Safety Supply")
    contact = company.contact("c-1", "Northgate Safety Supply")
    VendorLink.objects.create(scope=company.scope, source_key="318", target=contact)
    waits(keys.account_key("6200", "14", "2"), 1, "1250.50")
    waits(keys.tracking_key("location", "2"), 1, "1250.50")
    waits(keys.tax_key("GST 5%", "USD", ""), 2, "80.00")
    waits(keys.vendor_key("318", "USD"), 3, "20.00")
    waits(keys.extra_cost_key("Freight"), 4, "20.00")
    form = ticked(page(browser))
    asked = browser.post(reverse("admin:mappings_missing"), form)
    html = asked.content.decode()
    assert AccountRow.objects.count() == 0
    assert "Save all of these rows" in html
    assert "1,370.50 USD" in html
    assert "code: 6200, account: 425 Freight &amp; Courier" in html
    told.clear()
    done = browser.post(reverse("admin:mappings_missing"), {**ticked(html), "confirmed": "yes"}, follow=True)
    row = AccountRow.objects.get()
    assert (row.source_code, row.target) == ("6200", company.account("425"))
    assert TrackingRow.objects.get().target == company.entry("tracking_option", "North")
    assert TaxRow.objects.get().target == company.tax("INPUT")
    link = VendorLink.objects.get()
    assert (link.state, link.version) == (LinkState.CONFIRMED, 2)
    assert "accepted by a person" in link.evidence
    assert row.history.get().history_user == boss
    assert Entry.objects.filter(action="mapping.added", actor=boss).count() == 4
    assert len(told) == 1
    assert "5 rows were saved. 5 records that waited go on." in done.content.decode()


def test_one_row_that_its_table_refuses_saves_none(browser: Client, company: Company, waits: Waits) -> None:
    """A67: an expense code on an asset account needs a confirmation of its own, in the form."""
    company.add(company.target, "account", "acc-729", "729", "Consumables", type="FIXED", **{"class": "ASSET"})
    waits(keys.account_key("6100"), 1)
    waits(keys.tax_key("GST 5%", "USD", ""), 2)
    form = ticked(page(browser))
    html = browser.post(reverse("admin:mappings_missing"), form).content.decode()
    assert "Nothing can be saved like this" in html
    assert "Confirm that this is meant so" in html
    refused = browser.post(reverse("admin:mappings_missing"), {**form, "confirmed": "yes"}, follow=True)
    assert "Nothing was changed. Account code 6100 Consumables" in refused.content.decode()
    assert not AccountRow.objects.exists()
    assert not TaxRow.objects.exists()


def test_whoever_may_not_edit_sees_what_is_missing_and_cannot_accept(
    client: Client, browser: Client, company: Company, waits: Waits
) -> None:
    waits(keys.account_key("6200"), 1)
    form = ticked(page(browser))
    client.force_login(person("aude", "view_accountrow"))
    html = page(client)
    assert "Account code 6200 Freight in" in html
    assert 'name="accept"' not in html
    refused = client.post(reverse("admin:mappings_missing"), {**form, "confirmed": "yes"})
    assert refused.status_code == 403
    client.force_login(person("stranger"))
    assert client.get(reverse("admin:mappings_missing")).status_code == 403
    assert not AccountRow.objects.exists()


def test_what_somebody_else_added_meanwhile_is_not_added_twice(browser: Client, company: Company, waits: Waits) -> None:
    answer = browser.post(
        reverse("admin:mappings_missing"), {"accept": ["0123456789abcdef"], "confirmed": "yes"}, follow=True
    )
    assert "no longer listed" in answer.content.decode()


def test_the_head_of_each_list_says_what_waits_for_its_rows(browser: Client, company: Company, waits: Waits) -> None:
    waits(keys.account_key("6200"), 1, "99.00")
    waits(keys.account_key("6100"), 1, "99.00")
    html = browser.get(reverse("admin:mappings_accountrow_changelist")).content.decode()
    assert "<strong>1 record</strong> waits for a row of this table: 99.00 USD." in html
    assert "See what is missing" in html
    assert "waits for a row" not in browser.get(reverse("admin:mappings_taxrow_changelist")).content.decode()


def test_many_gaps_cost_few_queries(
    browser: Client, company: Company, waits: Waits, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for document in range(2000):
        waits(keys.account_key("6200", "14", "2"), document)
        waits(keys.tax_key("GST 5%", "USD", ""), document)
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        page(browser)


def test_rows_in_the_way_are_named_as_people_know_them(company: Company, boss: User, waits: Waits) -> None:
    contact, option = company.contact("c-9", "Bolt & Sons"), company.entry("tracking_option", "North")
    company.vendor("9", "Bolt")
    VendorLink.objects.create(scope=company.scope, source_key="9", target=contact, state=LinkState.CONFIRMED)
    TrackingRow.objects.create(scope=company.scope, dimension="location", source_key="2", target=option)
    narrow = AccountRow(scope=company.scope, source_code="6100", department="14", target=company.account("310"))
    narrow.save()
    for key in (keys.vendor_key("9", "USD"), keys.tracking_key("location", "2"), keys.account_key("6100", "14")):
        waits(key, 1)
    items = all_missing(company.scope, boss)
    assert {item.title for item in items} == {
        "The account code 6100 · Plant North / Production",
        "The tracking of location Plant North",
        "The vendor Bolt = Bolt & Sons",
    }
    narrow.delete()
    assert "The account code that is gone" in {item.title for item in items}
