"""Today: the line of A99, what waits for whom, what comes next; and the checklist of the first run."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from integrations import counting
from integrations.models import (
    GapPolicy,
    Health,
    Heartbeat,
    Integration,
    PaceWindow,
    Preview,
    Record,
    Tally,
    TokenSet,
    Work,
)
from mappings.models import AccountRow, ReferenceEntry
from portal import notices
from tests.engine.rows import a_connection, an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, flagged, posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(accountant: User) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration(trial=False)


def tallied(integration: Integration, count: int, amount: str, currency: str = "USD") -> None:
    Tally.objects.create(
        integration=integration, flow="purchase-orders", currency=currency, count=count, amount=Decimal(amount)
    )


def words(client: Client) -> str:
    """What stands on the page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text(client.get("/")).partition('id="content"')[2]))


@pytest.mark.promise(24)
def test_a99_the_line_shows_counts_and_amounts_per_currency_that_add_up(desk: Client, integration: Integration) -> None:
    a_held_record(integration, "PF1", amount=Decimal("100.10"))
    a_held_record(integration, "PF2", amount=Decimal("7.00"), currency="EUR")
    posted(a_held_record(integration, "PF3", work=Work.DONE, hold_reason="", amount=Decimal("0.20")))
    tallied(integration, 2, "100.30")
    tallied(integration, 1, "7.00", "EUR")
    page = words(desk)
    assert "3 read" in page
    assert "7.00 EUR 100.10 USD" in page
    assert "7.00 EUR 100.30 USD" in page
    assert "does not add up" not in page
    Record.objects.filter(number="PF1").update(amount=Decimal("100.11"))
    assert "does not add up" in words(desk)


def test_a99_many_amounts_add_up_to_the_cent_on_every_database(desk: Client, integration: Integration) -> None:
    """SQLite adds up floats: 0.1 a hundred times is 9.99999999999998 there."""
    for number in range(100):
        a_held_record(integration, f"PF{number}", amount=Decimal("7882.1186"))
    tallied(integration, 100, "788211.86")
    page = words(desk)
    assert "788,211.86 USD" in page
    assert "does not add up" not in page


def test_held_is_listed_by_reason_and_each_leads_to_its_list(desk: Client, integration: Integration) -> None:
    a_held_record(integration, "PF1")
    a_held_record(integration, "PF2", hold_reason="closed-period")
    a_held_record(integration, "PF3", hold_reason="closed-period")
    Record.objects.filter(number="PF2").update(changed_at=timezone.now() - timedelta(days=3))
    page = text(desk.get("/"))
    assert page.index("/integrations/heldrecord/?reason=closed-period") < page.index("?reason=missing-mapping")
    assert "Closed period Supervisor 2 2,501.00 USD 3 days" in words(desk)


def test_approvals_and_flags_have_their_own_cards(desk: Client, integration: Integration) -> None:
    assert "Nothing waits for a supervisor." in words(desk)
    a_held_record(integration, "PF1", work=Work.APPROVAL, hold_reason="awaiting-approval")
    flagged(posted(a_held_record(integration, "PF2", work=Work.DONE, hold_reason="")).record)
    page = text(desk.get("/"))
    assert "/integrations/heldrecord/?waits=approval" in page
    assert "/integrations/record/?flag=total-differs" in page


def test_a69_a_paused_batch_shows_count_amount_and_age_of_what_waits_behind_it(
    desk: Client, integration: Integration
) -> None:
    Integration.objects.update(on_gap=GapPolicy.PAUSE)
    a_held_record(integration, "PF1")
    for number in ("PF2", "PF3"):
        a_held_record(integration, number, work=Work.WAITING, hold_reason="")
    Record.objects.filter(number="PF2").update(changed_at=timezone.now() - timedelta(hours=5))
    assert "1 held for a gap , and 2 of 2,501.00 USD wait behind them, the oldest for 5 hours" in words(desk)
    Integration.objects.update(pause_passed_at=timezone.now())  # a supervisor lets the rest go on
    assert "wait behind them" not in words(desk)
    Record.objects.filter(number="PF1").update(changed_at=timezone.now())
    assert "wait behind them" in words(desk)
    Record.objects.filter(number="PF1").update(hold_reason="credit")
    assert "wait behind them" not in words(desk)


@time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False)
@pytest.mark.promise(32)
def test_the_next_run_is_told_in_the_words_and_the_zone_of_the_schedule(desk: Client, integration: Integration) -> None:
    integration.enabled, integration.schedule, integration.cron = True, "cron", "0 7 * * 1-5"
    integration.time_zone = "Europe/London"
    integration.next_run_at = integration.next_due(after=None)
    integration.save()
    assert "Every weekday at 07:00 Europe/London · next Mon 23 Nov 07:00 Europe/London" in words(desk)


def test_connections_show_health_with_the_next_step_and_the_calls_left(desk: Client, integration: Integration) -> None:
    target = integration.target
    PaceWindow.objects.create(connection=target, window="day", started_at=timezone.now(), used=188)
    target.health = Health.RECONNECT
    target.save()
    page = words(desk)
    assert "reconnect needed An administrator signs in at Xero again: press Reconnect on its page." in page
    assert "812 of 1,000" in page


