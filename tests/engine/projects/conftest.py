"""A site on a stand-in of its own."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from tests.engine.projects import billing
from tests.engine.projects import site as sites
from tests.engine.projects.billing import Billed
from tests.engine.projects.site import Site


@pytest.fixture
def site(db: None) -> Iterator[Site]:
    with Sandbox(systems=["procore"], limits=False) as sandbox, sites.addresses(sandbox):
        yield sites.build(sandbox)


@pytest.fixture
def billed(site: Site) -> Billed:
    return billing.build(site)
