"""Whatever strikes a worker on an order's way, and wherever: one vendor on the list, one commitment, its lines once,
approved once, and reserved for once (E1 to E5)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations.engine.leases import LostLeaseError
from integrations.engine.projects import open_lines, steps
from integrations.models import Integration, Record, Reservation, Work
from integrations.project_documents import Commitment
from tests.engine.projects.site import Site, settle_time
from tests.engine.projects.test_commitments import again, amounts, only, walk

# Vendor, header, lines, status; and of a change: reopened, header, lines, a line taken away, status.
NEW, CHANGED = 4, 5


class Killed(BaseException):
    """What ends a worker wherever it is."""


def strike(monkeypatch: pytest.MonkeyPatch, name: str, nth: int, *, after: bool, blow: Callable[[], None]) -> list[int]:
    """Struck the nth time it comes to that function of the steps."""
    original: Callable[..., Any] = getattr(steps, name)
    came: list[int] = []

    def struck(*args: Any, **named: Any) -> Any:
        came.append(1)
        if not after and len(came) == nth:
            blow()
        found = original(*args, **named)
        if after and len(came) == nth:
            blow()
        return found

    monkeypatch.setattr(steps, name, struck)
    return came


def killed() -> None:
    raise Killed


def overtaken() -> None:
    """Another worker holds the lease now."""
    Integration.objects.update(lease_token="another")


POINTS = {
    "before the intent": ("_intend", False),
    "after the intent": ("_intend", True),
    "after it was sent": ("_sent", True),
    "after the answer was saved": ("_answered", True),
}


def goes_on(site: Site, record: Record, wanted: Commitment) -> None:
    """The next worker, once every write must have ended."""
    Integration.objects.update(lease_token="", lease_until=None)
    with site.slice() as slice_:
        open_lines.mark_lost(slice_)
    settle_time()
    walk(site, record, wanted)
    assert record.work == Work.DONE, record.explanation


def stands_once(site: Site, wanted: Commitment) -> None:
    assert amounts(site) == [f"{line.amount:.2f}" for line in wanted.lines]
    order = only(site)
    assert (order["status"], Decimal(order["grand_total"])) == ("Approved", wanted.total)
    assert sum(row.amount for row in Reservation.objects.all()) == wanted.total
    assert len([each for each in site.orders() if each["number"] == wanted.number]) == 1


@pytest.mark.parametrize("nth", range(1, NEW + 1))
@pytest.mark.parametrize(("name", "after"), POINTS.values(), ids=POINTS.keys())
def test_a_new_order_stands_once_wherever_its_worker_was_killed(
    site: Site, name: str, after: bool, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = site.order("PO-1")
    vendor = str(site.people.add_vendor("Cascade Steel")["id"])
    wanted = site.commitment(record, "10.00", "20.00", vendor=vendor)
    with monkeypatch.context() as patch:
        strike(patch, name, nth, after=after, blow=killed)
        with pytest.raises(Killed):
            walk(site, record, wanted)
    goes_on(site, record, wanted)
    stands_once(site, wanted)


@pytest.mark.parametrize("nth", range(1, CHANGED + 1))
@pytest.mark.parametrize(("name", "after"), POINTS.values(), ids=POINTS.keys())
def test_a_changed_order_stands_once_wherever_its_worker_was_killed(
    site: Site, name: str, after: bool, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "10.00", "20.00", "30.00"))
    again(record)
    wanted = replace(site.commitment(record, "10.00", "25.00"), title="PO-1 changed")
    with monkeypatch.context() as patch:
        strike(patch, name, nth, after=after, blow=killed)
        with pytest.raises(Killed):
            walk(site, record, wanted)
    goes_on(site, record, wanted)
    stands_once(site, wanted)
    assert only(site)["title"] == "PO-1 changed"


@pytest.mark.parametrize("nth", range(1, NEW + 1))
def test_a_worker_that_slept_while_another_took_over_saves_and_sends_nothing_more(
    site: Site, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = site.order("PO-1")
    vendor = str(site.people.add_vendor("Cascade Steel")["id"])
    wanted = site.commitment(record, "10.00", "20.00", vendor=vendor)
    with monkeypatch.context() as patch:
        came = strike(patch, "_sent", nth, after=True, blow=overtaken)
        with pytest.raises(LostLeaseError):
            walk(site, record, wanted)
    assert len(came) == nth
    goes_on(site, record, wanted)
    stands_once(site, wanted)
