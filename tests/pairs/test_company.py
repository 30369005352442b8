"""The seeded company of 400 orders, run through both days of the demo, and checked by code that shares nothing.

`expected_bill` recomputes each draft from what Procurify's stand-in serves and the accountant's tables as plain values.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.test import override_settings

from integrations.models import Integration, Record
from integrations.places import lines as places
from integrations.places import with_place
from integrations.sandbox import Sandbox
from integrations.sandbox.company import books, mapping
from integrations.sandbox.company.awkward import AWKWARD
from integrations.sandbox.company.bill_cases import AWKWARD_BILLS, BILL_NUMBERS, BILLED
from portal.demonstration import days
from portal.demonstration.surroundings import Control
from tests import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("company")]

TENANT = books.HARBOR_MILLS.tenant_id
CENT = Decimal("0.01")
APPROVED = (2, 4, 6, 7, 8)
Json = dict[str, Any]
Where = tuple[str, tuple[str, ...]]  # account, tracking options
Nets = dict[tuple[str, str, tuple[str, ...]], Decimal]  # by account, tax code, tracking options


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(company=True, limits=False) as running, world.addresses(running), override_settings(DEMO=True):
        yield running


def places_of(numbers: Iterable[str]) -> dict[str, tuple[str, str]]:
    found = {record.number: (record.place, record.hold_reason) for record in located()}
    return {number: found[number] for number in numbers}


def located() -> list[Any]:
    """The main integration's records, each with its place."""
    return list(with_place(Record.objects.filter(integration__name=days.MAIN)))


@pytest.mark.promise(1)
@pytest.mark.promise(17)
@pytest.mark.promise(24)
def test_every_order_ends_where_it_must_and_every_draft_is_right_to_the_cent(
    transactional_db: None, sandbox: Sandbox
) -> None:
    control = Control(sandbox.control_url)
    days.set_up(control)
    assert days.run_all() == []
    first = places_of(AWKWARD)
    assert first == {number: (case.place, case.reason) for number, case in AWKWARD.items()}
    bills = places_of(AWKWARD_BILLS)
    assert bills == {number: (case.place, case.reason) for number, case in AWKWARD_BILLS.items()}
    orders = places_of(BILLED)
    assert orders == {number: (case.order_place, "") for number, case in BILLED.items()}
    every_draft_is_right(sandbox)
    control.play("all")
    assert days.run_all() == []
    later = places_of(number for number, case in AWKWARD.items() if case.later_place)
    assert later == {n: (c.later_place, c.later_reason) for n, c in AWKWARD.items() if c.later_place}
    later_bills = places_of(number for number, case in AWKWARD_BILLS.items() if case.later_place)
    assert later_bills == {n: (c.later_place, c.later_reason) for n, c in AWKWARD_BILLS.items() if c.later_place}
    later_orders = places_of(number for number, case in BILLED.items() if case.later_order_place)
    assert later_orders == {n: (c.later_order_place, "") for n, c in BILLED.items() if c.later_order_place}
    for line in places(Integration.objects.all()):
        assert line.adds_up
        assert "lost" not in line.places


def every_draft_is_right(sandbox: Sandbox) -> None:
    ours = [bill for bill in sandbox.xero.bills(TENANT) if "/r/" in bill.get("Url", "")]
    stored = {bill["InvoiceNumber"]: bill for bill in ours}
    drafted = [record.number for record in located() if record.place == "draft"]
    assert len(stored) == len(ours)
    assert sorted(stored) == sorted(drafted)
    assert len(stored) >= 300
    invoices = {bill["invoice_number"]: bill for bill in approved_bills(sandbox)}
    for number, bill in stored.items():
        if number in invoices:
            assert shown(bill) == expected_invoice(invoices[number]), number
        else:
            order = unbilled(sandbox.procurify.order(mapping.SOURCE_DOMAIN, number), invoices.values())
            assert shown(bill) == expected_bill(order, sandbox), number
    every_bill_is_accounted_for(invoices, stored)


def every_bill_is_accounted_for(invoices: dict[str, Json], stored: dict[str, Json]) -> None:
    """Each approved bill stands once, is a credit, or is an awkward one that must not stand."""
    for number, bill in invoices.items():
        awkward = AWKWARD_BILLS.get(number or BILL_NUMBERS["bill-without-number"])
        stands = awkward.place == "draft" if awkward else bill["total_cost_with_tax"] > 0
        assert (number in stored) is stands, number
    whole = {number for number, bill in invoices.items() if len(bill["added_purchase_orders"]) == 1}
    assert len(whole) > 100


