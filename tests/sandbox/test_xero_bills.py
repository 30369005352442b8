"""What the Xero stand-in takes, refuses and computes when bills are written."""

from collections.abc import Iterator

import pytest

from tests.sandbox.xero_office import Json, XeroOffice, complaints, line, xero_office

NO_ID = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


def amounts(row: Json) -> tuple[float, float, float]:
    return row["SubTotal"], row["TotalTax"], row["Total"]


class TestCreating:
    @pytest.mark.promise(3)
    def test_a_bill_becomes_a_draft_unless_told_otherwise(self, office: XeroOffice) -> None:
        row = office.new_bill(LineItems=[line(Quantity=3, UnitAmount=10.1234)])
        assert (row["Type"], row["Status"], row["InvoiceNumber"]) == ("ACCPAY", "DRAFT", "PO-1042")
        assert amounts(row) == (30.37, 4.56, 34.93)
        assert (row["AmountDue"], row["AmountPaid"], row["AmountCredited"]) == (34.93, 0.0, 0.0)
        assert (row["Date"], row["DateString"]) == ("/Date(1790812800000+0000)/", "2026-10-01T00:00:00")
        assert row["DueDateString"] == "2026-10-31T00:00:00"
        assert (row["CurrencyCode"], row["CurrencyRate"]) == ("NZD", 1.0)
        assert row["Reference"] == ""
        assert office.rows(f"Invoices/{row['InvoiceID']}")[0]["Total"] == 34.93

    def test_one_bare_object_is_taken_too(self, office: XeroOffice) -> None:
        assert office.call("PUT", "Invoices", json=office.bill()).status_code == 200

    def test_a_price_is_cut_to_two_decimals_unless_four_are_asked_for(self, office: XeroOffice) -> None:
        lines = [line(Quantity=100, UnitAmount=0.1648)]
        cut = office.put_bill(LineItems=lines).json()["Invoices"][0]
        assert (cut["LineItems"][0]["UnitAmount"], cut["SubTotal"]) == (0.16, 16.0)
        assert office.new_bill(LineItems=lines)["SubTotal"] == 16.48

    def test_the_reference_of_a_bill_is_ignored(self, office: XeroOffice) -> None:
        assert office.new_bill(Reference="our order 77")["Reference"] == ""
        sale = office.new_bill(Type="ACCREC", Reference="your order 77", InvoiceNumber="")
        assert (sale["Reference"], sale["InvoiceNumber"]) == ("your order 77", "INV-0001")

    def test_numbers_of_bills_may_repeat_and_those_of_sales_may_not(self, office: XeroOffice) -> None:
        first, second = office.new_bill(), office.new_bill()
        assert first["InvoiceID"] != second["InvoiceID"]
        office.new_bill(Type="ACCREC", InvoiceNumber="INV-7")
        assert complaints(office.put_bill(Type="ACCREC", InvoiceNumber="INV-7")) == ["Invoice # must be unique."]

    def test_an_upsert_never_finds_a_bill_by_its_number(self, office: XeroOffice) -> None:
        office.new_bill()
        office.call("POST", "Invoices", json={"Invoices": [office.bill()]})
        assert len(office.xero.bills()) == 2

    @pytest.mark.parametrize("written", ["2026-10-01", "/Date(1790812800000)/", "2026-10-01T00:00:00"])
    def test_dates_are_taken_in_every_form(self, office: XeroOffice, written: str) -> None:
        assert office.new_bill(Date=written)["DateString"] == "2026-10-01T00:00:00"

    def test_without_a_date_it_is_today_in_the_organisations_zone(self, office: XeroOffice) -> None:
        payload = office.bill()
        del payload["Date"]
        row = office.call("PUT", "Invoices", json=payload).json()["Invoices"][0]
        assert row["DateString"][:10] == office.xero.organisation().today().isoformat()

    def test_the_link_to_our_record_is_kept(self, office: XeroOffice) -> None:
        row = office.new_bill(Url="https://portal.example/r/8f1c")
        assert office.rows("Invoices", page=1)[0]["Url"] == row["Url"] == "https://portal.example/r/8f1c"

    def test_a_text_line_has_no_amount(self, office: XeroOffice) -> None:
        row = office.new_bill(LineItems=[{"Description": "Order PF1041, supplier's invoice not yet received"}, line()])
        assert amounts(row) == (100.0, 15.0, 115.0)
        assert "LineAmount" not in row["LineItems"][0]

    def test_an_item_fills_in_what_is_missing(self, office: XeroOffice) -> None:
        office.xero.add_item("BAR", "Steel bar", 12.5, "310", "INPUT2")
        made = office.new_bill(LineItems=[{"ItemCode": "BAR", "Quantity": 2}])["LineItems"][0]
        assert (made["Description"], made["LineAmount"], made["AccountCode"]) == ("Steel bar", 25.0, "310")

    def test_extra_fields_of_the_official_sdk_are_harmless(self, office: XeroOffice) -> None:
        assert office.new_bill(HasErrors=False, HasAttachments=False, HasValidationErrors=False)


