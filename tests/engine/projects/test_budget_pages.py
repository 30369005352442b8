"""What the desk shows of an order that is over its project's budget, and whom it lets approve it (A88, A95)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import BudgetCheck, Decision, Record, Work
from tests.engine.projects.site import Site
from tests.engine.projects.test_budgets import has_left, held_over
from tests.engine.projects.test_commitments import walk
from tests.portal.conftest import person
from tests.portal.consents import text


@pytest.fixture
def susan(db: None) -> User:
    return person("susan", "Supervisor")


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, record: Record) -> str:
    return text(at(user).get(reverse("admin:integrations_record_change", args=[record.pk])))


def approve(user: User, record: Record) -> str:
    address = reverse("admin:integrations_record_act", args=[record.pk, "approve-over-budget"])
    asked = text(at(user).get(address))
    assert "500.00 USD" in asked
    return text(at(user).post(address, {"confirmed": "yes", "reason": "The client pays for it."}, follow=True))


def test_a_supervisor_sees_the_figures_approves_and_finds_the_second_check(site: Site, susan: User) -> None:
    record = held_over(site, "1500.00")
    shown = page(susan, record)
    for words in (site.concrete, "1,000.00 USD", "1,500.00 USD", "500.00 USD", "Approve over budget"):
        assert words in shown
    assert "approved." in approve(susan, record)
    assert "Second check" not in page(susan, record)
    decision = Decision.objects.get()
    asked = text(at(susan).get(reverse("admin:integrations_decision_change", args=[decision.pk])))
    assert f"{site.concrete}: 1,000.00 USD left, 1,500.00 needed, 500.00 too much" in asked
    walk(site, record, site.commitment(record, "1500.00"))
    assert (record.work, BudgetCheck.objects.exists()) == (Work.DONE, False)
    shown = page(susan, record)
    for words in ("500.00 USD", "Approved by", "The client pays for it.", "Second check", "1,000.00 USD left"):
        assert words in shown


def test_an_approval_that_no_longer_holds_says_why(site: Site, susan: User) -> None:
    record = held_over(site, "1500.00")
    approve(susan, record)
    has_left(site, "900.00")
    walk(site, record, site.commitment(record, "1500.00"))
    shown = page(susan, record)
    assert "600.00 USD" in shown
    assert "No longer holds" in shown
    assert "The excess has grown since it was approved" in shown


def test_a95_whoever_wrote_a_row_of_it_is_told_who_could_approve_it(site: Site, susan: User) -> None:
    person("sven", "Supervisor")
    record = held_over(site, "1500.00")
    BudgetCheck.objects.update(kept_out=[susan.pk])
    shown = page(susan, record)
    assert "A second person must decide" in shown
    assert "Could approve it: sven." in shown
    assert "is not approved. A second person must decide" in approve(susan, record)
    assert not Decision.objects.exists()


def test_it_takes_a_permission_of_its_own(site: Site, susan: User) -> None:
    record = held_over(site, "1500.00")
    anna = person("anna", "Accounting staff")
    shown = page(anna, record)
    assert "Approve over budget" not in shown
    assert "Your role may not approve it." in shown
    assert "Could approve it: susan." in shown
    for slug in ("approve", "approve-over-budget"):
        address = reverse("admin:integrations_record_act", args=[record.pk, slug])
        assert at(anna).post(address, {"confirmed": "yes", "reason": "please"}).status_code == 403
    at(susan).post(reverse("admin:integrations_record_act", args=[record.pk, "approve"]), {"confirmed": "yes"})
    record.refresh_from_db()
    assert record.work == Work.HELD
