"""The weekly sweep finds what incremental reads missed, and says what the source's own counts say."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from integrations.engine import sweeping
from integrations.models import (
    Connection,
    Cursor,
    Discrepancy,
    Flag,
    IndexCursor,
    Posting,
    SourceDocument,
    Sweep,
    TargetBill,
    TargetCredit,
)
from tests.pairs.billing import SERVICE
from tests.world import VENDOR, World, line

pytestmark = pytest.mark.django_db(transaction=True)


def sweep_next(world: World, *, source: bool = False, target: bool = False) -> None:
    """Let the next run sweep, as it would a week later."""
    if source:
        sweeping.begin(world.integration.source, Sweep.SOURCE, "purchase-orders")
    if target:
        sweeping.begin(world.integration.target, Sweep.TARGET, "bills")
    world.run()


def swept(connection: Connection) -> Sweep:
    found = Sweep.objects.filter(connection=connection).exclude(finished_at=None).order_by("-started_at").first()
    assert found is not None
    return found


@pytest.mark.promise(31)
def test_e34_a_change_in_the_target_that_the_incremental_read_missed_is_found(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    IndexCursor.objects.update(read_until=timezone.now() + timedelta(days=1))
    world.run()
    assert Posting.objects.get().standing == "draft"
    sweep_next(world, target=True)
    assert Posting.objects.get().standing == "ledger"
    assert swept(world.integration.target).missed == 1


@pytest.mark.promise(31)
def test_e34_a_content_that_changed_without_its_version_is_found(world: World) -> None:
    world.order("PF1")
    world.run()
    TargetBill.objects.update(due=Decimal("1.00"))
    sweep_next(world, target=True)
    assert swept(world.integration.target).missed == 1
    assert TargetBill.objects.get().due == Decimal("525.00")


def test_a40_a_suppliers_credit_that_the_incremental_read_missed_is_found(world: World) -> None:
    world.sandbox.xero.add_credit_note(VENDOR, "5.00", number="CN-1", tenant=world.tenant)
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    world.sandbox.xero.add_credit_note(VENDOR, "90.00", number="SRV-2", tenant=world.tenant)
    IndexCursor.objects.update(credits_until=timezone.now() + timedelta(days=1))
    sweeping.begin(world.integration.target, Sweep.TARGET, "credits")
    world.run()
    assert sorted(TargetCredit.objects.values_list("number", flat=True)) == ["CN-1", "SRV-2"]
    found = swept(world.integration.target)
    assert (found.feed, found.missed, found.seen, found.calls) == ("credits", 1, 2, 1)
    world.invoice("SRV-2", items=SERVICE)
    world.run()
    assert world.record("SRV-2").hold_reason == "possible-duplicate"


@pytest.mark.promise(31)
def test_a_document_that_the_incremental_read_missed_at_the_source_is_taken_in(world: World) -> None:
    world.order("PF1")
    world.run()
    world.order("PF2")
    Cursor.objects.update(position=timezone.now() + timedelta(days=3))
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]
    sweep_next(world, source=True)
    assert sorted(bill["InvoiceNumber"] for bill in world.bills) == ["PF1", "PF2"]
    found = swept(world.integration.source)
    assert (found.missed, found.seen) == (1, 2)


@pytest.mark.promise(31)
def test_a_changed_document_whose_hash_was_missed_is_read_again(world: World) -> None:
    world.order("PF1")
    world.run()
    SourceDocument.objects.update(summary_fingerprint="0" * 64)
    Cursor.objects.update(position=timezone.now() + timedelta(days=3))
    sweep_next(world, source=True)
    assert swept(world.integration.source).missed == 1
    assert "document.changed" in world.trail("PF1")


def test_it_is_due_once_a_week_and_not_before(world: World) -> None:
    world.order("PF1")
    world.run()
    assert not Sweep.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        world.run()
        sides = sorted(Sweep.objects.values_list("side", "feed"))
        assert sides == [("source", "bills"), ("source", "purchase-orders"), ("target", "bills")]
        assert not Sweep.objects.filter(finished_at=None).exists()
        world.run()
        assert Sweep.objects.count() == len(sides)


def test_a_sweep_that_was_asked_for_goes_over_both_sides_in_the_next_run(world: World) -> None:
    world.order("PF1")
    world.run()
    world.order("PF2")
    Cursor.objects.update(position=timezone.now() + timedelta(days=3))
    TargetBill.objects.update(due=Decimal("1.00"))
    sweeping.ask(world.integration)
    world.run()
    assert not Sweep.objects.filter(finished_at=None).exists()
    missed = dict(Sweep.objects.values_list("feed", "missed").filter(side="source"))
    assert missed == {"bills": 0, "purchase-orders": 1}
    assert Sweep.objects.get(side="target").missed == 1
    assert len(world.bills) == 2


def test_it_costs_one_call_per_thousand_bills_and_writes_nothing(world: World) -> None:
    for number in range(3):
        world.order(f"PF{number}")
    world.run()
    writes = len(world.writes())
    before = len(world.sandbox.log("xero"))
    sweep_next(world, target=True)
    asked = [each for each in world.sandbox.log("xero")[before:] if "/Invoices" in each["path"]]
    assert len(asked) == 2  # the incremental read and the sweep
    assert len(world.writes()) == writes


def test_a101_gaps_in_the_numbers_are_listed(world: World) -> None:
    for number in ("PF0007", "PF0008", "PF0011", "X9"):
        world.order(number)
    world.run()
    sweep_next(world, source=True)
    found = swept(world.integration.source)
    assert (found.gaps, found.gap_count) == ([["PF0009", "PF0010", 2]], 2)


def test_a101_suppliers_numbers_are_no_series_of_the_source(world: World) -> None:
    """Procurify gives its orders numbers; a bill bears its supplier's, and one between two of them is nobody's."""
    world.order("PF0007")
    for number in ("INV-100", "INV-103"):
        world.invoice(number, orders=["PF0007"])
    world.run()
    sweeping.ask(world.integration)
    world.run()
    found = Sweep.objects.get(side=Sweep.SOURCE, feed="bills")
    assert (found.seen, found.gaps, found.gap_count) == (2, [], 0)
    desk = Client()
    desk.force_login(User.objects.create_superuser("susan"))
    page = desk.get(reverse("admin:integrations_sweep_change", args=[found.pk])).content.decode()
    assert "not looked for" in page


def test_a101_a_source_that_shows_fewer_documents_than_before_is_said(world: World) -> None:
    for number in ("PF1", "PF2"):
        world.order(number)
    world.run()
    sweep_next(world, source=True)
    assert not Discrepancy.objects.exists()
    Sweep.objects.update(seen=3)
    sweep_next(world, source=True)
    found = Discrepancy.objects.get()
    assert found.kind == "fewer-than-before"
    assert "shows 2 purchase orders, 3 a sweep before." in found.explanation
    assert Entry.objects.filter(action="discrepancy.found").count() == 1
    assert world.record("PF1").work == "done"


@pytest.mark.promise(29)
def test_a106_a_bill_with_our_mark_and_no_record_is_a_discrepancy_at_once(world: World) -> None:
    world.order("PF1")
    world.run()
    ours = world.bill("PF1")
    world.sandbox.xero.add_bill(
        ours["Contact"]["ContactID"], number="COPY", amount=40, tenant=world.tenant, Url=ours["Url"]
    )
    for _ in range(2):
        world.run()
    found = Discrepancy.objects.get()
    assert found.kind == "unknown-document"
    assert "COPY" in found.explanation


def test_a106_a_bill_whose_answer_was_lost_is_no_stranger(world: World) -> None:
    world.order("PF1")
    world.sandbox.faults.add("xero", "lose_answer", method="PUT", path="/Invoices")
    for _ in range(2):
        world.run()
    assert len(world.bills) == 1
    assert not Discrepancy.objects.exists()


def test_a37_a_bill_of_ours_that_is_shown_no_more_is_said_and_not_taken_for_removed(world: World) -> None:
    world.order("PF1", lines=[line()])
    world.run()
    Posting.objects.update(target_id="00000000-aaaa-4bbb-8ccc-000000000000")
    sweep_next(world, target=True)
    assert "not-shown" in set(Discrepancy.objects.values_list("kind", flat=True))
    assert Posting.objects.get().standing == "draft"
    assert not Flag.objects.exists()
