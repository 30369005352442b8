"""The door looks at a clock that replies can move on."""

import pytest

from integrations.http import connection, wire
from tests.systems.http.scripted import clock


@pytest.fixture(autouse=True)
def _looks_at_our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "ahead", 0.0)
    for module in (connection, wire):
        monkeypatch.setattr(module, "time", clock)
