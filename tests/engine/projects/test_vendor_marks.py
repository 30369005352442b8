"""A vendor that was linked by its name bears our mark from then on: written once, and never over another's (4.2)."""

from typing import Any

import pytest
from django.utils import timezone

from integrations.engine.projects import open_lines, vendor_marks
from integrations.models import Integration, Record, RequestLine, VendorPolicy, Work
from mappings.models import ReferenceEntry
from tests.engine.projects.site import Json, Site, outcomes, settle_time, trail

pytestmark = pytest.mark.sqlite

CONTACT = "9f1cb0b2-7a30-4a5e-8a58-2f2ab8aa0001"
SYNC = "vendors/sync$"


@pytest.fixture
def order(site: Site) -> Record:
    """Of a supplier that was linked by its name, with vendors being written."""
    Integration.objects.update(vendors=VendorPolicy.BOTH)
    listed(site, site.vendor)
    return ordered(site, "PO-1")


def ordered(site: Site, number: str) -> Record:
    record = site.order(number)
    record.vendor_key = CONTACT
    record.save()
    return record


def listed(site: Site, key: str, origin: str = "") -> None:
    assert site.integration.target.books is not None
    ReferenceEntry.objects.create(
        books=site.integration.target.books, kind="contact", key=key, name="Mau Mixers", active=True,
        seen_at=timezone.now(), attributes={"external_ref": origin},
    )  # fmt: skip


def given(site: Site, *named: Record, vendor: str = "") -> None:
    with site.slice() as slice_, site.books() as books:
        vendor_marks.give(slice_, books, [(record, vendor or site.vendor) for record in named])
    for record in named:
        record.refresh_from_db()


def there(site: Site, vendor: str = "") -> Json:
    rows = site.people.collections()[f"{site.people.company().id}/vendors"].values()
    return next(row for row in rows if str(row["id"]) == (vendor or site.vendor))


def test_it_is_written_once_and_nothing_else_of_the_vendor_changes(site: Site, order: Record) -> None:
    before = there(site)
    given(site, order, ordered(site, "PO-2"))
    given(site, order)
    assert there(site) | {"updated_at": ""} == before | {"origin_id": CONTACT, "updated_at": ""}
    assert site.writes() == ["PATCH /rest/v1.0/vendors/sync"]
    assert order.work == Work.WAITING
    assert trail(order) == ["step.intended", "step.done"]
    assert ReferenceEntry.objects.get(key=site.vendor).attribute("external_ref") == CONTACT


def test_a_mark_of_another_integration_is_left_alone_though_our_list_is_old(site: Site, order: Record) -> None:
    site.people.edit_vendor(int(site.vendor), origin_id="erp:77")
    given(site, order)
    given(site, order)
    assert there(site)["origin_id"] == "erp:77"
    assert site.writes() == []
    assert sum("vendors?" in each["path"] + "?" for each in site.sandbox.log("procore")) == 1, "it is asked once"


def test_where_vendors_are_only_linked_nothing_is_written_to_them(site: Site, order: Record) -> None:
    Integration.objects.update(vendors=VendorPolicy.LINK)
    given(site, order)
    assert site.writes() == []


def test_a_mark_that_is_refused_holds_nothing_and_is_not_tried_again(site: Site, order: Record) -> None:
    """Another vendor there bears the contact's id already."""
    site.people.add_vendor("Mau Mixers (old)", origin_id=CONTACT)
    given(site, order)
    given(site, order)
    assert (order.work, there(site)["origin_id"]) == (Work.WAITING, None)
    assert outcomes() == [("vendor-mark", "refused", 1)]


def test_a_directory_that_is_closed_to_us_holds_no_order(site: Site, order: Record) -> None:
    site.people.set_permission("company_directory", "read")
    given(site, order)
    assert (order.work, outcomes()) == (Work.WAITING, [("vendor-mark", "refused", 1)])


def test_an_inactive_vendor_gets_none(site: Site, order: Record) -> None:
    site.people.edit_vendor(int(site.vendor), is_active=False)
    given(site, order)
    assert site.writes() == []


FAULTS: dict[str, tuple[Json, bool]] = {
    "lost": ({"effect": "lose_answer"}, True),
    "late": ({"effect": "status_after_commit", "status": 502}, True),
    "not done": ({"effect": "status", "status": 502}, False),
}


@pytest.mark.parametrize(("fault", "done"), FAULTS.values(), ids=FAULTS.keys())
def test_e2_without_an_answer_it_is_looked_up_before_it_is_written_again(
    site: Site, order: Record, fault: dict[str, Any], done: bool
) -> None:
    second = ordered(site, "PO-2")
    site.fails(path=SYNC, **fault)
    given(site, order)
    assert order.work == Work.DOUBT
    given(site, second)
    assert len(site.writes()) == 1, "nobody else writes it meanwhile"
    settle_time()
    with site.slice() as slice_, site.books() as books:
        found = {line.pk: bool(books.vendors_marked([CONTACT])[CONTACT]) for line in open_lines.of_record(order)}
        open_lines.settle(slice_, order, found)
    given(site, order)
    assert there(site)["origin_id"] == CONTACT
    assert len(site.writes()) == (1 if done else 2)
    assert not RequestLine.objects.filter(outcome="unknown").exists()


def test_fifty_vendors_take_one_reading_and_one_write(site: Site, order: Record) -> None:
    named = []
    for at in range(50):
        vendor = str(site.people.add_vendor(f"Supplier {at}")["id"])
        listed(site, vendor)
        record = site.order(f"PO-1{at:02}")
        record.vendor_key = f"{CONTACT[:-2]}{at:02}"
        record.save()
        named.append((record, vendor))
    before = len(site.sandbox.log("procore"))
    with site.slice() as slice_, site.books() as books:
        vendor_marks.give(slice_, books, named)
    assert site.writes() == ["PATCH /rest/v1.0/vendors/sync"]
    assert len([each for each in site.sandbox.log("procore")[before:] if "oauth" not in each["path"]]) == 2
