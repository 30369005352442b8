"""A80, A98: what a rule placed is placed anew when the rule changes, with an entry; nothing that stands is touched."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from integrations.engine import decisions, proposed_settings
from integrations.engine.companies import Companies
from integrations.models import Connection, Integration, Posting, Work
from mappings.models import Books, ReferenceEntry, Scope, ScopePart
from tests.world import START, World, line

pytestmark = pytest.mark.django_db


def take(world: World, department: str, scope: Scope | None = None) -> ScopePart:
    scope = scope or world.integration.scope
    entry = ReferenceEntry.objects.get(
        books=scope.source_books, kind="department", name__endswith=department, active=True
    )
    return ScopePart.objects.create(scope=scope, kind="department", key=entry.key)


def sister(world: World) -> Scope:
    """Another company that reads from the same source, without a part so far."""
    books = Books.objects.create(system="xero", name="Sister Ltd", key_digest="s")
    return Scope.objects.create(name="Sister", source_books=world.integration.scope.source_books, target_books=books)


def test_a80_an_order_that_comes_into_a_company_goes_on_at_once(world: World) -> None:
    take(world, "Production")
    world.order("PO-1")
    world.order("PO-2", lines=[line(department="Warehouse")])
    world.run()
    assert world.record("PO-2").hold_reason == "spans-companies"
    take(world, "Warehouse")
    assert world.record("PO-2").work == Work.WAITING
    assert world.trail("PO-2")[-1] == "record.placed_anew"
    assert world.trail("PO-1")[-1] != "record.placed_anew"
    world.run()
    assert sorted(bill["InvoiceNumber"] for bill in world.bills) == ["PO-1", "PO-2"]


def test_a80_an_order_that_leaves_a_company_is_excluded_by_rule_and_one_that_stands_stays(world: World) -> None:
    take(world, "Production")
    world.order("PO-1")
    world.order("PO-2", lines=[line(department="Warehouse")])
    world.run()
    take(world, "Warehouse", sister(world))
    world.run()
    assert world.record("PO-2").work == Work.EXCLUDED_RULE
    assert world.record("PO-1").work == Work.DONE
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PO-1"]


def test_a80_what_stands_in_another_company_is_not_posted_a_second_time(world: World) -> None:
    world.order("PO-1")
    world.run()
    take(world, "Warehouse")
    beside = sister(world)
    take(world, "Production", beside)
    record, target = world.record("PO-1"), world.integration.target
    other = Connection.objects.create(system="xero", label="Sister Ltd", books=beside.target_books)
    theirs = Integration.objects.create(
        name="Sister", pair=world.integration.pair, source=world.integration.source, target=other, scope=beside,
        start_date=START,
    )  # fmt: skip
    found = Companies.beside(beside).booked(theirs, [record.document_id])
    assert found[record.document_id].reason == "spans-companies"
    assert str(target.label) in found[record.document_id].why
    Posting.objects.filter(record=record).update(standing="removed")
    assert Companies.beside(beside).booked(theirs, [record.document_id]) == {}


def test_a98_an_earlier_start_date_takes_in_what_was_before_it_once_a_second_person_agreed(
    world: World, django_user_model: type[User]
) -> None:
    anna, susan = (django_user_model.objects.create_superuser(name) for name in ("anna", "susan"))
    earlier, modified = START - timedelta(days=5), START + timedelta(days=3)
    world.order("PO-0", date=earlier, approved=earlier, modified=modified)
    world.run()
    assert world.record("PO-0").work == Work.BEFORE_START
    before, after = (Integration.objects.get(pk=world.integration.pk) for _ in range(2))
    after.start_date = START - timedelta(days=20)
    asked = proposed_settings.hold_back(before, after, anna, "The books of last month are open again.")
    assert asked is not None
    assert world.record("PO-0").work == Work.BEFORE_START
    decisions.decide(asked, susan, True, "agreed")
    assert world.record("PO-0").work == Work.WAITING
    assert world.trail("PO-0")[-1] == "record.placed_anew"
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PO-0"]
