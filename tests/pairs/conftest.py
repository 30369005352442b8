"""A world per story: fresh stand-ins over real HTTP, a fresh database."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from tests import copies
from tests import world as worlds
from tests.pairs import minutes


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as running, worlds.addresses(running):
        yield running


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> worlds.World:
    return copies.begun("world", sandbox, worlds.build)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> minutes.Worker:
    """In the place of django-q2's cluster: the test says when it works."""
    return minutes.hire(monkeypatch)
