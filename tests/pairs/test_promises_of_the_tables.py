"""Accounts that were archived, warehouses and plants: told with both systems, checked at what Xero received."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Connection, Work
from mappings import models as tables
from mappings.models import AccountRow, ReferenceEntry
from tests import world as worlds
from tests.world import World, line, read_lists

pytestmark = pytest.mark.django_db
PLANTS = ("Plant Alpha", "Plant Beta", "Plant Gamma", "Plant Delta", "Plant Epsilon")
WAREHOUSES = ("Warehouse East", "Warehouse West", "Warehouse Harbor")
EVERYWHERE = (*PLANTS, *WAREHOUSES)


def quarter_of_an_hour_later() -> None:
    """The lists are old enough to be read again by a run that will post (E30)."""
    Connection.objects.update(lists_read_at=timezone.now() - timedelta(minutes=16))


@pytest.mark.promise(16)
def test_an_account_archived_in_xero_holds_its_bills_before_any_write_and_names_the_row_to_mend(world: World) -> None:
    account = ReferenceEntry.objects.get(books=world.integration.target.books, kind="account", code="453")
    row = AccountRow.objects.get(source_code="6200")
    row.target = account
    row.save()
    world.sandbox.xero.archive_account("453", tenant=world.tenant)
    quarter_of_an_hour_later()
    world.order("PO-1", lines=[line(account="6200")])
    world.order("PO-2", lines=[line(account="6100"), line(account="6200")])
    world.order("PO-3")
    world.run()
    assert {bill["InvoiceNumber"] for bill in world.bills} == {"PO-3"}
    for number in ("PO-1", "PO-2"):
        record = world.record(number)
        assert (record.work, record.hold_reason) == (Work.HELD, "inactive-account")
        assert "Account code 6200 is mapped to 453 Office Expenses, which is archived" in record.explanation
        assert "bill.intended" not in world.trail(number)
    assert tables.AccountRow.objects.get(pk=row.pk).marked == "inactive"
    row.refresh_from_db()
    row.target = ReferenceEntry.objects.get(books=world.integration.target.books, kind="account", code="400")
    row.save()
    world.run()
    assert len(world.bills) == 3


def stored_in(place: str) -> dict[str, object]:
    return line(department="Stores", location=place)


def mapped_places(world: World) -> None:
    """Eight places at the source, each with its option of one tracking category; every line needs one."""
    for place in EVERYWHERE:
        world.sandbox.procurify.add_location(worlds.DOMAIN, place)
        world.sandbox.procurify.add_department(worlds.DOMAIN, "Stores", place)
    world.sandbox.procurify.add_location(worlds.DOMAIN, "Plant Nowhere")
    world.sandbox.procurify.add_department(worlds.DOMAIN, "Stores", "Plant Nowhere")
    world.sandbox.xero.add_tracking_category("Site", list(EVERYWHERE), tenant=world.tenant)
    read_lists(world.integration)
    scope = world.integration.scope
    here = ReferenceEntry.objects.filter(books=scope.source_books, kind="location")
    there = ReferenceEntry.objects.filter(books=scope.target_books)
    for place in EVERYWHERE:
        tables.TrackingRow.objects.create(
            scope=scope,
            dimension="location",
            source_key=here.get(name=place).key,
            target=there.get(kind="tracking_option", name=place),
        )
    category = there.get(kind="tracking_category", name="Site")
    tables.RequiredDimension.objects.create(scope=scope, category=category, dimension="location")


@pytest.mark.promise(17)
def test_three_warehouses_and_five_plants_reach_their_category_and_an_unmapped_one_is_held(world: World) -> None:
    mapped_places(world)
    for number, place in enumerate(EVERYWHERE):
        world.order(f"PO-{number}", lines=[stored_in(place), stored_in(place)])
    world.order("PO-X", lines=[stored_in("Plant Alpha"), stored_in("Plant Nowhere")])
    world.run()
    for number, place in enumerate(EVERYWHERE):
        booked = [each for each in world.bill(f"PO-{number}")["LineItems"] if each.get("AccountCode")]
        sites = [{one["Name"]: one["Option"] for one in each["Tracking"]}["Site"] for each in booked]
        assert sites == [place, place]
    record = world.record("PO-X")
    assert (record.work, record.hold_reason) == (Work.HELD, "missing-mapping")
    assert "Location Plant Nowhere on “Nitrile gloves M” has no option of Site" in record.explanation
    assert "bill.intended" not in world.trail("PO-X")
