"""Whatever strikes a worker while it writes again what people changed: everything stands once, as we wrote it (E1 to
E4, A42)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.engine.nursery import SETTLED, Nursery
from tests.engine.projects import cottage as cottages
from tests.engine.projects.cottage import Cottage, Days
from tests.engine.projects.test_crashes import BILLED, ORDERED, STRUCK, VENDOR, bought, each_step

pytestmark = pytest.mark.own_database

POINTS = [*STRUCK, "after its answer is saved"]
OTHER = "Alder Plumbing"
OF_ORDER = ["reopened", "lines", "status"]
OF_BILLS = ["first payment", "removed payment", "vendor of the direct cost"]
COST, UNPAID = "direct cost INV-7", "requisition 1000.00"
WILL_BE = "will be written again on the next run."


def shelf(cottage: Cottage, name: str) -> list[Any]:
    procore = cottage.sandbox.procore
    return list(procore.collections()[f"{procore.company().id}/{name}"].values())


def edit(cottage: Cottage, name: str, row: Any, **changes: object) -> None:
    procore = cottage.sandbox.procore
    procore.put(f"{procore.company().id}/{name}", {**row, **changes})


def asked_for(cottage: Cottage, flags: int) -> None:
    said = cottage.do("restore", "--integration", str(cottage.integrations[0]))
    assert said == [WILL_BE] * flags


def order_edited(cottage: Cottage) -> None:
    """People reopened the commitment, lowered a line and approved it again."""
    cottage.owner.order()
    cottage.sync()
    order, procore = shelf(cottage, "purchase_orders")[0]["id"], cottage.sandbox.procore
    procore.edit_order(order, status="Draft")
    edit(cottage, "line_items", shelf(cottage, "line_items")[0], amount="550.00")
    procore.edit_order(order, status="Approved")
    asked_for(cottage, 1)


def bills_edited(cottage: Cottage) -> None:
    """Of one bill people changed a payment and took away the other, of another they changed the vendor."""
    bought(cottage)
    cottage.sync()
    first, second = sorted(shelf(cottage, "contract_payments"), key=lambda row: float(row["amount"]))
    edit(cottage, "contract_payments", first, amount="200.00")
    procore = cottage.sandbox.procore
    procore.remove(f"{procore.company().id}/contract_payments", str(second["id"]))
    other = procore.add_vendor(OTHER)["id"]
    edit(cottage, "direct_costs", shelf(cottage, "direct_costs")[0], vendor_id=other)
    asked_for(cottage, 2)


def requisition_edited(cottage: Cottage) -> None:
    """Nothing of it is paid."""
    cottage.owner.order()
    cottage.owner.bill()
    cottage.sync()
    edit(cottage, "requisition_items", shelf(cottage, "requisition_items")[0], work_completed_this_period="1.00")
    asked_for(cottage, 1)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Days]:
    with ExitStack() as stack:
        yield Days(tmp_path_factory.mktemp("restoring"), nursery, stack)


def ends(cottage: Cottage, *standing: str, spent: str = "0.00", later: float) -> None:
    """As we wrote it, with nothing left to be decided."""
    there = {row["id"]: row["name"] for row in shelf(cottage, "vendors")}
    others = ["vendor in 0 project"] * (OTHER in there.values())
    cottage.sync("--later", str(later))
    shown = cottage.sync("--later", str(later + SETTLED))
    assert shown["edited"] == []
    assert {there[row["vendor_id"]] for row in shelf(cottage, "direct_costs")} <= {cottages.SUPPLIER}
    assert cottage.owner.standing() == sorted((VENDOR, ORDERED, *standing, *others))
    assert {each["work"] for each in shown["records"]} == {"done"}
    assert not {"intended", "unknown"} & set(shown["requests"])
    figures = cottage.sandbox.procore.budget(cottages.PROJECT, cottages.CODE)
    assert (figures["committed_costs"], figures["direct_costs"]) == ("1000.00", spent)


@pytest.mark.sqlite
@each_step(OF_ORDER)
@pytest.mark.parametrize("point", POINTS)
def test_e2_killed_at_any_step_of_a_commitment(days: Days, tmp_path: Path, point: str, nth: int) -> None:
    with days.after(order_edited, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth))
        ends(cottage, later=SETTLED)


@pytest.mark.sqlite
@each_step(OF_BILLS)
@pytest.mark.parametrize("point", POINTS)
def test_e2_killed_at_any_step_of_bills(days: Days, tmp_path: Path, point: str, nth: int) -> None:
    with days.after(bills_edited, tmp_path) as cottage:
        cottage.dies(point, "--nth", str(nth))
        ends(cottage, *BILLED, COST, spent="80.00", later=SETTLED)
        assert cottage.asked("POST", "contract_payments") <= 4


@pytest.mark.sqlite
@pytest.mark.parametrize("point", [*POINTS, "before it is intended"])
def test_e2_killed_while_the_amounts_of_a_requisition_are_written(days: Days, tmp_path: Path, point: str) -> None:
    with days.after(requisition_edited, tmp_path) as cottage:
        cottage.dies(point)
        ends(cottage, UNPAID, later=SETTLED)


@pytest.mark.parametrize("point", ["before its answer is saved", "after its answer is saved"])
def test_e1_killed_at_every_step_one_worker_after_the_other(days: Days, tmp_path: Path, point: str) -> None:
    with days.after(bills_edited, tmp_path) as cottage:
        deaths = cottage.dies_again_and_again(point, 0)
        assert deaths == len(OF_BILLS)
        ends(cottage, *BILLED, COST, spent="80.00", later=(deaths + 1) * SETTLED)


def test_e1_killed_at_every_step_of_a_commitment_one_worker_after_the_other(days: Days, tmp_path: Path) -> None:
    with days.after(order_edited, tmp_path) as cottage:
        deaths = cottage.dies_again_and_again("before its answer is saved", 0)
        assert deaths >= len(OF_ORDER)
        ends(cottage, later=(deaths + 1) * SETTLED)


@pytest.mark.sqlite
@pytest.mark.parametrize("nth", range(1, len(OF_BILLS) + 1), ids=OF_BILLS)
def test_e2_killed_while_its_doubt_is_settled(days: Days, tmp_path: Path, nth: int) -> None:
    with days.after(bills_edited, tmp_path) as cottage:
        cottage.dies("before its answer is saved", "--nth", str(nth))
        cottage.dies("while its doubt is settled", "--later", str(SETTLED))
        ends(cottage, *BILLED, COST, spent="80.00", later=2 * SETTLED)


@pytest.mark.parametrize("point", STRUCK)
def test_e3_a_worker_that_stands_still_and_goes_on_after_another_took_over(
    days: Days, tmp_path: Path, point: str
) -> None:
    with days.after(bills_edited, tmp_path) as cottage:
        still = cottage.stops(point, "--nth", "2")
        ends(cottage, *BILLED, COST, spent="80.00", later=SETTLED)
        cottage.continue_together(still)
        ends(cottage, *BILLED, COST, spent="80.00", later=3 * SETTLED)
