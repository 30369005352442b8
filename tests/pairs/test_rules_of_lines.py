"""The rules of lines, splits, dimensions and companies by their numbers; random amounts where money is shared."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.documents import Bill, BillLine, ExtraCost, Line
from integrations.engine.companies import Companies
from integrations.money import rounded
from integrations.pairs.flow import Place
from integrations.pairs.order_totals import figures
from integrations.systems.reading import day_of
from integrations.systems.xero.payloads import expected_totals
from mappings import keys
from mappings.tables import ExtraCostRow, RequiredCategory, Tables, TrackingRow
from tests.pairs.orders import GST, PST, line, order, part, tables, terms, translated

D = Decimal
ZERO, CENT = D(0), D("0.01")
cents = st.decimals(min_value="0.05", max_value="9999.99", places=2)
many = settings(max_examples=120, deadline=None)


def drafted(*lines: Line, with_: Tables | None = None, **more: object) -> Bill:
    found = translated(order(*lines, **more), with_)  # type: ignore[arg-type]
    assert found.bill is not None, (found.gaps, found.holds)
    return found.bill


def booked(bill: Bill) -> list[BillLine]:
    return [each for each in bill.lines if not each.is_text]


@st.composite
def split_line(draw: st.DrawFn, *, taxes: tuple[object, ...] = (GST,), gross: bool = False) -> Line:
    """An item over one to five allocations that add up to its net, or to its gross."""
    net = draw(cents)
    tax = rounded(net * 5 / 100, CENT) if taxes else ZERO
    whole = net + tax if gross else net
    cuts = sorted(draw(st.lists(st.integers(0, int(whole * 100)), max_size=4)))
    edges = [0, *cuts, int(whole * 100)]
    parts = tuple(part(str(D(upper - lower) / 100), "6100") for lower, upper in pairwise(edges))
    return line(str(net), taxes=taxes, tax=str(tax), allocations=parts)  # type: ignore[arg-type]


# Lines


def test_a24_a_mixture_of_net_and_gross_items_is_held() -> None:
    net = line("100.00", allocations=(part("100.00"),))
    gross = line("200.00", allocations=(part("210.00"),), source_id="2")
    found = translated(order(net, gross))
    assert found.bill is None
    assert "add up to" in found.holds[0].message


@many
@given(item=split_line())
def test_a24_there_is_one_line_per_allocation_and_then_one_per_extra_cost(item: Line) -> None:
    lines = booked(drafted(item, costs=(ExtraCost("Freight", D("9.99")),)))
    assert [each.description for each in lines] == [item.description] * len(item.allocations) + ["Freight"]


@many
@given(item=split_line(), tax_part=st.booleans())
def test_a25_what_is_allocated_to_a_tax_account_never_becomes_a_line(item: Line, tax_part: bool) -> None:
    parts = (*item.allocations, part(str(item.tax_amount), "2300")) if tax_part else item.allocations
    lines = booked(drafted(replace(item, allocations=parts)))
    assert len(lines) == len(item.allocations)
    assert sum((each.net for each in lines), ZERO) == item.amount


@many
@given(item=split_line(gross=True), other=split_line(gross=True))
def test_a26_parts_add_up_to_their_item_and_items_to_the_net_total(item: Line, other: Line) -> None:
    """Gross allocations are the hard case: each net is a share, rounded down, and the cents are given out."""
    bill = drafted(item, replace(other, source_id="2"))
    lines = booked(bill)
    first = lines[: len(item.allocations)]
    assert sum((each.net for each in first), ZERO) == item.amount
    assert sum((each.net for each in lines), ZERO) == item.amount + other.amount == bill.net
    assert all(rounded(each.net, CENT) == each.net for each in lines)


def test_a26_a_hundred_over_three_departments_is_the_first_line_first() -> None:
    thirds = tuple(part("35.00") for _ in range(3))
    assert [each.net for each in booked(drafted(line("100.00", allocations=thirds)))] == [
        D("33.34"), D("33.33"), D("33.33"),
    ]  # fmt: skip


@many
@given(item=split_line(taxes=()), off=st.sampled_from(["-0.01", "0.00", "0.01"]))
def test_a27_a_rest_never_changes_an_items_amount(item: Line, off: str) -> None:
    bill = drafted(item, total=str(item.amount + D(off)))
    lines = booked(bill)
    assert sum((each.net for each in lines if each.account != "860"), ZERO) == item.amount
    assert [each.net for each in lines if each.account == "860"] == ([D(off)] if D(off) else [])
    assert expected_totals(bill, terms().tax_rates)[2] == bill.total


@pytest.mark.parametrize(("lines", "off", "goes"), [(1, "0.01", True), (1, "0.02", False), (5, "0.05", True),
                                                    (5, "0.06", False), (9, "0.06", False)])  # fmt: skip
def test_a27_a_cent_a_line_and_five_in_all_are_the_limit(lines: int, off: str, goes: bool) -> None:
    items = [line("10.00", taxes=(), source_id=str(number)) for number in range(lines)]
    found = translated(order(*items, total=str(10 * lines + D(off))))
    assert (found.bill is not None) is goes


@many
@given(items=st.lists(split_line(), min_size=1, max_size=4))
def test_a28_what_the_target_will_come_to_is_the_sources_total_before_it_is_sent(items: list[Line]) -> None:
    bill = drafted(*(replace(item, source_id=str(number)) for number, item in enumerate(items)))
    assert expected_totals(bill, terms().tax_rates)[2] == bill.total


# Tax


@many
@given(item=split_line(), freight=st.booleans(), discount=st.sampled_from(["0", "0.02"]), rest=st.booleans())
def test_a43_no_line_goes_without_a_tax_code(item: Line, freight: bool, discount: str, rest: bool) -> None:
    costs = (ExtraCost("Freight", D("5.00")), ExtraCost("Other", D("3.00"))) if freight else ()
    whole = item.amount + item.tax_amount + sum((cost.amount for cost in costs), ZERO) - D(discount)
    bill = drafted(item, costs=costs, discount=discount, total=str(whole + (CENT if rest else ZERO)))
    assert all(each.tax_code for each in booked(bill))


def test_a43_without_a_row_for_no_tax_a_line_without_tax_is_held() -> None:
    only_gst = {key: row for key, row in tables().taxes.items() if key[0] == "GST 5%"}
    found = translated(order(line(taxes=())), tables(taxes=only_gst))
    assert found.bill is None
    assert [gap.key for gap in found.gaps] == [keys.tax_key(keys.NO_TAX, "USD", "")]


def test_a44_a_tax_of_zero_percent_is_not_the_same_as_no_tax() -> None:
    found = translated(order(line(taxes=(replace(GST, name="Zero-rated", percent=D(0)),), tax="0.00")))
    assert [gap.key.parts[0] for gap in found.gaps] == ["Zero-rated 0%"]


@pytest.mark.promise(16)
def test_a45_a_code_whose_rate_changed_holds_its_documents_and_names_the_row() -> None:
    changed = {key: replace(row, active=row.code != "INPUT") for key, row in tables().taxes.items()}
    found = translated(order(), tables(taxes=changed))
    assert found.bill is None
    assert "another rate now" in found.gaps[0].label


@many
@given(item=split_line(taxes=()), percents=st.sampled_from([(PST,), (GST, PST)]))
def test_a47_tax_nobody_claims_is_cost_with_the_accounts_and_dimensions_of_its_item(
    item: Line, percents: tuple[object, ...]
) -> None:
    gst = rounded(item.amount * 5 / 100, CENT) if GST in percents else ZERO
    pst = rounded(item.amount * 7 / 100, CENT)
    bill = drafted(replace(item, taxes=percents, tax_amount=gst + pst))  # type: ignore[arg-type]
    lines = booked(bill)
    assert sum((each.net for each in lines), ZERO) == item.amount + pst
    assert {(each.account, each.tracking) for each in lines} == {("400", lines[0].tracking)}
    if gst:
        assert {each.tax_code for each in lines if "not recoverable" in each.description} <= {"NONE"}
    assert bill.net + bill.tax == bill.total


def test_a48_sales_tax_nobody_claims_goes_into_the_lines_own_accounts() -> None:
    split = line("100.00", taxes=(PST,), allocations=(part("75.00"), part("25.00", "6200")))
    lines = booked(drafted(split))
    assert [(each.account, each.net, each.tax_code) for each in lines] == [
        ("400", D("80.25"), "NONE"), ("410", D("26.75"), "NONE"),
    ]  # fmt: skip


def test_a49_an_item_may_differ_from_its_rate_by_a_cent_and_no_more() -> None:
    for tax, goes in (("4.99", True), ("5.00", True), ("5.01", True), ("5.02", False), ("4.98", False)):
        assert (translated(order(line("100.00", tax=tax))).bill is not None) is goes


def test_a49_a_cent_on_each_of_six_items_is_too_much_in_all() -> None:
    """Five cents in all, by the sum of what the target computes line by line."""
    items = [line("100.00", tax="5.01", source_id=str(number)) for number in range(6)]
    assert translated(order(*items[:5])).bill is not None
    found = translated(order(*items))
    assert [hold.reason for hold in found.holds] == ["tax-differs"]


@many
@given(item=split_line())
def test_a50_an_items_tax_is_rounded_once_and_its_shares_add_up(item: Line) -> None:
    bill = drafted(item)
    sent = [each.tax_amount for each in booked(bill)]
    assert bill.tax == item.tax_amount
    if None not in sent:
        assert sum((amount or ZERO for amount in sent), ZERO) == item.tax_amount


@many
@given(gross=cents, percent=st.sampled_from(["5", "15", "20"]))
def test_a51_an_inclusive_item_gives_up_its_tax_and_its_gross_stays(gross: Decimal, percent: str) -> None:
    """Gross 10.00 at 15 % is 8.70 + 1.30, where the net alone would come to 1.31."""
    rate = D(percent)
    tax = rounded(gross * rate / (100 + rate), CENT)
    taxed = replace(GST, name="VAT", percent=rate)
    item = line(str(gross), taxes=(taxed,), tax=str(tax), tax_inclusive=True)
    rows = tables()
    row = next(row for row in rows.taxes.values() if row.code == "INPUT")
    vat = {(f"VAT {percent}%", "", ""): replace(row, code="VAT", percent=rate, recoverable=rate), **rows.taxes}
    on = terms(tax_rates={**terms().tax_rates, "VAT": rate})
    given_order = order(item, total=str(gross), header_tax=str(tax))
    bill = translated(given_order, tables(taxes=vat), on).bill
    assert bill is not None
    assert (bill.net, bill.tax, bill.total) == (gross - tax, tax, gross)
    assert expected_totals(bill, on.tax_rates)[2] == gross


def test_a51_the_examples_amount_is_sent_where_the_target_would_compute_another() -> None:
    fifteen = replace(GST, name="VAT", percent=D(15))
    item = line("10.00", taxes=(fifteen,), tax="1.30", tax_inclusive=True)
    row = next(row for row in tables().taxes.values() if row.code == "INPUT")
    with_ = tables(taxes={("VAT 15%", "", ""): replace(row, code="VAT", percent=D(15), recoverable=D(15))})
    given_order = order(item, total="10.00", header_tax="1.30")
    bill = translated(given_order, with_, terms(tax_rates={"VAT": D(15)})).bill
    assert bill is not None
    assert [(each.net, each.tax_amount) for each in booked(bill)] == [(D("8.70"), D("1.30"))]


@pytest.mark.parametrize(
    ("on_line", "header", "total", "expected"),
    [
        ("5.00", "5.00", "105.00", ("5.00", "0.00")),  # the header repeats the line
        ("5.00", "0.00", "105.00", ("5.00", "0.00")),  # the line alone
        ("0.00", "5.00", "105.00", ("5.00", "0.00")),  # the header alone: shared over what bears a tax
        ("5.00", "3.00", "108.00", ("5.00", "3.00")),  # both
    ],
)
def test_a52_the_one_reading_that_closes_is_used(
    on_line: str, header: str, total: str, expected: tuple[str, str]
) -> None:
    found = figures(order(line("100.00", tax=on_line), header_tax=header, total=total), 2)
    assert (sum(found.line_taxes, ZERO), found.header_tax, found.rest) == (D(expected[0]), D(expected[1]), ZERO)


def test_a52_no_reading_that_closes_is_held() -> None:
    found = translated(order(line("100.00"), header_tax="3.00", total="106.00"))
    assert found.bill is None
    assert "106.00" in found.holds[0].message


# Extra costs and discounts


def test_a53_a_cost_that_is_tax_is_claimed_and_not_booked_as_expense() -> None:
    costs = {"gst": ExtraCostRow("extra-cost", 24, 1, treatment="tax", tax_code="INPUT")}
    item = line("100.00", taxes=(), tax="0.00")
    bill = translated(order(item, costs=(ExtraCost("GST", D("5.00")),)), tables(extra_costs=costs)).bill
    assert bill is not None
    assert [(each.account, each.net, each.tax_code) for each in booked(bill)] == [("400", D("100.00"), "INPUT")]
    assert bill.tax == D("5.00")


@pytest.mark.parametrize("names", [("GST", "Freight", "Other"), ("Freight", "Other", "GST")])
def test_a53_a_cost_that_is_tax_is_the_items_whatever_costs_stand_beside_it(names: tuple[str, ...]) -> None:
    rows = {**tables().extra_costs, "gst": ExtraCostRow("extra-cost", 24, 1, treatment="tax", tax_code="INPUT")}
    amounts = {"GST": D("5.00"), "Freight": D("20.00"), "Other": D("10.00")}
    costs = tuple(ExtraCost(name, amounts[name]) for name in names)
    found = translated(order(line("100.00", taxes=(), tax="0.00"), costs=costs), tables(extra_costs=rows))
    assert found.bill is not None, found.holds
    assert sorted((each.account, each.net, each.tax_code) for each in booked(found.bill)) == [
        ("400", D("10.00"), "NONE"),
        ("400", D("100.00"), "INPUT"),
        ("425", D("20.00"), "NONE"),
    ]
    assert found.bill.tax == D("5.00")


def test_a53_a_header_tax_that_no_item_names_is_no_tax_on_freight() -> None:
    rows = {**tables().extra_costs, "tax": ExtraCostRow("extra-cost", 24, 1, treatment="tax", tax_code="INPUT")}
    freight = (ExtraCost("Freight", D("20.00")),)
    asked = order(line("100.00", taxes=(), tax="0.00"), costs=freight, header_tax="5.00", total="125.00")
    found = translated(asked, tables(extra_costs=rows))
    assert found.bill is not None, found.holds
    assert [(each.account, each.tax_code) for each in booked(found.bill)] == [("400", "INPUT"), ("425", "NONE")]


@many
@given(item=split_line(), cost=cents)
def test_a53_a_spread_cost_adds_up_and_never_inherits_an_items_tax(item: Line, cost: Decimal) -> None:
    spread = [each for each in booked(drafted(item, costs=(ExtraCost("Other", cost),))) if each.description == "Other"]
    assert sum((each.net for each in spread), ZERO) == cost
    assert {each.tax_code for each in spread} == {"NONE"}


@many
@given(shipping=cents)
def test_a54_shipping_counts_only_where_the_total_does_not_close_without(shipping: Decimal) -> None:
    item = line("100.00", shipping=shipping)
    assert "Shipping" not in [each.description for each in drafted(item).lines]
    needs = translated(order(item, total=str(D("105.00") + shipping)))
    assert [gap.label for gap in needs.gaps] == ["The extra cost “Shipping” has no treatment"]


@many
@given(item=split_line(), share=st.integers(1, 60))
def test_a55_a_discount_adds_up_without_tax_over_the_items_accounts(item: Line, share: int) -> None:
    off = rounded(item.amount * share / 100, CENT)
    bill = drafted(item, discount=str(off))
    discount = [each for each in booked(bill) if each.description == "Discount"]
    assert sum((each.net for each in discount), ZERO) == -off
    assert {each.tax_code for each in discount} <= {"NONE"}
    assert bill.tax == item.tax_amount


# Currency, decimals and dates


def test_a56_a_document_keeps_its_own_currency() -> None:
    bill = drafted(line(), currency="CAD")
    assert bill.currency == "CAD"
    assert bill.total == D("525.00")


@many
@given(net=st.integers(1, 10_000_000), count=st.integers(1, 4))
def test_a60_yen_are_shared_in_whole_yen(net: int, count: int) -> None:
    pieces = tuple(part(str(D(net) / count)) for _ in range(count))
    found = translated(order(line(str(net), taxes=(), allocations=pieces), currency="JPY"))
    assert found.bill is not None
    lines = booked(found.bill)
    assert sum((each.net for each in lines), ZERO) == net
    assert all(each.net == each.net.to_integral_value() for each in lines)


@pytest.mark.parametrize("written", ["2026-03-31T23:00:00-07:00", "2026-03-31T00:30:00+13:00", "2026-03-31"])
def test_a61_a_business_date_is_the_date_as_written(written: str) -> None:
    assert day_of(written) == date(2026, 3, 31)


# Dimensions and companies


def test_a67_a_code_marked_for_another_kind_of_target_is_held_and_not_sent_as_text() -> None:
    rows = tables().accounts
    marked = {key: replace(row, code="", mark="retention") if key[0] == "6100" else row for key, row in rows.items()}
    found = translated(order(), tables(accounts=marked))
    assert found.bill is None
    assert [hold.reason for hold in found.holds] == ["cannot-represent"]
    assert "marked “retention”" in found.holds[0].message


def test_a68_a_dimension_the_source_does_not_name_holds_every_line() -> None:
    required = (RequiredCategory("cat-x", "Item type", "item category"),)
    found = translated(order(), tables(required_categories=required))
    assert found.bill is None
    assert "names no item category, and every line needs an option of Item type" in found.holds[0].message


def test_a68_a_value_mapped_into_another_category_does_not_fill_the_required_one() -> None:
    found = translated(order(), tables(required_categories=(RequiredCategory("cat-x", "Region", "location"),)))
    assert [gap.key for gap in found.gaps] == [keys.tracking_key("location", "2")]
    assert "has no option of Region" in found.gaps[0].label


def test_a68_more_dimensions_than_the_target_takes_are_held() -> None:
    found = translated(order(), on=terms(max_tracking=1))
    assert [hold.reason for hold in found.holds] == ["cannot-represent"]
    assert "needs 2 tracking categories, the target takes 1" in found.holds[0].message


def test_a68_two_options_of_one_category_are_held_and_none_is_guessed() -> None:
    rows = {
        ("department", "14"): TrackingRow("tracking", 31, 1, "opt-a", name="A", category="cat-l"),
        ("location", "2"): TrackingRow("tracking", 32, 1, "opt-b", name="B", category="cat-l"),
    }
    found = translated(order(), tables(tracking_rows=rows))
    assert [hold.reason for hold in found.holds] == ["cannot-represent"]


def companies() -> tuple[Companies, Tables]:
    """Ours is Plant North; Plant South belongs to another company of the same source."""
    ours = tables(takes_everything=False, locations=frozenset({"2"}))
    return Companies(frozenset({("location", "3")})), ours


def test_a80_a_document_of_another_company_is_excluded_by_rule() -> None:
    beside, ours = companies()
    assert beside.judge(order(line(allocations=(part("500.00", location="2"),))), ours).place is Place.WAITING
    assert beside.judge(order(line(allocations=(part("500.00", location="3"),))), ours).place is Place.EXCLUDED


@pytest.mark.parametrize("locations", [("2", "3"), ("9",), ("3", "9"), ("",)])
def test_a81_a_document_of_two_companies_or_of_none_is_held(locations: tuple[str, ...]) -> None:
    beside, ours = companies()
    parts = tuple(part("250.00", location=location) for location in locations)
    verdict = beside.judge(order(line(allocations=parts)), ours)
    assert (verdict.place, verdict.reason) == (Place.HELD, "spans-companies")
