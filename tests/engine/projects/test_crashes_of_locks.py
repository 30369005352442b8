"""Whatever strikes a worker while it locks what is paid: everything stands once, and locked (E1 to E4)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engine.nursery import SETTLED, Nursery
from tests.engine.projects.cottage import Cottage, Days
from tests.engine.projects.test_crashes import ORDERED, STEPS, STRUCK, VENDOR, bought, each_step, settled, sundry_paid

pytestmark = pytest.mark.own_database

BILLED = STEPS.index("direct cost")
LOCKS = ["first payment", "second payment", "requisition"]
LATER = ["second payment written", "day of payment", *LOCKS]
PATHS = {"first payment": "contract_payments/", "second payment": "contract_payments/", "requisition": "requisitions/"}
LOCKED = ("payment 250.00 locked", "payment 750.00 locked", "requisition 1000.00 paid locked")
ALL = (VENDOR, ORDERED, *LOCKED, "direct cost INV-7")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Days]:
    with ExitStack() as stack:
        yield Days(tmp_path_factory.mktemp("locking"), nursery, stack, locks=True)


@pytest.fixture
def cottage(days: Days, tmp_path: Path) -> Iterator[Cottage]:
    with days.after(bought, tmp_path) as cottage:
        yield cottage


def ends_locked(cottage: Cottage, later: float = SETTLED) -> None:
    cottage.ends(*ALL, committed="1000.00", spent="80.00", later=later)


def asked(cottage: Cottage) -> int:
    """How often anything was asked to be locked, or given its day of payment."""
    return sum(cottage.asked("PATCH", part) for part in ("contract_payments/", "requisitions/", "direct_costs/"))


def nth_of(lock: str) -> str:
    return str(BILLED + LOCKS.index(lock) + 1)


@pytest.mark.sqlite
@each_step(LOCKS)
@pytest.mark.parametrize("point", [*STRUCK, "after its answer is saved"])
def test_e2_killed_while_it_is_locked(cottage: Cottage, point: str, nth: int) -> None:
    cottage.dies(point, "--nth", str(BILLED + nth))
    locked = [each for each in cottage.owner.standing() if each.endswith("locked")]
    assert len(locked) == (nth - 1 if point == "before it is sent" else nth)
    ends_locked(cottage)
    assert asked(cottage) <= len(LOCKS) + 1


@pytest.mark.sqlite
@each_step(LATER)
@pytest.mark.parametrize("point", STRUCK)
def test_a85_killed_while_the_rest_is_paid_and_everything_locked(
    days: Days, tmp_path: Path, point: str, nth: int
) -> None:
    with days.after(settled, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth), "--later", str(SETTLED))
        ends_locked(cottage, 2 * SETTLED)


@pytest.mark.parametrize("point", ["before its answer is saved", "after its answer is saved"])
def test_e1_killed_at_every_step_one_worker_after_the_other(cottage: Cottage, point: str) -> None:
    deaths = cottage.dies_again_and_again(point, 0)
    assert deaths == len(STEPS) + len(LOCKS)
    ends_locked(cottage, (deaths + 1) * SETTLED)


@pytest.mark.sqlite
@pytest.mark.parametrize("lock", LOCKS)
def test_e2_killed_while_the_doubt_of_a_lock_is_settled(cottage: Cottage, lock: str) -> None:
    cottage.dies("before its answer is saved", "--nth", nth_of(lock))
    cottage.dies("while its doubt is settled", "--later", str(SETTLED))
    ends_locked(cottage, 2 * SETTLED)


@pytest.mark.sqlite
@each_step(["day of payment", "lock"])
@pytest.mark.parametrize("point", [*STRUCK, "after its answer is saved"])
def test_killed_while_a_direct_cost_is_locked(days: Days, tmp_path: Path, point: str, nth: int) -> None:
    with days.after(sundry_paid, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth), "--later", str(SETTLED))
        paid = "direct cost INV-7 paid locked"
        cottage.ends(VENDOR, ORDERED, paid, committed="1000.00", spent="80.00", later=2 * SETTLED)
        assert asked(cottage) <= 3


@pytest.mark.sqlite
@pytest.mark.parametrize("lock", LOCKS)
def test_e2_the_answer_to_a_lock_is_lost(cottage: Cottage, lock: str) -> None:
    cottage.sandbox.faults.add(
        "procore", "lose_answer", method="PATCH", path=PATHS[lock], skip=int(lock == "second payment")
    )
    cottage.sync()
    ends_locked(cottage)
    assert asked(cottage) == len(LOCKS)


@pytest.mark.parametrize("point", STRUCK)
def test_e3_a_worker_that_stands_still_over_a_lock_and_goes_on_after_another_took_over(
    cottage: Cottage, point: str
) -> None:
    still = cottage.stops(point, "--nth", nth_of("second payment"))
    ends_locked(cottage)
    cottage.continue_together(still)
    ends_locked(cottage, 2 * SETTLED)


@pytest.mark.parametrize("lock", ["first payment", "requisition"])
def test_e4_a_worker_whose_lease_was_stolen_locks_beside_the_thief(cottage: Cottage, lock: str) -> None:
    first = cottage.stops("before its answer is saved", "--nth", nth_of(lock))
    thief = cottage.stops("while its doubt is settled", "--later", str(SETTLED))
    cottage.continue_together(first, thief)
    ends_locked(cottage, 2 * SETTLED)


@pytest.mark.sqlite
def test_what_was_locked_and_is_taken_back_in_the_books_stays_and_is_held(cottage: Cottage) -> None:
    cottage.dies("before its answer is saved", "--nth", nth_of("requisition"))
    cottage.owner.void_bill()
    for at in (1, 2):
        shown = cottage.sync("--later", str(at * SETTLED))
    assert cottage.owner.standing() == sorted(ALL)
    assert {each["hold_reason"] for each in shown["records"]} == {"", "withdrawn-after-posting"}
