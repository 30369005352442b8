"""The records section: what is held and why, who may do what about it, and what became of it."""

import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.trail import log_many
from integrations import installation
from integrations.admin.record_actions import ACTIONS
from integrations.engine import references, trail
from integrations.hold_reasons import label_of
from integrations.models import Decision, Flag, Integration, Note, Posting, Record, SourceDocument, Standing, Work
from integrations.places import PLACES, with_place
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, flagged, lacking, posted

pytestmark = pytest.mark.django_db
LIST = "/integrations/record/"


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration()


@pytest.fixture
def desk(accountant: User) -> Client:
    client = Client()
    client.force_login(accountant)
    return client


def supervisor_desk() -> Client:
    client = Client()
    client.force_login(person("susan", "Supervisor"))
    return client


def page_of(record: Record) -> str:
    return reverse("admin:integrations_record_change", args=[record.pk])


def act(client: Client, record: Record, action: str, **answer: str) -> Any:
    address = reverse("admin:integrations_record_act", args=[record.pk, action])
    return client.post(address, {"confirmed": "yes", **answer}, follow=True)


def numbers(client: Client, query: str) -> set[str]:
    page = text(client.get(f"{LIST}{query}"))
    return {number for number in Record.objects.values_list("number", flat=True) if f">{number}<" in page}


# The list


def test_the_list_shows_state_and_reason_first_and_the_amount_with_its_currency(
    desk: Client, integration: Integration
) -> None:
    a_held_record(integration, "PF1")
    page = text(desk.get(LIST))
    assert page.index("missing mapping") < page.index(">PF1<") < page.index("1,250.50")
    assert "1,250.50&nbsp;USD" in page
    assert "2026-03-02" in page


def test_the_filters_find_place_reason_flag_and_integration(desk: Client, integration: Integration) -> None:
    other = an_integration("Other orders")
    a_held_record(integration, "PF1")
    a_held_record(integration, "PF2", hold_reason="missing-vendor")
    flagged(a_held_record(integration, "PF3", work=Work.DONE, hold_reason=""))
    posted(Record.objects.get(number="PF3"))
    posted(a_held_record(integration, "PF4", hold_reason="changed-after-posting"), Standing.LEDGER)
    a_held_record(other, "PF5", work=Work.WAITING, hold_reason="")
    assert numbers(desk, "?place=held") == {"PF1", "PF2"}
    assert numbers(desk, "?place=draft") == {"PF3"}
    assert numbers(desk, "?place=ledger") == {"PF4"}
    assert numbers(desk, "?place=waiting") == {"PF5"}
    assert numbers(desk, "?reason=missing-vendor") == {"PF2"}
    assert numbers(desk, "?flag=any") == numbers(desk, "?flag=total-differs") == {"PF3"}
    assert numbers(desk, f"?integration={other.pk}") == {"PF5"}
    assert numbers(desk, "?flow=purchase-orders") == {"PF1", "PF2", "PF3", "PF4", "PF5"}


def test_a99_the_list_of_a_place_shows_the_records_that_are_counted_there(
    desk: Client, integration: Integration
) -> None:
    """Whatever else stands: what was paid of a document says nothing of where it is."""
    for work in Work:
        a_held_record(integration, f"N-{work}", work=work, hold_reason="")
        paid = posted(a_held_record(integration, f"P-{work}", work=work, hold_reason=""), Standing.LEDGER)
        Posting.objects.filter(pk=paid.pk).update(kind="contract-payment")
    for standing in Standing:
        record = a_held_record(integration, f"S-{standing}", work=Work.DONE, hold_reason="")
        payment = posted(record, Standing.LEDGER)
        Posting.objects.filter(pk=payment.pk).update(kind="contract-payment", reference=f"payment of {record.pk}")
        posted(record, standing)
    counted = {place: set[str]() for place in PLACES}
    for number, place in with_place(Record.objects.all()).values_list("number", "place"):
        counted.setdefault(place, set()).add(number)
    assert {place: numbers(desk, f"?place={place}") for place in PLACES} == {place: counted[place] for place in PLACES}


@pytest.mark.parametrize("sees", ["all", "chosen", "limited"])
def test_flagged_records_are_found_among_all_and_among_some_integrations(
    desk: Client, accountant: User, integration: Integration, sees: str
) -> None:
    other = an_integration("Other orders")
    for number, where in (("PF1", integration), ("PF2", other)):
        flagged(a_held_record(where, number))
        closed = flagged(a_held_record(where, f"{number}-closed"))
        Flag.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
    if sees == "limited":
        other.limited_to.add(accountant)
    found = numbers(desk, f"?flag=any&integration={other.pk}" if sees == "chosen" else "?flag=any")
    assert found == ({"PF1", "PF2"} if sees == "all" else {"PF2"})


