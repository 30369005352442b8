"""No list or page asks more than fifteen questions, however many rows it shows; `make bench` tells their times.

Each is counted at its worst: in the request that also asks for the notices, with workers that live, a connection that
is suspended and a second factor that is looked up.
"""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from audit.trail import log_many
from integrations.engine import trail
from integrations.models import (
    Billing,
    Connection,
    Decision,
    Exchange,
    Health,
    Heartbeat,
    Integration,
    Note,
    Record,
    Run,
    Side,
    Standing,
    UsedRow,
    VendorSides,
    Work,
)
from integrations.reconciliation.auditing import MOST_ENTRIES
from mappings.models import AccountRow, Kind, LinkState, ReferenceEntry, Scope, TaxRow, VendorLink
from portal import notices, roles
from portal.devices import Authenticator
from tests.engine.rows import an_integration
from tests.portal import evidenced
from tests.portal.desks import a_held_record, flagged, lacking, posted

MOST = 15
ROWS = 12
LONG_STORY = 100
PAGES = (
    "/", "/integrations/integration/", "/integrations/connection/", "/integrations/run/", "/integrations/request/",
    "/integrations/exchange/", "/integrations/decision/", "/integrations/record/", "/integrations/record/?place=held",
    "/integrations/record/?place=draft", "/integrations/record/?place=removed", "/integrations/record/?flag=any",
    "/integrations/record/?reason=missing-mapping", "/integrations/heldrecord/", "/audit/entry/",
    "/audit/entry/?q=PO-1", "/audit/entry/?family=record", "/audit/entry/?who=itself", "/audit/seal/",
    "/mappings/referenceentry/", "/mappings/accountrow/", "/integrations/vendorsides/",
    "/integrations/vendorsides/?q=Nor", "/integrations/heldrecord/?q=PO", "/integrations/record/?q=PO",
    "/integrations/discrepancy/", "/integrations/reportrun/", "/integrations/flag/",
    "/mappings/scope/missing/", "/alerts/", "/evidence/?q=nothing",
    "/month-end/", "/month-end/?list=late", "/month-end/?list=not-billed",
)  # fmt: skip
# To build the company takes as long as a page; each share of them is visited in one.
SHARES = [PAGES[at::4] for at in range(4)]
# One of each, which differ from record to record.
LACKED = (
    ("account", "64{}", "", "", ""), ("tracking", "department", "{}"), ("tracking", "location", "{}"),
    ("tax", "VAT {}%", "", ""), ("extra-cost", "freight {}"), ("vendor", "v{}", ""),
)  # fmt: skip


PROJECT_LACKED = (
    ("project", "option {}"), ("cost-code", "5{}", "item", "p{}"), ("budget-line", "option {}", "p{}"),
    ("budget-code", "p{}", "03-{}"), ("vendor", "v{}", ""),
)  # fmt: skip


