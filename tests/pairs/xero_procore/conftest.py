"""A contractor per story: fresh stand-ins over real HTTP, a fresh database."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from tests import copies
from tests.pairs.xero_procore import northline as companies
from tests.pairs.xero_procore.northline import Northline


@pytest.fixture
def stand_ins() -> Iterator[Sandbox]:
    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox, companies.addresses(sandbox):
        yield sandbox


@pytest.fixture
def northline(transactional_db: None, stand_ins: Sandbox) -> Northline:
    return copies.begun("northline", stand_ins, companies.build)
