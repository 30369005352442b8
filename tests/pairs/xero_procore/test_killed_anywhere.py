"""A worker that ends at any statement or call, again and again: everything of an order and its bills stands once, and
what was taken back is gone (E1 to E3). With `kill -9`: `tests/engine/projects/test_crashes.py`."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.running import run_until_idle
from integrations.models import Outcome, Record, Request, Reservation, Work
from integrations.report import whereabouts
from integrations.sandbox import Sandbox
from tests.engine.projects import cottage as cottages
from tests.engine.projects.cottage import Owner
from tests.pairs.fate import LATER, Fate, killed
from tests.pairs.xero_procore import ledger

KILLS, IN_A_ROW = 20, 5
PLENTY = "1000000.00"
ORDERED, CHANGED, CLOSED = "commitment Approved 400.00 600.00", "commitment Approved 650.00", "commitment Closed"
COMMITTED = {ORDERED: 1000, CHANGED: 650}
BILLED = ["requisition 1000.00 paid", *(f"payment {each}" for each in cottages.PAID)]
LOCKED = [f"{each} locked" for each in BILLED]
MARKED = ("purchase_orders", "requisitions", "contract_payments", "direct_costs", "vendors")


@dataclass
class Office:
    """What people do in the books between two runs, and what should stand in the project afterwards.

    What is locked there is never voided: that is held.
    """

    owner: Owner
    draw: Random
    locks: bool
    expected: dict[str, list[str]] = field(default_factory=dict)

    def work(self) -> None:
        """An order, by itself or billed and paid; then a bill without one, or a change of something earlier."""
        number = f"PO-{len(self.expected)}"
        self.owner.order(number)
        self.expected[number] = [ORDERED]
        if self.draw.random() < 0.5:
            self.owner.bill(*cottages.PAID, number=number)
            self.expected[number] += LOCKED if self.locks else BILLED
        self.draw.choice((self._sundry, self._change, self._delete, self._void))()

    def _sundry(self) -> None:
        number = f"INV-{len(self.expected)}"
        self.owner.sundry(number)
        self.expected[number] = [f"direct cost {number}"]

    def _change(self) -> None:
        for number in self._some([ORDERED]):
            self.owner.change_order("650.00", number)
            self.expected[number] = [CHANGED]

    def _delete(self) -> None:
        """Whether it was written before that was read depends on when the worker died."""
        for number in self._some([ORDERED]):
            self.owner.delete_order(number)
            self.expected[number] = [CLOSED]

    def _void(self) -> None:
        for number in self._some([ORDERED, *BILLED]):
            self.owner.void_bill(number)
            self.expected[number] = [ORDERED, ""]  # nobody changes this order any more

    def _some(self, as_it_is: list[str]) -> list[str]:
        """One of those, if there is any."""
        found = [number for number, each in self.expected.items() if each == as_it_is]
        return self.draw.sample(found, min(len(found), 1))

    # What is looked at

    def is_there_once(self) -> None:
        there = {row["number"] for row in ledger.company(self.owner.sandbox)["purchase_orders"]}
        kept = [group for number, group in self.expected.items() if group != [CLOSED] or number in there]
        wanted = Counter(each for group in kept for each in group if each)
        assert Counter(self.owner.standing()) == wanted + Counter(["vendor in 1 project"])
        committed = sum(COMMITTED.get(each, 0) * times for each, times in wanted.items())
        figures = self.owner.sandbox.procore.budget(cottages.PROJECT, cottages.CODE)
        reserved = sum((row.amount for row in Reservation.objects.exclude(counted_at=None)), Decimal(0))
        assert Decimal(figures["committed_costs"]) == committed == reserved

    def made_once(self) -> None:
        """No document was ever made twice."""
        there = ledger.company(self.owner.sandbox)
        marks = [row.get("origin_id") or row.get("origin_data") for name in MARKED for row in there[name]]
        assert len(set(marks)) == len(marks)


def opened(stand_ins: Sandbox, draw: Random, *, locks: bool) -> tuple[Office, int]:
    facts = cottages.furnish(stand_ins)
    stand_ins.procore.set_budget(cottages.PROJECT, cottages.CODE, PLENTY)
    owner = Owner(stand_ins, facts["tenant"])
    return Office(owner, draw, locks), cottages.connected(**facts, locks=locks).pk


def let_live(integration: int, pass_by: Any) -> None:
    """Further workers, none of which dies, until nothing is in doubt or waits."""
    for _ in range(6):
        pass_by()
        run_until_idle(integration)
        if not Record.objects.filter(work__in=[Work.WAITING, Work.POSTING, Work.DOUBT]).exists():
            return
    raise AssertionError(f"still going on: {list(Record.objects.values_list('number', 'work', 'explanation'))}")


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("seed", "locks"), [(0, False), (1, False), (2, True)])
def test_e2_random_deaths_lose_nothing_and_write_nothing_twice(stand_ins: Sandbox, seed: int, locks: bool) -> None:
    office, integration = opened(stand_ins, Random(seed), locks=locks)
    draw = office.draw
    with time_machine.travel(timezone.now(), tick=True) as clock:

        def pass_by() -> None:
            clock.shift(LATER)
            stand_ins.clock.forward(seconds=LATER.total_seconds())

        whole = Fate()
        for _ in range(2):  # the first one reads the lists too
            office.work()
            pass_by()
            whole = Fate()
            assert not killed(lambda: run_until_idle(integration), whole)
        deaths = 0
        while deaths < KILLS:
            for _ in range(IN_A_ROW):
                pass_by()
                office.work()
                point = draw.randint(1, whole.steps)
                fate = Fate(dies_at=point)
                deaths += killed(lambda fate=fate: run_until_idle(integration), fate)  # type: ignore[misc]
                office.made_once()
            let_live(integration, pass_by)
            office.is_there_once()
    assert not Request.objects.filter(outcome__in=[Outcome.INTENDED, Outcome.UNKNOWN]).exists()
    assert not Record.objects.filter(work__in=[Work.HELD, Work.APPROVAL]).exists()
    assert all(line["adds_up"] for flows in whereabouts().values() for line in flows.values())
