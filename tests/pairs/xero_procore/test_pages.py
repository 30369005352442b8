"""The pages of an integration into project books: what means something for it is there, what does not is not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse

from audit.models import Entry
from integrations.admin.project_settings import categories
from integrations.engine import decisions
from integrations.models import Decision, Integration, ProjectSettings, Record, Work
from integrations.sandbox import Sandbox
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.contractor import books, seed
from tests.pairs.xero_procore import northline as companies
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own


@pytest.fixture
def northline(db: None, stand_ins: Sandbox) -> Northline:
    """Connected, with its lists; nothing was chosen yet."""
    today = stand_ins.clock.now().date()
    seed.seed_xero(stand_ins.xero, today)
    seed.seed_procore(stand_ins.procore, today)
    integration = companies.connect(stand_ins, Calendar(today))
    companies.read_lists(integration)
    return Northline(stand_ins, integration)


def a_client(role: str = "Integration administrator") -> Client:
    client = Client()
    client.force_login(User.objects.filter(username=role).first() or person(role, role))
    return client


def form_of(integration: Integration, **changes: Any) -> dict[str, Any]:
    values = {
        "name": integration.name,
        "pair": integration.pair,
        "source": integration.source_id,
        "target": integration.target_id,
        "scope": integration.scope_id,
        "start_date": str(integration.start_date),
        "schedule": "manual",
        "every_minutes": 15,
        "cron": "",
        "time_zone": "UTC",
        "vendors": "link",
        "project_settings-TOTAL_FORMS": "1",
        "project_settings-INITIAL_FORMS": "0",
    }
    chosen = {
        "budget_by": "code", "commitment_status": "approved", "deleted_orders": "close", "trigger": "authorised",
        "unlinked": "hold", "requisition_status": "draft", "direct_cost_status": "approved", "orders_every": 15,
        "bills_every": 15, "payments_every": 15, "integration": integration.pk, **changes,
    }  # fmt: skip
    return values | {f"project_settings-0-{name}": value for name, value in chosen.items()}


@pytest.mark.usefixtures("starter_tier")
def test_its_settings_are_those_of_projects_and_leave_an_entry(northline: Northline) -> None:
    integration, desk = northline.integration, a_client()
    address = reverse("admin:integrations_integration_change", args=[integration.pk])
    page = text(desk.get(address))
    assert "Projects are named by" in page
    assert "Bills come from" not in page
    assert "Watch accounts and tracking" in page
    assert "At most 342 calls a day of the 950 that Xero allows" in page
    chosen = next(each for each in categories(integration) if each[1] == books.PROJECT)
    said = text(desk.post(address, form_of(integration, project_category=chosen[0]), follow=True))
    assert "was changed successfully" in said
    assert ProjectSettings.objects.get().project_category == chosen[0]
    told = [each.details["after"] for each in Entry.objects.filter(action="integration.changed")]
    assert any(each.get("project category") == chosen[0] for each in told)


@pytest.fixture
def starter_tier(northline: Northline) -> Iterator[None]:
    with override_settings(PACE={"xero": {**companies.UNLIMITED, "day": 1000}, "procore": companies.UNLIMITED}):
        yield


@pytest.mark.usefixtures("starter_tier")
def test_cadences_that_the_books_have_no_calls_for_are_refused_with_the_arithmetic(northline: Northline) -> None:
    integration = northline.integration
    address = reverse("admin:integrations_integration_change", args=[integration.pk])
    page = text(a_client().post(address, form_of(integration, orders_every=3, bills_every=3)))
    assert "That is 1,110 calls a day: orders 480, payments 96, bills 480, lists and daily readings 54." in page
    assert "Xero allows 950" in page
    assert not ProjectSettings.objects.exists()


def test_a98_what_guards_less_waits_for_a_second_person(northline: Northline) -> None:
    companies.fill_tables(northline.integration)
    Integration.objects.update(trial=True)
    northline.only("MM-2300").run()
    integration, desk = northline.integration, a_client()
    chosen = ProjectSettings.objects.get()
    changes = {
        "id": chosen.pk, "project_category": chosen.project_category, "unlinked": "direct cost", "strict_budget": "on",
    }  # fmt: skip
    values = {**form_of(integration, **changes), "project_settings-INITIAL_FORMS": "1", "why": "Small bills."}
    address = reverse("admin:integrations_integration_change", args=[integration.pk])
    page = text(desk.post(address, values, follow=True))
    assert "Not in force yet: is held until a person links it → is a direct cost." in page
    chosen.refresh_from_db()
    assert (chosen.unlinked, chosen.strict_budget) == ("hold", True)
    decision = Decision.objects.get(kind="project-setting")
    decisions.decide(decision, person("Vera", "Supervisor"), approve=True, reason="Agreed.")
    chosen.refresh_from_db()
    assert chosen.unlinked == "direct cost"


def test_its_records_are_shown_like_any_other(northline: Northline) -> None:
    companies.fill_tables(northline.integration)
    northline.only("MM-2300", "NB-1071", "7391 / NB-1071").run()
    desk = a_client()
    for flow, work in (("purchase-orders", Work.DONE), ("bills", Work.DONE), ("bills", Work.HELD)):
        record = Record.objects.filter(flow=flow, work=work).order_by("pk")[0]
        page = text(desk.get(reverse("admin:integrations_record_change", args=[record.pk])))
        assert record.vendor_name in page
        assert desk.get(reverse("admin:integrations_record_target", args=[record.pk])).status_code == 200
    pages = ["admin:index", "admin:integrations_record_changelist", "admin:integrations_heldrecord_changelist"]
    assert [desk.get(reverse(page)).status_code for page in pages] == [200, 200, 200]
    there = text(desk.get(reverse("admin:integrations_integration_change", args=[northline.integration.pk])))
    assert "In the project" in there
    assert "In the ledger" not in there
    mine = ("change", "preview", "posting")
    for page in mine:
        address = reverse(f"admin:integrations_integration_{page}", args=[northline.integration.pk])
        assert desk.get(address).status_code in (200, 403)


def test_a_reconciliation_is_offered_for_it_and_the_month_end_of_a_ledger_is_not(northline: Northline) -> None:
    desk = a_client("Accounting staff")
    assert "Northline projects" in text(desk.get(reverse("admin:integrations_reportrun_prepare")))
    assert "Northline projects" not in text(desk.get(reverse("month_end")))
