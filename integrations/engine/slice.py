"""One slice of a run: bounded in time, fenced by the run's lease, counted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from integrations import installation
from integrations.engine import heartbeats, leases
from integrations.models import Integration, Run, SourceDocument
from integrations.pairs import pair
from integrations.pairs.flow import Pair
from integrations.systems.paging import Raw

SLICE_SECONDS = 60
LEASE_SECONDS = 180
_BACK_OFF = (60, 300, 900, 3600)


class SliceOverError(Exception):
    """The slice's time is up or the worker was asked to stop; the next slice goes on (E27)."""


@dataclass
class Slice:
    """What every part of the engine is handed: whose work this is and whether it may go on."""

    integration: Integration
    run: Run
    token: str
    ends_at: float = field(default_factory=lambda: time.monotonic() + SLICE_SECONDS)
    stopping: Callable[[], bool] = lambda: False
    calls: int = 0
    more: bool = False
    again: bool = False
    not_before: datetime | None = None
    just_read: dict[int, tuple[str, Raw]] = field(default_factory=dict)
    statuses_read: set[str] = field(default_factory=set)  # of our orders, by project
    cause: str = ""

    @property
    def pair(self) -> Pair:
        return pair(self.integration.pair)

    @property
    def may_send(self) -> bool:
        """Not in trial mode, not from a copied or restored database (E5), not by a worker of an earlier start."""
        if self.integration.trial or not heartbeats.epoch_is_current():
            return False
        return installation.may_post()

    def has_time(self) -> bool:
        return time.monotonic() < self.ends_at and not self.stopping()

    def beat(self) -> None:
        """Called before every call over the network (E28). Raises SliceOverError when no call may start."""
        if not self.has_time():
            self.more = True
            raise SliceOverError
        self.calls += 1
        heartbeats.beat(f"run {self.integration.pk}")

    def fence(self) -> None:
        """Inside a transaction: prolong the lease, or raise LostLeaseError when another worker took it over.

        Says how far the run is, too, so that pages can show it while it goes on.
        """
        leases.renew(Integration, self.integration.pk, self.token, LEASE_SECONDS)
        run = self.run
        so_far = {"read": run.read, "changed": run.changed, "posted": run.posted, "held": run.held}
        Run.objects.filter(pk=run.pk).update(**so_far, calls=run.calls + self.calls)

    def wants_files(self, flow: str) -> bool:
        """Whether suppliers' files of that flow's documents are to be attached, once they stand."""
        return self.integration.attach_files and self.pair.flow(flow).has_files

    def wake_at(self, moment: datetime) -> None:
        """There is work left that may start at `moment`."""
        self.not_before = min(self.not_before, moment) if self.not_before else moment

    def lines_of(self, document: SourceDocument, loads: Callable[[str], Raw]) -> Raw:
        """The stored document; not taken apart once more where this slice has just read it."""
        fingerprint, raw = self.just_read.get(document.pk, ("", {}))
        return raw if fingerprint and fingerprint == document.detail_fingerprint else loads(document.detail)


def back_off(failures: int) -> int:
    """How many seconds something waits that failed so many times in a row."""
    return _BACK_OFF[min(max(failures, 1), len(_BACK_OFF)) - 1]


def in_seconds(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
