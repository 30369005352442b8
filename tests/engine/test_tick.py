"""The tick wakes what is due, once, and what died, again; it never calls anybody over the network (E26 to E30)."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.utils import timezone
from django_q.models import OrmQ

from audit.findings import Verification
from audit.models import Entry, Seal
from audit.trail import Subject, log
from audit.triggers import lifted
from integrations import events, installation, tasks
from integrations.engine import heartbeats, housekeeping, leases, running, silence, stopping, ticking
from integrations.engine.running import SliceResult
from integrations.errors import SuspendedError
from integrations.models import Connection, Health, Heartbeat, Installation, Integration, Run
from integrations.sandbox import Sandbox
from integrations.systems.xero.client import XeroClient
from portal import liveness
from portal.brokers import is_ours
from tests.engine.rows import a_connection, an_integration

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The slices that were queued; other tasks are left out."""
    found: list[tuple[str, int]] = []

    def note(name: str, number: int = 0) -> None:
        if name.endswith("run_slice"):
            found.append((name, number))

    monkeypatch.setattr(ticking, "async_task", note)
    monkeypatch.setattr(housekeeping, "async_task", note)
    return found


def slice_of(integration: Integration) -> tuple[str, int]:
    return ("integrations.tasks.run_slice", integration.pk)


def due(**more: Any) -> Integration:
    values = {"enabled": True, "schedule": "every", "every_minutes": 15, "next_run_at": NOON, **more}
    return an_integration(f"Integration {Integration.objects.count()}", **values)


def next_run(integration: Integration) -> datetime | None:
    return Integration.objects.get(pk=integration.pk).next_run_at


def test_what_is_due_is_woken_once_and_its_next_run_is_planned(clock: Any, queued: list[Any]) -> None:
    integration = due()
    ticking.tick()
    ticking.tick()
    assert queued == [slice_of(integration)]
    assert next_run(integration) == NOON + timedelta(minutes=15)


@pytest.mark.promise(33)
def test_a_cadence_of_five_minutes_is_kept_to_the_minute_by_ticks_that_come_late(clock: Any, queued: list[Any]) -> None:
    integration = due(every_minutes=5)
    for _ in range(61):
        ticking.tick()
        clock.shift(timedelta(seconds=60.4))
    assert len(queued) == 13
    assert next_run(integration) == NOON + timedelta(minutes=65)


def test_missed_runs_are_made_up_by_one(clock: Any, queued: list[Any]) -> None:
    integration = due(next_run_at=NOON - timedelta(days=3))
    ticking.tick()
    ticking.tick()
    assert queued == [slice_of(integration)]


def test_two_ticks_at_once_wake_it_once(clock: Any, queued: list[Any]) -> None:
    """A tick that was queued twice, each having seen it due."""
    integration = due()
    ticking._wake(integration, NOON)
    ticking._wake(integration, NOON)
    assert queued == [slice_of(integration)]


@pytest.mark.parametrize(
    "settings_of_it",
    [
        {"next_run_at": NOON + timedelta(seconds=1)},
        {"enabled": False},
        {"schedule": "manual", "next_run_at": None},
    ],
)
def test_what_is_not_due_sleeps(clock: Any, queued: list[Any], settings_of_it: dict[str, Any]) -> None:
    due(**settings_of_it)
    ticking.tick()
    assert queued == []


def test_a_schedule_that_was_just_switched_on_is_planned_first(clock: Any, queued: list[Any]) -> None:
    integration = due(next_run_at=None)
    ticking.tick()
    assert queued == []
    assert next_run(integration) == NOON + timedelta(minutes=15)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("health", [Health.RECONNECT, Health.SUSPENDED, Health.DISCONNECTED, Health.NEVER])
def test_a_connection_that_may_not_be_called_leaves_its_integrations_due(
    clock: Any, queued: list[Any], side: str, health: Health
) -> None:
    """So that they run at the first tick after it was mended."""
    integration = due()
    Connection.objects.filter(pk=getattr(integration, side).pk).update(health=health)
    ticking.tick()
    assert (queued, next_run(integration)) == ([], NOON)
    Connection.objects.update(health=Health.CONNECTED)
    ticking.tick()
    assert queued == [slice_of(integration)]


