"""Faults on demand: which request meets which trouble, how many times."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any

from .exchange import Asked, Json

# Played around the stand-in, which knows nothing of it.
OUTER_EFFECTS = frozenset(
    {"lose_answer", "refuse", "status", "status_after_commit", "delay", "delay_before"}
    | {"cut_body", "html", "malformed", "hang"}
)
# Done to the stand-in's tokens before it looks at the request.
TOKEN_EFFECTS = frozenset({"expire_token", "revoke_token"})
# Handed to the stand-in as `asked.effect`.
INNER_EFFECTS = frozenset({"duplicate_row", "endless_next", "ignore_filter"})
EFFECTS = OUTER_EFFECTS | TOKEN_EFFECTS | INNER_EFFECTS | {"suspend"}


@dataclass(slots=True)
class Fault:
    """One trouble. `path` and `query` are regular expressions that are searched, `contains` is text in the
    request's body, `times` -1 means until deleted, the first `skip` matching requests pass unharmed."""

    system: str
    effect: str
    method: str = ""
    path: str = ""
    query: str = ""
    contains: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 60.0
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    id: int = 0
    taken: int = 0
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"unknown effect {self.effect!r}; known are {', '.join(sorted(EFFECTS))}")
        for pattern in (self.path, self.query):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None

    @property
    def spent(self) -> bool:
        return self.times >= 0 and self.taken >= self.times

    def matches(self, system: str, asked: Asked) -> bool:
        if self.spent or self.system != system or (self.method and self.method != asked.method):
            return False
        if not re.search(self.path, asked.path) or self.contains.encode() not in asked.body:
            return False
        return not self.query or bool(re.search(self.query, _query_text(asked)))

    def as_json(self) -> Json:
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "released"}
        return {**shown, "spent": self.spent}


def _query_text(asked: Asked) -> str:
    return "&".join(f"{name}={value}" for name, values in asked.query.items() for value in values)


class FaultList:
    """All faults of the sandbox. Spent ones stay until deleted, so that a hanging call can be let go."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = count(1)
        self._lock = threading.Lock()
        self._active = False

    def add(self, system: str, effect: str, **details: Any) -> Fault:
        """Add a fault; raises ValueError or TypeError for an unknown effect, pattern or detail."""
        if effect == "suspend":
            details.setdefault("times", -1)
        fault = Fault(system, effect, **details)
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
            self._active = True
        return fault

    def take(self, system: str, asked: Asked) -> Fault | None:
        """The first fault that meets this request, counted as taken; None is the usual answer."""
        if not self._active:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.matches(system, asked):
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.taken += 1
                    return fault
            self._active = any(not fault.spent for fault in self._faults)
        return None

    def listed(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def remove(self, fault_id: int) -> bool:
        """Delete one fault and let go what hangs on it."""
        return self._remove(lambda fault: fault.id == fault_id)

    def clear(self, system: str = "") -> None:
        """Delete all faults (of one system) and let go what hangs on them."""
        self._remove(lambda fault: not system or fault.system == system)

    def _remove(self, chosen: Any) -> bool:
        with self._lock:
            gone = [fault for fault in self._faults if chosen(fault)]
            self._faults = [fault for fault in self._faults if not chosen(fault)]
            self._active = any(not fault.spent for fault in self._faults)
        for fault in gone:
            fault.released.set()
        return bool(gone)
