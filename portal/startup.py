"""What every database needs after its tables are made (E21)."""

from typing import Any

from django.db import transaction
from django_q.models import Schedule

from portal import roles

TICK = "tick"


def after_migrate(using: str = "default", **_signal: Any) -> None:
    """Receiver of the last app's `post_migrate`; idempotent, since a flush and every migration send it."""
    with transaction.atomic(using=using):
        roles.establish(using)
        _schedule_the_tick(using)


def _schedule_the_tick(using: str) -> None:
    """One schedule a minute and nothing else in django-q2's table; its next run stays as it is."""
    wanted = {
        "func": "integrations.tasks.tick",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
        "repeats": -1,
    }
    schedules = Schedule.objects.using(using)
    tick = schedules.filter(name=TICK).order_by("pk").first() or Schedule(name=TICK)
    for name, value in wanted.items():
        setattr(tick, name, value)
    tick.hook = tick.args = tick.kwargs = tick.cluster = None
    tick.save(using=using)
    schedules.exclude(pk=tick.pk).delete()
