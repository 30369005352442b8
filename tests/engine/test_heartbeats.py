"""Signs of life, and workers that an earlier start left behind (E28)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine import heartbeats
from integrations.models import Heartbeat

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_beat_is_fresh_until_its_time_has_passed() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert not heartbeats.fresh("tick", 60)
        heartbeats.beat("tick")
        clock.shift(timedelta(seconds=59))
        assert heartbeats.fresh("tick", 60)
        clock.shift(timedelta(seconds=1))
        assert not heartbeats.fresh("tick", 60)


@pytest.mark.django_db(transaction=True)
def test_beats_before_every_call_cost_one_write_in_five_seconds(django_assert_num_queries: Any) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        heartbeats.beat("run 1")
        with django_assert_num_queries(0):
            for _ in range(4):
                clock.shift(timedelta(seconds=1))
                heartbeats.beat("run 1")
        clock.shift(timedelta(seconds=1))
        with django_assert_num_queries(1):
            heartbeats.beat("run 1")
        assert Heartbeat.objects.get().at == timezone.now()


def test_a_turn_is_had_once_among_all_and_again_after_its_time() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert heartbeats.claim_turn("prune", timedelta(hours=1))
        assert not heartbeats.claim_turn("prune", timedelta(hours=1))
        clock.shift(timedelta(hours=1))
        assert heartbeats.claim_turn("prune", timedelta(hours=1))
        assert not heartbeats.claim_turn("prune", timedelta(hours=1))


def test_a_worker_of_an_earlier_start_knows_that_it_is_one(settings: Any) -> None:
    Heartbeat.objects.create(name=settings.SUPERVISOR_NAME, at=NOON, epoch="second start")
    settings.WORKER_EPOCH = "first start"
    assert not heartbeats.epoch_is_current()
    settings.WORKER_EPOCH = "second start"
    assert heartbeats.epoch_is_current()


def test_work_that_no_supervisor_started_is_of_no_epoch(settings: Any) -> None:
    Heartbeat.objects.create(name=settings.SUPERVISOR_NAME, at=NOON, epoch="second start")
    settings.WORKER_EPOCH = ""
    assert heartbeats.epoch_is_current()
