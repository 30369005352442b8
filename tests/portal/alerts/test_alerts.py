"""People are told once of what matters, as they chose, of what they may see, without a secret or a raw answer."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from audit.findings import Failure, Verification
from audit.models import Entry
from audit.seals import seal
from audit.trail import Subject, log
from integrations import events, tasks
from integrations.engine import discrepancies, record_decisions, ticking
from integrations.engine.health import note_health
from integrations.errors import ThrottledError
from integrations.models import Connection, Health, Integration, Record, Run
from mappings.models import AccountRow, ReferenceEntry
from portal.alerts import composing, sending, writing
from portal.alerts.models import Alert, Choice, Delivery, Destination, Habit, State
from portal.alerts.people import next_digest
from tests.portal.alerts.conftest import Webhook, somebody
from tests.portal.desks import a_held_record, flagged
from tests.world import World, line


def boxes() -> dict[str, list[str]]:
    """The titles in each person's mailbox."""
    found: dict[str, list[str]] = {}
    for message in mail.outbox:
        found.setdefault(message.to[0].partition("@")[0], []).append(message.subject.removeprefix("[Counterfoil] "))
    return found


def choose(person: User, kind: str, when: str, destination: Destination | None = None) -> None:
    Choice.objects.create(person=person, kind=kind, when=when, destination=destination)


def news(kind: str = "silence", key: str = "integration 1", **more: Any) -> writing.News:
    return writing.News(kind, key, "Nothing heard for long", "Two runs were due.", "/integrations/", **more)


def write(*args: Any, **more: Any) -> Alert:
    with transaction.atomic():
        return writing.write(news(*args, **more))


# New holds


@pytest.mark.promise(27)
def test_five_hundred_held_documents_of_a_run_are_one_message(world: World, anna: User) -> None:
    world.sandbox.procurify.many_orders("harbormills", 500, days=1)
    AccountRow.objects.all().delete()
    world.run()
    sending.deliver()
    (message,) = mail.outbox
    assert message.to == ["anna@harbormills.example"]
    assert "500 documents were held" in message.subject
    assert "500 as missing mapping" in message.body
    assert f"integration={world.integration.pk}&place=held" in message.body


@pytest.mark.promise(27)
def test_the_next_run_tells_only_of_what_it_held_itself(world: World, anna: User) -> None:
    world.order("PF1", lines=[line(account="6400")])
    world.run()
    world.run()
    world.order("PF2", lines=[line(account="6500")])
    world.run()
    sending.deliver()
    assert [subject.partition(" was")[0] for subject in boxes()["anna"]] == ["1 document", "1 document"]
    assert Alert.objects.filter(kind="new-holds").count() == 2


def test_amounts_are_told_per_currency_and_never_added_across(world: World, anna: User) -> None:
    """A59"""
    for number, currency in (("PF1", "USD"), ("PF2", "CAD")):
        a_held_record(world.integration, number, currency=currency)
    Record.objects.update(changed_at=timezone.now() + timedelta(minutes=1))
    world.run()
    sending.deliver()
    assert "1,250.50 CAD, 1,250.50 USD" in mail.outbox[0].body


def test_a92_who_approved_is_told_that_a_changed_row_voids_it_and_nobody_else(world: World) -> None:
    Integration.objects.update(approval_rule="always")
    sue, other = somebody("sue", "Supervisor"), somebody("sven", "Supervisor")
    world.order("PF1")
    world.run()
    record_decisions.approve([world.record("PF1")], sue, "as ordered")
    row = AccountRow.objects.get(source_code="6100")
    row.target = ReferenceEntry.objects.get(kind="account", code="429", books=world.integration.target.books)
    row.save()
    world.run()
    assert world.bills == []
    alert = Alert.objects.get(kind="approval-void")
    assert "PF1" in alert.text
    assert [delivery.person for delivery in Delivery.objects.filter(alert=alert)] == [sue]
    assert Delivery.objects.filter(person=other).exists()  # of the hold itself


# Connections


