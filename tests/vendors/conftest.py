"""A world per story, with vendors that are kept in step."""

from collections.abc import Iterator

import pytest

from integrations.models import Integration, VendorPolicy
from integrations.sandbox import Sandbox
from tests import copies
from tests import world as worlds
from tests.vendors.office import Office


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as running, worlds.addresses(running):
        yield running


@pytest.fixture
def unconfirmed(transactional_db: None, sandbox: Sandbox) -> Office:
    """Before its first run."""
    return copies.begun("vendors", sandbox, _with_vendors)


@pytest.fixture
def office(transactional_db: None, sandbox: Sandbox) -> Office:
    return copies.begun("vendors confirmed", sandbox, _confirmed)


def _with_vendors(sandbox: Sandbox) -> Office:
    office = Office(worlds.build(sandbox))
    Integration.objects.update(vendors=VendorPolicy.BOTH)
    sandbox.xero.add_currency("CAD", tenant=office.world.tenant)
    worlds.read_lists(office.world.integration)
    return office


def _confirmed(sandbox: Sandbox) -> Office:
    office = _with_vendors(sandbox)
    office.starts()
    return office
