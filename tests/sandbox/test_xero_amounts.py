"""Tax, totals and dates of the Xero stand-in, against documents that Xero itself computed."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.sandbox.xero.amounts import read_number, rounded
from integrations.sandbox.xero.dates import day_in, day_text, read_day, read_since, seven_decimals
from integrations.sandbox.xero.tax import line_amount, tax_on, totals

# Rates of the New Zealand demo company at the time of the recording.
RECORDED_RATES = {"INPUT2": Decimal(15), "OUTPUT2": Decimal(15), "NONE": Decimal(0), "ZERORATED": Decimal(0)}


def test_every_recorded_document_of_xero_recomputes_to_the_cent(api_facts: Path) -> None:
    recorded = json.loads((api_facts / "xero" / "recorded_demo_invoices.json").read_text(), parse_float=Decimal)
    documents = recorded["Invoices"]
    assert len(documents) == 79
    for document in documents:
        kind, lines = document["LineAmountTypes"], []
        for line in document["LineItems"]:
            amount = line_amount(line["Quantity"], line["UnitAmount"])
            assert amount == line["LineAmount"]
            tax = tax_on(amount, RECORDED_RATES[line["TaxType"]], kind)
            assert tax == line["TaxAmount"]
            lines.append((amount, tax))
        found = totals(lines, kind)
        assert (found.subtotal, found.tax, found.total) == (
            document["SubTotal"],
            document["TotalTax"],
            document["Total"],
        )


def test_tax_is_rounded_per_line_and_then_summed() -> None:
    lines = [(Decimal("33.34"), Decimal(5)), (Decimal("33.33"), Decimal(5)), (Decimal("33.33"), Decimal(5))]
    taxed = [(amount, tax_on(amount, percent, "Exclusive")) for amount, percent in lines]
    assert totals(taxed, "Exclusive").tax == Decimal("5.01")  # A50: 5 % on the whole would be 5.00


def test_inclusive_amounts_hold_their_tax() -> None:
    tax = tax_on(Decimal("10.00"), Decimal(15), "Inclusive")
    assert tax == Decimal("1.30")
    assert totals([(Decimal("10.00"), tax)], "Inclusive").subtotal == Decimal("8.70")


def test_halves_are_rounded_away_from_zero() -> None:
    assert rounded(Decimal("0.125")) == Decimal("0.13")
    assert rounded(Decimal("-0.125")) == Decimal("-0.13")


@pytest.mark.parametrize("written", ["2026-10-01", "2026-10-01T00:00:00", "/Date(1790812800000)/",
                                     "/Date(1790812800000+0000)/", "2026-10-01T23:30:00+13:00"])  # fmt: skip
def test_a_date_is_taken_in_every_form_that_xero_takes(written: str) -> None:
    assert read_day(written) == date(2026, 10, 1)


@pytest.mark.parametrize("written", ["01/10/2026", "2026-13-01", "", None, 1790812800000, "/Date(x)/"])
def test_anything_else_is_no_date(written: object) -> None:
    with pytest.raises(ValueError):
        read_day(written)


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(1970, 1, 1), date(1899, 12, 31)])
def test_dates_go_out_as_midnight_utc_of_the_calendar_date(day: date) -> None:
    assert day_in(day_text(day)) == day


def test_if_modified_since_is_understood_in_iso_form_only() -> None:
    moment = int(datetime(2026, 10, 1, 4, tzinfo=UTC).timestamp() * 1000)
    assert read_since("2026-10-01T04:00:00") == moment
    assert read_since("2026-10-01T04:00:00+00:00") == moment
    assert read_since("Thu, 01 Oct 2026 04:00:00 GMT") is None


def test_connections_show_seven_decimals_without_a_zone() -> None:
    assert seven_decimals(1_790_812_999_120) == "2026-10-01T00:03:19.1200000"


@pytest.mark.parametrize("value", [True, "twelve", "", "NaN", "Infinity", None, [], "1e30"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        read_number(value)
