"""A sandbox with the smallest stand-in, and a Procurify and a Procore with a caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine

from integrations.sandbox import Sandbox, box
from tests.sandbox.procore_office import ProcoreOffice
from tests.sandbox.procore_specification import specification
from tests.sandbox.procurify_office import ProcurifyOffice
from tests.sandbox.toy import ToyStandIn


class Toy:
    """The sandbox, its stand-in, and calls to its port and to the control port."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def stand_in(self) -> ToyStandIn:
        found = self.sandbox.stand_ins["toy"]
        assert isinstance(found, ToyStandIn)
        return found

    def call(self, method: str = "GET", path: str = "/", **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.sandbox.url('toy')}{path}", timeout=10, **more)

    def control(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.sandbox.control_url}{path}", timeout=10, **more)


@contextmanager
def toy_sandbox(monkeypatch: pytest.MonkeyPatch, state_file: Path | None = None) -> Iterator[Toy]:
    monkeypatch.setattr(box, "STAND_INS", {"toy": "tests.sandbox.toy.ToyStandIn"})
    with Sandbox(state_file=state_file) as sandbox:
        yield Toy(sandbox)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    with toy_sandbox(monkeypatch) as made:
        yield made


@pytest.fixture
def time_stands_still() -> Iterator[None]:
    """A window of calls ends when a test moves the sandbox's clock, and not because the machine was busy."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def procurify() -> Iterator[ProcurifyOffice]:
    with Sandbox(systems=["procurify"]) as sandbox:
        yield ProcurifyOffice(sandbox)


@pytest.fixture
def procore(api_facts: Path) -> Iterator[ProcoreOffice]:
    with Sandbox(systems=["procore"], limits=False) as sandbox:
        office = ProcoreOffice(sandbox, specification(api_facts))
        office.furnish()
        yield office
