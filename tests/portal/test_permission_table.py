"""Who may open what and do what: the documented table equals what each role really meets, direct POSTs included."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from audit.models import Entry, Seal
from integrations import installation
from integrations.models import Decision, Exchange, Run, VendorSides
from mappings import models as tables
from mappings.models import Scope
from tests.engine.rows import an_integration
from tests.mappings.company import Company
from tests.mappings.site import CLINIC, Site
from tests.portal import permission_walk
from tests.portal.conftest import person
from tests.portal.desks import a_held_record, flagged, posted
from tests.world import hosts_of

# Who may do what does not hang on the database, and the walk is long.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def furnished(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of everything that has a page; whoever would call outside meets a closed door at once."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")  # whether it opens, not what it shows
    settings.SYSTEM_HOSTS = hosts_of("http://127.0.0.1:9", "http://127.0.0.1:9")
    settings.SECOND_FACTOR = False
    integration = an_integration()
    record = posted(a_held_record(integration, "PF1041")).record
    flagged(record)
    now = timezone.now()
    Run.objects.create(integration=integration, started_at=now)
    Exchange.objects.create(
        connection=integration.target, started_at=now, method="GET", template="/x", status=200, milliseconds=1
    )
    Decision.objects.create(
        kind="exclude", subject_kind="record", subject_id=str(record.pk), integration=integration, content_hash="c"
    )
    vendor = a_held_record(integration, "Northgate", vendor_name="Northgate", hold_reason="vendor-conflict")
    VendorSides.objects.create(integration=integration, record=vendor, source_key="318")
    installation.current()
    call_command("audit_seal")
    User.objects.create_user("another", is_staff=True)
    _tables()


def _tables() -> None:
    company, scope = Company.build(), Scope.objects.latest("pk")
    account, option = company.account("429"), company.entry("tracking_option", "Production")
    tables.AccountRow.objects.create(scope=scope, source_code="6100", target=account)
    tables.TrackingRow.objects.create(scope=scope, dimension="department", source_key="14", target=option)
    tables.TaxRow.objects.create(scope=scope, taxes="no tax", target=company.tax("NONE"))
    tables.ExtraCostRow.objects.create(scope=scope, name="Freight", account=account)
    category = company.entry("tracking_category", "Department")
    tables.RequiredDimension.objects.create(scope=scope, category=category, dimension="department")
    contact = company.contact("c1", "Northgate")
    company.vendor("318", "Northgate")
    tables.VendorLink.objects.create(scope=scope, source_key="318", target=contact, state="confirmed")
    site = Site.build()
    tables.ProjectRow.objects.create(scope=site.scope, source_key="opt-clinic", target=site.project(CLINIC))
    tables.CostCodeRow.objects.create(scope=site.scope, source_code="310", code="03-300.M")
    tables.BudgetLineRow.objects.create(scope=site.scope, source_key="opt-slab", code="03-300.L")


def kept() -> tuple[int, int]:
    return Entry.objects.exclude(action="user.signed_in").count(), Seal.objects.count()


@pytest.mark.parametrize("column", permission_walk.COLUMNS)
def test_e21_the_table_of_permissions_is_what_each_role_meets(column: str, furnished: None, cache: Any) -> None:
    """Where this fails, run `python -m tests.portal.write_permissions` and read the difference of PERMISSIONS.md."""
    user = None if column == permission_walk.SIGNED_OUT else person("somebody", column)
    before = kept()
    met = permission_walk.walked(user)
    assert kept() == before, "walking leaves nothing behind"
    cache.set(f"permissions/{column}", met)
    said = permission_walk.documented()[column]
    wrong = {
        name: f"documented {said.get(name, 'not at all')}, met {met.get(name, 'nowhere')}"
        for name in sorted({*met, *said})
        if met.get(name) != said.get(name)
    }
    assert not wrong


def test_the_table_lets_strangers_in_nowhere_but_at_the_door() -> None:
    open_to_all = {name for name, cell in permission_walk.documented()["Signed out"].items() if cell not in ("-", "0")}
    assert open_to_all <= {"login", "health", "metrics", "logout"}


def test_auditors_change_nothing_and_operators_see_no_documents() -> None:
    said = permission_walk.documented()
    assert not [name for name, cell in said["Auditor"].items() if " action " in name and cell == "A"]
    assert said["Operator"]["integrations_record_change"] == "-"
