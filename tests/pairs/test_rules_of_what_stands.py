"""What stands in the target, and what happens around it: the rest of A2, A13, A14, A29, A36, A37, A62 and A63."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.days import in_full
from integrations.engine import record_decisions, release
from integrations.models import Integration, Posting, Record, Standing, Work
from integrations.places import lines as places
from tests import world as worlds
from tests.pairs.billing import SERVICE, thousand, totals, two_people
from tests.world import World, line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

D = Decimal
ANSWER = "integrations.systems.xero.outcomes.stored_bill"
ACTIONS: Sequence[Callable[[Record, User], object]] = (
    lambda record, by: release.release([record], by),
    lambda record, by: release.replay([record], by),
    lambda record, by: record_decisions.approve([record], by, "Again"),
    lambda record, by: record_decisions.post_beside([record], by, "Again"),
    lambda record, by: record_decisions.redate([record], by, "Again", worlds.DAY),
    lambda record, by: record_decisions.include([record], by, "Again"),
    lambda record, by: release.let_go([record], "again"),
)


def flags_of(world: World, number: str) -> dict[str, str]:
    return dict(world.record(number).flags.filter(closed_at=None).values_list("kind", "explanation"))


@pytest.mark.parametrize("standing", ["draft", "ledger"])
def test_a2_nothing_that_people_do_makes_a_second_document(
    world: World, django_user_model: type, standing: str
) -> None:
    """Release, replay, approval, post beside, another date, include again: while ours stands, none writes."""
    thousand(world)
    world.run()
    if standing == "ledger":
        world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
        world.run()
    asks, decides = two_people(django_user_model)
    for act in ACTIONS:
        for person in (asks, decides):
            act(world.record("PF1"), person)
            world.run()
    assert len(world.writes()) == 1
    assert totals(world) == {"PF1": 1000.0}
    posting = Posting.objects.get()
    assert (posting.standing, world.record("PF1").work) == (Standing(standing), Work.DONE)


@pytest.mark.parametrize("received", [0, 60])
def test_a13_a_cancelled_order_keeps_its_draft_only_if_something_was_received(world: World, received: int) -> None:
    thousand(world)
    world.run()
    if received:
        world.sandbox.procurify.receive(worlds.DOMAIN, "PF1", {1: received})
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    record = world.record("PF1")
    if received:
        assert (record.work, record.hold_reason) == (Work.HELD, "withdrawn-after-posting")
        assert "something was already received" in record.explanation
        assert totals(world) == {"PF1": 1000.0}
    else:
        assert (record.work, totals(world)) == (Work.WITHDRAWN, {})


def test_a14_the_same_contact_and_total_without_the_number_is_only_flagged(world: World) -> None:
    typed = [{"Description": "Steel", "Quantity": 1, "UnitAmount": 1000, "AccountCode": "400", "TaxType": "NONE"}]
    world.sandbox.xero.add_bill(worlds.VENDOR, typed, number="T-9", tenant=world.tenant)
    thousand(world)
    world.run()
    assert world.record("PF1").work == Work.DONE
    assert flags_of(world, "PF1") == {
        "possible-duplicate": "Bill T-9 of the same vendor has the same total, 1,000.00 USD."
    }


def test_a29_a_total_that_differs_after_all_is_a_flag_with_both_figures_and_no_hold(world: World) -> None:
    """The rate changes in Xero after the lists were read; what stands can no longer be held back."""
    world.sandbox.xero.add_tax_rate("TAX005", "GST on Purchases", 6, tenant=world.tenant)
    world.order("PF1")
    world.run()
    record = world.record("PF1")
    assert (record.work, world.bill("PF1")["Total"]) == (Work.DONE, 530.0)
    assert flags_of(world, "PF1") == {"total-differs": "The source's total is 525.00, the target's 530.00 USD."}
    [found] = places(Integration.objects.all())
    assert found.places["draft"].amounts == {"USD": D(525)}
    assert found.adds_up
    world.run()
    assert len(world.writes()) == 1


def test_a36_a_bill_in_a_month_that_was_closed_since_is_held_and_not_edited(world: World) -> None:
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    before = world.bill("SRV-1")
    world.sandbox.xero.set_lock_date(worlds.DAY + timedelta(days=1), tenant=world.tenant)
    worlds.read_lists(world.integration)
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-1", due_date="2026-12-24T00:00:00-08:00")
    world.run()
    record = world.record("SRV-1")
    assert (record.work, record.hold_reason) == (Work.HELD, "closed-period")
    assert "correct it in an open month" in record.explanation
    assert world.bill("SRV-1")["DueDateString"] == before["DueDateString"]
    assert len(world.writes()) == 1


def test_a37_an_order_that_can_no_longer_be_read_is_no_withdrawal(world: World, django_user_model: type) -> None:
    """Gone from the list and from its own address, as a narrower permission looks: its draft stays."""
    thousand(world)
    world.run()
    world.sandbox.procurify.remove_order(worlds.DOMAIN, "PF1")
    release.replay([world.record("PF1")], two_people(django_user_model)[0])
    world.run()
    assert totals(world) == {"PF1": 1000.0}
    record = world.record("PF1")
    assert record.work != Work.WITHDRAWN
    assert Posting.objects.get().standing == Standing.DRAFT
    assert len(world.writes()) == 1


@pytest.mark.parametrize("date_from", ["invoice", "posting"])
def test_a62_the_one_date_of_the_target_is_the_invoices_or_by_setting_the_posting_date(
    world: World, date_from: str
) -> None:
    Integration.objects.update(date_from=date_from)
    posting = worlds.DAY + timedelta(days=4)
    world.invoice("WITH", items=SERVICE, gl_post_date=f"{posting}T00:00:00-08:00")
    made = world.invoice("WITHOUT", items=[{**SERVICE[0], "amount": D(91)}])
    rows = world.sandbox.procurify.tenant(worlds.DOMAIN).rows("bills")
    next(row for row in rows if row["id"] == made["id"])["gl_post_date"] = None
    world.run()
    expected = posting if date_from == "posting" else worlds.DAY
    assert world.bill("WITH")["DateString"][:10] == str(expected)
    assert world.bill("WITHOUT")["DateString"][:10] == str(worlds.DAY)
    assert not world.record("WITH").flags.filter(kind="re-dated").exists()


def test_a63_a_date_that_stands_otherwise_than_it_was_sent_is_flagged(world: World) -> None:
    """No stand-in shifts a date by itself, so the answer is read with another one."""
    from dataclasses import replace
    from unittest import mock

    from integrations.systems.xero.parse import stored_bill

    later = worlds.DAY + timedelta(days=1)
    with mock.patch(ANSWER, lambda raw: replace(stored_bill(raw), date=later)):
        world.order("PF1", lines=[line()])
        world.run()
    assert world.record("PF1").work == Work.DONE
    said = f"It was sent dated {in_full(worlds.DAY)}, but stands dated {in_full(later)}."
    assert flags_of(world, "PF1") == {"date-shifted": said}
    assert timezone.now().date() > later
