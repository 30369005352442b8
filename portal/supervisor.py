"""Keeps one cluster of workers alive: starts it, watches its signs of life, kills and restarts it (E28).

Needed because an idle django-q2 worker that dies hard can leave the cluster deaf for ever while it
looks alive, and because its main process ends with 0 when its sentinel dies.
"""

import ctypes
import logging
import os
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType
from typing import Protocol

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone

from portal.liveness import KILLED_AFTER, last_sign_of_life

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
NO_EPOCH = "stopping"


class Sign(Protocol):
    """`sign_of_life` below, or a stand-in for it: aware UTC, None before the first."""

    def __call__(self) -> datetime | None: ...


@dataclass(frozen=True)
class Pace:
    """How patient the supervisor is. Times in seconds; tests shorten them."""

    deaf_after: float = KILLED_AFTER.total_seconds()
    look_every: float = 5.0
    stops_within: float = 90.0
    short_life: float = 10.0
    first_pause: float = 1.0
    longest_pause: float = 60.0


@dataclass
class Supervisor:
    """Runs `command` in a process group of its own until `stop` is called or a signal comes.

    `announce` is told each new epoch before the workers start; they get it as WORKER_EPOCH.
    """

    command: Sequence[str]
    sign_of_life: Sign
    announce: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    pace: Pace = field(default_factory=Pace)
    now: Callable[[], datetime] = timezone.now
    starts: int = 0
    kills: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _child: "subprocess.Popen[bytes] | None" = None
    _started_at: datetime | None = None
    _unannounced: str | None = None

    def run(self) -> None:
        """Return when asked to stop and the workers are gone."""
        pause = 0.0
        while not self._stopping.is_set():
            self._start()
            self._watch()
            lived = (self.now() - self._birth).total_seconds()
            pause = 0.0 if lived >= self.pace.short_life else max(self.pace.first_pause, pause * 2)
            self._stopping.wait(min(pause, self.pace.longest_pause))
        self._end()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask for the end; also usable as a signal handler."""
        self._stopping.set()

    @property
    def _birth(self) -> datetime:
        return self._started_at or self.now()

    def _start(self) -> None:
        epoch = str(uuid.uuid4())
        self._announce(epoch)
        self._started_at = self.now()
        self.starts += 1
        self._child = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            self.command,
            env={**self.environment, "WORKER_EPOCH": epoch},
            start_new_session=True,
            preexec_fn=_end_with_parent,  # safe: the supervisor has no threads
        )
        logger.info("Workers started.")

    def _announce(self, epoch: str) -> None:
        """A database that is away must not end the supervisor; it is told again until it knows.

        Until then the workers post nothing, since their epoch is not the one that stands there.
        """
        self._unannounced = epoch
        try:
            self.announce(epoch)
            self._unannounced = None
        except DatabaseError as problem:
            logger.warning("The start of the workers could not be noted: %s.", type(problem).__name__)

    def _watch(self) -> None:
        """Return when the cluster has ended, was killed for being deaf, or a stop was asked."""
        child = self._child
        while child and child.poll() is None and not self._stopping.wait(self.pace.look_every):
            if self._unannounced is not None:
                self._announce(self._unannounced)
            if self._is_deaf():
                logger.error("No sign of life from the workers; they are killed and started again.")
                self.kills += 1
                self._kill()
        if child and child.poll() is not None:
            self._kill()
            logger.warning("The workers ended with %s.", child.returncode)

    def _is_deaf(self) -> bool:
        try:
            seen = self.sign_of_life()
        except DatabaseError as problem:
            # Without the database nobody can write a heartbeat: that is not deafness.
            logger.warning("Signs of life cannot be read: %s.", type(problem).__name__)
            return False
        last = max(seen, self._birth) if seen else self._birth
        return self.now() - last > timedelta(seconds=self.pace.deaf_after)

    def _end(self) -> None:
        """Ask the cluster to finish what it is doing, then make sure that nothing of it is left.

        Its workers do not hear the signal; slices end when the epoch they work under stands there no longer.
        """
        child = self._child
        if child and child.poll() is None:
            self._announce(NO_EPOCH)
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(self.pace.stops_within)
            except subprocess.TimeoutExpired:
                logger.warning("The workers did not stop in time.")
        self._kill()

    def _kill(self) -> None:
        """Kill the whole group: stopped processes and orphans of a dead main process too."""
        if self._child is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def sign_of_life() -> datetime | None:
    """The workers' last sign, asked over a connection that survives a restart of the database server."""
    close_old_connections()
    return last_sign_of_life()


def announce(epoch: str) -> None:
    """Write the epoch of this machine's workers: those of an earlier one stop before they post."""
    from integrations.models import Heartbeat

    close_old_connections()
    Heartbeat.objects.update_or_create(name=settings.SUPERVISOR_NAME, defaults={"at": timezone.now(), "epoch": epoch})


def _end_with_parent() -> None:
    """Linux: a cluster whose supervisor was killed gets SIGTERM, so that no orphans take the ticks."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
