"""No list or page asks more than fifteen questions, however many rows it shows; `make bench` tells their times."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.trail import log_many
from integrations.engine import trail
from integrations.models import Billing, Decision, Exchange, Integration, Note, Record, Run, Standing, Work
from portal import notices, roles
from tests.engine.rows import an_integration
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
    "/mappings/scope/missing/", "/alerts/",
)  # fmt: skip
# One of each, which differ from record to record.
LACKED = (
    ("account", "64{}", "", "", ""), ("tracking", "department", "{}"), ("tracking", "location", "{}"),
    ("tax", "VAT {}%", "", ""), ("extra-cost", "freight {}"), ("vendor", "v{}", ""),
)  # fmt: skip


@pytest.fixture
def sue(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody who sees everything, with a company behind it that has some of each."""
    settings.NOTICES_KEPT_SECONDS = 60.0
    # Its own memory, which the next test must not find.
    monkeypatch.setattr(notices, "_of_everybody", notices._Remembered([], []))
    roles.establish()
    someone = User.objects.create_user("sue", is_staff=True)
    someone.groups.add(*Group.objects.filter(name__in=["Supervisor", "Auditor"]))
    integration = an_integration()
    an_integration("Contractor")
    for number in range(ROWS):
        _some_of_each(integration, number, someone)
    return someone


def _some_of_each(integration: Integration, number: int, someone: User) -> None:
    record = a_held_record(integration, f"PO-{number}")
    for table, *parts in LACKED:
        lacking(record, table, *(part.format(number) for part in parts))
    flagged(record)
    Note.objects.create(record=record, author=someone, text="Asked the buyer.")
    written = a_held_record(integration, f"DONE-{number}", work=Work.DONE, hold_reason="")
    posted(written, Standing.REMOVED if number % 3 == 0 else Standing.DRAFT)
    Decision.objects.create(
        kind="exclude", subject_kind="record", subject_id=str(record.pk), integration=integration, asked_by=someone
    )
    Run.objects.create(integration=integration, started_at=record.changed_at, finished_at=record.changed_at)
    Exchange.objects.create(
        connection=integration.source, started_at=record.changed_at, method="GET", template="/x", milliseconds=1
    )


def asked(user: User, address: str) -> int:
    """How many questions the second visit asks: the first one warms caches up, as any visitor's did."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(address)
        assert answer.status_code == 200, address
    return len(captured)


@pytest.mark.parametrize("address", PAGES)
def test_a_list_asks_fifteen_questions_at_most(sue: User, address: str) -> None:
    assert asked(sue, address) <= MOST


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