def test_a_throttled_connection_is_left_alone_until_its_time(clock: Any, queued: list[Any]) -> None:
    integration = due()
    until = NOON + timedelta(minutes=10)
    Connection.objects.filter(pk=integration.target_id).update(health=Health.THROTTLED, health_until=until)
    ticking.tick()
    assert queued == []
    clock.move_to(until)
    ticking.tick()
    assert queued == [slice_of(integration)]


def test_one_schedule_that_cannot_be_read_does_not_stop_the_others(clock: Any, queued: list[Any]) -> None:
    due(schedule="cron", cron="nonsense")
    good = due()
    ticking.tick()
    assert queued == [slice_of(good)]


def test_a_run_whose_worker_died_is_woken_again(clock: Any, queued: list[Any]) -> None:
    integration = due(next_run_at=NOON + timedelta(hours=1))
    Run.objects.create(integration=integration, started_at=NOON)
    leases.claim(Integration, integration.pk, 180)
    clock.shift(timedelta(seconds=179))
    ticking.tick()
    assert queued == []
    clock.shift(timedelta(seconds=1))
    ticking.tick()
    assert queued == [slice_of(integration)]


def test_a_run_whose_next_task_was_lost_is_woken_again_also_by_hand_only(clock: Any, queued: list[Any]) -> None:
    integration = due(enabled=False, schedule="manual", next_run_at=None)
    run = Run.objects.create(integration=integration, started_at=NOON)
    ticking.tick()
    assert queued == [slice_of(integration)]
    Run.objects.filter(pk=run.pk).update(finished_at=NOON)
    ticking.tick()
    assert len(queued) == 1


def test_a_slice_with_more_to_do_queues_the_next_one(queued: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "run_slice", lambda _, asked_by, stopping: SliceResult(ran=True, more=True))
    tasks.run_slice(7)
    assert queued == [("integrations.tasks.run_slice", 7)]


@pytest.mark.parametrize(
    ("planned", "wakes", "then"), [(None, 5, 5), (15, 5, 5), (3, 5, 3)], ids=["none planned", "sooner", "later"]
)
def test_work_that_waits_for_a_moment_is_woken_then(
    clock: Any, queued: list[Any], monkeypatch: pytest.MonkeyPatch, planned: int | None, wakes: int, then: int
) -> None:
    integration = due(next_run_at=NOON + timedelta(minutes=planned) if planned else None)
    result = SliceResult(ran=True, not_before=NOON + timedelta(minutes=wakes))
    monkeypatch.setattr(running, "run_slice", lambda _, asked_by, stopping: result)
    tasks.run_slice(integration.pk)
    assert next_run(integration) == NOON + timedelta(minutes=then)
    assert queued == []


@pytest.mark.parametrize("by_hand_only", [{"schedule": "manual", "enabled": True}, {"enabled": False}])
def test_work_left_by_an_integration_that_runs_by_hand_is_woken_at_its_moment(
    clock: Any, queued: list[Any], monkeypatch: pytest.MonkeyPatch, by_hand_only: dict[str, Any]
) -> None:
    integration = due(next_run_at=None, **by_hand_only)
    result = SliceResult(ran=True, not_before=NOON + timedelta(minutes=3))
    monkeypatch.setattr(running, "run_slice", lambda _, asked_by, stopping: result)
    tasks.run_slice(integration.pk)
    clock.shift(timedelta(minutes=2))
    ticking.tick()
    assert queued == []
    clock.shift(timedelta(minutes=1))
    ticking.tick()
    ticking.tick()
    assert queued == [slice_of(integration)]


def test_sigterm_ends_a_slice_at_its_next_call_and_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def slice_(_: int, asked_by: Any, stopping: Any) -> SliceResult:
        asked.append(stopping())
        os.kill(os.getpid(), signal.SIGTERM)
        asked.append(stopping())
        return SliceResult(ran=True)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(running, "run_slice", slice_)
    tasks.run_slice(7)
    assert asked == [False, True]
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_supervisor_that_ends_ends_the_slices_of_its_workers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WORKER_EPOCH = "this one"
    monkeypatch.setattr(stopping, "LOOKED_EVERY", 0.0)
    Heartbeat.objects.create(name=settings.SUPERVISOR_NAME, at=timezone.now(), epoch="this one")
    with stopping.heeding() as asked:
        assert not asked()
        Heartbeat.objects.update(epoch="stopping")
        assert asked()


