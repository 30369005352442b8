"""Signs of life that the supervisor and the pages go by (E28), and the epoch of this worker's cluster."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations.models import Heartbeat

TICK = "tick"

# The supervisor waits 180 s for a sign, so one write in five seconds tells as much as one per call.
WRITTEN_EVERY = timedelta(seconds=5)
_written: dict[str, datetime] = {}


def beat(name: str) -> None:
    """Write that `name` lives; cheap enough to be called before every call over the network."""
    now = timezone.now()
    last = _written.get(name)
    if last is not None and timedelta(0) <= now - last < WRITTEN_EVERY:
        return
    if not Heartbeat.objects.filter(name=name).update(at=now, epoch=settings.WORKER_EPOCH):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "epoch": settings.WORKER_EPOCH})
    if not transaction.get_connection().in_atomic_block:  # else it may yet be rolled back
        _written[name] = now


def fresh(name: str, seconds: float) -> bool:
    """Whether `name` has beaten within that many seconds."""
    return Heartbeat.objects.filter(name=name, at__gt=timezone.now() - timedelta(seconds=seconds)).exists()


def forget() -> None:
    """Let the next `beat` of every name be written, however soon."""
    _written.clear()


def claim_turn(name: str, every: timedelta) -> bool:
    """True for one caller alone when `name` last had its turn at least `every` ago, or never."""
    now = timezone.now()
    mine = Heartbeat.objects.filter(name=name, at__lte=now - every).update(at=now)
    if mine:
        return True
    return Heartbeat.objects.get_or_create(name=name, defaults={"at": now})[1]


def epoch_is_current() -> bool:
    """False in a worker that an earlier start left behind: it must post nothing more. True where none supervises."""
    if not settings.WORKER_EPOCH:
        return True
    return Heartbeat.objects.filter(name=settings.SUPERVISOR_NAME, epoch=settings.WORKER_EPOCH).exists()
