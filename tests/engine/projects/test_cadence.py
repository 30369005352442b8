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
