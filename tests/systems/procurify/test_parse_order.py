"""An order of Procurify becomes a document: figures exact, dates as written, codes of every allocation."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from integrations.documents import (
    Allocation,
    Card,
    ExtraCost,
    HeaderAmount,
    LineKind,
    OrderState,
    Tax,
    Vendor,
    VendorKind,
)
from integrations.systems.procurify import parse
from tests.systems.procurify.orders import detail, row, sample

CARD = {"id": 12, "name": "Operations Visa", "number": "4242", "vendor": {"id": 372, "name": "Salish Card Services"}}
SALISH = Vendor("372", "Salish Card Services", kind=VendorKind.CARD_PROVIDER)


def test_the_head_of_an_order() -> None:
    summary = parse.order(detail()).summary
    assert (summary.source_id, summary.number, summary.version) == ("1041", "PF1041", "2")
    assert (summary.state, summary.active) == (OrderState.OPEN, True)
    assert summary.date == date(2026, 5, 1)
    assert summary.modified_at == datetime(2026, 5, 3, 23, 22, 41, 880120, tzinfo=UTC)
    assert (summary.currency, summary.total) == ("USD", Decimal("968.45"))
    assert (summary.vendor.source_id, summary.vendor.name) == ("318", "Northgate Safety Supply")
    assert summary.vendor.kind is VendorKind.PREFERRED


def test_list_and_detail_give_the_same_summary() -> None:
    listed = parse.order_summary(sample("purchase_orders_list")["data"][0])
    assert listed == parse.order(detail()).summary


def test_the_lines_of_an_order() -> None:
    gloves, jack = parse.order(detail()).lines
    assert (gloves.source_id, gloves.description, gloves.item_code) == (
        "5511", "Nitrile gloves M, box 100", "NG-M-100",
    )  # fmt: skip
    assert [gloves.quantity, gloves.price, gloves.amount] == [40, Decimal("12.5"), 500]
    assert gloves.allocations == (Allocation(Decimal(500), "6100", "14", "Production", "2", "Plant North"),)
    assert gloves.taxes == (Tax("GST 5%", percent=Decimal(5)),)
    assert [gloves.tax_amount, gloves.received, gloves.currency] == [25, 40, "USD"]
    assert gloves.approved_on == date(2026, 4, 30)
    assert [jack.received, jack.kind] == [0, LineKind.ONE_TIME]


def test_the_figures_around_the_lines() -> None:
    order = parse.order(detail())
    assert order.extra_costs == (ExtraCost("Freight", Decimal(35)),)
    assert order.tax == HeaderAmount(Decimal("44.45"))
    assert order.discount == HeaderAmount(Decimal(0))
    assert order.subtotal == 889
    assert (order.approved_on, order.created_by) == (date(2026, 4, 30), "Tom Okafor")
    assert order.card is None


def test_a_split_line_has_an_allocation_per_part_a26() -> None:
    raw = detail()
    account = raw["order_items"][0]["account"]
    raw["order_items"][0]["spend_allocation"] = [
        {"id": 1, "amount": "300.00000000", "account": account},
        {"id": 2, "amount": "200.00000000", "account": {**account, "department": None}},
    ]
    assert parse.order(raw).lines[0].allocations == (
        Allocation(Decimal(300), "6100", "14", "Production", "2", "Plant North"),
        Allocation(Decimal(200), "6100"),
    )


def test_a_line_without_an_account_keeps_the_code_copied_beside_it() -> None:
    raw = detail()
    raw["order_items"][0] |= {"account": None, "accountCode": "6150"}
    assert parse.order(raw).lines[0].allocations == (Allocation(Decimal(500), "6150"),)


@pytest.mark.parametrize(
    "written", ["2026-03-31T23:00:00-07:00", "2026-03-31T00:30:00+13:00", "2026-03-31", "2026-03-31T23:59:59Z"]
)
def test_a_business_date_is_the_day_that_is_written_a61(written: str) -> None:
    assert parse.order_summary(row(date=written)).date == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        (0, OrderState.OPEN),
        (1, OrderState.CANCELLED),
        (2, OrderState.LEGACY),
        (3, OrderState.CLOSED),
        (4, OrderState.PAID),
        (5, OrderState.OPEN),
        (None, OrderState.UNSTATED),
    ],
)
def test_every_state_of_an_order_is_told_apart_a5(state: int | None, meant: OrderState) -> None:
    assert parse.order_summary(row(state=state)).state is meant


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        ("percent", "5.00000000", Tax("GST", percent=Decimal(5))),
        ("0", "5", Tax("GST", percent=Decimal(5))),
        ("amount", "12.34", Tax("GST", amount=Decimal("12.34"))),
        ("1", "12.34", Tax("GST", amount=Decimal("12.34"))),
    ],
)
def test_a_tax_is_a_percentage_or_an_amount(kind: str, value: str, meant: Tax) -> None:
    raw = detail()
    raw["order_items"][0]["taxes"] = [{"id": 1, "type": kind, "value": value, "name": "GST"}]
    assert parse.order(raw).lines[0].taxes == (meant,)


def test_two_taxes_on_a_line_stay_two_a46() -> None:
    raw = detail()
    raw["order_items"][0]["taxes"] = [
        {"type": "percent", "value": "5", "name": "GST"},
        {"type": "percent", "value": "7", "name": "PST"},
    ]
    assert [tax.name for tax in parse.order(raw).lines[0].taxes] == ["GST", "PST"]


def test_a_percentage_on_the_header_is_told_from_an_amount_a55() -> None:
    raw = detail() | {"discount": {"value": 10, "type": "percentage"}, "tax": None}
    order = parse.order(raw)
    assert order.discount == HeaderAmount(Decimal(10), is_percentage=True)
    assert order.tax == HeaderAmount()


def test_blanket_recurring_and_card_paid_orders_are_known_a5_a6() -> None:
    raw = detail() | {"creditcard": CARD}
    raw["order_items"][0]["type"], raw["order_items"][1]["type"] = 2, 1
    order = parse.order(raw)
    assert order.card == Card("12", "Operations Visa 4242", SALISH)
    assert [line.kind for line in order.lines] == [LineKind.BLANKET, LineKind.RECURRING]
    assert parse.order_summary(row(has_blanket_order_items=True)).has_blanket_lines


def test_the_placeholder_vendor_has_the_name_written_on_the_lines_a72() -> None:
    raw = detail()
    raw["pref_vendor"] |= {"id": 1, "name": "OTHER", "type": 1}
    raw["order_items"][0]["vendor"] = "Corner shop"
    vendor = parse.order(raw).summary.vendor
    assert (vendor.name, vendor.kind) == ("Corner shop", VendorKind.ONE_TIME)


def test_an_order_without_any_vendor_has_a_one_time_vendor() -> None:
    vendor = parse.order_summary(row(pref_vendor=None, vendor_name="Somebody")).vendor
    assert (vendor.source_id, vendor.name, vendor.kind) == ("", "Somebody", VendorKind.ONE_TIME)


def test_the_latest_step_of_the_approval_names_the_approver_a97() -> None:
    raw = detail()
    raw["order_items"][1]["approval_history"] = [
        {"user": {"firstName": "Ana", "lastName": "Petrov"}, "dateTime": "2026-04-30T14:05:00-07:00"},
        {"user": {"firstName": "Kim", "lastName": "Lee"}, "dateTime": "2026-04-30T22:00:00Z"},
    ]
    assert parse.order(raw).approved_by == "Kim Lee"


def test_a_payload_reads_the_same_after_it_was_stored() -> None:
    raw = detail()
    raw["order_items"][0]["quantity"] = Decimal("0.10")
    raw["order_items"][0]["price"] = Decimal("1E+3")
    stored = parse.dumps(raw)
    assert '"quantity":0.10,' in stored
    assert parse.loads(stored) == raw
    assert repr(parse.loads(stored)) == repr(raw)
    assert parse.order(parse.loads(stored)) == parse.order(raw)


def test_a_text_that_looks_like_a_marked_number_stays_a_text() -> None:
    raw = {"name": "12.50", "other": "\u0000num:5", "wide": "Müller 東京 \U0001f600"}
    assert parse.loads(parse.dumps(raw)) == raw
