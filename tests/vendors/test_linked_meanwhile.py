"""A person says whose contact a vendor is while a run is at the same vendor: what they said counts (A70, E10)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone

from integrations.engine import clients, leases
from integrations.engine.slice import Slice
from integrations.engine.vendor_sync import deciding, settling
from integrations.engine.vendor_sync.planning import Planner
from integrations.engine.vendor_sync.plans import Keeping, VendorPlan
from integrations.models import Integration, Record, Run, Work
from mappings.models import VendorLink
from tests.vendors.office import Office, somebody
from tests.world import VENDOR

NEW = "Delta Steel"


@pytest.fixture
def at_a_new_contact(office: Office) -> Office:
    """One that would be created in procurement, which nothing was sent of yet."""
    office.contact(NEW)
    Integration.objects.update(trial=True)
    office.run()
    Integration.objects.update(trial=False)
    assert office.record(NEW).work == Work.WAITING
    return office


@contextmanager
def keeping(office: Office) -> Iterator[Keeping]:
    """In the place of a run: with its lease."""
    integration = Integration.objects.get()
    token = leases.claim(Integration, integration.pk, 60)
    assert token is not None
    slice_ = Slice(integration, Run.objects.create(integration=integration, started_at=timezone.now()), token)
    flow = slice_.pair.vendors
    assert flow is not None
    with (
        clients.source_client(integration.source, slice_) as source,
        clients.target_client(integration.target, slice_) as target,
    ):
        yield Keeping(slice_, flow, source, target)


def planned(at: Keeping) -> list[VendorPlan]:
    return Planner(at).plan(list(Record.objects.filter(flow="vendors", work=Work.WAITING)))


def links(office: Office) -> None:
    said = deciding.link(office.sides(NEW), office.sides(VENDOR).source_key, somebody("ana"))
    assert said.startswith("is linked")


def test_a70_whom_a_person_links_while_its_name_is_asked_for_is_not_held_as_taken(at_a_new_contact: Office) -> None:
    office = at_a_new_contact
    with keeping(office) as at:
        plans = planned(at)
        links(office)
        settling.hold_name_taken(at, plans)
    assert office.record(NEW).work == Work.WAITING


def test_a70_whom_a_person_links_while_it_is_looked_up_is_not_linked_to_another(at_a_new_contact: Office) -> None:
    office = at_a_new_contact
    Record.objects.update(look_up_first=True)
    with keeping(office) as at:
        (plan,) = planned(at)
        office.vendor("Delta Steel Works")
        (stored,) = at.source.vendors_named("Delta Steel Works")
        links(office)
        settling.adopt(at, [(plan, stored)])
    assert office.record(NEW).look_up_first
    assert not VendorLink.objects.filter(source_key=stored.source_id).exists()
    Integration.objects.update(lease_token="", lease_until=None)
    office.run()
    assert office.sides(VENDOR).target_key == office.there(NEW)["ContactID"]
