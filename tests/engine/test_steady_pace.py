"""Against a stand-in that enforces its limits: no refusal in steady state, recovery after every one (promise 46)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.pace import StoredPace
from integrations.engine.tokens import StoredTokens
from integrations.errors import RetryLaterError, ThrottledError
from integrations.http import Wiring
from integrations.models import Connection
from integrations.sandbox import Sandbox
from integrations.systems.facts import Account
from integrations.systems.xero.client import XeroClient
from tests.engine.conftest import COMPANY

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Any]:
    """One clock for the portal and the stand-in, which moves when somebody waits."""
    with time_machine.travel(timezone.now(), tick=False) as travelled:
        yield travelled


@pytest.fixture
def client(xero: Connection, sandbox: Sandbox, settings: Any, clock: Any) -> Iterator[XeroClient]:
    sandbox.xero.turn(limits=True)
    pace = StoredPace(xero, sleep=lambda seconds: clock.shift(timedelta(seconds=seconds)))
    wiring = Wiring(StoredTokens(xero), pace)
    opened = XeroClient.open(Account(xero.tenant_id, settings.SYSTEM_HOSTS["xero"]), wiring)
    yield opened
    opened.close()


def statuses(sandbox: Sandbox) -> list[int]:
    return [asked["status"] for asked in sandbox.log("xero") if asked["path"].startswith("/api.xro/")]


@pytest.mark.promise(46)
def test_ten_minutes_of_calls_as_fast_as_they_are_let_through_meet_no_refusal(
    client: XeroClient, sandbox: Sandbox
) -> None:
    began = timezone.now()
    while timezone.now() - began < timedelta(minutes=10):
        client.probe()
    answers = statuses(sandbox)
    assert set(answers) == {200}
    assert len(answers) > 500


@pytest.mark.promise(46)
def test_after_every_refusal_all_work_is_done_in_the_end(client: XeroClient, sandbox: Sandbox, clock: Any) -> None:
    """429 and 503 strew in; whoever is told to wait comes back when told."""
    for skip, status, headers in (
        (3, 429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "31"}),
        (7, 503, {"Retry-After": "20"}),
        (12, 429, {"X-Rate-Limit-Problem": "concurrent"}),
        (20, 429, {"X-Rate-Limit-Problem": "day", "Retry-After": "9000"}),
    ):
        sandbox.faults.add("xero", "status", path="^/api.xro/", status=status, headers=headers, skip=skip)
    done, waits = 0, []
    for _ in range(200):
        try:
            client.probe()
        except RetryLaterError as later:
            waits.append(later.seconds or 60)
            clock.shift(timedelta(seconds=waits[-1]))
        else:
            done += 1
    assert done > 190
    assert statuses(sandbox).count(429) == 3
    assert max(waits) == 9000


@pytest.mark.promise(46)
def test_when_the_day_is_used_up_by_somebody_else_nobody_runs_into_the_limit(
    client: XeroClient, sandbox: Sandbox
) -> None:
    client.probe()
    sandbox.xero.use_up("day", 60, tenant=COMPANY)
    with pytest.raises(ThrottledError) as throttled:
        probe_for_ever(client)
    assert throttled.value.window == "day"
    assert 429 not in statuses(sandbox)


def probe_for_ever(client: XeroClient) -> None:
    while True:
        client.probe()