def test_the_workers_state_stands_at_the_head(desk: Client, integration: Integration) -> None:
    Heartbeat.objects.create(name="tick", at=timezone.now() - timedelta(minutes=9))
    assert "workers stopped last seen 9 minutes ago" in words(desk)
    Heartbeat.objects.update(at=timezone.now())
    assert "workers running" in words(desk)


# The checklist


def test_without_an_integration_the_page_says_where_to_begin(desk: Client) -> None:
    page = words(desk)
    assert "Getting started" in page
    assert "Connect both systems 0 connected so far; an integration needs its source and its target. next" in page
    tokens = TokenSet.objects.create(system="xero", subject_digest="s")
    a_connection("xero", "1", token_set=tokens)
    a_connection("procurify", "2", token_set=tokens)
    assert "Connect both systems 2 connected so far; an integration needs its source and its target. done" in words(
        desk
    )


def ticked(client: Client) -> dict[str, str]:
    page = text(client.get("/"))
    found = re.findall(r'<li class="[^"]*"><span class="cf-tick".*?</li>', page, re.DOTALL)
    steps = {}
    for each in found:
        parts = re.sub(r"<[^>]*>", "|", each).split("|")
        said = [part.strip() for part in parts if part.strip()]
        steps[said[1]] = said[-1]
    return steps


def test_the_checklist_ticks_itself_and_goes_when_posting_is_on(desk: Client) -> None:
    integration = an_integration()
    Integration.objects.update(vendors="both")
    before = ticked(desk)
    assert before["Connect both systems"] == "done"
    assert before["Read for the first time"] == "next"
    assert before["Switch posting on"] == "to do"
    a_held_record(integration, "PF1")
    account = ReferenceEntry.objects.create(
        books=integration.scope.target_books, kind="account", key="1", code="400", seen_at=timezone.now()
    )
    AccountRow.objects.create(scope=integration.scope, source_code="6100", target=account)
    Integration.objects.update(vendors_confirmed_at=timezone.now())
    Preview.objects.create(integration=integration, finished_at=timezone.now())
    after = ticked(desk)
    assert [step for step, state in after.items() if state != "done"] == ["Switch posting on"]
    assert after["Switch posting on"] == "next"
    Integration.objects.update(trial=False)
    assert ticked(desk) == {}


def test_a_lost_connection_unticks_its_step(desk: Client) -> None:
    integration = an_integration()
    integration.source.health = Health.RECONNECT
    integration.source.save()
    assert ticked(desk)["Connect both systems"] == "next"


# Who sees what, and how often the database is asked


def test_e14_whoever_is_limited_sees_their_integrations_alone(desk: Client, accountant: User) -> None:
    mine, other = an_integration("Mine"), an_integration("Other")
    mine.limited_to.add(accountant)
    a_held_record(other, "PF1", hold_reason="credit")
    flagged(Record.objects.get())
    page = words(desk)
    assert "Mine" in page
    assert "Other" not in page
    assert "Credit" not in page
    assert "Total differs" not in page


def test_whoever_may_not_see_records_sees_no_figures_of_them(integration: Integration) -> None:
    a_held_record(integration, "PF1")
    client = Client()
    client.force_login(person("olga", "Operator"))
    page = words(client)
    assert "Missing mapping" not in page
    assert "procurify mills0" in page


def test_the_page_asks_the_same_number_of_questions_however_much_there_is(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        integration = an_integration(f"Orders {number}", start_date=date(2026, 1, 1))
        for record in range(5):
            flagged(
                a_held_record(integration, f"PF{number}{record}", hold_reason=("credit", "missing-vendor")[record % 2])
            )
    desk.get("/")
    with django_assert_max_num_queries(15):
        desk.get("/")


def test_the_page_asks_at_most_fifteen_questions_whatever_is_out_of_the_ordinary(
    desk: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    """Records counted live and kept, a paused flow let go on, a suspended connection, and the notices asked anew."""
    settings.NOTICES_KEPT_SECONDS = 60.0
    monkeypatch.setattr(notices, "_of_everybody", notices._Remembered())
    monkeypatch.setattr(counting, "QUICKLY_COUNTED", 4)
    now = timezone.now()
    for number in range(4):
        integration = an_integration(f"Orders {number}", start_date=date(2026, 1, 1))
        Integration.objects.filter(pk=integration.pk).update(
            on_gap="pause", pause_passed_at=now - timedelta(days=1), enabled=True, next_run_at=now
        )
        for record in range(5):
            flagged(a_held_record(integration, f"PF{number}{record}"))
        Tally.objects.create(integration=integration, flow="purchase-orders", currency="USD", count=4 + number % 2)
    Heartbeat.objects.create(name="worker", at=now)
    integration.source.health = Health.SUSPENDED
    integration.source.save()
    assert "is suspended" in text(desk.get("/"))
    notices._of_everybody.until = 0.0
    with django_assert_max_num_queries(15):
        page = text(desk.get("/"))
    assert "is suspended" in page
    assert "paused" in page
