"""Asking, deciding, lapsing: one way for everything that people decide (E11, A92, A93, A95)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from audit.models import Entry
from integrations.engine import decision_kinds, decisions
from integrations.models import Decision, FourEyesError
from tests.engine.rows import an_integration
from tests.portal.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db: None) -> User:
    return person("anna", "Accounting staff")


@pytest.fixture
def susan(db: None) -> User:
    return person("susan", "Supervisor")


def asked(by: User | None, kind: str = "pass-pause", content: str = "c1", **more: Any) -> Decision:
    return decisions.ask(kind, "record", 17, content, by, "two deliveries", label="Order PF17", **more)


def test_e11_one_person_asks_and_another_decides(anna: User, susan: User) -> None:
    decision = asked(anna)
    assert decision.is_pending
    assert decisions.in_force("pass-pause", "record", 17, "c1") is None
    assert decisions.decide(decision, susan, True, "seen both invoices") == "approved."
    found = decisions.in_force("pass-pause", "record", 17, "c1")
    assert found is not None
    assert (found.asked_by, found.decided_by, found.asked_because) == (anna, susan, "two deliveries")
    told = Entry.objects.filter(subject_kind="record", subject_id="17").values_list("action", "actor_label")
    assert list(told) == [("decision.asked", "anna"), ("decision.approved", "susan")]


def test_a95_nobody_decides_what_they_asked_for_administrators_included(db: None) -> None:
    root = User.objects.create_superuser("root")
    decision = asked(root)
    with pytest.raises(FourEyesError, match="you asked for this yourself"):
        decisions.decide(decision, root, True, "in a hurry")
    decision.refresh_from_db()
    assert decision.is_pending


def test_a95_nobody_decides_what_they_had_a_hand_in(susan: User, anna: User) -> None:
    decision = asked(anna, kept_out=[susan.pk])
    with pytest.raises(FourEyesError, match="edited or mapped"):
        decisions.decide(decision, susan, True, "it is fine")
    assert decisions.why_not(susan, decision).startswith("A second person must decide")


def test_e11_the_table_itself_refuses_one_person_in_both_places(susan: User) -> None:
    decision = asked(susan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(decided_by=susan, approved=True)


def test_a93_what_takes_two_is_not_taken_by_one_alone(susan: User) -> None:
    with pytest.raises(FourEyesError, match="nobody asked"):
        decisions.record("post-beside", "record", 17, "c1", susan, "alone")


def test_e11_a_one_person_installation_decides_alone_and_every_decision_says_so(susan: User, settings: Any) -> None:
    settings.SECOND_PERSON = False
    decision = asked(susan)
    assert decisions.decide(decision, susan, True, "there is only me") == "approved."
    decision.refresh_from_db()
    assert decision.second_person is False
    assert Entry.objects.get(action="decision.approved").details["second_person"] is False


def test_the_kinds_permission_is_asked(anna: User) -> None:
    decision = asked(person("berta", "Accounting staff"))
    with pytest.raises(PermissionDenied):
        decisions.decide(decision, anna, True, "looks good")
    assert decisions.why_not(anna, decision) == "Your role may not decide this."


def test_a92_other_content_or_another_choice_is_another_decision(anna: User, susan: User) -> None:
    first = asked(anna, choice={"date": "2026-10-01"})
    assert asked(anna, choice={"date": "2026-10-01"}) == first
    second = asked(anna, choice={"date": "2026-10-02"})
    first.refresh_from_db()
    assert first.lapsed_at is not None
    assert decisions.pending("record", 17) == [second]
    decisions.decide(second, susan, True, "agreed")
    assert decisions.in_force("pass-pause", "record", 17, "c2") is None


def test_who_asked_may_take_it_back(anna: User) -> None:
    decision = asked(anna)
    assert decisions.decide(decision, anna, False, "") == "taken back."
    assert decisions.pending("record", 17) == []


def test_a_decision_is_taken_once(anna: User, susan: User) -> None:
    decision = asked(anna)
    decisions.decide(decision, susan, False, "it is the same invoice")
    assert decisions.decide(decision, person("sven", "Supervisor"), True, "no") == "was already decided, or lapsed."
    assert Decision.objects.get().approved is False


def test_a95_it_is_said_who_is_left_to_decide(anna: User, susan: User) -> None:
    decision = asked(susan)
    assert list(decisions.others_who_could(decision)) == []
    sven = person("sven", "Supervisor")
    assert list(decisions.others_who_could(decision)) == [sven]


def test_e11_setup_counts_those_who_see_the_integration(susan: User) -> None:
    integration, other = an_integration("Mine"), an_integration("Other")
    other.limited_to.add(susan)
    assert list(decisions.people_who_could("integrations.approve_record", integration)) == []
    assert list(decisions.people_who_could("integrations.approve_record", other)) == [susan]
    assert list(decisions.people_who_could("integrations.approve_record")) == [susan]


def test_every_kind_names_a_permission_that_exists() -> None:
    from django.contrib.auth.models import Permission

    known = {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}
    assert {kind.permission for kind in decision_kinds.KINDS.values()} <= known
