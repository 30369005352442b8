"""Preview and progress: what a run would do, told without doing it; how far one is, told without a reload (E35)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from integrations import tasks
from integrations.desk import previewing
from integrations.engine import heartbeats, ticking
from integrations.models import Flag, Gap, Heartbeat, Integration, Posting, Preview, PreviewRow, Record, Run
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.engine.rows import a_record, an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record
from tests.world import World, line


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    for module in (previewing, ticking):
        monkeypatch.setattr(module, "async_task", lambda *task: found.append(task))
    return found


def page_of(integration: Integration, name: str = "preview") -> str:
    return reverse(f"admin:integrations_integration_{name}", args=[integration.pk])


def a_client(role: str) -> Client:
    client = Client()
    client.force_login(person("someone", role))
    return client


def test_a_preview_whose_worker_was_killed_gives_way_to_a_new_one(db: None, queued: list[Any]) -> None:
    integration, by = an_integration(), person("someone", "Supervisor")
    lost = previewing.ask(integration, by)
    assert previewing.ask(integration, by) == lost, "it may still wait for a worker"
    Preview.objects.update(asked_at=timezone.now() - timedelta(minutes=11))
    heartbeats.beat(f"preview {integration.pk}")
    assert previewing.ask(integration, by) == lost, "a worker is at it"
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=11))
    made = previewing.ask(integration, by)
    assert made != lost
    previewing.make(made.pk)
    assert list(Preview.objects.values_list("pk", flat=True)) == [made.pk]


# The preview of a real company


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with Sandbox(limits=False) as running, worlds.addresses(running):
        yield worlds.build(running)


@pytest.mark.promise(48)
def test_e35_a_preview_translates_everything_and_writes_nothing(world: World, queued: list[Any]) -> None:
    integration = world.integration
    Integration.objects.update(trial=True)
    world.order("PF1")
    world.order("PF2", lines=[line(account="6999", price="2.00", quantity="3", taxes=[])])
    world.run()
    before = _everything()
    calls = len(world.sandbox.log("xero")), len(world.sandbox.log("procurify"))
    client = a_client("Accounting staff")
    client.post(page_of(integration))
    (task,) = queued
    assert task == ("integrations.tasks.make_preview", Preview.objects.get().pk)
    tasks.make_preview(task[1])
    assert _everything() == before
    assert (len(world.sandbox.log("xero")), len(world.sandbox.log("procurify"))) == calls
    rows = {row.record.number: row for row in PreviewRow.objects.select_related("record")}
    assert (rows["PF1"].place, rows["PF1"].step, rows["PF1"].total) == ("would-be-sent", "create", Decimal("525.0000"))
    assert (rows["PF2"].place, rows["PF2"].document) == ("held", None)
    assert "6999" in rows["PF2"].why
    page = text(client.get(page_of(integration)))
    assert "Would be sent" in page
    assert "525.00 USD" in page
    assert "400 " in page
    assert "Department: Production" in page
    assert "trial mode" in page
    assert world.bills == []


def _everything() -> tuple[Any, ...]:
    records = list(Record.objects.order_by("pk").values_list("pk", "work", "hold_reason", "explanation", "changed_at"))
    entries = Entry.objects.filter(subject_kind="record").count()
    return records, Gap.objects.count(), Flag.objects.count(), Posting.objects.count(), Run.objects.count(), entries


def test_e35_a_preview_lapses_when_a_run_begins(world: World, queued: list[Any]) -> None:
    integration = world.integration
    Integration.objects.update(trial=True)
    world.order("PF1")
    world.run()
    preview = previewing.ask(integration, person("anna", "Accounting staff"))
    tasks.make_preview(preview.pk)
    client = a_client("Auditor")
    assert "A run has begun since" not in text(client.get(page_of(integration)))
    world.run()
    assert "A run has begun since" in text(client.get(page_of(integration)))


def test_e35_a_document_that_stands_is_shown_with_its_difference(world: World, queued: list[Any]) -> None:
    world.order("PF1")
    world.run()
    Integration.objects.update(trial=True)
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="41")])
    world.run()
    preview = previewing.ask(world.integration, person("anna", "Accounting staff"))
    tasks.make_preview(preview.pk)
    row = PreviewRow.objects.get()
    assert row.step == "update"
    page = text(a_client("Auditor").get(page_of(world.integration)))
    assert "525.00 stands there, 538.13 would be sent." in page


# Asking for one


@pytest.mark.django_db
def test_two_clicks_make_one_preview(queued: list[Any]) -> None:
    integration = an_integration()
    client = a_client("Accounting staff")
    client.post(page_of(integration))
    client.post(page_of(integration))
    assert Preview.objects.count() == len(queued) == 1
    assert Entry.objects.get(action="integration.preview_asked").actor is not None


@pytest.mark.django_db
def test_a_new_preview_takes_the_place_of_the_old_one_and_a_repeated_task_changes_nothing(queued: list[Any]) -> None:
    integration, by = an_integration(), person("anna", "Accounting staff")
    first = previewing.ask(integration, by)
    tasks.make_preview(first.pk)
    second = previewing.ask(integration, by)
    tasks.make_preview(second.pk)
    finished = Preview.objects.get().finished_at
    tasks.make_preview(second.pk)
    assert Preview.objects.get().finished_at == finished
    assert Preview.objects.get() == second


def test_a_held_vendor_does_not_end_the_preview_of_the_documents(world: World, queued: list[Any]) -> None:
    Integration.objects.update(trial=True)
    world.order("PF1")
    world.run()
    vendor = a_record(world.integration, "Cedar Industrial")
    Record.objects.filter(pk=vendor.pk).update(flow="vendors", work="held", hold_reason="ambiguous-vendor")
    preview = previewing.ask(world.integration, person("anna", "Accounting staff"))
    tasks.make_preview(preview.pk)
    preview.refresh_from_db()
    assert preview.failure == ""
    assert [row.record.number for row in PreviewRow.objects.select_related("record")] == ["PF1"]


@pytest.mark.django_db
def test_a_preview_that_breaks_says_so_in_words(queued: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    integration = an_integration()
    a_held_record(integration, "PF1")

    def broken(*_given: Any) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("integrations.desk.previewing.Rehearser.load", broken)
    preview = previewing.ask(integration, person("anna", "Accounting staff"))
    tasks.make_preview(preview.pk)
    page = text(a_client("Auditor").get(page_of(integration)))
    assert "The preview could not be made: an error in Counterfoil itself." in page
    assert "secret words" not in page
    assert "ZeroDivisionError" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "status"), [("Auditor", 403), ("Operator", 403), ("Supervisor", 302)])
def test_only_who_may_start_a_sync_may_ask_for_a_preview(role: str, status: int, queued: list[Any]) -> None:
    integration = an_integration()
    assert a_client(role).post(page_of(integration)).status_code == status
    assert bool(queued) == (status == 302)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["preview", "preview_progress", "progress"])
def test_e14_previews_and_progress_of_others_are_not_there(name: str) -> None:
    client, integration = a_client("Accounting staff"), an_integration()
    an_integration("Mine").limited_to.add(User.objects.get(username="someone"))
    assert client.get(page_of(integration, name)).status_code == 404


@pytest.mark.django_db
def test_the_progress_of_a_preview_is_asked_for_until_it_is_done(queued: list[Any]) -> None:
    integration, client = an_integration(), a_client("Accounting staff")
    client.post(page_of(integration))
    assert f'data-poll="{page_of(integration, "preview_progress")}"' in text(client.get(page_of(integration)))
    Preview.objects.update(total=40, done=10)
    answer = client.get(page_of(integration, "preview_progress"))
    assert (answer["X-Done"], "10 of 40 records translated" in text(answer)) == ("no", True)
    Preview.objects.update(finished_at=timezone.now())
    assert client.get(page_of(integration, "preview_progress"))["X-Done"] == "yes"


# The progress of a run


@pytest.mark.django_db
def test_a_sync_that_was_asked_for_is_followed_from_the_click_to_its_end(queued: list[Any]) -> None:
    integration, client = an_integration(trial=False), a_client("Accounting staff")
    assert "data-poll" not in text(client.get(reverse("admin:integrations_integration_change", args=[integration.pk])))
    page = text(client.post(page_of(integration, "sync"), follow=True))
    assert f'data-poll="{page_of(integration, "progress")}"' in page
    someone = User.objects.get(username="someone")
    assert queued == [("integrations.tasks.run_slice", integration.pk, someone.pk)]
    answer = client.get(page_of(integration, "progress"))
    assert (answer["X-Done"], "A worker takes it" in text(answer)) == ("no", True)
    run = Run.objects.create(integration=integration, started_at=timezone.now(), asked_by=someone, read=120)
    answer = client.get(page_of(integration, "progress"))
    assert (answer["X-Done"], "asked for by someone: 120 read" in text(answer)) == ("no", True)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now(), failure="Xero is away.")
    answer = client.get(page_of(integration, "progress"))
    assert (answer["X-Done"], "Xero is away." in text(answer)) == ("yes", True)


@pytest.mark.django_db
def test_nobody_waits_for_ever_for_a_worker_that_does_not_come(queued: list[Any]) -> None:
    integration, client = an_integration(), a_client("Accounting staff")
    client.post(page_of(integration, "sync"))
    session = client.session
    long_ago = (timezone.now() - timedelta(minutes=3)).isoformat()
    session["asked_to_sync"] = {str(integration.pk): long_ago}
    session.save()
    assert client.get(page_of(integration, "progress"))["X-Done"] == "yes"


def test_a_run_that_somebody_asked_for_says_who_and_shows_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.order("PF1")
    anna = person("anna", "Accounting staff")
    seen: list[tuple[int, int]] = []

    def look(signal_of_life: str) -> None:
        seen.extend(Run.objects.values_list("read", "calls"))

    monkeypatch.setattr("integrations.engine.slice.heartbeats.beat", look)
    ticking.go_on(world.integration.pk, anna.pk)
    run = Run.objects.get()
    assert (run.asked_by, run.posted) == (anna, 1)
    assert seen[0] == (0, 0)
    assert seen[-1][0] == run.read > 0  # told before the run was over
    assert 0 < seen[-1][1] < run.calls
