"""What people changed of a commitment is written again as we wrote it, where somebody asks for that (A42).

Workers that die meanwhile are killed in `test_crashes_of_restoring.py` beside this.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from audit.models import Entry
from integrations.engine import drift_decisions
from integrations.engine.decision_kinds import DRIFT_RESTORE
from integrations.engine.projects import open_lines, restoring
from integrations.models import BudgetCheck, Decision, Flag, Integration, Posting, Record, Reservation, Work
from tests.engine.projects.billing import Billed
from tests.engine.projects.site import CONCRETE, Json, trail
from tests.engine.projects.test_commitments import TERMS, walk
from tests.engine.projects.test_watching import change, flags, looks, there

BEHIND = "drift.not_restored"


@pytest.fixture
def susan(db: None) -> User:
    return User.objects.create_superuser("susan")


@pytest.fixture
def order(billed: Billed) -> Record:
    """Two lines of concrete that nobody billed, written a day ago."""
    record = billed.site.order("PO-1")
    walk(billed.site, record, billed.site.commitment(record, "600.00", "400.00"))
    Record.objects.filter(pk=record.pk).update(vendor_key="c-1", amount="1000", currency="USD")
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    record.refresh_from_db()
    assert record.work == Work.DONE
    return record


def edited(billed: Billed, **changes: Any) -> Flag:
    """Reopened by people, who changed a line, and found so a day later."""
    change(billed, "purchase_orders", status="Draft")
    change(billed, "line_items", **(changes or {"amount": "650.00"}))
    looks(billed)
    return Flag.objects.get(closed_at=None, kind="edited-in-target")


def asked(flag: Flag, by: User) -> str:
    return drift_decisions.decide(DRIFT_RESTORE, flag, by, "It was a mistake", flag.details["fingerprint"])


def runs(billed: Billed) -> None:
    with billed.site.slice() as slice_, billed.site.books() as books:
        open_lines.mark_lost(slice_)
        restoring.restore(slice_, books, TERMS)


def amounts(billed: Billed) -> list[str]:
    return sorted(f"{Decimal(row['amount']):.2f}" for row in there(billed, "line_items"))


def is_as_we_wrote_it(billed: Billed, order: Record) -> None:
    order.refresh_from_db()
    (stands,) = billed.site.orders()
    assert (stands["status"], Decimal(stands["grand_total"])) == ("Approved", Decimal(1000))
    assert amounts(billed) == ["400.00", "600.00"]
    assert (order.work, flags()) == (Work.DONE, [])
    assert sum(row.amount for row in Reservation.objects.all()) == Decimal(1000)
    looks(billed)
    assert flags() == []


def is_left(billed: Billed, order: Record, why: str) -> None:
    """As people left it; the flag waits for another decision."""
    order.refresh_from_db()
    assert order.work == Work.DONE, order.explanation
    flag = Flag.objects.get(closed_at=None)
    assert "restore" not in flag.details
    assert why in Entry.objects.filter(action=BEHIND).latest("pk").details["why"]
    assert Decision.objects.get().lapsed_because
    assert not BudgetCheck.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"amount": "650.00"}, {"amount": "1.00"}, {"origin_id": None}], ids=["more", "less", "our mark taken"]
)
def test_a_changed_line_is_written_again_and_approved(
    billed: Billed, order: Record, susan: User, changes: Json
) -> None:
    flag = edited(billed, **({**changes, "amount": "650.00"}))
    said = asked(flag, susan)
    assert said == "will be written again on the next run."
    runs(billed)
    if "origin_id" in changes:
        is_left(billed, order, "somebody's own line stands on it")
        return
    is_as_we_wrote_it(billed, order)
    assert "drift.restored" in trail(order)
    before = len(billed.site.writes())
    runs(billed)
    assert len(billed.site.writes()) == before


def test_a_line_that_was_taken_away_and_another_vendor_are_put_back(billed: Billed, order: Record, susan: User) -> None:
    people = billed.site.people
    change(billed, "purchase_orders", status="Draft")
    other = people.add_vendor("Alder Plumbing", projects=[int(billed.site.project)])["id"]
    change(billed, "purchase_orders", vendor_id=other)
    people.remove(f"{people.company().id}/line_items", str(there(billed, "line_items")[0]["id"]))
    looks(billed)
    asked(Flag.objects.get(closed_at=None), susan)
    runs(billed)
    is_as_we_wrote_it(billed, order)
    assert str(billed.site.orders()[0]["vendor"]["id"]) == billed.site.vendor


def test_a_line_that_lost_its_budget_code_gets_it_again(billed: Billed, order: Record, susan: User) -> None:
    asked(edited(billed, amount="650.00", _code=None), susan)
    runs(billed)
    is_as_we_wrote_it(billed, order)
    assert {row.code for row in Reservation.objects.all()} == {billed.site.concrete}


def test_what_changed_once_more_is_left_and_asks_for_another_decision(
    billed: Billed, order: Record, susan: User
) -> None:
    asked(edited(billed), susan)
    change(billed, "line_items", amount="655.00")
    before = billed.site.writes()
    runs(billed)
    is_left(billed, order, "it was changed again since")
    assert billed.site.writes() == before


def test_a42_what_was_billed_meanwhile_is_left(billed: Billed, order: Record, susan: User) -> None:
    asked(edited(billed), susan)
    change(billed, "purchase_orders", status="Approved")
    billed.bill("PO-1 B")
    billed.run()
    assert len(billed.requisitions()) == 1
    runs(billed)
    is_left(billed, order, "billed or paid")


def test_a88_money_that_others_took_meanwhile_is_not_there_to_be_restored(
    billed: Billed, order: Record, susan: User
) -> None:
    """People lowered the line by 599.00, and another order took what that freed."""
    site = billed.site
    site.people.set_budget(int(site.project), CONCRETE, "1000.00")
    change(billed, "purchase_orders", status="Draft")
    change(billed, "line_items", amount="1.00")
    change(billed, "purchase_orders", status="Approved")
    looks(billed)
    asked(Flag.objects.get(closed_at=None), susan)
    site.people.add_order(
        int(site.project),
        int(site.vendor),
        [{"code": CONCRETE, "amount": "599.00"}],
        number="THEIRS",
        status="Approved",
    )
    runs(billed)
    is_left(billed, order, "has 401.00 USD left, the order needs 1,000.00")
    assert "400.00" in amounts(billed)


def test_a_bill_and_a_closed_commitment_are_corrected_by_people(billed: Billed, order: Record, susan: User) -> None:
    change(billed, "purchase_orders", status="Closed")
    looks(billed)
    Posting.objects.update(status_word="Closed")
    assert asked(Flag.objects.get(closed_at=None), susan) == "cannot be restored: it is closed."
    flag = Flag.objects.get(closed_at=None)
    Record.objects.filter(pk=flag.record_id).update(flow="bills")
    assert "correct it in the project" in asked(Flag.objects.get(), susan)


def test_a_second_person_decides_above_the_threshold(billed: Billed, order: Record, susan: User) -> None:
    Integration.objects.update(approval_rule="always")
    assert asked(edited(billed), susan) == "waits for a second person."
    runs(billed)
    assert "650.00" in amounts(billed)