@pytest.mark.promise(28)
def test_a_suspension_is_told_within_a_minute_with_whom_to_ask_and_closed_when_it_is_over(
    world: World, ivan: User, anna: User
) -> None:
    world.sandbox.faults.add("procurify", "suspend")
    world.run()
    ticking.tick()
    (task,) = [each for each in OrmQ.objects.all() if each.func() == "portal.alerts.tasks.deliver"]
    assert task
    sending.deliver()
    assert boxes() == {"ivan": ["“Procurify”: access suspended"]}
    assert "support@procurify.com" in mail.outbox[0].body
    world.run()
    assert Delivery.objects.count() == 1
    world.sandbox.faults.clear()
    tasks.probe(world.integration.source_id)
    assert Alert.objects.get(kind="suspended").closed_at is not None


@pytest.mark.promise(27)
def test_a_sign_in_that_ended_is_told_once_however_often_it_is_met(world: World, ivan: User) -> None:
    world.order("PF1")
    world.sandbox.xero.revoke_tokens()
    for _ in range(4):
        world.run()
    sending.deliver()
    assert boxes() == {"ivan": ["“Xero”: reconnect needed"]}


def test_a_long_pause_is_told_and_a_short_one_is_not(world: World, ivan: User) -> None:
    choose(ivan, "throttled", "at once")
    note_health(world.integration.target, ThrottledError("used up", window="day", seconds=600))
    assert Alert.objects.count() == 0
    note_health(world.integration.source, ThrottledError("used up", window="day", seconds=7200))
    sending.deliver()
    assert boxes() == {"ivan": ["“Procurify”: throttled"]}


# Runs


def test_a_run_that_fails_once_by_passing_trouble_is_not_told_but_two_in_a_row_are(world: World, ivan: User) -> None:
    world.sandbox.faults.add("procurify", "status", status=503, times=-1)
    world.run()
    assert Alert.objects.filter(kind="run-failed").count() == 0
    for _ in range(3):
        world.run()
    sending.deliver()
    assert boxes() == {"ivan": ["A run of “Harbor Mills orders” failed"]}
    assert "503" not in mail.outbox[0].body
    world.sandbox.faults.clear()
    world.run()
    assert Alert.objects.get(kind="run-failed").closed_at is not None


def test_silence_is_told_once_a_day_until_a_good_run_ends_it(world: World, ivan: User, later: Any) -> None:
    Integration.objects.update(enabled=True, schedule="every", every_minutes=15, next_run_at=timezone.now())
    Run.objects.create(integration=world.integration, started_at=timezone.now(), finished_at=timezone.now())
    later.shift(timedelta(minutes=31))
    for _ in range(3):
        ticking.tick()
    later.shift(timedelta(days=1))
    ticking.tick()
    sending.deliver()
    assert boxes()["ivan"] == ["Nothing heard from “Harbor Mills orders” for long"] * 2
    assert "It happened 4 times" in mail.outbox[-1].body
    world.run()
    assert Alert.objects.get(kind="silence").closed_at is not None


@pytest.mark.parametrize(("has_drafts", "told"), [(False, 1), (True, 0)])
def test_a29_a_wrong_total_is_told_at_once_where_the_target_has_no_drafts(
    world: World, anna: User, monkeypatch: pytest.MonkeyPatch, has_drafts: bool, told: int
) -> None:
    from integrations.systems import system
    from portal.alerts import listening

    facts = replace(system("xero"), has_drafts=has_drafts)
    monkeypatch.setattr(listening, "system", lambda _: facts)
    run = Run.objects.create(integration=world.integration, started_at=timezone.now())
    flagged(a_held_record(world.integration, "PF1", work="done", hold_reason=""))
    events.tell(events.run_closed, run=run, cause="")
    sending.deliver()
    assert len(mail.outbox) == told


def test_a106_what_a_sweep_brings_up_is_one_message_and_told_once(world: World, anna: User) -> None:
    target = world.integration.target
    found = [
        discrepancies.discrepancy(target, discrepancies.UNKNOWN, f"bill {number}", f"Bill {number} has our mark.")
        for number in range(12)
    ]
    for _ in range(2):
        with transaction.atomic():
            discrepancies.opened(found)
        sending.deliver()
    assert boxes() == {"anna": [f"12 discrepancies were found at “{target}”"]}
    assert "Bill 9 has our mark.\nAnd 2 more." in mail.outbox[0].body


