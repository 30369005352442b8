"""Two workers meet over one bill that takes over its order's draft: one bill, none lost, nothing double (A10, E4).

Whoever holds the run's lease works alone, so the lease is stolen from a worker that stands still, and the two go
on side by side right before they write.
"""

import pytest

from tests.engine.nursery import SETTLED
from tests.engine.test_crashes import Company, outside
from tests.engine.test_crashes_of_a_take_over import OWED, ends_owed_once, never_both_in_full, standing, with_bills

pytestmark = [pytest.mark.own_database, pytest.mark.promise(47)]

__all__ = ["outside"]


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize(
    ("point", "thiefs"),
    [
        ("before the intent", "before the intent"),
        ("before the intent", "after the intent"),
        ("after the intent", "while a doubt is settled"),
        ("before the answer is saved", "while a doubt is settled"),
    ],
)
def test_a10_a_worker_whose_lease_was_stolen_goes_on_beside_the_thief(
    outside: Company, point: str, thiefs: str, nth: int
) -> None:
    """Both stand at the same step of the take-over when they are let go."""
    with_bills(outside)
    first = outside.stops(point, "--nth", str(nth))
    thief = outside.stops(thiefs, "--later", str(SETTLED))
    outside.continue_together(first, thief)
    never_both_in_full(outside)
    ends_owed_once(outside, "--later", str(2 * SETTLED))


def test_a10_two_workers_that_start_at_once_take_over_once(outside: Company) -> None:
    with_bills(outside)
    outside.sandbox.faults.add(system="xero", method="POST", path="Invoices", effect="delay", seconds=0.5)
    outside.two_at_once()
    never_both_in_full(outside)
    ends_owed_once(outside, "--later", str(SETTLED))


def test_e4_two_integrations_on_one_company_take_over_once(outside: Company) -> None:
    """No lease is between them: each has its own. What one has taken, the other holds or leaves."""
    first, second = outside.integrations
    with_bills(outside)
    still = outside.stops("after the intent")
    other = outside.begin("sync", "--integration", str(second), "--later", str(SETTLED))
    outside.continue_together(still)
    assert other.ended() == 0, other.err.read_text()[-2000:]
    for integration in (first, second, first):
        outside.do("sync", "--integration", str(integration), "--later", str(2 * SETTLED))
        never_both_in_full(outside)
    assert standing(outside) == OWED
