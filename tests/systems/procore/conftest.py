"""A Procore stand-in with a project, and our client on it."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from tests.contract.procore import Bench
from tests.systems.procore.office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    with Sandbox(systems=["procore"], limits=False) as sandbox:
        yield Office(Bench(sandbox))