# The trail


def test_an_altered_trail_is_told_at_once(aude: User, transactional_db: None) -> None:
    broken = Verification()
    broken.note(Failure("entry altered", "Entry 3 was altered."))
    events.tell(events.trail_verified, verification=broken)
    sending.deliver()
    assert boxes() == {"aude": ["The audit trail is not what was sealed"]}
    assert "Entry 3 was altered." in mail.outbox[0].body


def test_e20_the_latest_seal_leaves_the_machine_with_the_daily_digest(aude: User, later: Any) -> None:
    log("run.finished", Subject("integration", 1, "Harbor Mills"))
    made = seal()
    assert made is not None
    tasks.verify_audit()
    sending.deliver()
    assert mail.outbox == []
    later.shift(timedelta(days=1))
    sending.deliver()
    assert boxes()["aude"][0].startswith("The audit trail on")
    assert made.digest in mail.outbox[0].body


# Who is told


def test_e14_nobody_is_told_of_an_integration_they_may_not_see(world: World, ivan: User, anna: User) -> None:
    boris = somebody("boris", "Integration administrator")
    other = Integration.objects.get(pk=world.integration.pk)
    other.pk, other.name = None, "Another company"
    other.save()
    other.limited_to.add(boris)
    write(integration=world.integration)
    sending.deliver()
    assert set(boxes()) == {"ivan"}


def test_each_person_chooses_what_and_when(world: World, ivan: User, anna: User) -> None:
    choose(ivan, "silence", "off")
    choose(anna, "silence", "at once")
    write()
    sending.deliver()
    assert set(boxes()) == {"anna"}


def test_who_has_left_or_has_no_address_is_sent_nothing(world: World, ivan: User, anna: User) -> None:
    User.objects.filter(pk=ivan.pk).update(is_active=False)
    choose(anna, "silence", "at once")
    User.objects.filter(pk=anna.pk).update(email="")
    write()
    assert Delivery.objects.count() == 0


# Digests


