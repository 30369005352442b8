"""What every stand-in of an outside system has in common."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from .clock import Clock
from .exchange import Answer, Asked, Json
from .faults import FaultList
from .log import RequestLog


class StandIn:
    """One outside system, held in memory.

    `answer` is called with `lock` held, so state changes are never half seen; waiting (delays, hanging)
    happens outside it. A subclass names its `slug`, its own knobs, its routes, collections and conveniences.
    """

    slug: ClassVar[str] = ""
    # Knobs of POST /settings/<system>, with their defaults; a subclass adds its own to these.
    KNOBS: ClassVar[Mapping[str, Any]] = {"limits": True, "answer_after": 0.0, "log_answers": False}
    # Methods that POST /do/<system>/<name> may call with keyword arguments.
    CONVENIENCES: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, clock: Clock, faults: FaultList, *, limits: bool = True) -> None:
        self.clock = clock
        self.faults = faults
        self.lock = threading.RLock()
        self.log = RequestLog()
        self.in_flight: Counter[str] = Counter()  # by `crowd`, the request being answered included
        self.knobs: dict[str, Any] = {**self.KNOBS, "limits": limits}
        self.url = ""  # where it listens, without a trailing slash; set by the sandbox
        self.reset()

    @property
    def limits_on(self) -> bool:
        return bool(self.knobs["limits"])

    def turn(self, **knobs: Any) -> None:
        """Set knobs; raises ValueError for a name the stand-in does not have."""
        unknown = sorted(knobs.keys() - self.KNOBS.keys())
        if unknown:
            raise ValueError(f"{self.slug} has no knob {', '.join(unknown)}; it has {', '.join(self.KNOBS)}")
        self.knobs.update(knobs)

    # What a subclass must have

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything: empty system, known credentials, no tokens."""
        raise NotImplementedError

    def collections(self) -> dict[str, dict[str, Json]]:
        """Live records by collection name and key, in the shape the system sends them."""
        raise NotImplementedError

    def put(self, collection: str, record: Json) -> Json:
        """Add or replace a record as it is; raises KeyError for an unknown collection."""
        raise NotImplementedError

    def remove(self, collection: str, key: str) -> None:
        """Make a record vanish without a trace; raises KeyError where there is none."""
        raise NotImplementedError

    def dump(self) -> Json:
        """Everything needed to go on after a restart, JSON-able."""
        raise NotImplementedError

    def load(self, state: Json) -> None:
        raise NotImplementedError

    # What a subclass may have

    def load_company(self, today: date) -> None:
        """Fill the system with the seeded company (see `company/`)."""

    def crowd(self, asked: Asked) -> str:
        """Whose requests are counted together for a limit on requests at one time."""
        return ""

    def expire_tokens(self) -> None:
        """Access tokens issued so far have expired."""

    def revoke_tokens(self) -> None:
        """Access and refresh tokens issued so far are worth nothing."""

    def suspended(self, asked: Asked) -> Answer:
        """What a suspended customer is answered."""
        return Answer.json({"detail": "Access suspended."}, 403)
