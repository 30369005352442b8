"""A39: an untouched draft is offered for another translation with its difference; the ledger keeps its rows."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import Flag, UsedRow, Work
from integrations.retranslation import FLAG
from mappings.models import AccountRow, ReferenceEntry, TrackingRow
from tests.world import World, line

pytestmark = pytest.mark.django_db
PAGE = "admin:integrations_record_again"


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def account(world: World, code: str) -> ReferenceEntry:
    return ReferenceEntry.objects.get(books=world.integration.target.books, kind="account", code=code)


def remap(world: World, code: str = "453") -> AccountRow:
    row = AccountRow.objects.get(source_code="6100")
    row.target = account(world, code)
    row.save()
    return row


def flagged() -> list[str]:
    open_flags = Flag.objects.filter(kind=FLAG, closed_at=None)
    return list(open_flags.order_by("record__number").values_list("record__number", flat=True))


def codes(world: World, number: str) -> set[str]:
    return {line["AccountCode"] for line in world.bill(number)["LineItems"] if line.get("AccountCode")}


def test_a39_an_untouched_draft_is_offered_with_its_difference_and_updated_on_demand(
    world: World, browser: Client
) -> None:
    for number in ("PO-1", "PO-2"):
        world.order(number)
    world.order("PO-3", lines=[line(account="6200")])
    world.run()
    row = remap(world)
    world.run()
    assert codes(world, "PO-1") == {"400"}
    assert flagged() == ["PO-1", "PO-2"]
    html = browser.get(reverse(PAGE)).content.decode()
    assert "Account: 400 Advertising → 453 Office Expenses, 500.00 USD" in html
    assert "PO-3" not in html
    chosen = {"record": [world.record("PO-1").pk]}
    asked = browser.post(reverse(PAGE), chosen).content.decode()
    assert "525.00 USD" in asked
    assert codes(world, "PO-1") == {"400"}
    browser.post(reverse(PAGE), chosen | {"confirmed": "yes"})
    world.run()
    assert codes(world, "PO-1") == {"453"}
    assert codes(world, "PO-2") == {"400"}
    assert flagged() == ["PO-2"]
    assert len(world.bills) == 3
    used = UsedRow.objects.get(posting__record=world.record("PO-1"), table="account")
    assert used.version == row.version == 2


def test_a39_what_is_in_the_ledger_keeps_its_accounts(world: World, browser: Client) -> None:
    world.order("PO-1")
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PO-1")["InvoiceID"], tenant=world.tenant)
    world.run()
    remap(world)
    assert flagged() == []
    assert "No draft differs" in browser.get(reverse(PAGE)).content.decode()
    used = UsedRow.objects.get(posting__record=world.record("PO-1"), table="account")
    assert used.version == 1


def test_a39_a_change_taken_back_takes_its_offers_back(world: World) -> None:
    world.order("PO-1")
    world.run()
    remap(world)
    assert flagged() == ["PO-1"]
    remap(world, "400")
    assert flagged() == []


def test_a39_a_narrower_row_offers_only_the_drafts_it_changes(world: World) -> None:
    world.order("PO-1")
    world.order("PO-2", lines=[line(department="Warehouse")])
    world.run()
    production = TrackingRow.objects.get(target__name="Production", source_key__in=_departments(world, "Production"))
    AccountRow.objects.create(
        scope=world.integration.scope,
        source_code="6100",
        department=production.source_key,
        target=account(world, "453"),
    )
    assert flagged() == ["PO-1"]


def test_a39_a_deleted_row_offers_its_drafts_and_says_they_would_be_held(world: World, browser: Client) -> None:
    world.order("PO-1")
    world.run()
    AccountRow.objects.get(source_code="6100").delete()
    assert flagged() == ["PO-1"]
    assert "It would be held" in browser.get(reverse(PAGE)).content.decode()


def test_a39_a_draft_somebody_touched_meanwhile_is_held_and_not_overwritten(world: World, browser: Client) -> None:
    world.order("PO-1")
    world.run()
    remap(world)
    typed = [{"Description": "As agreed", "Quantity": 1, "UnitAmount": 77, "AccountCode": "400"}]
    world.sandbox.xero.edit_bill(world.bill("PO-1")["InvoiceID"], LineItems=typed, tenant=world.tenant)
    browser.post(reverse(PAGE), {"record": [world.record("PO-1").pk], "confirmed": "yes"})
    world.run()
    record = world.record("PO-1")
    assert (record.work, record.hold_reason) == (Work.HELD, "changed-after-posting")
    assert world.bill("PO-1")["SubTotal"] == 77.0


def test_only_who_may_replay_translates_again(world: World, client: Client) -> None:
    from django.contrib.auth.models import Permission

    world.order("PO-1")
    world.run()
    remap(world)
    looks = User.objects.create_user("aude", is_staff=True)
    looks.user_permissions.set(Permission.objects.filter(codename="view_record"))
    client.force_login(looks)
    assert 'name="record"' not in client.get(reverse(PAGE)).content.decode()
    chosen = {"record": [world.record("PO-1").pk], "confirmed": "yes"}
    assert client.post(reverse(PAGE), chosen).status_code == 403
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.get(reverse(PAGE)).status_code == 403
    assert flagged() == ["PO-1"]


def _departments(world: World, ends: str) -> list[str]:
    entries = ReferenceEntry.objects.filter(books=world.integration.source.books, kind="department")
    return list(entries.filter(name__endswith=ends).values_list("key", flat=True))
