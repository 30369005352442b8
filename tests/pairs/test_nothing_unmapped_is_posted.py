"""Promise 22, at the place where it is decided: a bill comes out of translation whole, or not at all."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from integrations.documents import ExtraCost, Line, PurchaseOrder, Tax
from integrations.pairs.flow import Terms
from mappings import keys
from mappings.keys import LookupKey
from mappings.tables import AccountRow, ExtraCostRow, Tables, TaxRow, TrackingRow, VendorRow
from tests.pairs.orders import GST, PST, VENDOR, line, order, part, terms, translated

FIXTURES = 10_000
CODES = tuple(f"61{number:02}" for number in range(12))
DEPARTMENTS, LOCATIONS = ("14", "15", "16", ""), ("2", "3", "4", "5", "6")
TAXES: tuple[tuple[Tax, ...], ...] = ((), (GST,), (PST,), (GST, PST))
COSTS, CURRENCIES = ("Freight", "Duty", "Handling"), ("USD", "CAD", "EUR")
D = Decimal


@dataclass(frozen=True)
class Case:
    order: PurchaseOrder
    needs: frozenset[LookupKey]


def a_case(chance: random.Random) -> Case:
    """A random order that adds up, and by plain reading every place of the tables it needs."""
    currency = chance.choice(CURRENCIES)
    lines = tuple(a_line(chance, number) for number in range(chance.randint(1, 4)))
    names = chance.sample(COSTS, chance.randint(0, 2))
    given = order(*lines, costs=tuple(ExtraCost(name, D("12.50")) for name in names), currency=currency)
    needs = {keys.vendor_key(VENDOR.source_id, currency), keys.currency_key(currency)}
    needs |= {keys.extra_cost_key(name) for name in names}
    if names or any(each.taxes == (GST, PST) for each in lines):
        needs.add(keys.tax_key(keys.NO_TAX, currency, ""))
    for each in lines:
        needs.add(keys.tax_key(taxes_of(each), currency, ""))
        needs |= places_of(each)
    return Case(given, frozenset(needs))


def a_line(chance: random.Random, number: int) -> Line:
    count = chance.randint(1, 3)
    parts = tuple(
        part("100.00", chance.choice(CODES), chance.choice(DEPARTMENTS), chance.choice(LOCATIONS)) for _ in range(count)
    )
    return line(f"{count * 100}.00", taxes=chance.choice(TAXES), allocations=parts, source_id=str(number))


def taxes_of(each: Line) -> str:
    return keys.taxes_key([(tax.name, tax.percent) for tax in each.taxes])


def places_of(each: Line) -> set[LookupKey]:
    found = set()
    for given in each.allocations:
        found.add(keys.account_key(given.account_code, given.department, given.location))
        found.add(keys.tracking_key("location", given.location))
    return found


def complete() -> Tables:
    """A row for everything that any case can need; the location is required on every line."""
    from mappings.tables import RequiredCategory

    taxes = {}
    for number, each in enumerate(TAXES):
        percent = sum((tax.percent or D(0) for tax in each), D(0))
        recoverable = D(5) if GST in each else D(0)
        code = "INPUT" if recoverable else "NONE"
        key = keys.taxes_key([(tax.name, tax.percent) for tax in each])
        taxes[key, "", ""] = TaxRow("tax", number, 1, code, code, code, percent=percent, recoverable=recoverable)
    return Tables(
        accounts={(code, "", "", ""): AccountRow("account", at, 1, code, f"4{at:02}") for at, code in enumerate(CODES)},
        tracking_rows={
            ("location", place): TrackingRow("tracking", at, 1, f"opt-{place}", category="cat-l")
            for at, place in enumerate(LOCATIONS)
        },
        taxes=taxes,
        extra_costs={
            name.casefold(): ExtraCostRow("extra-cost", at, 1, treatment="account", account="425")
            for at, name in enumerate(COSTS)
        },
        vendors={(VENDOR.source_id, ""): VendorRow("vendor", 1, 1, "contact-1")},
        required_categories=(RequiredCategory("cat-l", "Warehouse", "location"),),
        rounding_account="860",
    )


def without(tables: Tables, on: Terms, lost: LookupKey, chance: random.Random) -> tuple[Tables, Terms]:
    """The tables without what answers this key: the row is missing, or its target was archived."""
    archived = chance.random() < 0.4
    if lost.table == keys.CURRENCY:
        return tables, replace(on, currencies=on.currencies - {lost.parts[0]})
    field, key = {
        keys.ACCOUNT: ("accounts", (lost.parts[0], "", "", "")),
        keys.TRACKING: ("tracking_rows", lost.parts),
        keys.TAX: ("taxes", (lost.parts[0], "", "")),
        keys.EXTRA_COST: ("extra_costs", lost.parts[0]),
        keys.VENDOR: ("vendors", (lost.parts[0], "")),
    }[lost.table]
    rows = dict(getattr(tables, field))
    if archived and key in rows:
        rows[key] = replace(rows[key], active=False)
    else:
        rows.pop(key, None)
    return replace(tables, **{field: rows}), on  # type: ignore[arg-type]  # the field is one of those above


def same_row(one: LookupKey, others: Iterable[LookupKey]) -> bool:
    """Rows of an account code and of a set of taxes are the same whatever narrows the line."""
    narrow = {keys.ACCOUNT: 1, keys.TAX: 1}.get(one.table, len(one.parts))
    return any(one.table == other.table and one.parts[:narrow] == other.parts[:narrow] for other in others)


def needed_by_a_row(gone: set[LookupKey]) -> set[LookupKey]:
    """The code for no tax is asked for by a row of a cost or of taxes; where that is gone too, nobody asks yet."""
    return {key for key in gone if key.table == keys.TAX and key.parts[0] == keys.NO_TAX} if len(gone) > 1 else set()


@pytest.mark.promise(22)
def test_a43_and_e9_no_bill_comes_of_a_document_with_any_unmapped_part_in_ten_thousand() -> None:
    chance, whole = random.Random(20261121), complete()
    on = terms(currencies=frozenset(CURRENCIES))
    written = 0
    for _ in range(FIXTURES):
        case = a_case(chance)
        lost = chance.sample(sorted(case.needs, key=repr), chance.randint(0, min(3, len(case.needs))))
        tables, told = whole, on
        for key in lost:
            tables, told = without(tables, told, key, chance)
        found = translated(case.order, tables, told)
        if lost:
            assert found.bill is None
            gone = {key for key in case.needs if same_row(key, lost)}
            assert {gap.key for gap in found.gaps} >= gone - needed_by_a_row(gone)
            assert {gap.key for gap in found.gaps} <= gone
        else:
            assert found.bill is not None, (found.gaps, found.holds)
            written += 1
    assert written > FIXTURES / 10
