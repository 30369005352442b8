"""Procurify's 429 without a Retry-After: each in a row doubles the pause, an answer ends that (manual, section 9)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine import clients
from integrations.errors import ThrottledError
from integrations.models import Connection, PaceWindow
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def asked(connection: Connection) -> int | None:
    """How long it says to wait, where it takes no call."""
    try:
        with clients.client(Connection.objects.get(pk=connection.pk), urgent=True) as client:
            client.probe()
    except ThrottledError as error:
        return error.seconds
    return None


@pytest.fixture
def later() -> Any:
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield lambda seconds: clock.shift(timedelta(seconds=seconds))


def pauses(connection: Connection, later: Any, times: int) -> list[int]:
    found = []
    for _ in range(times):
        seconds = asked(connection)
        assert seconds is not None
        found.append(seconds)
        later(seconds + 1)
    return found


def about(found: list[int], wanted: list[int]) -> bool:
    """A little chance is added, so that not all come back at once."""
    return all(low <= seconds <= low * 1.2 + 1 for seconds, low in zip(found, wanted, strict=True))


@pytest.mark.parametrize("where", ["users/me", "oauth/token"])
def test_it_doubles_until_an_answer_comes(world: World, later: Any, where: str) -> None:
    source = world.integration.source
    fault: dict[str, Any] = {"system": "procurify", "effect": "status", "path": where, "status": 429}
    if where == "oauth/token":
        later(timedelta(days=2).total_seconds())
    world.sandbox.faults.add(**fault, times=5)
    assert about(pauses(source, later, 5), [30, 60, 120, 240, 480])
    assert asked(source) is None
    assert PaceWindow.objects.get(connection=source, window="minute").refusals == 0
    world.sandbox.faults.add(**fault, times=1)
    if where == "oauth/token":
        later(timedelta(days=2).total_seconds())
    assert about(pauses(source, later, 1), [30])


def test_a_named_pause_is_kept_and_does_not_grow(world: World, later: Any) -> None:
    world.sandbox.faults.add(
        system="procurify", effect="status", path="users/me", status=429, headers={"Retry-After": "7"}, times=3
    )
    assert pauses(world.integration.source, later, 3) == [7, 7, 7]


def test_a_run_that_is_told_to_pause_comes_back_when_the_pause_is_over(world: World, later: Any) -> None:
    world.order("PF1")
    world.sandbox.faults.add(system="procurify", effect="status", method="GET", status=429, times=2)
    for low in (30, 60):
        woken = world.run().not_before
        assert woken is not None
        assert low - 1 <= (woken - timezone.now()).total_seconds() <= low * 1.2 + 1
        later(low * 1.2 + 2)
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]