class TestTax:
    def test_the_accounts_tax_type_is_taken_where_none_is_sent(self, office: XeroOffice) -> None:
        """A43: a line of 100.00 becomes 115.00 if the code is left out."""
        payload = line()
        del payload["TaxType"]
        assert amounts(office.new_bill(LineItems=[payload])) == (100.0, 15.0, 115.0)
        assert amounts(office.new_bill(LineItems=[line(TaxType="NONE")])) == (100.0, 0.0, 100.0)

    def test_inclusive_exclusive_and_no_tax(self, office: XeroOffice) -> None:
        lines = [line(UnitAmount=10)]
        assert amounts(office.new_bill(LineItems=lines, LineAmountTypes="Inclusive")) == (8.7, 1.3, 10.0)
        assert amounts(office.new_bill(LineItems=lines, LineAmountTypes="Exclusive")) == (10.0, 1.5, 11.5)
        assert amounts(office.new_bill(LineItems=lines, LineAmountTypes="NoTax")) == (10.0, 0.0, 10.0)

    def test_a_tax_amount_that_is_sent_stands(self, office: XeroOffice) -> None:
        """A50: 5.00 over three lines is 1.67, 1.67, 1.66."""
        office.xero.add_tax_rate("TAX005", "5 %", 5)
        shares = [("33.34", 1.67), ("33.33", 1.67), ("33.33", 1.66)]
        lines = [line(UnitAmount=net, TaxAmount=tax, TaxType="TAX005") for net, tax in shares]
        assert amounts(office.new_bill(LineItems=lines)) == (100.0, 5.0, 105.0)
        for each in lines:
            del each["TaxAmount"]
        assert amounts(office.new_bill(LineItems=lines)) == (100.0, 5.01, 105.01)

    def test_an_override_survives_other_edits_and_falls_with_its_price(self, office: XeroOffice) -> None:
        row = office.new_bill(LineItems=[line(TaxAmount=14.99)])
        known = row["LineItems"][0]["LineItemID"]
        renamed = office.change(row["InvoiceID"], LineItems=[{"LineItemID": known, "Description": "Bars"}])
        assert renamed.json()["Invoices"][0]["TotalTax"] == 14.99
        dearer = office.change(row["InvoiceID"], LineItems=[{"LineItemID": known, "UnitAmount": 200}])
        assert amounts(dearer.json()["Invoices"][0]) == (200.0, 30.0, 230.0)

    def test_negative_lines_carry_tax_with_their_sign(self, office: XeroOffice) -> None:
        assert amounts(office.new_bill(LineItems=[line(), line(UnitAmount=-40)])) == (60.0, 9.0, 69.0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"Contact": {"ContactID": UNKNOWN}}, "Contact could not be found"),
            ({"Contact": None}, "A Contact must be specified"),
            ({"LineItems": []}, "line items must be specified"),
            ({"LineItems": None}, "line items must be specified"),
            ({"InvoiceNumber": "x" * 256}, "InvoiceNumber must not be more than 255"),
            ({"CurrencyCode": "GBP"}, "Organisation is not subscribed to currency GBP"),
            ({"Status": "PAID"}, "not of valid status for creation"),
            ({"Status": "AUTHORISED", "DueDate": None}, "Due Date must be specified"),
            ({"Type": None}, "Invoice type must be specified"),
            ({"Type": "ACCPAYCREDIT"}, "Invoice type must be specified"),
            ({"Url": "https://go.xero.com/x"}, "must not contain xero"),
            ({"Url": "portal/8f1c"}, "absolute url"),
            ({"Total": 114.99}, "The invoice total does not equal the sum of the lines."),
            ({"Status": "AUTHORISED", "LineItems": [line(UnitAmount=-1)]}, "must not be negative"),
            ({"LineItems": [line(AccountCode="999")]}, "Account code '999' is not a valid code for this document."),
            ({"LineItems": [line(AccountCode="800")]}, "Account code '800' is not a valid code"),
            ({"LineItems": [line(AccountCode="090")]}, "Account code '090' is not a valid code"),
            ({"LineItems": [line(AccountCode="630")]}, "Account code '630' is not a valid code"),
            ({"LineItems": [line(AccountCode="400")]}, "Account code '400' has been archived"),
            ({"LineItems": [line(TaxType="INPUT9")]}, "Tax rate must be valid."),
            ({"LineItems": [line(TaxType="OUTPUT2")]}, "'OUTPUT2' cannot be used with account code '310'"),
            ({"LineItems": [line(TaxType="OLD")]}, "Tax rate must be valid."),
            ({"LineItems": [line(Description="x" * 4001)]}, "Description must not be more than 4000"),
            (
                {"LineItems": [line(LineAmount=99)]},
                "The line total 99.00 does not match the expected line total 100.00",
            ),
            ({"LineItems": [line(UnitAmount="0.0049", Quantity=1)]}, "Account must be valid."),
            ({"LineItems": [line(UnitAmount="99999999999.99")]}, "must not be more than 9999999999.99"),
            ({"LineItems": [line(DiscountRate=10)]}, "Discounts are not supported on bills."),
            ({"LineItems": [line(ItemCode="NOPE")]}, "Item code 'NOPE' is not valid"),
            (
                {"LineItems": [{"Quantity": 1, "UnitAmount": 5}], "Status": "SUBMITTED"},
                "Account code must be specified",
            ),
        ],
    )
    def test_what_xero_refuses_is_refused_and_nothing_is_saved(
        self, office: XeroOffice, fields: Json, message: str
    ) -> None:
        office.xero.archive_account("400")
        office.xero.add_tax_rate("OLD", "12.5 %", 12.5, status="ARCHIVED")
        answer = office.put_bill({"unitdp": 4}, **fields)
        assert (answer.status_code, answer.json()["Type"]) == (400, "ValidationException")
        assert answer.json()["ErrorNumber"] == 10
        assert any(message in each for each in complaints(answer)), complaints(answer)
        assert answer.json()["Elements"][0]["InvoiceID"] == NO_ID
        assert office.xero.bills() == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"LineAmountTypes": "NO_TAX"},
            {"LineAmountTypes": "exclusive"},
            {"Status": "APPROVED"},
            {"Type": "BILL"},
            {"Date": "01/10/2026"},
            {"Contact": "Delta Steel Ltd"},
            {"Contact": {"ContactID": "not-a-guid"}},
            {"LineItems": {"Description": "x"}},
            {"LineItems": [line(Quantity="many")]},
            {"CurrencyCode": "dollars"},
            {"InvoiceNumber": ["PO-1"]},
        ],
    )
    def test_what_is_not_of_the_form_is_post_data_invalid(self, office: XeroOffice, fields: Json) -> None:
        answer = office.put_bill({"summarizeErrors": "false"}, **fields)
        assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")
        assert answer.json()["ErrorNumber"] == 14

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b'{"Invoices": []}', b'{"Invoices": [NaN]}'])
    def test_a_broken_body_is_post_data_invalid(self, office: XeroOffice, content: bytes) -> None:
        answer = office.call("PUT", "Invoices", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")

    def test_messages_stand_where_they_belong(self, office: XeroOffice) -> None:
        office.xero.add_contact("Gone Ltd")
        gone = office.xero.archive_contact("Gone Ltd")["ContactID"]
        lines = [line(), line(AccountCode="999")]
        element = office.put_bill(Contact={"ContactID": gone}, LineItems=lines).json()["Elements"][0]
        assert "ValidationErrors" not in element
        assert "has been archived" in element["Contact"]["ValidationErrors"][0]["Message"]
        assert "ValidationErrors" not in element["LineItems"][0]
        assert "'999'" in element["LineItems"][1]["ValidationErrors"][0]["Message"]

    @pytest.mark.parametrize(("year_end", "words"), [(False, "period lock date"), (True, "end of year lock date")])
    def test_a_locked_period_takes_nothing_and_lets_nothing_change(
        self, office: XeroOffice, year_end: bool, words: str
    ) -> None:
        row = office.new_bill(Date="2026-09-30")
        office.xero.set_lock_date("2026-09-30", year_end=year_end)
        for refused in (
            office.put_bill(Date="2026-09-30"),
            office.change(row["InvoiceID"], InvoiceNumber="PO-2"),
            office.change(row["InvoiceID"], Status="DELETED"),
            office.change(row["InvoiceID"], Date="2026-10-01"),
        ):
            message = f"The document date cannot be before the {words}, currently set at 30 September 2026"
            assert message in complaints(refused)
        assert office.put_bill(Date="2026-10-01").status_code == 200
        office.xero.set_lock_date(None, year_end=year_end)
        assert office.put_bill(Date="2026-09-30").status_code == 200

    def test_foreign_currencies_need_a_subscription_and_get_the_day_rate(self, office: XeroOffice) -> None:
        office.xero.add_currency("EUR", day_rate=0.531)
        assert office.new_bill(CurrencyCode="EUR")["CurrencyRate"] == 0.531
        assert office.new_bill(CurrencyCode="EUR", CurrencyRate="0.5512345")["CurrencyRate"] == 0.551235


class TestTracking:
    @pytest.fixture(autouse=True)
    def _categories(self, office: XeroOffice) -> None:
        self.region = office.xero.add_tracking_category("Region", ["North", "South"])
        self.plant = office.xero.add_tracking_category("Plant", ["Mill 1"])

    def entry(self, category: Json, option: int = 0) -> Json:
        chosen = category["Options"][option]
        return {
            "TrackingCategoryID": category["TrackingCategoryID"],
            "TrackingOptionID": chosen["TrackingOptionID"],
        }

    def test_by_ids_or_by_names(self, office: XeroOffice) -> None:
        sent = [self.entry(self.region, 1), {"Name": "Plant", "Option": "Mill 1"}]
        made = office.new_bill(LineItems=[line(Tracking=sent)])["LineItems"][0]["Tracking"]
        assert [(each["Name"], each["Option"]) for each in made] == [("Region", "South"), ("Plant", "Mill 1")]

    @pytest.mark.parametrize("entry", [{"Name": "Region", "Option": "West"}, {"Name": "Colour", "Option": "Red"}])
    def test_what_does_not_exist_is_dropped_silently(self, office: XeroOffice, entry: Json) -> None:
        assert office.new_bill(LineItems=[line(Tracking=[entry])])["LineItems"][0]["Tracking"] == []

    def test_an_unknown_category_id_or_an_object_is_500(self, office: XeroOffice) -> None:
        wrong = {"TrackingCategoryID": UNKNOWN, "TrackingOptionID": UNKNOWN}
        for tracking in ([wrong], self.entry(self.region)):
            answer = office.put_bill(LineItems=[line(Tracking=tracking)])
            assert (answer.status_code, answer.json()["Title"]) == (500, "An error occurred")
        assert office.xero.bills() == []

    def test_three_entries_twice_one_category_or_an_archived_option_are_refused(self, office: XeroOffice) -> None:
        entries = [self.entry(self.region), self.entry(self.plant), self.entry(self.region, 1)]
        assert complaints(office.put_bill(LineItems=[line(Tracking=entries)]))
        assert complaints(office.put_bill(LineItems=[line(Tracking=[entries[0], entries[2]])]))
        office.xero.archive_tracking_option("Region", "North")
        assert "not active" in complaints(office.put_bill(LineItems=[line(Tracking=entries[:1])]))[0]

    def test_a_third_active_category_cannot_be_made(self, office: XeroOffice) -> None:
        with pytest.raises(ValueError, match="at most two"):
            office.xero.add_tracking_category("Third")


class TestBatches:
    def test_without_summary_each_element_has_its_own_fate(self, office: XeroOffice) -> None:
        bills = [office.bill(InvoiceNumber=f"PO-{n}") for n in range(4)]
        bills[1]["LineItems"] = [line(AccountCode="999")]
        for spelled in ("false", "False"):
            answer = office.call("PUT", "Invoices", query={"summarizeErrors": spelled}, json={"Invoices": bills})
            rows = answer.json()["Invoices"]
            assert answer.status_code == 200
            assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "OK", "OK"]
            assert [row["InvoiceNumber"] for row in rows] == [f"PO-{n}" for n in range(4)]
            assert rows[1]["HasErrors"] is True
            assert rows[1]["InvoiceID"] == NO_ID
            assert "'999'" in rows[1]["LineItems"][0]["ValidationErrors"][0]["Message"]
        assert len(office.xero.bills()) == 6

    def test_summarised_one_bad_element_refuses_all(self, office: XeroOffice) -> None:
        bills = [office.bill(), office.bill(LineItems=[line(AccountCode="999")])]
        answer = office.call("PUT", "Invoices", json={"Invoices": bills})
        assert answer.status_code == 400
        assert len(answer.json()["Elements"]) == 1
        assert office.xero.bills() == []

    def test_a_refused_batch_leaves_no_contact_behind(self, office: XeroOffice) -> None:
        fresh = office.bill(Contact={"Name": "Brand New Ltd"})
        bad = office.bill(LineItems=[line(AccountCode="999")])
        office.call("PUT", "Invoices", json={"Invoices": [fresh, bad]})
        assert [row["Name"] for row in office.rows("Contacts", page=1)] == ["Delta Steel Ltd"]


