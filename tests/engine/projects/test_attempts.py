"""What counts as an attempt to reach the project: a call that was begun, since the last one that was answered."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.engine import clients, release
from integrations.engine.intents import MOST_ATTEMPTS
from integrations.engine.projects import steps
from integrations.engine.slice import SliceOverError
from integrations.errors import OwnPaceError, RetryLaterError
from integrations.models import Outcome, PaceWindow, Record, Request, Work
from tests.engine.projects.site import Site, outcomes
from tests.engine.projects.test_steps import SYNC, header

Stopping = Callable[[], bool]


def taken(site: Site, record: Record, stopping: Stopping = lambda: False) -> None:
    """By a slice that is asked whether it is to stop before each call."""
    Record.objects.filter(pk=record.pk).update(not_before=None)
    PaceWindow.objects.all().delete()
    with site.slice() as slice_:
        slice_.stopping = stopping
        with clients.client(site.integration.target, slice_) as books:
            record.refresh_from_db()
            steps.take(slice_, books, header(site, record))  # type: ignore[arg-type]


def turned_away(site: Site, record: Record, times: int) -> None:
    site.fails("status", SYNC, status=429, times=times)
    for _ in range(times):
        with pytest.raises(RetryLaterError):
            taken(site, record)
    record.refresh_from_db()


def intends_something() -> bool:
    return Request.objects.filter(outcome=Outcome.INTENDED).exists()


def uses_the_pace_up() -> bool:
    """Other workers do, between our intent and our call."""
    if (request := Request.objects.filter(outcome=Outcome.INTENDED).first()) is not None:
        now = timezone.now()
        closed = {"started_at": now, "closed_until": now + timedelta(minutes=5)}
        PaceWindow.objects.update_or_create(connection=request.connection, window="minute", defaults=closed)
    return False


@pytest.mark.parametrize(
    ("meanwhile", "raised"), [(intends_something, SliceOverError), (uses_the_pace_up, OwnPaceError)]
)
def test_calls_that_were_never_begun_are_no_attempts(site: Site, meanwhile: Stopping, raised: type[Exception]) -> None:
    record = site.order("PO-1")
    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(raised):
            taken(site, record, meanwhile)
    record.refresh_from_db()
    assert (record.work, record.attempts, site.writes()) == (Work.WAITING, 0, [])
    assert Request.objects.filter(outcome=Outcome.DROPPED).count() == MOST_ATTEMPTS + 1
    turned_away(site, record, 1)
    assert (record.work, record.attempts) == (Work.WAITING, 1)
    taken(site, record)
    assert len(site.orders()) == 1


def test_after_five_attempts_a_person_is_told_and_they_count_anew_from_their_release(site: Site) -> None:
    record = site.order("PO-1")
    turned_away(site, record, MOST_ATTEMPTS)
    assert (record.work, record.hold_reason, record.attempts) == (Work.HELD, "rejected-by-target", 0)
    assert record.explanation.startswith("5 attempts did not reach Procore.")
    release.let_go([record], "somebody said so")
    turned_away(site, record, MOST_ATTEMPTS - 1)
    assert (record.work, record.attempts) == (Work.WAITING, MOST_ATTEMPTS - 1)
    turned_away(site, record, 1)
    assert record.work == Work.HELD
    assert outcomes()[-1] == ("header", "dropped", 2 * MOST_ATTEMPTS)


def test_an_answer_begins_the_count_anew(site: Site) -> None:
    record = site.order("PO-1")
    turned_away(site, record, MOST_ATTEMPTS - 1)
    taken(site, record)
    turned_away(site, record, MOST_ATTEMPTS - 1)
    assert (record.work, record.attempts) == (Work.WAITING, MOST_ATTEMPTS - 1)


def test_a_slice_that_ends_takes_nothing_off_what_was_counted(site: Site) -> None:
    record = site.order("PO-1")
    turned_away(site, record, 2)
    with suppress(SliceOverError):
        taken(site, record, intends_something)
    record.refresh_from_db()
    assert record.attempts == 2
