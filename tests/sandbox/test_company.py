"""The seeded company: its size, its awkward cases, and that the rest is plain and right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.clock import Clock
from integrations.sandbox.company import books, codes, events, mapping, sites, suppliers
from integrations.sandbox.company.awkward import AWKWARD, CASES, NUMBERS
from integrations.sandbox.company.bill_cases import AWKWARD_BILLS, BILL_NUMBERS, BILLED, ordered_by
from integrations.sandbox.company.bill_cases import CASES as BILL_CASES
from integrations.sandbox.company.bill_events import BILL_EVENTS
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.company.seed import DOMAIN, KESTREL_DOMAIN

Json = dict[str, Any]
CENT = Decimal("0.01")
PLACES = {
    "not-yet-approved", "before-start", "waiting", "held", "excluded-by-rule", "excluded-by-person", "covered",
    "withdrawn", "draft", "ledger", "removed",
}  # fmt: skip


@pytest.fixture(scope="module")
def company() -> Iterator[Sandbox]:
    with Sandbox(company=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def orders(company: Sandbox) -> dict[str, Json]:
    return {order["number"]: order for order in company.procurify.collections()[f"{DOMAIN}/purchase_orders"].values()}


@pytest.fixture(scope="module")
def plain(orders: dict[str, Json]) -> list[Json]:
    return [order for number, order in orders.items() if number not in AWKWARD and number not in BILLED]


def test_it_is_as_large_as_it_is_said_to_be(company: Sandbox, orders: dict[str, Json], plain: list[Json]) -> None:
    found = company.procurify.collections()
    assert len(orders) == 400
    assert len(plain) >= 330
    assert len(found[f"{DOMAIN}/account_codes"]) == 120
    assert len(found[f"{DOMAIN}/bills"]) == 200
    listed = [row for row in found[f"{DOMAIN}/vendors"].values() if row["type"] in (3, 4) and row["active"]]
    assert len(listed) == 60
    assert (len(sites.WAREHOUSES), len(sites.DEPARTMENTS)) == (3, 8)
    assert found[f"{KESTREL_DOMAIN}/purchase_orders"]


def test_orders_are_in_three_currencies_and_one_in_a_fourth_over_four_months(orders: dict[str, Json]) -> None:
    currencies = Counter(order["purchased_currency"]["name"] for order in orders.values())
    assert set(currencies) == {"USD", "CAD", "EUR", "SEK"}
    assert (currencies["SEK"], min(currencies[each] for each in ("USD", "CAD", "EUR")) > 30) == (1, True)
    days = sorted(order["date"][:10] for order in orders.values())
    assert date.fromisoformat(days[-1]) - date.fromisoformat(days[0]) > timedelta(days=115)


def test_plain_orders_add_up_by_price_quantity_and_taxes(plain: list[Json]) -> None:
    """Computed anew, with nothing of the stand-in's own arithmetic."""
    for order in plain:
        lines = order["order_items"]
        assert 1 <= len(lines) <= 6
        for each in lines:
            total = cents(Decimal(each["price"]) * Decimal(str(each["quantity"])))
            tax = sum((cents(total * Decimal(rate["value"]) / 100) for rate in each["taxes"]), Decimal(0))
            assert (Decimal(each["total_cost"]), Decimal(each["tax_amount"])) == (total, tax)
        parts = sum((Decimal(each["total_cost"]) + Decimal(each["tax_amount"]) for each in lines), Decimal(0))
        assert Decimal(order["total"]) == parts + Decimal(order["freight"]) > 0


def test_most_plain_orders_bear_tax_and_some_bear_two(plain: list[Json]) -> None:
    taxes = [len(order["order_items"][0]["taxes"]) for order in plain]
    assert sum(1 for count in taxes if count) > len(plain) / 2
    assert taxes.count(2) >= 5