def shown(bill: Json) -> Json:
    """What matters of a stored bill, amounts as Decimal."""
    lines: dict[tuple[str, str, tuple[str, ...]], list[Decimal]] = {}
    for each in bill["LineItems"]:
        if each.get("AccountCode"):
            tracking = tuple(sorted(t["Option"] for t in each.get("Tracking", [])))
            sums = lines.setdefault((each["AccountCode"], each["TaxType"], tracking), [Decimal(0), Decimal(0)])
            sums[0] += money(each["LineAmount"])
            sums[1] += money(each["TaxAmount"])
    return {
        "status": bill["Status"],
        "type": bill["Type"],
        "contact": company(bill["Contact"]["Name"]),
        "date": bill["DateString"][:10],
        "currency": bill["CurrencyCode"],
        "total": money(bill["Total"]),
        "net by account": {key: sums[0] for key, sums in lines.items() if sums[0]},
        "tax": money(bill["TotalTax"]),
    }


def approved_bills(sandbox: Sandbox) -> list[Json]:
    tenant = sandbox.procurify.tenant(mapping.SOURCE_DOMAIN)
    numbers = [row["id"] for row in tenant.rows("bills") if row["status"] in APPROVED]
    return [sandbox.procurify.bill(mapping.SOURCE_DOMAIN, number) for number in numbers]


def unbilled(order: Json, bills: Iterable[Json]) -> Json:
    """The order less what its bills billed, line by line; what stands on the header shrinks in step."""
    billed: dict[int, Decimal] = {}
    for bill in bills:
        for item in bill["items"] if bill["total_cost_with_tax"] > 0 else ():
            if item["orderitem"]:
                key = item["orderitem"]["id"]
                billed[key] = billed.get(key, Decimal(0)) + money(item["total_cost"])
    whole = sum((money(line["total_cost"]) for line in order["order_items"]), Decimal(0))
    lines = [rest_of(line, billed.get(line["id"], Decimal(0))) for line in order["order_items"]]
    left = sum((money(line["total_cost"]) for line in lines), Decimal(0))
    if left == whole:
        return order
    tax = sum((money(line["tax_amount"]) for line in lines), Decimal(0))
    discount = cents(discount_of(order) * left / whole)
    total = left + tax + money(order["freight"]) + money(order["other"]) - discount
    return {**order, "order_items": lines, "total": total, "discount": {"type": "amount", "value": discount}}


def rest_of(line: Json, billed: Decimal) -> Json:
    net = money(line["total_cost"])
    left = max(net - billed, Decimal(0))
    return {**line, "total_cost": left, "tax_amount": cents(money(line["tax_amount"] or 0) * left / net) if net else 0}


def expected_invoice(bill: Json) -> Json:
    """The supplier's bill: net per account, tax code and tracking, from its items, allocations and costs."""
    currency = bill["currency"]["name"]
    net: Nets = {}
    tax_total = Decimal(0)
    for item in bill["items"]:
        amount, tax = money(item["total_cost"]), money(item["tax_amount"])
        named = [{"name": item["tax_name"], "value": item["tax_percentage"]}] if item["tax_name"] else []
        taxes = item["orderitem"]["taxes"] if item["orderitem"] else named
        code, recoverable = tax_mapping(taxes, currency)
        percent = sum((Decimal(str(each["value"])) for each in taxes), Decimal(0))
        claimed = tax if recoverable == percent else cents(amount * recoverable / 100)
        tax_total += claimed
        for part, share in zip(item["cost_allocations"], shared(amount, item["cost_allocations"]), strict=True):
            add(net, coding(part["budget"]), code, share)
        cost = tax - claimed
        if cost:
            no_tax = tax_mapping([], currency)[0] if claimed else code
            add(net, coding(item["cost_allocations"][0]["budget"]), no_tax, cost)
    for cost in bill["costs"]:
        _, account, code = mapping.EXTRA_COSTS[cost["name"]]
        add(net, (account, ()), code, money(cost["amount"]))
    return {
        "status": "DRAFT",
        "type": "ACCPAY",
        "contact": company(bill["vendor"]["name"]),
        "date": bill["invoice_date"][:10],
        "currency": currency,
        "total": money(bill["total_cost_with_tax"]),
        "net by account": {key: amount for key, amount in net.items() if amount},
        "tax": tax_total,
    }


def add(net: Nets, where: Where, code: str, amount: Decimal) -> None:
    key = (where[0], code, where[1])
    net[key] = net.get(key, Decimal(0)) + amount