# Silence


def ran(integration: Integration, at: datetime, failure: str = "") -> None:
    Run.objects.create(integration=integration, started_at=at, finished_at=at, failure=failure)


@pytest.mark.parametrize(
    ("schedule", "silent_after"),
    [
        ({"every_minutes": 15}, timedelta(minutes=30)),
        ({"every_minutes": 1}, timedelta(minutes=10)),
        ({"schedule": "daily", "daily_at": time(12)}, timedelta(days=2, minutes=10)),
        ({"schedule": "cron", "cron": "0 12 * * 1"}, timedelta(days=14, minutes=10)),
    ],
    ids=["every 15 minutes", "every minute", "daily", "on Mondays"],
)
def test_two_cadences_without_a_good_run_are_silence(
    clock: Any, queued: list[Any], schedule: dict[str, Any], silent_after: timedelta
) -> None:
    integration = due(**schedule)
    ran(integration, NOON)
    clock.shift(silent_after)
    Integration.objects.update(next_run_at=timezone.now() + timedelta(minutes=1))
    ran(integration, timezone.now(), "Xero did not answer.")
    assert silence.silent(timezone.now()) == []
    assert liveness.overdue() == []
    clock.shift(timedelta(seconds=1))
    assert silence.silent(timezone.now()) == [(integration, NOON)]
    assert liveness.overdue() == [integration.name]


def test_silence_behind_a_connection_that_waits_for_a_person_is_not_told_again(clock: Any, queued: list[Any]) -> None:
    integration = due()
    ran(integration, NOON - timedelta(days=1))
    assert silence.silent(NOON)
    Connection.objects.filter(pk=integration.source_id).update(health=Health.SUSPENDED)
    assert silence.silent(NOON) == []


def test_a_listener_that_fails_stops_neither_the_tick_nor_the_others(clock: Any, queued: list[Any]) -> None:
    told: list[datetime] = []

    def broken(now: datetime) -> None:
        raise ValueError("a bug")

    def good(now: datetime) -> None:
        told.append(now)

    stopped = [events.listen(events.ticked, each) for each in (broken, good)]
    try:
        ticking.tick()
    finally:
        for each in stopped:
            each()
    assert told == [NOON]


# The trail


def test_the_trail_is_verified_daily_and_a_forgery_is_told(sandbox: Sandbox) -> None:
    found: list[bool] = []

    def heard(verification: Verification) -> None:
        found.append(verification.ok)

    log("run.finished", Subject("integration", 1, "Harbor Mills"))
    tasks.seal_audit()
    stop = events.listen(events.trail_verified, heard)
    try:
        tasks.verify_audit()
        with lifted(database):
            Entry.objects.update(actor_label="somebody else")
        tasks.verify_audit()
    finally:
        stop()
    assert found == [True, False]
    assert "nothing was altered" in Entry.objects.filter(action="audit.verified").order_by("id")[0].details["outcome"]


def test_what_is_no_evidence_is_erased_when_the_installation_says_so(settings: Any, clock: Any) -> None:
    """E19: sign-ins lose their details; what was posted keeps them."""
    settings.AUDIT_DETAILS_DAYS = 0
    log("user.signed_in", Subject("user", 1, "anna"), details={"address": "192.0.2.1"})
    log("run.failed", Subject("integration", 1, "Harbor Mills"), details={"failure": "no answer"})
    clock.shift(timedelta(days=401))
    tasks.erase_details()
    assert Entry.objects.get(action="user.signed_in").details
    settings.AUDIT_DETAILS_DAYS = 400
    tasks.erase_details()
    assert Entry.objects.get(action="user.signed_in").details_erased
    assert Entry.objects.get(action="run.failed").details


