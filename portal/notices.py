"""What every page says at its head when something about the installation is out of the ordinary."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import liveness


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
    return [*known.notices, *_suspended(user, known.suspended), *_installation_settings()]


@dataclass
class _Remembered:
    """What concerns everybody alike is asked for once in some seconds per process, not for every page."""

    notices: list[Notice]
    suspended: list[int]
    until: float = 0.0


_of_everybody = _Remembered([], [])


def _remembered() -> _Remembered:
    from integrations.models import Connection, Health

    now = time.monotonic()
    if now >= _of_everybody.until:
        _of_everybody.notices = [*_doubted_installation(), *_workers()]
        _of_everybody.suspended = list(Connection.objects.filter(health=Health.SUSPENDED).values_list("pk", flat=True))
        _of_everybody.until = now + settings.NOTICES_KEPT_SECONDS
    return _of_everybody


def _doubted_installation() -> list[Notice]:
    """E5: a restored or copied database posts nothing until a supervisor confirms."""
    from integrations.models import Installation

    open_doubt = Q(confirmed_at=None) | Q(confirmed_at__lt=F("doubted_at"))
    doubted = Installation.objects.exclude(doubted_at=None).filter(open_doubt).exists()
    text = (
        "This looks like a restored backup or a copy of another installation. "
        "Nothing is posted until a supervisor confirms that this one may."
    )
    return [Notice("error", text)] if doubted else []


def _workers() -> list[Notice]:
    if liveness.workers_stopped():
        return [Notice("error", "The workers have stopped: nothing is read or posted. Tell the operator.")]
    late = liveness.overdue()
    return [Notice("warning", f"Not running as scheduled: {', '.join(late)}.")] if late else []


def _suspended(user: AbstractBaseUser | AnonymousUser, suspended: list[int]) -> list[Notice]:
    """Promise 28: on every page, to everybody who sees the connection, until it is over."""
    from integrations import visibility
    from integrations.models import Connection, Health

    if not suspended:
        return []
    still = Connection.objects.filter(pk__in=suspended, health=Health.SUSPENDED)
    rows = visibility.connections(still, user).order_by("label")
    return [
        Notice(
            "error",
            f"Access to “{label}” is suspended: nothing is read from it or written to it. "
            "Its page says whom to ask and what happens next.",
        )
        for label in rows.values_list("label", flat=True)
    ]


def _installation_settings() -> list[Notice]:
    found = []
    if not settings.SECOND_PERSON:
        found.append(Notice("warning", "One-person installation: who asks may also approve. Every decision notes it."))
    if settings.DEMO:
        found.append(Notice("warning", "Demo: the outside systems are stand-ins and the passwords are public."))
    return found
