"""An order is written only within its project's budget, or as far as a supervisor approved (A88)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.db import connection as database
from django.db import transaction

from audit.models import Entry
from integrations.engine import clients, record_decisions
from integrations.engine.leases import LostLeaseError
from integrations.engine.projects import abreast, budgets, over_budget
from integrations.engine.projects.plans import OrderPlan
from integrations.models import BudgetCheck, Decision, Integration, ProjectBudget, Record, Reservation, Work
from integrations.pairs.xero_procore.terms import BudgetBy
from integrations.project_documents import CommitmentStatus, StoredCommitment
from integrations.systems.protocols import ProjectBooks
from tests.engine.projects.site import CONCRETE, Site, settle_time, trail
from tests.engine.projects.test_commitments import TERMS, again, amounts, only, walk

STRICT = replace(TERMS, strict_budget=True)
SYNC = "purchase_order_contracts/sync$"


@pytest.fixture
def susan(db: None) -> User:
    """A supervisor."""
    user = User.objects.create_user("susan", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="approve_over_budget"))
    return User.objects.get(pk=user.pk)


def has_left(site: Site, amount: str) -> None:
    site.people.set_budget(int(site.project), CONCRETE, amount)


def held_over(site: Site, amount: str = "1000.01") -> Record:
    """An order that is a cent too much."""
    has_left(site, "1000.00")
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, amount))
    assert (record.work, record.hold_reason) == (Work.HELD, "over-budget")
    return record


@pytest.mark.promise(21)
@pytest.mark.parametrize(("needs", "fits"), [("999.99", True), ("1000.00", True), ("1000.01", False)])
def test_needing_exactly_what_is_left_is_allowed_and_a_cent_more_is_not(site: Site, needs: str, fits: bool) -> None:
    has_left(site, "1000.00")
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, needs))
    assert record.work == (Work.DONE if fits else Work.HELD)
    assert len(site.orders()) == fits
    if not fits:
        assert record.hold_reason == "over-budget"
        assert "has 1,000.00 USD left, the order needs 1,000.01: 0.01 too much" in record.explanation
        assert site.writes() == []
        assert trail(record) == ["budget.checked", "record.held"]
    assert Entry.objects.filter(action="budget.checked").count() == 1


def test_the_whole_project_is_checked_by_setting(site: Site) -> None:
    site.people.set_budget(int(site.project), "05-120.M", "500.00")
    has_left(site, "1000.00")
    terms = replace(TERMS, budget_by=BudgetBy.PROJECT)
    record, other = site.order("PO-1"), site.order("PO-2")
    walk(site, record, site.commitment(record, "1400.00"), terms)
    assert record.work == Work.DONE
    walk(site, other, site.commitment(other, "100.01"), terms)
    assert "The project has 100.00 USD left, the order needs 100.01" in other.explanation


def test_two_orders_cannot_both_take_the_last_money(site: Site) -> None:
    """Neither is approved yet, so the budget counts none of them."""
    has_left(site, "1000.00")
    draft = replace(TERMS, commitment_status=CommitmentStatus.DRAFT)
    first, second = site.order("PO-1"), site.order("PO-2")
    walk(site, first, site.commitment(first, "600.00"), draft)
    assert first.work == Work.DONE
    walk(site, second, site.commitment(second, "400.01"), draft)
    assert second.hold_reason == "over-budget"
    assert "has 400.00 USD left" in second.explanation


def test_what_is_in_doubt_is_reserved_as_well(site: Site) -> None:
    has_left(site, "1000.00")
    first, second = site.order("PO-1"), site.order("PO-2")
    site.fails("lose_answer", SYNC)
    walk(site, first, site.commitment(first, "600.00"))
    assert first.work == Work.DOUBT
    walk(site, second, site.commitment(second, "400.01"))
    assert second.hold_reason == "over-budget"


def test_what_is_in_doubt_stays_reserved_when_its_record_is_held(site: Site) -> None:
    """Its project was closed to us before anybody could look: it may stand, and may go on."""
    has_left(site, "1000.00")
    first, second = site.order("PO-1"), site.order("PO-2")
    site.fails("lose_answer", SYNC)
    walk(site, first, site.commitment(first, "600.00"))
    settle_time()
    site.people.permit_project(int(site.project), permitted=False)
    walk(site, first, site.commitment(first, "600.00"))
    assert (first.work, first.hold_reason) == (Work.HELD, "no-permission")
    site.people.permit_project(int(site.project))
    walk(site, second, site.commitment(second, "400.01"))
    assert second.hold_reason == "over-budget"
    again(first)
    walk(site, first, site.commitment(first, "600.00"))
    assert (first.work, len(site.orders())) == (Work.DONE, 1)


def test_an_order_that_was_refused_gives_its_reservation_back(site: Site) -> None:
    has_left(site, "1000.00")
    first, second = site.order("PO-1"), site.order("PO-2")
    site.fails("status", SYNC, status=422, body={"errors": {"number": ["is invalid"]}})
    walk(site, first, site.commitment(first, "600.00"))
    assert first.hold_reason == "rejected-by-target"
    walk(site, second, site.commitment(second, "1000.00"))
    assert second.work == Work.DONE


def test_an_approved_order_is_not_counted_twice_nor_forgotten_when_people_move_it(site: Site) -> None:
    has_left(site, "1000.00")
    first, second, third = (site.order(f"PO-{number}") for number in (1, 2, 3))
    walk(site, first, site.commitment(first, "600.00"))
    walk(site, second, site.commitment(second, "300.00"))
    assert second.work == Work.DONE
    # A received order counts as pending only, and the budget shows its money as free again.
    made = next(order["id"] for order in site.orders() if order["number"] == "PO-1")
    site.people.edit_order(made, status="Received")
    assert site.people.budget(int(site.project), CONCRETE)["committed_costs"] == "300.00"
    walk(site, third, site.commitment(third, "100.01"))
    assert third.hold_reason == "over-budget"
    assert "has 100.00 USD left" in third.explanation


def test_a_reading_that_began_before_an_order_was_reopened_does_not_count_it(site: Site) -> None:
    """Somebody else's worker takes the money anew between what this one asked and what it makes of the answer."""
    has_left(site, "1000.00")
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "600.00"))

    class Slow:
        def __init__(self, books: ProjectBooks) -> None:
            self.budget = books.budget
            self._books = books

        def commitments(self, project: str, ids: Sequence[str]) -> list[StoredCommitment]:
            found = self._books.commitments(project, ids)
            with site.slice() as slice_, budgets.purse(slice_, project) as purse:
                assert purse is not None
                budgets.take(purse, record, {site.concrete: Decimal(600)})
            return found

    with site.books() as books:
        budgets.look(cast(ProjectBooks, Slow(books)), ProjectBudget.objects.get(), [site.concrete])
    assert Reservation.objects.get().counted_at is None


