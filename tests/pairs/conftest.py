"""A world per story: fresh stand-ins over real HTTP, a fresh database."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from tests import world as worlds


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as running, worlds.addresses(running):
        yield running


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> worlds.World:
    return worlds.build(sandbox)
