"""People limited to some integrations read the trail of those, and of nothing else (E14)."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audit import visibility
from audit.models import Entry
from audit.trail import Event, Subject, log_many
from integrations.engine import trail
from integrations.models import Decision, Discrepancy, Integration, Record
from integrations.reconciliation import making
from mappings.models import AccountRow, Kind, ReferenceEntry
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record

pytestmark = pytest.mark.django_db
LIST = "/audit/entry/"


@pytest.fixture
def theirs(db: None) -> Integration:
    return an_integration("Mills")


@pytest.fixture
def elsewhere(db: None) -> Integration:
    return an_integration("Contractor")


@pytest.fixture
def limited(theirs: Integration) -> User:
    aude = person("aude", "Auditor")
    theirs.limited_to.add(aude)
    return aude


@pytest.fixture
def desk(limited: User, client: Client) -> Client:
    client.force_login(limited, backend="django.contrib.auth.backends.ModelBackend")
    return client


def about_a_record(integration: Integration) -> Subject:
    return trail.subject(a_held_record(integration, f"PO-{integration.pk}"))


def about_a_row(integration: Integration) -> Subject:
    """One that is gone since."""
    scope = integration.scope
    account = ReferenceEntry.objects.create(
        books=scope.target_books, kind=Kind.ACCOUNT, key="1", code="400", seen_at=timezone.now()
    )
    row = AccountRow(scope=scope, source_code="6100", target=account)
    row.save()
    subject = row.subject()
    row.delete()
    return subject


def about_a_discrepancy(integration: Integration) -> Subject:
    found = Discrepancy.objects.create(
        connection=integration.target, kind="unknown-document", explanation="No record.", opened_at=timezone.now()
    )
    return Subject("discrepancy", found.pk, found.explanation)


def about_a_report(integration: Integration) -> Subject:
    preparer, _ = User.objects.get_or_create(username="paula")
    return Subject("report", making.ask(integration, timezone.localdate(), preparer).pk, "Reconciliation")


def about_a_vendor(integration: Integration) -> Subject:
    decision = Decision.objects.create(
        kind="vendor-create", subject_kind="vendor", subject_id=f"v{integration.pk}", integration=integration
    )
    return Subject(decision.subject_kind, decision.subject_id, "Northgate")


@pytest.mark.parametrize(
    "subject_of",
    [
        about_a_record, about_a_row, about_a_discrepancy, about_a_report, about_a_vendor,
        lambda its: Subject("integration", its.pk, its.name),
        lambda its: Subject("connection", its.source.pk, "its source"),
        lambda its: Subject("connection", its.target.pk, "its target"),
        lambda its: Subject("books", its.target.books_id, "its company"),
        lambda its: Subject("scope", its.scope_id, "its tables"),
    ],
)  # fmt: skip
def test_what_belongs_to_their_integrations_is_seen_and_what_belongs_to_others_is_not(
    theirs: Integration, elsewhere: Integration, desk: Client, subject_of: Callable[[Integration], Subject]
) -> None:
    entries = [told(subject_of(integration)) for integration in (theirs, elsewhere)]
    listed = text(desk.get(LIST))
    assert [page_of(entry) in listed for entry in entries] == [True, False]
    assert [desk.get(page_of(entry)).status_code for entry in entries] == [200, 302]


def told(subject: Subject) -> Entry:
    log_many([Event("record.held", subject, details={"reason": "missing mapping", "explanation": "None."})])
    return Entry.objects.latest("id")


def page_of(entry: Entry) -> str:
    return f"{LIST}{entry.pk}/change/"


def test_of_what_concerns_no_integration_they_see_what_they_did_at_the_door(desk: Client, limited: User) -> None:
    other = User.objects.create_user("otto")
    own, another = (told(Subject("user", someone.pk, someone.username)) for someone in (limited, other))
    installation = told(Subject("installation", 1, "this portal"))
    listed = text(desk.get(LIST))
    assert [page_of(entry) in listed for entry in (own, another, installation)] == [True, False, False]


def test_everybody_else_sees_all(theirs: Integration, elsewhere: Integration, client: Client) -> None:
    client.force_login(person("anna", "Accounting staff"))
    entries = [told(about_a_record(integration)) for integration in (theirs, elsewhere)]
    listed = text(client.get(LIST))
    assert all(page_of(entry) in listed for entry in entries)
    assert {client.get(page_of(entry)).status_code for entry in entries} == {200}


def test_a_number_of_somebody_elses_finds_nothing(elsewhere: Integration, desk: Client) -> None:
    entry = told(about_a_record(elsewhere))
    assert page_of(entry) not in text(desk.get(LIST, {"q": entry.document}))


def buried(theirs: Integration, elsewhere: Integration) -> Entry:
    """An entry of theirs below more of others than are looked through at a time."""
    old = told(about_a_record(theirs))
    for _ in range(4):
        told(Subject("integration", elsewhere.pk, elsewhere.name))
    return old


def test_what_belongs_to_few_is_found_however_much_happened_elsewhere_since(
    theirs: Integration, elsewhere: Integration, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "COUNTED", 3)
    old = buried(theirs, elsewhere)
    page = text(desk.get(LIST))
    assert page_of(old) in page
    assert "looked through" not in page


@pytest.mark.parametrize("days", [{}, {"at_from": "2020-01-01"}])
def test_what_belongs_to_many_is_looked_through_stretch_by_stretch_until_the_first_entry(
    theirs: Integration,
    elsewhere: Integration,
    desk: Client,
    monkeypatch: pytest.MonkeyPatch,
    days: dict[str, str],
) -> None:
    monkeypatch.setattr(visibility, "COUNTED", 3)
    monkeypatch.setattr(visibility, "FEW", 0)
    old = buried(theirs, elsewhere)
    page, stretches = text(desk.get(LIST, days)), 0
    while page_of(old) not in page:
        further = re.search(r'href="(\?[^"]*before=[^"]*)"', page)
        assert further
        page, stretches = text(desk.get(f"{LIST}{html.unescape(further[1])}")), stretches + 1
    assert stretches
    assert "at_from" not in days or "2020-01-01" in page
    found = text(desk.get(LIST, {"q": old.document}))
    assert page_of(old) in found
    assert "looked through" not in found


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "0"])
def test_a_stretch_that_is_nowhere_is_no_error(
    theirs: Integration, desk: Client, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setattr(visibility, "FEW", 0)
    told(about_a_record(theirs))
    assert desk.get(LIST, {"before": before}, follow=True).status_code == 200


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_holds_what_they_may_see_and_everybody_elses_all(
    theirs: Integration, elsewhere: Integration, desk: Client, form: str
) -> None:
    own, other = (told(about_a_record(integration)) for integration in (theirs, elsewhere))
    exported = contents(desk.post("/audit/entry/export/", {"format": form}))
    assert [entry.document in exported for entry in (own, other)] == [True, False]
    assert "as far as they may see it" in Entry.objects.get(action="audit.exported").details["span"]
    theirs.limited_to.clear()
    assert other.document in contents(desk.post("/audit/entry/export/", {"format": form}))


def contents(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_entries_about_a_record_are_seen_by_whom_sees_the_record(theirs: Integration, limited: User) -> None:
    """The same rule on both pages, however ids look."""
    record = a_held_record(theirs, "PO-1")
    sees = visibility.limit(limited)
    assert sees is not None
    asked = {("record", str(record.pk)), ("record", "not a number"), ("record", str(Record.objects.count() + 999))}
    assert sees.of(asked) & asked == {("record", str(record.pk))}