def test_a_changed_order_has_what_it_holds_already(site: Site) -> None:
    has_left(site, "1000.00")
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "800.00"))
    again(record)
    walk(site, record, site.commitment(record, "1000.00"))
    assert (record.work, amounts(site)) == (Work.DONE, ["1000.00"])
    assert [row.amount for row in Reservation.objects.all()] == [Decimal("1000.00")]
    again(record)
    walk(site, record, site.commitment(record, "1000.01"))
    assert record.hold_reason == "over-budget"
    assert (only(site)["status"], amounts(site)) == ("Approved", ["1000.00"])


def test_an_order_that_shrinks_gives_back_the_rest(site: Site) -> None:
    has_left(site, "1000.00")
    record, other = site.order("PO-1"), site.order("PO-2")
    walk(site, record, site.commitment(record, "800.00"))
    again(record)
    walk(site, record, site.commitment(record, "500.00"))
    walk(site, other, site.commitment(other, "500.00"))
    assert other.work == Work.DONE


def test_a_deleted_order_gives_everything_back(site: Site) -> None:
    has_left(site, "1000.00")
    record, other = site.order("PO-1"), site.order("PO-2")
    walk(site, record, site.commitment(record, "800.00"))
    again(record)
    walk(site, record, None)
    walk(site, other, site.commitment(other, "1000.00"))
    assert other.work == Work.DONE


def test_pending_costs_are_taken_off_by_setting(site: Site) -> None:
    has_left(site, "1000.00")
    lines = [{"code": CONCRETE, "amount": "300.00"}]
    site.people.add_order(int(site.project), int(site.vendor), lines, status="Submitted")
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "700.01"), STRICT)
    assert "has 700.00 USD left" in record.explanation


# A supervisor's approval


