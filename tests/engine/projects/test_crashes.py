"""Whatever strikes a worker, wherever: one vendor, one commitment, one requisition, one payment each (E1 to E5).

The portal runs in processes of its own that die by kill -9, stand still, or get no answer; what then stands is added
up from the stand-in's own rows. Points between two statements are drawn in `test_killed_anywhere.py` beside this.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integrations.engine.slice import LEASE_SECONDS
from tests.engine.nursery import SETTLED, Nursery
from tests.engine.projects import cottage as cottages
from tests.engine.projects.cottage import Cottage, Days

pytestmark = pytest.mark.own_database

# The writes of an order with its bill, in their order, and the direct cost at the end.
STEPS = [
    "vendor", "vendor in project", "header", "lines", "status", "requisition", "payment", "second payment",
    "direct cost",
]  # fmt: skip
# Of a supplier that Procore knows by name: only our mark is written on it.
KNOWN = ["mark", *STEPS[1:]]
# Of orders written together: requests, each over all of them but for the lines.
TOGETHER, THIRDS = ("PO-1", "PO-2", "PO-3"), ("200.00", "100.00")
SHARED = ["vendor", "vendor in project", "headers", "lines", "second lines", "third lines", "statuses"]
SETTLING = ["second payment", "day of payment"]
CHANGES = ["reopened", "changed header", "changed lines", "line removed", "approved again"]
REMOVALS = ["payment removed", "second payment removed", "requisition removed"]
STRUCK = ["before it is sent", "before its answer is saved"]
VENDOR, ORDERED = "vendor in 1 project", "commitment Approved 400.00 600.00"
BILLED = ("requisition 1000.00 paid", "payment 250.00", "payment 750.00")
# Method and path of each of these writes, and how often it is sent.
WRITES = [
    ("PATCH", "vendors/sync$", 1), ("POST", "actions/add$", 1), ("PATCH", "purchase_order_contracts/sync$", 2),
    ("PATCH", "line_items/sync$", 1), ("POST", "/requisitions$", 1),
    ("POST", "contract_payments$", 2), ("POST", "direct_costs$", 1),
]  # fmt: skip
WRITTEN = {"header": 2, "requisition": 4, "payment": 5}
ALL = (VENDOR, ORDERED, *BILLED, "direct cost INV-7")


def bought(cottage: Cottage) -> None:
    cottage.owner.order()
    cottage.owner.bill(*cottages.PAID)
    cottage.owner.sundry()


def known(cottage: Cottage) -> None:
    """As `bought`, of a vendor that somebody entered there."""
    cottage.sandbox.procore.add_vendor(cottages.SUPPLIER)
    bought(cottage)


def several(cottage: Cottage) -> None:
    """Three orders of one project: their headers go in one request, and so do their statuses."""
    for number in TOGETHER:
        cottage.owner.order(number, THIRDS)


def sundry_voided(cottage: Cottage) -> None:
    """Everything stands; then the bill that nobody ordered is voided."""
    bought(cottage)
    cottage.sync()
    cottage.owner.void_bill(cottages.SUNDRY)


def sundry_paid(cottage: Cottage) -> None:
    """Everything stands; then the bill that nobody ordered is paid."""
    cottage.owner.order()
    bill = cottage.owner.sundry()
    cottage.sync()
    cottage.owner.pay(bill, cottages.SUNDRY_AMOUNT)


def changed(cottage: Cottage) -> None:
    """The order stands; then one line of it grew, the other is gone, and it is to be delivered later."""
    cottage.owner.order()
    cottage.sync()
    cottage.owner.change_order("650.00")


def deleted(cottage: Cottage) -> None:
    cottage.owner.order()
    cottage.sync()
    cottage.owner.delete_order()


def settled(cottage: Cottage) -> None:
    """A quarter of the bill was paid; then the rest of it."""
    cottage.owner.order()
    bill = cottage.owner.bill(cottages.PAID[0])
    cottage.owner.sundry()
    cottage.sync()
    cottage.owner.pay(bill, cottages.PAID[1])


def reversed_(cottage: Cottage) -> None:
    """Everything stands; then the payment that settled the bill is taken back."""
    bought(cottage)
    cottage.sync()
    cottage.owner.take_back(cottages.PAID[1])


def voided(cottage: Cottage) -> None:
    """Everything stands; then the bill is voided with what was paid of it."""
    bought(cottage)
    cottage.sync()
    cottage.owner.void_bill()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Days]:
    with ExitStack() as stack:
        yield Days(tmp_path_factory.mktemp("cottage"), nursery, stack)


@pytest.fixture
def cottage(days: Days, tmp_path: Path) -> Iterator[Cottage]:
    with days.after(bought, tmp_path) as cottage:
        yield cottage


def ends_whole(cottage: Cottage, later: float = SETTLED) -> None:
    cottage.ends(*ALL, committed="1000.00", spent="80.00", later=later)


def each_step(steps: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("nth", range(1, len(steps) + 1), ids=steps)


# Killed


@pytest.mark.sqlite
@each_step(STEPS)
@pytest.mark.parametrize("point", STRUCK)
def test_e2_killed_at_any_step_each_stands_once(cottage: Cottage, point: str, nth: int) -> None:
    cottage.dies(point, "--nth", str(nth))
    ends_whole(cottage)


@pytest.mark.sqlite
@pytest.mark.parametrize("point", STRUCK)
def test_e2_killed_while_a_known_vendor_gets_our_mark(days: Days, tmp_path: Path, point: str) -> None:
    with days.after(known, tmp_path) as cottage:
        cottage.dies(point)
        ends_whole(cottage)
        assert len(cottage.marks()) == 1
        assert cottage.asked("PATCH", "vendors/sync") <= 2


def test_e1_killed_at_every_step_of_a_known_vendor(days: Days, tmp_path: Path) -> None:
    with days.after(known, tmp_path) as cottage:
        assert cottage.dies_again_and_again("before its answer is saved", 0) == len(KNOWN)
        ends_whole(cottage, (len(KNOWN) + 1) * SETTLED)
        assert len(cottage.marks()) == 1


@pytest.mark.parametrize("point", ["before its answer is saved", "after its answer is saved"])
def test_e1_killed_at_every_step_one_worker_after_the_other(cottage: Cottage, point: str) -> None:
    assert cottage.dies_again_and_again(point, 0) == len(STEPS)
    ends_whole(cottage, (len(STEPS) + 1) * SETTLED)


def test_a88_a_worker_that_died_with_the_budget_keeps_it_no_longer_than_its_run(cottage: Cottage) -> None:
    """The next one takes over the run, and needs no second wait for the budget."""
    cottage.dies("before it is sent", "--nth", str(STEPS.index("header") + 1))
    ends_whole(cottage, LEASE_SECONDS + 5)


@pytest.mark.sqlite
@each_step(SETTLING)
@pytest.mark.parametrize("point", STRUCK)
def test_a85_killed_while_the_rest_of_a_bill_is_paid(days: Days, tmp_path: Path, point: str, nth: int) -> None:
    with days.after(settled, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth), "--later", str(SETTLED))
        ends_whole(cottage, 2 * SETTLED)


def test_a89_killed_at_every_step_of_a_payment_that_was_taken_back(days: Days, tmp_path: Path) -> None:
    with days.after(reversed_, tmp_path) as cottage:
        deaths = cottage.dies_again_and_again("before its answer is saved", SETTLED)
        assert deaths >= 2
        unpaid = ("requisition 1000.00", "payment 250.00", "direct cost INV-7")
        cottage.ends(VENDOR, ORDERED, *unpaid, committed="1000.00", spent="80.00", later=(deaths + 2) * SETTLED)


@pytest.mark.sqlite
@pytest.mark.parametrize("step", ["vendor", "lines", "requisition", "payment"])
def test_e2_killed_while_its_doubt_is_settled(cottage: Cottage, step: str) -> None:
    cottage.dies("before its answer is saved", "--nth", str(STEPS.index(step) + 1))
    cottage.dies("while its doubt is settled", "--later", str(SETTLED))
    ends_whole(cottage, 2 * SETTLED)


@pytest.mark.sqlite
@each_step(CHANGES)
@pytest.mark.parametrize("point", STRUCK)
def test_a83_killed_while_an_order_changes_it_stands_once_as_it_is_now(
    days: Days, tmp_path: Path, point: str, nth: int
) -> None:
    with days.after(changed, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth), "--later", str(SETTLED))
        cottage.ends(VENDOR, "commitment Approved 650.00", committed="650.00", later=2 * SETTLED)


@pytest.mark.parametrize("point", [*STRUCK, "after its answer is saved"])
def test_killed_while_the_commitment_of_a_deleted_order_is_closed(days: Days, tmp_path: Path, point: str) -> None:
    with days.after(deleted, tmp_path) as cottage:
        cottage.dies(point, "--later", str(SETTLED))
        cottage.ends(VENDOR, "commitment Closed", committed="0.00", later=2 * SETTLED)


@pytest.mark.sqlite
@each_step(REMOVALS)
@pytest.mark.parametrize("point", STRUCK)
def test_a89_killed_while_a_bill_is_taken_back_nothing_of_it_stands(
    days: Days, tmp_path: Path, point: str, nth: int
) -> None:
    with days.after(voided, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth), "--later", str(SETTLED))
        cottage.ends(VENDOR, ORDERED, "direct cost INV-7", committed="1000.00", spent="80.00", later=2 * SETTLED)


@pytest.mark.sqlite
@each_step(SHARED)
@pytest.mark.parametrize("point", STRUCK)
def test_e1_killed_while_several_orders_are_written_together_each_stands_once(
    days: Days, tmp_path: Path, point: str, nth: int
) -> None:
    with days.after(several, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth))
        cottage.ends(VENDOR, *["commitment Approved 100.00 200.00"] * len(TOGETHER), committed="900.00")


def test_e1_killed_at_every_step_of_several_orders_one_worker_after_the_other(days: Days, tmp_path: Path) -> None:
    with days.after(several, tmp_path) as cottage:
        deaths = cottage.dies_again_and_again("before its answer is saved", 0)
        assert deaths >= len(SHARED)
        orders = ["commitment Approved 100.00 200.00"] * len(TOGETHER)
        cottage.ends(VENDOR, *orders, committed="900.00", later=(deaths + 1) * SETTLED)


@pytest.mark.parametrize("point", [*STRUCK, "after its answer is saved"])
def test_a89_killed_while_a_direct_cost_is_removed_nothing_of_it_stands(days: Days, tmp_path: Path, point: str) -> None:
    with days.after(sundry_voided, tmp_path) as cottage:
        cottage.dies(point, "--later", str(SETTLED))
        cottage.ends(VENDOR, ORDERED, *BILLED, committed="1000.00", later=2 * SETTLED)
        assert cottage.asked("DELETE", "direct_costs/") <= 2


@pytest.mark.parametrize("point", [*STRUCK, "after its answer is saved"])
def test_a85_killed_while_the_day_of_a_direct_cost_is_written_it_stands_once(
    days: Days, tmp_path: Path, point: str
) -> None:
    with days.after(sundry_paid, tmp_path) as cottage:
        cottage.dies(point, "--later", str(SETTLED))
        paid = ("direct cost INV-7 paid",)
        cottage.ends(VENDOR, ORDERED, *paid, committed="1000.00", spent="80.00", later=2 * SETTLED)


# Lost and late


def test_e2_every_answer_lost(cottage: Cottage) -> None:
    for method, path, times in WRITES:
        cottage.sandbox.faults.add("procore", "lose_answer", method=method, path=path, times=times)
    for at in range(len(STEPS)):
        cottage.sync("--later", str(at * SETTLED))
    ends_whole(cottage, len(STEPS) * SETTLED)


@pytest.mark.sqlite
@pytest.mark.parametrize("step", ["header", "requisition", "payment"])
def test_e2_what_is_done_after_nobody_waits_for_it_any_more(cottage: Cottage, step: str) -> None:
    method, path, _ = WRITES[WRITTEN[step]]
    cottage.sandbox.faults.add("procore", "delay_before", method=method, path=path, seconds=1.5)
    cottage.sync("--deadline", "1")
    cottage.is_answered()
    ends_whole(cottage)


# Standing still, and two at once


@pytest.mark.parametrize("step", ["vendor", "header", "requisition", "payment"])
@pytest.mark.parametrize("point", STRUCK)
def test_e3_a_worker_that_stands_still_and_goes_on_after_another_took_over(
    cottage: Cottage, point: str, step: str
) -> None:
    still = cottage.stops(point, "--nth", str(STEPS.index(step) + 1))
    ends_whole(cottage)
    cottage.continue_together(still)
    ends_whole(cottage, 2 * SETTLED)


@pytest.mark.parametrize("step", ["header", "requisition"])
@pytest.mark.parametrize(
    ("point", "thiefs"),
    [("before it is sent", "before it is sent"), ("before its answer is saved", "while its doubt is settled")],
)
def test_e4_a_worker_whose_lease_was_stolen_goes_on_beside_the_thief(
    cottage: Cottage, point: str, thiefs: str, step: str
) -> None:
    first = cottage.stops(point, "--nth", str(STEPS.index(step) + 1))
    thief = cottage.stops(thiefs, "--later", str(SETTLED))
    cottage.continue_together(first, thief)
    ends_whole(cottage, 2 * SETTLED)


def test_e4_two_workers_at_once_write_everything_once(cottage: Cottage) -> None:
    cottage.sandbox.faults.add("procore", "delay", method="P", seconds=0.1, times=-1)
    cottage.two_at_once()
    ends_whole(cottage)


@pytest.mark.sqlite
@pytest.mark.parametrize("step", ["vendor", "header", "requisition", "payment"])
def test_e4_two_integrations_on_one_company_write_everything_once(cottage: Cottage, step: str) -> None:
    first, second = cottage.integrations
    still = cottage.stops("before it is sent", "--nth", str(STEPS.index(step) + 1))
    for at in (1, 2):
        cottage.do("sync", "--integration", str(second), "--later", str(at * SETTLED))
    cottage.continue_together(still)
    for at in (3, 4):
        cottage.do("sync", "--integration", str(first), "--later", str(at * SETTLED))
    assert cottage.owner.standing() == sorted(ALL)


def test_a70_two_integrations_that_look_for_a_new_supplier_at_once_make_one_vendor(cottage: Cottage) -> None:
    """Both have looked, and found none, before the first of them writes."""
    both = [cottage.stops("before it is intended", "--integration", str(each)) for each in cottage.integrations]
    cottage.continue_together(*both)
    for at in (1, 2, 3):
        for each in cottage.integrations:
            cottage.do("sync", "--integration", str(each), "--later", str(at * SETTLED))
    assert cottage.owner.standing() == sorted(ALL)
    assert (cottage.asked("PATCH", "vendors/sync"), len(cottage.marks())) == (1, 1)
