"""The line of A99 where there are too many records to count them for every page."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations import counting, places
from integrations.models import Integration, KeptCount, Record, Standing, Tally, Work
from tests.engine.rows import a_record, an_integration
from tests.portal.desks import posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(monkeypatch: pytest.MonkeyPatch) -> Integration:
    """Three records, of which one is too many to be counted for a page."""
    monkeypatch.setattr(counting, "QUICKLY_COUNTED", 2)
    found = an_integration()
    for number, work in (("PO-1", Work.WAITING), ("PO-2", Work.HELD), ("PO-3", Work.DONE)):
        record = a_record(found, number)
        Record.objects.filter(pk=record.pk).update(work=work, currency="USD", amount=Decimal("10.10"))
    posted(Record.objects.get(number="PO-3"), Standing.LEDGER)
    Tally.objects.create(integration=found, flow="purchase-orders", currency="USD", count=3, amount=Decimal("30.30"))
    return found


def line_of(integration: Integration) -> places.Line:
    rows, read, _ = counting.counted([integration])
    (line,) = places.lines([integration], rows, read)
    return line


def held(integration: Integration) -> int:
    return line_of(integration).places["held"].count


def test_a99_what_was_counted_before_is_shown_with_its_time(integration: Integration) -> None:
    first = counting.counted([integration])
    assert first.at is not None
    line = line_of(integration)
    assert line.adds_up
    assert (line.read.count, line.places["held"].count, line.places["ledger"].count) == (3, 1, 1)
    assert line.places["ledger"].amounts == {"USD": Decimal("10.10")}
    assert {(row.reason, row.oldest) for row in first.rows if row.work == "held"} == {
        (record.hold_reason, record.changed_at) for record in Record.objects.filter(work="held")
    }
    Record.objects.filter(number="PO-1").update(work=Work.HELD)
    Tally.objects.update(count=4)
    assert counting.counted([integration]).rows == first.rows
    assert line_of(integration).read.count == 3
    assert places.lines([integration])[0].places["held"].count == 2


def test_a99_few_records_are_counted_for_every_page(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "QUICKLY_COUNTED", 3)
    Record.objects.filter(number="PO-1").update(work=Work.HELD)
    assert counting.counted([integration]).at is None
    assert held(integration) == 2
    assert not KeptCount.objects.exists()


def test_a99_the_tick_counts_again_when_the_time_has_come(integration: Integration) -> None:
    now = timezone.now()
    counting.look(now)
    Record.objects.filter(number="PO-1").update(work=Work.HELD)
    counting.look(now + timedelta(seconds=50))
    assert held(integration) == 1
    counting.look(now + timedelta(seconds=70))
    assert held(integration) == 2


def test_a99_counting_that_takes_long_is_done_the_more_rarely(integration: Integration) -> None:
    counting.look(timezone.now())
    KeptCount.objects.update(seconds=10)
    Record.objects.filter(number="PO-1").update(work=Work.HELD)
    counting.look(timezone.now() + timedelta(minutes=4))
    assert held(integration) == 1
    counting.look(timezone.now() + timedelta(minutes=6))
    assert held(integration) == 2


def test_e13_a_record_lost_behind_the_products_back_is_seen_at_the_next_count(integration: Integration) -> None:
    Record.objects.filter(number="PO-1").delete()
    counting.look(timezone.now())
    assert not line_of(integration).adds_up


def test_a_page_asks_four_questions_however_many_integrations(
    integration: Integration, django_assert_max_num_queries: Any
) -> None:
    others = [integration, *(an_integration(f"number {n}") for n in range(4))]
    counting.look(timezone.now())
    with django_assert_max_num_queries(4):
        counting.counted(others)
