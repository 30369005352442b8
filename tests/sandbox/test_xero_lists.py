"""Lists of the Xero stand-in: pages, filters, order, incremental reads, shapes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.xero_office import Json, XeroOffice, complaints, xero_office

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def five(office: XeroOffice) -> list[Json]:
    """Five bills, PO-1 to PO-5, changed one minute after the other from noon."""
    return [
        office.xero.add_bill(
            "Delta Steel Ltd", number=f"PO-{n}", amount=n * 10, updated=NOON + timedelta(minutes=n), day="2026-09-30"
        )
        for n in range(1, 6)
    ]


def numbers(rows: list[Json]) -> list[str]:
    return [row["InvoiceNumber"] for row in rows]


class TestPages:
    def test_pages_come_with_a_pagination_object(self, office: XeroOffice, five: list[Json]) -> None:
        body = office.get("Invoices", page=2, pageSize=2).json()
        assert body["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5}
        assert numbers(body["Invoices"]) == ["PO-3", "PO-4"]

    def test_a_page_past_the_end_is_empty(self, office: XeroOffice, five: list[Json]) -> None:
        assert office.rows("Invoices", page=9) == []

    @pytest.mark.parametrize(("asked", "given"), [(5000, 1000), (0, 1), (-3, 1), ("many", 100)])
    def test_a_page_size_out_of_range_is_clamped(self, office: XeroOffice, asked: object, given: int) -> None:
        assert office.get("Invoices", page=1, pageSize=asked).json()["pagination"]["pageSize"] == given

    def test_a_list_without_page_has_no_pagination_and_no_lines(self, office: XeroOffice, five: list[Json]) -> None:
        body = office.get("Invoices").json()
        assert "pagination" not in body
        assert [row["LineItems"] for row in body["Invoices"]] == [[]] * 5

    def test_a_row_that_changes_during_a_sweep_moves_to_the_end(self, office: XeroOffice, five: list[Json]) -> None:
        assert numbers(office.rows("Invoices", page=1, pageSize=2)) == ["PO-1", "PO-2"]
        office.xero.edit_bill(five[0]["InvoiceID"], InvoiceNumber="PO-1b")
        # The shift makes PO-3 slip from page 2 to page 1: who only goes on misses it.
        assert numbers(office.rows("Invoices", page=2, pageSize=2)) == ["PO-4", "PO-5"]
        assert numbers(office.rows("Invoices", page=3, pageSize=2)) == ["PO-1b"]

    def test_paging_can_be_made_endless(self, office: XeroOffice, five: list[Json]) -> None:
        office.sandbox.faults.add("xero", "endless_next", path="/Invoices")
        body = office.get("Invoices", page=7, pageSize=2).json()
        assert body["pagination"]["pageCount"] > 7
        assert body["Invoices"]

    def test_the_incremental_filter_can_be_made_deaf(self, office: XeroOffice, five: list[Json]) -> None:
        office.sandbox.faults.add("xero", "ignore_filter", path="/Invoices")
        assert len(office.rows("Invoices", {"If-Modified-Since": "2026-10-01T12:04:30"}, page=1)) == 5
        assert len(office.rows("Invoices", {"If-Modified-Since": "2026-10-01T12:04:30"}, page=1)) == 1

    def test_a_duplicated_row_is_one_row_twice(self, office: XeroOffice, five: list[Json]) -> None:
        office.sandbox.faults.add("xero", "duplicate_row", path="/Invoices")
        assert numbers(office.rows("Invoices", page=1)) == ["PO-1", "PO-1", "PO-2", "PO-3", "PO-4", "PO-5"]


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"where": 'Type=="ACCPAY" AND InvoiceNumber=="PO-2"'}, ["PO-2"]),
            ({"where": "AmountDue>=40"}, ["PO-4", "PO-5"]),
            ({"where": "Date<DateTime(2026,09,30)"}, []),
            ({"where": 'Contact.Name=="Delta Steel Ltd" AND Total==34.5'}, ["PO-3"]),
            ({"where": 'Contact.ContactNumber=="V-7"'}, []),
            ({"InvoiceNumbers": "PO-1,PO-5,PO-9"}, ["PO-1", "PO-5"]),
            ({"Statuses": "SUBMITTED,AUTHORISED"}, []),
            ({"statuses": "draft"}, ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5"]),
            ({"searchTerm": "o-4"}, ["PO-4"]),
            ({"order": "InvoiceNumber DESC"}, ["PO-5", "PO-4", "PO-3", "PO-2", "PO-1"]),
            ({"order": "Status ASC, AmountDue DESC"}, ["PO-5", "PO-4", "PO-3", "PO-2", "PO-1"]),
            ({"createdByMyApp": "true"}, []),
        ],
    )
    def test_bills_are_found(self, office: XeroOffice, five: list[Json], query: Json, found: list[str]) -> None:
        assert numbers(office.rows("Invoices", page=1, **query)) == found

    def test_the_look_up_of_a_bill_as_documented(self, office: XeroOffice, five: list[Json]) -> None:
        office.xero.add_bill("Other Supplier", number="PO-3", amount=1)
        where = f'Type=="ACCPAY" AND InvoiceNumber=="PO-3" AND Contact.ContactID==guid("{office.supplier}")'
        rows = office.rows("Invoices", where=where, page=1, unitdp=4)
        assert [row["InvoiceID"] for row in rows] == [five[2]["InvoiceID"]]

    @pytest.mark.parametrize("name", ["IDs", "ContactIDs"])
    def test_comma_lists_work_and_repeated_parameters_are_ignored(
        self, office: XeroOffice, five: list[Json], name: str
    ) -> None:
        office.xero.add_bill("Other Supplier", number="PO-6", amount=1)
        wanted = five[:2] if name == "IDs" else five
        keys = [five[0]["InvoiceID"], five[1]["InvoiceID"]] if name == "IDs" else [office.supplier, office.supplier]
        joined: Json = {name: ",".join(keys)}
        repeated: Json = {name: keys}
        assert numbers(office.rows("Invoices", page=1, **joined)) == numbers(wanted)
        assert len(office.rows("Invoices", page=1, **repeated)) == 6

    def test_bills_of_my_app_are_those_it_put(self, office: XeroOffice, five: list[Json]) -> None:
        office.put_bill(InvoiceNumber="PO-77")
        assert numbers(office.rows("Invoices", page=1, createdByMyApp="true")) == ["PO-77"]

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("Invoices", {"where": 'Colour=="red"'}),
            ("Invoices", {"where": 'InvoiceNumber="PO-1"'}),
            ("Invoices", {"where": 'Url=="x"'}),
            ("Invoices", {"order": "Colour"}),
            ("Contacts", {"where": r'Name=="a\"b"'}),
            ("Accounts", {"where": 'Code=="a'}),
        ],
    )
    def test_a_query_that_cannot_be_parsed_is_400(self, office: XeroOffice, path: str, query: Json) -> None:
        answer = office.get(path, **query)
        assert (answer.status_code, answer.json()["Type"]) == (400, "QueryParseException")

    def test_deleted_and_voided_bills_stay_in_lists(self, office: XeroOffice, five: list[Json]) -> None:
        office.xero.delete_bill(five[0]["InvoiceID"])
        office.xero.approve_bill(five[1]["InvoiceID"])
        office.xero.delete_bill(five[1]["InvoiceID"])
        assert [row["Status"] for row in office.rows("Invoices", page=1)][-2:] == ["DELETED", "VOIDED"]
        office.xero.turn(deleted_in_lists=False)
        assert numbers(office.rows("Invoices", page=1)) == ["PO-3", "PO-4", "PO-5", "PO-2"]


class TestIncremental:
    def test_only_what_changed_since_is_returned(self, office: XeroOffice, five: list[Json]) -> None:
        rows = office.rows("Invoices", {"If-Modified-Since": "2026-10-01T12:03:30"}, page=1)
        assert numbers(rows) == ["PO-4", "PO-5"]

    @pytest.mark.parametrize(("inclusive", "found"), [(True, ["PO-4", "PO-5"]), (False, ["PO-5"])])
    def test_the_boundary_goes_either_way(
        self, office: XeroOffice, five: list[Json], inclusive: bool, found: list[str]
    ) -> None:
        office.xero.turn(modified_since_inclusive=inclusive)
        rows = office.rows("Invoices", {"If-Modified-Since": "2026-10-01T12:04:00+00:00"}, page=1)
        assert numbers(rows) == found

    def test_a_header_in_another_format_is_ignored(self, office: XeroOffice, five: list[Json]) -> None:
        rows = office.rows("Invoices", {"If-Modified-Since": "Thu, 01 Oct 2026 12:03:30 GMT"}, page=1)
        assert len(rows) == 5

    def test_nothing_new_is_an_empty_list(self, office: XeroOffice, five: list[Json]) -> None:
        assert office.rows("Invoices", {"If-Modified-Since": "2026-10-02T00:00:00"}, page=1) == []

    def test_equal_stamps_are_ordered_by_id(self, office: XeroOffice) -> None:
        ids = [office.xero.add_bill("Delta Steel Ltd", amount=1, updated=NOON)["InvoiceID"] for _ in range(20)]
        assert [row["InvoiceID"] for row in office.rows("Invoices", page=1)] == sorted(ids)

    def test_every_change_is_stamped_later_than_all_before(self, office: XeroOffice, five: list[Json]) -> None:
        stamps = []
        for n in range(50):
            row = office.xero.edit_bill(five[0]["InvoiceID"], InvoiceNumber=f"PO-1.{n}")
            stamps.append(int(row["UpdatedDateUTC"][6:-7]))
        assert stamps == sorted(set(stamps))

    @pytest.mark.parametrize("path", ["Accounts", "Contacts", "Payments", "PurchaseOrders", "CreditNotes", "Items"])
    def test_the_other_documents_understand_it_too(self, office: XeroOffice, path: str) -> None:
        office.xero.add_purchase_order("Delta Steel Ltd", [{"Description": "x", "Quantity": 1, "UnitAmount": 5}])
        office.xero.add_item("BAR", "Steel bar", 10.1234, "310")
        bill = office.xero.add_bill("Delta Steel Ltd", amount=10, status="AUTHORISED")
        office.xero.credit_bill(bill["InvoiceID"], 4)
        office.xero.pay_bill(bill["InvoiceID"], 1)
        assert len(office.rows(path, page=1)) >= 1
        assert office.rows(path, {"If-Modified-Since": "2099-01-01T00:00:00"}, page=1) == []

    @pytest.mark.parametrize("path", ["TaxRates", "TrackingCategories", "Currencies", "Organisation"])
    def test_reference_lists_ignore_it(self, office: XeroOffice, path: str) -> None:
        office.xero.add_tracking_category("Region", ["North"])
        assert office.rows(path, {"If-Modified-Since": "2099-01-01T00:00:00"})


class TestShapes:
    def tracked(self, office: XeroOffice) -> Json:
        office.xero.add_tracking_category("Region", ["North", "South"])
        line = {"Description": "Bar", "Quantity": 3, "UnitAmount": "10.1234", "AccountCode": "310"}
        tracking = [{"Name": "Region", "Option": "North"}]
        return office.xero.add_bill("Delta Steel Ltd", [{**line, "Tracking": tracking}], number="PO-9")

    def test_lists_show_a_thin_contact_and_tracking_without_option_id(self, office: XeroOffice) -> None:
        self.tracked(office)
        row = office.rows("Invoices", page=1)[0]
        assert row["Contact"]["Name"] == "Delta Steel Ltd"
        assert row["Contact"]["Addresses"] == []
        entry = row["LineItems"][0]["Tracking"][0]
        assert entry.keys() == {"Name", "Option", "TrackingCategoryID", "Options"}

    def test_one_bill_alone_shows_more(self, office: XeroOffice) -> None:
        bill = self.tracked(office)
        for key in (bill["InvoiceID"], bill["InvoiceID"].upper(), "PO-9"):
            row = office.rows(f"Invoices/{key}")[0]
            assert row["Contact"]["EmailAddress"] == "ap@delta.example"
            assert "TrackingOptionID" in row["LineItems"][0]["Tracking"][0]

    def test_prices_have_four_decimals_only_on_request(self, office: XeroOffice) -> None:
        bill = self.tracked(office)
        for path in ("Invoices", f"Invoices/{bill['InvoiceID']}"):
            assert office.rows(path, page=1)[0]["LineItems"][0]["UnitAmount"] == 10.12
            assert office.rows(path, page=1, unitdp=4)[0]["LineItems"][0]["UnitAmount"] == 10.1234

    def test_a_summary_leaves_out_lines_and_payments(self, office: XeroOffice) -> None:
        self.tracked(office)
        row = office.rows("Invoices", page=1, summaryOnly="true")[0]
        assert not {"LineItems", "Payments", "CreditNotes"} & row.keys()
        assert row["Total"] == 34.93

    def test_unpaged_and_summary_contacts_are_thin(self, office: XeroOffice) -> None:
        office.xero.add_bill("Delta Steel Ltd", amount=1)
        assert office.rows("Contacts", page=1)[0]["IsSupplier"] is True
        assert "IsSupplier" not in office.rows("Contacts")[0]
        assert "IsSupplier" not in office.rows("Contacts", page=1, summaryOnly="true")[0]

    def test_a_renamed_contact_shows_its_new_name_on_old_bills(self, office: XeroOffice, five: list[Json]) -> None:
        assert office.rows("Invoices", page=1)[0]["Contact"]["Name"] == "Delta Steel Ltd"
        office.xero.edit_contact(office.supplier, Name="Delta Steel Holdings")
        assert {row["Contact"]["Name"] for row in office.rows("Invoices", page=1)} == {"Delta Steel Holdings"}
        # That is no change of the bills.
        assert office.rows("Invoices", {"If-Modified-Since": "2026-10-02T00:00:00"}, page=1) == []

    def test_archived_contacts_and_tracking_come_on_request_only(self, office: XeroOffice) -> None:
        office.xero.add_contact("Gone Ltd")
        office.xero.archive_contact("Gone Ltd")
        names = [row["Name"] for row in office.rows("Contacts", page=1)]
        assert names == ["Delta Steel Ltd"]
        assert len(office.rows("Contacts", page=1, includeArchived="true")) == 2
        office.xero.add_tracking_category("Region", ["North", "South"])
        office.xero.archive_tracking_option("Region", "South")
        assert [each["Name"] for each in office.rows("TrackingCategories")[0]["Options"]] == ["North"]
        assert len(office.rows("TrackingCategories", includeArchived="true")[0]["Options"]) == 2


class TestPurchaseOrders:
    @pytest.fixture
    def orders(self, office: XeroOffice) -> list[Json]:
        line = {"Description": "Bar", "Quantity": 3, "UnitAmount": 10.1234, "AccountCode": "310", "DiscountRate": 10}
        return [
            office.xero.add_purchase_order("Delta Steel Ltd", [line], number=number, day=day, status=status)
            for number, day, status in [
                ("PO-0001", "2026-09-01", "AUTHORISED"),
                ("PO-0002", "2026-09-15", "BILLED"),
                ("4711", "2026-10-01", "DELETED"),
            ]
        ]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["PO-0001", "PO-0002", "4711"]),
            ({"Status": "BILLED"}, ["PO-0002"]),
            ({"DateFrom": "2026-09-15"}, ["PO-0002", "4711"]),
            ({"DateFrom": "2026-09-01", "DateTo": "2026-09-14"}, ["PO-0001"]),
            ({"order": "PurchaseOrderNumber DESC"}, ["PO-0002", "PO-0001", "4711"]),
            ({"where": 'Status=="BILLED"', "IDs": "x"}, ["PO-0001", "PO-0002", "4711"]),
        ],
    )
    def test_they_have_their_own_filters_and_no_where(
        self, office: XeroOffice, orders: list[Json], query: Json, found: list[str]
    ) -> None:
        assert [row["PurchaseOrderNumber"] for row in office.rows("PurchaseOrders", **query)] == found

    def test_they_are_always_paged_with_four_decimals(self, office: XeroOffice, orders: list[Json]) -> None:
        body = office.get("PurchaseOrders").json()
        assert body["pagination"]["itemCount"] == 3
        line = body["PurchaseOrders"][0]["LineItems"][0]
        assert (line["UnitAmount"], line["LineAmount"], line["TaxAmount"]) == (10.1234, 27.33, 4.1)
        assert body["PurchaseOrders"][0]["TotalDiscount"] == 3.04

    def test_a_purely_numeric_number_is_not_found(self, office: XeroOffice, orders: list[Json]) -> None:
        assert office.rows("PurchaseOrders/PO-0001")[0]["PurchaseOrderID"] == orders[0]["PurchaseOrderID"]
        assert office.get("PurchaseOrders/4711").status_code == 404
        assert office.rows(f"PurchaseOrders/{orders[2]['PurchaseOrderID']}")


class TestReference:
    def test_accounts_rates_currencies_and_items_are_read(self, office: XeroOffice) -> None:
        office.xero.add_item("BAR", "Steel bar", 10.1234, "310", "INPUT2")
        assert {row["Code"] for row in office.rows("Accounts", where='Class=="EXPENSE"')} >= {"310", "429"}
        assert office.rows("Accounts", where='SystemAccount=="ROUNDING"')[0]["Code"] == "860"
        assert office.rows("TaxRates", where='TaxType=="INPUT2"')[0]["EffectiveRate"] == 15.0
        assert [row["Code"] for row in office.rows("Currencies")] == ["NZD", "USD"]
        assert office.rows("Items/BAR")[0]["PurchaseDetails"]["AccountCode"] == "310"
        assert office.rows("Items")[0]["PurchaseDetails"]["UnitPrice"] == 10.12
        assert office.rows("Items", unitdp=4)[0]["PurchaseDetails"]["UnitPrice"] == 10.1234

    def test_what_the_user_may_do_is_listed(self, office: XeroOffice) -> None:
        office.xero.refuse_actions("CreateDraftBill")
        allowed = {row["Name"]: row["Status"] for row in office.rows("Organisation/Actions")}
        assert allowed["CreateDraftBill"] == "NOT-ALLOWED"
        assert allowed["CreateApprovedBill"] == "ALLOWED"

    def test_a_tracking_option_can_be_added(self, office: XeroOffice) -> None:
        category = office.xero.add_tracking_category("Region", ["North"])["TrackingCategoryID"]
        path = f"TrackingCategories/{category}/Options"
        assert office.call("PUT", path, json={"Name": "South"}).json()["Options"][0]["Name"] == "South"
        assert office.call("PUT", path, json={"Name": "West "}).status_code == 500
        assert office.call("PUT", "TrackingCategories/x/Options", json={"Name": "West"}).status_code == 500
        twice = office.call("PUT", path, json={"Name": "south"})
        assert (twice.status_code, len(complaints(twice))) == (400, 1)
        assert [each["Name"] for each in office.rows("TrackingCategories")[0]["Options"]] == ["North", "South"]
