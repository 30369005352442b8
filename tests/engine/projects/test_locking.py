"""What is paid in full becomes read-only in the project, where the integration says so; last of all, and once."""

from dataclasses import replace

import pytest

from integrations.models import Record
from integrations.pairs.xero_procore.terms import Unlinked
from tests.engine.projects.billing import Billed
from tests.engine.projects.site import Json, outcomes, settle_time, trail

SHELVES = ("contract_payments", "requisitions")


@pytest.fixture
def locking(billed: Billed) -> Billed:
    billed.terms = replace(billed.terms, lock_settled=True)
    return billed


def origins(billed: Billed, shelf: str) -> list[str | None]:
    return [row["origin_id"] for row in billed._shelf(shelf)]


def a_bill(billed: Billed, *paid: str, number: str = "PO-1 A") -> Record:
    record = billed.bill(number)
    billed.pays(record, *paid)
    billed.run()
    return record


def test_nothing_is_locked_unless_the_integration_says_so(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    a_bill(billed, "400.00")
    assert origins(billed, "contract_payments") == origins(billed, "requisitions") == [None]


def test_what_is_paid_in_full_is_locked_once_payments_first(locking: Billed) -> None:
    locking.order("PO-1", "1000.00")
    record = a_bill(locking, "150.00")
    assert origins(locking, "contract_payments") == [None], "it is not paid in full"
    locking.pays(record, "250.00")
    locking.run()
    assert origins(locking, "contract_payments") == ["xero:pay:po-1-a-p1", "xero:pay:po-1-a-p2"]
    assert (origins(locking, "requisitions"), locking.work(record)) == (["xero:inv:po-1-a"], "done")
    assert [step for step, _, _ in outcomes()][-3:] == ["lock", "lock", "lock"]
    writes = locking.site.writes()
    locking.changes(record)
    locking.run()
    assert locking.site.writes() == writes


def test_only_the_newest_requisition_of_a_commitment_can_be_locked(locking: Billed) -> None:
    locking.order("PO-1", "1000.00")
    first = locking.bill("PO-1 A")
    a_bill(locking, number="PO-1 B")
    locking.pays(first, "400.00")
    locking.run()
    assert (origins(locking, "contract_payments"), locking.work(first)) == (["xero:pay:po-1-a-p1"], "done")
    assert origins(locking, "requisitions") == [None, None]


def test_what_was_locked_is_held_when_its_payment_is_taken_back(locking: Billed) -> None:
    locking.order("PO-1", "1000.00")
    record = a_bill(locking, "400.00")
    locking.takes_back(record, 1)
    locking.run()
    assert locking.work(record) == "withdrawn-after-posting"
    assert "locked" in record.explanation


def test_the_mark_of_another_integration_is_left_alone(locking: Billed) -> None:
    locking.order("PO-1", "1000.00")
    record = a_bill(locking, "150.00")
    people, (payment,) = locking.site.people, locking.payments()
    people.put(f"{people.company().id}/contract_payments", {**payment, "origin_id": "erp:1"})
    locking.pays(record, "250.00")
    locking.run()
    assert origins(locking, "contract_payments") == ["erp:1", "xero:pay:po-1-a-p2"]


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
@pytest.mark.parametrize("path", ["contract_payments/", "requisitions/"])
def test_e2_a_lost_answer_to_a_lock_is_looked_up(locking: Billed, path: str, effect: str) -> None:
    locking.order("PO-1", "1000.00")
    locking.site.fails(effect, path)
    record = a_bill(locking, "400.00")
    assert locking.work(record) == "doubt"
    for _ in range(3):
        settle_time()
        locking.run()
    assert locking.work(record) == "done"
    assert all(origins(locking, shelf)[0] for shelf in SHELVES)
    assert trail(record).count("step.in_doubt") == 1


def test_a_refused_lock_holds_nothing_and_is_not_asked_for_again(locking: Billed) -> None:
    """Its origin id is taken by another document of the company."""
    locking.order("PO-1", "1000.00")
    people = locking.site.people
    record = a_bill(locking, "150.00")
    (payment,) = locking.payments()
    other: Json = {**payment, "id": 99, "origin_id": "xero:pay:po-1-a-p1", "contract_id": 1, "origin_data": None}
    people.put(f"{people.company().id}/contract_payments", other)
    locking.pays(record, "250.00")
    locking.run()
    assert locking.work(record) == "done"
    assert ("lock", "refused", 1) in outcomes()


@pytest.mark.parametrize("later", [False, True], ids=["written as paid", "paid later"])
def test_a_direct_cost_is_locked_once_it_is_paid(locking: Billed, later: bool) -> None:
    locking.terms = replace(locking.terms, unlinked=Unlinked.DIRECT_COST)
    record = a_bill(locking, *([] if later else ["400.00"]), number="INV-7")
    if later:
        assert origins(locking, "direct_costs") == [None]
        locking.pays(record, "400.00")
        locking.run()
    assert (origins(locking, "direct_costs"), locking.work(record)) == (["xero:inv:inv-7"], "done")
    assert [row["payment_date"] for row in locking.direct_costs()] == ["2026-03-02"]
