"""A bill without an order as a direct cost: written once, following the bill while nobody worked on it (A89, A91)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations.engine import lists
from integrations.engine.projects.dry_walk import DryWalk
from integrations.engine.slice import Slice
from integrations.models import Posting, Record, Run, Standing, VendorPolicy
from integrations.pairs.xero_procore.documents import BillStatus
from integrations.pairs.xero_procore.terms import Trigger, Unlinked
from integrations.reconciliation import auditing, project_evidence
from tests.engine.projects.billing import Billed, line
from tests.engine.projects.site import Json, outcomes, settle_time, trail

pytestmark = pytest.mark.sqlite

D = Decimal
COSTS = "direct_costs"


@pytest.fixture
def direct(billed: Billed) -> Billed:
    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    return billed


def a_direct_cost(billed: Billed, number: str = "INV-7") -> Record:
    record = billed.bill(number)
    billed.run()
    assert (billed.work(record), len(billed.direct_costs())) == ("done", 1)
    return record


def says_more(billed: Billed, record: Record) -> None:
    billed.changes(record, lines=(line("450.00"),), net=D("450.00"), total=D("450.00"))


def amounts(billed: Billed) -> list[str]:
    """Of those that stand by our own rows."""
    standing = Posting.objects.filter(kind="direct-cost", standing__in=("draft", "ledger"))
    return [f"{each.target_total:.2f}" for each in standing]


def people_change(billed: Billed, **changes: Json | str) -> None:
    shelf = f"{billed.site.people.company().id}/{COSTS}"
    (cost,) = billed.direct_costs()
    billed.site.people.put(shelf, {**cost, **changes})


def test_a89_a_bill_that_changed_has_its_direct_cost_written_anew(direct: Billed) -> None:
    record = a_direct_cost(direct)
    (first,) = direct.direct_costs()
    says_more(direct, record)
    direct.run()
    (second,) = direct.direct_costs()
    assert (direct.work(record), amounts(direct)) == ("done", ["450.00"])
    assert (first["id"] != second["id"], second["origin_data"]) == (True, "xero:inv:inv-7")
    assert direct.site.people.budget(int(direct.site.project), "03-300.M")["direct_costs"] == "450.00"
    calls = len(direct.site.sandbox.log("procore"))
    direct.changes(record)
    direct.run()
    assert len(direct.site.sandbox.log("procore")) == calls, "what stands as it should costs no call"


@pytest.mark.parametrize("status", [BillStatus.VOIDED, BillStatus.DELETED])
def test_a89_a_voided_bill_takes_its_direct_cost_back(direct: Billed, status: BillStatus) -> None:
    record = a_direct_cost(direct)
    direct.changes(record, status=status)
    direct.run()
    assert (direct.direct_costs(), direct.work(record)) == ([], "withdrawn")
    assert outcomes()[-1] == ("direct-cost-removal", "done", 1)
    kept = project_evidence.of(auditing.of(record))
    assert kept is not None, "what was written stays in evidence"
    assert kept.totals == (D("400.00"), D("400.00"))
    assert [(row.account, row.code, row.by) for row in kept.source] == [
        ("310", "03-300.M", "cost code row 1, version 1")
    ]


CHANGED_THERE: dict[str, tuple[Json, str]] = {
    "approved": ({"status": "draft"}, "status draft instead of approved"),
    "number": ({"invoice_number": "INV-8"}, "number INV-8 instead of INV-7"),
    "date": ({"direct_cost_date": "2026-02-01"}, "date 2026-02-01 instead of 2026-02-18"),
    "locked": ({"origin_id": "erp-1"}, "is locked in Procore. Unlock it there"),
}


@pytest.mark.parametrize(("changes", "said"), CHANGED_THERE.values(), ids=CHANGED_THERE.keys())
@pytest.mark.parametrize(
    ("event", "reason"),
    [(says_more, "changed-after-posting"), (lambda b, r: b.changes(r, status=BillStatus.VOIDED),
      "withdrawn-after-posting")],
)  # fmt: skip
def test_a89_what_somebody_worked_on_is_held_with_what_they_changed(
    direct: Billed, event: Callable[[Billed, Record], None], reason: str, changes: Json, said: str
) -> None:
    record = a_direct_cost(direct)
    people_change(direct, **changes)
    event(direct, record)
    direct.run()
    assert direct.work(record) == reason
    assert said in record.explanation
    assert len(direct.direct_costs()) == 1


def test_a_bill_that_is_open_again_is_held_and_one_that_cannot_be_written_keeps_what_stands(direct: Billed) -> None:
    record = a_direct_cost(direct)
    direct.changes(record, status=BillStatus.SUBMITTED)
    direct.run()
    assert direct.work(record) == "withdrawn-after-posting"
    direct.changes(record, status=BillStatus.AUTHORISED, lines=(line("400.00", "999"),))
    direct.run()
    assert direct.work(record) == "missing-mapping"
    assert len(direct.direct_costs()) == 1


def test_a87_a_bill_of_which_nothing_is_project_cost_any_more_takes_it_back(direct: Billed) -> None:
    record = a_direct_cost(direct)
    direct.changes(record, lines=(line("400.00", "820"),))
    direct.run()
    assert (direct.direct_costs(), direct.work(record)) == ([], "excluded-rule")


@pytest.mark.parametrize("trigger", Trigger)
def test_a85_a_payment_that_was_taken_back_is_followed(direct: Billed, trigger: Trigger) -> None:
    """Where payments bring bills along the cost goes with the last; elsewhere its day of payment goes."""
    direct.terms = replace(direct.terms, trigger=trigger)
    record = direct.bill("INV-7")
    direct.pays(record, "400.00")
    direct.run()
    assert [each["payment_date"] for each in direct.direct_costs()] == ["2026-03-02"]
    direct.takes_back(record, 1)
    direct.run()
    stands = {Trigger.PAID: ([], "waiting"), Trigger.AUTHORISED: ([None], "done")}[trigger]
    assert ([each["payment_date"] for each in direct.direct_costs()], direct.work(record)) == stands


def days(direct: Billed) -> list[str | None]:
    return [each["payment_date"] for each in direct.direct_costs()]


def test_a85_the_day_on_which_it_was_paid_later_is_written_once_and_on_the_same_direct_cost(direct: Billed) -> None:
    record = a_direct_cost(direct)
    (first,) = direct.direct_costs()
    direct.pays(record, "150.00")
    direct.run()
    assert days(direct) == [None], "it is not paid in full"
    direct.pays(record, "250.00")
    direct.run()
    assert (days(direct), direct.work(record)) == (["2026-03-03"], "done")
    assert direct.direct_costs()[0]["id"] == first["id"]
    assert outcomes()[-1] == ("payment-date", "done", 1)
    calls = len(direct.site.sandbox.log("procore"))
    direct.changes(record)
    direct.run()
    assert len(direct.site.sandbox.log("procore")) == calls, "what says so already costs no call"


def test_a85_a_day_that_was_written_later_goes_with_its_payment(direct: Billed) -> None:
    record = a_direct_cost(direct)
    direct.pays(record, "400.00")
    direct.run()
    assert days(direct) == ["2026-03-02"]
    direct.takes_back(record, 1)
    direct.run()
    assert (days(direct), direct.work(record)) == ([None], "done")
    assert direct.site.people.budget(int(direct.site.project), "03-300.M")["direct_costs"] == "400.00"


@pytest.mark.parametrize(
    "theirs", [{"payment_date": "2026-02-27"}, {"origin_id": "erp-1"}], ids=["their day", "locked"]
)
def test_a_day_that_people_wrote_and_what_is_locked_stay(direct: Billed, theirs: Json) -> None:
    record = a_direct_cost(direct)
    people_change(direct, **theirs)
    writes = len(direct.site.writes())
    direct.pays(record, "400.00")
    direct.run()
    assert (days(direct), direct.work(record)) == ([theirs.get("payment_date")], "done")
    assert len(direct.site.writes()) == writes


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
def test_e2_a_lost_answer_to_the_day_leaves_it_once(direct: Billed, effect: str) -> None:
    record = a_direct_cost(direct)
    direct.pays(record, "400.00")
    direct.site.fails(effect, f"{COSTS}/sync$", "PATCH")
    direct.run()
    assert direct.work(record) == "doubt"
    for _ in range(3):
        settle_time()
        direct.run()
    assert (days(direct), direct.work(record)) == (["2026-03-02"], "done")
    assert trail(record).count("step.in_doubt") == 1


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
@pytest.mark.parametrize(("path", "method"), [(f"{COSTS}$", "POST"), (f"{COSTS}/", "DELETE")])
def test_e2_a_lost_answer_on_the_way_to_the_new_one_leaves_one(
    direct: Billed, path: str, method: str, effect: str
) -> None:
    record = a_direct_cost(direct)
    says_more(direct, record)
    direct.site.fails(effect, path, method)
    direct.run()
    assert direct.work(record) == "doubt"
    for _ in range(3):
        settle_time()
        direct.run()
    assert (direct.work(record), amounts(direct), len(direct.direct_costs())) == ("done", ["450.00"], 1)
    assert trail(record).count("step.in_doubt") == 1


def test_a91_a_bill_that_names_an_order_now_is_held_until_its_direct_cost_is_gone(direct: Billed) -> None:
    order = direct.site.order("PO-1")
    Record.objects.filter(pk=order.pk).update(vendor_key="c-1")
    record = a_direct_cost(direct)
    direct.changes(record, number="INV-7 PO-1")
    direct.run()
    assert (direct.work(record), len(direct.direct_costs())) == ("waiting", 1)


def foreseen(billed: Billed, record: Record) -> list[str]:
    """By somebody who may write nothing, not even in our own rows."""
    slice_ = Slice(billed.site.integration, Run(integration=billed.site.integration, started_at=timezone.now()), "")
    with billed.site.books() as books:
        walk = DryWalk(slice_, books, billed.terms, billed.tables)
        return [type(each).__name__ for each in walk.rehearse(record, billed.bills[record.pk])]


def test_e35_a_direct_cost_is_foreseen_also_of_a_vendor_that_lacks_our_mark(direct: Billed) -> None:
    direct.site.integration.vendors = VendorPolicy.BOTH
    direct.site.integration.save()
    with direct.site.books() as books:
        lists.take_in(direct.site.integration.target, books)
    record = direct.bill("INV-7")
    before = len(direct.site.sandbox.log("procore"))
    assert foreseen(direct, record) == ["DirectCostWrite"]
    assert len(direct.site.sandbox.log("procore")) == before
    direct.run()
    vendors = direct.site.people.collections()[f"{direct.site.people.company().id}/vendors"]
    assert vendors[direct.site.vendor]["origin_id"] == "c-1"


def test_e35_a_direct_cost_that_people_removed_is_foreseen_as_gone_and_kept_in_our_rows(direct: Billed) -> None:
    record = a_direct_cost(direct)
    shelf = f"{direct.site.people.company().id}/{COSTS}"
    direct.site.people.remove(shelf, str(direct.direct_costs()[0]["id"]))
    direct.changes(record, status=BillStatus.VOIDED)
    assert foreseen(direct, record) == []
    assert Posting.objects.get().standing == Standing.LEDGER
    direct.run()
    assert direct.work(record) == "withdrawn"
