"""The test of a connection goes on where the page had no time to wait: project by project, at the connection's pace.

The rows are the queue; a task that died, or was kept back by the day's calls, is woken again by the tick. Looking
changes nothing there, so that a project that is looked into twice costs calls and no more.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from integrations.documents import ProjectRights
from integrations.engine import clients, heartbeats
from integrations.engine.health import may_be_called
from integrations.errors import CounterfoilError, RetryLaterError
from integrations.models import Connection, ProjectLook
from integrations.systems.protocols import TellsPermissions

MOST_SECONDS = 45.0
WOKEN_EVERY = timedelta(minutes=2)
# Whoever wants to know more than a day after the test makes another one.
GIVEN_UP_AFTER = timedelta(days=1)


class Looked(NamedTuple):
    """How far it is: projects looked into, of all; sentences about what is missing in them; whether it goes on."""

    done: int
    of: int
    missing: list[str]
    at: datetime | None
    goes_on: bool

    @property
    def in_words(self) -> str:
        if self.done == self.of:
            return f"every project of {self.of}" if self.of > 1 else "the project"
        rest = "the others one by one" if self.goes_on else "test again to try the others"
        return f"{self.done} of {self.of} projects, {rest}"


def begin(connection: Connection, projects: Sequence[ProjectRights]) -> None:
    """In place of what the last test found."""
    now = timezone.now()
    rows = [
        ProjectLook(
            connection=connection, project=each.project, number=each.number[:100], name=each.name[:255], place=place,
            missing=list(each.missing or ()), asked_at=now, looked_at=None if each.missing is None else now,
        )
        for place, each in enumerate(projects)
    ]  # fmt: skip
    with transaction.atomic():
        ProjectLook.objects.filter(connection=connection).delete()
        ProjectLook.objects.bulk_create(rows, ignore_conflicts=True)  # two tests at once find the same
        if any(each.missing is None for each in projects):
            _wake(connection.pk)


def of(connection: Connection) -> Looked | None:
    """None where its test looks into no projects."""
    rows = list(ProjectLook.objects.filter(connection=connection).order_by("place"))
    if not rows:
        return None
    done = [row for row in rows if row.looked_at is not None]
    missing = [sentence for row in done for sentence in row.missing]
    at = max((row.looked_at for row in done if row.looked_at), default=None)
    return Looked(len(done), len(rows), missing, at, rows[0].asked_at > timezone.now() - GIVEN_UP_AFTER)


def queue_due(now: datetime) -> None:
    """Those at which nobody has been for a while."""
    left = ProjectLook.objects.filter(looked_at=None, asked_at__gt=now - GIVEN_UP_AFTER)
    for connection in Connection.objects.filter(pk__in=left.values("connection")):
        if may_be_called(connection, now) and heartbeats.claim_turn(_name(connection.pk), WOKEN_EVERY):
            _wake(connection.pk)


def go_on(connection_id: int) -> None:
    """As many projects as there is time for; then another task."""
    connection = Connection.objects.get(pk=connection_id)
    left = ProjectLook.objects.filter(connection=connection, looked_at=None).order_by("place")
    began = time.monotonic()
    try:
        with clients.client(connection) as client:
            while (row := left.first()) is not None and isinstance(client, TellsPermissions):
                if time.monotonic() - began > MOST_SECONDS:
                    _wake(connection_id)
                    return
                heartbeats.claim_turn(_name(connection_id), timedelta(0))
                _look(client, row)
    except RetryLaterError:
        return  # the calls of now are used up, and the tick comes back to it
    except CounterfoilError as error:
        clients.note_health(connection, error)


def _look(client: TellsPermissions, row: ProjectLook) -> None:
    missing = client.permissions_in(ProjectRights(row.project, row.number, row.name))
    # Of another test, begun meanwhile, it is another row.
    ProjectLook.objects.filter(pk=row.pk).update(missing=list(missing), looked_at=timezone.now())


def _wake(connection_id: int) -> None:
    async_task("integrations.tasks.look_into_projects", connection_id)


def _name(connection_id: int) -> str:
    return f"looking-{connection_id}"
