"""A bill takes over from its orders in steps; whatever strikes a worker at any of them, a spend is payable once (A10).

Three intents follow each other: PF1's draft becomes its bill, PF2's draft shrinks, and then PF2's first bill is posted.
"""

from collections import Counter

import pytest

from tests import world
from tests.engine.nursery import SETTLED, works
from tests.engine.test_crashes import ORDERS, Company, outside

pytestmark = [pytest.mark.own_database, pytest.mark.sqlite]

__all__ = ["outside"]

WHOLE, PART = "INV-1", "INV-2"
OWED = {WHOLE: 525.0, "PF2": 315.0, PART: 210.0, "PF3": 525.0}
POINTS = ["after the intent", "before the answer is saved", "while the answer is saved"]


def with_bills(outside: Company) -> None:
    """The drafts of all three orders stand; then a bill of the whole of PF1 and one of 40 % of PF2 are approved."""
    outside.sync()
    procurify = outside.sandbox.procurify
    procurify.add_bill(world.DOMAIN, orders=["PF1"], invoice_number=WHOLE, date=world.DAY)
    procurify.add_bill(world.DOMAIN, items=[world.part("PF2", "16")], invoice_number=PART, date=world.DAY)


def standing(outside: Company) -> dict[str, float]:
    stored = outside.sandbox.xero.bills(outside.tenant)
    live = [bill for bill in stored if bill["Status"] not in ("DELETED", "VOIDED")]
    assert Counter(bill["InvoiceNumber"] for bill in live).most_common(1)[0][1] == 1
    return {bill["InvoiceNumber"]: bill["Total"] for bill in live}


def never_both_in_full(outside: Company) -> None:
    found = standing(outside)
    assert not {WHOLE, "PF1"} <= found.keys()
    assert found.get("PF2", 0.0) + found.get(PART, 0.0) <= 525.0


def ends_owed_once(outside: Company, *options: str) -> None:
    shown = outside.sync(*options)
    assert standing(outside) == OWED
    assert works(shown) == {"PF1": "covered", WHOLE: "done", "PF2": "done", PART: "done", "PF3": "done"}
    assert shown["adds_up"]


@pytest.mark.promise(47)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
def test_a10_a_worker_killed_at_any_step_of_a_take_over_leaves_each_spend_payable_once(
    outside: Company, point: str, nth: int
) -> None:
    with_bills(outside)
    outside.dies(point, "--nth", str(nth))
    never_both_in_full(outside)
    ends_owed_once(outside, "--later", str(SETTLED))


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a10_a_lost_answer_in_a_take_over_is_looked_up(outside: Company, method: str) -> None:
    with_bills(outside)
    outside.sandbox.faults.add(system="xero", method=method, path="Invoices", effect="lose_answer")
    outside.sync()
    never_both_in_full(outside)
    outside.sync("--later", str(SETTLED))
    ends_owed_once(outside, "--later", str(2 * SETTLED))


def test_a10_a_worker_that_stands_still_between_the_steps_and_goes_on_later(outside: Company) -> None:
    with_bills(outside)
    still = outside.stops("after the intent", "--nth", "2")
    outside.sync("--later", str(SETTLED))
    outside.continue_together(still)
    ends_owed_once(outside, "--later", str(2 * SETTLED))
    assert len(ORDERS) == 3
