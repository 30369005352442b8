"""Procurify takes access away: every call of every worker stops, people are told, one slow probe goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from integrations import checkup, tasks
from integrations.engine import clients, suspension
from integrations.engine.health import next_probe
from integrations.engine.running import run_until_idle
from integrations.errors import SuspendedError
from integrations.models import Connection, Health, Integration, SourceDocument
from tests.world import World

pytestmark = pytest.mark.sqlite

ME = "/harbormills/api/v3/users/me/"


def asked(world: World) -> list[str]:
    return [each["path"] for each in world.sandbox.log("procurify")]


def suspend(world: World, **more: Any) -> None:
    world.sandbox.faults.add("procurify", "suspend", **more)


def source(world: World) -> Connection:
    return Connection.objects.get(pk=world.integration.source_id)


@pytest.fixture
def later() -> Iterator[Any]:
    with time_machine.travel(datetime.now(UTC), tick=True) as travelled:
        yield travelled


@pytest.mark.promise(28)
def test_no_call_is_made_after_the_suspended_answer_by_any_worker_or_integration(world: World) -> None:
    twin = Integration.objects.get(pk=world.integration.pk)
    twin.pk, twin.name = None, "The same orders for the auditors"
    twin.save()
    world.order("PF1")
    world.run()
    suspend(world)
    world.run()
    *_, last = asked(world)
    assert last == ME
    assert source(world).health == Health.SUSPENDED
    before = len(asked(world))
    for integration in (world.integration, twin):
        assert "suspended" in run_until_idle(integration.pk).failure
    with pytest.raises(SuspendedError), clients.source_client(world.integration.source) as stale:
        stale.probe()
    tasks.tick()
    assert len(asked(world)) == before
    assert not [task for task in OrmQ.objects.all() if task.func().endswith(("run_slice", "probe"))]


@pytest.mark.promise(28)
def test_another_worker_in_the_middle_of_a_slice_stops_before_its_next_call(world: World) -> None:
    with clients.source_client(world.integration.source) as other:
        other.probe()
        suspension.met(source(world))
        before = len(asked(world))
        with pytest.raises(SuspendedError):
            other.probe()
    assert len(asked(world)) == before


def test_lines_that_were_read_before_the_suspension_are_kept(world: World) -> None:
    for number in ("PF1", "PF2", "PF3"):
        world.order(number)
    suspend(world, path=r"/purchase_orders/\d+/$", skip=2)
    suspend(world, path="/users/me/$")
    world.run()
    assert source(world).health == Health.SUSPENDED
    assert SourceDocument.objects.exclude(detail="").count() == 2


def test_a_token_refused_to_keys_that_worked_before_is_a_suspension(world: World, later: Any) -> None:
    world.run()
    later.shift(timedelta(hours=23, minutes=30))
    world.sandbox.clock.forward(hours=23, minutes=30)
    suspend(world)
    world.run()
    assert asked(world)[-1] == "/harbormills/oauth/token"
    assert source(world).health == Health.SUSPENDED
    assert "keys that worked before" in source(world).last_error


def test_every_call_refused_for_half_an_hour_is_a_suspension(world: World, later: Any) -> None:
    world.run()
    world.sandbox.faults.add("procurify", "status", status=429, times=-1)
    for _ in range(7):
        assert source(world).health != Health.SUSPENDED
        world.run()
        later.shift(timedelta(minutes=5))
    world.run()
    assert source(world).health == Health.SUSPENDED


def test_one_list_that_the_role_may_not_see_is_no_suspension(world: World, later: Any) -> None:
    world.run()
    suspend(world, path="/purchase_orders/")
    for _ in range(9):
        world.run()
        later.shift(timedelta(minutes=5))
    assert source(world).health == Health.PERMISSION


@pytest.mark.promise(28)
def test_the_probe_asks_once_and_what_waited_goes_on_when_it_is_answered(world: World, later: Any) -> None:
    Integration.objects.update(enabled=True, schedule="every", every_minutes=5, next_run_at=timezone.now())
    world.order("PF1")
    suspend(world)
    world.run()
    later.shift(timedelta(hours=6, minutes=1))
    before = len(asked(world))
    tasks.probe(world.integration.source_id)
    assert len(asked(world)) == before + 1
    assert source(world).health == Health.SUSPENDED
    world.sandbox.faults.clear()
    later.shift(timedelta(hours=6, minutes=1))
    tasks.tick()
    assert [task.func().rpartition(".")[2] for task in OrmQ.objects.all()].count("probe") == 1
    tasks.probe(world.integration.source_id)
    mended = source(world)
    assert (mended.health, mended.suspended_at, mended.last_error) == (Health.CONNECTED, None, "")
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_the_probe_grows_rarer_and_never_asks_more_often_than_every_six_hours(world: World) -> None:
    began = timezone.now()
    connection = Connection(system="procurify", suspended_at=began)
    moment, gaps = began, []
    for _ in range(12):
        following = next_probe(connection, moment)
        gaps.append(following - moment)
        moment = following
    assert gaps[:3] == [timedelta(hours=6)] * 3
    assert gaps == sorted(gaps)
    assert gaps[-1] == timedelta(days=1)


@pytest.mark.promise(28)
def test_a_person_resumes_it_with_an_entry_and_the_next_run_tells(world: World, django_user_model: Any) -> None:
    ivan: User = django_user_model.objects.create_user("ivan")
    world.order("PF1")
    suspend(world)
    world.run()
    world.sandbox.faults.clear()
    assert suspension.resume(source(world), ivan)
    assert not suspension.resume(source(world), ivan)
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]
    assert [entry.actor for entry in Entry.objects.filter(action="connection.resumed")] == [ivan]


def test_a_person_who_resumes_too_early_is_told_by_the_next_answer(world: World, django_user_model: Any) -> None:
    ivan: User = django_user_model.objects.create_user("ivan")
    suspend(world)
    world.run()
    suspension.resume(source(world), ivan)
    before = len(asked(world))
    world.run()
    assert source(world).health == Health.SUSPENDED
    assert len(asked(world)) <= before + 2


def test_a_suspension_by_hand_is_ended_by_hand_only(world: World, later: Any, django_user_model: Any) -> None:
    ivan: User = django_user_model.objects.create_user("ivan")
    suspension.suspend(source(world), ivan)
    before = len(asked(world))
    world.run()
    later.shift(timedelta(days=9))
    tasks.tick()
    assert not [task for task in OrmQ.objects.all() if task.func().endswith("probe")]
    assert len(asked(world)) == before
    assert checkup.test(source(world), ivan).works
    assert source(world).health == Health.CONNECTED
