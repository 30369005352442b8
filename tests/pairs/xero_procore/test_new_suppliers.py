"""Suppliers that Procore does not have yet, from the contractor's books, over real HTTP (A70)."""

import pytest

from integrations.models import Posting, Record, VendorPolicy, Work
from integrations.sandbox.contractor.order_cases import ORDERS
from mappings.models import VendorLink
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # the whole contractor runs on PostgreSQL in test_company.py


def numbers_of(case: str) -> list[str]:
    return [number for number, each in ORDERS.items() if each.id.startswith(case)]


def test_two_orders_of_a_new_supplier_make_one_vendor_and_stand(northline: Northline) -> None:
    northline.integration.vendors = VendorPolicy.BOTH
    northline.integration.save()
    numbers = numbers_of("order-new-supplier")
    northline.only(*numbers).run()
    records = [northline.record(number) for number in numbers]
    assert len(records) == 2
    assert [record.work for record in records] == [Work.DONE, Work.DONE]
    assert len({record.vendor_name for record in records}) == 1
    (posting,) = Posting.objects.filter(kind="project-vendor", record__in=records)
    link = VendorLink.objects.get(scope=northline.integration.scope, target__key=posting.target_id)
    procore = northline.sandbox.procore
    vendors = procore.collections()[f"{procore.company().id}/vendors"]
    (made,) = [each for each in vendors.values() if each["origin_id"] == link.source_key]
    assert [each["name"] for each in vendors.values()].count(records[0].vendor_name) == 1
    assert made["name"] == records[0].vendor_name
    assert northline.written() == []


def test_where_vendors_are_only_linked_the_orders_wait_for_a_person(northline: Northline) -> None:
    new = numbers_of("order-new-supplier")
    known = [*numbers_of("order-two-vendors-of-the-name"), *numbers_of("order-inactive-vendor")]
    northline.only(*new, *known).run()
    (first, *_) = (northline.record(number) for number in new)
    assert (first.work, first.hold_reason) == (Work.HELD, "missing-vendor")
    assert not Posting.objects.filter(kind="project-vendor").exists()
    assert len(known) == 2
    for number in known:
        assert Record.objects.get(number=number).hold_reason == ORDERS[number].reason
