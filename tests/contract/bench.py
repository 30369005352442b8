"""What the contract suite needs to know of a system to put its client through its paces.

Adding a system: one module here named after its slug, with a class `Bench`. The suite finds it by itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

import pytest

from integrations.http import Exchange, Wiring
from integrations.sandbox import Sandbox
from integrations.systems import system
from integrations.systems.facts import System
from integrations.systems.paging import Page

Json = dict[str, Any]


@dataclass
class Wires:
    """Tokens that are fetched from the stand-in when refused, and everything a client noted."""

    fetch: Callable[[], str]
    token: str = ""
    tokens: list[str] = field(default_factory=list)
    refusals: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    def access_token(self) -> str:
        if not self.token:
            self.token = self.fetch()
            self.tokens.append(self.token)
        return self.token

    def refused(self, token: str) -> None:
        self.refusals += 1
        self.token = ""

    def take(self, write: bool) -> None:
        return

    def give_back(self) -> None:
        return

    def learn(self, headers: Mapping[str, str], status: int) -> None:
        return

    def note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def beat(self) -> None:
        return

    def wiring(self, deadline: float | None = None) -> Wiring:
        return Wiring(self, self, self, self, deadline)


class Bench(ABC):
    """One system's stand-in with a few records, and its client on it."""

    slug: ClassVar[str]
    # The list that the paging tests walk, as the stand-in sees its path.
    feed_path: ClassVar[str]
    # The one path that writes may go to, and its method; "" where the connector writes nothing.
    write_path: ClassVar[str] = ""
    write_method: ClassVar[str] = ""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.wires = Wires(self.fetch_token)
        self.prepare()

    @property
    def facts(self) -> System:
        return system(self.slug)

    @property
    def secrets(self) -> set[str]:
        """Whatever must never be told: tokens, credentials, keys of companies."""
        return {*self.wires.tokens, *self.credentials()}

    @abstractmethod
    def credentials(self) -> set[str]: ...

    @abstractmethod
    def fetch_token(self) -> str: ...

    @abstractmethod
    def prepare(self) -> None:
        """Put the stand-in's company in place."""

    @abstractmethod
    def urls(self) -> Mapping[str, str]: ...

    @abstractmethod
    def open(self, urls: Mapping[str, str] | None = None, deadline: float | None = None) -> Any:
        """A client of the company; `urls` are other addresses than the stand-in's."""

    @abstractmethod
    def make_pages_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ten rows of the feed to a page."""

    @abstractmethod
    def fill(self, count: int) -> set[str]:
        """Make so many records of the feed; returns their ids."""

    @abstractmethod
    def walk(self, client: Any, *, recent: bool = False) -> Iterator[Page[Any]]:
        """The feed from its beginning, or (`recent`) of what changed lately only."""

    @abstractmethod
    def old_record(self) -> None:
        """A record that changed long ago, which an incremental read must not show."""

    @abstractmethod
    def everything(self, client: Any) -> None:
        """Every call that the client can make, once."""

    def write(self, client: Any, name: str) -> Any:
        """Write one document of that name; what came of it."""
        raise NotImplementedError

    def written(self, name: str) -> int:
        """How many documents of that name stand in the stand-in."""
        raise NotImplementedError

    def found(self, client: Any, name: str) -> int:
        """How many the client finds by our own reference."""
        raise NotImplementedError

    def requests(self) -> list[Json]:
        """What the stand-in received, but for sign-in calls."""
        return [entry for entry in self.sandbox.log(self.slug) if not self.is_sign_in(entry["path"])]

    def specified(self) -> list[Json]:
        """The requests that the system's specification should know."""
        return self.requests()

    def is_sign_in(self, path: str) -> bool:
        return "/connect/" in path or path.endswith("/oauth/token")


def kind_of(slug: str) -> type[Bench]:
    """The bench of a system; an AttributeError or ImportError says that it has none yet."""
    kind: type[Bench] = import_module(f"tests.contract.{slug}").Bench
    return kind


def bench_of(slug: str, sandbox: Sandbox) -> Bench:
    return kind_of(slug)(sandbox)
