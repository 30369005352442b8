"""Every system's client reads a list to its end, and notices when its answers are no answers."""

from itertools import islice
from typing import Any

import pytest

from integrations.documents import Unreadable
from integrations.errors import (
    FilterIgnoredError,
    ReconnectError,
    RequestTooLargeError,
    RetryLaterError,
    ThrottledError,
)
from integrations.systems.paging import Page
from tests.contract.bench import Bench
from tests.patience import that_left


@pytest.fixture
def small_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten, so that a list of a few dozen records has several."""
    bench.make_pages_small(monkeypatch)


def ids(pages: list[Page[Any]]) -> list[str]:
    assert not any(isinstance(row, Unreadable) for page in pages for row in page.rows)
    keys = ("source_id", "target_id")
    return [next(getattr(row, key) for key in keys if hasattr(row, key)) for page in pages for row in page.rows]


@pytest.mark.usefixtures("small_pages")
def test_a_list_is_read_to_its_end_and_every_record_once(bench: Bench) -> None:
    made = bench.fill(45)
    pages = list(bench.walk(bench.open()))
    assert sorted(ids(pages)) == sorted(made)
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(len(page.rows) == len(page.raws) for page in pages)
    assert pages[-1].newest is not None


def test_an_empty_list_is_one_last_page(bench: Bench) -> None:
    (only,) = bench.walk(bench.open())
    assert (only.rows, only.last) == ([], True)


@pytest.mark.usefixtures("small_pages")
def test_a_list_that_never_ends_is_stopped(bench: Bench) -> None:
    bench.fill(15)
    bench.sandbox.faults.add(bench.slug, "endless_next", path=bench.feed_path, times=-1)
    with pytest.raises(FilterIgnoredError):
        list(islice(bench.walk(bench.open()), 200))
    assert len(bench.requests()) < 20


@pytest.mark.usefixtures("small_pages")
def test_a_repeated_row_is_given_once(bench: Bench) -> None:
    made = bench.fill(25)
    bench.sandbox.faults.add(bench.slug, "duplicate_row", path=bench.feed_path, times=-1)
    assert sorted(ids(list(bench.walk(bench.open())))) == sorted(made)


def test_an_incremental_read_leaves_out_what_is_old(bench: Bench) -> None:
    bench.old_record()
    assert ids(list(bench.walk(bench.open(), recent=True))) == []


def test_a_filter_that_is_ignored_is_noticed(bench: Bench) -> None:
    bench.old_record()
    bench.sandbox.faults.add(bench.slug, "ignore_filter", path=bench.feed_path, times=-1)
    with pytest.raises(FilterIgnoredError):
        list(bench.walk(bench.open(), recent=True))


FAULTS: dict[str, dict[str, Any]] = {
    "lost answer": {"effect": "lose_answer"},
    "refused": {"effect": "refuse"},
    "cut": {"effect": "cut_body"},
    "web page": {"effect": "html"},
    "malformed": {"effect": "malformed"},
    "500": {"effect": "status", "status": 500},
    "503": {"effect": "status", "status": 503, "body": "The Organisation is offline"},
    "429": {"effect": "status", "status": 429, "headers": {"Retry-After": "7"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_read_that_fails_is_put_back_and_not_repeated_e27(bench: Bench, fault: dict[str, Any]) -> None:
    client = bench.open()
    bench.wires.access_token()
    bench.sandbox.faults.add(bench.slug, path=bench.feed_path, times=-1, **fault)
    with pytest.raises(RetryLaterError):
        list(bench.walk(client))
    assert len(bench.requests()) == 1


def test_a_pause_is_asked_for_in_seconds(bench: Bench) -> None:
    bench.sandbox.faults.add(bench.slug, path=bench.feed_path, **FAULTS["429"])
    with pytest.raises(ThrottledError) as raised:
        list(bench.walk(bench.open()))
    assert raised.value.seconds == 7


def test_a_slow_answer_ends_at_the_deadline(bench: Bench) -> None:
    bench.wires.access_token()
    bench.sandbox.faults.add(bench.slug, "hang", path=bench.feed_path, times=-1)
    with pytest.raises(RequestTooLargeError):
        that_left(lambda: list(bench.walk(bench.open(deadline=0.2))))


@pytest.mark.promise(43)
def test_an_expired_token_is_replaced_once_and_nobody_notices(bench: Bench) -> None:
    made = bench.fill(3)
    client = bench.open()
    bench.wires.access_token()
    bench.sandbox.faults.add(bench.slug, "expire_token", path=bench.feed_path)
    assert sorted(ids(list(bench.walk(client)))) == sorted(made)
    assert bench.wires.refusals == 1


def test_tokens_that_are_refused_again_and_again_mean_reconnect(bench: Bench) -> None:
    bench.sandbox.faults.add(bench.slug, "status", path=bench.feed_path, times=-1, status=401, body={"detail": "no"})
    with pytest.raises(ReconnectError):
        list(bench.walk(bench.open()))
    assert len(bench.requests()) == 2
