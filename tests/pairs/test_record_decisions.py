"""Stories of people who decide about records: what they saw is what is posted, and four eyes see it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from audit.models import Entry
from integrations.days import in_full
from integrations.documents import Bill
from integrations.engine import approval_rule, decisions, linking, record_decisions, rehearsal, release, removals
from integrations.engine.decision_kinds import POST_BESIDE
from integrations.models import Decision, Flag, Integration, Posting, Record, Standing, TargetBill, Work
from integrations.pairs.flow import Note
from integrations.places import lines as places
from integrations.systems import system
from mappings import changes
from mappings import models as tables
from mappings.models import ReferenceEntry
from tests import world as worlds
from tests.portal.conftest import person
from tests.world import World, line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(world: World) -> User:
    return person("anna", "Accounting staff")


@pytest.fixture
def susan(world: World) -> User:
    return person("susan", "Supervisor")


@pytest.fixture
def sven(world: World) -> User:
    return person("sven", "Supervisor")


def with_rule(world: World, **rule: Any) -> None:
    Integration.objects.update(**rule)
    world.integration.refresh_from_db()


def said(result: list[tuple[Record, str]]) -> str:
    ((_, words),) = result
    return words


def approve(world: World, number: str, by: User, reason: str = "as agreed") -> str:
    return said(record_decisions.approve([world.record(number)], by, reason))


def map_code(world: World, code: str, account: str = "400", by: User | None = None) -> tables.AccountRow:
    target = ReferenceEntry.objects.get(kind="account", code=account, books=world.integration.scope.target_books)
    with changes.acting(by) if by else changes.together():
        return tables.AccountRow.objects.create(scope=world.integration.scope, source_code=code, target=target)


def numbers(world: World) -> list[str]:
    return sorted(bill["InvoiceNumber"] for bill in world.bills)


# Approving


def test_a92_an_approval_is_void_when_the_source_changes(world: World, susan: User) -> None:
    with_rule(world, approval_rule="always")
    world.order("PF1")
    world.run()
    assert world.record("PF1").work == Work.APPROVAL
    assert approve(world, "PF1", susan) == "approved."
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="80")])
    world.run()
    assert world.bills == []
    assert world.record("PF1").work == Work.APPROVAL
    approve(world, "PF1", susan)
    world.run()
    assert world.bill("PF1")["Total"] == 1050.0


def test_a92_an_approval_is_void_when_a_table_row_changes(world: World, susan: User) -> None:
    with_rule(world, approval_rule="always")
    world.order("PF1")
    world.run()
    approve(world, "PF1", susan)
    row = tables.AccountRow.objects.get(source_code="6100")
    row.target = ReferenceEntry.objects.get(kind="account", code="429", books=world.integration.scope.target_books)
    row.save()
    world.run()
    assert world.bills == []
    assert world.record("PF1").work == Work.APPROVAL


def test_a92_a_hold_that_was_approved_for_other_content_is_held_again(world: World, susan: User) -> None:
    world.order("PF1")
    world.sandbox.procurify.mark_order_paid(worlds.DOMAIN, "PF1")
    world.run()
    assert world.record("PF1").hold_reason == "paid-at-source"
    assert approve(world, "PF1", susan, "the payment was reversed") == "approved."
    map_code(world, "6200b")
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="80")])
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "paid-at-source")
    assert "needs a new decision" in record.explanation
    assert Decision.objects.get().lapsed_at is not None
    assert world.bills == []


@pytest.mark.promise(25)
def test_a94_a_fixed_table_lets_what_waited_go_on_and_the_rule_sends_the_rest_to_approval(world: World) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(1000))
    world.order("PF1", lines=[line(account="7777")])
    world.order("PF2", lines=[line(account="7777", quantity="400")])
    world.run()
    map_code(world, "7777")
    world.run()
    assert numbers(world) == ["PF1"]
    assert world.record("PF2").work == Work.APPROVAL
    assert "above the limit of 1,000.00 USD" in world.record("PF2").explanation


def test_a94_what_was_approved_and_is_unchanged_needs_no_second_approval(world: World, susan: User) -> None:
    with_rule(world, approval_rule="always")
    world.order("PF1")
    world.run()
    approve(world, "PF1", susan)
    with_rule(world, trial=True)
    world.run()
    release.replay([world.record("PF1")], susan)
    with_rule(world, trial=False)
    world.run()
    assert numbers(world) == ["PF1"]
    assert Decision.objects.count() == 1


def test_a95_whoever_mapped_an_account_does_not_approve_what_it_posts(world: World, susan: User, sven: User) -> None:
    with_rule(world, approval_rule="always")
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    map_code(world, "7777", by=susan)
    world.run()
    assert "second person" in approve(world, "PF1", susan)
    assert world.record("PF1").work == Work.APPROVAL
    assert approve(world, "PF1", sven) == "approved."
    world.run()
    assert numbers(world) == ["PF1"]


def test_a59_the_threshold_compares_in_base_currency_by_the_sources_rate(world: World) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(450))
    world.sandbox.procurify.add_currency(worlds.DOMAIN, "CAD", "0.734")
    world.sandbox.xero.add_currency("CAD", tenant=world.tenant)
    worlds.read_lists(world.integration)
    world.order("PF1", currency="CAD")
    world.order("PF2", currency="CAD", lines=[line(quantity="80")])
    world.run()
    assert world.record("PF1").base_rate == Decimal("0.734")
    assert numbers(world) == ["PF1"]
    explanation = world.record("PF2").explanation
    assert "770.70 USD by the source's rate of 0.734" in explanation


# Post beside, link, another date


def duplicated(world: World) -> None:
    """A bill that somebody typed names the order; so the order is held."""
    world.sandbox.xero.add_bill(worlds.VENDOR, number="PF-0001", amount="525.00", tenant=world.tenant)
    world.order("PF1")
    world.run()
    assert world.record("PF1").hold_reason == "possible-duplicate"


def test_a93_posting_beside_takes_a_second_person_whatever_the_threshold(world: World, anna: User, susan: User) -> None:
    duplicated(world)
    assert said(record_decisions.post_beside([world.record("PF1")], anna, "two deliveries")) == (
        "waits for a second person."
    )
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.APPROVAL, "second-person")
    assert "anna asks to post beside an existing document: two deliveries" in record.explanation
    world.run()
    assert len(world.bills) == 1
    assert approve(world, "PF1", susan, "two invoices seen") == "approved."
    world.run()
    assert numbers(world) == ["PF-0001", "PF1"]
    decision = Decision.objects.get(kind=POST_BESIDE)
    assert (decision.asked_by, decision.decided_by) == (anna, susan)


def test_a95_a_wish_waits_while_nobody_else_could_decide_it(world: World, susan: User) -> None:
    duplicated(world)
    words = said(record_decisions.post_beside([world.record("PF1")], susan, "two deliveries"))
    assert "nobody else here may decide it" in words
    assert "you asked for this yourself" in approve(world, "PF1", susan)
    world.run()
    assert len(world.bills) == 1


def test_a92_a_wish_to_post_beside_lapses_when_the_source_changes(world: World, anna: User, susan: User) -> None:
    duplicated(world)
    record_decisions.post_beside([world.record("PF1")], anna, "two deliveries")
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="80")])
    world.run()
    assert world.record("PF1").hold_reason == "possible-duplicate"
    assert decisions.pending("record", world.record("PF1").pk) == []
    assert len(world.bills) == 1


def test_a_refused_wish_leaves_the_record_held_as_it_was(world: World, anna: User, susan: User) -> None:
    duplicated(world)
    record_decisions.post_beside([world.record("PF1")], anna, "two deliveries")
    assert said(record_decisions.reject([world.record("PF1")], susan, "it is the same")) == "refused."
    world.run()
    assert world.record("PF1").hold_reason == "possible-duplicate"
    assert len(world.bills) == 1


@pytest.mark.promise(24)
def test_a42_linking_creates_nothing_and_keeps_both_totals_and_dates(world: World, anna: User) -> None:
    duplicated(world)
    record = world.record("PF1")
    (candidate,) = linking.candidates(record)
    assert (candidate.bill.number, candidate.same_number) == ("PF-0001", True)
    TargetBill.objects.update(total=Decimal("520.00"))
    words = said(linking.link([record], anna, "it is this one", candidate.bill.target_id))
    assert "nothing was created" in words
    record = world.record("PF1")
    posting = record.postings.get()
    assert (record.work, posting.linked, posting.standing) == (Work.DONE, True, Standing.DRAFT)
    assert (posting.source_total, posting.target_total) == (Decimal("525.00"), Decimal("520.00"))
    flag = Flag.objects.get(record=record)
    assert flag.kind == "linked-differs"
    assert "525.00 USD, 520.00 USD stands" in flag.explanation
    world.run()
    release.replay([record], anna)
    world.run()
    assert world.writes() == []
    assert world.record("PF1").work == Work.DONE
    assert all(found.adds_up for found in places(Integration.objects.all()))


def test_a42_a_linked_document_whose_source_takes_another_date_later_is_listed_again(world: World, anna: User) -> None:
    duplicated(world)
    record = world.record("PF1")
    [candidate] = linking.candidates(record)
    linking.link([record], anna, "it is this one", candidate.bill.target_id)
    world.run()
    Flag.objects.filter(record=record).update(closed_at=timezone.now())
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", date=worlds.DAY + timedelta(days=2))
    world.run()
    flag = Flag.objects.get(record=record, closed_at=None)
    assert (flag.kind, world.record("PF1").work) == ("linked-differs", Work.DONE)
    assert f"dated {in_full(worlds.DAY + timedelta(days=2))} at the source" in flag.explanation


def test_a42_a_linked_document_belongs_to_one_record(world: World, anna: User) -> None:
    duplicated(world)
    world.order("PF-1")
    world.run()
    first, second = world.record("PF1"), world.record("PF-1")
    target = linking.candidates(first)[0].bill.target_id
    linking.link([first], anna, "this one", target)
    assert [each.bill.target_id for each in linking.candidates(second)] == []
    assert "another record has it" in said(linking.link([second], anna, "this one", target))


def test_a96_linking_above_the_threshold_takes_a_second_person(world: World, anna: User, susan: User) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(100))
    duplicated(world)
    record = world.record("PF1")
    target = linking.candidates(record)[0].bill.target_id
    assert said(linking.link([record], anna, "this one", target)) == "waits for a second person."
    world.run()
    assert world.record("PF1").hold_reason == "second-person"
    approve(world, "PF1", susan)
    assert world.record("PF1").work == Work.DONE
    assert Posting.objects.get().linked
    assert world.writes() == []


# Taking out of sight


def test_a96_excluding_above_the_threshold_takes_a_second_person_and_is_listed_until_reviewed(
    world: World, anna: User, susan: User, sven: User
) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(100))
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    record_decisions.exclude([world.record("PF1")], anna, "paid in cash")
    assert world.record("PF1").hold_reason == "second-person"
    map_code(world, "7777")
    world.run()
    assert world.bills == []
    approve(world, "PF1", susan, "receipt seen")
    record = world.record("PF1")
    assert (record.work, record.explanation) == (Work.EXCLUDED_PERSON, "anna: paid in cash")
    (listed,) = removals.unreviewed(Integration.objects.all())
    assert (listed.amount, listed.currency, listed.asked_because) == (Decimal("525.00"), "USD", "paid in cash")
    assert removals.review([listed], susan) == 0
    assert removals.review([listed], sven) == 1
    assert not removals.unreviewed().exists()
    assert Entry.objects.filter(action="decision.reviewed", actor=sven).exists()


def test_a96_excluding_below_the_threshold_acts_at_once(world: World, anna: User) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(1000))
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    assert said(record_decisions.exclude([world.record("PF1")], anna, "paid in cash")) == "excluded."
    assert removals.unreviewed().count() == 1


def test_e18_what_is_included_again_is_no_longer_listed(world: World, anna: User) -> None:
    world.order("PF1")
    world.integration.trial = True
    world.integration.save()
    world.run()
    record_decisions.exclude([world.record("PF1")], anna, "by mistake")
    assert said(record_decisions.include([world.record("PF1")], anna, "")) == "needs a reason."
    record_decisions.include([world.record("PF1")], anna, "it is ours")
    assert not removals.unreviewed().exists()
    assert world.record("PF1").work == Work.WAITING


def test_a96_a_rejected_record_comes_back_only_when_its_source_changes(world: World, susan: User) -> None:
    with_rule(world, approval_rule="always")
    world.order("PF1")
    world.run()
    words = said(record_decisions.reject([world.record("PF1")], susan, "wrong vendor"))
    assert words.startswith("waits for a second person")
    approve(world, "PF1", person("sven", "Supervisor"), "agreed")
    record = world.record("PF1")
    assert (record.work, record.explanation) == (Work.EXCLUDED_PERSON, "Rejected by susan: wrong vendor")
    assert "comes back by itself" in said(record_decisions.include([record], susan, "why not"))
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1")
    world.run()
    assert world.record("PF1").work == Work.EXCLUDED_PERSON
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="80")])
    world.run()
    assert world.record("PF1").work == Work.APPROVAL
    assert not Decision.objects.filter(kind="reject", lapsed_at=None).exists()


# Replay


@pytest.mark.promise(48)
def test_a_replay_shows_what_it_will_send_before_it_does_and_sends_it_once(world: World, anna: User) -> None:
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    before = Entry.objects.count()
    seen = rehearsal.rehearse(world.record("PF1"))
    assert (seen.action, seen.outcome) == (None, "held")
    assert "7777" in seen.why
    map_code(world, "7777")
    seen = rehearsal.rehearse(world.record("PF1"))
    assert seen.action == "create"
    assert seen.bill is not None
    assert (seen.bill.number, seen.bill.total) == ("PF1", Decimal("525.00"))
    assert Posting.objects.count() == 0
    assert Entry.objects.count() - before == 2, "only the row and the release are on record"
    for _ in range(2):
        release.replay([world.record("PF1")], anna)
        world.run()
    assert len(world.writes()) == 1
    assert rehearsal.rehearse(world.record("PF1")).changes_nothing
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(account="7777", quantity="20")])
    with_rule(world, trial=True)
    world.run()
    seen = rehearsal.rehearse(world.record("PF1"))
    assert seen.action == "update"
    assert [(each.name, each.stands, each.would_be) for each in seen.differences] == [
        ("Total", "525.00 USD", "262.50 USD")
    ]


# Who approved at the source (A97)


def test_a97_an_order_that_its_creator_approved_is_flagged(world: World) -> None:
    world.sandbox.procurify.add_user(worlds.DOMAIN, "Jo", "Field")
    world.order("PF1", requester="Jo Field", approved_by="Jo Field")
    world.run()
    assert "self-approved" in world.record("PF1").flags.values_list("kind", flat=True)


@pytest.mark.parametrize("kind", ["self-approved", "approved-by-nobody"])
def test_a97_where_the_target_has_no_drafts_it_always_needs_an_approval(world: World, kind: str) -> None:
    world.order("PF1")
    world.run()
    record = world.record("PF1")
    bill = _any_bill(world)
    flags = [Note(kind, "Jo created and approved it.")]
    assert approval_rule.why(world.integration, record, bill, flags) == ""
    without_drafts = replace(system("xero"), has_drafts=False)
    with patch("integrations.engine.approval_rule.system", lambda _slug: without_drafts):
        assert "nobody but its creator" in approval_rule.why(world.integration, record, bill, flags)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"total": Decimal("-5.00")}, "a credit always does"),
        ({"total": Decimal(0)}, "a total of zero always does"),
        ({"number": "NONUM-613"}, "NONUM-613 is not the supplier's own number"),
        ({}, ""),
    ],
)
def test_a93_some_things_always_need_an_approval_whatever_the_threshold(
    world: World, changes: dict[str, Any], why: str
) -> None:
    world.order("PF1")
    world.run()
    bill = replace(_any_bill(world), **changes)
    assert approval_rule.why(world.integration, world.record("PF1"), bill, ()) == why


def test_a93_the_threshold_compares_absolute_amounts(world: World) -> None:
    with_rule(world, approval_rule="above", approval_above=Decimal(100))
    world.order("PF1")
    world.run()
    covered = approval_rule.covered(world.integration, world.record("PF1"), Decimal("-525.00"), "USD")
    assert covered == "it is above the limit of 100.00 USD"


def _any_bill(world: World) -> Bill:
    world.order("PF9", lines=[line()])
    world.integration.trial = True
    world.integration.save()
    world.run()
    bill = rehearsal.rehearse(world.record("PF9")).bill
    assert bill is not None
    return bill
