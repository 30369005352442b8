"""Schedules in the integration's own time zone, across the changes of clocks (promise 32)."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import Integration
from integrations.schedules import explained, in_words, moment_in_words, next_due

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def daily(at: time, zone: str = "Europe/London") -> Integration:
    return Integration(schedule="daily", daily_at=at, time_zone=zone)


def cron(expression: str, zone: str = "Europe/London") -> Integration:
    return Integration(schedule="cron", cron=expression, time_zone=zone)


def runs(integration: Integration, after: datetime, count: int) -> list[str]:
    found = []
    for _ in range(count):
        moment = next_due(integration, after)
        assert moment is not None
        assert moment > after
        after = moment
        found.append(f"{moment:%d %H:%M}")
    return found


def test_by_hand_is_never_due() -> None:
    assert next_due(Integration(schedule="manual"), NOON) is None


def test_every_few_minutes_stays_in_step_however_late_the_tick_came() -> None:
    integration = Integration(schedule="every", every_minutes=15, next_run_at=NOON)
    assert next_due(integration, NOON + timedelta(minutes=2)) == NOON + timedelta(minutes=15)
    assert next_due(integration, NOON + timedelta(minutes=47)) == NOON + timedelta(minutes=60)


@pytest.mark.promise(32)
def test_a_shorter_cadence_counts_at_once_and_not_from_the_run_planned_for_tomorrow() -> None:
    integration = Integration(schedule="every", every_minutes=5, next_run_at=NOON + timedelta(days=1))
    due = next_due(integration, NOON)
    assert due is not None
    assert NOON < due <= NOON + timedelta(minutes=5)


@given(st.integers(1, 3000), st.integers(-10_000, 10_000))
def test_every_few_minutes_is_always_later_by_a_cadence_at_most(minutes: int, planned: int) -> None:
    integration = Integration(
        schedule="every", every_minutes=minutes, next_run_at=NOON + timedelta(minutes=planned, seconds=17)
    )
    due = next_due(integration, NOON)
    assert due is not None
    assert NOON < due <= NOON + timedelta(minutes=minutes)


@pytest.mark.promise(32)
def test_daily_follows_the_clock_on_the_wall_when_summer_time_begins_and_ends() -> None:
    assert runs(daily(time(6)), datetime(2026, 3, 27, 12, tzinfo=UTC), 3) == ["28 06:00", "29 05:00", "30 05:00"]
    assert runs(daily(time(6)), datetime(2026, 10, 23, 12, tzinfo=UTC), 3) == ["24 05:00", "25 06:00", "26 06:00"]


def test_a_time_that_summer_time_skips_runs_an_hour_later_by_the_wall() -> None:
    assert runs(daily(time(1, 30)), datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == ["29 01:30", "30 00:30"]


def test_a_time_that_comes_twice_runs_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert runs(daily(time(1, 30)), before, 2) == ["25 00:30", "26 01:30"]
    assert runs(cron("30 1 * * *"), before, 2) == ["25 00:30", "26 01:30"]
    assert runs(cron("*/30 1 * * *"), before, 3) == ["25 00:00", "25 00:30", "26 01:00"]


def test_every_half_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    before = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    assert runs(cron("*/30 * * * *"), before, 4) == ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]


def test_a_cron_expression_is_read_in_the_integrations_time_zone() -> None:
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert runs(cron("0 6 * * 1-5", "America/Vancouver"), monday, 2) == ["02 14:00", "03 14:00"]
    assert runs(cron("0 9 29 2 *", "UTC"), monday, 1) == ["29 09:00"]


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "61 * * * *", "a b c d e", "@daily", "0 0 30 2 *", "R R * * *", "H * * * *"],
)
def test_a_cron_expression_that_says_nothing_is_refused_in_words(expression: str) -> None:
    with pytest.raises(ValidationError) as refused:
        next_due(cron(expression), NOON)
    assert list(refused.value.message_dict) == ["cron"]


@pytest.mark.parametrize(
    ("integration", "field"),
    [
        (Integration(schedule="daily", time_zone="UTC"), "daily_at"),
        (daily(time(6), "Europe/Atlantis"), "time_zone"),
        (daily(time(6), "/etc/passwd"), "time_zone"),
        (Integration(schedule="every", every_minutes=0), "every_minutes"),
    ],
)
def test_an_unfinished_schedule_is_refused_at_its_field(integration: Integration, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        next_due(integration, NOON)
    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("integration", "words"),
    [
        (Integration(schedule="manual"), "only by hand"),
        (Integration(schedule="every", every_minutes=1), "every minute"),
        (Integration(schedule="every", every_minutes=15), "every 15 minutes"),
        (Integration(schedule="every", every_minutes=60), "every hour"),
        (Integration(schedule="every", every_minutes=90), "every 90 minutes"),
        (Integration(schedule="every", every_minutes=240), "every 4 hours"),
        (daily(time(6)), "every day at 06:00 Europe/London"),
        (cron("0 6 * * 1"), "every Monday at 06:00 Europe/London"),
        (cron("0 7 * * 1-5"), "every weekday at 07:00 Europe/London"),
        (cron("30 7,17 * * MON,THU"), "every Monday and Thursday at 07:30 and 17:30 Europe/London"),
        (cron("5 * * * *"), "every hour at 5 past, every day Europe/London"),
        (cron("0 6 1 * *"), "every month on day 1 at 06:00 Europe/London"),
        (cron("*/7 2-4 * 3 *"), "by the cron expression “*/7 2-4 * 3 *” Europe/London"),
    ],
)
@pytest.mark.promise(32)
def test_a_schedule_reads_as_words(integration: Integration, words: str) -> None:
    assert in_words(integration) == words


@pytest.mark.promise(32)
def test_a_schedule_is_explained_in_one_sentence_with_its_next_run() -> None:
    integration = cron("0 7 * * 1-5")
    integration.enabled = True
    integration.next_run_at = datetime(NOON.year, 11, 23, 7, 0, tzinfo=UTC)
    said = explained(integration)
    assert said.startswith("Every weekday at 07:00 Europe/London, next on ")
    assert "23 Nov" in said
    assert said.endswith("07:00.")
    integration.enabled = False
    assert "only when somebody presses Sync now" in explained(integration)


@pytest.mark.promise(32)
def test_the_next_run_is_told_in_the_integrations_own_zone_across_a_change_of_clocks() -> None:
    """Summer time ends in London on 25 October 2026: 07:00 there is 06:00 UTC before and 07:00 UTC after it."""
    for day, utc_hour in ((24, 6), (26, 7)):
        moment = next_due(daily(time(7)), datetime(2026, 10, day, 0, 0, tzinfo=UTC))
        assert moment == datetime(2026, 10, day, utc_hour, 0, tzinfo=UTC)
        assert moment_in_words(moment, "Europe/London").endswith("07:00")
