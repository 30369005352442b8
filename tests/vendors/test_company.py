"""The seeded company's vendors, through the days of the demo: each case ends where its table says (E38)."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from integrations.models import Integration, Record, VendorSides, Work
from integrations.places import lines
from integrations.sandbox import Sandbox
from integrations.sandbox.company.seed import DOMAIN
from integrations.sandbox.company.vendor_cases import TENANT, VENDOR_CASES
from portal.demonstration import days
from portal.demonstration.surroundings import Control
from tests import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("company")]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(company=True, limits=False) as running, world.addresses(running), override_settings(DEMO=True):
        yield running


@pytest.mark.sqlite
def test_e38_every_vendor_of_the_demo_ends_where_its_case_says(transactional_db: None, sandbox: Sandbox) -> None:
    days.set_up(Control(sandbox.control_url))
    assert days.play(Control(sandbox.control_url)) == []
    found = Record.objects.filter(flow="vendors", integration__name=days.MAIN).exclude(work=Work.COVERED)
    ended = {record.vendor_name.removesuffix(" DO NOT USE"): (record.work, record.hold_reason) for record in found}
    assert {case.id: ended[case.name] for case in VENDOR_CASES} == {
        case.id: (case.work, case.reason) for case in VENDOR_CASES
    }
    created = set(VendorSides.objects.exclude(created_in="").values_list("created_in", flat=True))
    assert created == {"source", "target"}
    assert sandbox.xero.contact("Ballard Bolts", tenant=TENANT)["EmailAddress"] == "ap@ballardbolts.example"
    assert "Harbor Lights Catering" in {row["name"] for row in sandbox.procurify.tenant(DOMAIN).rows("vendors")}
    assert Integration.objects.get(name=days.PAUSED).vendors_confirmed_at is None
    assert all(line.adds_up for line in lines(Integration.objects.all()))
