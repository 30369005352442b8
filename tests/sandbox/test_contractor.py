"""The contractor: its size, its awkward cases with where each must end, and that the rest is plain and right."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.clock import Clock
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.contractor import bill_cases, books, events, mapping, order_cases, seed, suppliers
from integrations.sandbox.contractor.bill_cases import BILLS, ORDERED_BY, PLAIN_ORDERS
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS, ORDERS
from integrations.sandbox.contractor.projects import SITES

Json = dict[str, Any]
D = Decimal
PLACES = {"not-yet-approved", "before-start", "waiting", "held", "excluded-by-rule", "withdrawn", "done"}


@pytest.fixture
def northline() -> Iterator[Sandbox]:
    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox:
        today = sandbox.clock.now().date()
        seed.seed_xero(sandbox.xero, today)
        seed.seed_procore(sandbox.procore, today)
        yield sandbox


def rows(sandbox: Sandbox, shelf: str) -> list[Json]:
    return list(sandbox.xero.collections()[f"{books.TENANT}/{shelf}"].values())


def orders(sandbox: Sandbox) -> dict[str, Json]:
    return {order["PurchaseOrderNumber"]: order for order in rows(sandbox, "purchase_orders")}


def test_it_is_as_large_as_it_is_said_to_be(northline: Sandbox) -> None:
    assert len(orders(northline)) == order_cases.COUNT == 84
    assert len(rows(northline, "invoices")) == 45
    assert len(rows(northline, "contacts")) == len(suppliers.SUPPLIERS)
    assert len(PLAIN_ORDERS) == order_cases.COUNT - len(ORDERS) - len(ORDERED_BY) > 10
    assert (len(rows(northline, "prepayments")), len(rows(northline, "overpayments"))) == (1, 1)
    assert len(rows(northline, "credit_notes")) == 2
    days = sorted(order["DateString"] for order in orders(northline).values())
    calendar = Calendar(Clock().now().date())
    assert days[0] < calendar.start.isoformat() < days[1]


def test_e38_every_awkward_case_has_an_id_a_document_and_a_place(northline: Sandbox) -> None:
    assert len({case.id for case in order_cases.CASES}) == len(order_cases.CASES) == len(ORDERS)
    assert len(BILLS) == len(bill_cases.CASES)
    assert set(ORDERS) | set(ORDERED_BY.values()) <= set(orders(northline))
    for case in (*order_cases.CASES, *bill_cases.CASES):
        assert {case.place, case.later_place or case.place} <= PLACES
        assert bool(case.reason) == (case.place == "held")
        assert bool(case.later_place) == (case.id in events.EVENTS)


def test_every_billed_order_is_named_by_the_bill_of_its_case(northline: Sandbox) -> None:
    found = orders(northline)
    for case, number in ORDERED_BY.items():
        bill = events.bill_of(northline, number)
        assert (bill["Contact"] == found[number]["Contact"]) == (case != "bill-order-of-another")


def test_no_two_awkward_orders_claim_the_last_of_one_budget(northline: Sandbox) -> None:
    """What is left, to the cent; each order over budget is so alone, and all others fit together."""
    left = {
        (site.number, code): D(figures["revised_budget"]) - D(figures["committed_costs"])
        for site in SITES
        for code in site.budget
        if (figures := northline.procore.budget(site.number, code))
    }
    assert (left["1202", "03-300.M"], left["1202", "06-100.M"]) == (D("1800.00"), D("900.00"))
    assert left["1204", "05-120.M"] == D("1050.00")
    assert {key for key, rest in left.items() if rest < 10_000} == {
        ("1202", "03-300.M"), ("1202", "06-100.M"), ("1204", "05-120.M"),
    }  # fmt: skip
    found = orders(northline)
    exact = found[ORDER_NUMBERS["order-exactly-what-is-left"]]
    assert D(str(exact["SubTotal"])) == D("1050.00")
    for case in ("order-over-budget", "order-over-by-a-cent"):
        assert D(str(found[ORDER_NUMBERS[case]]["SubTotal"])) > D("1800.00")


def test_good_orders_need_nothing_that_is_not_mapped(northline: Sandbox) -> None:
    found, budgets = orders(northline), {site.number: site.budget for site in SITES}
    for number in PLAIN_ORDERS:
        assert D(str(found[number]["SubTotal"])) > 0
        for line in found[number]["LineItems"]:
            option = line["Tracking"][0]["Option"]
            project = mapping.PROJECTS.get(option, option)
            assert mapping.COST_CODES[line["AccountCode"], "", ""] in budgets[project]


def test_bills_are_settled_in_every_way(northline: Sandbox) -> None:
    def bill(case: str) -> Json:
        return events.bill_of(northline, ORDERED_BY[case])

    assert [payment["Amount"] for payment in bill("bill-part-payments")["Payments"]] == [550.5, 550.5]
    credited = bill("bill-settled-by-credit")
    assert (credited["Status"], credited["AmountPaid"], credited["AmountCredited"]) == ("PAID", 0.0, 1000.0)
    prepaid = bill("bill-prepaid")
    assert (prepaid["AmountPaid"], prepaid["AmountCredited"], prepaid["Status"]) == (600.0, 400.0, "PAID")
    taken_back = bill("bill-payment-taken-back")
    assert (taken_back["Status"], taken_back["Payments"]) == ("AUTHORISED", [])
    assert bill("bill-voided")["Status"] == "VOIDED"
    deleted = [payment for payment in rows(northline, "payments") if payment["Status"] == "DELETED"]
    assert len(deleted) == 1


def test_what_happens_later_happens(northline: Sandbox) -> None:
    assert northline.play("contractor/all")["played"] == list(events.EVENTS)
    assert D(northline.procore.budget("1202", "06-100.M")["revised_budget"]) == D("48500.00")
    found = orders(northline)
    assert found[ORDER_NUMBERS["order-deleted-later"]]["Status"] == "DELETED"
    assert found[ORDER_NUMBERS["order-grows"]]["SubTotal"] == 2808.0
    assert events.bill_of(northline, ORDERED_BY["bill-voided-later"])["Status"] == "VOIDED"
    assert events.bill_of(northline, ORDERED_BY["bill-unpaid"])["AmountDue"] == 1200.0
    with pytest.raises(LookupError, match="no event"):
        northline.play("contractor/nothing")
