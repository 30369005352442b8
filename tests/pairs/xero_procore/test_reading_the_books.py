"""What the books hold of suppliers, read into records: all of it, by as few calls as there are lists (E32)."""

from datetime import timedelta

import pytest

from integrations.models import Integration, Record, SourceDocument, Work
from integrations.places import lines
from integrations.sandbox.contractor import books
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS
from tests.pairs.xero_procore.northline import Json, Northline

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own

LISTS = ("/PurchaseOrders", "/Invoices")


def stored(northline: Northline, shelf: str) -> list[Json]:
    return list(northline.sandbox.xero.collections()[f"{books.TENANT}/{shelf}"].values())


def test_every_order_and_bill_becomes_a_record_and_the_counts_add_up(northline: Northline) -> None:
    Integration.objects.update(trial=True)
    northline.run()
    found = {line.flow: line for line in lines(Integration.objects.all())}
    assert found["purchase-orders"].read.count == len(stored(northline, "purchase_orders"))
    assert found["bills"].read.count == len(stored(northline, "invoices"))
    assert all(line.adds_up for line in found.values())
    assert northline.written() == []


def test_e32_a_page_of_whole_documents_is_one_call_and_nothing_is_read_twice(northline: Northline) -> None:
    Integration.objects.update(trial=True)
    northline.run()
    assert [len(northline.asked(part)) for part in LISTS] == [1, 1]
    documents = SourceDocument.objects.filter(feed__in=["supplier-orders", "supplier-bills"])
    assert not documents.filter(detail="").exists()
    assert not documents.filter(detail_due=True).exists()


def test_a_poll_asks_for_what_changed_since_the_last_one(northline: Northline) -> None:
    northline.only(ORDER_NUMBERS["order-draft"]).run()
    some = next(row for row in stored(northline, "purchase_orders") if row["Status"] == "DRAFT")
    northline.sandbox.xero.edit_purchase_order(some["PurchaseOrderID"], tenant=books.TENANT, Status="SUBMITTED")
    northline.later(minutes=16)
    northline.run()
    asked = northline.asked("/PurchaseOrders")
    assert len(asked) == 2
    assert "If-Modified-Since" in {name.title() for name in asked[-1]["headers"]}
    assert "submitted" in northline.record(some["PurchaseOrderNumber"]).explanation


def test_once_a_day_the_last_day_is_read_once_more_whatever_the_cursor_says(northline: Northline) -> None:
    """A change that was stamped late is found then (A101)."""
    northline.only(ORDER_NUMBERS["order-draft"]).run()
    late = northline.sandbox.clock.now() - timedelta(hours=20)
    some = stored(northline, "purchase_orders")[0]
    line = {"Description": "Late", "Quantity": 1, "UnitAmount": 10, "AccountCode": "310"}
    northline.sandbox.xero.add_purchase_order(
        some["Contact"]["ContactID"], [line], number="LATE-1", tenant=books.TENANT, updated=late
    )
    northline.later(minutes=16)
    northline.run()
    assert not Record.objects.filter(number="LATE-1").exists()
    northline.later(hours=24)
    northline.run()
    assert Record.objects.filter(number="LATE-1").exists()


def test_a_document_that_cannot_be_read_is_held_by_its_field(northline: Northline) -> None:
    northline.only(ORDER_NUMBERS["order-draft"])
    shelf = northline.sandbox.xero.organisation(books.TENANT).purchase_orders
    some = next(iter(shelf.rows.values()))
    shelf.put({**some, "Status": "LOST"})
    northline.run()
    record = Record.objects.get(document__source_id=some["PurchaseOrderID"])
    assert (record.work, record.hold_reason) == (Work.HELD, "invalid-source")
    assert record.explanation.endswith("Status is none that Xero documents.")