def test_plain_orders_need_nothing_that_is_not_mapped(plain: list[Json]) -> None:
    taxes = {tuple(sorted(names)) for names, *_ in mapping.TAXES}
    enabled = {code for code, *_ in books.CURRENCIES}
    active = {account.code for account in books.ACCOUNTS if account.status == "ACTIVE"}
    for order in plain:
        assert order["purchased_currency"]["name"] in enabled
        assert suppliers.BY_NAME[order["pref_vendor"]["name"]] in suppliers.PLAIN
        for each in order["order_items"]:
            department = each["account"]["department"]
            assert mapping.ACCOUNTS[each["account"]["account_code"]["code"]] in active
            assert ("department", str(department["id"])) in mapping.TRACKING
            assert ("location", str(department["branch"]["id"])) in mapping.TRACKING
            assert tuple(sorted((tax["name"], Decimal(tax["value"])) for tax in each["taxes"])) in taxes


def test_plain_orders_are_dated_and_approved_in_the_open_part_of_the_time(plain: list[Json]) -> None:
    calendar = Calendar(Clock().now().date())
    for order in plain:
        day = date.fromisoformat(order["date"][:10])
        approved = date.fromisoformat(order["order_items"][0]["approved_datetime"][:10])
        assert calendar.locked_until < day < calendar.today
        assert calendar.start <= approved <= day
        assert order["state"] in (0, 3)
        if order["state"] == 3:
            assert order["fulfilment_status"] == "full"


def test_e38_every_awkward_case_has_an_id_an_order_and_a_place(orders: dict[str, Json]) -> None:
    assert len({case.id for case in CASES}) == len(CASES) == len(AWKWARD)
    assert set(AWKWARD) <= set(orders)
    for case in CASES:
        assert {case.place, case.later_place or case.place} <= PLACES
        assert bool(case.reason) == (case.place == "held")
        assert bool(case.later_place) == (case.id in events.EVENTS)


def test_e38_every_awkward_bill_has_an_id_a_number_and_a_place(company: Sandbox, orders: dict[str, Json]) -> None:
    found = {bill["invoice_number"] or f"NONUM-{bill['group']}": bill for bill in bills_of(company)}
    assert len({case.id for case in BILL_CASES}) == len(BILL_CASES) == len(AWKWARD_BILLS)
    assert set(AWKWARD_BILLS) <= set(found)
    assert set(BILLED) <= set(orders)
    assert not set(BILLED) & set(AWKWARD)
    for number, case in AWKWARD_BILLS.items():
        places = {case.place, case.later_place or case.place, case.order_place, case.later_order_place or "draft"}
        assert places <= PLACES
        assert bool(case.reason) == (case.place == "held")
        assert bool(case.later_place) == (case.id in BILL_EVENTS)
        billed = [order["number"] for order in found[number]["added_purchase_orders"]]
        assert billed == ([ordered_by[number]] if case.order else [])


def test_the_awkward_bills_are_what_they_are_said_to_be(company: Sandbox) -> None:
    def of(case: str) -> Json:
        return company.procurify.bill(DOMAIN, BILL_NUMBERS[case])

    calendar = Calendar(Clock().now().date())
    inclusive = of("bill-inclusive-tax")
    assert (inclusive["inclusive_tax_amount"], inclusive["total_cost_with_tax"]) == (5.0, 105.0)
    assert of("bill-figures-disagree")["invoice_total"] - of("bill-figures-disagree")["total_cost_with_tax"] == 36
    assert [each["currency"]["name"] for each in of("bill-two-currencies")["items"]] == ["USD", "EUR"]
    assert (of("bill-card")["type"], of("bill-expense")["type"]) == (2, 1)
    known = {card["id"] for row in company.procurify.tenant(DOMAIN).rows("vendors") for card in row["creditcards"]}
    assert known == {12, 13}
    assert of("bill-unknown-card")["creditcard"] not in known
    [unjoined] = of("bill-of-no-line")["items"]
    assert (unjoined["po"]["number"], unjoined["orderitem"]) == (ordered_by[BILL_NUMBERS["bill-of-no-line"]], None)
    straddles = of("bill-straddles-start")
    assert straddles["invoice_date"][:10] < calendar.start.isoformat() < straddles["bill_statuses"][-1]["date"][:10]
    assert calendar.start.isoformat() < of("bill-closed-period")["invoice_date"][:10]
    assert of("bill-closed-period")["invoice_date"][:10] <= calendar.locked_until.isoformat()
    paid = [of(case)["bill_payment"] for case in ("bill-paid-before-start", "bill-paid-at-source")]
    assert all(each["payment"]["status"] == 5 for each in paid)


