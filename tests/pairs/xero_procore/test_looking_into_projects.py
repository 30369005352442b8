"""A connection's test goes on project by project where the page has no time, and its page tells how far it is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from integrations import checkup, tasks
from integrations.engine.projects import looking
from integrations.models import Connection, Health, Heartbeat, ProjectLook
from integrations.systems.procore import permissions
from mappings.models import ProjectRow
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.test_approving_vendors import read, somebody

pytestmark = [pytest.mark.sqlite, pytest.mark.promise(37)]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has time for one project."""
    monkeypatch.setattr(permissions, "MOST_SECONDS", 0.0)


@pytest.fixture
def connection(northline: Northline, hurried: None) -> Connection:
    """In its last project a tool is closed."""
    last = sorted(ProjectRow.objects.values_list("target__key", flat=True))[-1]
    northline.sandbox.procore.set_permission("budget", "none", project=int(last))
    return northline.integration.target


def told_by(connection: Connection) -> dict[str, str]:
    OrmQ.objects.all().delete()
    return dict(checkup.test(connection, User.objects.get_or_create(username="ivan")[0]).facts)


def queued() -> list[str]:
    return [str(each.task["func"]) for each in OrmQ.objects.all()]


@pytest.fixture
def desk(transactional_db: None) -> Client:
    return somebody("irene", "Integration administrator")


def page(connection: Connection, desk: Client) -> str:
    return read(desk, reverse("admin:integrations_connection_change", args=[connection.pk]))


def test_what_the_page_had_no_time_for_follows_and_is_told_on_the_connection_s_page(
    connection: Connection, desk: Client
) -> None:
    facts = told_by(connection)
    every = ProjectLook.objects.count()
    assert every > 2
    assert f"1 of {every} projects" in facts["Looked into"]
    assert facts["Going on"] == checkup.FOLLOW
    assert facts["Permissions"] == "everything that is needed, as far as was tried"
    assert queued() == ["integrations.tasks.look_into_projects"]
    assert f"1 of {every} projects, the others one by one" in page(connection, desk)
    assert "“Budget” in project" not in page(connection, desk)
    tasks.look_into_projects(connection.pk)
    shown = page(connection, desk)
    assert f"every project of {every}" in shown
    assert shown.count("“Budget” in project") == 1
    before = ProjectLook.objects.values_list("looked_at")
    tasks.look_into_projects(connection.pk)
    assert list(ProjectLook.objects.values_list("looked_at")) == list(before), "there is nothing left"


def test_a_test_that_had_time_for_all_leaves_nothing_to_go_on_with(
    connection: Connection, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "MOST_SECONDS", 60.0)
    facts = told_by(connection)
    assert ("Going on" in facts, facts["Permissions"]) == (False, "some are missing, see below")
    assert queued() == []
    assert "every project of" in page(connection, desk)


def test_a_task_ends_in_time_and_another_goes_on(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    told_by(connection)
    OrmQ.objects.all().delete()
    monkeypatch.setattr(looking, "MOST_SECONDS", -1.0)
    tasks.look_into_projects(connection.pk)
    assert ProjectLook.objects.filter(looked_at=None).count() == ProjectLook.objects.count() - 1
    assert queued() == ["integrations.tasks.look_into_projects"]


def test_what_the_calls_of_now_are_not_enough_for_waits_for_the_tick(
    northline: Northline, connection: Connection
) -> None:
    told_by(connection)
    OrmQ.objects.all().delete()
    northline.sandbox.faults.add("procore", "status", path="/vendors$", status=429, headers={"Retry-After": "9"})
    tasks.look_into_projects(connection.pk)
    left = ProjectLook.objects.filter(looked_at=None).count()
    assert left == ProjectLook.objects.count() - 1
    Connection.objects.update(health=Health.CONNECTED, health_until=None)
    looking.queue_due(timezone.now())
    assert queued() == [], "somebody was there just now"
    Heartbeat.objects.update(at=timezone.now() - looking.WOKEN_EVERY)
    looking.queue_due(timezone.now())
    assert queued() == ["integrations.tasks.look_into_projects"]
    OrmQ.objects.all().delete()
    Heartbeat.objects.update(at=timezone.now() - looking.WOKEN_EVERY)
    looking.queue_due(timezone.now() + looking.GIVEN_UP_AFTER + timedelta(minutes=1))
    assert queued() == [], "after a day it is left"
    ProjectLook.objects.update(asked_at=timezone.now() - looking.GIVEN_UP_AFTER)
    looked = looking.of(connection)
    assert looked is not None
    assert looked.in_words.endswith("projects, test again to try the others")


def test_another_test_begins_anew(connection: Connection, desk: Client, northline: Northline) -> None:
    told_by(connection)
    tasks.look_into_projects(connection.pk)
    for project in ProjectRow.objects.values_list("target__key", flat=True):
        northline.sandbox.procore.set_permission("budget", "read", project=int(project))
    told_by(connection)
    tasks.look_into_projects(connection.pk)
    assert looking.of(connection) is not None
    assert "“Budget” in project" not in page(connection, desk)
