"""Purchase orders in the Xero stand-in: their moves, their numbers, and what a bill remembers of them."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.xero.problems import Refused
from tests.sandbox.xero_office import Json, XeroOffice, line, xero_office

SUPPLIER = "Delta Steel Ltd"


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


def order(office: XeroOffice, number: str, contact: str = SUPPLIER, **fields: object) -> Json:
    made: Json = office.xero.add_purchase_order(contact, [line(**fields)], number=number)
    return made


def move(office: XeroOffice, held: Json, status: str) -> None:
    office.xero.edit_purchase_order(held["PurchaseOrderID"], Status=status)


def test_an_order_moves_as_people_move_it_and_no_other_way(office: XeroOffice) -> None:
    held = office.xero.add_purchase_order(SUPPLIER, [line()], number="PO-1", status="DRAFT")
    for status in ("SUBMITTED", "DRAFT", "AUTHORISED", "BILLED"):
        move(office, held, status)
    for status in ("DELETED", "DRAFT"):
        with pytest.raises(Refused, match="not of valid status"):
            move(office, held, status)


def test_a_deleted_order_stays_in_the_list_and_comes_with_the_changes(office: XeroOffice) -> None:
    held = order(office, "PO-1")
    seen = f"{office.sandbox.clock.now():%Y-%m-%dT%H:%M:%S}"
    office.sandbox.clock.forward(minutes=5)
    move(office, held, "DELETED")
    rows = office.rows("PurchaseOrders", {"If-Modified-Since": seen})
    assert [(row["PurchaseOrderNumber"], row["Status"]) for row in rows] == [("PO-1", "DELETED")]
    assert office.rows(f"PurchaseOrders/{held['PurchaseOrderID']}")[0]["Status"] == "DELETED"


def test_a_number_is_given_once(office: XeroOffice) -> None:
    order(office, "PO-1")
    with pytest.raises(Refused, match="must be unique"):
        order(office, "po-1")


def test_where_has_no_effect_on_orders(office: XeroOffice) -> None:
    order(office, "PO-1")
    assert len(office.rows("PurchaseOrders", where='PurchaseOrderNumber=="PO-9"')) == 1


def test_orders_copied_to_a_bill_leave_nothing_but_their_numbers(office: XeroOffice) -> None:
    orders = [order(office, "PO-1"), order(office, "PO-2", UnitAmount=50)]
    bills = office.xero.bill_purchase_orders(["PO-1", "PO-2"])
    row = office.rows(f"Invoices/{bills[0]['InvoiceID']}")[0]
    assert (row["InvoiceNumber"], row["Status"], row["SubTotal"]) == ("PO-1, PO-2", "DRAFT", 150.0)
    assert not any(held["PurchaseOrderID"] in str(row) for held in orders)
    assert {each["Status"] for each in office.rows("PurchaseOrders")} == {"BILLED"}


def test_one_bill_per_supplier_and_the_number_may_be_typed_over(office: XeroOffice) -> None:
    office.xero.add_contact("Kite Ltd")
    order(office, "PO-1")
    order(office, "PO-2", "Kite Ltd")
    bills = office.xero.bill_purchase_orders(["PO-1", "PO-2"], billed=False, number="INV 77")
    assert [bill["Contact"]["Name"] for bill in bills] == [SUPPLIER, "Kite Ltd"]
    assert {bill["InvoiceNumber"] for bill in bills} == {"INV 77"}
    assert {each["Status"] for each in office.rows("PurchaseOrders")} == {"AUTHORISED"}


def test_a_discount_is_folded_into_the_line_of_the_bill(office: XeroOffice) -> None:
    held = order(office, "PO-1", Quantity=3, UnitAmount=10.1234, DiscountRate=10)
    bill = office.xero.bill_purchase_orders(["PO-1"])[0]
    assert bill["SubTotal"] == held["SubTotal"] == 27.33


def test_only_approved_orders_are_copied_and_at_most_25(office: XeroOffice) -> None:
    draft = office.xero.add_purchase_order(SUPPLIER, [line()], number="PO-0", status="DRAFT")
    with pytest.raises(Refused, match="approved"):
        office.xero.bill_purchase_orders([draft["PurchaseOrderID"]])
    many = [order(office, f"PO-{each}")["PurchaseOrderID"] for each in range(1, 27)]
    with pytest.raises(Refused, match="25"):
        office.xero.bill_purchase_orders(many)
