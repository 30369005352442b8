"""The whole contractor, run through both of its days and checked by a reckoning that shares nothing with the portal."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Integration, ProjectSettings, Record, VendorPolicy
from integrations.places import lines as places
from integrations.places import with_place
from integrations.sandbox.contractor import bill_cases, books, events, order_cases
from integrations.sandbox.contractor.bill_cases import ORDERED_BY, PLAIN_ORDERS
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS
from tests.contract.specifications import complaints
from tests.pairs.xero_procore.compared import differences
from tests.pairs.xero_procore.ledger import Setting
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.reckoning import reckon

pytestmark = pytest.mark.django_db(transaction=True)

Place = tuple[str, str]
Stories = dict[str, Place]
STANDS = {"draft": "done", "ledger": "done"}
FLOWS = {"bill": "bills", "order": "purchase-orders"}


def places_of(northline: Northline, flow: str) -> Stories:
    """Place and reason of every record by the id in Xero."""
    found = with_place(Record.objects.filter(integration=northline.integration, flow=flow).select_related("document"))
    return {each.document.source_id: (STANDS.get(each.place, each.place), each.hold_reason) for each in found}


def orders_by_number(northline: Northline) -> Stories:
    found, shelf = places_of(northline, "purchase-orders"), northline.sandbox.xero.organisation(books.TENANT)
    return {shelf.purchase_orders.rows[key]["PurchaseOrderNumber"]: place for key, place in found.items()}


def first_orders() -> Stories:
    """Where the tables say that orders end on the first day, the good ones among them."""
    told = {ORDER_NUMBERS[case.id]: (case.place, case.reason) for case in order_cases.CASES}
    told |= dict.fromkeys(PLAIN_ORDERS, ("done", ""))
    for bill in bill_cases.CASES:
        if bill.order is not None:
            told[ORDERED_BY[bill.id]] = (bill.order_place, "over-budget" if bill.order_place == "held" else "")
    return told


def later_orders() -> Stories:
    told = {ORDER_NUMBERS[case.id]: (case.later_place, case.later_reason) for case in order_cases.CASES
            if case.later_place}  # fmt: skip
    return told | {ORDERED_BY["bill-order-changes"]: ("done", "changed-after-posting")}


def bills(northline: Northline, *, later: bool) -> tuple[Stories, Stories]:
    """Of every awkward bill that bills an order of its own: where it is, and where the tables say it is."""
    found, told = {}, {}
    stand = places_of(northline, "bills")
    for case in bill_cases.CASES:
        if case.order is None or (later and not case.later_place):
            continue
        bill = events.bill_of(northline.sandbox, ORDERED_BY[case.id])
        found[case.id] = stand[bill["InvoiceID"]]
        told[case.id] = (case.later_place, case.later_reason) if later else (case.place, case.reason)
    return found, told


def setting(northline: Northline, **more: Any) -> Setting:
    return Setting(northline.integration.start_date, **more)


@pytest.fixture
def when_paid(northline: Northline) -> Northline:
    ProjectSettings.objects.filter(integration=northline.integration).update(trigger="paid")
    makes_vendors(northline)
    return northline


def makes_vendors(northline: Northline) -> None:
    Integration.objects.filter(pk=northline.integration.pk).update(
        vendors=VendorPolicy.BOTH, new_vendors_need_approval=False
    )


@pytest.mark.promise(1)
@pytest.mark.promise(2)
@pytest.mark.promise(7)
@pytest.mark.promise(8)
@pytest.mark.promise(50)
def test_everything_ends_where_it_must_and_stands_to_the_cent(when_paid: Northline, api_facts: Path) -> None:
    northline = when_paid
    assert not northline.run().failure
    assert orders_by_number(northline) == first_orders()
    found, told = bills(northline, later=False)
    assert found == told
    assert differences(northline.sandbox, reckon(northline.sandbox, setting(northline))) == []
    changed = northline.sandbox.xero.purchase_order(ORDERED_BY["bill-order-changes"], tenant=books.TENANT)
    northline.sandbox.play("contractor/all")
    northline.later(hours=25)
    Record.objects.filter(not_before__isnull=False).update(not_before=timezone.now())
    assert not northline.run().failure
    stand = orders_by_number(northline)
    assert {number: stand[number] for number in later_orders()} == later_orders()
    found, told = bills(northline, later=True)
    assert found == told
    as_billed = {changed["PurchaseOrderID"]: changed}
    assert differences(northline.sandbox, reckon(northline.sandbox, setting(northline, as_billed=as_billed))) == []
    for line in places(Integration.objects.all()):
        assert line.adds_up
        assert "lost" not in line.places
    assert northline.written() == []
    for slug, api in (("xero", "/api.xro/"), ("procore", "/rest/")):
        asked = [each for each in northline.sandbox.log(slug) if each["path"].startswith(api)]
        assert {told for each in asked for told in complaints(slug, each, api_facts)} == set()


@pytest.mark.sqlite
@pytest.mark.promise(11)
@pytest.mark.promise(13)
def test_a_second_run_writes_nothing_and_a_new_supplier_is_one_vendor(northline: Northline) -> None:
    makes_vendors(northline)
    northline.run()
    vendors = [each["name"] for each in northline.sandbox.procore.collections()["vendors"].values()]
    assert vendors.count("Sound Plumbing & Heating") == 1
    made = next(
        each for each in northline.sandbox.procore.collections()["vendors"].values()
        if each["name"] == "Sound Plumbing & Heating"
    )  # fmt: skip
    assert (made["address"], made["city"], made["business_phone"]) == (
        "18 Sound View Drive", "Kirkland", "425 555 0209",
    )  # fmt: skip
    before = len(northline.sandbox.log("procore"))
    northline.later(hours=25)
    northline.run()
    since = [each for each in northline.sandbox.log("procore")[before:] if each["path"].startswith("/rest/")]
    assert {each["method"] for each in since} <= {"GET"}
