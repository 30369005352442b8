"""Settings whose calls do not fit into the books' day are refused, to the call, with the arithmetic."""

import pytest
from pytest_django import Settings

from integrations.engine.projects import cadence
from integrations.models import Connection, Integration, ProjectSettings
from tests.engine.rows import a_connection, an_integration

# Three lists every quarter of an hour, and what is read besides.
NEEDED = 3 * 96 + cadence.BESIDES


@pytest.fixture
def books(db: None) -> Connection:
    return a_connection("xero", "northline", label="Xero")


def chosen(integration: Integration, **changes: int) -> ProjectSettings:
    return ProjectSettings(integration=integration, **changes)


def allows(settings: Settings, day: int) -> None:
    settings.PACE = {"xero": {"minute": 0, "day": day, "concurrent": 0}}


def has(books: Connection) -> int:
    return cadence.most(books)


@pytest.mark.parametrize(("day", "fits"), [(360, True), (359, True), (358, False), (0, True)])
def test_needing_exactly_what_the_day_has_is_allowed_and_a_call_more_is_not(
    books: Connection, settings: Settings, day: int, fits: bool
) -> None:
    """One twentieth of the day is kept for people, rounded down."""
    allows(settings, day)
    integration = an_integration("Northline", source=books)
    assert has(books) == {360: 342, 359: 342, 358: 341, 0: 0}[day]
    said = cadence.refusal(chosen(integration), books)
    assert (said == "") is fits
    if not fits:
        assert said == (
            "That is 342 calls a day: orders 96, payments 96, bills 96, lists and daily readings 54. Xero allows 341 "
            "(358 less 5 % that is kept for people). Read some of the lists less often."
        )


def test_what_other_integrations_of_the_same_books_read_counts_as_well(books: Connection, settings: Settings) -> None:
    allows(settings, 720)
    first, second = (an_integration(name, source=books) for name in ("Northline", "Southline"))
    chosen(first).save()
    assert (has(books), NEEDED) == (684, 342)
    assert cadence.refusal(chosen(second), books) == ""
    said = cadence.refusal(chosen(second, orders_every=14), books)
    assert "That is 690 calls a day: orders 102, payments 96, bills 96," in said
    assert "other integrations of this connection 342." in said
    assert cadence.refusal(ProjectSettings.objects.get(), books) == "", "its own are not counted twice"
    elsewhere = a_connection("xero", "elsewhere", label="Other books")
    assert cadence.refusal(chosen(an_integration("Elsewhere", source=elsewhere), orders_every=14), elsewhere) == ""


def a_ledger(books: Connection, **more: object) -> Integration:
    """Procurify to the same books."""
    values: dict[str, object] = {"schedule": "every", "every_minutes": 60, "vendors": "link", **more}
    return an_integration("Harbor Mills", target=books, **values)


@pytest.mark.parametrize(
    ("schedule", "calls"),
    [
        ({"every_minutes": 60}, 24),
        ({"every_minutes": 60, "vendors": "both"}, 48),
        ({"every_minutes": 7}, 206),
        ({"schedule": "daily"}, 1),
        ({"schedule": "cron", "cron": "0,30 6-9 * * 1-5"}, 8),
        ({"schedule": "cron", "cron": "*/5 * * * *"}, 288),
    ],
)
def test_runs_that_write_bills_into_the_same_books_count_as_well(
    books: Connection, settings: Settings, schedule: dict[str, object], calls: int
) -> None:
    allows(settings, 720)
    a_ledger(books, **schedule)
    others = calls + cadence.BESIDES_OF_LEDGER
    northline = chosen(an_integration("Northline", source=books), orders_every=5)
    needed = NEEDED - 96 + 288 + others
    said = cadence.refusal(northline, books)
    assert (said == "") is (needed <= has(books))
    if said:
        assert f"That is {needed:,} calls a day" in said
        assert f"other integrations of this connection {others}." in said


@pytest.mark.parametrize("schedule", [{"schedule": "manual"}, {"schedule": "cron", "cron": "not a schedule"}])
def test_what_runs_only_by_hand_takes_none_of_the_day(books: Connection, schedule: dict[str, object]) -> None:
    assert cadence.of_ledger(a_ledger(books, **schedule)) == 0


def test_runs_that_projects_leave_no_calls_for_are_refused(books: Connection, settings: Settings) -> None:
    allows(settings, 720)
    ledger = a_ledger(books, every_minutes=5)
    assert cadence.refusal_of_ledger(ledger) == "", "nobody else reads these books"
    chosen(an_integration("Northline", source=books)).save()
    assert cadence.refusal_of_ledger(ledger) == (
        "That is 694 calls a day: its own runs 352, other integrations of this connection 342. Xero allows 684 "
        "(720 less 5 % that is kept for people). Let it run less often."
    )
    ledger.every_minutes = 6
    assert cadence.refusal_of_ledger(ledger) == ""
