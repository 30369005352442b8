"""Lists of the Procurify stand-in: pages, filters, what shifts and what is ignored."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.procurify_office import DOMAIN, ORDERS, ProcurifyOffice, line

VENDORS, BILLS, ITEMS = "/api/v3/vendors/all/", "/api/v3/ap/bills/", "/api/v3/order-items/"
PAYMENTS = "/api/public/v1/payments/"


class TestPages:
    def test_ten_rows_are_a_page_unless_more_are_asked_for(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 250)
        assert len(procurify.data(ORDERS)) == 10
        paging = procurify.paging(ORDERS, page_size=100)
        assert (paging["count"], paging["num_pages"], paging["page_size"]) == (250, 3, 100)

    def test_pages_hold_every_record_once(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 250)
        pages = [procurify.numbers(page_size=100, page=page) for page in (1, 2, 3)]
        assert [len(page) for page in pages] == [100, 100, 50]
        assert len({number for page in pages for number in page}) == 250

    def test_a_page_is_never_longer_than_the_cap(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 120)
        assert procurify.paging(ORDERS, page_size=5000)["page_size"] == 100
        assert len(procurify.data(ORDERS, page_size="all")) == 120

    def test_a_page_past_the_end_does_not_exist(self, procurify: ProcurifyOffice) -> None:
        answer = procurify.get(ORDERS, page=2)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})
        assert procurify.get(ORDERS, page="x").status_code == 404
        assert procurify.get(ORDERS, page_size="x").status_code == 400

    def test_next_and_previous_keep_the_query(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 30)
        paging = procurify.paging(ORDERS, date_0="2020-01-01", page=2)
        following = urlsplit(paging["next"])
        assert parse_qs(following.query) == {"date_0": ["2020-01-01"], "page": ["3"], "page_size": ["10"]}
        assert following.path == f"/{DOMAIN}{ORDERS}"
        assert "page=1" in paging["previous"]
        assert procurify.paging(ORDERS, page=3)["next"] is None

    def test_next_may_name_another_host_as_the_vendors_own_sample_does(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 30)
        procurify.stand_in.turn(foreign_next=True)
        assert procurify.paging(ORDERS)["next"].startswith("http://harbormills.internal")

    def test_receipts_keep_their_paging_at_the_top(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        procurify.stand_in.receive(DOMAIN, "PF1")
        body = procurify.get("/api/v3/receipt/items/").json()
        assert "metadata" not in body
        assert body["pagination"]["count"] == 2

    def test_an_order_that_arrives_between_two_pages_shifts_the_second(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 20)
        first = procurify.numbers()
        procurify.stand_in.turn(inserts_between_pages=1)
        assert set(first) & set(procurify.numbers(page=2)) == {first[-1]}

    def test_a_page_can_repeat_a_row_never_end_or_be_too_large(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 15)
        procurify.sandbox.faults.add("procurify", "duplicate_row")
        repeated = procurify.numbers()
        assert len(repeated) - len(set(repeated)) == 1
        procurify.sandbox.faults.add("procurify", "endless_next", times=-1)
        for page in (2, 3, 77):
            assert procurify.paging(ORDERS, page=page)["next"] is not None
        procurify.sandbox.faults.clear()
        procurify.stand_in.turn(too_large_above=50)
        assert procurify.get(ORDERS, page_size=100).status_code == 504
        assert procurify.get(ORDERS, page_size=50).status_code == 200

    def test_ten_thousand_orders_are_paged_without_counting_them_anew(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.many_orders(DOMAIN, 10_000)

        def cost(page: int, since: str = "2020-01-01") -> float:
            start = time.process_time()
            procurify.get(ORDERS, page_size=10, modified_date_0=since, page=page)
            return time.process_time() - start

        anew = min(cost(1, f"2020-01-{day:02}") for day in range(1, 6))
        assert min(cost(page) for page in range(2, 12)) < anew / 3


class TestFilters:
    def test_days_are_those_of_the_customers_time_zone_and_both_ends_count(self, procurify: ProcurifyOffice) -> None:
        late = datetime(2026, 5, 4, 6, 30, tzinfo=UTC)  # 3 May, 23:30 in Vancouver
        procurify.order("PF1", date=late, modified=late)
        assert procurify.data(ORDERS)[0]["last_modified"].startswith("2026-05-03T23:30:00.000000-07:00")
        assert procurify.numbers(modified_date_0="2026-05-03", modified_date_1="2026-05-03") == ["PF1"]
        assert procurify.numbers(modified_date_0="2026-05-04") == []
        assert procurify.numbers(date_1="2026-05-02") == []

    def test_an_unknown_parameter_is_ignored_and_the_whole_table_comes(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1", date=date(2020, 1, 1), modified=date(2020, 1, 1))
        assert procurify.numbers(last_modified_0="2026-01-01", po_created_date_0="2026-01-01") == ["PF1"]

    def test_a_filter_can_be_ignored_on_demand(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1", date=date(2020, 1, 1), modified=date(2020, 1, 1))
        procurify.sandbox.faults.add("procurify", "ignore_filter")
        assert procurify.numbers(modified_date_0="2026-01-01") == ["PF1"]
        assert procurify.numbers(modified_date_0="2026-01-01") == []

    @pytest.mark.parametrize("shape", ["a", "c"])
    def test_a_value_of_the_wrong_type_is_refused_in_either_shape(self, procurify: ProcurifyOffice, shape: str) -> None:
        procurify.stand_in.turn(error_shape=shape)
        answer = procurify.get(ORDERS, date_0="May", pref_vendor="x", currency=3)
        assert answer.status_code == 400
        told = answer.json()["errors"] if shape == "a" else answer.json()
        assert set(told) == {"date_0", "pref_vendor"}
        assert isinstance(told["date_0"], dict if shape == "a" else list)

    def test_orders_are_listed_by_status(self, procurify: ProcurifyOffice) -> None:
        for number in ("PF1", "PF2", "PF3", "PF4"):
            procurify.order(number)
        stand_in = procurify.stand_in
        stand_in.cancel_order(DOMAIN, "PF1")
        stand_in.close_order(DOMAIN, "PF2")
        stand_in.receive(DOMAIN, "PF3", {1: 1})

        def listed(status: str) -> set[str]:
            return {row["number"] for row in procurify.data(f"/api/v2/purchase_orders/purchased/{status}/")}

        assert listed("all") == {"PF1", "PF2", "PF3", "PF4"}
        assert (listed("cancelled"), listed("closed"), listed("partial")) == ({"PF1"}, {"PF2"}, {"PF3"})
        assert listed("open") == {"PF3", "PF4"}
        counts = procurify.get(ORDERS).json()["metadata"]["counts"]["purchased"]
        assert counts == {"all": 4, "open": 2, "partial": 1, "closed": 1, "cancelled": 1, "page": 4}
        assert procurify.get("/api/v2/purchase_orders/all/approved/").status_code == 404

    def test_orders_are_found_by_vendor_currency_code_and_total(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        procurify.order("PF2", vendor="Beaver Lift Trucks Ltd", lines=[line(account="6900")])
        assert procurify.numbers(pref_vendor=319) == ["PF2"]
        assert procurify.numbers(currency=3) == ["PF1"]
        assert procurify.numbers(account_code=73) == ["PF2"]
        assert procurify.numbers(total_0="900") == ["PF1"]

    def test_order_items_are_found_by_their_own_days_department_and_requisition(
        self, procurify: ProcurifyOffice
    ) -> None:
        order = procurify.order("PF1", date=date(2026, 5, 1), modified=date(2026, 5, 1))
        procurify.order("PF2", date=date(2026, 6, 1), modified=date(2026, 6, 1), lines=[line(department="Warehouse")])
        assert {row["purchase_order"] for row in procurify.data(ITEMS, po_created_date_0="2026-05-15")} == {2}
        assert len(procurify.data(ITEMS, last_modified_1="2026-05-02")) == 2
        assert {row["purchase_order"] for row in procurify.data(ITEMS, departments="15,99")} == {2}
        requisition = order["order_items"][0]["orderNum"]
        assert len(procurify.data("/api/v2/global/order_items/", orderNum=requisition)) == 2
        procurify.stand_in.receive(DOMAIN, "PF1")
        yesterday = datetime.now(UTC).date() - timedelta(days=1)  # today there may not have begun yet
        assert len(procurify.data(ITEMS, last_modified_0=yesterday.isoformat())) == 2

    def test_bills_are_read_by_instant(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        changed = datetime(2026, 5, 7, 20, 15, tzinfo=UTC)
        procurify.stand_in.add_bill(DOMAIN, orders=["PF1"], invoice_number="INV-1", modified=changed)
        for moment, count in (
            ("2026-05-07T20:15:00Z", 1),
            ("2026-05-07T20:15:01Z", 0),
            ("2026-05-07T20:00:00+00:00", 1),
        ):
            assert len(procurify.data(BILLS, last_modified_datetime_0=moment)) == count
        assert procurify.data(BILLS, status="approved") != []

    def test_payments_are_found_by_bill_status_and_invoice_number(self, procurify: ProcurifyOffice) -> None:
        for at in (1, 2):
            procurify.order(f"PF{at}")
            procurify.stand_in.add_bill(DOMAIN, orders=[f"PF{at}"], invoice_number=f"INV-{at}")
        procurify.stand_in.add_payment(DOMAIN, ["INV-1"])
        procurify.stand_in.add_payment(DOMAIN, ["INV-2"], status="draft")
        group = procurify.stand_in.bill(DOMAIN, "INV-1")["group"]
        assert [row["bill_groups"] for row in procurify.data(PAYMENTS, status="paid,failed")] == [[group]]
        assert [row["bill_groups"] for row in procurify.data(PAYMENTS, bill_groups=f"{group},9999")] == [[group]]
        assert len(procurify.data(PAYMENTS, invoice_number="INV-2")) == 1
        assert len(procurify.data(PAYMENTS, order_by="-updated_at")) == 2
        assert procurify.get(PAYMENTS, order_by="amount").status_code == 400

    def test_the_deprecated_list_of_payments_can_be_gone(self, procurify: ProcurifyOffice) -> None:
        assert procurify.get("/api/v2/ap/payments/").status_code == 200
        procurify.stand_in.turn(payments_v2=False)
        assert procurify.get("/api/v2/ap/payments/").status_code == 404

    def test_vendors_are_grouped_and_inactive_ones_are_seen_by_id_only(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.add_vendor(DOMAIN, "Gone Ltd", active=False, id=900)

        def names(group: str) -> set[str]:
            return {row["name"] for row in procurify.data(f"/api/v3/vendors/{group}")}

        assert names("all/") == names("") == {"OTHER", "Northgate Safety Supply", "Beaver Lift Trucks Ltd"}
        assert names("default/") == {"Northgate Safety Supply", "Beaver Lift Trucks Ltd"}
        assert (names("preferred/"), names("other/")) == ({"Northgate Safety Supply"}, {"OTHER"})
        assert procurify.data("/api/v3/vendors/900/")["active"] is False
        assert len(procurify.data(VENDORS, type__in=["other", "regular"])) == 2
        assert len(procurify.data(VENDORS, exclude_other="true")) == 2
