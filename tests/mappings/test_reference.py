"""Reading a system's lists: entries come, change, vanish and return, and the rows that use them follow (design 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from audit.actions import sentence
from audit.models import Entry
from mappings import keys, reference
from mappings.keys import LookupKey
from mappings.models import AccountRow, Mark, ReferenceEntry, Scope, TaxRow, VendorLink
from tests.mappings.company import ACCOUNTS, Company

pytestmark = pytest.mark.django_db
Told = list[tuple[str, list[LookupKey]]]


@dataclass(frozen=True)
class Fact:
    key: str
    code: str
    name: str
    active: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)


def accounts(*without: str) -> list[Fact]:
    return [Fact(f"acc-{code}", code, name, True, facts) for code, name, facts in ACCOUNTS if code not in without]


def mapped(company: Company) -> AccountRow:
    return AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))


def test_an_unchanged_list_changes_nothing_but_when_it_was_seen(company: Company) -> None:
    before = company.account("310").seen_at
    entries = Entry.objects.count()
    refreshed = reference.refresh(company.target, "account", accounts())
    assert (refreshed.unchanged, refreshed.added, refreshed.changed, refreshed.gone) == (len(ACCOUNTS), 0, 0, 0)
    assert company.account("310").seen_at > before
    assert Entry.objects.count() == entries


def test_new_and_renamed_entries_are_taken_in(company: Company) -> None:
    facts = [*accounts("429"), Fact("acc-429", "429", "General  Costs"), Fact("acc-500", "500", "Rent")]
    refreshed = reference.refresh(company.target, "account", facts)
    assert (refreshed.added, refreshed.changed) == (1, 1)
    assert company.account("429").name == "General Costs"
    assert ReferenceEntry.objects.filter(books=company.target).search("costs gener").get().code == "429"


def test_a_vanished_entry_marks_the_rows_that_use_it(company: Company, told: Told) -> None:
    row = mapped(company)
    told.clear()
    refreshed = reference.refresh(company.target, "account", accounts("310"))
    assert (refreshed.gone, refreshed.marked) == (1, 1)
    row.refresh_from_db()
    assert (row.marked, row.version, company.account("310").active) == (Mark.INACTIVE, 1, False)
    assert told == [("Harbor Mills", [keys.account_key("6100")])]
    entry = Entry.objects.get(action="mapping.marked")
    assert "“310 Cost of Goods Sold” is archived or gone there." in sentence(entry)


def test_an_entry_that_returns_unmarks_them(company: Company, told: Told) -> None:
    mapped(company)
    reference.refresh(company.target, "account", accounts("310"))
    told.clear()
    refreshed = reference.refresh(company.target, "account", accounts())
    assert (refreshed.back, refreshed.unmarked, AccountRow.objects.get().marked) == (1, 1, "")
    assert told == [("Harbor Mills", [keys.account_key("6100")])]
    assert Entry.objects.filter(action="mapping.unmarked").count() == 1


def test_archiving_marks_once_and_not_again(company: Company) -> None:
    mapped(company)
    archived = [*accounts("310"), Fact("acc-310", "310", "Cost of Goods Sold", active=False)]
    assert reference.refresh(company.target, "account", archived).marked == 1
    assert reference.refresh(company.target, "account", archived).marked == 0
    assert reference.refresh(company.target, "account", archived).gone == 0


def test_a67_an_account_that_becomes_a_bank_account_marks_its_rows(company: Company) -> None:
    mapped(company)
    changed = [*accounts("310"), Fact("acc-310", "310", "Cost of Goods Sold", True, {"type": "BANK"})]
    assert reference.refresh(company.target, "account", changed).marked == 1
    assert AccountRow.objects.get().marked == Mark.UNSUITABLE


def test_a45_a_rate_that_changes_marks_its_rows_until_the_row_is_saved_anew(company: Company, told: Told) -> None:
    """A45."""
    row = TaxRow.objects.create(scope=company.scope, taxes="GST 5%", target=company.tax("INPUT"))
    gst = Fact("INPUT", "INPUT", "GST on Expenses", True, {"rate": "6", "applies": "EXPENSE"})
    reference.merge(company.target, "tax_rate", [gst])
    row.refresh_from_db()
    assert row.marked == Mark.RATE_CHANGED
    row.taxes, row.recoverable = "GST 6%", None
    row.save()
    row.refresh_from_db()
    assert (row.marked, row.version) == ("", 2)


def test_a_part_of_a_list_leaves_the_rest_alone(company: Company) -> None:
    company.contact("c-1", "Acme Ltd")
    merged = reference.merge(company.target, "contact", [Fact("c-2", "", "Delta Ltd")])
    assert (merged.added, merged.gone) == (1, 0)
    assert ReferenceEntry.objects.filter(kind="contact", active=True).count() == 2


def test_an_archived_contact_marks_its_link(company: Company, scope: Scope, told: Told) -> None:
    contact = company.contact("c-1", "Acme Ltd")
    VendorLink.objects.create(scope=scope, source_key="318", target=contact, state="confirmed")
    told.clear()
    reference.merge(company.target, "contact", [Fact("c-1", "", "Acme Ltd", active=False)])
    assert VendorLink.objects.get().marked == Mark.INACTIVE
    assert told == [("Harbor Mills", [keys.vendor_key("318")])]
    assert Entry.objects.filter(action="vendor_link.marked").count() == 1


def test_a56_a_currency_newly_enabled_answers_what_waited_for_it(company: Company, told: Told) -> None:
    """A56."""
    reference.refresh(company.target, "currency", [Fact("USD", "USD", "US Dollar"), Fact("EUR", "EUR", "Euro")])
    assert [sent for _, sent in told] == [[keys.currency_key("usd"), keys.currency_key("EUR")]]


def test_an_empty_list_of_accounts_is_doubted(company: Company) -> None:
    """An answer gone wrong must not archive everything."""
    mapped(company)
    refreshed = reference.refresh(company.target, "account", [])
    assert "empty list of accounts" in refreshed.doubt
    assert company.account("310").active
    assert AccountRow.objects.get().marked == ""
    assert Entry.objects.filter(action="reference.doubted").count() == 1
    assert reference.refresh(company.target, "tracking_option", []).gone == 3


@pytest.mark.parametrize("kind", ["project", "budget_code"])
def test_an_application_that_lost_its_permissions_takes_no_project_away(company: Company, kind: str) -> None:
    reference.refresh(company.target, kind, [Fact("1", "1234", "Harbour Clinic")])
    assert "empty list" in reference.refresh(company.target, kind, []).doubt
    assert ReferenceEntry.objects.get(kind=kind).active


def test_of_entries_of_one_key_the_last_counts_and_those_without_key_are_left_out(company: Company) -> None:
    facts = [Fact("c", "", "First"), Fact("c", "", "Second"), Fact("", "", "Nameless")]
    assert reference.refresh(company.target, "contact", facts).added == 1
    assert ReferenceEntry.objects.get(kind="contact").name == "Second"


def test_hostile_names_are_stored_tame(company: Company) -> None:
    name = "A\0cme \ud800" + "é" * 400
    reference.refresh(company.target, "contact", [Fact("k" * 300, "c\n" * 90, name)])
    entry = ReferenceEntry.objects.get(kind="contact")
    assert len(entry.key) == 100
    assert len(entry.code) <= 100
    assert len(entry.name) == 255
    assert "\0" not in entry.name


def test_a_long_list_costs_statements_by_the_hundred(company: Company, django_assert_max_num_queries: object) -> None:
    facts = [Fact(f"c-{number}", "", f"Supplier {number}") for number in range(2000)]
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        assert reference.refresh(company.target, "contact", facts).added == 2000
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert reference.refresh(company.target, "contact", facts).unchanged == 2000


@pytest.mark.parametrize(
    ("kind", "said"), [("contact", "Alder Drywall"), ("vendor", "Alder Drywall"), ("account", "6100 Alder Drywall")]
)
def test_a_vendor_is_called_by_its_name_and_an_account_by_its_code_too(kind: str, said: str) -> None:
    """A vendor's code is whatever id the other system keeps on it."""
    assert str(ReferenceEntry(kind=kind, code="6100", name="Alder Drywall")) == said