def expected_bill(order: Json, sandbox: Sandbox) -> Json:
    """Net per account, tax code and tracking, from the order's own figures and the tables as plain values."""
    currency = order["purchased_currency"]["name"]
    net: Nets = {}
    spread: dict[Where, Decimal] = {}
    tax_total = Decimal(0)
    for line in order["order_items"]:
        amount, tax = money(line["total_cost"]), money(line["tax_amount"] or 0)
        code, recoverable = tax_mapping(line["taxes"], currency)
        percent = sum((Decimal(str(each["value"])) for each in line["taxes"]), Decimal(0))
        claimed = tax if recoverable == percent else cents(amount * recoverable / 100)
        tax_total += claimed
        parts = line["spend_allocation"] or [{"amount": line["total_cost"], "account": line["account"]}]
        for part, share in zip(parts, shared(amount, parts), strict=True):
            where = coding(part["account"])
            net[where[0], code, where[1]] = net.get((where[0], code, where[1]), Decimal(0)) + share
            spread[where] = spread.get(where, Decimal(0)) + share
        cost = tax - claimed
        if cost:
            where = coding(parts[0]["account"])
            no_tax = tax_mapping([], currency)[0] if claimed else code
            net[where[0], no_tax, where[1]] = net.get((where[0], no_tax, where[1]), Decimal(0)) + cost
    for name, key in (("Freight", "freight"), ("Other", "other")):
        if money(order[key]):
            _, account, code = mapping.EXTRA_COSTS[name]
            net[account, code, ()] = net.get((account, code, ()), Decimal(0)) + money(order[key])
    total = money(order["total"])
    rest = total - sum(net.values(), Decimal(0)) - tax_total + discount_of(order)
    if rest:
        code = tax_mapping([], currency)[0]
        net[mapping.ROUNDING, code, ()] = net.get((mapping.ROUNDING, code, ()), Decimal(0)) + rest
    return {
        "status": "DRAFT",
        "type": "ACCPAY",
        "contact": company((order["creditcard"]["vendor"] if order["creditcard"] else order["pref_vendor"])["name"]),
        "date": max(order["date"][:10], first_open_day(sandbox)),
        "currency": currency,
        "total": total,
        "net by account": with_discount(net, spread, discount_of(order), tax_mapping([], currency)[0]),
        "tax": tax_total,
    }


def with_discount(net: Nets, spread: dict[Where, Decimal], discount: Decimal, code: str) -> Nets:
    """A header discount takes from every account and tracking by net, without tax (A55)."""
    found = dict(net)
    whole = sum(spread.values(), Decimal(0))
    given = Decimal(0)
    for at, ((account, tracking), amount) in enumerate(spread.items()):
        part = discount - given if at == len(spread) - 1 else cents(discount * amount / whole) if whole else Decimal(0)
        given += part
        if part:
            found[account, code, tracking] = found.get((account, code, tracking), Decimal(0)) - part
    return {key: amount for key, amount in found.items() if amount}


def discount_of(order: Json) -> Decimal:
    given = order["discount"]
    value = Decimal(str(given["value"]))
    return cents(money(order["subtotal"]) * value / 100) if given["type"] == "percentage" else cents(value)


def shared(amount: Decimal, parts: list[Json]) -> list[Decimal]:
    """Parts to the cent; what rounding leaves goes where the remainder is largest."""
    whole = sum((Decimal(part["amount"]) for part in parts), Decimal(0))
    exact = [amount * Decimal(part["amount"]) / whole if whole else amount / len(parts) for part in parts]
    floors = [value.quantize(CENT, rounding="ROUND_FLOOR") for value in exact]
    missing = int((amount - sum(floors, Decimal(0))) / CENT)
    for at in sorted(range(len(parts)), key=lambda at: (floors[at] - exact[at], at))[:missing]:
        floors[at] += CENT
    return floors


def coding(account: Json) -> tuple[str, tuple[str, ...]]:
    department = account["department"]
    options = (
        mapping.TRACKING["department", str(department["id"])][1],
        mapping.TRACKING["location", str(department["branch"]["id"])][1],
    )
    return mapping.ACCOUNTS[account["account_code"]["code"]], tuple(sorted(options))


def tax_mapping(taxes: list[Json], currency: str) -> tuple[str, Decimal]:
    named = sorted((each["name"], Decimal(str(each["value"])).normalize()) for each in taxes)
    rows = [
        (code, recoverable, narrowed)
        for known, narrowed, code, recoverable in mapping.TAXES
        if sorted((name, percent.normalize()) for name, percent in known) == named and narrowed in ("", currency)
    ]
    code, recoverable, _ = max(rows, key=lambda row: row[2] == currency)
    return code, recoverable


def first_open_day(sandbox: Sandbox) -> str:
    from datetime import timedelta

    return (books.locked_until(sandbox.clock.now().date()) + timedelta(days=1)).isoformat()


def company(name: str) -> str:
    """A name without its legal form, punctuation and capitals."""
    words = "".join(each if each.isalnum() else " " for each in name.casefold()).split()
    return "".join(
        word for word in words if word not in ("ltd", "limited", "inc", "incorporated", "co", "company", "llc")
    )


def money(written: Any) -> Decimal:
    return cents(Decimal(str(written)))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