@pytest.mark.parametrize("term", ["PF104", "pf104", "Brass", "brass & b", "PF1041"])
def test_the_search_finds_by_the_beginning_of_number_or_vendor(
    desk: Client, integration: Integration, term: str
) -> None:
    a_held_record(integration, "PF1041")
    a_held_record(integration, "QX7", vendor_name="Kowalczyk Elektro")
    assert numbers(desk, f"?q={term.replace('&', '%26')}") == {"PF1041"}


def test_the_search_asks_by_index_and_counts_nothing_in_full(
    desk: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    """E25: neither the number of rows nor the rows shown change how often the database is asked."""
    for number in range(30):
        flagged(posted(a_held_record(integration, f"PF{number}")).record)
    desk.get(LIST)
    with django_assert_max_num_queries(15) as asked:
        desk.get(f"{LIST}?q=PF")
    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "UPPER(" not in said


def test_a_search_that_finds_too_much_says_so(
    desk: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.admin.records.MOST_FOUND", 2)
    for number in range(3):
        a_held_record(integration, f"PF{number}")
    assert "Type more of it" in text(desk.get(f"{LIST}?q=PF"))
    assert "Type more of it" not in text(desk.get(f"{LIST}?q=PF1"))


# The page


def test_the_page_says_why_what_is_missing_and_who_clears_it(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    lacking(record, "account", "6400", "17", "3", "")
    lacking(record, "vendor", "88", "", label="Vendor Brass & Bolt is not linked to a contact")
    page = text(desk.get(page_of(record)))
    for said in ("Missing mapping", "Account code 6400 on", "Accounting staff", "is not linked to a contact"):
        assert said in page
    scope = integration.scope_id
    account = f"/mappings/accountrow/add/?scope={scope}&amp;source_code=6400"
    assert account in page
    assert f"/mappings/vendorlink/add/?scope={scope}&amp;source_key=88" in page


def test_who_may_not_fill_a_gap_is_not_sent_to_the_form(auditor: User, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    lacking(record, "account", "6400", "", "", "")
    client = Client()
    client.force_login(auditor)
    page = text(client.get(page_of(record)))
    assert "Account code 6400 has no account" in page
    assert "Add it" not in page


def test_the_page_shows_what_stands_there_and_every_attempt(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1", work=Work.DONE, hold_reason="")
    posted(record, target_total=Decimal("1250.51"))
    page = text(desk.get(page_of(record)))
    assert f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID=target-{record.pk}" in page
    assert "1,250.51 USD" in page
    assert "Should be" in page
    assert page.index("no answer") < page.index(">done<", page.index("What was sent"))


def test_the_story_is_told_in_sentences(desk: Client, integration: Integration, accountant: User) -> None:
    record = a_held_record(integration, "PF1")
    act(desk, record, "replay")
    page = text(desk.get(page_of(record)))
    story = page[page.index("What happened") :]
    assert "Was held as missing mapping" in story
    assert "Was replayed" in story
    assert f"({accountant.username})" in story


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("3", "version 3"),
        ("1795287803917", "version of 21 Nov 2026 19:03 UTC"),
        ("2026-11-21T12:03:23-07:00", "version of 21 Nov 2026 19:03 UTC"),
    ],
)
def test_a_version_is_told_as_people_say_it_and_kept_as_the_source_wrote_it(
    auditor: User, integration: Integration, stored: str, said: str
) -> None:
    record = a_held_record(integration, "PF1")
    SourceDocument.objects.filter(pk=record.document_id).update(version=stored)
    facts = {"source": "Xero", "vendor": "Brass & Bolt", "amount": "1.00", "currency": "USD", "version": stored}
    log_many([trail.event("document.read", record, **facts)])
    desk, told = Client(), StringIO()
    desk.force_login(auditor)
    call_command("story", "PF1", stdout=told)
    entry = Entry.objects.get(action="document.read")
    shown = [text(desk.get(page_of(record))), text(desk.get(reverse("record_evidence", args=[record.pk])))]
    assert all(said in where for where in (*shown, told.getvalue()))
    page = text(desk.get(reverse("admin:audit_entry_change", args=[entry.pk])))
    assert stored in page
    assert "document.read" not in page.partition("</title>")[0]
    assert entry.details["version"] == stored


def test_a_hold_is_told_by_its_name_and_a_closed_flag_by_its_own(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    held = trail.event("record.held", record, reason="rejected-by-target", explanation="Line 1.")
    closed = trail.event("record.flag_closed", record, kind="edited-in-target", reason="as agreed")
    log_many([held, closed])
    flagged(record, "edited-in-target")
    page, flags = text(desk.get(page_of(record))), text(desk.get("/integrations/flag/"))
    assert ">edited in target<" in re.sub(r"\s*([<>])\s*", r"\1", flags)
    assert f"held as {label_of('rejected-by-target')}: Line 1." in page
    assert "its flag “edited in target” closed: as agreed" in page


def test_a_payload_that_cannot_be_read_says_which_field(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    record.document.unreadable_field, record.document.unreadable_reason = "items.2.price", "is not a number"
    record.document.save()
    page = text(desk.get(page_of(record)))
    assert "is not a number (field items.2.price)" in page


def test_stored_rubbish_does_not_break_the_page(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    for rubbish in ("{", "[]", '{"id": 1}', "null"):
        record.document.detail = rubbish
        record.document.save()
        assert "cannot be read" in text(desk.get(page_of(record))), rubbish


def test_no_page_can_be_used_to_write_into_another(desk: Client, integration: Integration) -> None:
    bad = "<script>alert(1)</script>"
    record = a_held_record(integration, "PF1", vendor_name=bad, explanation=bad)
    Note.objects.create(record=record, author=User.objects.get(), text=bad)
    lacking(record, "account", bad, "", "", "", label=bad)
    for page in (LIST, page_of(record), reverse("admin:integrations_record_act", args=[record.pk, "exclude"])):
        shown = text(desk.get(page))
        assert bad not in shown
        assert "&lt;script&gt;" in shown


def test_a_note_stays_with_its_author(desk: Client, integration: Integration, accountant: User) -> None:
    record = a_held_record(integration, "PF1")
    page = desk.post(
        reverse("admin:integrations_record_note", args=[record.pk]), {"text": "Asked purchasing."}, follow=True
    )
    assert "Asked purchasing." in text(page)
    note = Note.objects.get()
    assert (note.author, note.record) == (accountant, record)
    assert Entry.objects.get(action="record.noted").actor == accountant


# Actions


def test_a_confirmation_page_says_how_many_and_how_much_and_does_nothing_yet(
    desk: Client, integration: Integration
) -> None:
    euros = a_held_record(integration, "PF2", currency="EUR", amount=Decimal("99.95"))
    dollars = a_held_record(integration, "PF1")
    waiting = a_held_record(integration, "PF3", work=Work.POSTING, hold_reason="")
    chosen = {"action": "exclude", "_selected_action": [euros.pk, dollars.pk, waiting.pk]}
    page = text(desk.post(LIST, chosen))
    assert "Exclude 2 records" in page
    assert "99.95 EUR" in page
    assert "1,250.50 USD" in page
    assert "not possible in their state" in page
    assert not Record.objects.filter(work=Work.EXCLUDED_PERSON).exists()


def test_many_are_excluded_with_a_reason_and_each_is_reported(desk: Client, integration: Integration) -> None:
    records = [a_held_record(integration, f"PF{number}") for number in range(3)]
    chosen: dict[str, Any] = {
        "action": "exclude",
        "_selected_action": [record.pk for record in records],
        "confirmed": "yes",
    }
    assert "Give a reason" in text(desk.post(LIST, chosen))
    assert not Record.objects.filter(work=Work.EXCLUDED_PERSON).exists()
    page = text(desk.post(LIST, {**chosen, "reason": "Paid by the parent company"}))
    assert page.count("Excluded.") == 3
    assert Record.objects.filter(work=Work.EXCLUDED_PERSON).count() == 3
    assert Decision.objects.filter(reason="Paid by the parent company").count() == 3


def test_an_excluded_record_is_included_again(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    act(desk, record, "exclude", reason="By mistake")
    assert "Give a reason" in text(act(desk, record, "include"))
    assert "will be read and translated" in text(act(desk, record, "include", reason="It was not paid"))
    record.refresh_from_db()
    assert record.work == Work.WAITING


def test_replaying_twice_does_no_more_than_once(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    for _ in range(2):
        act(desk, record, "replay")
    record.refresh_from_db()
    assert record.work == Work.WAITING


def test_a_gap_is_not_released_by_hand(desk: Client, integration: Integration) -> None:
    """E12: the closed list says that only the missing row clears it."""
    record = a_held_record(integration, "PF1")
    assert "Release" not in text(desk.get(page_of(record)))
    act(desk, record, "release")
    record.refresh_from_db()
    assert record.work == Work.HELD


def test_a_link_alone_changes_nothing(desk: Client, integration: Integration) -> None:
    record = a_held_record(integration, "PF1")
    for action in ACTIONS:
        desk.get(reverse("admin:integrations_record_act", args=[record.pk, action]) + "?confirmed=yes&reason=x")
    record.refresh_from_db()
    assert record.work == Work.HELD


PERMITTED = {
    "Accounting staff": {
        "release",
        "replay",
        "exclude",
        "include",
        "link",
        "link-order",
        "ask-over-budget",
        "choose-line",
        "not-project-cost",
        "post-beside",
        "redate",
        "note",
    },
    "Supervisor": {*ACTIONS, "note"},
    "Integration administrator": set(),
    "Auditor": set(),
}


@pytest.mark.parametrize("role", PERMITTED)
def test_every_action_asks_its_own_permission(role: str, integration: Integration) -> None:
    client = Client()
    client.force_login(person("someone", role))
    record = a_held_record(integration, "PF1")
    allowed = set()
    for action in ACTIONS:
        if client.get(reverse("admin:integrations_record_act", args=[record.pk, action])).status_code == 200:
            allowed.add(action)
        assert act(client, record, action).status_code == (200 if action in allowed else 403)
    if client.post(reverse("admin:integrations_record_note", args=[record.pk]), {"text": "x"}).status_code == 302:
        allowed.add("note")
    assert allowed == PERMITTED[role]
    offered = text(client.get(LIST))
    assert {action for action in ACTIONS if f'<option value="{action}"' in offered} == allowed - {"note"}


def test_operators_see_no_records(integration: Integration) -> None:
    client = Client()
    client.force_login(person("otto", "Operator"))
    record = a_held_record(integration, "PF1")
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(record)).status_code == 403


def test_nobody_adds_edits_or_deletes_a_record(integration: Integration) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    record = a_held_record(integration, "PF1")
    assert client.get("/integrations/record/add/").status_code == 403
    assert client.post(f"/integrations/record/{record.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(page_of(record), {"amount": "1"})
    record.refresh_from_db()
    assert record.amount == Decimal("1250.50")


# Who sees what


def test_limited_people_see_and_touch_only_their_integrations_records(desk: Client, accountant: User) -> None:
    mine, other = an_integration("Mine"), an_integration("Other")
    mine.limited_to.add(accountant)
    a_held_record(mine, "PF1")
    hidden = a_held_record(other, "PF2")
    assert numbers(desk, "") == {"PF1"}
    assert desk.get(page_of(hidden)).status_code == 404
    assert act(desk, hidden, "exclude", reason="x").status_code == 404
    chosen = {"action": "exclude", "_selected_action": [hidden.pk], "confirmed": "yes", "reason": "x"}
    desk.post(LIST, chosen)
    hidden.refresh_from_db()
    assert hidden.work == Work.HELD


# The address that our documents carry


def link_of(record: Record) -> str:
    return references.link(record.postings.get().reference).partition("localhost:8000")[2]


def test_the_link_in_the_target_leads_to_the_record(desk: Client, integration: Integration) -> None:
    record = posted(a_held_record(integration, "PF1")).record
    answer = desk.get(link_of(record))
    assert answer.status_code == 302
    assert answer["Location"] == page_of(record)


def test_the_link_is_nothing_to_those_who_may_not_see_the_record(
    desk: Client, integration: Integration, accountant: User
) -> None:
    record = posted(a_held_record(integration, "PF1")).record
    an_integration("Other").limited_to.add(accountant)
    assert desk.get(link_of(record)).status_code == 404
    client = Client()
    client.force_login(person("otto", "Operator"))
    assert client.get(link_of(record)).status_code == 403
    assert Client().get(link_of(record)).status_code == 302


def test_links_of_another_portal_and_made_up_ones_lead_nowhere(desk: Client, integration: Integration) -> None:
    record = posted(a_held_record(integration, "PF1")).record
    link = link_of(record)
    token = installation.current().token
    for wrong in (link.replace(token, "bbbbbbbbbb"), f"{link}9", "/r/nonsense", f"/r/{token}-"):
        assert desk.get(wrong).status_code == 404, wrong


def test_the_age_of_a_hold_counts_from_its_last_change(desk: Client, integration: Integration) -> None:
    a_held_record(integration, "PF1")
    Record.objects.update(changed_at=timezone.now() - timedelta(days=3, hours=2))
    assert "3 days" in text(desk.get(LIST))
