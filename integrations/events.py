"""What other apps may listen to. Each signal is sent in the transaction of what happened, and no listener can undo it.

A listener's failure is logged and rolled back alone: telling people must never stop the books.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger("counterfoil.events")

# run: Run, finished or between two slices; cause: the row among the explanations, "" when all went well
run_closed = Signal()
# connection: Connection, as saved; before: Health
health_changed = Signal()
# integration: Integration that has not had a good run for two of its cadences; since: datetime | None
integration_silent = Signal()
# connection: Connection whose webhooks no longer come, or come again; since: datetime of the last one
webhooks_silent = Signal()
webhooks_heard = Signal()
# verification: audit.findings.Verification
trail_verified = Signal()
# connection: Connection; found: Sequence[Discrepancy], new ones, all at once
discrepancies_found = Signal()
# decision: Decision that somebody asked for; people: Sequence[User] who could take it
approval_asked = Signal()
# now: datetime; once a minute, outside a transaction
ticked = Signal()


def listen(signal: Signal, told: Callable[..., None]) -> Callable[[], object]:
    """Have `told` called with what the signal carries, in a savepoint of its own. The answer ends it."""

    def heard(sender: object, signal: Signal, **facts: Any) -> None:
        with transaction.atomic():
            told(**facts)

    name = f"{told.__module__}.{told.__qualname__}"
    signal.connect(heard, weak=False, dispatch_uid=name)
    return partial(signal.disconnect, dispatch_uid=name)


def tell(signal: Signal, **facts: Any) -> None:
    """Send it; what a listener raises is logged."""
    for _, outcome in signal.send_robust(sender=None, **facts):
        if isinstance(outcome, Exception):
            logger.error("somebody could not be told: %s", type(outcome).__name__, exc_info=outcome)