@pytest.mark.promise(21)
def test_a_supervisor_approves_what_was_shown_and_it_is_checked_again(site: Site, susan: User) -> None:
    record = held_over(site)
    ((_, said),) = record_decisions.approve([record], susan, "The client pays for it.")
    assert said == "approved."
    decision = Decision.objects.get()
    assert decision.choice["figures"][0]["needed"] == "1000.01"
    assert trail(record)[-3:] == ["budget.checked", "record.approved", "record.released"]
    walk(site, record, site.commitment(record, "1000.01"))
    assert record.work == Work.DONE
    assert not BudgetCheck.objects.exists()
    assert len(site.orders()) == 1


def test_an_approval_needs_its_own_permission(site: Site) -> None:
    record = held_over(site)
    with pytest.raises(PermissionDenied):
        over_budget.approve(record, User.objects.create_user("staff", is_staff=True), "please")


def test_who_wrote_the_rows_it_was_made_with_does_not_approve_it(site: Site, susan: User) -> None:
    record = held_over(site)
    BudgetCheck.objects.update(kept_out=[susan.pk])
    assert "A second person must decide" in over_budget.approve(record, susan, "mine")
    assert not Decision.objects.exists()


def test_an_excess_that_grew_before_the_approval_is_shown_first(site: Site, susan: User) -> None:
    record = held_over(site)
    has_left(site, "900.00")
    assert "has grown since it was shown" in over_budget.approve(record, susan, "fine")
    record.refresh_from_db()
    assert "has 900.00 USD left" in record.explanation
    assert over_budget.approve(record, susan, "fine, I saw it") == "approved."


def test_an_excess_that_grew_after_the_approval_takes_it_back(site: Site, susan: User) -> None:
    record = held_over(site)
    over_budget.approve(record, susan, "fine")
    has_left(site, "900.00")
    walk(site, record, site.commitment(record, "1000.01"))
    assert (record.work, record.hold_reason) == (Work.HELD, "over-budget")
    assert "has grown since it was approved" in record.explanation
    assert Decision.objects.get().lapsed_at is not None
    assert site.orders() == []


def test_an_excess_that_shrank_is_still_covered(site: Site, susan: User) -> None:
    record = held_over(site, "1500.00")
    over_budget.approve(record, susan, "fine")
    has_left(site, "1200.00")
    walk(site, record, site.commitment(record, "1500.00"))
    assert record.work == Work.DONE


def test_an_approval_of_other_content_counts_for_nothing(site: Site, susan: User) -> None:
    record = held_over(site)
    over_budget.approve(record, susan, "fine")
    walk(site, record, site.commitment(record, "1000.02"))
    assert record.hold_reason == "over-budget"
    assert Decision.objects.get().lapsed_at is not None


# A raised budget


def tried_again(site: Site) -> int:
    with site.slice() as slice_, site.books() as books:
        return over_budget.try_again(slice_, books)


def test_a_raised_budget_lets_as_many_go_on_as_it_has_room_for(site: Site) -> None:
    has_left(site, "100.00")
    records = [site.order(f"PO-{number}") for number in (1, 2, 3)]
    for record in records:
        walk(site, record, site.commitment(record, "500.00"))
        assert record.hold_reason == "over-budget"
    assert tried_again(site) == 0
    has_left(site, "1000.00")
    before = len(site.sandbox.log("procore"))
    assert tried_again(site) == 2
    assert len(site.sandbox.log("procore")) == before + 2, "one reading for all of the project"
    for record in records:
        record.refresh_from_db()
        if record.work == Work.WAITING:
            walk(site, record, site.commitment(record, "500.00"))
    assert [record.work for record in records] == [Work.DONE, Work.DONE, Work.HELD]
    assert trail(records[0]).count("record.held") == 1


def test_while_another_worker_looks_at_the_budget_the_order_waits(site: Site) -> None:
    record = site.order("PO-1")
    with beside(site).slice() as other, budgets.purse(other, site.project):
        walk(site, record, site.commitment(record, "10.00"))
    assert record.work == Work.WAITING
    assert record.not_before is not None
    assert site.writes() == []
    walk(site, record, site.commitment(record, "10.00"))
    assert record.work == Work.DONE


def test_e22_a_worker_that_has_lost_its_run_has_lost_the_budget_too(site: Site) -> None:
    """It died or stood still; nobody waits any longer than for its run, and what it still wants to take is refused."""
    record, others = site.order("PO-1"), beside(site)
    with others.slice() as lost, budgets.purse(lost, site.project) as purse:
        Integration.objects.filter(pk=others.integration.pk).update(lease_token="another")
        walk(site, record, site.commitment(record, "10.00"))
        assert record.work == Work.DONE
        assert purse is not None
        with pytest.raises(LostLeaseError), transaction.atomic():
            budgets.take(purse, record, {site.concrete: Decimal(10)})