class TestContactsOfBills:
    def test_a_name_that_nobody_has_makes_a_contact(self, office: XeroOffice) -> None:
        first = office.new_bill(Contact={"Name": "Brand New Ltd"})
        again = office.new_bill(Contact={"Name": "BRAND NEW LTD"})
        assert first["Contact"]["ContactID"] == again["Contact"]["ContactID"]

    def test_an_id_alone_leaves_the_contact_as_it_is(self, office: XeroOffice) -> None:
        before = office.xero.contact(office.supplier)
        office.new_bill()
        assert {**office.xero.contact(office.supplier), "IsSupplier": False} == before

    def test_other_fields_edit_the_contact_and_lose_its_people(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, ContactPersons=[{"FirstName": "Ann", "LastName": "Lee"}])
        office.new_bill(Contact={"ContactID": office.supplier, "EmailAddress": "new@delta.example"})
        contact = office.xero.contact(office.supplier)
        assert (contact["EmailAddress"], contact["ContactPersons"]) == ("new@delta.example", [])

    def test_an_archived_contact_takes_no_bill(self, office: XeroOffice) -> None:
        office.xero.archive_contact(office.supplier)
        for contact in ({"ContactID": office.supplier}, {"Name": "Delta Steel Ltd"}):
            assert "has been archived" in complaints(office.put_bill(Contact=contact))[0]

    def test_the_first_bill_makes_a_supplier_without_a_stamp(self, office: XeroOffice) -> None:
        before = office.rows("Contacts", page=1)[0]
        office.new_bill()
        after = office.rows("Contacts", page=1)[0]
        assert (before["IsSupplier"], after["IsSupplier"]) == (False, True)
        assert before["UpdatedDateUTC"] == after["UpdatedDateUTC"]


