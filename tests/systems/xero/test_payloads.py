"""The exact request: what stands in it, what never does, and what Xero could not hold."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from integrations.documents import Bill, BillAction, BillLine, BillWrite, Tracked
from integrations.errors import ConfigurationError, HoldRecordError, ProgrammingError
from integrations.systems.xero.payloads import check, fit_number, prepare
from tests.systems.xero.bills import CONTACT, bill, creating, line, sent


@pytest.mark.promise(3)
def test_the_whole_of_a_draft_bill() -> None:
    tracked = (Tracked("351953c4", "ce205173"),)
    lines = [
        BillLine("Order PF1042, supplier's invoice not yet received"),
        line(quantity=Decimal(3), unit_amount=Decimal("10.12340000"), tracking=tracked),
    ]
    prepared = prepare(creating(bill(*lines, due_date=date(2026, 10, 31))))
    assert (prepared.method, prepared.count) == ("PUT", 1)
    assert prepared.path == "/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4"
    assert prepared.template == "/api.xro/2.0/Invoices"
    assert sent(prepared.body) == [
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": CONTACT},
            "InvoiceNumber": "PF1042",
            "Date": "2026-10-01",
            "DueDate": "2026-10-31",
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": "NZD",
            "Status": "DRAFT",
            "Url": "https://portal.example/r/8f1c",
            "LineItems": [
                {"Description": "Order PF1042, supplier's invoice not yet received"},
                {
                    "Description": "Steel bar 12mm",
                    "Quantity": 3,
                    "UnitAmount": "10.1234",
                    "AccountCode": "310",
                    "TaxType": "INPUT2",
                    "Tracking": [{"TrackingCategoryID": "351953c4", "TrackingOptionID": "ce205173"}],
                },
            ],
        }
    ]


def test_numbers_are_written_as_exact_json_numbers() -> None:
    wide = line("9999999999.99", tax_amount=Decimal("0.10"))
    body = prepare(creating(bill(wide))).body.decode()
    assert '"UnitAmount":9999999999.99' in body
    assert '"TaxAmount":0.1,' in body or '"TaxAmount":0.1}' in body
    assert "E+" not in prepare(creating(bill(line("1E+3")))).body.decode()


def test_the_same_bills_give_the_same_bytes_e1() -> None:
    first, second = (
        prepare(creating(bill(line("500.00", quantity=Decimal(quantity), unit_amount=Decimal(unit)))))
        for quantity, unit in (("40.0", "12.5"), ("40.00000000", "12.50000000"))
    )
    assert first == second


def test_tax_is_sent_only_where_it_was_set_and_its_code_always_a43() -> None:
    items = sent(prepare(creating(bill(line(), line(tax_amount=Decimal(0), tax_code="NONE")))).body)[0]["LineItems"]
    assert "TaxAmount" not in items[0]
    assert items[1]["TaxAmount"] == 0
    with pytest.raises(ProgrammingError, match="A43"):
        prepare(creating(bill(line(tax_code=""))))


def test_a_rate_or_a_reference_is_never_sent_a57() -> None:
    assert not {"CurrencyRate", "Reference", "LineAmount"} & set(sent(prepare(creating(bill())).body)[0])


def test_an_update_replaces_the_lines_of_that_bill() -> None:
    prepared = prepare([BillWrite(BillAction.UPDATE, bill(), "ed255415")])
    (element,) = sent(prepared.body)
    assert prepared.method == "POST"
    assert element["InvoiceID"] == "ed255415"
    assert element["Status"] == "DRAFT"
    assert "LineItemID" not in element["LineItems"][0]


def test_a_deletion_is_a_status_and_nothing_else() -> None:
    prepared = prepare([BillWrite(BillAction.DELETE, None, "ed255415")])
    assert prepared.method == "POST"
    assert sent(prepared.body) == [{"InvoiceID": "ed255415", "Status": "DELETED"}]


@pytest.mark.parametrize(
    "writes",
    [
        [],
        [BillWrite(BillAction.CREATE, bill()), BillWrite(BillAction.DELETE, None, "x")],
        [BillWrite(BillAction.CREATE, None)],
        [BillWrite(BillAction.UPDATE, bill())],
        [BillWrite(BillAction.DELETE, None)],
    ],
)
def test_steps_that_make_no_sense_are_bugs(writes: list[BillWrite]) -> None:
    with pytest.raises(ProgrammingError):
        prepare(writes)


@pytest.mark.parametrize(
    "bad",
    [
        bill(line("10.005")),
        bill(line("10.00", tax_amount=Decimal("0.005"))),
        bill(line("10000000000.00")),
        bill(line("10.00", tracking=(Tracked("a", "1"), Tracked("b", "2"), Tracked("c", "3")))),
        bill(number="  "),
        bill(contact=""),
        replace(bill(), lines=()),
    ],
    ids=[
        "parts of a cent",
        "parts of a cent of tax",
        "too large",
        "three categories",
        "no number",
        "no contact",
        "none",
    ],
)
def test_what_xero_cannot_hold_is_held_before_it_is_sent_a60_a68(bad: Bill) -> None:
    with pytest.raises(HoldRecordError) as raised:
        prepare(creating(bad))
    assert raised.value.reason == "cannot-represent"
    with pytest.raises(HoldRecordError):
        check(bad)


def test_a_link_with_the_targets_name_is_an_administrators_matter() -> None:
    with pytest.raises(ConfigurationError):
        prepare(creating(bill(link="https://Xero-sync.example/r/1")))


def test_a_long_number_keeps_its_end_and_a_hash_a41() -> None:
    long = "INV-" + "7" * 300 + "-A1"
    fitted = fit_number(long)
    assert len(fitted) == 255
    assert fitted.endswith("-A1~" + hashlib.sha256(long.encode()).hexdigest()[:8])
    assert fit_number("x" + long) != fitted
    assert fit_number("  INV   7 ") == "INV 7"


def test_texts_are_cut_at_the_limit_and_cleaned() -> None:
    items = sent(
        prepare(
            creating(
                bill(
                    line(description="é東" * 3000),
                    line(description="a\x00\x1bb\nc"),
                    line(description=" "),
                    line("250.00", description="x" * 4000, quantity=Decimal("0.12345")),
                )
            )
        ).body
    )[0]["LineItems"]
    texts = [item["Description"] for item in items]
    assert len(texts[0]) == 4000
    assert texts[0].endswith("…")
    assert texts[1] == "ab\nc"
    assert texts[2] == "(no description)"
    assert texts[3].endswith("… (quantity 0.12345)")
    assert len(texts[3]) == 4000


def test_a_batch_keeps_its_order() -> None:
    numbers = [f"PF{number}" for number in range(50)]
    prepared = prepare(creating(*(bill(number=number) for number in numbers)))
    assert [element["InvoiceNumber"] for element in sent(prepared.body)] == numbers
    assert prepared.count == 50
    json.loads(prepared.body)
