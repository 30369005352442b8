"""Brokers that hand out nothing but our own task functions (E29).

A task is a signed pickle that names a function as text; django-q2 would import and run whatever it
names, and unpickling alone can import too. So each task is read here with an unpickler that knows
only plain values and times, and whatever is not exactly a call of ours with ids is deleted.
"""

import datetime
import io
import logging
import pickle
import zlib
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.core_signing import loads

logger = logging.getLogger(__name__)

_TIMES = {"datetime": datetime.datetime, "timezone": datetime.timezone, "timedelta": datetime.timedelta}
# Each of these names further code to run when the task is done.
_FOLLOW_UPS = ("hook", "chain", "iter_count")
_UNREADABLE = (
    BadSignature,
    pickle.UnpicklingError,
    zlib.error,
    TypeError,
    ValueError,
    EOFError,
    AttributeError,
    IndexError,
    KeyError,
    ImportError,
)


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in _TIMES:
            return _TIMES[name]
        raise pickle.UnpicklingError("A task of ours holds no objects.")


class _PlainSerializer:
    def loads(self, pickled: bytes) -> Any:
        return _PlainUnpickler(io.BytesIO(pickled)).load()


def is_ours(payload: str | bytes) -> bool:
    """True for a task signed by us that calls one of TASK_FUNCTIONS with whole numbers and nothing else."""
    try:
        task = loads(payload, key=Conf.SECRET_KEY, salt=Conf.PREFIX, serializer=_PlainSerializer)
    except _UNREADABLE:
        return False
    return (
        isinstance(task, dict)
        and isinstance(task.get("func"), str)
        and task["func"] in settings.TASK_FUNCTIONS
        and not any(task.get(name) for name in _FOLLOW_UPS)
        and all(isinstance(value, int) for value in (*task.get("args", ()), *task.get("kwargs", {}).values()))
    )


class _OnlyOurs:
    """Mixed in before a broker of django-q2."""

    def dequeue(self) -> list[tuple[Any, Any]]:
        taken: list[tuple[Any, Any]] = super().dequeue() or []  # type: ignore[misc]  # the broker's own
        return [task for task in taken if self._kept(*task)]

    def _kept(self, task_id: Any, payload: str | bytes) -> bool:
        if is_ours(payload):
            return True
        logger.warning("A task that does not call one of Counterfoil's own functions was deleted.")
        if task_id is not None:  # Redis has forgotten it already when it hands it out
            self.delete(task_id)  # type: ignore[attr-defined]  # the broker's own
        return False


class DatabaseBroker(_OnlyOurs, ORM):  # type: ignore[misc]  # django-q2 ships no types
    """Tasks wait in the database, inside the caller's transaction."""


class RedisBroker(_OnlyOurs, Redis):  # type: ignore[misc]  # django-q2 ships no types
    """Tasks wait in Redis."""