def test_the_awkward_orders_are_what_they_are_said_to_be(orders: dict[str, Json]) -> None:
    def of(case: str) -> Json:
        return orders[NUMBERS[case]]

    def codes_of(case: str) -> set[str]:
        return {each["account"]["account_code"]["code"] for each in of(case)["order_items"]}

    assert not codes_of("missing-code") <= set(mapping.ACCOUNTS)
    assert len(codes_of("missing-codes") - set(mapping.ACCOUNTS)) == 2
    assert len(of("four-departments")["order_items"][0]["spend_allocation"]) == 4
    assert [len(each["taxes"]) for each in of("two-taxes")["order_items"]] == [2, 2]
    assert of("price-8-decimals")["order_items"][0]["price"] == "0.01234567"
    assert (of("zero-total")["total"], of("first-seen-paid")["state"], of("no-state")["state"]) == ("0.00", 4, None)
    assert Decimal(of("negative-total")["total"]) < 0
    cards = [of(case)["creditcard"]["vendor"]["name"] for case in ("card-paid", "card-not-linked")]
    assert cards == [suppliers.CARD_BANK.name, suppliers.FUEL_CARDS.name]
    assert (of("blanket")["has_blanket_order_items"], of("recurring")["order_items"][0]["type"]) == (True, 1)
    assert of("cancelled-before-posting")["state"] == 1
    assert (of("closed-short")["state"], of("closed-short")["order_items"][0]["receivedPassQty"]) == (3, 60.0)
    assert len(of("long-names")["order_items"][0]["name"]) == 255
    assert len(of("long-names")["pref_vendor"]["name"]) == 150
    assert of("inactive-vendor")["pref_vendor"]["active"] is False
    assert of("one-time-vendor")["order_items"][0]["vendor"] == "Pike Place Antiques"
    assert not off_by("four-departments", orders)
    assert off_by("does-not-add-up", orders) == 25
    assert off_by("a-cent-missing", orders) == -CENT


def off_by(case: str, orders: dict[str, Json]) -> Decimal:
    order = orders[NUMBERS[case]]
    net = sum(Decimal(each["total_cost"]) for each in order["order_items"])
    return Decimal(order["total"]) - net - Decimal(str(order["tax"]["value"]))


def test_awkward_days_lie_where_they_should(orders: dict[str, Json]) -> None:
    calendar = Calendar(Clock().now().date())

    def days(case: str) -> tuple[date, date]:
        order = orders[NUMBERS[case]]
        approved = order["order_items"][0]["approved_datetime"]
        return date.fromisoformat(order["date"][:10]), date.fromisoformat(approved[:10])

    made, approved = days("locked-period")
    assert calendar.start <= approved <= made <= calendar.locked_until
    made, approved = days("straddles-start")
    assert approved < calendar.start <= calendar.locked_until < made
    made, approved = days("before-start")
    assert max(made, approved) < calendar.start
    assert orders[NUMBERS["before-start"]]["last_modified"][:10] > calendar.start.isoformat()


def test_bills_cover_whole_orders_parts_several_orders_and_credits(company: Sandbox) -> None:
    bills = [bill for bill in bills_of(company) if bill["invoice_number"].startswith(("INV-7", "SRV-"))]
    by_order = Counter(order["number"] for bill in bills for order in bill["added_purchase_orders"])
    assert sum(1 for bill in bills if len(bill["added_purchase_orders"]) > 1) >= 10
    assert sum(1 for bill in bills if bill["total_cost_with_tax"] < 0) >= 5
    assert sum(1 for bill in bills if not bill["added_purchase_orders"]) >= 5
    assert sum(1 for count in by_order.values() if count > 1) >= 20
    assert {bill["status"] for bill in bills} >= {0, 1, 2, 3, 4}
    assert not set(by_order) & (set(AWKWARD) | set(BILLED))
    assert len(company.procurify.collections()[f"{DOMAIN}/payments"]) > 20


