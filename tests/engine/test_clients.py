"""A connection's client: the right company, its own tokens, its pace, its notes, its health."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from audit.models import Entry
from integrations.engine import clients, exchange_log
from integrations.errors import (
    ConfigurationError,
    CounterfoilError,
    GoneError,
    MissingMappingError,
    NeedsPermissionError,
    NotSentError,
    OutcomeUnknownError,
    ReconnectError,
    RequestTooLargeError,
    RetryLaterError,
    SuspendedError,
    ThrottledError,
    UnreadableAnswerError,
)
from integrations.explanations import cause_of, sentence
from integrations.http import Heart
from integrations.models import Connection, Exchange, Health, PaceSlot
from integrations.sandbox import Sandbox
from tests.engine.conftest import COMPANY
from tests.engine.rows import a_connection

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def probe(connection: Connection, heart: Heart = clients.NO_HEART, *, times: int) -> None:
    with clients.target_client(connection, heart) as client:
        for _ in range(times):
            client.probe()


def changes() -> list[str]:
    return list(Entry.objects.filter(action="connection.health_changed").values_list("subject_label", flat=True))


def test_a_client_reads_the_company_it_was_connected_to(xero: Connection, sandbox: Sandbox) -> None:
    with clients.target_client(xero) as client:
        company = client.company()
    assert (company.name, company.key) == (COMPANY, xero.tenant_id)
    asked = [each for each in sandbox.log("xero") if each["path"].startswith("/api.xro/")]
    assert {each["headers"]["xero-tenant-id"] for each in asked} == {xero.tenant_id}
    assert Exchange.objects.filter(connection=xero).count() == len(asked)
    assert not PaceSlot.objects.exclude(lease_token="").exists()


@pytest.mark.promise(36)
def test_the_tenant_id_of_another_company_is_refused_here_and_nothing_is_sent(
    xero: Connection, sandbox: Sandbox
) -> None:
    other = sandbox.xero.add_organisation("Kestrel Interiors Ltd")
    xero.tenant_id = other["OrganisationID"]
    xero.save()
    with pytest.raises(ConfigurationError, match="another company"), clients.client(Connection.objects.get()):
        pytest.fail("a client was opened")
    assert sandbox.log("xero") == []


def test_a_connection_without_a_company_has_no_client() -> None:
    connection = a_connection("xero", "")
    with pytest.raises(ConfigurationError, match="not connected"), clients.client(connection):
        pytest.fail("a client was opened")


def test_every_call_asks_the_heart_first_and_stops_when_it_stops(xero: Connection, sandbox: Sandbox) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    class Counting:
        beats = 0

        def beat(self) -> None:
            self.beats += 1
            if self.beats > 2:
                raise Stopped

    heart = Counting()
    with pytest.raises(Stopped):
        probe(xero, heart, times=5)
    assert heart.beats == 3
    assert len(sandbox.log("xero")) <= 2
    assert Exchange.objects.count() == len(sandbox.log("xero"))


def test_notes_are_written_in_bulk_and_no_id_of_a_company_is_in_them(
    xero: Connection, django_assert_max_num_queries: Any
) -> None:
    with clients.target_client(xero) as client:
        client.company()
        assert not Exchange.objects.exists()
    notes = [str(note) for note in Exchange.objects.all()]
    assert notes
    assert not [note for note in notes if xero.tenant_id in note]


def test_notes_are_kept_fourteen_days() -> None:
    connection = a_connection()
    for days in (0, 13, 14, 15, 400):
        Exchange.objects.create(
            connection=connection,
            started_at=timezone.now() - timedelta(days=days, seconds=1),
            method="GET",
            template="/Invoices",
            status=200,
            milliseconds=1,
        )
    assert exchange_log.prune() == 3
    assert Exchange.objects.count() == 2


# Health


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (ReconnectError("signed out"), Health.RECONNECT),
        (NeedsPermissionError("may not"), Health.PERMISSION),
        (SuspendedError("suspended"), Health.SUSPENDED),
        (ThrottledError("day", window="day"), Health.THROTTLED),
        (ThrottledError("minute", window="minute", seconds=121), Health.THROTTLED),
        (ThrottledError("minute", window="minute", seconds=120), Health.CONNECTED),
        (RetryLaterError("not reached"), Health.UNREACHABLE),
        (NotSentError("too late"), Health.CONNECTED),
        (RequestTooLargeError("too large"), Health.CONNECTED),
        (UnreadableAnswerError("a web page"), Health.CONNECTED),
        (OutcomeUnknownError("lost"), Health.CONNECTED),
        (MissingMappingError("a gap"), Health.CONNECTED),
        (GoneError("gone"), Health.CONNECTED),
        (ConfigurationError("wrong"), Health.CONNECTED),
    ],
)
def test_an_error_says_of_the_connection_what_happens_next(error: CounterfoilError, health: str) -> None:
    connection = a_connection()
    clients.note_health(connection, error)
    stored = Connection.objects.get()
    assert (stored.health, connection.health) == (health, health)
    assert (stored.last_error, connection.last_error) == (sentence(error, system="Xero"),) * 2
    assert stored.last_cause == cause_of(error)
    assert len(changes()) == (health != Health.CONNECTED)


def test_only_a_change_of_health_leaves_an_entry() -> None:
    connection = a_connection()
    stale = Connection.objects.get()
    for _ in range(3):
        clients.note_health(connection, ReconnectError("signed out"))
    clients.note_health(stale, ReconnectError("signed out"))
    assert len(changes()) == 1
    for _ in range(3):
        clients.note_success(connection)
    assert len(changes()) == 2
    assert Connection.objects.get().health == Health.CONNECTED


@pytest.mark.parametrize(
    "health", [Health.RECONNECT, Health.SUSPENDED, Health.DISCONNECTED, Health.NEVER, Health.PERMISSION]
)
def test_trouble_on_the_way_hides_nothing_that_somebody_has_to_act_on(health: Health) -> None:
    """Else a suspended connection would be called again as soon as the network failed (promise 28)."""
    connection = a_connection(health=health)
    clients.note_health(connection, RetryLaterError("not reached"))
    assert Connection.objects.get().health == health
    assert changes() == []


def test_a_long_pause_is_kept_until_it_has_passed() -> None:
    connection = a_connection()
    with time_machine.travel(NOON, tick=False) as clock:
        clients.note_health(connection, ThrottledError("used up", window="day", seconds=7200))
        clients.note_health(connection, RetryLaterError("not reached"))
        assert Connection.objects.get().health == Health.THROTTLED
        clock.shift(timedelta(hours=2))
        clients.note_health(connection, RetryLaterError("not reached"))
        assert Connection.objects.get().health == Health.UNREACHABLE
        clients.note_health(connection, ThrottledError("used up", window="day", seconds=60))
        clock.shift(timedelta(hours=2))
        clients.note_success(connection)
        assert Connection.objects.get().health == Health.CONNECTED


def test_a_throttled_connection_says_until_when() -> None:
    connection = a_connection()
    with time_machine.travel(NOON, tick=False):
        clients.note_health(connection, ThrottledError("used up", window="day", seconds=7200))
        assert Connection.objects.get().health_until == NOON + timedelta(hours=2)
        clients.note_health(connection, ThrottledError("used up", window="day", seconds=3600))
        assert Connection.objects.get().health_until == NOON + timedelta(hours=1)


def test_a_success_of_one_call_does_not_hide_a_missing_permission() -> None:
    connection = a_connection()
    clients.note_health(connection, NeedsPermissionError("may not read bills"))
    clients.note_success(connection)
    assert Connection.objects.get().health == Health.PERMISSION
    clients.note_success(connection, permitted=True)
    assert Connection.objects.get().health == Health.CONNECTED


def test_a_disconnected_connection_stays_so_whatever_a_late_answer_says() -> None:
    connection = a_connection(health=Health.DISCONNECTED)
    clients.note_success(connection)
    assert Connection.objects.get().health == Health.DISCONNECTED


def test_success_costs_one_write_a_minute(django_assert_num_queries: Any) -> None:
    connection = a_connection()
    clients.note_success(connection)
    with django_assert_num_queries(0):
        for _ in range(100):
            clients.note_success(connection)


def test_the_first_good_answer_mends_the_health(xero: Connection) -> None:
    clients.note_health(xero, RetryLaterError("not reached"))
    with clients.target_client(xero) as client:
        client.probe()
        assert Connection.objects.get().health == Health.CONNECTED


def test_a_failure_after_a_good_answer_is_what_remains(xero: Connection, sandbox: Sandbox) -> None:
    sandbox.faults.add("xero", "status", path="^/api.xro/", status=503, times=-1, skip=1)
    with pytest.raises(RetryLaterError) as error:
        probe(xero, times=3)
    clients.note_health(xero, error.value)
    assert Connection.objects.get().health == Health.UNREACHABLE
