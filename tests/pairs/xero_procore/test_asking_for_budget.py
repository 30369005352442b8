"""Who works on held orders asks for an approval with a note; whoever may give it is told."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from integrations.desk.today import today
from integrations.engine import decisions, record_decisions
from integrations.engine.projects import asking
from integrations.models import BudgetCheck, Decision, FourEyesError, Record, Work
from integrations.sandbox.contractor.order_cases import ORDERS
from portal.alerts.models import Alert, Delivery
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = pytest.mark.sqlite
OVER = [number for number, case in ORDERS.items() if case.reason == "over-budget"]
NOTE = "The client pays for it."


@pytest.fixture
def held(northline: Northline) -> list[Record]:
    northline.only(*OVER).run()
    found = Record.objects.filter(hold_reason="over-budget", work=Work.HELD).select_related("integration__target")
    return list(found.order_by("pk"))


def asked_by(who: User, record: Record) -> Decision:
    ((_, said),) = asking.ask([record], who, NOTE)
    assert said == "waits for an approval."
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.APPROVAL, "over-budget")
    return Decision.objects.pending().get(subject_id=str(record.pk))


def client_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def test_a95_staff_ask_whoever_may_approve_is_told_and_nobody_answers_themselves(
    northline: Northline, held: list[Record]
) -> None:
    anna, susan, sven = (person(*each) for each in PEOPLE)
    User.objects.update(email="someone@example.com")
    projects = dict(BudgetCheck.objects.values_list("record", "project"))
    page = reverse("admin:integrations_record_change", args=[held[0].pk])
    act = reverse("admin:integrations_record_act", args=[held[0].pk, "ask-over-budget"])
    assert "Ask for approval" in text(client_of(anna).get(page))
    client_of(anna).post(act, {"confirmed": "yes", "reason": NOTE})
    request = Decision.objects.pending().get()
    assert (request.asked_by, request.asked_because) == (anna, NOTE)
    assert [each.label for each in (today(susan).approvals,)] == ["Waiting for approval"]
    assert today(susan).approvals.count == 1
    shown = text(client_of(susan).get(page))
    for words in ("Asked for approval", NOTE, "Approve over budget"):
        assert words in shown
    assert "Ask for approval" not in text(client_of(anna).get(page))
    assert {each.person for each in Delivery.objects.filter(alert__kind="approval-asked")} == {susan, sven}
    assert NOTE in Alert.objects.filter(kind="approval-asked")[0].text
    ((_, said),) = record_decisions.approve([Record.objects.get(pk=held[0].pk)], susan, "Agreed.")
    assert said == "approved."
    request.refresh_from_db()
    assert (request.approved, request.decided_by, request.asked_by) == (True, susan, anna)
    northline.run()
    assert Record.objects.get(pk=held[0].pk).work == Work.DONE
    elsewhere = next(each for each in held if projects[each.pk] != projects[held[0].pk])
    a_supervisor_who_asked_waits_for_another(elsewhere, susan, sven)


PEOPLE = (("anna", "Accounting staff"), ("susan", "Supervisor"), ("sven", "Supervisor"))


def a_supervisor_who_asked_waits_for_another(record: Record, susan: User, sven: User) -> None:
    request = asked_by(susan, record)
    ((_, said),) = record_decisions.approve([record], susan, "I need it.")
    assert said.startswith("is not approved. A second person must decide")
    with pytest.raises(FourEyesError):
        Decision.objects.filter(pk=request.pk).get().__class__(
            kind=request.kind, asked_by=susan, decided_by=susan, approved=True, content_hash="x"
        ).save()
    assert decisions.decide(request, sven, True, "Agreed.") == "approved."
    record.refresh_from_db()
    assert record.work == Work.WAITING


def test_a88_a_request_is_taken_back_refused_or_lapses_with_what_it_was_about(
    northline: Northline, held: list[Record]
) -> None:
    anna, susan, _ = (person(*each) for each in PEOPLE)
    record = held[0]
    before = record.explanation
    request = asked_by(anna, record)
    assert decisions.decide(request, anna, False, "") == "taken back."
    record.refresh_from_db()
    assert (record.work, record.explanation) == (Work.HELD, before)
    assert decisions.decide(asked_by(anna, record), susan, False, "Not this year.") == "refused."
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.HELD, "over-budget")
    check, procore = BudgetCheck.objects.get(record=record), northline.sandbox.procore
    request, code = asked_by(anna, record), check.figures[0]["name"]
    procore.change_budget(int(check.project), code, modification="-1")
    assert "has grown" in decisions.decide(request, susan, True, "Agreed.")
    request.refresh_from_db()
    record.refresh_from_db()
    assert (request.lapsed_because, record.work) == ("The excess has grown since it was asked for.", Work.HELD)
    request = asked_by(anna, record)
    procore.change_budget(int(check.project), code, modification="1000000")
    northline.run()
    record.refresh_from_db()
    request.refresh_from_db()
    assert (record.work, request.lapsed_because) == (Work.DONE, "the budget has room for it now")


def test_who_may_not_work_on_held_orders_may_not_ask(northline: Northline, held: list[Record]) -> None:
    aude = person("aude", "Auditor")
    with pytest.raises(PermissionDenied):
        asking.ask([held[0]], aude, NOTE)
    act = reverse("admin:integrations_record_act", args=[held[0].pk, "ask-over-budget"])
    assert client_of(aude).post(act, {"confirmed": "yes", "reason": NOTE}).status_code == 403
    ((_, said),) = asking.ask([held[0]], person("anna", "Accounting staff"), " ")
    assert said == "needs a note that says why."
    ((_, said),) = asking.ask([held[0]], User.objects.get(username="anna"), NOTE)
    assert said.startswith("waits for an approval, but nobody else here may give it.")
    assert not Delivery.objects.filter(alert__kind="approval-asked").exists()