def bills_of(company: Sandbox) -> list[Json]:
    return list(company.procurify.collections()[f"{DOMAIN}/bills"].values())


def test_the_books_have_120_accounts_two_categories_and_contacts(company: Sandbox) -> None:
    organisation = company.xero.organisation(books.HARBOR_MILLS.name)
    assert organisation.tenant_id == books.HARBOR_MILLS.tenant_id
    accounts = list(organisation.accounts.rows.values())
    assert len(accounts) == len(books.ACCOUNTS) == 120
    assert [row["Code"] for row in accounts if row.get("SystemAccount") == "ROUNDING"] == [codes.ROUNDING_ACCOUNT]
    assert [row["Status"] for row in accounts].count("ARCHIVED") == 1
    options = {row["Name"]: len(row["Options"]) for row in organisation.tracking_categories.rows.values()}
    assert options == {"Department": 8, "Warehouse": 3}
    contacts = organisation.contacts.rows
    assert [contacts[each]["ContactStatus"] for each in mapping.VENDOR_LINKS.values()] == [
        "ARCHIVED", "ACTIVE", "ACTIVE",
    ]  # fmt: skip
    assert {row["Name"] for row in contacts.values()} >= set(books.AMBIGUOUS_CONTACTS)
    assert suppliers.CONTACT_MISSING.name not in {row["Name"] for row in contacts.values()}


def test_the_mapping_names_only_what_the_books_have() -> None:
    accounts = {account.code for account in books.ACCOUNTS}
    rates = {rate.tax_type for rate in books.TAX_RATES}
    assert set(mapping.ACCOUNTS.values()) <= accounts
    assert {account for _, account, _ in mapping.EXTRA_COSTS.values()} | {mapping.ROUNDING} <= accounts
    assert {tax_type for _, _, tax_type, _ in mapping.TAXES} <= rates
    assert all(option in books.TRACKING[category] for category, option in mapping.TRACKING.values())
    assert set(mapping.REQUIRED) == set(books.TRACKING)
    assert {row.code for row in codes.ROWS} - set(mapping.ACCOUNTS) == set(codes.UNMAPPED)


def test_it_is_the_same_every_time_on_one_day(orders: dict[str, Json]) -> None:
    with Sandbox(company=True, systems=["procurify"]) as again:
        found = again.procurify.collections()[f"{DOMAIN}/purchase_orders"].values()
        timeless = [{**order, "last_modified": ""} for order in found]
    assert timeless == [{**order, "last_modified": ""} for order in orders.values()]


def test_events_play_on_both_sides_once_drafts_stand() -> None:
    with Sandbox(company=True) as sandbox:
        with pytest.raises(LookupError, match="no draft"):
            sandbox.play("changed-after-edit")
        for case in events.EVENTS:
            line = {"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": "350", "TaxType": "NONE"}
            contact = suppliers.PLAIN[0].name
            number = ordered_by[events.NUMBER_OF[case]] if case == "bill-order-booked" else events.NUMBER_OF[case]
            sandbox.xero.add_bill(contact, [line], number=number, tenant=books.HARBOR_MILLS.tenant_id)
        played = sandbox.play("all")
        assert played["played"] == list(events.EVENTS)
        order = sandbox.procurify.order(DOMAIN, NUMBERS["changed-after-posting"])
        assert (order["version"], order["total"]) == (2, "1073.00")
        assert sandbox.procurify.order(DOMAIN, NUMBERS["cancelled-after-posting"])["state"] == 1
        statuses = {bill["InvoiceNumber"]: bill["Status"] for bill in sandbox.xero.bills(books.HARBOR_MILLS.tenant_id)}
        assert statuses[NUMBERS["cancelled-after-approval"]] == "AUTHORISED"
        assert statuses[NUMBERS["removed-by-a-person"]] == "DELETED"
        assert statuses[BILL_NUMBERS["bill-removed-by-a-person"]] == "DELETED"
        assert sandbox.procurify.bill(DOMAIN, BILL_NUMBERS["bill-order-booked"])["status"] == 2


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
