"""An approved order becomes the draft an accountant would have written, or says everything that is missing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.documents import Bill, BillLine, Card, ExtraCost, Line, LineKind, OrderState, PurchaseOrder
from integrations.pairs.flow import Place
from integrations.pairs.procurify_xero import judge, place
from integrations.systems.xero.payloads import expected_totals
from tests.pairs.orders import GST, PST, line, order, part, tables, tax_row, terms, translated

D = Decimal
ZERO = D(0)


def drafted(given: PurchaseOrder, **on: object) -> Bill:
    found = translated(given, on=terms(**on))
    assert found.bill is not None, (found.gaps, found.holds)
    return found.bill


def booked(bill: Bill) -> list[BillLine]:
    return [each for each in bill.lines if not each.is_text]


def test_a7_the_draft_says_that_the_suppliers_invoice_has_not_come() -> None:
    bill = drafted(order())
    assert bill.number == "PF1041"
    assert bill.date == date(2026, 5, 1)
    assert bill.due_date is None
    assert bill.lines[0].is_text
    assert bill.lines[0].description == "Order PF1041, supplier's invoice not yet received"


def test_a7_a_date_in_a_closed_period_takes_the_first_open_day_and_is_flagged() -> None:
    found = translated(order(day=date(2026, 3, 31)), on=terms(locked_until=date(2026, 3, 31)))
    assert found.bill is not None
    assert found.bill.date == date(2026, 4, 1)
    assert [flag.kind for flag in found.flags] == ["re-dated"]


def test_a24_one_line_per_allocation_each_with_its_account_and_tracking() -> None:
    split = line("389.00", allocations=(part("233.40"), part("155.60", "6200")))
    lines = booked(drafted(order(split)))
    assert [(each.account, each.net) for each in lines] == [("400", D("233.40")), ("410", D("155.60"))]
    assert {tracked.option for tracked in lines[0].tracking} == {"opt-production", "opt-north"}


def test_a24_allocations_gross_of_tax_are_turned_to_net() -> None:
    gross = line("100.00", allocations=(part("63.00"), part("42.00", "6200")))
    assert [each.net for each in booked(drafted(order(gross)))] == [D("60.00"), D("40.00")]


def test_a24_allocations_that_close_in_no_reading_hold() -> None:
    found = translated(order(line("100.00", allocations=(part("60.00"), part("30.00")))))
    assert found.bill is None
    assert [hold.reason for hold in found.holds] == ["invalid-source"]
    assert "90.00" in found.holds[0].message


def test_a25_an_allocation_to_a_tax_account_is_tax_and_no_line() -> None:
    taxed = line("100.00", allocations=(part("100.00"), part("5.00", "2300")))
    assert [each.account for each in booked(drafted(order(taxed)))] == ["400"]


def test_a25_a_tax_account_that_takes_another_amount_than_the_tax_holds() -> None:
    found = translated(order(line("100.00", allocations=(part("100.00"), part("6.00", "2300")))))
    assert found.bill is None
    assert "tax account" in found.holds[0].message


def test_a27_a_rest_of_a_cent_goes_to_the_rounding_account_untaxed() -> None:
    bill = drafted(order(line("100.00"), total="105.01"))
    assert [(each.account, each.net, each.tax_code) for each in booked(bill)][-1] == ("860", D("0.01"), "NONE")
    assert booked(bill)[0].net == D("100.00")


def test_a27_a_rest_without_a_rounding_account_is_a_gap() -> None:
    found = translated(order(line("100.00"), total="105.01"), tables(rounding_account=""))
    assert [gap.key.table for gap in found.gaps] == ["rounding"]


def test_a27_a_larger_rest_holds_with_both_figures() -> None:
    found = translated(order(line("100.00"), total="105.02"))
    assert found.bill is None
    assert "105.02" in found.holds[0].message
    assert "100.00" in found.holds[0].message


def test_a30_and_a31_zero_and_negative_totals_are_held() -> None:
    assert judge(order(line("0.00", taxes=())), terms()).reason == "zero-total"
    assert judge(order(line("-10.00", taxes=())), terms()).reason == "credit"


def test_a32_a_card_order_is_excluded_by_rule() -> None:
    assert judge(order(card=Card("12", "Operations Visa")), terms()).place is Place.EXCLUDED


def test_a6_a_blanket_order_never_becomes_a_draft() -> None:
    assert judge(order(line(kind=LineKind.BLANKET)), terms()).place is Place.EXCLUDED


def test_a13_closed_with_less_received_than_ordered_is_held_with_the_figure() -> None:
    short = line("1000.00", quantity=D(100), price=D(10), received=D(60), taxes=())
    verdict = judge(order(short, state=OrderState.CLOSED), terms())
    assert (verdict.place, verdict.reason) == (Place.HELD, "closed-short")
    assert "600.00" in verdict.why


def test_a13_closed_after_everything_came_goes_on() -> None:
    assert judge(order(state=OrderState.CLOSED), terms()).place is Place.WAITING


def test_a35_lines_of_another_currency_hold() -> None:
    assert judge(order(line(currency="CAD")), terms()).reason == "invalid-source"


def test_a33_first_seen_as_paid_is_held() -> None:
    assert judge(order(state=OrderState.PAID), terms()).reason == "paid-at-source"


@pytest.mark.parametrize(("start", "expected"), [(date(2026, 5, 1), "waiting"), (date(2026, 5, 2), "before-start")])
def test_a64_dated_before_the_start_is_before_start(start: date, expected: str) -> None:
    assert place(order().summary, terms(start_date=start)).place == expected


def test_a64_approved_before_and_dated_after_the_start_is_held() -> None:
    verdict = judge(order(approved_on=date(2026, 4, 30)), terms(start_date=date(2026, 5, 1)))
    assert verdict.reason == "straddles-start"


def test_a43_every_line_carries_a_tax_code_and_none_is_guessed() -> None:
    assert [each.tax_code for each in booked(drafted(order(line(taxes=()))))] == ["NONE"]
    found = translated(order(line(taxes=(replace(GST, name="HST", percent=D(13)),))))
    assert found.bill is None
    assert [gap.reason for gap in found.gaps] == ["tax-not-mapped"]
    assert "HST 13%" in found.gaps[0].label


def test_a46_and_a47_gst_recoverable_and_pst_not() -> None:
    """100.00 with GST 5 % and PST 7 %: cost 107.00, tax 5.00; the PST is a line of its own without tax."""
    lines = booked(drafted(order(line("100.00", taxes=(GST, PST)))))
    assert [(each.net, each.tax_code) for each in lines] == [(D("100.00"), "PART"), (D("7.00"), "NONE")]
    assert expected_totals(drafted(order(line("100.00", taxes=(GST, PST)))), terms().tax_rates)[1] == D("5.00")


def test_a47_tax_that_is_not_recoverable_is_cost_on_the_same_account() -> None:
    lines = booked(drafted(order(line("100.00", taxes=(PST,)))))
    assert [(each.net, each.tax_code, each.account) for each in lines] == [(D("107.00"), "NONE", "400")]


def test_a50_item_tax_is_rounded_once_and_shared() -> None:
    """5 % on 100.00 in thirds is 5.00, shared 1.67, 1.67, 1.66: the target alone would come to 5.01."""
    thirds = line("100.00", allocations=(part("33.34"), part("33.33"), part("33.33")))
    bill = drafted(order(thirds))
    assert [each.tax_amount for each in booked(bill)] == [D("1.67"), D("1.67"), D("1.66")]
    assert expected_totals(bill, terms().tax_rates)[2] == D("105.00")


def test_a28_tax_is_left_to_the_target_where_it_comes_to_the_same() -> None:
    assert all(each.tax_amount is None for each in booked(drafted(order(line("100.00")))))


def test_a49_a_cent_of_difference_is_sent_explicitly() -> None:
    bill = drafted(order(line("100.00", tax="5.01")))
    assert booked(bill)[0].tax_amount == D("5.01")
    assert expected_totals(bill, terms().tax_rates)[2] == D("105.01")


def test_a49_a_tax_that_its_rate_does_not_give_is_held() -> None:
    found = translated(order(line("100.00", tax="6.00")))
    assert found.bill is None
    assert [hold.reason for hold in found.holds] == ["tax-differs"]


def test_a49_tax_from_the_target_accepts_a_cent_and_says_so() -> None:
    found = translated(order(line("100.00", tax="5.01")), on=terms(tax_from="target"))
    assert found.bill is not None
    assert booked(found.bill)[0].tax_amount is None
    assert [flag.kind for flag in found.flags] == ["tax-accepted"]


def test_a51_inclusive_items_become_net() -> None:
    """Gross 10.00 at 5 % is 9.52 + 0.48."""
    inclusive = line("10.00", tax="0.48", tax_inclusive=True, allocations=(part("10.00"),))
    bill = drafted(order(inclusive, total="10.00", header_tax="0.48"))
    assert [each.net for each in booked(bill)] == [D("9.52")]


def test_a52_header_tax_that_repeats_the_lines_is_not_added_twice() -> None:
    items = (line("500.00"), line("389.00", source_id="5512"))
    freight = (ExtraCost("Freight", D("35.00")),)
    bill = drafted(order(*items, costs=freight, header_tax="44.45"))
    assert bill.total == D("968.45")
    assert bill.tax == D("44.45")


def test_a52_tax_on_the_header_alone_is_shared_over_the_items() -> None:
    bill = drafted(order(line("100.00", tax="0.00", taxes=(GST,)), header_tax="5.00", total="105.00"))
    assert bill.tax == D("5.00")


def test_a53_freight_goes_to_its_account_without_an_items_tax() -> None:
    bill = drafted(order(line(), costs=(ExtraCost("Freight", D("35.00")),)))
    assert [(each.description, each.account, each.tax_code) for each in booked(bill)][-1] == ("Freight", "425", "NONE")


def test_a53_a_cost_to_spread_follows_the_items_by_net() -> None:
    split = line("100.00", allocations=(part("75.00"), part("25.00", "6200")))
    bill = drafted(order(split, costs=(ExtraCost("Other", D("10.00")),)))
    assert [(each.account, each.net) for each in booked(bill)][-2:] == [("400", D("7.50")), ("410", D("2.50"))]


def test_a54_shipping_on_items_counts_only_if_the_total_needs_it() -> None:
    informative = drafted(order(line("100.00", shipping=D("8.00"))))
    assert informative.total == D("105.00")
    found = translated(order(line("100.00", shipping=D("8.00")), total="113.00"))
    assert [gap.label for gap in found.gaps] == ["The extra cost “Shipping” has no treatment"]


def test_a55_a_discount_becomes_negative_lines_over_the_items_without_tax() -> None:
    split = line("889.00", allocations=(part("444.50"), part("444.50", "6200")))
    bill = drafted(order(split, discount="50.00"))
    assert [(each.net, each.tax_code) for each in booked(bill)][-2:] == [(D("-25.00"), "NONE")] * 2
    assert bill.tax == D("44.45")


def test_a56_a_currency_the_target_does_not_use_is_a_gap() -> None:
    found = translated(order(currency="CHF"))
    assert [gap.reason for gap in found.gaps] == ["currency-not-enabled"]


def test_a60_yen_have_no_decimals() -> None:
    found = translated(order(line("100.50", taxes=()), currency="JPY"))
    assert found.bill is None
    assert "decimals" in found.holds[0].message


def test_a68_a_required_dimension_that_is_missing_is_a_gap() -> None:
    elsewhere = line("100.00", allocations=(part("100.00", location="9"),))
    found = translated(order(elsewhere))
    assert [gap.key.parts for gap in found.gaps] == [("location", "9")]


def test_a68_a_line_without_the_required_dimension_is_held_for_the_source() -> None:
    found = translated(order(line("100.00", allocations=(part("100.00", location=""),))))
    assert [hold.reason for hold in found.holds] == ["invalid-source"]
    assert found.gaps == ()


def test_e9_everything_that_is_missing_is_said_at_once() -> None:
    lacking = line("100.00", allocations=(part("50.00", "9999"), part("50.00", "9998", location="9")),
                   taxes=(replace(GST, name="HST"),))  # fmt: skip
    found = translated(order(lacking, currency="CHF"), tables(vendors={}))
    assert {gap.key.table for gap in found.gaps} == {"account", "tracking", "tax", "currency", "vendor"}
    assert found.bill is None


def test_an_archived_account_holds_before_anything_is_sent() -> None:
    archived = {
        key: replace(row, active=False, problem="Account 400 is archived.") for key, row in tables().accounts.items()
    }
    found = translated(order(), tables(accounts=archived))
    assert found.bill is None
    assert [gap.reason for gap in found.gaps] == ["inactive-account"]


cents = st.integers(min_value=1, max_value=5_000_000).map(lambda units: D(units) / 100)


@st.composite
def random_lines(draw: st.DrawFn) -> tuple[Line, ...]:
    lines = []
    for number in range(draw(st.integers(1, 5))):
        net = draw(cents)
        count = draw(st.integers(1, 4))
        pieces = [(net / count).quantize(D("0.01")) for _ in range(count - 1)]
        pieces.append(net - sum(pieces, ZERO))
        codes = draw(st.lists(st.sampled_from(["6100", "6200"]), min_size=count, max_size=count))
        parts = tuple(part(str(piece), code) for piece, code in zip(pieces, codes, strict=True))
        taxes = draw(st.sampled_from([(), (GST,), (PST,), (GST, PST)]))
        lines.append(line(str(net), taxes=taxes, allocations=parts, source_id=str(number)))
    return tuple(lines)


@settings(max_examples=150, deadline=None)
@given(lines=random_lines(), freight=st.one_of(st.just(ZERO), cents), discount=st.integers(0, 40))
def test_a27_and_a28_what_is_sent_comes_to_the_sources_total(
    lines: tuple[Line, ...], freight: Decimal, discount: int
) -> None:
    nets = sum((each.amount for each in lines), ZERO)
    off = (nets * discount / 100).quantize(D("0.01"))
    costs = (ExtraCost("Freight", freight),) if freight else ()
    found = translated(order(*lines, costs=costs, discount=str(off)))
    if found.bill is None:  # only a tax further from its rate than the tolerance of A49 may hold
        assert {hold.reason for hold in found.holds} == {"tax-differs"}
        return
    assert expected_totals(found.bill, terms().tax_rates)[2] == found.bill.total


def test_a44_the_currency_narrows_a_tax_row() -> None:
    key, row = tax_row((), "NONE", "0", 90)
    abroad = {**tables().taxes, (key[0], "CAD", ""): replace(row, code="IMPORT", pk=91)}
    rates = {**terms().tax_rates, "IMPORT": ZERO}
    found = translated(order(line("100.00", taxes=()), currency="CAD"), tables(taxes=abroad), terms(tax_rates=rates))
    assert found.bill is not None
    assert [each.tax_code for each in booked(found.bill)] == ["IMPORT"]


def test_a_tax_code_whose_rate_is_not_known_holds() -> None:
    found = translated(order(), on=terms(tax_rates={"NONE": ZERO}))
    assert found.bill is None
    assert found.holds[0].reason == "inactive-account"
