"""What people add to records, and the lists they find them in again (E18)."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from integrations.models import Attachment, Flag, Integration, Look, Record, SavedFilter, Work
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, flagged, posted

pytestmark = pytest.mark.django_db
HELD, RECORDS = "/integrations/heldrecord/", "/integrations/record/"


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration()


@pytest.fixture
def desk(accountant: User) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


def does(client: Client, record: Record, what: str, *more: int, **answer: Any) -> Any:
    return client.post(reverse(f"admin:integrations_record_{what}", args=[record.pk, *more]), answer, follow=True)


def numbers(client: Client, address: str) -> set[str]:
    page = text(client.get(address))
    return {number for number in Record.objects.values_list("number", flat=True) if f">{number}<" in page}


# Held


@pytest.mark.promise(24)
def test_held_shows_what_waits_for_people_and_nothing_else(desk: Client, integration: Integration) -> None:
    a_held_record(integration, "PF1")
    a_held_record(integration, "PF2", work=Work.APPROVAL, hold_reason="awaiting-approval")
    a_held_record(integration, "PF3", work=Work.WAITING, hold_reason="")
    posted(a_held_record(integration, "PF4", work=Work.DONE, hold_reason=""))
    assert numbers(desk, HELD) == {"PF1", "PF2"}
    assert numbers(desk, f"{HELD}?waits=approval") == {"PF2"}
    page = text(desk.get(HELD))
    assert re.search(r"Missing mapping <b [^>]*>1</b>", page)
    assert "Accounting staff" in page


def test_a_held_record_leads_to_its_own_page(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    page = reverse("admin:integrations_record_change", args=[record.pk])
    assert page in text(desk.get(HELD))
    assert desk.get(f"{HELD}{record.pk}/change/")["Location"] == page


def test_held_is_acted_on_in_bulk_with_a_confirmation(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    chosen = {"action": "exclude", "_selected_action": [record.pk]}
    page = text(desk.post(HELD, chosen))
    assert "Exclude: PF1" in page
    assert "1,250.50 USD" in page
    assert f'href="{HELD}"' in page
    desk.post(HELD, {**chosen, "confirmed": "yes", "reason": "Paid by the parent"})
    record.refresh_from_db()
    assert record.work == Work.EXCLUDED_PERSON


def test_an_empty_queue_says_what_that_means(desk: Client, integration: Integration) -> None:
    assert "Nothing is held." in text(desk.get(HELD))
    assert "Nothing was read yet." in text(desk.get(RECORDS))
    assert "Nothing matches these filters." in text(desk.get(f"{HELD}?reason=credit"))


def test_e14_whoever_is_limited_sees_only_what_is_theirs(desk: Client, accountant: User) -> None:
    mine, other = an_integration("Mine"), an_integration("Other")
    mine.limited_to.add(accountant)
    a_held_record(mine, "PF1")
    a_held_record(other, "PF2", hold_reason="missing-vendor")
    assert numbers(desk, HELD) == {"PF1"}
    assert "Missing vendor" not in text(desk.get(HELD)).partition("Filters")[0]


def test_held_is_closed_to_whoever_may_not_see_records(integration: Integration) -> None:
    client = Client()
    client.force_login(person("olga", "Operator"))
    assert client.get(HELD).status_code == 403


# Filters


def test_the_filters_find_vendor_amount_age_and_assignee(
    desk: Client, integration: Integration, accountant: User
) -> None:
    a_held_record(integration, "PF1", vendor_name="Brass & Bolt", amount=Decimal(100))
    a_held_record(integration, "PF2", vendor_name="Kowalczyk", amount=Decimal(2000), assignee=accountant)
    Record.objects.filter(number="PF1").update(changed_at=timezone.now() - timedelta(days=4))
    assert numbers(desk, f"{HELD}?vendor=brass") == {"PF1"}
    assert numbers(desk, f"{HELD}?amount_from=100&amount_to=150.00") == {"PF1"}
    assert numbers(desk, f"{HELD}?amount_from=1,000") == {"PF2"}
    assert numbers(desk, f"{HELD}?amount_from=much") == {"PF1", "PF2"}
    assert numbers(desk, f"{HELD}?age=3") == {"PF1"}
    assert numbers(desk, f"{HELD}?age=today") == {"PF2"}
    assert numbers(desk, f"{HELD}?assignee=me") == {"PF2"}
    assert numbers(desk, f"{HELD}?assignee=nobody") == {"PF1"}
    assert numbers(desk, f"{HELD}?assignee={accountant.pk}") == {"PF2"}


def test_e18_what_changed_since_i_last_looked(desk: Client, integration: Integration) -> None:
    first, second = a_held_record(integration, "PF1"), a_held_record(integration, "PF2")
    for record in (first, second):
        desk.get(reverse("admin:integrations_record_change", args=[record.pk]))
    assert numbers(desk, f"{RECORDS}?since=changed") == set()
    Record.objects.filter(pk=first.pk).update(changed_at=timezone.now() + timedelta(seconds=1))
    assert numbers(desk, f"{RECORDS}?since=changed") == {"PF1"}
    desk.get(reverse("admin:integrations_record_change", args=[first.pk]))
    assert numbers(desk, f"{RECORDS}?since=changed") == set()
    assert Look.objects.count() == 2


def test_e18_a_choice_of_filters_is_kept_under_a_name_by_its_owner_alone(
    desk: Client, integration: Integration, accountant: User
) -> None:
    a_held_record(integration, "PF1")
    said = {"page": "held", "name": " Small   ones ", "query": "amount_to=500&p=3&reason=missing-mapping&nonsense=1"}
    answer = desk.post(reverse("admin:integrations_record_save_filter"), said)
    kept = SavedFilter.objects.get()
    assert (kept.owner, kept.name, kept.query) == (accountant, "Small ones", "amount_to=500&reason=missing-mapping")
    assert answer["Location"] == f"{HELD}?{kept.query}"
    assert "Small ones" in text(desk.get(HELD))
    other = Client()
    other.force_login(person("sam", "Supervisor"))
    assert "Small ones" not in text(other.get(HELD))
    remove = reverse("admin:integrations_record_delete_filter", args=[kept.pk])
    other.post(remove, {"page": "held"})
    assert SavedFilter.objects.exists()
    desk.post(remove, {"page": "held"})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("said", [{"name": " ", "query": "reason=credit"}, {"name": "All", "query": "unknown=1"}])
def test_a_filter_without_name_or_choice_is_not_saved(desk: Client, said: dict[str, str]) -> None:
    desk.post(reverse("admin:integrations_record_save_filter"), {"page": "held", **said})
    assert not SavedFilter.objects.exists()


# Assignee


def test_e18_a_record_is_given_to_somebody_and_the_trail_says_so(
    desk: Client, integration: Integration, accountant: User
) -> None:
    record, sam = a_held_record(integration, "PF1"), person("sam", "Supervisor")
    assert "PF1 is assigned to you now." in text(does(desk, record, "assign", to=accountant.pk))
    does(desk, record, "assign", to=sam.pk)
    record.refresh_from_db()
    assert record.assignee == sam
    does(desk, record, "assign", to="")
    entries = Entry.objects.filter(action__startswith="record.").order_by("id").values_list("action", flat=True)
    assert list(entries)[-3:] == ["record.assigned", "record.assigned", "record.unassigned"]


def test_giving_a_record_to_whom_it_belongs_already_leaves_nothing(
    desk: Client, integration: Integration, accountant: User
) -> None:
    record = a_held_record(integration, "PF1", assignee=accountant)
    does(desk, record, "assign", to=accountant.pk)
    assert not Entry.objects.filter(action="record.assigned").exists()


def test_a_record_is_not_given_to_whoever_could_not_see_it(
    desk: Client, integration: Integration, accountant: User
) -> None:
    record, olga = a_held_record(integration, "PF1"), person("olga", "Operator")
    sam, sue = person("sam", "Supervisor"), person("sue", "Supervisor")
    an_integration("Elsewhere").limited_to.add(sam)
    for nobody in (olga, sam):
        assert does(desk, record, "assign", to=nobody.pk).status_code == 404
    integration.limited_to.add(accountant)
    does(desk, record, "assign", to=sue.pk)
    record.refresh_from_db()
    assert record.assignee == sue, "limited to none, she sees all of them"


def test_e14_the_filter_by_assignee_names_nobody_from_elsewhere(
    desk: Client, integration: Integration, accountant: User
) -> None:
    an_integration("Mine").limited_to.add(accountant)
    a_held_record(integration, "PF1", assignee=person("sam", "Supervisor"))
    assert "sam" not in text(desk.get(HELD))


def test_records_are_taken_from_the_list(desk: Client, integration: Integration, accountant: User) -> None:
    records = [a_held_record(integration, f"PF{n}") for n in range(3)]
    page = desk.post(HELD, {"action": "assign_to_me", "_selected_action": [r.pk for r in records]}, follow=True)
    assert "3 assigned to you." in text(page)
    assert Record.objects.filter(assignee=accountant).count() == 3


# Links and flags


def test_e18_a_link_is_kept_and_shown_as_a_link(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    page = text(does(desk, record, "attach", text="Supplier's mail", address="https://mail.example/17"))
    assert 'href="https://mail.example/17"' in page
    assert 'rel="noopener noreferrer"' in page
    assert Entry.objects.filter(action="record.attached").exists()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/a", "mail.example", ""]
)
def test_what_is_no_page_of_the_web_is_not_kept_as_a_link(desk: Client, integration: Integration, address: str) -> None:
    record = a_held_record(integration, "PF1")
    page = text(does(desk, record, "attach", text="Look", address=address))
    assert "has to begin with https://" in page
    assert not Attachment.objects.exists()


def test_a_flag_is_closed_once_with_a_reason(desk: Client, integration: Integration) -> None:
    flag = flagged(posted(a_held_record(integration, "PF1", work=Work.DONE, hold_reason="")).record)
    does(desk, flag.record, "close_flag", flag.pk)
    assert Flag.objects.get().closed_at is None
    does(desk, flag.record, "close_flag", flag.pk, reason="Checked with the supplier")
    assert Flag.objects.get().closed_at is not None
    does(desk, flag.record, "close_flag", flag.pk, reason="Again")
    entry = Entry.objects.get(action="record.flag_closed")
    assert entry.details == {"kind": "total differs", "reason": "Checked with the supplier"}


@pytest.mark.parametrize("what", ["assign", "attach", "close_flag"])
def test_whoever_may_only_look_adds_nothing(auditor: User, integration: Integration, what: str) -> None:
    record = a_held_record(integration, "PF1")
    more = [flagged(record).pk] if what == "close_flag" else []
    client = Client()
    client.force_login(auditor)
    answer = does(client, record, what, *more, to=auditor.pk, address="https://a.example", reason="x")
    assert answer.status_code == 403
    assert client.get(reverse(f"admin:integrations_record_{what}", args=[record.pk, *more])).status_code == 405
    record.refresh_from_db()
    assert (record.assignee, Attachment.objects.count()) == (None, 0)
    assert not Flag.objects.exclude(closed_at=None).exists()


@pytest.mark.parametrize("what", ["assign", "attach"])
def test_e14_what_somebody_may_not_see_they_cannot_add_to(
    desk: Client, integration: Integration, accountant: User, what: str
) -> None:
    an_integration("Mine").limited_to.add(accountant)
    record = a_held_record(integration, "PF1")
    assert does(desk, record, what, to=accountant.pk, address="https://a.example").status_code == 404
