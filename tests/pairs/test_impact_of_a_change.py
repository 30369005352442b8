"""A change of a table says first what it would do: what waits, money from account to account, drafts, the ledger."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from integrations.models import Posting, Standing, Work
from mappings import impact
from mappings.models import AccountRow, ReferenceEntry, TrackingRow
from tests.world import World, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def browser(root: User, client: Client) -> Client:
    client.force_login(root)
    return client


def account(world: World, code: str) -> ReferenceEntry:
    return ReferenceEntry.objects.get(books=world.integration.target.books, kind="account", code=code)


def form_of(row: AccountRow, **more: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "source_code": row.source_code,
        "target": row.target_id or "",
        "version_seen": row.version,
    }
    return fields | {"department": row.department, "location": row.location, "item_category": "", "mark": ""} | more


def busy(world: World) -> AccountRow:
    """One order in the ledger, one as an untouched draft, two that wait for posting to be switched on."""
    world.order("PO-LEDGER")
    world.order("PO-DRAFT", lines=[line(price="25.00")])
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PO-LEDGER")["InvoiceID"], tenant=world.tenant)
    world.run()
    assert Posting.objects.get(number="PO-LEDGER").standing == Standing.LEDGER
    world.integration.trial = True
    world.integration.save()
    world.order("PO-1")
    world.order("PO-2", lines=[line(), line(account="6200", price="1.00")])
    world.run()
    assert world.record("PO-1").work == Work.WAITING
    return AccountRow.objects.get(source_code="6100")


def test_a39_a_changed_row_moves_what_waits_and_offers_untouched_drafts(world: World, root: User) -> None:
    row = busy(world)
    with impact.trying([row.scope]) as trial:
        row.target = account(world, "453")
        row.save()
    (found,) = trial.impacts(root)
    moved = {(each.kind, each.before, each.after, each.written, each.documents) for each in found.moved}
    assert moved == {("account", "400 Advertising", "453 Office Expenses", "1,000.00 USD", 2)}
    assert found.drafts.written == ["1,050.00 USD"]
    assert found.ledger.written == ["525.00 USD"]
    assert not found.released
    assert AccountRow.objects.get(source_code="6100").target == account(world, "400")


def test_a39_the_form_asks_first_and_saves_only_after_a_yes(world: World, browser: Client) -> None:
    row = busy(world)
    page = reverse("admin:mappings_accountrow_change", args=[row.pk])
    asked = browser.post(page, form_of(row, target=account(world, "453").pk)).content.decode()
    assert "Before it is saved" in asked
    assert "400 Advertising" in asked
    assert "453 Office Expenses" in asked
    assert "1,000.00 USD" in asked
    assert "They keep the accounts they were posted with." in asked
    row.refresh_from_db()
    assert row.target == account(world, "400")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
    saved = browser.post(page, hidden, follow=True)
    row.refresh_from_db()
    assert row.target == account(world, "453")
    assert "Before it is saved" not in saved.content.decode()


def test_a_yes_to_other_figures_is_no_yes(world: World, browser: Client) -> None:
    row = busy(world)
    page = reverse("admin:mappings_accountrow_change", args=[row.pk])
    asked = browser.post(page, form_of(row, target=account(world, "453").pk)).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
    world.order("PO-3")
    world.run()
    again = browser.post(page, hidden).content.decode()
    assert "1,500.00 USD" in again
    row.refresh_from_db()
    assert row.target == account(world, "400")


def test_a_narrower_row_takes_its_lines_from_the_wider_one(world: World, root: User) -> None:
    busy(world)
    department = TrackingRow.objects.get(dimension="department", target__name="Production")
    scope = world.integration.scope
    with impact.trying([scope]) as trial:
        AccountRow.objects.create(
            scope=scope, source_code="6100", department=department.source_key, target=account(world, "453")
        )
    (found,) = trial.impacts(root)
    assert found.drafts.written == ["1,050.00 USD"]
    assert [each.after for each in found.moved] == ["453 Office Expenses"]


def test_deleting_a_row_says_what_would_be_held(world: World, browser: Client) -> None:
    row = busy(world)
    page = browser.get(reverse("admin:mappings_accountrow_delete", args=[row.pk])).content.decode()
    assert "Waiting, would be held" in page
    assert "2 records" in page
    assert AccountRow.objects.filter(pk=row.pk).exists()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    several = browser.post(reverse("admin:mappings_accountrow_changelist"), chosen).content.decode()
    assert "Waiting, would be held" in several
    done = browser.post(reverse("admin:mappings_accountrow_changelist"), chosen | {"post": "yes"})
    assert done.status_code == 302
    assert not AccountRow.objects.filter(pk=row.pk).exists()


def test_filling_a_gap_asks_nothing_and_lets_go_at_once(world: World, browser: Client) -> None:
    world.order("PO-1", lines=[line(account="6300")])
    world.run()
    page = f"{reverse('admin:mappings_accountrow_add')}?scope={world.integration.scope_id}"
    blank = AccountRow(scope=world.integration.scope, source_code="6300")
    said = browser.post(page, form_of(blank, target=account(world, "400").pk, version_seen=""), follow=True)
    assert "1 record that waited goes on." in said.content.decode()


def test_no_change_has_no_impact(world: World, root: User) -> None:
    with impact.trying([world.integration.scope]) as trial:
        pass
    assert trial.impacts(root) == []


def test_an_imports_preview_sums_what_all_its_rows_would_do(world: World, browser: Client) -> None:
    busy(world)
    rows = "set of tables,account code,target account\nHarbor Mills,6100,453\nHarbor Mills,6200,453\n"
    file = SimpleUploadedFile("accounts.csv", rows.encode(), content_type="text/csv")
    page = reverse("admin:mappings_accountrow_import_rows")
    html = browser.post(page, {"file": file}).content.decode()
    assert "2 to change" in html
    assert "1,040.00 USD" in html
    assert "453 Office Expenses" in html
    assert not AccountRow.objects.filter(target=account(world, "453")).exists()


def test_a39_with_more_documents_than_are_tried_the_figures_are_called_an_estimate(
    world: World, root: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = busy(world)
    world.order("PO-DRAFT-2")
    monkeypatch.setattr("integrations.impact.MOST_TRIED", 1)
    address = reverse("admin:mappings_accountrow_change", args=[row.pk])
    page = browser.post(address, form_of(row, target=account(world, "453").pk)).content.decode()
    assert "This is an estimate, a lower limit." in page
    assert "1 more wait and were not" in page
