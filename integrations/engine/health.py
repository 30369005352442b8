"""The health of a connection: what a failure makes of it, and what a success mends."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit.trail import Subject, log
from integrations import events
from integrations.engine.leases import BusyError
from integrations.errors import (
    CounterfoilError,
    NeedsPermissionError,
    NotSentError,
    ReconnectError,
    RequestTooLargeError,
    RetryLaterError,
    SuspendedError,
    ThrottledError,
    UnreadableAnswerError,
)
from integrations.explanations.troubles import cause_of, sentence
from integrations.models import Connection, Health
from integrations.systems import system

# A shorter pause is waited out and is nobody's concern.
LONG_PAUSE = 120
SLOWEST_PROBE = timedelta(days=1)
NOTED_EVERY = timedelta(minutes=1)
KEPT = (
    "health", "health_until", "suspended_at", "refused_since", "last_error", "last_cause", "last_error_at",
    "last_success_at",
)  # fmt: skip
TROUBLE = ("last_error", "last_cause", "last_error_at")
SAYS_NOTHING = (RequestTooLargeError, UnreadableAnswerError, NotSentError, BusyError)

# What each finding may replace: trouble on the way must not hide that somebody has to act, or that we must wait.
WELL = {Health.CONNECTED, Health.UNREACHABLE}
REPLACES = {
    Health.UNREACHABLE: WELL,
    Health.THROTTLED: WELL | {Health.THROTTLED, Health.PERMISSION},
    Health.PERMISSION: WELL | {Health.THROTTLED, Health.PERMISSION},
    Health.SUSPENDED: WELL | {Health.THROTTLED, Health.PERMISSION, Health.SUSPENDED, Health.RECONNECT},
    Health.RECONNECT: WELL | {Health.THROTTLED, Health.PERMISSION, Health.SUSPENDED, Health.RECONNECT},
}
MENDED_BY_SUCCESS = (Health.NEVER, Health.RECONNECT, Health.THROTTLED, Health.SUSPENDED, Health.UNREACHABLE)


def note_health(connection: Connection, error: CounterfoilError) -> None:
    """Keep what the error says of the whole connection, with an entry when its health changes. Updates `connection`.

    Errors that concern one document only are kept as the last error.
    """
    health, until = _diagnosis(error)
    with transaction.atomic():
        row = _locked(connection)
        row.last_error, row.last_error_at = _in_words(row, error), timezone.now()
        row.last_cause = cause_of(error)
        row.save(update_fields=TROUBLE)
        if health is not None and _stands(row) in REPLACES[health]:
            _change(row, health, until, why=row.last_error)
    _bring_up_to_date(connection, row)


def note_success(connection: Connection, *, permitted: bool = False) -> None:
    """A call was answered. Mends every health but a missing permission, which `permitted` mends too."""
    now = timezone.now()
    well = connection.health == Health.CONNECTED and not connection.last_error and not connection.refused_since
    if well and connection.last_success_at and now - connection.last_success_at < NOTED_EVERY:
        return
    mended = (*MENDED_BY_SUCCESS, Health.PERMISSION) if permitted else MENDED_BY_SUCCESS
    with transaction.atomic():
        row = _locked(connection)
        row.last_success_at, row.refused_since = now, None
        if row.health in (Health.CONNECTED, *mended):
            row.last_error, row.last_cause, row.last_error_at = "", "", None
        row.save(update_fields=[*TROUBLE, "last_success_at", "refused_since"])
        if row.health in mended:
            _change(row, Health.CONNECTED, None, why="it answered")
    _bring_up_to_date(connection, row)


def change_by_hand(connection: Connection, by: User, *, to: Health, entry: str) -> bool:
    """A person suspends or resumes; False where somebody else has done so already. A suspension by hand is not probed.

    In both directions what was wrong before is forgotten: the next answer tells anew.
    """
    with transaction.atomic():
        row = _locked(connection)
        if (row.health == Health.SUSPENDED) == (to == Health.SUSPENDED):
            return False
        row.last_error, row.last_cause, row.last_error_at, row.refused_since = "", "", None, None
        row.save(update_fields=[*TROUBLE, "refused_since"])
        _change(row, to, None, why="a person said so", by_hand=True)
        log(entry, Subject("connection", row.pk, row.label), actor=by)
    _bring_up_to_date(connection, row)
    return True


def next_probe(connection: Connection, now: datetime) -> datetime:
    """When a suspended connection is asked again: rarer the longer it lasts, from six hours to a day apart."""
    facts = system(connection.system).suspension
    shortest = facts.probed_every if facts else timedelta(hours=6)
    lasted = now - connection.suspended_at if connection.suspended_at else timedelta(0)
    return now + min(max(shortest, lasted / 2), SLOWEST_PROBE)


def may_be_called(connection: Connection, now: datetime) -> bool:
    """Whether a run may begin: usable, and not asked to pause until later."""
    if connection.health == Health.THROTTLED and connection.health_until and connection.health_until > now:
        return False
    return connection.usable


def _diagnosis(error: CounterfoilError) -> tuple[Health | None, datetime | None]:
    now = timezone.now()
    if isinstance(error, ReconnectError):
        return Health.RECONNECT, None
    if isinstance(error, NeedsPermissionError):
        return Health.PERMISSION, None
    if isinstance(error, SuspendedError):
        return Health.SUSPENDED, None
    if isinstance(error, ThrottledError):
        seconds = error.seconds or 0
        if seconds > LONG_PAUSE or error.window == "day":
            return Health.THROTTLED, error.not_before or now + timedelta(seconds=seconds or 3600)
        return None, None
    if isinstance(error, RetryLaterError) and not isinstance(error, SAYS_NOTHING):
        return Health.UNREACHABLE, None
    return None, None


def _in_words(row: Connection, error: CounterfoilError) -> str:
    facts = system(row.system)
    support = facts.suspension.support if facts.suspension else ""
    return sentence(error, system=facts.label, support=support)[:500]


def _locked(connection: Connection) -> Connection:
    """The row as it is now, since other workers change it too; without what is encrypted."""
    return Connection.objects.select_for_update().only("label", "system", *KEPT).get(pk=connection.pk)


def _bring_up_to_date(connection: Connection, row: Connection) -> None:
    for name in KEPT:
        setattr(connection, name, getattr(row, name))


def _stands(row: Connection) -> Health:
    """A pause that has passed is none."""
    over = row.health == Health.THROTTLED and row.health_until is not None and row.health_until <= timezone.now()
    return Health.CONNECTED if over else Health(row.health)


def _change(row: Connection, health: Health, until: datetime | None, *, why: str, by_hand: bool = False) -> None:
    """In the transaction that holds the row: one entry per change, whichever of several workers comes first."""
    before = Health(row.health)
    if before == health == Health.SUSPENDED:
        return  # what stops a call must not put off the next probe
    row.health, row.health_until, row.suspended_at = health, until, None
    if health == Health.SUSPENDED:
        row.suspended_at = timezone.now()
        row.health_until = None if by_hand else next_probe(row, timezone.now())
    row.save(update_fields=["health", "health_until", "suspended_at"])
    if before != health:
        details = {"health": health.label, "before": before.label, "until": until, "why": why}
        log("connection.health_changed", Subject("connection", row.pk, row.label), details=details)
        events.tell(events.health_changed, connection=row, before=before)
