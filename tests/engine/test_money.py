"""Shares always add up; the largest remainder gets the missing unit, the first line first (A26, A60)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.money import rounded, share, unit_of

CENT = Decimal("0.01")
amounts = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
weights = st.lists(st.decimals(min_value=-100_000, max_value=100_000, places=8), min_size=1, max_size=12)


def test_a26_a_hundred_over_three_departments() -> None:
    assert share(Decimal("100.00"), [Decimal(1)] * 3, CENT) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]


def test_a26_negative_amounts_are_split_on_their_absolute_value() -> None:
    assert share(Decimal("-0.05"), [Decimal(1), Decimal(1)], CENT) == [Decimal("-0.03"), Decimal("-0.02")]


def test_a50_item_tax_of_five_over_thirds() -> None:
    thirds = [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert share(Decimal("5.00"), thirds, CENT) == [Decimal("1.67"), Decimal("1.67"), Decimal("1.66")]


@given(total=amounts, parts=weights)
def test_a26_the_parts_add_up_to_the_whole(total: Decimal, parts: list[Decimal]) -> None:
    shares = share(total, parts, CENT)
    assert sum(shares) == total
    assert all(rounded(part, CENT) == part for part in shares)


@given(total=st.decimals(min_value=0, max_value=1_000_000, places=2), parts=weights)
def test_a26_no_part_is_further_than_a_unit_from_its_exact_share(total: Decimal, parts: list[Decimal]) -> None:
    whole = sum(abs(part) for part in parts)
    for part, got in zip(parts, share(total, parts, CENT), strict=True):
        exact = total * abs(part) / whole if whole else total / len(parts)
        assert abs(got - exact) <= CENT


@pytest.mark.parametrize(("currency", "unit"), [("JPY", "1"), ("USD", "0.01"), ("KWD", "0.01")])
def test_a60_the_smaller_of_the_currencys_and_the_targets_decimals(currency: str, unit: str) -> None:
    assert unit_of(currency, 2) == Decimal(unit)


def test_a60_three_decimals_where_the_target_keeps_three() -> None:
    assert unit_of("KWD", 3) == Decimal("0.001")
