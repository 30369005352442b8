"""The pull against a list that does not keep still: every order is read once per version, and none is missed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db.models import Sum

from audit.models import Entry
from integrations.engine import leases, pull, running
from integrations.engine.slice import Slice
from integrations.models import Cursor, Integration, Record, SourceDocument, Tally
from integrations.systems.procurify import parse
from integrations.systems.procurify.client import ProcurifyClient
from tests.engine.rows import an_integration
from tests.systems.answers import Asked, FakeDoor
from tests.systems.procurify.orders import page, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise(30), pytest.mark.sqlite]

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
FEED = "purchase-orders"
HOUR = timedelta(hours=1)


@dataclass
class Shelf:
    """The orders of a domain, the newest first, with their change time and version; `clock` is the source's own."""

    orders: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    meanwhile: Any = None
    asked: int = 0
    _text: str = ""

    def put(self, number: int, changed: datetime) -> None:
        self.orders[number] = (changed, self.orders.get(number, (changed, 0))[1] + 1)

    def fill(self, count: int, changed: datetime) -> None:
        first = max(self.orders, default=0) + 1
        self.orders |= dict.fromkeys(range(first, first + count), (changed, 1))

    def answer(self, asked: Asked) -> bytes:
        """A page as it is now; then, before the next one is asked for, people go on working."""
        self.asked += 1
        number, since = int(asked.params["page"]), asked.params.get("modified_date_0", "")
        until = asked.params.get("modified_date_1", "9999")
        shown = [
            key for key in sorted(self.orders, reverse=True) if since <= self.orders[key][0].date().isoformat() <= until
        ]
        part = shown[(number - 1) * 100 : number * 100]
        empty = page([], number, -(-len(shown) // 100) or 1, len(shown)).decode()
        rows = ",".join(self._row(key) for key in part)
        if self.meanwhile:
            self.meanwhile()
        return f"{empty[: empty.rindex('[]')]}[{rows}]{empty[empty.rindex('[]') + 2 :]}".encode()

    def _row(self, key: int) -> str:
        self._text = self._text or parse.dumps(row(12345678, last_modified="@changed", version=87654321))
        changed, version = self.orders[key]
        text = self._text.replace("12345678", str(key)).replace("87654321", str(version))
        return text.replace("@changed", changed.isoformat())


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def integration(clock: Any) -> Integration:
    return an_integration(start_date=(NOON - timedelta(days=20)).date())


@contextmanager
def a_run(integration: Integration) -> Iterator[Slice]:
    """Of slices of one run; each `pull` in it is what another slice of that run would do."""
    token = leases.claim(Integration, integration.pk, 180)
    assert token
    slice_ = running._open(integration.pk, token, None, lambda: False)
    try:
        yield slice_
        running._close(slice_, "")
    finally:
        leases.free(Integration, integration.pk, token)


def read(slice_: Slice, shelf: Shelf) -> int:
    """What one slice reads; how many pages it asked for."""
    before = shelf.asked
    pull.pull(slice_, FEED, ProcurifyClient(FakeDoor([shelf.answer]), "acme"))
    return shelf.asked - before


def run(integration: Integration, shelf: Shelf) -> int:
    with a_run(integration) as slice_:
        return read(slice_, shelf)


def numbers() -> set[int]:
    return {int(number) for number in SourceDocument.objects.values_list("source_id", flat=True)}


def is_there_once(shelf: Shelf) -> bool:
    """Each order as it stands now, one record each, counted once, told once as read."""
    held = {
        int(each.source_id): (each.modified_at, int(each.version)) for each in SourceDocument.objects.defer("detail")
    }
    told = Counter(Entry.objects.filter(action="document.read").values_list("document", flat=True))
    counted = Tally.objects.aggregate(all=Sum("count"))["all"] or 0
    return (
        held == shelf.orders
        and Record.objects.count() == counted == len(held) == len(told)
        and set(told.values()) <= {1}
    )


def test_ten_thousand_orders_are_read_once_while_people_go_on_working(
    integration: Integration, shelf: Shelf, clock: Any
) -> None:
    """Equal stamps, new orders, changes and late commits before every page, the source's clock ten minutes ahead."""
    draw = Random(30)
    ahead = timedelta(minutes=10)
    shelf.fill(6000, NOON - 72 * HOUR)
    shelf.fill(4000, NOON + ahead)
    versions: Counter[int] = Counter()

    def works() -> None:
        now = NOON + ahead
        for _ in range(draw.randint(0, 2)):
            shelf.fill(1, now)
        for number in draw.sample(sorted(shelf.orders), 2):
            shelf.put(number, now)
            versions[number] += 1
        if draw.random() < 0.3:  # committed now, stamped when it was begun
            shelf.fill(1, now - draw.random() * 22 * HOUR)

    shelf.meanwhile = works
    run(integration, shelf)
    assert len(shelf.orders) > 10_050
    shelf.meanwhile = None
    clock.shift(5 * pull.PASS_HOLDS)
    run(integration, shelf)
    assert is_there_once(shelf)
    told = Counter(Entry.objects.filter(action="document.changed").values_list("document", flat=True))
    assert all(told[f"PF{number}"] <= times for number, times in versions.items())
    assert sum(told.values()) <= sum(versions.values())
    again = Entry.objects.count()
    clock.shift(5 * pull.PASS_HOLDS)
    run(integration, shelf)
    assert Entry.objects.filter(action__startswith="document.").count() == sum(told.values()) + len(shelf.orders)
    assert Entry.objects.count() == again + 1  # the end of the run


@pytest.mark.parametrize("seed", range(8))
def test_orders_that_leave_a_window_between_two_pages_take_no_other_with_them(
    integration: Integration, shelf: Shelf, clock: Any, seed: int
) -> None:
    """In a window of the past an order that is changed now moves out of it, and those behind it move up a page."""
    draw = Random(seed)
    integration.start_date = (NOON - timedelta(days=60)).date()
    integration.save()
    shelf.fill(350, NOON - timedelta(days=45))
    leaving = draw.sample(range(251, 351), draw.randint(1, 3))

    def leaves() -> None:
        if leaving:
            shelf.put(leaving.pop(), NOON)

    shelf.meanwhile = leaves
    run(integration, shelf)
    assert is_there_once(shelf)


@pytest.mark.parametrize("ahead", [timedelta(days=-2), -HOUR, HOUR, timedelta(days=2)], ids=str)
def test_a_clock_of_the_source_that_goes_wrong_hides_nothing(
    integration: Integration, shelf: Shelf, clock: Any, ahead: timedelta
) -> None:
    for _ in range(4):
        clock.shift(6 * HOUR)
        shelf.fill(30, NOON + (datetime.now(UTC) - NOON) + ahead)
        run(integration, shelf)
        assert is_there_once(shelf)


def test_one_order_stamped_in_the_future_does_not_hide_what_changes_until_then(
    integration: Integration, shelf: Shelf, clock: Any
) -> None:
    shelf.fill(3, NOON)
    shelf.fill(1, NOON + timedelta(days=30))
    run(integration, shelf)
    clock.shift(2 * HOUR)
    shelf.fill(3, NOON + HOUR)
    run(integration, shelf)
    assert is_there_once(shelf)
    assert not Cursor.objects.filter(position__gt=NOON + 2 * HOUR).exists()


@pytest.mark.parametrize("late", [HOUR, 12 * HOUR, 24 * HOUR], ids=str)
def test_what_is_committed_late_within_a_day_is_found_by_the_next_run(
    integration: Integration, shelf: Shelf, clock: Any, late: timedelta
) -> None:
    shelf.fill(120, NOON)
    run(integration, shelf)
    shelf.fill(2, NOON - late)
    clock.shift(5 * HOUR)
    run(integration, shelf)
    assert is_there_once(shelf)


# A pass that holds for the slices after it


def test_a_complete_pass_holds_for_the_later_slices_of_its_run_for_five_minutes(
    integration: Integration, shelf: Shelf, clock: Any
) -> None:
    shelf.fill(250, NOON)
    with a_run(integration) as slice_:
        assert read(slice_, shelf) == 3
        shelf.put(7, NOON)
        clock.shift(pull.PASS_HOLDS)
        assert read(slice_, shelf) == 0
        clock.shift(timedelta(seconds=1))
        assert read(slice_, shelf) == 3
        assert is_there_once(shelf)


def test_what_changes_while_a_pass_holds_is_found_by_the_next_run(
    integration: Integration, shelf: Shelf, clock: Any
) -> None:
    shelf.fill(250, NOON)
    with a_run(integration) as slice_:
        read(slice_, shelf)
        shelf.put(7, NOON)
        shelf.fill(1, NOON)
        assert read(slice_, shelf) == 0
        assert not is_there_once(shelf)
    clock.shift(timedelta(seconds=1))
    assert run(integration, shelf) == 3
    assert is_there_once(shelf)


def test_an_unfinished_pass_does_not_hold(integration: Integration, shelf: Shelf, clock: Any) -> None:
    class EndedError(Exception):
        pass

    def ends() -> None:
        if shelf.asked == 2:
            raise EndedError

    shelf.fill(250, NOON)
    shelf.meanwhile = ends
    with a_run(integration) as slice_:
        with pytest.raises(EndedError):
            read(slice_, shelf)
        shelf.meanwhile = None
        assert len(numbers()) == 100
        assert read(slice_, shelf) == 3
    assert is_there_once(shelf)


def test_a_pass_does_not_hold_for_an_integration_that_starts_earlier(
    integration: Integration, shelf: Shelf, clock: Any
) -> None:
    shelf.fill(5, NOON)
    shelf.fill(5, NOON - timedelta(days=30))
    with a_run(integration) as slice_:
        read(slice_, shelf)
        assert len(numbers()) == 5
        Integration.objects.update(start_date=(NOON - timedelta(days=31)).date())
        assert read(slice_, shelf) > 0
    assert is_there_once(shelf)
