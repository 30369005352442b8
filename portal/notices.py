"""What every page says at its head when something about the installation is out of the ordinary."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import liveness

JUST_ASKED = 1.0  # seconds
DOUBT = -1  # where other rows have the id of a connection, or 0
USERS = ("integrations_from", "integrations_to")


@dataclass(frozen=True)
class Notice:
    """`level` is "error" or "warning"."""

    level: str
    text: str


def for_templates(request: HttpRequest) -> dict[str, Any]:
    """Context processor; asks the database only where a template shows the notices."""
    return {"portal_notices": SimpleLazyObject(lambda: notices(request))}


def notices(request: HttpRequest) -> list[Notice]:
    """Those for signed-in staff, gravest first; nobody else learns anything."""
    user = getattr(request, "user", None)
    if user is None or not user.is_staff:
        return []
    known = _remembered()
    return [*known.notices, *known.late, *_suspended(user, known), *_installation_settings()]


def last_sign_of_life() -> datetime | None:
    """Of any worker, some seconds old like the notices themselves."""
    return _remembered().seen


@dataclass(frozen=True, slots=True)
class _Shut:
    """A connection that is suspended, and the integrations that use it."""

    label: str
    users: frozenset[int]


@dataclass
class _Remembered:
    """What concerns everybody alike is asked for once in some seconds per process, not for every page."""

    notices: list[Notice] = field(default_factory=list)
    late: list[Notice] = field(default_factory=list)
    suspended: dict[int, _Shut] = field(default_factory=dict)
    seen: datetime | None = None
    asked: float = 0.0
    until: float = 0.0
    late_until: float = 0.0


_of_everybody = _Remembered()


def _remembered() -> _Remembered:
    """No request asks more than one question for it: what is late is asked for by the next one."""
    now, known, kept = time.monotonic(), _of_everybody, settings.NOTICES_KEPT_SECONDS
    is_asked = now >= known.until
    if is_asked:
        doubted, known.suspended, known.seen = _out_of_the_ordinary()
        known.notices = [*_doubted_installation(doubted), *_workers(known.seen)]
        known.asked, known.until = now, now + kept
    if now >= known.late_until and not (is_asked and kept):
        known.late = _late(known.seen)
        known.asked, known.late_until = now, now + kept
    return known


def _out_of_the_ordinary() -> tuple[bool, dict[int, _Shut], datetime | None]:
    """Whether the installation is in doubt, the suspended connections by id, and the workers' last sign of life.

    One question for a few rows, since it is asked together with any page.
    """
    from integrations.models import Connection, Health, Installation

    nowhere, unnamed, never = Value(0), Value(""), Value(None, DateTimeField())
    open_doubt = Q(confirmed_at=None) | Q(confirmed_at__lt=F("doubted_at"))
    doubts = Installation.objects.exclude(doubted_at=None).filter(open_doubt)
    suspended = Connection.objects.filter(health=Health.SUSPENDED)
    beats, leases = (rows.values_list(nowhere, unnamed, "moment", nowhere) for rows in liveness.signs())
    found = list(
        beats.union(
            leases,
            doubts.values_list(Value(DOUBT), unnamed, never, nowhere),
            *(suspended.values_list("pk", "label", never, Coalesce(user, 0)) for user in USERS),
            all=True,
        )
    )
    shut = {
        pk: _Shut(label, frozenset(user for one, _, _, user in found if one == pk))
        for pk, label, _, _ in found
        if pk > 0
    }
    return any(row[0] == DOUBT for row in found), shut, liveness.latest(row[2] for row in found if row[2])


def _doubted_installation(doubted: bool) -> list[Notice]:
    """E5: a restored or copied database posts nothing until a supervisor confirms."""
    text = (
        "This looks like a restored backup or a copy of another installation. "
        "Nothing is posted until a supervisor confirms that this one may."
    )
    return [Notice("error", text)] if doubted else []


def _workers(seen: datetime | None) -> list[Notice]:
    if liveness.has_stopped(seen):
        return [Notice("error", "The workers have stopped: nothing is read or posted. Tell the operator.")]
    return []


def _late(seen: datetime | None) -> list[Notice]:
    """Nothing is late by itself while the workers have stopped."""
    late = [] if liveness.has_stopped(seen) else liveness.overdue()
    return [Notice("warning", f"Not running as scheduled: {', '.join(late)}.")] if late else []


def _suspended(user: AbstractBaseUser | AnonymousUser, known: _Remembered) -> list[Notice]:
    """Promise 28: on every page, to everybody who sees the connection, until it is over."""
    from integrations import visibility
    from integrations.models import Connection, Health

    shut = known.suspended
    if shut and visibility.is_limited(user):
        theirs = {each.pk for each in visibility.integrations(user)}
        shut = {pk: each for pk, each in shut.items() if each.users & theirs}
    if shut and time.monotonic() - known.asked > JUST_ASKED:
        still = Connection.objects.filter(pk__in=shut, health=Health.SUSPENDED).values_list("pk", flat=True)
        shut = {pk: shut[pk] for pk in still}
    return [
        Notice(
            "error",
            f"Access to “{label}” is suspended: nothing is read from it or written to it. "
            "Its page says whom to ask and what happens next.",
        )
        for label in sorted(each.label for each in shut.values())
    ]


def _installation_settings() -> list[Notice]:
    found = []
    if not settings.SECOND_PERSON:
        found.append(Notice("warning", "One-person installation: who asks may also approve. Every decision notes it."))
    if settings.DEMO:
        found.append(Notice("warning", "Demo: the outside systems are stand-ins and the passwords are public."))
    return found
