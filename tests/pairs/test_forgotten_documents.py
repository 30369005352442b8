"""The text of settled documents is deleted after a time: evidence stays, and whatever wakes is read again (A105)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from audit import seals
from audit.actions import sentence
from audit.models import Entry
from audit.verification import verify
from integrations import tasks
from integrations.engine import forgetting
from integrations.models import SourceDocument, Work
from integrations.reconciliation import auditing
from tests import world as worlds
from tests.pairs.billing import SERVICE, thousand, totals
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def forget() -> int:
    return forgetting.forget(timezone.now() + timedelta(seconds=1))


def kept(world: World, number: str) -> bool:
    return bool(world.record(number).document.detail)


def in_the_ledger(world: World, number: str = "SRV-1") -> None:
    world.invoice(number, items=SERVICE)
    world.run()
    world.sandbox.xero.approve_bill(world.bill(number)["InvoiceID"], tenant=world.tenant)
    world.run()


def test_a105_the_text_goes_after_its_time_and_the_evidence_stays(world: World, settings: Any) -> None:
    in_the_ledger(world)
    before = world.record("SRV-1").document.detail_fingerprint
    with time_machine.travel(timezone.now() + timedelta(days=801)):
        settings.DOCUMENTS_DAYS = 0
        tasks.forget_documents()
        assert kept(world, "SRV-1")
        settings.DOCUMENTS_DAYS = 800
        tasks.forget_documents()
    assert not kept(world, "SRV-1")
    record = world.record("SRV-1")
    assert record.document.detail_fingerprint == before
    assert record.document.summary
    evidence = auditing.of(record)
    assert [line["net"] for line in evidence.bill["lines"] if line["account"]] == ["90.00"]
    assert "Approved on" in dict(evidence.people)
    told = Entry.objects.get(action="documents.forgotten")
    assert "lost the text of 1 that were settled before" in sentence(told)
    seals.seal()
    assert verify().ok
    desk = Client()
    desk.force_login(person("aude", "Auditor"))
    assert "Its text was deleted" in text(desk.get(f"/integrations/record/{record.pk}/change/"))
    assert "Service" in text(desk.get(f"/evidence/{record.pk}/"))


def test_what_somebody_may_still_work_with_keeps_its_text(world: World) -> None:
    """A draft, a held bill, a posted order of which more was received than billed; and what is too young."""
    world.invoice("DRAFT", items=SERVICE)
    world.invoice("HELD", items=SERVICE, invoice_total=91.0)
    thousand(world)
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.sandbox.procurify.receive(worlds.DOMAIN, "PF1", 0.6)
    world.run()
    assert forget() == 0
    assert not Entry.objects.filter(action="documents.forgotten").exists()
    world.sandbox.xero.approve_bill(world.bill("DRAFT")["InvoiceID"], tenant=world.tenant)
    world.run()
    assert forgetting.forget(timezone.now() - timedelta(days=1)) == 0
    assert forget() == 1
    assert [kept(world, number) for number in ("DRAFT", "HELD", "PF1")] == [False, True, True]


def test_a_bill_fixed_after_its_text_was_deleted_is_read_again_and_held(world: World) -> None:
    in_the_ledger(world)
    forget()
    day_before = worlds.DAY - timedelta(days=1)
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-1", invoice_date=f"{day_before}T00:00:00-07:00")
    world.run()
    assert kept(world, "SRV-1")
    assert world.record("SRV-1").hold_reason == "changed-after-posting"


def test_an_order_without_its_text_is_read_again_before_its_draft_comes_back(world: World) -> None:
    """Nobody changed the order: it wakes because its bill was denied."""
    thousand(world)
    world.run()
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    assert world.record("PF1").work == Work.COVERED
    assert forget() == 1
    assert not SourceDocument.objects.get(number="PF1").detail
    world.sandbox.procurify.move_bill(worlds.DOMAIN, "INV-7", "denied")
    world.run()
    world.run()
    assert totals(world) == {"PF1": 1000.0}


def test_a_bill_of_an_order_without_its_text_is_judged_by_it_all_the_same(world: World) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    forget()
    world.invoice("INV-8", items=[worlds.part("PF1", "1")])
    world.run()
    assert world.record("INV-8").hold_reason == "over-billed"
