"""A80, A98: what a rule placed is placed anew when the rule changes, with an entry; nothing that stands is touched."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from integrations.engine import decisions, leaving, proposed_settings
from integrations.engine.companies import Companies
from integrations.engine.slice import Slice
from integrations.models import Connection, Flag, FourEyesError, Integration, Posting, Work
from mappings.models import Books, ReferenceEntry, Scope, ScopePart
from tests.world import DOMAIN, START, World, line

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


@pytest.mark.django_db(transaction=True)
def test_a80_what_stands_in_the_company_that_it_leaves_is_flagged_there_until_it_is_removed(world: World) -> None:
    """With whose it is now and what to do; it is not moved, and what stays ours is not flagged."""
    world.order("PO-1")
    world.order("PO-2", lines=[line(department="Warehouse")])
    world.run()
    kept = take(world, "Warehouse")
    take(world, "Production", sister(world))
    world.run()
    flag = Flag.objects.get(kind="left-company", closed_at=None)
    assert flag.record == world.record("PO-1")
    assert flag.explanation.startswith("It stands in Xero, but belongs to Sister now. Leave it there, or remove it in")
    assert world.record("PO-1").work == Work.DONE
    assert world.trail("PO-1")[-1] == "record.flagged"
    world.run()
    assert Flag.objects.filter(kind="left-company").count() == 1
    world.sandbox.xero.delete_bill(world.bill("PO-1")["InvoiceID"], tenant=world.tenant)
    world.run()
    assert not Flag.objects.filter(kind="left-company", closed_at=None).exists()
    assert kept.scope == world.integration.scope


@pytest.mark.django_db(transaction=True)
def test_a80_a_change_of_what_stands_in_the_company_that_it_left_is_held_and_not_written(world: World) -> None:
    world.order("PO-1")
    world.run()
    take(world, "Warehouse")
    take(world, "Production", sister(world))
    world.run()
    writes = len(world.writes())
    world.sandbox.procurify.change_order(DOMAIN, "PO-1", lines=[line(quantity="20")])
    world.run()
    record = world.record("PO-1")
    assert (record.work, record.hold_reason) == (Work.HELD, "spans-companies")
    assert "Nothing was changed in Xero, because its bill is" in record.explanation
    assert len(world.writes()) == writes


@pytest.mark.django_db(transaction=True)
def test_a80_the_flag_goes_when_the_department_comes_back(world: World) -> None:
    """A document of two companies is flagged as well, and says so."""
    world.order("PO-1", lines=[line(), line(department="Warehouse")])
    world.run()
    take(world, "Production")
    world.run()
    assert "not all of it belongs to this company" in Flag.objects.get(kind="left-company", closed_at=None).explanation
    take(world, "Warehouse")
    world.run()
    assert not Flag.objects.filter(kind="left-company", closed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a80_looking_through_what_stands_goes_on_where_a_slice_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "AT_A_TIME", 1)
    for number in ("PO-1", "PO-2", "PO-3"):
        world.order(number)
    world.run()
    take(world, "Warehouse")
    take(world, "Production", sister(world))
    with monkeypatch.context() as short:
        left = iter([True])
        short.setattr(Slice, "has_time", lambda self: next(left, False))
        assert world.slice().more
    assert Flag.objects.filter(kind="left-company").count() == 1
    world.run()
    assert Flag.objects.filter(kind="left-company").count() == 3


@pytest.mark.django_db(transaction=True)
def test_a80_parts_that_change_while_a_run_looks_through_what_stands_are_looked_through_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "AT_A_TIME", 1)
    for number in ("PO-1", "PO-2", "PO-3"):
        world.order(number)
    world.run()
    production, _, other = take(world, "Production"), take(world, "Warehouse"), sister(world)
    with monkeypatch.context() as amid:
        asked = iter(range(1000))

        def has_time(_slice: Slice) -> bool:
            if next(asked) == 1:  # the first portion has been looked at, and nothing of it has left
                production.delete()
                take(world, "Production", other)
            return True

        amid.setattr(Slice, "has_time", has_time)
        world.slice()
    world.run()
    assert Flag.objects.filter(kind="left-company", closed_at=None).count() == 3


def asked_on_the_page(world: World, by: User, department: str) -> str:
    """What the page of the tables answers when somebody takes this department into the company."""
    scope = world.integration.scope
    key = ReferenceEntry.objects.get(books=scope.source_books, kind="department", name__endswith=department).key
    browser = Client()
    browser.force_login(by)
    values = {
        "name": scope.name, "rounding_account": "", "why": "It is ours since May", "parts-TOTAL_FORMS": 2,
        "parts-INITIAL_FORMS": 1, "parts-0-id": scope.parts.get().pk, "parts-0-scope": scope.pk,
        "parts-0-part": f"department:{scope.parts.get().key}", "parts-1-scope": scope.pk,
        "parts-1-part": f"department:{key}",
    }  # fmt: skip
    address = reverse("admin:mappings_scope_change", args=[scope.pk])
    return browser.post(address, values, follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a98_a_department_comes_into_a_company_once_a_second_person_agreed(
    world: World, django_user_model: type[User]
) -> None:
    """Only asked for, nothing moves; who asked does not decide; agreed on, what was held for it goes on at once."""
    anna, susan = (django_user_model.objects.create_superuser(name) for name in ("anna", "susan"))
    take(world, "Production")
    world.order("PO-2", lines=[line(department="Warehouse")])
    world.run()
    said = asked_on_the_page(world, anna, "Warehouse")
    assert "Not in force yet: department Plant North / Warehouse comes in." in said
    assert world.integration.scope.parts.count() == 1
    browser = Client()
    browser.force_login(susan)
    page = browser.get(reverse("admin:mappings_scope_change", args=[world.integration.scope.pk])).content.decode()
    assert "comes in. anna asked for it, and a second person decides." in page
    [decision] = decisions.pending("scope", world.integration.scope.pk)
    assert (decision.asked_by, decision.asked_because) == (anna, "It is ours since May")
    with pytest.raises(FourEyesError):
        decisions.decide(decision, anna, True, "Yes")
    assert world.record("PO-2").hold_reason == "spans-companies"
    assert decisions.decide(decision, susan, True, "Seen the deed") == "approved."
    assert world.integration.scope.parts.count() == 2
    assert world.record("PO-2").work == Work.WAITING
    added = Entry.objects.filter(action="scope_part.added").latest("pk")
    assert (added.actor, added.details["after"]) == (susan, {"part": "department Plant North / Warehouse"})


@pytest.mark.django_db(transaction=True)
def test_a98_a_wish_for_other_departments_lapses_when_they_are_shared_out_otherwise(
    world: World, django_user_model: type[User]
) -> None:
    anna, susan = (django_user_model.objects.create_superuser(name) for name in ("anna", "susan"))
    take(world, "Production")
    world.order("PO-1")
    world.run()
    asked_on_the_page(world, anna, "Warehouse")
    take(world, "Warehouse", sister(world))
    [decision] = decisions.pending("scope", world.integration.scope.pk)
    assert decisions.decide(decision, susan, True, "Yes").startswith("lapsed")
    assert world.integration.scope.parts.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a98_before_anything_was_read_departments_are_taken_in_at_once(
    world: World, django_user_model: type[User]
) -> None:
    take(world, "Production")
    said = asked_on_the_page(world, django_user_model.objects.create_superuser("anna"), "Warehouse")
    assert "Not in force" not in said
    assert world.integration.scope.parts.count() == 2


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
