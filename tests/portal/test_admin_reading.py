"""Sections that are only read: runs, calls, requests, decisions; and what no page of any section may show."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from integrations import installation
from integrations.engine.release import replay
from integrations.models import (
    Connection,
    Decision,
    Discrepancy,
    Exchange,
    Flag,
    Installation,
    Integration,
    Record,
    ReportRun,
    Request,
    Run,
    Sweep,
    TokenSet,
)
from integrations.reconciliation import making
from tests.engine.rows import a_connection, an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, flagged, lacking, posted

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
READ_ONLY = (Record, Run, Exchange, Request, Decision, Installation, ReportRun, Flag, Discrepancy, Sweep)
SECTIONS = (Connection, Integration, *READ_ONLY)


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def furnished() -> Integration:
    """One row of everything, with secrets planted wherever there is a place for one."""
    integration = an_integration()
    tokens = TokenSet.objects.create(
        system="xero", subject_digest="s", access_token="PLANTED-access", refresh_token="PLANTED-refresh"
    )
    for connection in (integration.source, integration.target):
        connection.client_id, connection.client_secret = "PLANTED-id", "PLANTED-secret"
        connection.tenant_id, connection.tenant_connection_id = "PLANTED-tenant", "PLANTED-link"
        connection.token_set = tokens
        connection.save()
    record = posted(a_held_record(integration, "PF1041")).record
    flagged(record)
    lacking(record, "account", "6400", "", "", "")
    now = timezone.now()
    Run.objects.create(integration=integration, started_at=now, read=1)
    Exchange.objects.create(
        connection=integration.target, started_at=now, method="GET", template="/Invoices", status=200, milliseconds=9
    )
    Decision.objects.create(
        kind="possible-duplicate",
        subject_kind="record",
        subject_id=str(record.pk),
        integration=record.integration,
        label=f"Order {record.number}",
        content_hash="h",
        approved=True,
    )
    installation.current()
    making.ask(integration, now.date(), User.objects.create_user("paula"))
    Sweep.objects.create(connection=integration.source, side="source", feed="purchase-orders", started_at=now)
    Discrepancy.objects.create(
        connection=integration.target, kind="unknown-document", explanation="Bill X-1 has no record.", opened_at=now
    )
    return integration


def pages_of(model: type[Any]) -> list[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = [reverse(f"{name}_change", args=[row.pk]) for row in model.objects.all()]
    return [reverse(f"{name}_changelist"), *rows]


@pytest.mark.promise(42)
def test_no_page_of_any_section_shows_a_planted_secret(root: Client) -> None:
    integration = furnished()
    record = Record.objects.get()
    pages = [page for model in SECTIONS for page in pages_of(model)]
    pages += [reverse("admin:integrations_connection_disconnect", args=[integration.target.pk])]
    pages += [reverse("admin:integrations_record_act", args=[record.pk, "exclude"])]
    pages += [reverse("admin:integrations_integration_posting", args=[integration.pk])]
    assert len(pages) > 2 * len(SECTIONS)
    for page in pages:
        answer = root.get(page)
        assert answer.status_code == 200, page
        assert "PLANTED" not in text(answer), page


def test_every_section_shows_its_list_without_dumps_of_json(root: Client) -> None:
    furnished()
    for model in SECTIONS:
        page = re.sub(r"<[^>]*>", "", text(root.get(pages_of(model)[0])).partition("<tbody")[2])
        assert not re.search(r"\{(&#x27;|&quot;)", page), model


@pytest.mark.parametrize("model", READ_ONLY)
def test_nothing_can_be_added_changed_or_deleted_even_by_a_superuser(root: Client, model: type[Any]) -> None:
    furnished()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = model.objects.order_by("pk").values()
    before = list(rows)
    row = model.objects.first()
    assert root.get(reverse(f"{name}_add")).status_code == 403
    assert root.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    root.post(reverse(f"{name}_change", args=[row.pk]), {"reason": "x", "failure": "x", "work": "done"})
    assert list(rows.all()) == before
    assert not admin.site._registry[model].has_change_permission(root.get("/").wsgi_request)


@pytest.mark.parametrize("model", [Run, Exchange, Request, Decision, Record, Connection, Integration])
def test_limited_people_see_only_what_belongs_to_their_integrations(model: type[Any]) -> None:
    """E14, for every section that has rows of an integration."""
    furnished()
    auditor = person("aude", "Auditor")
    client = Client()
    client.force_login(auditor)
    rows, elsewhere = pages_of(model)[1:], an_integration("Elsewhere")
    own = {page for page in rows if client.get(page).status_code == 200}
    assert own == set(rows)
    elsewhere.limited_to.add(auditor)
    assert {client.get(page).status_code for page in rows} <= {302, 404}
    listed = text(client.get(pages_of(model)[0]))
    assert not [page for page in rows if page in listed]
    for integration in Integration.objects.exclude(pk=elsewhere.pk):
        integration.limited_to.add(auditor)
    assert {client.get(page).status_code for page in rows} == {200}


def test_a_decision_names_its_record_by_number(root: Client) -> None:
    furnished()
    page = text(root.get("/integrations/decision/"))
    assert ">Order PF1041</a>" in page
    assert "possible duplicate" in page


def test_a_request_lists_what_it_carried(root: Client) -> None:
    furnished()
    page = text(root.get(pages_of(Request)[1]))
    assert ">PF1041</a>" in page
    assert "1,250.50" in page


# The installation


def in_doubt() -> None:
    installation.current()
    Installation.objects.update(site="https://the-original.example")
    installation.forget()
    assert installation.in_doubt()


def test_a_copy_posts_only_after_a_supervisor_has_confirmed() -> None:
    record = a_held_record(an_integration(), "PF1")
    in_doubt()
    client = Client()
    client.force_login(person("susan", "Supervisor"))
    page = text(client.get(pages_of(Installation)[1]))
    assert "the-original.example" in page
    asked = text(client.get("/integrations/installation/confirm/"))
    assert "1 record without a document of ours" in asked
    assert installation.in_doubt()
    client.post("/integrations/installation/confirm/")
    assert installation.in_doubt() is None
    record.refresh_from_db()
    assert record.look_up_first


def test_nobody_else_confirms_a_copy() -> None:
    in_doubt()
    for role in ("Accounting staff", "Integration administrator", "Auditor", "Operator"):
        client = Client()
        client.force_login(person(role.split()[0].lower(), role))
        assert client.post("/integrations/installation/confirm/").status_code == 403
    assert installation.in_doubt()


# The story


@pytest.mark.promise(29)
def test_the_story_of_a_document_is_printed_oldest_first(capsys: pytest.CaptureFixture[str]) -> None:
    record = a_held_record(an_integration(), "PF1041")
    a_held_record(record.integration, "PF1042")

    replay([record], User.objects.create_user("anna"))
    call_command("story", "PF1041")
    held, replayed = capsys.readouterr().out.splitlines()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  Order PF1041 was held as missing mapping: Account", held)
    assert replayed.endswith("Order PF1041 was replayed: it will be read and translated again (by anna)")
    assert Entry.objects.filter(document="PF1041").count() == 2


@pytest.mark.parametrize(
    ("number", "asked"), [("P" * 255, "P" * 255), ("PF\u00a01041", "PF\u00a01041"), ("PF7", "pf7")]
)
def test_the_story_is_found_by_the_number_as_the_source_writes_it(
    capsys: pytest.CaptureFixture[str], number: str, asked: str
) -> None:
    replay([a_held_record(an_integration(), number)], User.objects.create_user("anna"))
    call_command("story", asked)
    assert "was replayed" in capsys.readouterr().out


def test_a_document_nobody_knows_has_no_story() -> None:
    a_connection()
    with pytest.raises(CommandError, match="Nothing is known of a document PF9") as error:
        call_command("story", "PF9")
    assert error.value.returncode == 1
