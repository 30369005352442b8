"""What people changed of a bill in its project is written again, where somebody asks for it (A42)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from audit.models import Entry
from integrations.engine import decisions
from integrations.models import Decision, Flag, Integration, Posting, Record
from integrations.models.decision import FourEyesError
from integrations.pairs.xero_procore.terms import Trigger, Unlinked
from tests.engine.projects.billing import Billed, line
from tests.engine.projects.site import outcomes, settle_time, trail
from tests.engine.projects.test_restoring import BEHIND, asked, runs
from tests.engine.projects.test_watching import change, flags, looks, there

pytestmark = pytest.mark.sqlite  # what takes turns in the database is shown in test_watching.py beside this

INVOICE = "^/rest/v1.1/requisitions/"
PAYMENTS, PAYMENT = "^/rest/v1.0/contract_payments$", "^/rest/v1.0/contract_payments/"
COSTS = "direct_costs/sync$"


@pytest.fixture
def susan(db: None) -> User:
    return User.objects.create_superuser("susan")


@pytest.fixture
def unpaid(billed: Billed) -> Record:
    """A requisition of 400.00 and 100.00 on two lines of its order, a day ago; nothing of it is paid."""
    billed.terms = replace(billed.terms, trigger=Trigger.AUTHORISED)
    billed.order("PO-1", "400.00", "600.00")
    return stands(billed, billed.bill("PO-1", line("500.00")))


@pytest.fixture
def paid(billed: Billed) -> Record:
    """Two payments of 150.00 and 250.00 are all of its requisition."""
    billed.order("PO-1", "1000.00")
    record = billed.bill("PO-1")
    billed.pays(record, "150.00", "250.00")
    return stands(billed, record)


@pytest.fixture
def cost(billed: Billed) -> Record:
    """A bill that nobody ordered, not paid yet."""
    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST, trigger=Trigger.AUTHORISED)
    return stands(billed, billed.bill("INV-7"))


def stands(billed: Billed, record: Record) -> Record:
    billed.run()
    assert billed.work(record) == "done", record.explanation
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    return record


def edited(billed: Billed, shelf: str, at: int = 0, **changes: object) -> Flag:
    change(billed, shelf, at, **changes)
    looks(billed)
    return the_flag()


def removed(billed: Billed, at: int) -> Flag:
    people = billed.site.people
    people.remove(f"{people.company().id}/contract_payments", str(there(billed, "contract_payments")[at]["id"]))
    looks(billed)
    return the_flag()


def the_flag() -> Flag:
    return Flag.objects.get(record__flow="bills", closed_at=None, kind="edited-in-target")


def another_vendor(billed: Billed) -> Flag:
    return edited(billed, "direct_costs", vendor_id=billed.site.people.add_vendor("Alder Plumbing")["id"])


def items(billed: Billed) -> list[str]:
    return [each["work_completed_this_period"] for each in there(billed, "requisition_items")]


def goes_on(billed: Billed) -> None:
    """A run: what was asked for, then the bills."""
    runs(billed)
    billed.run()


def is_as_we_wrote_it(billed: Billed, record: Record) -> None:
    assert billed.work(record) == "done", record.explanation
    looks(billed)
    assert flags() == []
    assert "drift.restored" in trail(record)
    assert not {each for _, each, _ in outcomes()} & {"intended", "unknown"}


def is_left(billed: Billed, record: Record, why: str, writes: int) -> None:
    """As people left it; the flag waits for another decision, and nothing was written."""
    assert (billed.work(record), len(billed.site.writes())) == ("done", writes)
    assert "restore" not in the_flag().details
    assert why in Entry.objects.filter(action=BEHIND).latest("pk").details["why"]
    assert Decision.objects.latest("pk").lapsed_because


# Restored


def test_the_items_of_a_requisition_are_written_again(billed: Billed, unpaid: Record, susan: User) -> None:
    assert items(billed) == ["400.00", "100.00"]
    change(billed, "requisition_items", 1, work_completed_this_period="70.00", materials_presently_stored="5.00")
    flag = edited(billed, "requisition_items", work_completed_this_period="380.00")
    assert asked(flag, susan) == "will be written again on the next run."
    before = len(billed.site.writes())
    goes_on(billed)
    assert items(billed) == ["400.00", "100.00"]
    assert len(billed.site.writes()) == before + 1
    is_as_we_wrote_it(billed, unpaid)
    goes_on(billed)
    assert len(billed.site.writes()) == before + 1


def test_a_payment_gets_its_amount_again_and_a_removed_one_is_written_anew(
    billed: Billed, paid: Record, susan: User
) -> None:
    change(billed, "contract_payments", 1, amount="200.00")
    asked(removed(billed, 0), susan)
    goes_on(billed)
    assert sorted(billed.paid()) == [("150.00", "xero:pay:po-1-p1"), ("250.00", "xero:pay:po-1-p2")]
    stands = {(each["amount"], each["date"], str(each["id"])) for each in billed.payments()}
    ours = Posting.objects.filter(kind="contract-payment")
    assert {each.target_id for each in ours} == {key for _, _, key in stands}
    assert {day for _, day, _ in stands} == {"2026-03-02", "2026-03-03"}
    is_as_we_wrote_it(billed, paid)


def test_the_vendor_of_a_direct_cost_is_written_again(billed: Billed, cost: Record, susan: User) -> None:
    asked(another_vendor(billed), susan)
    goes_on(billed)
    assert str(there(billed, "direct_costs")[0]["vendor_id"]) == billed.site.vendor
    is_as_we_wrote_it(billed, cost)


def test_what_holds_a_bill_until_it_is_corrected_can_be_restored_and_the_bill_goes_on(
    billed: Billed, unpaid: Record, susan: User
) -> None:
    flag = edited(billed, "requisition_items", work_completed_this_period="380.00")
    billed.pays(unpaid, "500.00")
    billed.run()
    assert billed.work(unpaid) == "differs-in-project"
    asked(flag, susan)
    goes_on(billed)
    assert billed.paid() == [("500.00", "xero:pay:po-1-p1")]
    is_as_we_wrote_it(billed, unpaid)


# Left


def test_a42_what_is_paid_is_left(billed: Billed, unpaid: Record, susan: User) -> None:
    flag = edited(billed, "requisition_items", work_completed_this_period="380.00")
    asked(flag, susan)
    (requisition,) = there(billed, "requisitions")
    billed.site.people.add_payment(requisition["commitment_id"], "20.00", requisition_id=requisition["id"])
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, unpaid, "it is paid", writes)


def test_a42_a_paid_requisition_is_refused_when_it_is_asked_for(billed: Billed, paid: Record, susan: User) -> None:
    flag = edited(billed, "requisition_items", work_completed_this_period="380.00")
    assert asked(flag, susan) == "cannot be restored: it is paid, in whole or in part."


def test_what_changed_once_more_is_left(billed: Billed, unpaid: Record, susan: User) -> None:
    asked(edited(billed, "requisition_items", work_completed_this_period="380.00"), susan)
    change(billed, "requisition_items", work_completed_this_period="385.00")
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, unpaid, "it was changed again since", writes)


def test_only_the_newest_requisition_of_a_commitment_is_restored(billed: Billed, unpaid: Record, susan: User) -> None:
    asked(edited(billed, "requisition_items", work_completed_this_period="380.00"), susan)
    billed.bill("PO-1 B", line("100.00"))
    billed.run()
    assert len(billed.requisitions()) == 2
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, unpaid, "followed by PO-1 B on the same commitment, and only the newest", writes)


def test_a42_a_requisition_of_a_closed_period_is_left(billed: Billed, unpaid: Record, susan: User) -> None:
    asked(edited(billed, "requisition_items", work_completed_this_period="380.00"), susan)
    change(billed, "billing_periods", status="closed")
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, unpaid, "billing period is not open", writes)


def test_what_others_locked_is_left(billed: Billed, paid: Record, susan: User) -> None:
    asked(edited(billed, "contract_payments", 1, amount="200.00", origin_id="theirs"), susan)
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, paid, "it is locked", writes)


def test_a_payment_that_somebody_entered_instead_is_not_paid_once_more(
    billed: Billed, paid: Record, susan: User
) -> None:
    """They took ours away and entered one of their own."""
    instead = {**there(billed, "contract_payments")[1], "id": 99, "origin_data": None, "amount": "240.00"}
    asked(removed(billed, 1), susan)
    people = billed.site.people
    people.put(f"{people.company().id}/contract_payments", instead)
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, paid, "somebody entered a payment of it", writes)


def test_the_total_of_a_direct_cost_and_a_paid_one_are_corrected_by_people(
    billed: Billed, cost: Record, susan: User
) -> None:
    flag = edited(billed, "direct_cost_lines", amount="410.00")
    assert "correct its total in the project" in asked(flag, susan)
    change(billed, "direct_cost_lines", amount="400.00")
    flag = another_vendor(billed)
    change(billed, "direct_costs", payment_date="2026-03-01")
    asked(flag, susan)
    writes = len(billed.site.writes())
    goes_on(billed)
    is_left(billed, cost, "it is paid", writes)


def test_what_procore_refuses_is_told_and_the_bill_stays_done(billed: Billed, unpaid: Record, susan: User) -> None:
    asked(edited(billed, "requisition_items", work_completed_this_period="380.00"), susan)
    billed.site.sandbox.faults.add(
        "procore", "status", path=INVOICE, method="PATCH", status=422, body={"errors": {"base": ["No."]}}
    )
    goes_on(billed)
    assert billed.work(unpaid) == "done"
    assert "refused" in Entry.objects.filter(action=BEHIND).latest("pk").details["why"]
    assert "restore" not in the_flag().details


def test_a96_a_second_person_decides_above_the_threshold(billed: Billed, paid: Record, susan: User) -> None:
    Integration.objects.update(approval_rule="always")
    flag = edited(billed, "contract_payments", 1, amount="200.00")
    assert asked(flag, susan) == "waits for a second person."
    goes_on(billed)
    assert ("200.00", "xero:pay:po-1-p2") in billed.paid()
    sven = User.objects.create_superuser("sven")
    with pytest.raises(FourEyesError):
        decisions.decide(Decision.objects.pending().get(), susan, True, "Mine.")
    assert decisions.decide(Decision.objects.pending().get(), sven, True, "Agreed.") == "approved."
    goes_on(billed)
    assert ("250.00", "xero:pay:po-1-p2") in billed.paid()
    is_as_we_wrote_it(billed, paid)


# Lost answers; workers that die are killed in `test_crashes_of_restoring.py`

WRITES = {
    "requisition": ("unpaid", INVOICE, "PATCH"),
    "payment": ("paid", PAYMENT, "PATCH"),
    "payment anew": ("paid", PAYMENTS, "POST"),
    "direct cost": ("cost", COSTS, "PATCH"),
}


def asked_for(billed: Billed, kind: str, susan: User) -> None:
    match kind:
        case "requisition":
            flag = edited(billed, "requisition_items", work_completed_this_period="380.00")
        case "payment":
            flag = edited(billed, "contract_payments", 1, amount="200.00")
        case "payment anew":
            flag = removed(billed, 0)
        case _:
            flag = another_vendor(billed)
    assert asked(flag, susan) == "will be written again on the next run."


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
@pytest.mark.parametrize("kind", WRITES)
def test_e2_a_lost_answer_is_looked_up_and_nothing_is_written_twice(
    billed: Billed, susan: User, request: pytest.FixtureRequest, kind: str, effect: str
) -> None:
    fixture, path, method = WRITES[kind]
    record = request.getfixturevalue(fixture)
    asked_for(billed, kind, susan)
    billed.site.fails(effect, path, method)
    writes = len(billed.site.writes())
    runs(billed)
    assert billed.work(record) == "doubt"
    goes_on(billed)
    assert len(billed.site.writes()) == writes + 1, "nothing is written over an open doubt"
    for _ in range(3):
        settle_time()
        goes_on(billed)
    assert len(billed.site.writes()) == writes + (2 if effect == "refuse" else 1)
    is_as_we_wrote_it(billed, record)