@pytest.mark.parametrize(
    ("zone", "hour", "due"),
    [
        ("America/Vancouver", 7, datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("Europe/London", 7, datetime(2026, 3, 3, 7, tzinfo=UTC)),
        ("Pacific/Auckland", 2, datetime(2026, 3, 2, 13, tzinfo=UTC)),
    ],
)
def test_a_digest_comes_at_ones_own_hour_in_ones_own_zone(ivan: User, zone: str, hour: int, due: datetime) -> None:
    Habit.objects.create(person=ivan, digest_hour=hour, time_zone=zone)
    assert next_digest(ivan, datetime(2026, 3, 2, 12, tzinfo=UTC)) == due


def test_a_digest_is_one_message_and_says_what_is_over(world: World, ivan: User, later: Any) -> None:
    choose(ivan, "silence", "digest")
    choose(ivan, "run-failed", "digest")
    write("silence", "integration 1", integration=world.integration)
    later.shift(timedelta(seconds=2))
    writing.close("silence", integration=world.integration)
    write("run-failed", "integration 1")
    sending.deliver()
    assert mail.outbox == []
    later.shift(timedelta(days=1))
    sending.deliver()
    (message,) = mail.outbox
    assert message.subject == "[Counterfoil] 2 things since your last digest"
    assert message.body.count("It has been over since") == 1
    assert Delivery.objects.filter(state=State.SENT).count() == 2


# Sending


def test_an_alert_that_is_rolled_back_was_never_told(world: World, ivan: User) -> None:
    with transaction.atomic():
        writing.write(news())
        transaction.set_rollback(True)
    assert (Alert.objects.count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.promise(27)
def test_a_mail_that_could_not_be_sent_is_tried_again_with_growing_pauses_and_then_given_up_visibly(
    world: World, ivan: User, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[datetime] = []

    def away(_message: Any, **_: Any) -> int:
        tried.append(timezone.now())
        raise smtplib.SMTPServerDisconnected("mail.harbormills.example said 421 with a secret")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)
    write()
    for _ in range(24 * 6 * 3):
        sending.deliver()
        later.shift(timedelta(minutes=10))
    gaps = [round((after - before).total_seconds() / 60) for before, after in pairwise(tried)]
    assert gaps == [10, 10, 30, 120, 360, 720]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (State.GIVEN_UP, 7)
    assert "secret" not in delivery.trouble
    assert Entry.objects.filter(action="alert.given_up").count() == 1


def test_a_title_with_a_line_break_is_mailed_on_one_line(world: World, ivan: User) -> None:
    with transaction.atomic():
        writing.write(replace(news(), title="Nothing heard\nof Harbor Mills"))
    sending.deliver()
    assert boxes() == {"ivan": ["Nothing heard of Harbor Mills"]}


def test_a_message_that_meets_a_bug_keeps_no_other_from_going_out(
    world: World, ivan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(key="integration 1")
    write(key="integration 2")
    makes, bugs = composing.message, iter([True])

    def message(deliveries: Any) -> tuple[str, str]:
        if next(bugs, False):
            raise KeyError("a kind that is no more")
        return makes(deliveries)

    monkeypatch.setattr(composing, "message", message)
    sending.deliver()
    assert boxes() == {"ivan": ["Nothing heard for long"]}
    waits = Delivery.objects.get(state=State.QUEUED)
    assert (waits.attempts, waits.trouble) == (1, "Something went wrong inside Counterfoil.")


def test_a_worker_that_dies_while_it_sends_loses_nothing(world: World, ivan: User, later: Any) -> None:
    write()
    assert sending._claim()
    sending.deliver()
    assert mail.outbox == []
    later.shift(timedelta(minutes=2))
    sending.deliver()
    assert len(mail.outbox) == 1


def test_two_workers_send_each_message_once(world: World, ivan: User) -> None:
    write()
    first, second = sending._claim(), sending._claim()
    assert (len(first), second) == (1, [])


def test_a_chat_is_told_and_its_address_is_in_no_page_row_or_entry(world: World, ivan: User, webhook: Webhook) -> None:
    chat = Destination.objects.create(person=ivan, label="Ops", address=webhook.address, service="Webhook")
    choose(ivan, "silence", "off")
    choose(ivan, "silence", "at once", chat)
    write()
    sending.deliver()
    (told,) = webhook.told
    assert "Nothing heard for long" in told
    assert "a-secret-path" not in str([list(rows.objects.values()) for rows in (Delivery, Alert, Entry)])
    with transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT address FROM portal_destination")
            assert "a-secret-path" not in str(cursor.fetchall())


@pytest.mark.parametrize("status", [500, 302])
def test_a_chat_that_does_not_take_it_is_tried_again_and_no_redirect_is_followed(
    world: World, ivan: User, webhook: Webhook, status: int
) -> None:
    webhook.status = status
    chat = Destination.objects.create(person=ivan, label="Ops", address=webhook.address, service="Webhook")
    choose(ivan, "silence", "off")
    choose(ivan, "silence", "at once", chat)
    write()
    sending.deliver()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.trouble) == (State.QUEUED, "Webhook did not take the message.")


def test_a_chat_that_was_removed_is_given_up(world: World, ivan: User, webhook: Webhook) -> None:
    chat = Destination.objects.create(person=ivan, label="Ops", address=webhook.address, service="Webhook")
    choose(ivan, "silence", "off")
    choose(ivan, "silence", "at once", chat)
    write()
    chat.delete()
    sending.deliver()
    assert Delivery.objects.get().state == State.GIVEN_UP
    assert webhook.told == []


def test_a_listener_that_fails_rolls_back_alone_and_the_run_closes(
    world: World, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.alerts import listening

    def broken(_run: Run) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(listening, "_tell_holds", broken)
    world.order("PF1")
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]
    assert Run.objects.exclude(finished_at=None).count() == 1


def test_times_in_a_message_are_the_readers(world: World, ivan: User) -> None:
    Habit.objects.create(person=ivan, digest_hour=7, time_zone="Pacific/Auckland")
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        write()
        sending.deliver()
    assert "2026-03-03 01:00 (Pacific/Auckland)" in mail.outbox[0].body
    assert Connection.objects.filter(health=Health.CONNECTED).count() == 2
