"""Stories of three: an order, its suppliers' bills, and what stands of them in Xero. A payable arises once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import Entry
from integrations.engine import linking
from integrations.models import Billing, BillingStage, Integration, Posting, Standing, Work
from integrations.places import lines as places
from tests import world as worlds
from tests.pairs.billing import GOODS, approved, beside, ledger, thousand, totals, touched, two_people
from tests.pairs.books import owed_once
from tests.world import World, line, part

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

D = Decimal


@pytest.mark.promise(4)
def test_a9_the_first_bill_of_a_whole_order_turns_its_draft_into_the_bill(world: World) -> None:
    thousand(world)
    world.run()
    draft = world.bill("PF1")
    world.invoice("INV-7", orders=["PF1"], date=worlds.DAY + timedelta(days=3), due=worlds.DAY + timedelta(days=33))
    world.run()
    (bill,) = world.bills
    assert bill["InvoiceID"] == draft["InvoiceID"]
    assert (bill["InvoiceNumber"], bill["Total"], bill["Status"]) == ("INV-7", 1000.0, "DRAFT")
    assert bill["DateString"][:10] == str(worlds.DAY + timedelta(days=3))
    assert bill["DueDateString"][:10] == str(worlds.DAY + timedelta(days=33))
    assert not any("not yet received" in each["Description"] for each in bill["LineItems"])
    order, mine = world.record("PF1"), world.record("INV-7")
    assert (order.work, order.covered_by) == (Work.COVERED, mine)
    assert mine.work == Work.DONE
    assert ledger(world) == [(D(1000), D(1000), D(0))]
    assert world.trail("INV-7")[-2:] == ["bill.took_over", "record.flagged"]  # billed before receipt (A34)
    owed_once(world)


def test_a10_order_1000_with_bills_of_400_and_600_leaves_two_bills_and_no_draft(world: World) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    assert totals(world) == {"PF1": 600.0, "INV-4": 400.0}
    assert ledger(world) == [(D(1000), D(400), D(600))]
    owed_once(world)
    world.invoice("INV-6", items=[part("PF1", "60")])
    world.run()
    assert totals(world) == {"INV-4": 400.0, "INV-6": 600.0}
    assert world.record("PF1").work == Work.COVERED
    assert ledger(world) == [(D(1000), D(1000), D(0))]
    owed_once(world)


def test_a10_one_bill_over_two_orders_takes_from_both(world: World) -> None:
    thousand(world, "PF1")
    thousand(world, "PF2")
    world.run()
    world.invoice("INV-1", items=[part("PF1", "100"), part("PF2", "30")])
    world.run()
    assert totals(world) == {"PF2": 700.0, "INV-1": 1300.0}
    assert (world.record("PF1").work, world.record("PF2").work) == (Work.COVERED, Work.DONE)
    owed_once(world)


def test_a5_an_order_first_seen_as_fully_billed_counts_as_covered(world: World) -> None:
    thousand(world)
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    assert totals(world) == {"INV-7": 1000.0}
    assert world.record("PF1").work == Work.COVERED
    assert len(world.writes()) == 1
    assert ledger(world) == [(D(1000), D(1000), D(0))]
    owed_once(world)


def test_a3_a_bill_read_before_its_order_leaves_the_rest_to_the_draft(world: World) -> None:
    thousand(world)
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    assert totals(world) == {"PF1": 600.0, "INV-4": 400.0}
    owed_once(world)


def test_a3_items_that_look_alike_are_joined_by_the_id_of_the_ordered_item(world: World) -> None:
    """Two items of one name and price, as two requisitions bring them to one order: each is billed by itself."""
    world.order("PF1", lines=[GOODS, GOODS])
    world.run()
    world.invoice("INV-2", items=[part("PF1", "100", at=2)])
    world.run()
    assert ledger(world) == [(D(1000), D(0), D(1000)), (D(1000), D(1000), D(0))]
    assert totals(world) == {"PF1": 1000.0, "INV-2": 1000.0}
    owed_once(world)


def test_a4_with_purchase_orders_bills_are_compared_and_excluded_by_rule(world: World) -> None:
    Integration.objects.update(bills_from="orders")
    thousand(world)
    world.invoice("INV-7", orders=["PF1"])
    world.invoice("SRV-1", items=[{"name": "Service", "amount": D(90), "account": "6100"}])
    world.run()
    assert totals(world) == {"PF1": 1000.0}
    assert world.record("INV-7").work == world.record("SRV-1").work == Work.EXCLUDED_RULE
    assert [flag.kind for flag in world.record("SRV-1").flags.all()] == ["no-order"]
    by_flow = {found.flow: found for found in places(Integration.objects.all())}
    assert by_flow["bills"].places["excluded-by-rule"].amounts == {"USD": D(1090)}


def test_a4_with_procurify_bills_orders_are_read_for_comparison_only(world: World) -> None:
    Integration.objects.update(bills_from="bills")
    thousand(world)
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    assert totals(world) == {"INV-4": 400.0}
    assert world.record("PF1").work == Work.EXCLUDED_RULE


def test_a6_a_blanket_order_is_billed_month_by_month(world: World) -> None:
    world.order("PF1", lines=[line("Electricity", "10000.00", "12", taxes=[], type="blanket")])
    world.run()
    for month in range(1, 4):
        world.invoice(f"EL-{month}", items=[part("PF1", "1")], date=worlds.DAY + timedelta(days=month))
        world.run()
    assert totals(world) == {f"EL-{month}": 10000.0 for month in range(1, 4)}
    assert world.record("PF1").work == Work.EXCLUDED_RULE


def test_e31_an_order_that_changed_is_read_before_its_bill_takes_over(world: World) -> None:
    """The bill comes in the run that also shows its order amended; no order is read twice for it."""
    thousand(world)
    world.run()
    before = len(reads_of_orders(world))
    world.sandbox.procurify.change_order(
        worlds.DOMAIN, "PF1", lines=[line("Steel bar", "10.00", "200", taxes=[])], modified=timezone.now()
    )
    world.invoice("INV-15", items=[part("PF1", "150")])
    world.run()
    assert totals(world) == {"INV-15": 1500.0, "PF1": 500.0}
    assert ledger(world) == [(D(2000), D(1500), D(500))]
    assert len(reads_of_orders(world)) == before + 1
    owed_once(world)


def reads_of_orders(world: World) -> list[str]:
    """The details of orders that were asked for."""
    paths = [asked["path"] for asked in world.sandbox.log("procurify") if asked["method"] == "GET"]
    order = world.record("PF1").document.source_id
    return [path for path in paths if path.rstrip("/").endswith(f"/{order}")]


@pytest.mark.parametrize("touch", ["approve", "edit", "remove"])
def test_a11_a_touched_draft_holds_its_bill_as_order_already_booked(world: World, touch: str) -> None:
    thousand(world)
    world.run()
    touched(world, touch)
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    record = world.record("INV-4")
    assert (record.work, record.hold_reason) == (Work.HELD, "order-booked")
    assert "PF1" in record.explanation
    assert "INV-4" not in totals(world)


@pytest.mark.parametrize("whole", [True, False])
def test_a11_a_draft_touched_in_the_very_moment_holds_the_bill_and_stays(world: World, whole: bool) -> None:
    """The index has not seen the edit yet; the draft is read again right before it is written over."""
    thousand(world)
    world.run()
    world.invoice("INV-4", items=[part("PF1", "100" if whole else "40")])
    unseen_edit(world)
    record = world.record("INV-4")
    assert (record.work, record.hold_reason) == (Work.HELD, "order-booked")
    assert totals(world) == {"PF1": 77.0}
    order = world.record("PF1")
    assert order.work == Work.DONE
    assert [flag.kind for flag in order.flags.filter(closed_at=None)] == ["edited-in-target"]


def unseen_edit(world: World) -> None:
    """Somebody edits the draft after the index was read and before the write."""
    from unittest import mock

    from integrations.engine import index

    original = index.refresh

    def refresh(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)  # type: ignore[arg-type]
        touched(world, "edit")

    with mock.patch.object(index, "refresh", refresh):
        world.run()


def test_a11_linking_makes_that_document_the_bill_and_writes_nothing(world: World, django_user_model: type) -> None:
    thousand(world)
    world.run()
    touched(world, "approve")
    world.invoice("INV-7", items=[part("PF1", "90")])
    world.run()
    before = len(world.writes())
    (target,) = (bill["InvoiceID"] for bill in world.bills)
    ((_, said),) = linking.link([world.record("INV-7")], two_people(django_user_model)[0], "That is it", target)
    assert "is linked" in said
    assert len(world.writes()) == before
    assert totals(world) == {"PF1": 1000.0}
    mine = world.record("INV-7")
    posting = Posting.objects.get(record=mine)
    assert (mine.work, posting.standing) == (Work.DONE, Standing.LEDGER)
    assert world.record("PF1").work == Work.COVERED
    assert [flag.kind for flag in mine.flags.all()] == ["linked-differs"]
    world.run()
    assert len(world.writes()) == before


def test_a11_posting_beside_leaves_both_and_later_bills_are_judged_anew(world: World, django_user_model: type) -> None:
    thousand(world)
    world.run()
    touched(world, "approve")
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    beside(world, "INV-4", django_user_model)
    assert totals(world) == {"PF1": 1000.0, "INV-4": 400.0}
    world.invoice("INV-6", items=[part("PF1", "60")])
    world.run()
    assert world.record("INV-6").hold_reason == "order-booked"


def test_a12_an_amended_order_is_drafted_less_what_was_billed(world: World) -> None:
    thousand(world, freight="50.00")
    world.run()
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    assert totals(world) == {"PF1": 650.0, "INV-4": 400.0}
    world.sandbox.procurify.change_order(
        worlds.DOMAIN, "PF1", lines=[line("Steel bar", "10.00", "120", taxes=[])], freight="70.00"
    )
    world.run()
    assert totals(world) == {"PF1": 870.0, "INV-4": 400.0}
    owed_once(world)


def test_a13_a_cancelled_order_that_was_billed_in_part_is_held(world: World) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "withdrawn-after-posting")
    assert totals(world) == {"PF1": 600.0, "INV-4": 400.0}


def test_a13_an_order_closed_short_proposes_received_less_billed(world: World, django_user_model: type) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.sandbox.procurify.receive(worlds.DOMAIN, "PF1", {1: 60})
    world.sandbox.procurify.close_order(worlds.DOMAIN, "PF1")
    world.run()
    held = world.record("PF1")
    assert (held.work, held.hold_reason) == (Work.HELD, "closed-short")
    assert "200.00" in held.explanation
    assert totals(world) == {"PF1": 600.0, "INV-4": 400.0}
    approved(world, "PF1", two_people(django_user_model)[0])
    assert totals(world) == {"PF1": 200.0, "INV-4": 400.0}
    owed_once(world)


def test_a19_a_bill_beyond_the_order_is_held_and_goes_on_within_the_tolerance(world: World) -> None:
    world.order("PF1", lines=[line("Pump", "5.00", "100", taxes=[])])
    world.run()
    world.invoice("INV-3", items=[part("PF1", "60")])
    world.run()
    world.invoice("INV-2", items=[part("PF1", "46")], date=worlds.DAY + timedelta(days=1))
    world.run()
    held = world.record("INV-2")
    assert (held.work, held.hold_reason) == (Work.HELD, "over-billed")
    assert totals(world) == {"PF1": 200.0, "INV-3": 300.0}
    Integration.objects.update(over_billing_percent=D(5))
    released(world, "INV-2")
    assert "5.00 beyond the limit of 525.00 and 30.00 beyond the order" in world.record("INV-2").explanation
    Integration.objects.update(over_billing_percent=D(6))
    released(world, "INV-2")
    assert totals(world) == {"INV-3": 300.0, "INV-2": 230.0}


def test_a19_a_bill_beyond_its_order_goes_on_by_itself_when_the_order_was_raised_later(world: World) -> None:
    thousand(world)
    thousand(world, "PF2")
    world.run()
    world.invoice("INV-1", items=[part("PF1", "131")])
    world.run()
    held = world.record("INV-1")
    assert held.hold_reason == "over-billed"

    def ordered(number: str, quantity: int) -> None:
        raised = {**GOODS, "quantity": D(quantity)}
        world.sandbox.procurify.change_order("harbormills", number, lines=[raised], modified=timezone.now())
        world.run()

    entries = Entry.objects.filter(subject_kind="record", subject_id=str(held.pk))
    told = entries.count()
    ordered("PF2", 200)
    ordered("PF1", 90)
    assert entries.count() == told, "another order, or a smaller one, changes nothing"
    ordered("PF1", 120)
    assert world.record("INV-1").hold_reason == "over-billed"
    assert "1,310.00 would be billed of 1,200.00 ordered" in world.record("INV-1").explanation
    ordered("PF1", 140)
    assert totals(world) == {"INV-1": 1310.0, "PF1": 90.0, "PF2": 2000.0}
    assert "its order was raised" in {each.details.get("why") for each in entries}
    owed_once(world)


def released(world: World, number: str) -> None:
    from integrations.engine import release

    release.let_go([world.record(number)], "tried again")
    world.run()


def test_a35_a_bill_of_another_vendor_or_currency_than_its_order_is_held(world: World) -> None:
    thousand(world)
    world.sandbox.xero.add_contact("Ironwood Castings Ltd", tenant=world.tenant)
    world.sandbox.procurify.add_vendor(worlds.DOMAIN, "Ironwood Castings Ltd")
    worlds.read_lists(world.integration)
    world.invoice("INV-7", orders=["PF1"], vendor="Ironwood Castings Ltd")
    world.run()
    assert world.record("INV-7").hold_reason == "invalid-source"
    assert "Ironwood" in world.record("INV-7").explanation


def test_a8_a_bill_waits_while_its_orders_draft_cannot_shrink(world: World) -> None:
    """The order's reduction is refused: the bill waits, and never stands beside the whole draft."""
    thousand(world)
    world.run()
    world.sandbox.faults.add(system="xero", method="POST", path="Invoices", effect="refuse")
    world.invoice("INV-4", items=[part("PF1", "40")])
    world.run()
    assert totals(world) == {"PF1": 1000.0}
    assert world.record("INV-4").work == Work.WAITING
    assert "PF1" in world.record("INV-4").explanation
    assert Billing.objects.get().stage == BillingStage.TAKING


def test_a_bill_is_judged_by_its_order_as_raised_in_the_same_interval(world: World) -> None:
    """The bills' flow comes first: the order's change is read before its bill is held against what was ordered."""
    world.order("PF1", lines=[GOODS])
    world.run()
    raised = {**GOODS, "quantity": D(131)}
    world.sandbox.procurify.change_order("harbormills", "PF1", lines=[raised], modified=timezone.now())
    world.invoice("INV-1", items=[part("PF1", "131")])
    world.run()
    assert totals(world) == {"INV-1": 1310.0}
