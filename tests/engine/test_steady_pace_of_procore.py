"""Both of Procore's windows against the portal's pace, with answers that take 400 ms (promise 46, E23, E39)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.pace import StoredPace
from integrations.engine.tokens import StoredTokens
from integrations.errors import RetryLaterError
from integrations.http import Wiring
from integrations.sandbox import Sandbox
from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.systems.facts import Account
from integrations.systems.procore.client import ProcoreClient
from tests.engine.rows import a_connection

pytestmark = pytest.mark.django_db
ANSWER = timedelta(milliseconds=400)


@pytest.fixture
def clock() -> Iterator[Any]:
    """One clock for the portal and the stand-in, which moves when somebody waits; it starts with an hour."""
    start = (timezone.now() + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    with time_machine.travel(start, tick=False) as travelled:
        yield travelled


@pytest.fixture
def sandbox(settings: Any, clock: Any) -> Iterator[Sandbox]:
    with Sandbox(systems=["procore"]) as running:
        settings.SYSTEM_HOSTS = {"procore": dict.fromkeys(("api", "login"), running.url("procore"))}
        yield running


@pytest.fixture
def client(sandbox: Sandbox, settings: Any, clock: Any) -> Iterator[ProcoreClient]:
    company = str(sandbox.procore.company().id)
    connection = a_connection("procore", company, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    pace = StoredPace(connection, sleep=lambda seconds: clock.shift(timedelta(seconds=seconds)))
    wiring = Wiring(StoredTokens(connection), pace)
    opened = ProcoreClient.open(Account(company, settings.SYSTEM_HOSTS["procore"]), wiring)
    yield opened
    opened.close()


def as_many_as_are_let_through(client: ProcoreClient, project: str, span: timedelta, clock: Any) -> None:
    """One call after the other; who is told to come back later comes back then."""
    until = timezone.now() + span
    while timezone.now() < until:
        try:
            client.billing_periods(project)
        except RetryLaterError as later:
            clock.shift(timedelta(seconds=later.seconds or 60))
        else:
            clock.shift(ANSWER)


@pytest.mark.promise(46)
@pytest.mark.parametrize(("hourly", "minutes"), [(600, 60), (3600, 5)])
def test_what_procore_permits_is_used_and_no_call_is_refused(
    client: ProcoreClient, sandbox: Sandbox, clock: Any, hourly: int, minutes: int
) -> None:
    """Either figure that was published for an hour; never more than 25 in any ten seconds, whatever the hour allows."""
    sandbox.procore.turn(hourly_limit=hourly)
    project = str(sandbox.procore.add_project("Harbour Clinic", "1201")["id"])
    as_many_as_are_let_through(client, project, timedelta(minutes=minutes), clock)
    answers = [asked["status"] for asked in sandbox.log("procore") if asked["path"].startswith("/rest/")]
    assert set(answers) == {200}
    assert len(answers) >= 0.95 * hourly * minutes / 60