class TestChanging:
    MOVES = (
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("DRAFT", "PAID", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("SUBMITTED", "DELETED", True),
        ("SUBMITTED", "VOIDED", False),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "PAID", False),
        ("VOIDED", "DRAFT", False),
        ("VOIDED", "AUTHORISED", False),
        ("DELETED", "DRAFT", False),
        ("DELETED", "DELETED", False),
    )

    @pytest.mark.parametrize(("before", "after", "allowed"), MOVES)
    def test_the_moves_of_a_bill(self, office: XeroOffice, before: str, after: str, allowed: bool) -> None:
        row = office.new_bill(Status=before if before not in ("VOIDED", "DELETED") else "DRAFT")
        if before == "VOIDED":
            office.xero.approve_bill(row["InvoiceID"])
        if before in ("VOIDED", "DELETED"):
            office.xero.delete_bill(row["InvoiceID"])
        answer = office.change(row["InvoiceID"], Status=after)
        assert (answer.status_code == 200) is allowed
        assert office.xero.bill(row["InvoiceID"])["Status"] == (after if allowed else before)
        if not allowed:
            assert complaints(answer) == ["Invoice not of valid status for modification"]

    def test_a_gone_bill_owes_nothing(self, office: XeroOffice) -> None:
        row = office.new_bill()
        gone = office.change(row["InvoiceID"], Status="DELETED").json()["Invoices"][0]
        assert (gone["AmountDue"], gone["Total"]) == (0.0, 115.0)

    def test_lines_are_changed_added_and_removed_by_their_ids(self, office: XeroOffice) -> None:
        row = office.new_bill(LineItems=[line(Description=name) for name in "abc"])
        first, second, third = (each["LineItemID"] for each in row["LineItems"])
        sent = [{"LineItemID": first, "UnitAmount": 1}, line(Description="d"), {"LineItemID": third}]
        after = office.change(row["InvoiceID"], LineItems=sent).json()["Invoices"][0]
        shown = [(each["Description"], each["LineAmount"]) for each in after["LineItems"]]
        assert shown == [("a", 1.0), ("d", 100.0), ("c", 100.0)]
        kept = {each["LineItemID"] for each in after["LineItems"]}
        assert first in kept
        assert third in kept
        assert second not in kept
        assert len(kept) == 3

    def test_an_unknown_line_id_is_refused(self, office: XeroOffice) -> None:
        row = office.new_bill()
        assert complaints(office.change(row["InvoiceID"], LineItems=[line(LineItemID=UNKNOWN)]))

    def test_fields_not_sent_stay(self, office: XeroOffice) -> None:
        row = office.new_bill(Url="https://portal.example/r/1", LineItems=[line(Quantity=3, UnitAmount=10.1234)])
        path = f"Invoices/{row['InvoiceID']}"
        after = office.call("POST", path, json={"InvoiceNumber": "S-991"}).json()["Invoices"][0]
        assert (after["InvoiceNumber"], after["Url"], after["Total"]) == ("S-991", "https://portal.example/r/1", 34.93)
        # Even without unitdp=4 on the change, the stored price keeps its decimals.
        known = row["LineItems"][0]["LineItemID"]
        office.call("POST", path, json={"LineItems": [{"LineItemID": known, "Quantity": 4}]})
        assert office.xero.bill(row["InvoiceID"])["SubTotal"] == 40.49

    def test_changed_amount_types_tax_the_stored_lines_anew(self, office: XeroOffice) -> None:
        row = office.new_bill()
        after = office.change(row["InvoiceID"], LineAmountTypes="Inclusive").json()["Invoices"][0]
        assert amounts(after) == (86.96, 13.04, 100.0)

    def test_approving_looks_at_the_stored_lines_again(self, office: XeroOffice) -> None:
        row = office.new_bill()
        office.xero.archive_account("310")
        assert "has been archived" in complaints(office.change(row["InvoiceID"], Status="AUTHORISED"))[0]

    def test_put_never_changes_and_post_never_finds_an_unknown_id(self, office: XeroOffice) -> None:
        row = office.new_bill()
        assert complaints(office.put_bill(InvoiceID=row["InvoiceID"], InvoiceNumber="PO-2"))
        wrong = office.call("POST", "Invoices", json=office.bill(InvoiceID=UNKNOWN))
        assert wrong.status_code == 400
        assert office.change(UNKNOWN, InvoiceNumber="PO-2").status_code == 404

    def test_a_paid_bill_lets_little_be_changed(self, office: XeroOffice) -> None:
        row = office.new_bill(Status="AUTHORISED")
        office.xero.pay_bill(row["InvoiceID"], 15)
        known = row["LineItems"][0]["LineItemID"]
        allowed: list[Json] = [
            {"InvoiceNumber": "S-991", "DueDate": "2026-11-30", "Url": "https://portal.example/r/2"},
            {"LineItems": [{"LineItemID": known, "Description": "Bars", "AccountCode": "429"}]},
        ]
        refused: list[Json] = [
            {"Date": "2026-10-02"},
            {"Status": "VOIDED"},
            {"CurrencyCode": "USD"},
            {"LineItems": [{"LineItemID": known, "UnitAmount": 1}]},
            {"LineItems": [line()]},
        ]
        for fields in allowed:
            assert office.change(row["InvoiceID"], **fields).status_code == 200
        for fields in refused:
            assert complaints(office.change(row["InvoiceID"], **fields))[0].startswith("This document cannot be edited")
        assert office.xero.bill(row["InvoiceID"])["AmountDue"] == 100.0
