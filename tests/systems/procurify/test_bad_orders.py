"""A bad order is refused with the exact field and a plain reason, and nothing of what it held is repeated."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.documents import PurchaseOrder
from integrations.errors import InvalidSourceError
from integrations.systems.procurify import parse
from tests.systems.procurify.orders import MISSING, detail, put

BAD: list[tuple[str, Any, str]] = [
    ("procurify_PO", MISSING, "is missing"),
    ("procurify_PO", "1041", "not a whole number"),
    ("procurify_PO", True, "not a whole number"),
    ("procurify_PO", None, "not a whole number"),
    ("number", MISSING, "is missing"),
    ("number", "", "is empty"),
    ("number", 1041, "not a text"),
    ("number", "P" * 300, "longer than 255"),
    ("number", "PF\x001", "cannot be stored"),
    ("number", "PF\ud800", "broken characters"),
    ("state", 9, "is none of"),
    ("active", "yes", "neither true nor false"),
    ("date", "1889-05-01T00:00:00Z", "outside the years"),
    ("date", "2101-01-01", "outside the years"),
    ("date", "01/05/2026", "not a date"),
    ("date", 20260501, "not a date"),
    ("date", None, "not a date"),
    ("date", "2026-02-30", "not a date"),
    ("last_modified", "2026-05-03T16:22:41", "no time zone"),
    ("last_modified", "soon", "not a date"),
    ("last_modified", "0001-01-01T00:00:00+14:00", "outside the years"),
    ("total", Decimal("NaN"), "not a number"),
    ("total", "NaN", "not a number"),
    ("total", "Infinity", "not a number"),
    ("total", "1000000000000.01", "larger than"),
    ("total", "-1E+20", "smaller than"),
    ("total", "1E-9999999", "digits"),
    ("total", "a lot", "not an amount"),
    ("total", None, "not an amount"),
    ("total", True, "not an amount"),
    ("total", [], "not an amount"),
    ("subtotal", MISSING, "is missing"),
    ("purchased_currency", None, "not an object"),
    ("purchased_currency.name", "US Dollar", "longer than|three letters"),
    ("purchased_currency.name", "U1D", "three letters"),
    ("pref_vendor.name", 5, "not a text"),
    ("pref_vendor", "Acme", "not an object"),
    ("order_items", None, "not a list"),
    ("order_items", {}, "not a list"),
    ("order_items[1]", "a line", "not an object"),
    ("order_items[0].id", MISSING, "is missing"),
    ("order_items[0].price", "12,50", "not an amount"),
    ("order_items[1].quantity", Decimal("Infinity"), "not a number"),
    ("order_items[0].total_cost", MISSING, "is missing"),
    ("order_items[0].name", "x" * 5001, "longer than 5000"),
    ("order_items[0].name", "x" * 10_000_000, "longer than 5000"),
    ("order_items[0].taxes[0].type", "share", "is none of"),
    ("order_items[0].taxes[0].value", None, "not an amount"),
    ("order_items[0].account.account_code.code", 6100, "not a text"),
    ("order_items[0].account.department.branch", [], "not an object"),
    ("order_items[0].spend_allocation", [{"id": 1}], "is missing"),
    ("order_items[0].approved_datetime", "yesterday", "not a date"),
    ("tax.type", "something", "is none of"),
    ("freight", "much", "not an amount"),
]


@pytest.mark.parametrize(("field", "value", "why"), BAD, ids=[f"{f} {str(v)[:20]}" for f, v, _ in BAD])
def test_the_exact_field_is_named(field: str, value: Any, why: str) -> None:
    with pytest.raises(InvalidSourceError, match=why) as raised:
        parse.order(put(detail(), field, value))
    assert raised.value.field.startswith(field)
    assert len(str(raised.value)) < 300
    assert raised.value.__context__ is None


def test_the_order_is_named_in_the_message() -> None:
    with pytest.raises(InvalidSourceError, match=r"^Order PF1041: order_items\[1\]\.price is not an amount\.$"):
        parse.order(put(detail(), "order_items[1].price", {}))


@pytest.mark.parametrize("raw", [None, [], "an order", 7])
def test_what_is_no_object_at_all_is_refused(raw: Any) -> None:
    with pytest.raises(InvalidSourceError) as raised:
        parse.order(raw)
    assert raised.value.field == ""


def test_stored_text_that_is_damaged_is_refused() -> None:
    with pytest.raises(InvalidSourceError):
        parse.loads('{"total": 9')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20)
    | st.decimals(allow_nan=True, allow_infinity=True) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = sorted(detail()) + [f"order_items[0].{name}" for name in sorted(detail()["order_items"][0])]


@settings(max_examples=400, deadline=None)
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_any_value_anywhere_is_read_or_refused_and_never_breaks(field: str, value: Any) -> None:
    order, refused = read(put(detail(), field, value))
    if order is None:
        assert refused.startswith(field)
    else:
        assert all(line.amount.is_finite() for line in order.lines)


def read(raw: Any) -> tuple[PurchaseOrder | None, str]:
    """The order, or the field that was refused."""
    try:
        return parse.order(raw), ""
    except InvalidSourceError as refused:
        return None, refused.field
