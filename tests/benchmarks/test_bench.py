"""The benchmark itself, on a small scale: its figures must be whole before anybody believes them."""

import pytest
from django.conf import settings

from tests import templates
from tests.benchmarks import bench, figures, projects, webhooks
from tests.benchmarks.stopwatch import OTHER, Stopwatch
from tests.benchmarks.surroundings import Start


@pytest.fixture
def start() -> Start:
    made = templates.template()
    return Start(made.home, made.database)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def fails_after(self, seconds: float) -> None:
        self.now += seconds
        raise ValueError("broken")


def test_time_goes_to_the_innermost_part_alone() -> None:
    clock = Clock()
    with Stopwatch(clock) as watch:
        clock.now += 1
        with watch.part("post"):
            clock.now += 2
            with watch.part("audit"):
                clock.now += 4
            clock.now += 8
        clock.now += 16
    assert watch.seconds == {OTHER: 17, "post": 10, "audit": 4}


def test_time_of_a_part_that_fails_ends_there() -> None:
    clock = Clock()
    with Stopwatch(clock) as watch:
        with pytest.raises(ValueError, match="broken"), watch.part("pull"):
            clock.fails_after(2)
        clock.now += 1
    assert watch.seconds == {OTHER: 1, "pull": 2}


def test_e32_the_least_calls_follow_from_the_number_of_orders_alone() -> None:
    lists, index = 14, 1
    assert figures.least_calls(101) == 2 + 101 + index + lists + 3
    assert figures.least_calls(10_000) == 100 + 10_000 + index + lists + 200


def test_an_aim_that_is_missed_says_so() -> None:
    assert "MISSED" in str(figures.Aim("peak memory", 200.1, 200, "MB"))
    assert "MISSED" not in str(figures.Aim("peak memory", 200.0, 200, "MB"))


def test_figures_of_a_run_that_left_orders_out_are_refused() -> None:
    told = {"failure": "", "records": {"done": 9, "held": 1}, "calls": 5}
    with pytest.raises(bench.IncompleteError, match="held"):
        bench._check(10, told, 5)
    with pytest.raises(bench.IncompleteError, match="received 6"):
        bench._check(10, {**told, "records": {"done": 10}}, 6)


@pytest.mark.own_database
def test_a_small_trial_posts_every_order_and_accounts_for_all_its_time(start: Start) -> None:
    found = bench.trial(60, "sqlite" if settings.ON_SQLITE else "postgresql", start=start)
    assert found["posted"] == 60
    assert found["write_calls"] == 2
    assert found["read_calls"] + found["write_calls"] == sum(found["calls"].values())
    assert 1 <= found["calls_ratio"] < 1.05
    for split in (found["cpu_ms_per_record"], found["queries_per_record"]):
        assert sum(split[part] for part in figures.PARTS) == pytest.approx(split["all"], rel=0.02)
        assert all(split[part] > 0 for part in figures.PARTS)


@pytest.mark.own_database
@pytest.mark.sqlite
def test_e32_the_contractors_documents_cost_little_more_than_the_least(start: Start) -> None:
    found = projects.trial(start)
    for told in found.values():
        assert told["failure"] == ""
        assert told["documents"] > 20
        assert told["least"] <= told["calls"] <= 1.05 * told["least"]


@pytest.mark.own_database
@pytest.mark.promise(35)
@pytest.mark.sqlite
def test_webhooks_to_a_portal_as_it_is_installed_are_all_kept(start: Start) -> None:
    found = webhooks.trial(seconds=2, a_second=10, start=start)
    assert found["statuses"] == {200: 20}
    assert (found["kept"], found["lost"]) == (20, 0)
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["longest_ms"]
