"""The tables in the admin: choices from the lists, names instead of ids, own permissions (E14, E25)."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from mappings import keys, links, reference, usage, visibility
from mappings.models import (
    AccountRow,
    Books,
    ExtraCostRow,
    LinkState,
    ReferenceEntry,
    RequiredDimension,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from tests.mappings.company import Company, person

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

TABLES = ("accountrow", "trackingrow", "requireddimension", "taxrow", "extracostrow", "vendorlink")
LISTS = (*TABLES, "referenceentry", "books", "scope")


@pytest.fixture
def boss() -> User:
    return person("boss", superuser=True)


@pytest.fixture
def browser(boss: User, client: Client) -> Client:
    client.force_login(boss)
    return client


def page(name: str, *args: int) -> str:
    return reverse(f"admin:mappings_{name}", args=args)


def fill(company: Company) -> dict[str, int]:
    """One row in every table, by the name of its page."""
    scope = company.scope
    company.vendor("318", "Northgate Safety Supply")
    contact = company.contact("c-1", "Northgate Safety Supply")
    rows = {
        "accountrow": AccountRow(
            scope=scope, source_code="6100", department="14", location="2", target=company.account("310")
        ),
        "trackingrow": TrackingRow(
            scope=scope, dimension="location", source_key="2", target=company.entry("tracking_option", "North")
        ),
        "requireddimension": RequiredDimension(scope=scope, category=company.entry("tracking_category", "Region")),
        "taxrow": TaxRow(scope=scope, taxes="GST 5%", target=company.tax("INPUT")),
        "extracostrow": ExtraCostRow(scope=scope, name="Freight", account=company.account("425")),
        "vendorlink": VendorLink(scope=scope, source_key="318", target=contact, evidence="equal name"),
    }
    for row in rows.values():
        row.save()
    return {name: row.pk for name, row in rows.items()} | {"scope": scope.pk, "books": company.source.pk}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens(browser: Client, company: Company, name: str) -> None:
    fill(company)
    assert browser.get(page(f"{name}_changelist")).status_code == 200
    assert browser.get(page(f"{name}_changelist"), {"q": "north 310"}).status_code == 200


@pytest.mark.parametrize("name", [*TABLES, "scope", "books"])
def test_every_form_and_history_opens(browser: Client, company: Company, name: str) -> None:
    rows = fill(company)
    assert browser.get(page(f"{name}_change", rows[name])).status_code == 200
    if name != "books":
        history = page(f"{name}_history", rows[name])
        assert browser.get(history).status_code == 200
        assert browser.post(f"{history}1/").headers["Location"] == history


@pytest.mark.parametrize("name", TABLES)
def test_the_form_for_a_new_row_opens(browser: Client, company: Company, name: str) -> None:
    assert browser.get(page(f"{name}_add")).status_code == 200


def test_e14_a_set_of_tables_is_made_of_companies_that_one_sees(browser: Client, company: Company) -> None:
    Books.objects.create(system="xero", name="Elsewhere Ltd", key_digest="x9")
    visibility.register(lambda user: Scope.objects.filter(pk=company.scope.pk))
    offered = browser.get(page("scope_add")).content.decode()
    assert str(company.target) in offered
    assert "Elsewhere Ltd" not in offered


def test_a_n_new_row_first_asks_which_tables_it_belongs_to(browser: Client, company: Company) -> None:
    books = Books.objects.create(system="procurify", name="Else", key_digest="p9")
    other = Scope.objects.create(source_books=books, target_books=company.target, name="Else Ltd")
    answer = browser.get(page("accountrow_add"), {"source_code": "6100"}).content.decode()
    assert "Set of tables" in answer
    assert "Else Ltd" in answer
    assert 'name="source_code" value="6100"' in answer
    assert browser.get(page("accountrow_add"), {"scope": other.pk}).context["adminform"].form.scope == other


def test_without_any_tables_the_page_says_what_to_do(browser: Client) -> None:
    assert "There is no set of tables yet" in browser.get(page("accountrow_add")).content.decode()


def add(browser: Client, name: str, **values: object) -> str:
    return browser.post(page(f"{name}_add"), {"_save": "Save", **values}, follow=True).content.decode()


def test_a_person_adds_and_changes_a_row(browser: Client, boss: User, company: Company) -> None:
    target = company.account("310")
    answer = add(browser, "accountrow", source_code="6100", department="14", target=target.pk, mark="")
    assert "was added successfully" in answer
    row = AccountRow.objects.get()
    assert (row.department, row.target, row.scope) == ("14", target, company.scope)
    assert Entry.objects.get(action="mapping.added").actor == boss
    values = {"source_code": "6100", "department": "", "target": target.pk, "mark": "", "version_seen": 1}
    browser.post(page("accountrow_change", row.pk), values)
    row.refresh_from_db()
    assert (row.department, row.version) == ("", 2)


def test_what_is_wrong_is_said_beside_the_field(browser: Client, company: Company) -> None:
    bank = company.account("090")
    answer = add(browser, "accountrow", source_code="6100", target=bank.pk, mark="")
    assert "is a bank account" in answer
    AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    answer = add(browser, "accountrow", source_code=" 6100 ", target=company.account("310").pk, mark="")
    assert "There is already a row for exactly this account code" in answer
    answer = add(browser, "accountrow", source_code="6200", target=company.account("720").pk, mark="")
    assert "Confirm that this is meant so" in answer
    answer = add(browser, "taxrow", taxes="PST", target=company.tax("NONE").pk)
    assert "needs a percentage" in answer
    assert AccountRow.objects.count() == 1


def test_two_people_at_one_row_do_not_overwrite_each_other(browser: Client, company: Company) -> None:
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    mine = {"source_code": "6100", "target": company.account("429").pk, "mark": "", "version_seen": row.version}
    row.target = company.account("425")
    row.save()
    answer = browser.post(page("accountrow_change", row.pk), mine).content.decode()
    assert "Somebody changed this row meanwhile" in answer
    assert AccountRow.objects.get().target == company.account("425")


def test_a_tracking_row_takes_the_picker_of_its_dimension(browser: Client, company: Company) -> None:
    north = company.entry("tracking_option", "North")
    assert "Choose the location" in add(browser, "trackingrow", dimension="location", department="14", target=north.pk)
    add(browser, "trackingrow", dimension="location", location="2", department="14", target=north.pk)
    assert TrackingRow.objects.get().source_key == "2"
    answer = add(browser, "trackingrow", dimension="location", location="2", target=north.pk)
    assert "has a tracking option already" in answer


def test_item_categories_are_chosen_from_the_sources_list_and_missed_aloud(browser: Client, company: Company) -> None:
    form = f"{page('accountrow_add')}?scope={company.scope.pk}"
    assert "Harbor Mills Procurify names no item category." in browser.get(form).content.decode()
    company.add(company.source, "item_category", "cat-9", "", "Steel")
    assert "names no item category" not in browser.get(form).content.decode()
    asked = {"scope": str(company.scope.pk), "list": "item_category", "term": "ste"}
    found = browser.get(reverse("admin:mappings_referenceentry_choices"), asked).json()["results"]
    assert found == [{"id": "cat-9", "text": "Steel"}]
    row = AccountRow.objects.create(
        scope=company.scope, source_code="6100", item_category="cat-9", target=company.account("310")
    )
    assert "Steel" in browser.get(page("accountrow_changelist")).content.decode()
    assert str(row) == "6100 · Steel"


def test_a_picker_says_that_the_chosen_entry_is_gone_and_offers_it_no_more(browser: Client, company: Company) -> None:
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    entry = company.account("310")
    entry.active = False
    entry.save()
    assert (
        "310 Cost of Goods Sold (archived or gone)" in browser.get(page("accountrow_change", row.pk)).content.decode()
    )
    asked = {"scope": str(company.scope.pk), "list": "account", "term": "310"}
    assert browser.get(reverse("admin:mappings_referenceentry_choices"), asked).json()["results"] == []


def test_a_gap_leads_to_the_filled_in_form_with_proposals(browser: Client, company: Company) -> None:
    """E9: the link beside a gap; the address of each proposal fills its target in."""
    company.add(company.target, "account", "acc-6100", "6100", "Workshop")
    address = links.form_for(company.scope, keys.account_key("6100", "14", "2"))
    answer = browser.get(address)
    text = answer.content.decode()
    assert answer.context["adminform"].form["source_code"].value() == "6100"
    assert "6100 Consumables" in text
    assert "same code" in text
    proposal = re.search(r'href="(\?[^"]*target=\d+[^"]*)"', text)
    assert proposal is not None
    filled = browser.get(page("accountrow_add") + proposal[1].replace("&amp;", "&"))
    assert "6100 Workshop" in filled.content.decode()


@pytest.mark.parametrize(
    "gap",
    [
        keys.tracking_key("location", "2"),
        keys.tax_key("GST 5% + PST 7%", "CAD", "CA"),
        keys.extra_cost_key("Freight & duty"),
        keys.vendor_key("318", "USD"),
        keys.rounding_key(),
    ],
    ids=lambda gap: gap.table,
)
def test_every_table_has_a_form_for_its_gaps(browser: Client, company: Company, gap: keys.LookupKey) -> None:
    assert browser.get(links.form_for(company.scope, gap)).status_code == 200


def test_a_currency_is_enabled_in_the_target_not_here(company: Company) -> None:
    assert links.form_for(company.scope, keys.currency_key("EUR")) == ""


def offered(browser: Client, company: Company, asked: str, term: str = "", page: int = 1) -> list[str]:
    query = {"scope": str(company.scope.pk), "list": asked, "term": term, "page": str(page)}
    answer = browser.get(reverse("admin:mappings_referenceentry_choices"), query)
    return [each["text"] for each in answer.json()["results"]]


def test_pickers_offer_only_what_a_row_may_take(browser: Client, company: Company) -> None:
    """A45, A67."""
    company.add(company.target, "account", "old", "311", "Old goods", active=False)
    assert offered(browser, company, "account", "goods") == ["310 Cost of Goods Sold"]
    assert offered(browser, company, "account", "bank") == []
    assert offered(browser, company, "rounding account", "round") == ["860 Rounding"]
    assert offered(browser, company, "account", "round") == []
    assert offered(browser, company, "tax rate", "vat") == ["INPUT2 VAT on Expenses"]
    assert offered(browser, company, "department", "NORTH prod") == ["Plant North / Production"]
    assert offered(browser, company, "account_code", "61") == ["6100 Consumables"]


def test_pickers_page_through_long_lists(browser: Client, company: Company) -> None:
    for number in range(25):
        company.contact(f"c-{number:02}", f"Supplier {number:02}")
    assert len(offered(browser, company, "contact", "supplier")) == 20
    assert offered(browser, company, "contact", "supplier", page=2)[-1] == "Supplier 24"


def test_pickers_refuse_strangers_and_unknown_lists(client: Client, company: Company) -> None:
    address = reverse("admin:mappings_referenceentry_choices")
    query = {"scope": str(company.scope.pk), "list": "account"}
    client.force_login(person("stranger"))
    assert client.get(address, query).status_code == 403
    client.force_login(person("clerk", "view_referenceentry"))
    assert client.get(address, query).status_code == 200
    assert client.get(address, query | {"list": "secrets"}).status_code == 404
    assert client.get(address, query | {"scope": "0"}).status_code == 404
    visibility.register(lambda user: Scope.objects.none())
    assert client.get(address, query).status_code == 404


def test_who_may_only_look_sees_names_and_no_keys(client: Client, company: Company) -> None:
    rows = fill(company)
    client.force_login(person("viewer", *(f"view_{name}" for name in LISTS)))
    for name in TABLES:
        answer = client.get(page(f"{name}_change", rows[name])).content.decode()
        main = answer[answer.index('id="content-main"') :]
        assert "Save" not in main
        assert not re.search(r">\s*(14|2|318|acc-310|opt-n|cat-region|c-1)\s*<", main), name
        assert client.get(page(f"{name}_add")).status_code == 403
        assert client.post(page(f"{name}_delete", rows[name]), {"post": "yes"}).status_code == 403


def test_history_tells_what_people_decided_in_names(browser: Client, company: Company) -> None:
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    row.department, row.target = "14", company.account("429")
    row.save()
    row.department = "15"
    row.save()
    answer = browser.get(page("accountrow_history", row.pk)).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", answer).split())
    assert "Department: nothing → Plant North / Production" in text
    assert "Department: Plant North / Production → Plant South / Production" in text
    assert "Target account: 310 Cost of Goods Sold → 429 General Expenses" in text
    assert "added, version 1 Code: 6100 Account: 310 Cost of Goods Sold" in text
    assert "the portal itself" in text
    assert not re.search(r">\s*(14|15)\s*<", answer)
    tracking = TrackingRow.objects.create(
        scope=company.scope, dimension="location", source_key="2", target=company.entry("tracking_option", "North")
    )
    tracking.source_key = "3"
    tracking.save()
    answer = browser.get(page("trackingrow_history", tracking.pk)).content.decode()
    assert "Plant South" in answer[answer.index('id="content') :]


def test_e14_the_history_of_rows_in_other_scopes_is_not_shown_deleted_ones_included(
    browser: Client, company: Company
) -> None:
    rows = fill(company)
    AccountRow.objects.get().delete()
    visibility.register(lambda user: Scope.objects.none())
    for name in (*TABLES, "scope"):
        answer = browser.get(page(f"{name}_history", rows[name]))
        assert answer.status_code in (302, 404), name
    visibility.register(lambda user: Scope.objects.all())
    assert browser.get(page("accountrow_history", rows["accountrow"])).status_code == 200


@pytest.mark.parametrize("name", TABLES)
def test_lists_show_names_instead_of_keys(browser: Client, company: Company, name: str) -> None:
    fill(company)
    answer = browser.get(page(f"{name}_changelist")).content.decode()
    table = answer[answer.index("<tbody") : answer.rindex("</table>")]
    assert not re.search(r">\s*(14|2|318|acc-310|opt-n|cat-region|c-1)\s*<", table)
    assert "Harbor Mills" in table


def test_lists_cost_the_same_queries_for_many_rows(
    browser: Client, company: Company, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    rows = [
        AccountRow(scope=company.scope, source_code=f"{number}", department="14", target=company.account("310"))
        for number in range(40)
    ]
    AccountRow.objects.bulk_create(rows)
    browser.get(page("accountrow_changelist"))
    with django_assert_max_num_queries(12):
        browser.get(page("accountrow_changelist"))


def test_people_see_only_their_scopes(browser: Client, company: Company) -> None:
    """E14."""
    rows = fill(company)
    visibility.register(lambda user: Scope.objects.none())
    for name in TABLES:
        assert "Harbor Mills" not in browser.get(page(f"{name}_changelist")).content.decode()
        assert browser.get(page(f"{name}_change", rows[name])).status_code == 302
    assert not ReferenceEntry.objects.visible_to(person("x")).exists()


def test_states_are_filtered(browser: Client, company: Company) -> None:
    fill(company)
    entry = company.account("310")
    reference.merge(company.target, "account", [replace_active(entry)])
    listed = page("accountrow_changelist")
    assert "6100" in browser.get(listed, {"state": "marked"}).content.decode()
    assert browser.get(listed, {"state": "inactive"}).context["cl"].result_count == 1
    assert browser.get(listed, {"state": "works"}).context["cl"].result_count == 0
    assert "archived or gone" in browser.get(listed).content.decode()
    assert browser.get(listed, {"scope": company.scope.pk}).context["cl"].result_count == 1


def test_rows_no_posting_was_made_with_are_filtered_once_somebody_knows(browser: Client, company: Company) -> None:
    rows = fill(company)
    listed = page("accountrow_changelist")
    usage.register(lambda table: [rows["accountrow"]] if table == "account" else [])
    try:
        assert browser.get(listed, {"state": "unused"}).context["cl"].result_count == 0
        assert browser.get(page("taxrow_changelist"), {"state": "unused"}).context["cl"].result_count == 1
    finally:
        usage._rules.clear()


def test_a_link_that_a_person_adds_is_confirmed_and_answers(browser: Client, company: Company) -> None:
    company.vendor("318", "Northgate Safety Supply")
    contact = company.contact("c-1", "Northgate Safety Supply")
    form = browser.get(page("vendorlink_add"), {"source_key": "318"}).context["adminform"].form
    assert form.initial["state"] == LinkState.CONFIRMED
    given = {"source_key": "318", "target": contact.pk, "state": form["state"].value(), "evidence": "same telephone"}
    add(browser, "vendorlink", **given)
    link = VendorLink.objects.get()
    assert link.state == LinkState.CONFIRMED
    assert link.lookup_keys()


@pytest.mark.parametrize(
    ("name", "given", "lacks"),
    [("vendorlink", {"source_key": "318", "state": "confirmed"}, "target"), ("taxrow", {"taxes": "GST 5%"}, "target")],
)
def test_a_needed_choice_that_was_not_made_is_asked_for(
    browser: Client, company: Company, name: str, given: dict[str, str], lacks: str
) -> None:
    company.vendor("318", "Northgate Safety Supply")
    answer = browser.post(page(f"{name}_add"), {"_save": "Save", **given})
    assert answer.status_code == 200
    assert lacks in answer.context["adminform"].form.errors


def test_proposed_links_are_confirmed_in_bulk_after_a_question(browser: Client, boss: User, company: Company) -> None:
    rows = fill(company)
    listed = page("vendorlink_changelist")
    asked = {"action": "confirm_links", "_selected_action": [rows["vendorlink"]]}
    answer = browser.post(listed, asked).content.decode()
    assert "1 vendor link will be used" in answer
    assert VendorLink.objects.get().state == LinkState.PROPOSED
    browser.post(listed, asked | {"confirmed": "yes"})
    link = VendorLink.objects.get()
    assert (link.state, link.version) == (LinkState.CONFIRMED, 2)
    assert Entry.objects.get(action="vendor_link.changed").actor == boss


def test_the_vendor_page_is_searched_by_either_name(browser: Client, company: Company) -> None:
    rows = fill(company)
    company.vendor("319", "Zorbax")
    other = VendorLink.objects.create(scope=company.scope, source_key="319", target=company.contact("c-9", "Delta"))
    found = browser.get(page("vendorlink_changelist"), {"q": "zorb"}).context["cl"].result_list
    assert [row.pk for row in found] == [other.pk]
    found = browser.get(page("vendorlink_changelist"), {"q": "safety north"}).context["cl"].result_list
    assert [row.pk for row in found] == [rows["vendorlink"]]


def test_deleting_from_the_list_asks_and_is_on_record(browser: Client, company: Company) -> None:
    rows = fill(company)
    asked = {"action": "delete_selected", "_selected_action": [rows["taxrow"]]}
    assert TaxRow.objects.count() == 1
    browser.post(page("taxrow_changelist"), asked)
    assert TaxRow.objects.count() == 1
    browser.post(page("taxrow_changelist"), asked | {"post": "yes"})
    assert not TaxRow.objects.exists()
    assert Entry.objects.filter(action="mapping.deleted").count() == 1


def test_reference_lists_and_companies_are_only_read(browser: Client, company: Company) -> None:
    entry = company.account("310")
    assert browser.get(page("referenceentry_add")).status_code == 403
    assert browser.post(page("referenceentry_change", entry.pk), {"name": "Mine"}).status_code == 403
    assert browser.get(page("books_add")).status_code == 403
    browser.post(page("books_change", company.source.pk), {"label": "Our Procurify", "name": "Hacked"})
    company.source.refresh_from_db()
    assert (company.source.label, company.source.name) == ("Our Procurify", "Harbor Mills")
    assert Entry.objects.filter(action="books.renamed").count() == 1
    answer = browser.get(page("books_change", company.source.pk)).content.decode()
    assert ">p1<" not in answer


def test_parts_of_a_scope_are_chosen_by_name(browser: Client, company: Company) -> None:
    """A80."""
    values = {
        "name": "Harbor Mills", "rounding_account": company.account("860").pk, "parts-TOTAL_FORMS": 1,
        "parts-INITIAL_FORMS": 0, "parts-0-part": "location:2", "parts-0-scope": company.scope.pk,
    }  # fmt: skip
    browser.post(page("scope_change", company.scope.pk), values)
    company.scope.refresh_from_db()
    assert company.scope.rounding_account == company.account("860")
    assert [part.name for part in company.scope.parts.all()] == ["Plant North"]
    other = Books.objects.create(system="xero", name="South", key_digest="x2")
    added = {"name": "South", "source_books": company.source.pk, "target_books": other.pk}
    browser.post(page("scope_add"), added)
    south = Scope.objects.get(name="South")
    again = values | {"name": "South", "rounding_account": "", "parts-0-scope": south.pk}
    answer = browser.post(page("scope_change", south.pk), again, follow=True).content.decode()
    assert "no document may belong to two companies" in answer
    assert not south.parts.exists()
    listed = browser.get(page("scope_changelist")).content.decode()
    assert "Plant North" in listed
    assert "nothing yet" in listed


def replace_active(entry: ReferenceEntry) -> ReferenceEntry:
    return ReferenceEntry(key=entry.key, code=entry.code, name=entry.name, active=False, attributes=entry.attributes)
