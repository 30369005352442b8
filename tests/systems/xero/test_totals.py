"""Our sum of a bill is Xero's sum (A28): shown on what the live API computed, and line by line."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.documents import BillLine
from integrations.errors import MissingMappingError
from integrations.systems.xero.payloads import expected_totals, figures, prepare
from tests.systems.xero.bills import RATES, bill, creating, line, recorded, sent

CENT = Decimal("0.01")


def as_we_would_send(raw: dict[str, Any]) -> list[BillLine]:
    """The lines of a recorded document, made exclusive: that is the only way in which we send (A51)."""
    inclusive = raw["LineAmountTypes"] == "Inclusive"
    return [
        BillLine(
            row.get("Description", ""),
            net=row["LineAmount"] - (row["TaxAmount"] if inclusive else 0),
            quantity=Decimal(1) if inclusive else row["Quantity"],
            unit_amount=None if inclusive else row["UnitAmount"],
            account=row.get("AccountCode", "200"),
            tax_code=row["TaxType"],
            tax_amount=row["TaxAmount"] if inclusive else None,
        )
        for row in raw["LineItems"]
    ]


def test_every_recorded_document_recomputes_exactly_a28() -> None:
    documents = recorded()
    theirs = [(raw["SubTotal"], raw["TotalTax"], raw["Total"]) for raw in documents]
    ours = [expected_totals(bill(*as_we_would_send(raw)), RATES) for raw in documents]
    assert len(documents) == 79
    assert ours == theirs


def test_every_recorded_tax_is_rounded_per_line() -> None:
    lines = [(raw["LineAmountTypes"], row) for raw in recorded() for row in raw["LineItems"]]
    ours = [per_line(row["LineAmount"], RATES[row["TaxType"]], kind) for kind, row in lines]
    assert len(lines) == 92
    assert ours == [row["TaxAmount"] for _, row in lines]


def per_line(amount: Decimal, rate: Decimal, kind: str) -> Decimal:
    share = rate / (100 + rate) if kind == "Inclusive" else rate / 100
    return (amount * share).quantize(CENT, rounding=ROUND_HALF_UP)


def test_tax_is_rounded_on_every_line_and_then_added_a50() -> None:
    thirds = [line("33.34"), line("33.33"), line("33.33")]
    assert expected_totals(bill(*thirds), {"INPUT2": Decimal(5)}) == (
        Decimal("100.00"), Decimal("5.01"), Decimal("105.01"),
    )  # fmt: skip


def test_explicit_tax_is_taken_as_it_is_and_text_costs_nothing() -> None:
    lines = [BillLine("Order PF1, supplier's invoice not yet received"), line("100.00", tax_amount=Decimal("5.00"))]
    assert list(expected_totals(bill(*lines), {})) == [100, 5, 105]


def test_a_negative_line_rounds_like_its_positive_twin_a30() -> None:
    plus, minus = (expected_totals(bill(line(net)), {"INPUT2": Decimal("12.5")})[1] for net in ("0.20", "-0.20"))
    assert plus == -minus == Decimal("0.03")


def test_a_tax_code_without_a_rate_is_not_guessed() -> None:
    with pytest.raises(MissingMappingError):
        expected_totals(bill(line()), {})


@pytest.mark.parametrize(
    ("quantity", "unit", "net", "becomes"),
    [
        ("3", "10.1234", "30.37", ("3", "10.1234")),
        ("40", "12.50000000", "500.00", ("40", "12.5000")),
        ("4.17", "59.95", "250.00", ("1", "250.00")),
        ("1000", "0.00123456", "1.23", ("1", "1.23")),
        ("0.12345", "10", "1.23", ("1", "1.23")),
        ("0", "10", "5.00", ("1", "5.00")),
        ("-2", "10.00", "-20.00", ("-2", "10.0000")),
        ("3", "3.33333333", "10.00", ("3", "3.3333")),
    ],
)
def test_the_line_amount_is_sacred_the_quantity_is_not_a16(
    quantity: str, unit: str, net: str, becomes: tuple[str, str]
) -> None:
    found = figures(line(net, quantity=Decimal(quantity), unit_amount=Decimal(unit)))
    assert found == (Decimal(becomes[0]), Decimal(becomes[1]))


def test_the_true_quantity_stands_in_the_text_when_it_cannot_be_sent_a16() -> None:
    prepared = prepare(creating(bill(line("250.00", quantity=Decimal("4.17"), unit_amount=Decimal("59.95")))))
    (item,) = sent(prepared.body)[0]["LineItems"]
    assert (item["Quantity"], item["UnitAmount"]) == (1, 250)
    assert item["Description"] == "Steel bar 12mm (quantity 4.17)"


AMOUNTS = st.decimals(min_value="-99999999", max_value="99999999", places=2)
QUANTITIES = st.decimals(min_value="-100000", max_value="100000", places=5)


@given(net=AMOUNTS, quantity=QUANTITIES, unit=st.none() | st.decimals(-1000, 1000, places=8))
def test_whatever_the_quantity_the_line_comes_out_to_the_cent_a16(
    net: Decimal, quantity: Decimal, unit: Decimal | None
) -> None:
    number, amount = figures(BillLine("x", net, quantity, unit, "310", "NONE"))
    assert (number * amount).quantize(CENT, rounding=ROUND_HALF_UP) == net
    assert number == number.quantize(Decimal("0.0001"))
    assert amount == amount.quantize(Decimal("0.0001"))
