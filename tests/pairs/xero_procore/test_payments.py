"""Contract payments equal what was paid, on the project's basis, at every moment; taking back spares the chain."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.money import CENT, ZERO, rounded
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import payments, undoing
from integrations.pairs.xero_procore.documents import Bill, BillStatus, Payment, PaymentKind
from integrations.project_documents import RequisitionStatus, StoredContractPayment, StoredRequisition
from integrations.project_writes import PaymentRemoval, RequisitionRemoval
from tests.pairs.xero_procore.books import CLINIC, TERMS, bill, line

D = Decimal
DAY = date(2026, 3, 2)


def requisition(total: str = "1000.00", **more: Any) -> StoredRequisition:
    values: dict[str, Any] = {
        "target_id": "181205", "project": CLINIC, "commitment": "64382", "reference": "xero:inv:b-1", "sequence": 1,
        "previous": "", "number": "INV-778", "period": "10966", "date": DAY, "payment_date": None,
        "status": RequisitionStatus.DRAFT, "status_word": "draft", "total": D(total), "retained": ZERO, "due": None,
        **more,
    }  # fmt: skip
    return StoredRequisition(**values)


def paid(*amounts: str, **more: Any) -> Bill:
    """A bill of 1,000.00 and 150.00 tax."""
    made = tuple(Payment(f"p{at}", DAY + timedelta(days=at), D(each)) for at, each in enumerate(amounts, 1))
    taxed = line("1000.00", tax_amount=D("150.00"), tax_code="INPUT2")
    return bill(taxed, **{"payments": made, **more})


def amounts_of(given_bill: Bill, posted: dict[str, Decimal] | None = None, total: str = "1000.00") -> list[Decimal]:
    found = payments.contract_payments(given_bill, requisition(total), posted or {}, TERMS)
    assert not isinstance(found, Hold)
    return [each.amount for each in found]


@pytest.mark.promise(8)
def test_a84_a_gross_payment_is_its_share_of_the_requisition() -> None:
    assert amounts_of(paid("575.00", "575.00")) == [D("500.00"), D("500.00")]
    assert amounts_of(paid("575.00")) == [D("500.00")]


def test_a84_the_payment_that_settles_takes_the_rest() -> None:
    assert amounts_of(paid("383.33", "383.33", "383.34")) == [D("333.33"), D("333.33"), D("333.34")]


def test_a84_what_is_kept_out_of_the_project_takes_its_part_of_every_payment() -> None:
    assert amounts_of(paid("575.00", "575.00"), total="800.00") == [D("400.00"), D("400.00")]


def test_a84_a_contract_payment_names_what_it_is_of() -> None:
    given_bill = paid("575.00", number="INV-778")
    [found] = payments.contract_payments(given_bill, requisition(), {}, TERMS)  # type: ignore[misc]  # no hold
    assert (found.requisition, found.commitment, found.reference) == ("181205", "64382", "xero:pay:p1")
    assert (found.date, found.number, found.invoice_date) == (date(2026, 3, 3), "INV-778", date(2026, 2, 18))
    assert found.notes == "Payment of 575.00 NZD in Xero"


def test_a89_an_allocated_prepayment_counts_as_paid_on_its_day() -> None:
    allocated = Payment("pre-1", DAY, D("575.00"), PaymentKind.PREPAYMENT, reference="Deposit 7")
    [found] = payments.contract_payments(paid(payments=(allocated,)), requisition(), {}, TERMS)  # type: ignore[misc]  # no hold
    assert (found.amount, found.date, found.notes) == (
        D("500.00"), DAY, "Allocated prepayment of 575.00 NZD in Xero: Deposit 7",
    )  # fmt: skip


def test_a84_more_paid_than_billed_is_held() -> None:
    found = payments.contract_payments(paid("1150.00", "0.01"), requisition(), {}, TERMS)
    assert isinstance(found, Hold)
    assert found.reason == "invalid-source"


many = st.lists(st.integers(1, 5000), min_size=1, max_size=12)


@pytest.mark.promise(8)
@given(many, st.integers(1, 40000), st.data())
def test_a85_sums_are_equal_at_every_moment_whenever_the_project_is_told(
    cents: list[int], wanted: int, data: st.DataObject
) -> None:
    """Payments come one by one; the project hears of them after each, or of several at once."""
    total = sum(cents, 0)
    share = D(min(wanted, total)) / 100
    whole = bill(line(f"{D(total) / 100:.2f}"))
    posted: dict[str, Decimal] = {}
    for at in range(1, len(cents) + 1):
        made = tuple(
            Payment(f"p{n:02}", DAY + timedelta(days=n), D(each) / 100) for n, each in enumerate(cents[:at], 1)
        )
        if at < len(cents) and not data.draw(st.booleans()):
            continue
        posted |= payments.shares(replace(whole, payments=made), share, posted, CENT)
        so_far = D(sum(cents[:at], 0)) / 100
        assert sum(posted.values(), ZERO) == rounded(so_far * share / whole.total, CENT)
        assert all(each > 0 for each in posted.values())
    assert sum(posted.values(), ZERO) == share


@given(many, st.integers(1, 40000), st.data())
def test_a85_after_payments_are_taken_back_the_sum_stays_within_a_cent_each_and_settles_exactly(
    cents: list[int], wanted: int, data: st.DataObject
) -> None:
    total = sum(cents, 0)
    share = D(min(wanted, total)) / 100
    whole = bill(line(f"{D(total) / 100:.2f}"))
    made = [Payment(f"p{n:02}", DAY, D(each) / 100) for n, each in enumerate(cents, 1)]
    posted = payments.shares(replace(whole, payments=tuple(made)), share, {}, CENT)
    gone = data.draw(st.sets(st.sampled_from([each.payment_id for each in made])))
    left = [replace(each, deleted=each.payment_id in gone) for each in made]
    posted = {name: each for name, each in posted.items() if name not in gone}
    now = replace(whole, payments=tuple(left))
    paid_now = sum((each.amount for each in now.standing_payments), ZERO)
    posted |= payments.shares(now, share, posted, CENT)
    exact = paid_now * share / whole.total
    assert abs(sum(posted.values(), ZERO) - exact) <= CENT * (len(gone) + 1)
    again = [Payment(f"q{n}", DAY, each.amount) for n, each in enumerate(left) if each.deleted]
    posted |= payments.shares(replace(whole, payments=(*left, *again)), share, posted, CENT)
    assert sum(posted.values(), ZERO) == share


def stored(payment: str, **more: Any) -> StoredContractPayment:
    values: dict[str, Any] = {
        "target_id": f"t-{payment}", "project": CLINIC, "commitment": "64382", "requisition": "181205",
        "reference": f"xero:pay:{payment}", "amount": D("500.00"), "date": DAY, "number": "INV-778", **more,
    }  # fmt: skip
    return StoredContractPayment(**values)


THERE = [stored("p1"), stored("p2"), stored("x", requisition="181206")]
REMOVE_P1, REMOVE_P2 = (PaymentRemoval(CLINIC, "64382", f"t-p{at}") for at in (1, 2))
REMOVE = RequisitionRemoval(CLINIC, "64382", "181205")


def test_a89_a_voided_bill_takes_its_payments_and_then_its_requisition_back() -> None:
    assert undoing.whole(requisition(), [requisition()], THERE, TERMS) == (REMOVE_P1, REMOVE_P2, REMOVE)


def test_a89_only_the_newest_requisition_of_the_commitment_is_undone() -> None:
    later = requisition(target_id="181206", sequence=2, previous="181205", number="INV-779")
    held = undoing.whole(requisition(), [requisition(), later], THERE, TERMS)
    assert isinstance(held, Hold)
    assert held.reason == "later-requisition"
    assert "followed by INV-779" in held.message
    assert not isinstance(undoing.whole(later, [requisition(), later], [], TERMS), Hold)


@pytest.mark.parametrize(
    ("there", "made"),
    [
        (requisition(locked=True), THERE),
        (requisition(), [stored("p1", locked=True)]),
        (requisition(status=RequisitionStatus.APPROVED, status_word="approved"), THERE),
    ],
)
def test_a89_what_is_locked_or_decided_on_there_is_held(
    there: StoredRequisition, made: list[StoredContractPayment]
) -> None:
    held = undoing.whole(there, [there], made, TERMS)
    assert isinstance(held, Hold)
    assert held.reason == "withdrawn-after-posting"


def test_a85_a_deleted_payment_takes_its_contract_payment_back_whatever_came_of_the_requisition() -> None:
    one, two = (Payment(f"p{at}", DAY, D("575.00"), deleted=True) for at in (1, 2))
    first = paid(payments=(one, replace(two, deleted=False)))
    approved = requisition(status=RequisitionStatus.APPROVED, status_word="approved")
    for there in (requisition(), approved):
        assert undoing.taken_back(first, there, THERE, TERMS) == (REMOVE_P1,)
    assert undoing.taken_back(paid(payments=(one, two)), requisition(), THERE, TERMS) == (REMOVE_P1, REMOVE_P2)
    assert undoing.taken_back(paid("575.00"), requisition(), THERE, TERMS) == ()
    held = undoing.taken_back(first, requisition(), [stored("p1", locked=True)], TERMS)
    assert isinstance(held, Hold)
    assert held.reason == "withdrawn-after-posting"


def test_a38_being_paid_is_no_change_of_a_bill() -> None:
    assert not undoing.changed(paid(), paid("575.00", status=BillStatus.PAID))
    assert undoing.changed(paid(), paid(number="INV-9"))
    assert undoing.changed(paid(), paid(withheld=D("1.00")))
