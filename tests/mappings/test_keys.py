"""Keys of look-ups: canonical, and the same for a saved row as for the gap it closes (E9, E15)."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mappings import keys
from mappings.keys import LookupKey

part = st.text(max_size=80)
parts = st.tuples(part, part, part, part)


def test_a46_taxes_are_one_set_whatever_the_order() -> None:
    gst, pst = ("GST", Decimal("5.00")), ("PST", Decimal(7))
    assert keys.taxes_key([gst]) == "GST 5%"
    assert keys.taxes_key([pst, gst]) == keys.taxes_key([gst, pst]) == "GST 5% + PST 7%"
    assert keys.taxes_key([]) == "no tax"
    assert keys.taxes_key([("Zero rated", Decimal("0.000"))]) == "Zero rated 0%"
    assert keys.taxes_key([("Eco fee", None)]) == "Eco fee (fixed amount)"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gst  5.0 %+ PST 7%", "PST 7% + gst 5%"),
        ("No Tax", "no tax"),
        ("", "no tax"),
        ("HST 13.00%", "HST 13%"),
        ("Eco fee (fixed amount) + GST 5%", "Eco fee (fixed amount) + GST 5%"),
    ],
)
def test_people_may_type_taxes_their_way(typed: str, meant: str) -> None:
    assert keys.taxes_key(keys.read_taxes(typed)) == meant


def test_a_tax_without_a_percentage_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="“PST” needs a percentage"):
        keys.read_taxes("GST 5% + PST")


taxes = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z][A-Za-z /+%-]{0,20}", fullmatch=True),
        st.none() | st.decimals("0", "99", places=3),
    ),
    max_size=3,
)


@given(taxes)
def test_what_is_written_of_taxes_can_be_read_again(given_taxes: list[tuple[str, Decimal | None]]) -> None:
    written = keys.taxes_key(given_taxes)
    again = keys.read_taxes(written)
    assert keys.taxes_key(again) == written
    assert keys.total_percent(again) == keys.total_percent(given_taxes)


@given(parts)
@example(("0 \x1b", "e\x00\u0301", "\x7f x", "\t"))
def test_a_key_is_read_from_its_text_as_it_was(given_parts: tuple[str, str, str, str]) -> None:
    key = keys.account_key(*given_parts)
    assert LookupKey.parse(key.table, key.text) == key
    assert len(key.text) <= 500
    assert keys.account_key(*key.parts) == key


@given(st.text(max_size=400), st.text(max_size=400))
def test_two_long_texts_stay_two(one: str, other: str) -> None:
    if " ".join(one.split()) == " ".join(other.split()):
        assert keys.plain(one) == keys.plain(other)
    assert len(keys.plain("x" * 200 + one)) <= keys.PART_LENGTH
    if one.isascii() and other.isascii() and one.isprintable() and other.isprintable() and one.split() != other.split():
        assert keys.plain("x" * 200 + " ".join(one.split())) != keys.plain("x" * 200 + " ".join(other.split()))


small = st.sampled_from(["", "a", "b"])


@given(st.tuples(small, small, small), st.tuples(small, small, small))
def test_e9_a_saved_row_answers_exactly_the_gaps_of_lines_that_find_it(
    saved: tuple[str, str, str], line: tuple[str, str, str]
) -> None:
    from mappings.tables import AccountRow, Tables

    row = AccountRow(keys.ACCOUNT, 1, 1)
    tables = Tables(accounts={("6100", *saved): row})
    found = tables.account("6100", *line) is row
    key, gap = keys.account_key("6100", *saved), keys.account_key("6100", *line)
    assert key.answers(gap) == found
    if found:
        assert gap.text.startswith(key.beginning)


def test_the_row_for_any_department_closes_the_gap_of_one() -> None:
    saved = keys.account_key("6100")
    assert saved.answers(keys.account_key("6100", "Production", "Plant North"))
    assert not keys.account_key("6100", "Production").answers(saved)
    assert not saved.answers(keys.account_key("6101"))
    assert not saved.answers(keys.extra_cost_key("6100"))


def test_extra_costs_are_one_whatever_their_capitals() -> None:
    assert keys.extra_cost_key("FREIGHT ") == keys.extra_cost_key("Freight")


def test_text_of_another_table_is_no_key() -> None:
    with pytest.raises(ValueError, match="not the key"):
        LookupKey.parse("users", "[]")
    with pytest.raises(ValueError, match="not the key"):
        LookupKey.parse("account", "{}")
