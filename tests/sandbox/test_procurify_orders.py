"""Orders, bills and vendors at Procurify: what people do there, and what it comes to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.procurify_office import DOMAIN, GST, ORDERS, Json, ProcurifyOffice, line


def detail(procurify: ProcurifyOffice, key: int | str) -> Json:
    found: Json = procurify.data(f"/api/v2/purchase_orders/{key}/")
    return found


class TestOrders:
    def test_the_totals_of_the_published_sample_come_out(self, procurify: ProcurifyOffice) -> None:
        order = procurify.order("PF1041", freight=35)
        assert (order["procurify_PO"], order["subtotal"], order["freight"]) == (1041, "889.00", "35.000000")
        assert (order["tax"], order["total"]) == ({"value": 44.45, "type": "amount"}, "968.45")
        first = order["order_items"][0]
        assert (first["price"], first["quantity"], first["total_cost"]) == ("12.50000000", 40.0, "500.00")
        assert first["tax_amount"] == "25.00000000"
        assert first["taxes"] == [{"id": 1, "type": "percent", "value": "5.00000000", "name": "GST"}]
        assert detail(procurify, 1041) == order == detail(procurify, order["uuid"])

    @pytest.mark.parametrize(
        ("given", "total"),
        [
            ({"discount": "50"}, "883.45"),
            ({"discount": {"percentage": 10}}, "844.55"),
            ({"tax": {"percentage": 10}}, "977.90"),
            ({"tax": 0, "other": "12.345"}, "901.35"),
            ({"total": "1000"}, "1000.00"),
        ],
    )
    def test_the_total_follows_from_what_is_on_the_header(
        self, procurify: ProcurifyOffice, given: Json, total: str
    ) -> None:
        assert procurify.order(**given)["total"] == total

    def test_sub_cent_prices_round_per_line(self, procurify: ProcurifyOffice) -> None:
        order = procurify.order(lines=[line(price="0.01234567", quantity=5000), line(price="0.0375", quantity=1237)])
        assert [each["total_cost"] for each in order["order_items"]] == ["61.73", "46.39"]
        assert order["order_items"][0]["price"] == "0.01234567"

    def test_tax_rounds_per_tax_and_a_typed_one_stays(self, procurify: ProcurifyOffice) -> None:
        both = [{"name": "GST", "percent": 5}, {"name": "PST", "percent": 7}]
        order = procurify.order(
            lines=[line(price="10.10", taxes=both), line(price=100, taxes=GST, tax_amount="7"), line(price=1, taxes=[])]
        )
        assert [Decimal(each["tax_amount"]) for each in order["order_items"]] == [
            Decimal("1.22"),
            Decimal(7),
            Decimal(0),
        ]

    def test_a_split_line_names_every_department(self, procurify: ProcurifyOffice) -> None:
        parts = [{"department": "Production", "percent": 60}, {"department": "Warehouse", "amount": "155.60"}]
        (item,) = procurify.order(lines=[line(price=389, allocations=parts)])["order_items"]
        found = [(part["amount"], part["account"]["department"]["name"]) for part in item["spend_allocation"]]
        assert found == [("233.40000000", "Production"), ("155.60000000", "Warehouse")]
        assert item["spend_allocation"][0]["account"]["department"]["branch"]["name"] == "Plant North"

    def test_the_same_line_is_flat_with_text_and_ids_in_the_list_of_items(self, procurify: ProcurifyOffice) -> None:
        order = procurify.order("PF1")
        row = procurify.data("/api/v3/order-items/")[0]
        assert (row["quantity"], row["receivedPassQty"]) == ("40.00000", "0.00000")
        assert row["account"] == order["order_items"][0]["account"]["id"]
        assert (row["purchase_order"], row["pref_vendor"], row["currency"]) == (1, 318, 3)

    def test_an_order_changes_by_versions_and_keeps_the_ids_of_its_lines(self, procurify: ProcurifyOffice) -> None:
        before = procurify.order("PF1", date=date(2026, 5, 1))
        after = procurify.stand_in.change_order(
            DOMAIN, "PF1", lines=[line(quantity=2), line("Jack", 10), line("New", 5)], freight="9.99"
        )
        assert (before["version"], after["version"], after["most_recent_version"]) == (1, 2, 2)
        assert after["total"] == "51.99"
        assert [each["id"] for each in after["order_items"]][:2] == [each["id"] for each in before["order_items"]]
        assert (after["date"], after["uuid"]) == (before["date"], before["uuid"])
        assert after["last_modified"] > before["last_modified"]
        assert procurify.numbers(modified_date_0=after["last_modified"][:10]) == ["PF1"]

    def test_receiving_is_noted_per_line_and_closes_what_is_complete(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        part = procurify.stand_in.receive(DOMAIN, "PF1", {1: 15})
        assert (part["fulfilment_status"], part["state"]) == ("partial", 0)
        assert [each["receivedPassQty"] for each in part["order_items"]] == [15.0, 0.0]
        full = procurify.stand_in.receive(DOMAIN, "PF1")
        assert (full["fulfilment_status"], full["state"]) == ("full", 3)
        assert [each["pass_quantity"] for each in procurify.data("/api/v3/receipt/items/")] == [
            "15.00000",
            "25.00000",
            "1.00000",
        ]

    def test_a_received_order_that_is_revised_keeps_what_was_received(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        procurify.stand_in.receive(DOMAIN, "PF1", {1: 15})
        changed = procurify.stand_in.change_order(DOMAIN, "PF1", comment="urgent")
        assert changed["order_items"][0]["receivedPassQty"] == 15.0
        assert (changed["fulfilment_status"], changed["comment"]) == ("partial", "urgent")

    def test_an_order_is_cancelled_closed_reopened_and_paid(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        stand_in = procurify.stand_in
        moves = (stand_in.cancel_order, stand_in.reopen_order, stand_in.close_order, stand_in.mark_order_paid)
        assert [move(DOMAIN, "PF1")["state"] for move in moves] == [1, 5, 3, 4]
        assert stand_in.change_order(DOMAIN, "PF1", freight=1)["state"] == 4

    def test_the_requisition_behind_an_order_is_listed(self, procurify: ProcurifyOffice) -> None:
        order = procurify.order("PF1")
        (requisition,) = procurify.data("/api/v2/global/orders/")
        assert requisition["num"] == order["order_items"][0]["orderNum"]
        assert (requisition["totalPrice"], requisition["status"], requisition["lineCount"]) == ("889.00", 3, 2)

    def test_a_card_paid_and_a_blanket_order_say_so(self, procurify: ProcurifyOffice) -> None:
        card = procurify.order(creditcard=True)
        blanket = procurify.order(lines=[line(type="blanket")])
        assert card["creditcard"]["number"] == "4242"
        assert (blanket["has_blanket_order_items"], blanket["order_items"][0]["type"]) == (True, 2)

    def test_who_approved_is_told_where_it_is_known(self, procurify: ProcurifyOffice) -> None:
        silent = procurify.order(approved_by="")
        told = procurify.order(approved_by="Ana Petrov", requester="Tom Okafor")
        assert silent["order_items"][0]["approval_history"] == []
        (step,) = told["order_items"][0]["approval_history"]
        assert step["user"]["lastName"] == "Petrov"
        assert told["order_items"][0]["requester"]["lastName"] == "Okafor"

    def test_a_record_put_by_a_test_is_sent_as_it_is(self, procurify: ProcurifyOffice) -> None:
        """Bad input: wrong types, missing fields, nonsense."""
        order = procurify.order("PF1")
        procurify.stand_in.put(f"{DOMAIN}/purchase_orders", {**order, "total": {"odd": 1}, "order_items": "none"})
        procurify.stand_in.put(f"{DOMAIN}/purchase_orders", {"procurify_PO": 77, "number": None})
        assert detail(procurify, 1)["order_items"] == "none"
        rows = {row["procurify_PO"]: row for row in procurify.data(ORDERS)}
        assert (rows[1]["total"], rows[77]["number"]) == ({"odd": 1}, None)
        with pytest.raises(KeyError):
            procurify.stand_in.put(f"{DOMAIN}/nothing", {})

    def test_many_orders_are_whole_orders(self, procurify: ProcurifyOffice) -> None:
        made = procurify.stand_in.many_orders(DOMAIN, 1000, lines=3, days=20)
        assert procurify.paging(ORDERS)["count"] == 1000
        first, last = detail(procurify, made["first"][2:]), detail(procurify, made["last"][2:])
        ids = [line["id"] for order in (first, last) for line in order["order_items"]]
        assert len(set(ids)) == 6
        assert {first["uuid"]} != {last["uuid"]}
        assert [line["purchase_order"] for line in last["order_items"]] == [last["procurify_PO"]] * 3
        assert detail(procurify, last["uuid"]) == last
        total = sum(Decimal(each["total_cost"]) + Decimal(each["tax_amount"]) for each in last["order_items"])
        assert Decimal(last["total"]) == total

    def test_one_of_many_orders_can_be_changed(self, procurify: ProcurifyOffice) -> None:
        made = procurify.stand_in.many_orders(DOMAIN, 50)
        changed = procurify.stand_in.change_order(DOMAIN, made["last"], lines=[line()])
        assert (changed["number"], changed["version"], changed["total"]) == (made["last"], 2, "13.13")
        assert procurify.paging(ORDERS)["count"] == 50


class TestBills:
    def test_a_bill_of_the_whole_order_comes_to_its_total(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1", freight=35)
        bill = procurify.stand_in.add_bill(DOMAIN, orders=["PF1"], invoice_number="INV-88213")
        assert (bill["subtotal_cost"], bill["total_cost"], bill["tax_amount"]) == (889.0, 924.0, 44.45)
        assert bill["total_cost_with_tax"] == bill["invoice_total"] == 968.45
        assert [step["status"] for step in bill["bill_statuses"]] == [0, 1, 2]
        assert bill["costs"][0]["name"] == "Freight"
        assert bill["added_purchase_orders"][0]["number"] == "PF1"
        assert bill["items"][0]["orderitem"]["orderNum"] is not None

    def test_two_halves_of_an_order_are_two_bills_and_a_credit_is_negative(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        totals = [
            procurify.stand_in.add_bill(DOMAIN, orders=["PF1"], share=share)["total_cost_with_tax"]
            for share in ("0.5", "0.5", "-0.25")
        ]
        assert totals == [466.73, 466.73, -233.36]

    def test_a_bill_moves_to_paid_with_its_payment_and_back_when_that_fails(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        procurify.order("PF2")
        stand_in = procurify.stand_in
        for at in (1, 2):
            stand_in.add_bill(DOMAIN, orders=[f"PF{at}"], invoice_number=f"INV-{at}")
        payment = stand_in.add_payment(DOMAIN, ["INV-1", "INV-2"])
        assert (payment["amount"], len(payment["bill_groups"])) == ("1866.90", 2)
        paid = stand_in.bill(DOMAIN, "INV-1")
        assert (paid["status"], paid["bill_payment"]["amount"]) == (4, "933.45000000")
        old = procurify.data("/api/v2/ap/payments/")
        assert [share["amount"] for share in old[0]["bill_payments"]] == ["933.45000000", "933.45000000"]
        stand_in.move_payment(DOMAIN, payment["id"], "failed")
        again = stand_in.bill(DOMAIN, "INV-1")
        assert (again["status"], again["bill_payment"]) == (2, None)

    @pytest.mark.parametrize("same_uuid", [True, False])
    def test_a_fixed_bill_is_a_new_version_of_its_group(self, procurify: ProcurifyOffice, same_uuid: bool) -> None:
        procurify.order("PF1")
        before = procurify.stand_in.add_bill(DOMAIN, orders=["PF1"], invoice_number="INV-1")
        after = procurify.stand_in.fix_bill(DOMAIN, "INV-1", same_uuid=same_uuid, invoice_number="INV-1A")
        assert (after["version"], after["status"], after["group"]) == (2, 2, before["group"])
        assert (after["uuid"] == before["uuid"]) is same_uuid
        assert [each["version"] for each in after["version_choices"]] == [1, 2]
        gone = procurify.get(f"/api/v2/ap/bills/{before['uuid']}/").status_code
        assert gone == (200 if same_uuid else 404)

    def test_a_deleted_bill_vanishes(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        bill = procurify.stand_in.add_bill(DOMAIN, orders=["PF1"])
        procurify.stand_in.delete_bill(DOMAIN, bill["uuid"])
        assert procurify.data("/api/v3/ap/bills/") == []
        assert procurify.get(f"/api/v2/ap/bills/{bill['uuid']}/").status_code == 404

    def test_a_bill_is_read_by_its_uuid_with_and_without_dashes(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        uuid = procurify.stand_in.add_bill(DOMAIN, orders=["PF1"])["uuid"]
        for written in (uuid, uuid.replace("-", "")):
            assert procurify.data(f"/api/v2/ap/bills/{written}/")["uuid"] == uuid


class TestVendors:
    NEW: Json = {"name": "Cedar Industrial", "email": [], "type": 3, "overall_score": None}

    def write(self, procurify: ProcurifyOffice, **changed: Any) -> Any:
        return procurify.call("POST", "/api/v3/vendors/", json={**self.NEW, **changed})

    def test_a_vendor_is_created_and_found_by_our_reference(self, procurify: ProcurifyOffice) -> None:
        made = self.write(procurify, external_id="XERO-51aa", city="Tacoma", unknown="ignored")
        assert made.status_code == 201
        assert (made.json()["data"]["city"], made.json()["data"]["addressLineOne"]) == ("Tacoma", None)
        (found,) = procurify.data("/api/v3/vendors/all/", external_id="XERO-51aa")
        assert found["id"] == made.json()["data"]["id"]

    def test_names_may_repeat(self, procurify: ProcurifyOffice) -> None:
        assert [self.write(procurify).status_code for _ in range(2)] == [201, 201]
        assert len(procurify.data("/api/v3/vendors/all/", name="Cedar Industrial")) == 2

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 151),
            ("email", "ap@cedar.example"),
            ("email", ["no address"]),
            ("type", 1),
            ("type", 5),
            ("currency", 99),
            ("city", "x" * 51),
            ("phoneOne", "1" * 21),
            ("active", "yes"),
            ("overall_score", "good"),
        ],
    )
    def test_what_a_field_cannot_hold_is_refused_by_name(
        self, procurify: ProcurifyOffice, field: str, value: Any
    ) -> None:
        answer = self.write(procurify, **{field: value})
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]
        assert len(procurify.data("/api/v3/vendors/all/")) == 3

    @pytest.mark.parametrize("field", NEW)
    def test_a_required_field_is_missed(self, procurify: ProcurifyOffice, field: str) -> None:
        wanted = {name: value for name, value in self.NEW.items() if name != field}
        answer = procurify.call("POST", "/api/v3/vendors/", json=wanted)
        assert list(answer.json()["errors"]) == [field]

    def test_only_sent_fields_change_and_nothing_at_all_still_moves_the_date(self, procurify: ProcurifyOffice) -> None:
        before = procurify.data("/api/v3/vendors/318/")
        after = procurify.call("PATCH", "/api/v3/vendors/318/", json={}).json()["data"]
        assert after["dateModified"] > before["dateModified"]
        changed = procurify.call("PATCH", "/api/v3/vendors/318/", json={"contact": "Rosa Diaz"}).json()["data"]
        assert (changed["contact"], changed["name"], changed["email"]) == ("Rosa Diaz", before["name"], before["email"])

    def test_a_vendor_is_stored_though_the_answer_is_lost(self, procurify: ProcurifyOffice) -> None:
        procurify.sandbox.faults.add("procurify", "lose_answer", method="POST", path="/vendors/$")
        with pytest.raises(OSError, match="Connection aborted"):
            self.write(procurify, external_id="XERO-1")
        assert len(procurify.data("/api/v3/vendors/all/", external_id="XERO-1")) == 1