def test_sessions_that_have_ended_are_cleared(clock: Any) -> None:
    store = SessionStore()
    store.create()
    tasks.prune()
    assert Session.objects.count() == 1
    clock.shift(timedelta(days=30))
    tasks.prune()
    assert Session.objects.count() == 0


def test_a_tick_is_a_sign_of_life(clock: Any, queued: list[Any]) -> None:
    ticking.tick()
    assert heartbeats.fresh("tick", 1)


def test_a_tick_notices_a_restored_database(clock: Any, queued: list[Any]) -> None:
    installation.may_post()
    Installation.objects.update(epoch="another.1")
    ticking.tick()
    assert Entry.objects.filter(action="installation.doubted").count() == 1


def test_whatever_the_tick_queues_is_a_function_that_the_broker_hands_out(clock: Any) -> None:
    """With the database's own queue, as in production (E29)."""
    due()
    a_connection("xero", "b", health=Health.SUSPENDED, health_until=NOON)
    ticking.tick()
    tasks_waiting = list(OrmQ.objects.all())
    assert all(is_ours(task.payload) for task in tasks_waiting)
    assert sorted(task.func() for task in tasks_waiting) == [
        "integrations.tasks.erase_details",
        "integrations.tasks.forget_documents",
        "integrations.tasks.probe",
        "integrations.tasks.prune",
        "integrations.tasks.refresh_tokens",
        "integrations.tasks.run_slice",
        "integrations.tasks.seal_audit",
        "integrations.tasks.verify_audit",
    ]


def test_sealing_comes_hourly_and_pruning_daily(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    monkeypatch.setattr(housekeeping, "async_task", lambda name, *_: found.append(name.rpartition(".")[2]))
    for _ in range(24 * 6):
        housekeeping.queue_due(timezone.now())
        clock.shift(timedelta(minutes=10))
    daily = dict.fromkeys(("erase_details", "forget_documents", "prune", "refresh_tokens", "verify_audit"), 1)
    assert {name: found.count(name) for name in set(found)} == {"seal_audit": 24, **daily}


def test_the_housekeeping_tasks_do_their_work(sandbox: Sandbox) -> None:
    installation.may_post()
    Installation.objects.update(epoch="another.1")
    installation.in_doubt()
    tasks.seal_audit()
    tasks.prune()
    tasks.refresh_tokens()
    assert Seal.objects.count() == 1


# A suspended connection


@pytest.mark.promise(28)
def test_a_suspended_connection_is_asked_once_in_six_hours_and_not_otherwise(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = due()
    from integrations.engine.health import note_health

    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ticking, "async_task", lambda *task: found.append(task))
    monkeypatch.setattr(housekeeping, "async_task", lambda *task: found.append(task))
    note_health(integration.source, SuspendedError("Procurify suspended our access."))
    for _ in range(24 * 6):
        ticking.tick()
        clock.shift(timedelta(minutes=10))
    calling = [task for task in found if task[0] in ("integrations.tasks.probe", "integrations.tasks.run_slice")]
    assert calling == [("integrations.tasks.probe", integration.source_id)] * 3


def test_a_probe_that_is_answered_opens_the_connection_again(xero: Connection) -> None:
    Connection.objects.update(health=Health.SUSPENDED)
    tasks.probe(xero.pk)
    assert Connection.objects.get().health == Health.CONNECTED


def test_a_probe_that_finds_it_still_suspended_waits_six_hours_more(
    xero: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(health=Health.SUSPENDED, health_until=timezone.now())

    def suspended(_client: XeroClient) -> None:
        raise SuspendedError("Still suspended.")

    monkeypatch.setattr(XeroClient, "probe", suspended)
    tasks.probe(xero.pk)
    stored = Connection.objects.get()
    assert stored.health == Health.SUSPENDED
    assert stored.health_until is not None
    assert stored.health_until > timezone.now() + timedelta(hours=5)


def test_a_probe_that_fails_otherwise_says_why(xero: Connection, sandbox: Sandbox) -> None:
    Connection.objects.update(health=Health.SUSPENDED, health_until=timezone.now())
    sandbox.xero.revoke_tokens()
    tasks.probe(xero.pk)
    stored = Connection.objects.get()
    assert stored.health == Health.RECONNECT
    assert stored.last_error
