"""The budget of calls is shared by all workers and never exceeded (E23, promise 46)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from integrations.engine.pace import StoredPace
from integrations.engine.pace_rows import Budget, PaceRows
from integrations.errors import ThrottledError
from integrations.models import Connection, PaceSlot, PaceWindow
from tests.engine.rows import a_connection

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
XERO = Budget(minute=55, day=1000, concurrent=4, reserve=Decimal("0.05"))


class Clock:
    """A clock that moves when somebody sleeps, and a note of every moment at which a call was let through."""

    def __init__(self, travelled: time_machine.Traveller | Any) -> None:
        self.travelled = travelled
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.travelled.shift(timedelta(seconds=seconds))


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield Clock(travelled)


@pytest.fixture
def connection() -> Connection:
    return a_connection()


def calls(pace: StoredPace, seconds: float, between: float = 0.0) -> list[datetime]:
    """Call as often as one is let, for so long; when each call went out."""
    made, end = [], timezone.now() + timedelta(seconds=seconds)
    while timezone.now() < end:
        pace.take(write=False)
        made.append(timezone.now())
        pace.give_back()
        pace._sleep(between)
    return made


def most_in_any(made: list[datetime], span: timedelta) -> int:
    return max(sum(1 for other in made if moment <= other < moment + span) for moment in made)


@pytest.mark.promise(46)
def test_no_minute_wherever_it_begins_sees_more_than_the_budget(connection: Connection, clock: Clock) -> None:
    made = calls(StoredPace(connection, budget=XERO, sleep=clock.sleep), 300)
    assert most_in_any(made, timedelta(minutes=1)) <= 55
    assert len(made) > 5 * 55 * 0.9


@pytest.mark.promise(46)
def test_two_workers_together_stay_within_the_budget(connection: Connection, clock: Clock) -> None:
    workers = [StoredPace(connection, budget=XERO, sleep=clock.sleep) for _ in range(2)]
    made = []
    for number in range(200):
        worker = workers[number % 2]
        worker.take(write=False)
        made.append(timezone.now())
        worker.give_back()
    assert most_in_any(made, timedelta(minutes=1)) <= 55


@pytest.mark.promise(46)
def test_calls_that_go_out_a_second_late_do_not_crowd_a_minute(connection: Connection, clock: Clock) -> None:
    """A machine that stands still for a second lets go out at its end what was permitted meanwhile."""
    made = calls(StoredPace(connection, budget=Budget(minute=240, day=0, concurrent=0), sleep=clock.sleep), 70)
    arrived = [max(moment, NOON + timedelta(seconds=1)) for moment in made]
    assert most_in_any(arrived, timedelta(minutes=1)) <= 240


def test_large_budgets_are_taken_in_blocks_and_still_kept(connection: Connection, clock: Clock) -> None:
    budget = Budget(minute=6000, day=0, concurrent=0)
    made = calls(StoredPace(connection, budget=budget, sleep=clock.sleep), 65, between=0.006)
    assert most_in_any(made, timedelta(minutes=1)) <= 6000
    assert len(made) > 5900


def test_nothing_is_asked_of_the_database_where_the_operator_set_no_limit(
    connection: Connection, clock: Clock, django_assert_num_queries: Any
) -> None:
    pace = StoredPace(connection, budget=Budget(minute=0, day=0, concurrent=0), sleep=clock.sleep)
    pace.take(write=True)
    with django_assert_num_queries(0):
        for _ in range(1000):
            pace.take(write=True)
            pace.learn({}, 200)
            pace.give_back()


def test_a_worker_never_waits_for_minutes_but_says_when_to_come_back(connection: Connection, clock: Clock) -> None:
    pace = StoredPace(connection, budget=XERO, sleep=clock.sleep)
    pace.take(write=False)
    pace.learn({"X-Rate-Limit-Problem": "Minute", "Retry-After": "47"}, 429)
    pace.give_back()
    with pytest.raises(ThrottledError) as throttled:
        pace.take(write=False)
    assert (throttled.value.window, throttled.value.seconds) == ("minute", 47)
    assert sum(clock.slept) <= 5
    assert not PaceSlot.objects.exclude(lease_token="").exists()


def test_a_refusal_stops_the_other_workers_too(connection: Connection, clock: Clock) -> None:
    first, second = (StoredPace(connection, budget=XERO, sleep=clock.sleep) for _ in range(2))
    first.take(write=False)
    first.learn(CaseInsensitiveDict({"x-rate-limit-problem": "Day limit", "retry-after": "7200"}), 429)
    first.give_back()
    with pytest.raises(ThrottledError) as throttled:
        second.take(write=False)
    assert (throttled.value.window, throttled.value.seconds) == ("day", 7200)
    clock.travelled.shift(timedelta(hours=2))
    second.take(write=False)


def test_without_a_named_pause_each_refusal_doubles_it_and_a_success_ends_that(clock: Clock) -> None:
    procurify = a_connection("procurify", "mills")
    pauses = []
    for _ in range(7):
        pace = StoredPace(procurify, sleep=clock.sleep)
        pace.take(write=False)
        pace.learn({}, 429)
        pace.give_back()
        until = PaceWindow.objects.get(window="minute").closed_until
        assert until is not None
        pauses.append((until - timezone.now()).total_seconds())
        clock.travelled.move_to(until)
    assert all(
        low <= pause <= low * 1.2 + 1 for pause, low in zip(pauses, (30, 60, 120, 240, 480, 900, 900), strict=True)
    )
    pace = StoredPace(procurify, sleep=clock.sleep)
    pace.take(write=False)
    pace.learn({}, 200)
    assert PaceWindow.objects.get(window="minute").refusals == 0


def test_the_last_calls_of_the_day_are_kept_for_people(connection: Connection, clock: Clock) -> None:
    budget = Budget(minute=0, day=100, concurrent=0, reserve=Decimal("0.05"))
    pace = StoredPace(connection, budget=budget, sleep=clock.sleep)
    for _ in range(95):
        pace.take(write=False)
    with pytest.raises(ThrottledError) as throttled:
        pace.take(write=False)
    assert throttled.value.window == "day"
    urgent = StoredPace(connection, budget=budget, urgent=True, sleep=clock.sleep)
    for _ in range(5):
        urgent.take(write=False)
    with pytest.raises(ThrottledError):
        urgent.take(write=False)
    clock.travelled.shift(timedelta(days=1))
    pace.take(write=False)


def test_what_a_slice_took_of_the_day_and_did_not_spend_is_given_back(connection: Connection, clock: Clock) -> None:
    for _ in range(3):
        pace = StoredPace(connection, budget=Budget(minute=0, day=5000, concurrent=0), sleep=clock.sleep)
        pace.take(write=False)
        pace.settle()
        pace.settle()
    assert PaceWindow.objects.get(window="day").used == 3


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ("400", 600),  # somebody else calls too
        ("999", 1),  # as we count ourselves
        ("4999", 1),  # the system grants more than the operator allows
        ("-5", 1),
        ("many", 1),
    ],
)
def test_the_day_is_corrected_by_what_the_answers_say(
    connection: Connection, clock: Clock, said: str, used: int
) -> None:
    pace = StoredPace(connection, budget=XERO, sleep=clock.sleep)
    pace.take(write=False)
    pace.learn({"X-DayLimit-Remaining": said}, 200)
    pace.settle()
    assert PaceWindow.objects.get(window="day").used == used


def test_a_day_that_has_begun_anew_at_the_system_begins_anew_here(connection: Connection, clock: Clock) -> None:
    pace = StoredPace(connection, budget=XERO, sleep=clock.sleep)
    pace.take(write=False)
    PaceWindow.objects.filter(window="day").update(used=900)
    pace.give_back()
    pace.take(write=False)
    pace.learn({"X-DayLimit-Remaining": "998"}, 200)
    pace.settle()
    assert PaceWindow.objects.get(window="day").used == 2


def test_an_almost_empty_minute_is_left_to_the_calls_under_way(connection: Connection, clock: Clock) -> None:
    pace = StoredPace(connection, budget=XERO, sleep=clock.sleep)
    pace.take(write=False)
    pace.learn({"X-MinLimit-Remaining": "3"}, 200)
    pace.give_back()
    pace.take(write=False)
    assert sum(clock.slept) == pytest.approx(2.0)


def test_no_more_calls_are_under_way_than_the_system_bears(connection: Connection, clock: Clock) -> None:
    workers = [StoredPace(connection, budget=Budget(600, 0, 4), sleep=clock.sleep) for _ in range(5)]
    for worker in workers[:4]:
        worker.take(write=False)
    with pytest.raises(ThrottledError) as throttled:
        workers[4].take(write=False)
    assert throttled.value.window == "concurrent"
    workers[2].give_back()
    workers[4].take(write=False)


def test_the_slot_of_a_dead_worker_is_free_after_its_calls_deadline(connection: Connection, clock: Clock) -> None:
    dead, living = (StoredPace(connection, budget=Budget(600, 0, 1), sleep=clock.sleep) for _ in range(2))
    dead.take(write=False)
    clock.travelled.shift(timedelta(seconds=91))
    living.take(write=False)
    dead.give_back()  # it wakes up again: its slot is another's now
    assert PaceSlot.objects.exclude(lease_token="").count() == 1


def test_the_last_calls_of_a_day_are_not_given_to_two_workers_that_looked_at_once(connection: Connection) -> None:
    workers = [PaceRows(connection.pk, Budget(minute=0, day=10, concurrent=0)) for _ in range(2)]
    for each in workers:
        each.look(NOON)
    assert [each.take_day(6, 10, NOON) is None for each in workers] == [True, False]


def test_one_connections_calls_are_not_counted_against_another(clock: Clock) -> None:
    budget = Budget(minute=0, day=1, concurrent=1)
    for key in ("6a1f", "7b2e"):
        StoredPace(a_connection("xero", key), budget=budget, sleep=clock.sleep).take(write=False)


def test_the_operators_limits_replace_the_published_ones(settings: Any, connection: Connection) -> None:
    settings.PACE = {"xero": {"minute": 600, "day": 0}}
    assert Budget.of(connection) == Budget(600, 0, 4, Decimal("0.05"))
    settings.PACE = {}
    assert Budget.of(connection) == XERO


def test_taking_costs_few_statements(
    connection: Connection, clock: Clock, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    pace = StoredPace(connection, budget=XERO, sleep=clock.sleep)
    pace.take(write=False)
    pace.give_back()
    with django_assert_max_num_queries(8):  # two of them open and close the savepoints of this test
        pace.take(write=False)
        pace.learn({"X-DayLimit-Remaining": "998", "X-MinLimit-Remaining": "58"}, 200)
        pace.give_back()


def test_procores_nearest_window_closes_until_the_moment_its_header_names(clock: Clock) -> None:
    """Two windows, one set of headers: whichever is used up is waited for, an hour as well as ten seconds."""
    pace = StoredPace(a_connection("procore"), sleep=clock.sleep)
    calls(pace, 1)
    told = {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "1", "X-Rate-Limit-Reset": stamp(9)}
    pace.learn(CaseInsensitiveDict(told), 200)
    assert calls(pace, 1)
    pace.learn(CaseInsensitiveDict(told | {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": stamp(1800)}), 200)
    clock.travelled.shift(timedelta(seconds=1))
    with pytest.raises(ThrottledError) as raised:
        StoredPace(Connection.objects.get(), sleep=clock.sleep).take(write=False)
    assert raised.value.seconds == pytest.approx(1800, abs=5)
    clock.travelled.shift(timedelta(seconds=1800))
    pace.take(write=False)


def test_procores_refusal_without_retry_after_is_waited_out_by_its_reset(clock: Clock) -> None:
    pace = StoredPace(a_connection("procore"), sleep=clock.sleep)
    pace.take(write=False)
    pace.learn(CaseInsensitiveDict({"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": stamp(600)}), 429)
    pace.give_back()
    clock.travelled.shift(timedelta(seconds=1))
    with pytest.raises(ThrottledError) as raised:
        pace.take(write=False)
    assert raised.value.seconds == pytest.approx(599, abs=2)


def stamp(seconds: int) -> str:
    return str(int(timezone.now().timestamp()) + seconds)


def test_procores_budget_keeps_below_25_in_any_ten_seconds(clock: Clock) -> None:
    made = calls(StoredPace(a_connection("procore"), sleep=clock.sleep), 180)
    assert most_in_any(made, timedelta(seconds=10)) < 25
