"""A record's page: both documents side by side, line by line, and the other documents of the same spend."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from integrations.models import Billing, BillingStage, OrderLine, Posting, Record, Work
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, posted
from tests.world import World, line


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with Sandbox(limits=False) as running, worlds.addresses(running):
        yield worlds.build(running)


def a_client(role: str = "Accounting staff") -> Client:
    client = Client()
    client.force_login(person("someone", role))
    return client


def page(client: Client, record: Record, name: str = "change") -> Any:
    return client.get(reverse(f"admin:integrations_record_{name}", args=[record.pk]))


@pytest.mark.promise(29)
def test_both_documents_stand_side_by_side_as_tables(world: World) -> None:
    world.order("PF1")
    world.run()
    client, record = a_client(), world.record("PF1")
    shown = text(page(client, record))
    assert "Nitrile gloves M" in shown
    assert reverse("admin:integrations_record_target", args=[record.pk]) in shown
    there = text(page(client, record, "target"))
    assert "Exactly this was sent." in there
    assert "400 " in there
    assert "Department: Production" in there
    assert "TAX005 GST on Purchases" in there
    assert "525.00 USD" in there
    assert "differs" not in there


def test_the_page_leads_into_both_systems(world: World, settings: Settings) -> None:
    """Procurify does not say where its documents are: its own pages, and what to look for. Stand-ins have no pages."""
    world.order("PF1")
    world.run()
    client, record = a_client(), world.record("PF1")
    assert "look for PF1" not in text(page(client, record))
    settings.SYSTEM_HOSTS = {}
    shown = text(page(client, record))
    assert f'href="https://{worlds.DOMAIN}.procurify.com"' in shown
    assert "look for PF1" in shown
    assert f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={world.bill('PF1')['InvoiceID']}" in shown


def test_a_changed_source_shows_what_stands_and_what_would_be_sent(world: World) -> None:
    world.order("PF1")
    world.run()
    record = world.record("PF1")
    Posting.objects.update(target_total=Decimal("525.00"))
    world.integration.trial = True
    world.integration.save()
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="41")])
    world.run()
    there = text(page(a_client(), record, "target"))
    assert "The source or a table has changed since it was sent" in there
    assert "525.00 stands there, 538.13 would be sent." in there


def test_what_cannot_be_translated_says_so_and_names_everything_missing_at_once(world: World) -> None:
    world.order("PF1", lines=[line(account="6998"), line(name="Rope", account="6999")])
    world.run()
    client, record = a_client(), world.record("PF1")
    shown = text(page(client, record))
    assert shown.count("Add it") == 2
    assert "source_code=6998" in shown
    assert "source_code=6999" in shown
    assert "It cannot be translated yet" in text(page(client, record, "target"))


@pytest.mark.django_db
def test_a_bug_in_translating_leaves_the_page_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    record = a_held_record(an_integration(), "PF1")

    def broken(_record: Record) -> None:
        raise ZeroDivisionError("inner words")

    monkeypatch.setattr("integrations.admin.record_target.rehearse", broken)
    answer = page(a_client(), record, "target")
    assert answer.status_code == 200
    assert "inner words" not in text(answer)


@pytest.mark.django_db
def test_e14_the_targets_side_is_closed_to_whoever_may_not_see_the_record() -> None:
    record, client = a_held_record(an_integration(), "PF1"), a_client()
    an_integration("Mine").limited_to.add(User.objects.get(username="someone"))
    assert page(client, record, "target").status_code == 404
    operator = Client()
    operator.force_login(person("olga", "Operator"))
    assert page(operator, record, "target").status_code == 403


# The same spend


@pytest.mark.django_db
def test_a8_an_order_shows_ordered_billed_and_what_is_still_in_its_draft_and_leads_to_its_bills() -> None:
    integration = an_integration()
    order = posted(a_held_record(integration, "PF1", work=Work.DONE, hold_reason="")).record
    OrderLine.objects.create(record=order, item="7", position=0, ordered=1000, billed=400, drafted=600)
    bill = a_bill(integration, "INV-9")
    Billing.objects.create(
        bill=bill, order=order.document.source_id, item="7", net=Decimal(400), stage=BillingStage.POSTED
    )
    client = a_client()
    shown = text(page(client, order))
    assert "The same spend" in shown
    for figure in ("1,000.00", "400.00 USD net", "600.00"):
        assert figure in shown
    assert reverse("admin:integrations_record_change", args=[bill.pk]) in shown
    back = text(page(client, bill))
    assert reverse("admin:integrations_record_change", args=[order.pk]) in back


@pytest.mark.django_db
def test_a3_a_bill_shows_an_order_that_was_not_read_yet() -> None:
    integration = an_integration()
    bill = a_bill(integration, "INV-9")
    Billing.objects.create(bill=bill, order="unread", item="7", net=Decimal(400))
    shown = text(page(a_client(), bill))
    assert "An order that was not read yet" in shown


def a_bill(integration: Any, number: str) -> Record:
    bill = a_held_record(integration, number, work=Work.DONE, hold_reason="")
    Record.objects.filter(pk=bill.pk).update(flow="bills")
    bill.refresh_from_db()
    return bill
