"""Whatever strikes a worker, wherever: one requisition, one payment each, and what is gone stays gone (E1, E2)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.engine.projects import bill_doubts, requisitions, steps
from integrations.engine.projects.bill_walk import BillWalk
from integrations.models import Billing, Posting, Record, Request, Work
from integrations.pairs.xero_procore.documents import BillStatus, Payment
from integrations.pairs.xero_procore.terms import Trigger
from tests.engine.projects.billing import PAID, Billed, line
from tests.engine.projects.site import outcomes, settle_time, trail

pytestmark = pytest.mark.sqlite

D = Decimal
INVOICES, INVOICE = "^/rest/v1.1/requisitions$", "^/rest/v1.1/requisitions/"
PAYMENTS, PAYMENT = "^/rest/v1.0/contract_payments$", "^/rest/v1.0/contract_payments/"
REFERENCE = "xero:pay:po-1-p"


class KilledError(BaseException):
    """The worker is gone, and nothing of ours catches it."""


def settled(billed: Billed) -> None:
    """As often as it takes: what is in doubt is looked up, and the rest follows."""
    for _ in range(3):
        settle_time()
        billed.run()


def paid_bill(billed: Billed) -> Record:
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "150.00", "250.00")
    return record


def half_paid_bill(billed: Billed) -> Record:
    """Its requisition and first payment stand; what is to come is the second, and the day it was settled."""
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "150.00")
    billed.run()
    billed.pays(record, "250.00")
    return record


def stands_once(billed: Billed, record: Record) -> None:
    assert billed.claimed() == [("PO-1", D("400.00"))]
    assert billed.paid() == [("150.00", f"{REFERENCE}1"), ("250.00", f"{REFERENCE}2")]
    assert billed.requisitions()[0]["payment_date"] == "2026-03-03"
    assert billed.work(record) == "done"
    ids = {str(each["id"]) for each in (*billed.requisitions(), *billed.payments())}
    assert {posting.target_id for posting in Posting.objects.filter(record=record)} == ids
    assert not Request.objects.filter(outcome__in=("intended", "unknown")).exists()
    assert [row.net for row in Billing.objects.filter(bill=record)] == [D("400.00")]


WRITES = [(INVOICES, "POST"), (PAYMENTS, "POST"), (INVOICE, "PATCH")]
REMOVES = [(PAYMENT, "DELETE"), (INVOICE, "DELETE")]


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
@pytest.mark.parametrize(("path", "method"), WRITES)
def test_e2_a_lost_answer_is_looked_up_and_nothing_is_written_twice(
    billed: Billed, path: str, method: str, effect: str
) -> None:
    record = half_paid_bill(billed) if method == "PATCH" else paid_bill(billed)
    billed.site.fails(effect, path, method)
    billed.run()
    assert billed.work(record) == "doubt"
    writes = len(billed.site.writes())
    billed.run()
    assert len(billed.site.writes()) == writes, "nothing is written over an open doubt"
    settled(billed)
    stands_once(billed, record)
    assert trail(record).count("step.in_doubt") == 1


@pytest.mark.parametrize("effect", ["lose_answer", "refuse"])
@pytest.mark.parametrize(("path", "method"), REMOVES)
def test_e2_what_is_taken_back_is_taken_back_once(billed: Billed, path: str, method: str, effect: str) -> None:
    record = paid_bill(billed)
    billed.run()
    billed.changes(record, status=BillStatus.VOIDED)
    billed.site.fails(effect, path, method)
    billed.run()
    assert billed.work(record) == "doubt"
    settled(billed)
    assert (billed.requisitions(), billed.payments(), billed.work(record)) == ([], [], "withdrawn")
    assert not Billing.objects.exists()


@pytest.mark.parametrize(("begun", "nth"), [(paid_bill, 1), (paid_bill, 2), (half_paid_bill, 1), (half_paid_bill, 2)])
@pytest.mark.parametrize("point", ["after the intent", "before the answer is saved", "after the answer is saved"])
def test_e1_killed_anywhere_each_stands_once(
    billed: Billed, monkeypatch: pytest.MonkeyPatch, point: str, begun: Callable[[Billed], Record], nth: int
) -> None:
    """The requisition with the day it was settled and its first payment; or the second payment, and the day."""
    record = begun(billed)
    with monkeypatch.context() as struck:
        _strike(struck, point, nth)
        with pytest.raises(KilledError):
            billed.run()
    settled(billed)
    stands_once(billed, record)


@pytest.mark.parametrize("nth", range(1, 4))
@pytest.mark.parametrize("point", ["after the intent", "before the answer is saved", "after the answer is saved"])
def test_e1_killed_anywhere_while_it_is_taken_back(
    billed: Billed, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    record = paid_bill(billed)
    billed.run()
    billed.changes(record, status=BillStatus.VOIDED)
    with monkeypatch.context() as struck:
        _strike(struck, point, nth)
        with pytest.raises(KilledError):
            billed.run()
    settled(billed)
    assert (billed.requisitions(), billed.payments(), billed.work(record)) == ([], [], "withdrawn")


def _strike(monkeypatch: pytest.MonkeyPatch, point: str, nth: int) -> None:
    """Die the nth time the worker comes to that point; what was committed stays committed."""
    name, when = {
        "after the intent": ("_intend", "after"),
        "before the answer is saved": ("_answered", "before"),
        "after the answer is saved": ("_answered", "after"),
    }[point]
    original: Callable[..., Any] = getattr(steps, name)
    came: list[bool] = []

    def struck(*args: Any, **more: Any) -> Any:
        came.append(True)
        if when == "before" and len(came) == nth:
            raise KilledError
        result = original(*args, **more)
        if when == "after" and len(came) == nth:
            raise KilledError
        return result

    monkeypatch.setattr(steps, name, struck)


def test_run_twice_at_once_nothing_is_written_twice(billed: Billed) -> None:
    """A second worker that looked before the first one wrote finds the record taken or done."""
    record = paid_bill(billed)
    stale = Record.objects.select_related("document").get(pk=record.pk)
    with billed.site.slice() as slice_, billed.site.books() as books:
        late = BillWalk(slice_, books, billed.terms, billed.tables)
        late.surroundings.of(billed.bills[record.pk])
        requisitions.carry_out(BillWalk(slice_, books, billed.terms, billed.tables), record, billed.bills[record.pk])
        requisitions.carry_out(late, stale, billed.bills[record.pk])
    settled(billed)
    stands_once(billed, record)


def test_e2_what_a_person_let_go_on_is_not_written_over_its_doubt(billed: Billed) -> None:
    record = paid_bill(billed)
    billed.site.fails("lose_answer", INVOICES, "POST")
    billed.run()
    writes = billed.site.writes()
    billed.changes(record)
    assert billed.work(record) == "waiting"
    billed.run()
    assert billed.site.writes() == writes
    settled(billed)
    stands_once(billed, record)


def test_bills_of_an_order_wait_while_one_of_them_is_unsure(billed: Billed) -> None:
    billed.order("PO-1", "1000.00")
    first, second = billed.bill("PO-1 A"), billed.bill("PO-1 B")
    billed.site.fails("lose_answer", INVOICES, "POST")
    billed.run()
    assert (billed.work(first), billed.work(second)) == ("doubt", "waiting")
    settled(billed)
    assert [number for number, _ in billed.claimed()] == ["PO-1 A", "PO-1 B"]


def test_a_direct_cost_whose_answer_is_lost_is_found_by_our_reference(billed: Billed) -> None:
    from integrations.pairs.xero_procore.terms import Unlinked

    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    record = billed.bill("INV-7")
    billed.site.fails("lose_answer", "direct_costs$", "POST")
    billed.run()
    settled(billed)
    assert (len(billed.direct_costs()), billed.work(record)) == (1, "done")
    assert outcomes()[-1] == ("direct-cost", "found", 1)


@pytest.mark.parametrize("where", ["in the books", "in the project"])
def test_e2_a_lost_direct_cost_is_found_although_its_number_was_changed(billed: Billed, where: str) -> None:
    """It is looked for by the number, which people correct at either end before anybody knows that it stands."""
    from integrations.pairs.xero_procore.terms import Unlinked

    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    record = billed.bill("INV-7")
    billed.site.fails("lose_answer", "direct_costs$", "POST")
    billed.run()
    if where == "in the books":
        Record.objects.filter(pk=record.pk).update(number="INV-7A")
        billed.bills[record.pk] = replace(billed.bills[record.pk], number="INV-7A")
    else:
        (cost,) = billed.direct_costs()
        shelf = f"{billed.site.people.company().id}/direct_costs"
        billed.site.people.put(shelf, {**cost, "invoice_number": "INV-7A"})
    settled(billed)
    assert (outcomes()[0], len(billed.direct_costs())) == (("direct-cost", "found", 1), 1)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (PAYMENTS, {"errors": {"base": ["locked"]}}, "rejected-by-target"),
        (INVOICES, {"errors": ["The project must have an open billing period"]}, "rejected-by-target"),
    ],
)
def test_a_refusal_holds_the_bill_and_a_replay_goes_on_where_it_stopped(
    billed: Billed, path: str, body: Any, reason: str
) -> None:
    record = paid_bill(billed)
    billed.site.fails("status", path, "POST", status=422, body=body)
    billed.run()
    assert billed.work(record) == reason
    billed.changes(record)
    settled(billed)
    stands_once(billed, record)


paying = st.lists(
    st.one_of(st.tuples(st.just("pay"), st.integers(1, 60)), st.tuples(st.just("reverse"), st.integers(0, 9))),
    min_size=1,
    max_size=5,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a84_a85_after_any_payments_and_reversals_contract_payments_equal_those_of_the_books(
    billed: Billed, data: st.DataObject
) -> None:
    """A bill of 40.00 and 3.33 of tax, in a project that counts net: to the cent after each payment, and within a cent
    for each one that was taken back until the next is written."""
    number = f"PO-{Record.objects.count()}"
    billed.terms = replace(billed.terms, trigger=data.draw(st.sampled_from(Trigger)))
    billed.order(number, "1000.00")
    record = billed.bill(number, line("40.00", tax_amount=D("3.33")))
    reversed_ = 0
    for what, value in data.draw(paying):
        bill = billed.bills[record.pk]
        left = bill.total - sum((each.amount for each in bill.standing_payments), D(0))
        if what == "pay" and left > 0:
            made = Payment(f"{number}-{len(bill.payments)}", PAID, min(D(value) * D("0.77"), left))
            billed._paid(record, [*bill.payments, made])
        elif what == "reverse" and bill.standing_payments:
            gone = bill.standing_payments[value % len(bill.standing_payments)]
            kept = [replace(each, deleted=each.deleted or each == gone) for each in bill.payments]
            billed._paid(record, kept)
            reversed_ += 1
        billed.run()
        bill = billed.bills[record.pk]
        in_books = sum((each.amount for each in bill.standing_payments), D(0))
        mine = [each for each in billed.payments() if each["origin_data"].startswith(f"xero:pay:{number}-")]
        there = sum((D(each["amount"]) for each in mine), D(0))
        exact = in_books * D("40.00") / bill.total
        assert abs(there - exact) <= D("0.005") + D("0.01") * reversed_
        assert there == D("40.00") if in_books == bill.total and not reversed_ else True
        assert len(mine) == len(bill.standing_payments)


def test_doubts_of_others_are_left_alone(billed: Billed) -> None:
    """Orders settle their own."""
    order = billed.site.order("PO-9")
    Record.objects.filter(pk=order.pk).update(work=Work.DOUBT)
    with billed.site.slice() as slice_, billed.site.books() as books:
        bill_doubts.recover(slice_, books)
    order.refresh_from_db()
    assert order.work == "doubt"
