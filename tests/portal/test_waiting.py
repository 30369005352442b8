"""The page of what waits for somebody's yes or no, and each decision's own."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.engine import decisions
from integrations.models import Decision, Integration, Record, Work
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record

pytestmark = pytest.mark.django_db
PAGE = "/integrations/decision/waiting/"


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration()


@pytest.fixture
def susan(db: None) -> User:
    return person("susan", "Supervisor")


def a_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(integration: Integration, by: User, name: str = "Harbor: the paused batch", **more: Any) -> Decision:
    return decisions.ask(
        "pass-pause", "project", 7, "c1", by, "agreed with the owner", integration=integration, label=name,
        amount=Decimal("9000"), currency="USD", **more,
    )  # fmt: skip


def awaiting(integration: Integration, number: str) -> Record:
    why = "1,250.50 USD needs an approval before it is posted: everything needs an approval here."
    return a_held_record(integration, number, work=Work.APPROVAL, hold_reason="awaiting-approval", explanation=why)


def test_what_waits_is_listed_with_amount_who_asked_and_what_it_is_bound_to(
    integration: Integration, susan: User
) -> None:
    asked(integration, person("anna", "Accounting staff"), choice={"project": "Pier 7"})
    awaiting(integration, "PF1")
    page = text(a_client(susan).get(PAGE))
    for said in ("Harbor: the paused batch", "9,000.00 USD", "anna", "agreed with the owner", "Project: Pier 7"):
        assert said in page
    for said in (">PF1<", "1,250.50 USD", "the approval rule", "everything needs an approval here"):
        assert said in page


def test_several_are_decided_at_once_each_by_its_own_rule(integration: Integration, susan: User) -> None:
    mine, others = (
        asked(integration, susan, "Mine"),
        decisions.ask("pass-pause", "project", 8, "c2", None, "rule", integration=integration, label="Others"),
    )
    chosen = {"chosen": [f"decision-{mine.pk}", f"decision-{others.pk}"], "answer": "yes", "reason": "seen"}
    page = text(a_client(susan).post(PAGE, chosen))
    assert "you asked for this yourself" in page
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.approved, others.approved) == (None, True)


def test_nothing_is_decided_without_a_reason(integration: Integration, susan: User) -> None:
    decision = asked(integration, person("anna", "Accounting staff"))
    page = text(a_client(susan).post(PAGE, {"chosen": [f"decision-{decision.pk}"], "answer": "yes"}, follow=True))
    assert "give a reason" in page
    decision.refresh_from_db()
    assert decision.is_pending


def test_whose_role_may_not_decide_cannot_by_a_direct_post_either(integration: Integration) -> None:
    decision, record = asked(integration, person("anna", "Accounting staff")), awaiting(integration, "PF1")
    client = a_client(person("aude", "Auditor"))
    assert 'name="answer"' not in text(client.get(PAGE))
    client.post(PAGE, {"chosen": [f"decision-{decision.pk}"], "answer": "yes", "reason": "x"})
    assert client.post(PAGE, {"chosen": [f"record-{record.pk}"], "answer": "yes", "reason": "x"}).status_code == 403
    one = reverse("admin:integrations_decision_decide", args=[decision.pk])
    assert client.post(one, {"answer": "yes", "reason": "x"}).status_code == 403
    decision.refresh_from_db()
    assert decision.is_pending


def test_a_decisions_page_says_who_could_decide_when_this_person_may_not(integration: Integration, susan: User) -> None:
    decision = asked(integration, susan)
    address = reverse("admin:integrations_decision_change", args=[decision.pk])
    assert "waits until an administrator gives somebody the role" in text(a_client(susan).get(address))
    person("sven", "Supervisor")
    assert "Could decide: sven" in text(a_client(susan).get(address))


def test_a_decision_is_taken_from_its_own_page(integration: Integration, susan: User) -> None:
    decision = asked(integration, person("anna", "Accounting staff"))
    address = reverse("admin:integrations_decision_decide", args=[decision.pk])
    a_client(susan).get(address + "?answer=yes&reason=x")
    decision.refresh_from_db()
    assert decision.is_pending
    a_client(susan).post(address, {"answer": "yes", "reason": "compared both"})
    decision.refresh_from_db()
    assert (decision.approved, decision.reason) == (True, "compared both")


def test_a96_a_removal_is_reviewed_by_somebody_who_did_not_take_it(integration: Integration, susan: User) -> None:
    decision = decisions.record("exclude", "record", 1, "c", susan, "paid in cash", integration=integration)
    address = reverse("admin:integrations_decision_decide", args=[decision.pk])
    a_client(susan).post(address, {"answer": "review"})
    decision.refresh_from_db()
    assert decision.reviewed_at is None
    a_client(person("sven", "Supervisor")).post(address, {"answer": "review"})
    decision.refresh_from_db()
    assert decision.reviewed_by is not None


def test_an_empty_list_says_so(susan: User) -> None:
    assert "Nothing waits for a decision" in text(a_client(susan).get(PAGE))


def test_limited_people_see_and_decide_only_their_integrations(integration: Integration, susan: User) -> None:
    decision, record = asked(integration, person("anna", "Accounting staff")), awaiting(integration, "PF1")
    an_integration("Other").limited_to.add(susan)
    client = a_client(susan)
    assert "Nothing waits for a decision" in text(client.get(PAGE))
    chosen = {"chosen": [f"decision-{decision.pk}", f"record-{record.pk}"], "answer": "yes", "reason": "x"}
    client.post(PAGE, chosen)
    decision.refresh_from_db()
    record.refresh_from_db()
    assert decision.is_pending
    assert record.work == Work.APPROVAL