def test_a_project_whose_budget_is_closed_to_us_holds_its_orders(site: Site) -> None:
    site.people.set_permission("budget", "none", project=int(site.project))
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "10.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "no-permission")
    assert "Budget" in record.explanation


# Many at once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_orders_of_four_workers_never_take_more_than_there_is(site: Site) -> None:
    """Each wants 300.00 of 1,000.00, so three of them stand."""
    has_left(site, "1000.00")
    sites = [site, *(beside(site, number) for number in range(2, 5))]
    work = [(each, each.order(f"PO-{at}")) for at, each in ((at, sites[at % 4]) for at in range(10))]
    together([lambda mine=mine: everything(mine) for mine in (work[at::4] for at in range(4))])  # type: ignore[misc]
    assert sum(Decimal(order["grand_total"]) for order in site.orders()) == Decimal(900)
    assert {order["status"] for order in site.orders()} == {"Approved"}
    works = sorted(Record.objects.values_list("work", "hold_reason"))
    assert works == [("done", "")] * 3 + [("held", "over-budget")] * 7


def beside(site: Site, number: int = 2) -> Site:
    """Another integration on the same two companies."""
    twin = Integration.objects.get(pk=site.integration.pk)
    twin.pk, twin.name = None, f"Northline projects {number}"
    twin.save()
    return replace(site, integration=twin)


def everything(mine: list[tuple[Site, Record]]) -> None:
    """One worker's orders, until none of them waits any more."""
    while mine:
        for site, record in list(mine):
            Record.objects.filter(pk=record.pk).update(not_before=None)
            walk(site, record, site.commitment(record, "300.00"))
            if record.work != Work.WAITING:
                mine.remove((site, record))


def together(workers: list[Callable[[], Any]]) -> None:
    """Each in a thread of its own. What one of them raises fails the test."""

    def run(worker: Callable[[], Any]) -> None:
        try:
            worker()
        finally:
            database.close()

    with ThreadPoolExecutor(len(workers)) as threads:
        for each in [threads.submit(run, worker) for worker in workers]:
            each.result(120)


def test_a_walk_that_was_cut_keeps_its_reservation_and_needs_no_second_check(site: Site) -> None:
    has_left(site, "1000.00")
    record, other = site.order("PO-1"), site.order("PO-2")
    site.fails("lose_answer", "line_items/sync$")
    walk(site, record, site.commitment(record, "1000.00"))
    assert record.work == Work.DOUBT
    walk(site, other, site.commitment(other, "0.01"))
    assert other.hold_reason == "over-budget"
    settle_time()
    walk(site, record, site.commitment(record, "1000.00"))
    assert record.work == Work.DONE
    assert trail(record).count("budget.checked") == 1


def taken_out(record: Record) -> Callable[[], bool]:
    """A person excludes the order as soon as the run asks whether it is to stop, which is before its next call."""

    def excludes() -> bool:
        Record.objects.filter(pk=record.pk).update(work=Work.EXCLUDED_PERSON, hold_reason="")
        return False

    return excludes


def test_a96_an_order_that_is_excluded_while_its_budget_is_read_is_not_let_go(site: Site) -> None:
    record = held_over(site)
    has_left(site, "2000.00")
    with site.slice() as slice_, clients.client(site.integration.target, slice_) as opened:
        slice_.stopping = taken_out(record)
        assert over_budget.try_again(slice_, cast(ProjectBooks, opened)) == 0
    record.refresh_from_db()
    assert record.work == Work.EXCLUDED_PERSON


def test_a96_an_order_that_is_excluded_while_it_is_checked_stays_excluded(site: Site) -> None:
    has_left(site, "100.00")
    record = site.order("PO-1")
    with site.slice() as slice_, clients.client(site.integration.target, slice_) as opened:
        slice_.stopping = taken_out(record)
        plan = OrderPlan(record, site.commitment(record, "500.00"), "content")
        abreast.carry_out(slice_, cast(ProjectBooks, opened), [plan], TERMS)
    record.refresh_from_db()
    assert (record.work, "record.held" in trail(record)) == (Work.EXCLUDED_PERSON, False)
