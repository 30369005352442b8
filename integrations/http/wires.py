"""What the door to the network is given: tokens, pace, a log, a heartbeat. Protocols, no ORM."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Tokens(Protocol):
    def access_token(self) -> str:
        """A token that is valid now, refreshed before if need be; ReconnectError when there is none."""
        ...

    def refused(self, token: str) -> None:
        """The system answered 401 to this token: the next `access_token` must be another one."""
        ...


class Pace(Protocol):
    def take(self, write: bool) -> None:
        """Take one call of the budget, waiting under 2 s for a slot; ThrottledError when it is used up."""
        ...

    def give_back(self) -> None:
        """The call has ended: its slot is free again."""
        ...

    def learn(self, headers: Mapping[str, str], status: int) -> int | None:
        """Correct the budget by what an answer's headers say (E23). The seconds of pause, if it was a refusal."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call without its contents (E26). `template` is the path without ids, `ms` in milliseconds.

    `status` is None when no answer came, `error_name` the class of what was raised, "" when nothing was.
    """

    system: str
    method: str
    template: str
    status: int | None
    started_at: datetime
    ms: int
    correlation_id: str
    error_name: str


class ExchangeLog(Protocol):
    def note(self, exchange: Exchange) -> None: ...


class Heart(Protocol):
    def beat(self) -> None:
        """Called before every call (E28); raises when the slice must start no further one (E27)."""
        ...


class NoTokens:
    """For calls that carry their own credentials: token endpoints."""

    def access_token(self) -> str:
        return ""

    def refused(self, token: str) -> None:
        return


class JustGranted:
    """A token for the few calls of a sign-in, which end before it does: never renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def refused(self, token: str) -> None:
        return


class NoPace:
    def take(self, write: bool) -> None:
        return

    def give_back(self) -> None:
        return

    def learn(self, headers: Mapping[str, str], status: int) -> None:
        return


class NoLog:
    def note(self, exchange: Exchange) -> None:
        return


class NoHeart:
    def beat(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything a client's calls are wired to; the defaults wire to nothing, for sign-in calls and tests."""

    tokens: Tokens = field(default_factory=NoTokens)
    pace: Pace = field(default_factory=NoPace)
    log: ExchangeLog = field(default_factory=NoLog)
    heart: Heart = field(default_factory=NoHeart)
    deadline_seconds: float | None = None
