"""A bill becomes the requisition of its order, its payments contract payments, each once (A84 to A91)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.engine.projects.dry_walk import DryWalk
from integrations.models import Billing, Posting, Record, Standing
from integrations.pairs.xero_procore.documents import AppliedCredit, BillStatus
from integrations.pairs.xero_procore.terms import Trigger, Unlinked
from tests.engine.projects.billing import DAY, Billed, line
from tests.engine.projects.site import trail
from tests.engine.projects.test_watching import flags, looks

pytestmark = pytest.mark.sqlite

D = Decimal


def due(record: Record) -> None:
    """The time has come at which it is looked at again."""
    record.refresh_from_db()
    assert record.not_before is not None
    Record.objects.filter(pk=record.pk).update(not_before=record.changed_at)


def test_a86_a_bill_is_entered_against_its_order_and_its_payments_follow(billed: Billed) -> None:
    billed.order("PO-1", "1000.00", "500.00")
    record = billed.bill("PO-1 INV-7", line("400.00", tax_amount=D("60.00")), line("35.00", "820"))
    billed.run()
    assert billed.claimed() == [("PO-1 INV-7", D("400.00"))]
    assert billed.work(record) == "done"
    assert [(row.order, row.item, row.net) for row in Billing.objects.all()] == [("po-1", "PO-1-1", D("400.00"))]
    billed.pays(record, "247.50")
    billed.run()
    assert billed.paid() == [("200.00", "xero:pay:po-1-inv-7-p1")]
    billed.pays(record, "247.50")
    billed.run()
    assert [amount for amount, _ in billed.paid()] == ["200.00", "200.00"]
    assert billed.requisitions()[0]["payment_date"] == "2026-03-03"
    assert billed.work(record) == "done"
    postings = Posting.objects.filter(record=record).order_by("pk")
    assert [posting.standing for posting in postings] == ["draft", "ledger", "ledger"]


def test_a85_paid_by_setting_brings_the_first_payment_its_bill_along(billed: Billed) -> None:
    billed.terms = replace(billed.terms, trigger=Trigger.PAID)
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.run()
    calls = len(billed.site.sandbox.log("procore"))
    billed.run()
    assert billed.work(record) == "waiting"
    assert "first payment" in record.explanation
    assert len(billed.site.sandbox.log("procore")) == calls, "an unpaid bill costs no call"
    billed.pays(record, "100.00")
    billed.run()
    assert (billed.claimed(), billed.paid()) == (
        [("PO-1", D("400.00"))],
        [("100.00", "xero:pay:po-1-p1")],
    )


def test_bills_of_one_order_come_oldest_first_and_fill_what_the_ones_before_left(billed: Billed) -> None:
    billed.order("PO-1", "300.00", "500.00")
    billed.bill("PO-1 B", date=date(2026, 2, 20))
    billed.bill("PO-1 A", date=date(2026, 2, 10))
    billed.run()
    assert billed.claimed() == [("PO-1 A", D("400.00")), ("PO-1 B", D("400.00"))]
    rows = Billing.objects.order_by("bill__document_date", "item").values_list("bill__number", "item", "net")
    assert list(rows) == [
        ("PO-1 A", "PO-1-1", D("300.00")), ("PO-1 A", "PO-1-2", D("100.00")), ("PO-1 B", "PO-1-2", D("400.00")),
    ]  # fmt: skip


def test_a_bill_waits_for_its_order_and_goes_on_by_itself(billed: Billed) -> None:
    order = billed.site.order("PO-1")
    Record.objects.filter(pk=order.pk).update(vendor_key="c-1")
    record = billed.bill("PO-1", line("400.00", tracking=()))
    billed.run()
    assert (billed.work(record), record.explanation) == ("waiting", "Its order PO-1 does not stand in the project yet.")
    assert billed.site.writes() == []
    order.delete()
    order.document.delete()
    billed.order("PO-1", "1000.00")
    billed.run()
    assert billed.work(record) == "done"


def test_a90_a_late_bill_goes_into_the_open_period_with_its_own_date_and_a_later_one_waits(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    late = billed.bill("PO-1 late", date=date(2026, 1, 20))
    later = billed.bill("PO-1 later", date=date(2026, 3, 1))
    billed.run()
    assert [each["billing_date"] for each in billed.requisitions()] == ["2026-01-20"]
    assert [flag.kind for flag in late.flags.all()] == ["late-in-period"]
    assert billed.work(later) == "waiting"
    due(later)
    billed.site.people.close_billing_period(int(billed.site.project))
    billed.run()
    assert billed.work(later) == "no-open-period"
    billed.site.people.add_billing_period(int(billed.site.project), "2026-03-01", "2026-03-31")
    due(later)
    billed.run()
    assert billed.work(later) == "done"
    assert trail(later).count("record.held") == 1


def test_an_order_that_nobody_approved_there_takes_no_bills(billed: Billed) -> None:
    made = billed.order("PO-1", "1000.00", status="Draft")
    record = billed.bill("PO-1")
    billed.run()
    assert billed.work(record) == "commitment-not-approved"
    billed.site.people.edit_order(made["id"], status="Approved")
    due(record)
    billed.run()
    assert billed.work(record) == "done"


def test_a91_a_bill_without_an_order_is_held_or_by_setting_a_direct_cost(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("INV-7")
    billed.run()
    assert billed.work(record) == "needs-link"
    assert "PO-1 (1,000.00 USD unbilled)" in record.explanation
    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    billed.changes(record)
    billed.run()
    billed.changes(record)
    billed.run()
    assert billed.work(record) == "done"
    assert [each["origin_data"] for each in billed.direct_costs()] == ["xero:inv:inv-7"]


def test_a91_what_is_a_direct_cost_becomes_no_requisition_before_it_is_removed(billed: Billed) -> None:
    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    billed.order("PO-1", "1000.00")
    record = billed.bill("INV-7")
    billed.run()
    billed.changes(record, number="INV-7 PO-1")
    billed.run()
    assert billed.work(record) == "already-direct-cost"
    shelf = f"{billed.site.people.company().id}/direct_costs"
    billed.site.people.remove(shelf, billed.direct_costs()[0]["id"])
    billed.changes(record)
    billed.run()
    assert billed.work(record) == "done"
    assert [number for number, _ in billed.claimed()] == ["INV-7 PO-1"]


# Taking back (A89)


def test_a89_a_deleted_payment_takes_its_contract_payment_back(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00", "300.00")
    billed.run()
    assert [amount for amount, _ in billed.paid()] == ["100.00", "300.00"]
    billed.takes_back(record, 1)
    billed.run()
    assert [amount for amount, _ in billed.paid()] == ["300.00"]
    assert billed.work(record) == "done"


def test_a89_with_the_last_payment_the_requisition_goes_where_payments_bring_it(billed: Billed) -> None:
    billed.terms = replace(billed.terms, trigger=Trigger.PAID)
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00")
    billed.run()
    billed.takes_back(record, 1)
    billed.run()
    assert (billed.requisitions(), billed.paid()) == ([], [])
    assert billed.work(record) == "waiting"
    assert not Billing.objects.exists()
    billed.pays(record, "400.00")
    billed.run()
    assert (billed.claimed(), billed.work(record)) == ([("PO-1", D("400.00"))], "done")


def test_the_day_of_payment_comes_with_the_requisition_of_a_bill_that_is_paid(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00", "300.00")
    billed.run()
    assert billed.requisitions()[0]["payment_date"] == "2026-03-03"
    assert not [each for each in billed.site.writes() if each.startswith("PATCH")], "one call less"


@pytest.mark.parametrize("trigger", Trigger)
def test_a89_a_requisition_that_says_it_was_paid_is_written_anew_when_it_is_open_again(
    billed: Billed, trigger: Trigger
) -> None:
    """Its day of payment cannot be taken off it."""
    billed.terms = replace(billed.terms, trigger=trigger)
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00", "300.00")
    billed.run()
    billed.takes_back(record, 2)
    billed.run()
    assert [each["payment_date"] for each in billed.requisitions()] == [None]
    assert (billed.claimed(), billed.paid()) == ([("PO-1", D("400.00"))], [("100.00", "xero:pay:po-1-p1")])
    billed.pays(record, "300.00", day=date(2026, 3, 9))
    billed.run()
    assert [each["payment_date"] for each in billed.requisitions()] == ["2026-03-11"]
    assert billed.work(record) == "done"


def test_a85_an_older_requisition_keeps_its_date_and_its_payments_follow_the_books(billed: Billed) -> None:
    """Only the newest may be changed, and payments are no part of it."""
    billed.order("PO-1", "1000.00")
    first = billed.bill("PO-1 A")
    billed.pays(first, "400.00")
    billed.run()
    second = billed.bill("PO-1 B", date=date(2026, 2, 20))
    billed.run()
    billed.takes_back(first, 1)
    billed.run()
    assert billed.paid() == []
    assert billed.work(first) == "differs-in-project"
    assert "says that it was paid on 2 March 2026" in first.explanation
    billed.pays(first, "400.00", day=date(2026, 3, 1))
    billed.pays(second, "100.00")
    billed.run()
    assert [amount for amount, _ in billed.paid()] == ["400.00", "100.00"]
    assert (billed.work(first), billed.work(second)) == ("done", "done")


def test_a_day_that_cannot_be_written_is_told_once(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    first, second = billed.bill("PO-1 A"), billed.bill("PO-1 B", date=date(2026, 2, 20))
    billed.run()
    for _ in range(2):
        billed.pays(first, *(["400.00"] if not billed.payments() else []))
        billed.run()
    assert billed.requisitions()[0]["payment_date"] is None
    assert (billed.work(first), trail(first).count("requisition.day_left")) == ("done", 1)
    assert second.number == "PO-1 B"


def test_a85_the_payments_of_a_voided_bill_go_even_where_its_requisition_cannot(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    first, second = billed.bill("PO-1 A"), billed.bill("PO-1 B", date=date(2026, 2, 20))
    billed.run()
    billed.pays(first, "100.00")
    billed.run()
    billed.changes(first, status=BillStatus.VOIDED, payments=())
    billed.run()
    assert (billed.paid(), billed.work(first)) == ([], "later-requisition")
    assert billed.work(second) == "done"


def test_a89_a_voided_bill_is_taken_back_as_a_whole(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00")
    billed.run()
    billed.changes(record, status=BillStatus.VOIDED, payments=())
    billed.run()
    assert (billed.requisitions(), billed.paid(), billed.work(record)) == ([], [], "withdrawn")


def test_a89_only_the_newest_requisition_is_taken_back(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    first, second = billed.bill("PO-1 A"), billed.bill("PO-1 B")
    billed.run()
    billed.changes(first, status=BillStatus.VOIDED)
    billed.run()
    assert billed.work(first) == "later-requisition"
    assert len(billed.requisitions()) == 2
    billed.changes(second, status=BillStatus.VOIDED)
    billed.changes(first)
    billed.run()
    billed.changes(first)
    billed.run()
    assert (billed.requisitions(), billed.work(first), billed.work(second)) == ([], "withdrawn", "withdrawn")


def test_a89_a_changed_bill_is_taken_back_and_written_anew(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "100.00")
    billed.run()
    bill = billed.bills[record.pk]
    billed.changes(record, lines=(line("500.00"),), net=D("500.00"), total=D("500.00"))
    billed.run()
    assert billed.claimed() == [("PO-1", D("500.00"))]
    assert [amount for amount, _ in billed.paid()] == ["100.00"]
    assert billed.work(record) == "done"
    billed.changes(record, lines=(line("500.00", "999"),))
    billed.run()
    assert billed.work(record) == "missing-mapping"
    assert billed.claimed() == [("PO-1", D("500.00"))], "what stands stays until the new one can be written"
    assert bill.total == D("400.00")


def test_a89_a_credit_note_holds_the_bill_and_nothing_more_is_paid(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.run()
    billed.changes(record, status=BillStatus.PAID, credits=(AppliedCredit("cn-1", "CN-1", DAY, D("400.00")),))
    billed.run()
    assert (billed.work(record), billed.paid()) == ("credit-note", [])


def test_what_somebody_changed_in_the_project_is_not_paid_or_made_again(billed: Billed) -> None:
    made = billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.run()
    shelf = f"{billed.site.people.company().id}/requisition_items"
    (item,) = billed.site.people.collections()[shelf].values()
    billed.site.people.put(shelf, {**item, "work_completed_this_period": "410.00"})
    billed.pays(record, "400.00")
    billed.run()
    assert billed.work(record) == "differs-in-project"
    assert "was written as 400.00 USD, and stands as 410.00" in record.explanation
    requisition = billed.requisitions()[0]
    billed.site.people.remove(f"{billed.site.people.company().id}/requisitions", requisition["id"])
    billed.changes(record)
    billed.run()
    assert billed.work(record) == "removed-in-target"
    assert Posting.objects.get(record=record, kind="requisition").standing == Standing.REMOVED
    assert made
    assert billed.requisitions() == []


def test_e6_what_bears_our_mark_and_is_not_ours_is_never_adopted(billed: Billed) -> None:
    made = billed.order("PO-1", "1000.00")
    amounts = {made["line_items"][0]["id"]: "400.00"}
    billed.site.people.add_invoice(made["id"], amounts, invoice_number="PO-1", origin_data="xero:inv:po-1")
    record = billed.bill("PO-1")
    billed.run()
    assert billed.work(record) == "possible-duplicate"
    Record.objects.filter(pk=record.pk).update(look_up_first=True)
    billed.changes(record)
    billed.run()
    assert (billed.work(record), len(billed.requisitions())) == ("done", 1)


@pytest.mark.parametrize("nothing_to_pay", [True, False])
def test_in_trial_mode_everything_is_judged_and_nothing_written(billed: Billed, nothing_to_pay: bool) -> None:
    billed.order("PO-1", "1000.00")
    record, held = billed.bill("PO-1"), billed.bill("INV-9")
    if not nothing_to_pay:
        billed.pays(record, "400.00")
    billed.run(sends=False)
    assert (billed.work(record), billed.work(held)) == ("waiting", "needs-link")
    assert billed.site.writes() == []


@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize("paid", [("150.00",), ("150.00", "250.00")], ids=["the only one", "the first of two"])
def test_a89_a_payment_that_people_removed_and_that_is_taken_back_in_the_books_is_gone(
    billed: Billed, paid: tuple[str, ...], looked: bool
) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, *paid)
    billed.run()
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    people = billed.site.people
    people.remove(f"{people.company().id}/contract_payments", str(billed.payments()[0]["id"]))
    if looked:
        looks(billed)
    billed.takes_back(record, 1)
    billed.run()
    assert billed.work(record) == "done", record.explanation
    assert [amount for amount, _ in billed.paid()] == list(paid[1:])
    assert Posting.objects.get(reference="xero:pay:po-1-p1").standing == Standing.NOTHING
    looks(billed)
    assert flags() == []


@pytest.mark.parametrize(
    ("trigger", "sent"),
    [(Trigger.AUTHORISED, ["PaymentRemoval"]), (Trigger.PAID, ["PaymentRemoval", "RequisitionRemoval"])],
)
@pytest.mark.parametrize("removed", [False, True])
def test_e35_a_payment_that_was_taken_back_is_foreseen_as_it_is_then_sent(
    billed: Billed, trigger: Trigger, sent: list[str], removed: bool
) -> None:
    billed.terms = replace(billed.terms, trigger=trigger)
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "150.00")
    billed.run()
    people = billed.site.people
    if removed:
        people.remove(f"{people.company().id}/contract_payments", str(billed.payments()[0]["id"]))
    billed.takes_back(record, 1)
    with billed.site.slice() as slice_, billed.site.books() as books:
        walk = DryWalk(slice_, books, billed.terms, billed.tables)
        foreseen = [type(each).__name__ for each in walk.rehearse(record, billed.bills[record.pk])]
    assert foreseen == sent[removed:]
    before = len(billed.site.writes())
    billed.run()
    assert [each.partition(" ")[0] for each in billed.site.writes()[before:]] == ["DELETE"] * len(foreseen)
