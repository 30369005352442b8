"""Long lists: numbers are found by index and nothing is counted to the end (E25)."""

import pytest
from django.db import connection

from audit import listing
from audit.listing import CappedPaginator, beginning_with
from audit.models import Entry
from audit.trail import Event, Subject, log_many

pytestmark = pytest.mark.django_db
NUMBERS = ["PF1", "PF10", "PF2", "pf1x", "P_1", "P%1", "XPF1", "Łódź 1", ""]


@pytest.fixture(autouse=True)
def _entries(db: None) -> None:
    log_many(Event("record.held", Subject("record", number, "Order", number)) for number in NUMBERS)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("PF1", {"PF1", "PF10"}),
        ("pf1", {"PF1", "PF10", "pf1x"}),
        ("P_", {"P_1"}),
        ("P%", {"P%1"}),
        ("Łódź", {"Łódź 1"}),
        ("nothing", set()),
    ],
)
def test_a_number_is_found_by_its_beginning(typed: str, numbers: set[str]) -> None:
    found = Entry.objects.filter(beginning_with("document", typed))
    assert set(found.values_list("document", flat=True)) == numbers


def test_the_search_uses_the_index_of_the_column() -> None:
    query = Entry.objects.filter(beginning_with("document", "PF1")).order_by()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = query.explain()
    assert "audit_entry_document" in plan
    assert "SCAN audit_entry" not in plan


def test_counting_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNTED", 5)
    paginator = CappedPaginator(Entry.objects.order_by("-id"), 2)
    assert (paginator.count, paginator.num_pages) == (5, 3)
