"""What people do while a run is at the same document counts: a filled gap, an exclusion, a change at the source (E9).

A run asks before every call whether it is to stop; that is when people act here, in the middle of it.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from audit.models import Entry
from integrations.engine import fanout, linking, record_decisions, release
from integrations.engine.running import run_slice
from integrations.models import Billing, BillingStage, Gap, Integration, OrderLine, Posting, Record, Work
from integrations.systems import system
from mappings.models import AccountRow, ReferenceEntry
from tests.mappings.test_races import one_inside_the_other, threads
from tests.pairs.billing import thousand, totals, touched
from tests.world import World, line, part

__all__ = ["threads"]

OF_ONE_ORDER = re.compile(r"/purchase_orders/\d+/")


class Meanwhile:
    """Does something once, as soon as so many lines of orders have been asked for."""

    def __init__(self, world: World, act: Callable[[], object], after: int = 1) -> None:
        self.world, self.act, self.done = world, act, False
        self.after = self._asked() + after

    def __call__(self) -> bool:
        if not self.done and self._asked() >= self.after:
            self.done = True
            self.act()
        return False

    def _asked(self) -> int:
        return sum(bool(OF_ONE_ORDER.search(each["path"])) for each in self.world.sandbox.log("procurify"))


class Once:
    """Does something in the middle of a run, as soon as something is so."""

    def __init__(self, when: Callable[[], bool], act: Callable[[], object]) -> None:
        self.when, self.act, self.done = when, act, False

    def __call__(self) -> bool:
        if not self.done and self.when():
            self.done = True
            self.act()
        return False


def maps(world: World, code: str) -> None:
    scope = world.integration.scope
    account = ReferenceEntry.objects.get(books=scope.target_books, kind="account", code="400")
    AccountRow.objects.create(scope=scope, source_code=code, target=account)


def test_e9_a_row_added_while_documents_are_read_closes_the_gap(world: World) -> None:
    world.order("PO-0")
    world.run()  # so that its vendor is linked, after which tables are read anew
    for number in ("PO-1", "PO-2"):
        world.order(number, lines=[line(account="6300")])
    fills = Meanwhile(world, partial(maps, world, "6300"))
    run_slice(world.integration.pk, stopping=fills)
    assert fills.done
    world.run()
    assert {world.record(number).work for number in ("PO-1", "PO-2")} == {Work.DONE}
    assert not Gap.objects.filter(closed_at=None).exists()
    assert "record.held" not in world.trail("PO-1")


def test_a96_who_is_excluded_while_its_orders_are_read_stays_excluded(world: World, admin_user: User) -> None:
    Integration.objects.update(bills_from="bills")
    for number in ("PO-1", "PO-2"):
        world.order(number)
    unmapped = {"name": "Freight", "amount": 5, "account": "6300"}
    world.invoice("INV-1", items=[part("PO-1", "40"), part("PO-2", "40"), unmapped])

    def exclude() -> None:
        ((_, said),) = record_decisions.exclude([world.record("INV-1")], admin_user, "Paid by card.")
        assert said == "excluded."

    excludes = Meanwhile(world, exclude)
    run_slice(world.integration.pk, stopping=excludes)
    assert excludes.done
    world.run()
    assert world.record("INV-1").work == Work.EXCLUDED_PERSON
    assert "record.held" not in world.trail("INV-1")


def excluded(world: World, number: str, by: User) -> None:
    ((_, said),) = record_decisions.exclude([world.record(number)], by, "Paid by card.")
    assert said == "excluded."


def a_bill_takes() -> bool:
    return Billing.objects.filter(stage=BillingStage.TAKING).exists()


@pytest.mark.parametrize("waiting", [["INV-2"], []])
def test_a96_a_bill_excluded_while_its_orders_draft_is_read_again_stays_excluded(
    world: World, admin_user: User, waiting: list[str]
) -> None:
    """Somebody worked on the draft, so nothing takes over: who waits for it is held, and only who still waits."""
    thousand(world)
    world.run()
    for number in ("INV-1", *waiting):
        world.invoice(number, items=[part("PF1", "30")])

    def excludes_and_edits() -> None:
        excluded(world, "INV-1", admin_user)
        touched(world, "edit")

    excludes = Once(a_bill_takes, excludes_and_edits)
    run_slice(world.integration.pk, stopping=excludes)
    assert excludes.done
    assert world.record("INV-1").work == Work.EXCLUDED_PERSON
    assert "record.held" not in world.trail("INV-1")
    assert {world.record(number).hold_reason for number in waiting} <= {"order-booked"}
    assert not a_bill_takes()
    world.run()
    order = world.record("PF1")
    assert order.work == Work.DONE
    assert [flag.kind for flag in order.flags.filter(closed_at=None)] == ["edited-in-target"]


def test_a96_an_order_excluded_while_its_bill_takes_it_over_stays_excluded(world: World, admin_user: User) -> None:
    """Xero refuses the bill: the order has its draft back, and is not drafted anew."""
    thousand(world)
    world.run()
    world.invoice("INV-7", orders=["PF1"])
    refusal = {"Type": "ValidationException", "Message": "The contact is archived."}
    world.sandbox.faults.add("xero", "status", method="POST", path="Invoices", status=400, body=refusal)
    is_covered = Record.objects.filter(number="PF1", work=Work.COVERED).exists
    excludes = Once(is_covered, lambda: excluded(world, "PF1", admin_user))
    run_slice(world.integration.pk, stopping=excludes)
    assert excludes.done
    world.run()
    order = world.record("PF1")
    assert (order.work, order.covered_by) == (Work.EXCLUDED_PERSON, None)
    assert totals(world) == {"PF1": 1000.0}
    assert Posting.objects.get(record=order).standing == "draft"
    assert world.record("INV-7").hold_reason == "rejected-by-target"


@pytest.mark.parametrize("work", [Work.EXCLUDED_PERSON, Work.POSTING, Work.DOUBT])
def test_a11_linking_a_bill_to_an_orders_draft_leaves_what_stands_of_the_order(
    world: World, admin_user: User, work: Work
) -> None:
    """Excluded it stays excluded, without a draft; while a run writes it, nobody takes it away."""
    thousand(world)
    world.run()
    touched(world, "approve")
    world.invoice("INV-7", items=[part("PF1", "90")])
    world.run()
    Record.objects.filter(number="PF1").update(work=work)
    (target,) = (bill["InvoiceID"] for bill in world.bills)
    ((_, said),) = linking.link([world.record("INV-7")], admin_user, "That is it", target)
    assert world.record("PF1").work == work
    if work == Work.EXCLUDED_PERSON:
        assert "is linked" in said
        assert [row.drafted for row in OrderLine.objects.filter(record__number="PF1")] == [0]
    else:
        assert said == record_decisions.NOT_NOW
        assert world.record("INV-7").hold_reason == "order-booked"


def test_e9_who_was_excluded_while_its_gap_closed_is_not_said_to_be_released(world: World, admin_user: User) -> None:
    world.order("PO-1", lines=[line(account="6300")])
    world.run()
    record = world.record("PO-1")
    excluded(world, "PO-1", admin_user)
    assert release.let_go([record], "what was missing has been added") == 0
    assert not Entry.objects.filter(action="record.released").exists()
    assert not world.record("PO-1").document.detail_due


@pytest.mark.postgres
def test_e4_who_reads_a_feed_for_another_integration_leaves_what_that_one_is_posting(
    world: World, threads: ThreadPoolExecutor
) -> None:
    """The reader waits for the other's intent, and does not put the record back to waiting afterwards."""
    Integration.objects.update(trial=True)
    world.order("PO-1")
    world.run()
    record = world.record("PO-1")
    one_inside_the_other(
        threads, lambda: Record.objects.filter(pk=record.pk).update(work=Work.POSTING), partial(read_again, record)
    )
    assert world.record("PO-1").work == Work.POSTING


def read_again(record: Record) -> None:
    parse: Any = system("procurify").load_parse()
    document = record.document
    summary = parse.summary(document.feed, parse.loads(document.summary))
    with transaction.atomic():
        fanout.spread([(document, summary)], fanout.listeners(record.integration.source, document.feed), new=False)