@pytest.fixture
def company(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Integration:
    """Some of each in every list, living workers, and a connection that everybody is told of."""
    settings.NOTICES_KEPT_SECONDS, settings.SECOND_FACTOR = 60.0, True
    # Its own memory, which the next test must not find.
    monkeypatch.setattr(notices, "_of_everybody", notices._Remembered())
    roles.establish()
    Heartbeat.objects.create(name="worker", at=timezone.now())
    integration = an_integration(enabled=True, next_run_at=timezone.now())
    contractor = an_integration("Contractor")
    Connection.objects.filter(pk=contractor.source_id).update(health=Health.SUSPENDED)
    author = User.objects.create_user("anna")
    for number in range(ROWS):
        _some_of_each(integration, number, author)
    _rows_in_the_way(integration.scope)
    return integration


@pytest.fixture
def sue(company: Integration) -> User:
    """Somebody who sees everything."""
    someone = User.objects.create_user("sue", is_staff=True)
    someone.groups.add(*Group.objects.filter(name__in=["Supervisor", "Auditor"]))
    return someone


@pytest.fixture
def limited(sue: User) -> User:
    """Sees as much, after it was looked up which integrations those are."""
    for integration in Integration.objects.all():
        integration.limited_to.add(sue)
    return sue


def _rows_in_the_way(scope: Scope) -> None:
    """An account and a tax that were mapped, to what has been archived since."""
    account, rate = (
        ReferenceEntry.objects.create(
            books=scope.target_books, kind=kind, key=kind, code=kind, name=kind, seen_at=timezone.now()
        )
        for kind in (Kind.ACCOUNT, Kind.TAX_RATE)
    )
    AccountRow(scope=scope, target=account, source_code="640").save()
    TaxRow(scope=scope, target=rate, taxes="VAT 0%").save()
    ReferenceEntry.objects.filter(books=scope.target_books).update(active=False)


def _a_vendor(bill: Record, number: int) -> None:
    """Created in the books by us, and posted to since."""
    integration = bill.integration
    contact = ReferenceEntry.objects.create(
        books=integration.scope.target_books, kind=Kind.CONTACT, key=f"c{number}", name=f"Vendor {number}",
        seen_at=timezone.now(),
    )  # fmt: skip
    link = VendorLink(scope=integration.scope, source_key=f"s{number}", target=contact, state=LinkState.CONFIRMED)
    link.save()
    record = a_held_record(integration, f"V-{number}", work=Work.DONE, hold_reason="")
    VendorSides.objects.create(
        integration=integration, record=record, source_key=f"s{number}", target_key=contact.key, link=link,
        created_in=Side.TARGET,
    )  # fmt: skip
    UsedRow.objects.create(posting=bill.postings.get(), table="vendor", row=link.pk, version=1)


def _some_of_each(integration: Integration, number: int, someone: User) -> None:
    record = a_held_record(integration, f"PO-{number}")
    for table, *parts in LACKED:
        lacking(record, table, *(part.format(number) for part in parts))
    flagged(record)
    Note.objects.create(record=record, author=someone, text="Asked the buyer.")
    written = a_held_record(integration, f"DONE-{number}", work=Work.DONE, hold_reason="")
    posted(written, Standing.REMOVED if number % 3 == 0 else Standing.DRAFT)
    _a_vendor(written, number)
    Decision.objects.create(
        kind="exclude", subject_kind="record", subject_id=str(record.pk), integration=integration, asked_by=someone
    )
    Run.objects.create(integration=integration, started_at=record.changed_at, finished_at=record.changed_at)
    Exchange.objects.create(
        connection=integration.source, started_at=record.changed_at, method="GET", template="/x", milliseconds=1
    )


def asked(user: User, address: str) -> int:
    """How many questions a visit asks: the first one warms caches up, as any visitor's did.

    Every few seconds one visit asks for what is out of the ordinary as well, and another for what is late.
    """
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session[DEVICE_ID_SESSION_KEY] = Authenticator.objects.create(user=user).persistent_id
    session.save()
    found = []
    for due in (["until", "late_until"], ["until"], ["late_until"], []):
        for name in [*due, "asked"]:
            setattr(notices._of_everybody, name, 0.0)
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(address)
        assert answer.status_code == 200, address
        found.append(len(captured))
    return max(found[1:])


def asking_more(user: User, addresses: tuple[str, ...]) -> dict[str, int]:
    found = {address: asked(user, address) for address in addresses}
    return {address: questions for address, questions in found.items() if questions > MOST}


@pytest.mark.parametrize("addresses", SHARES)
def test_a_list_asks_fifteen_questions_at_most(sue: User, addresses: tuple[str, ...]) -> None:
    assert asking_more(sue, addresses) == {}


@pytest.mark.parametrize("addresses", SHARES)
def test_a_list_asks_no_more_of_somebody_who_sees_only_some_integrations(
    limited: User, addresses: tuple[str, ...]
) -> None:
    assert asking_more(limited, addresses) == {}


def test_what_is_missing_in_projects_asks_fifteen_questions_at_most(sue: User) -> None:
    record = a_held_record(an_integration("Projects"), "PO-P")
    for table, *parts in PROJECT_LACKED:
        for number in range(ROWS):
            lacking(record, table, *(part.format(number) for part in parts))
    assert asked(sue, f"/mappings/scope/missing/?scope={record.integration.scope_id}") <= MOST


def test_what_is_missing_asks_fifteen_questions_at_most_though_rows_of_every_table_stand_in_the_way(sue: User) -> None:
    for name, rows in (("Mills", evidenced.ledger_rows), ("Builders", evidenced.project_rows)):
        record = a_held_record(an_integration(name), "PO-W")
        scope = record.integration.scope
        evidenced.in_the_way(record, [row for place in range(evidenced.EACH) for row in rows(scope, str(place))])
        assert asked(sue, f"/mappings/scope/missing/?scope={scope.pk}") <= MOST


def test_a_records_page_asks_fifteen_questions_at_most(sue: User) -> None:
    for number in (f"PO-{ROWS - 1}", f"DONE-{ROWS - 1}"):
        record = Record.objects.get(number=number)
        log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")] * LONG_STORY)
        assert asked(sue, f"/integrations/record/{record.pk}/change/") <= MOST


def test_the_page_of_a_bill_in_a_thread_asks_fifteen_questions_at_most(sue: User) -> None:
    order = Record.objects.get(number=f"DONE-{ROWS - 1}")
    bill = a_held_record(order.integration, "INV-1")
    Record.objects.filter(pk=bill.pk).update(flow="bills")
    posted(bill)
    Billing.objects.create(bill=bill, order=order.document.source_id, item="1", net=bill.amount)
    assert asked(sue, f"/integrations/record/{bill.pk}/change/") <= MOST


@pytest.mark.parametrize("story", [0, MOST_ENTRIES])
def test_the_evidence_of_a_bill_with_rows_of_every_table_asks_fifteen_questions_at_most(
    company: Integration, sue: User, story: int
) -> None:
    """It is told to its end however long it is."""
    record = evidenced.a_bill(company, sue)
    log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")] * story)
    assert asked(sue, f"/evidence/{record.pk}/") <= MOST


@pytest.mark.parametrize("story", [0, MOST_ENTRIES])
def test_the_evidence_of_a_project_with_rows_of_every_table_asks_fifteen_questions_at_most(
    sue: User, story: int
) -> None:
    record = evidenced.a_requisition(an_integration("Builders", pair="xero-procore"), sue)
    log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")] * story)
    assert asked(sue, f"/evidence/{record.pk}/") <= MOST


def test_evidence_asks_no_more_of_somebody_who_sees_only_some_integrations(company: Integration, limited: User) -> None:
    record = evidenced.a_bill(company, limited)
    assert asked(limited, f"/evidence/{record.pk}/") <= MOST
