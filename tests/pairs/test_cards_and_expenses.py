"""What cards and employees paid is owed to the card's provider and the employee, never to the shop (A32)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from audit.models import Entry
from integrations.desk import previewing
from integrations.documents import Card, Vendor, VendorKind
from integrations.engine import placing
from integrations.models import Flag, Integration, Record, Work
from integrations.pairs.flow import Place
from integrations.pairs.procurify_xero import bills, judge, payees
from integrations.reconciliation import making
from integrations.source_documents import SupplierBillKind
from mappings.keys import LookupKey
from mappings.links import form_for
from mappings.models import LinkState, ReferenceEntry, VendorLink
from tests import world as worlds
from tests.pairs.billing import SERVICE, thousand, totals
from tests.pairs.orders import order, terms
from tests.pairs.test_rules_of_bills import bill
from tests.portal.conftest import person
from tests.world import VENDOR, World, open_gaps, part

pytestmark = pytest.mark.sqlite

D = Decimal
EXPENSE, CARD = 1, 2
SALISH = Vendor("372", "Salish Card Services", kind=VendorKind.CARD_PROVIDER)
VISA = Card("12", "Operations Visa 4242", SALISH)


@pytest.fixture
def taking_cards(world: World) -> World:
    """The company has a card provider and an employee in procurement, and the setting takes in what they paid."""
    world.sandbox.procurify.add_vendor(worlds.DOMAIN, SALISH.name, id=372, type=6)
    world.sandbox.procurify.add_vendor(worlds.DOMAIN, "Grace Lindqvist", id=371, type=5)
    Integration.objects.filter(pk=world.integration.pk).update(include_card_orders=True)
    world.integration.refresh_from_db()
    placing.after_settings(world.integration, ["include_card_orders"], None)
    return world


def linked(world: World, vendor: str, contact: str) -> None:
    """A person adds the contact in Xero and links it, as the form of the hold does."""
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        world.sandbox.xero.add_contact(contact, tenant=world.tenant)
        worlds.read_lists(world.integration)
        chosen = ReferenceEntry.objects.get(books=world.integration.target.books, kind="contact", name=contact)
        VendorLink.objects.create(
            scope=world.integration.scope, source_key=vendor, target=chosen, state=LinkState.CONFIRMED,
            evidence="chosen by a person",
        )  # fmt: skip


def run_later(world: World, minutes: int) -> None:
    """An ordinary run, with procurement's list read more than a quarter of an hour ago."""
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True):
        world.run()


def owed(world: World) -> dict[str, str]:
    """Per bill in Xero whose it is."""
    return {each["InvoiceNumber"]: each["Contact"]["Name"] for each in world.bills}


@pytest.mark.django_db(transaction=True)
def test_a32_a_card_order_waits_for_its_provider_and_is_owed_to_it(taking_cards: World, client: Client) -> None:
    """Held with the link that is missing and its filled-in form, released by the link, and never the shop's."""
    world = taking_cards
    thousand(world, creditcard=True)
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "missing-payee")
    assert f"Card provider {SALISH.name} is not linked to a contact" in record.explanation
    assert open_gaps(record) == [("vendor", ["372", "USD"])]
    preview = previewing.ask(world.integration, person("olga", "Supervisor"))
    previewing.make(preview.pk)
    preview.refresh_from_db()
    assert preview.vendors == [{"name": SALISH.name, "what": "to be linked", "waiting": 1}]
    client.force_login(person("anna", "Accounting staff"))
    form = form_for(world.integration.scope, LookupKey("vendor", ("372", "USD")))
    shown = client.get(reverse("admin:integrations_record_change", args=[record.pk])).content.decode()
    assert f'href="{escape(form)}"' in shown
    assert "no contact is ever created for them" in shown
    assert SALISH.name in client.get(form).content.decode()
    assert SALISH.name in client.get(reverse("admin:mappings_missing")).content.decode()
    linked(world, "372", "Salish Cards Inc")
    assert world.record("PF1").work == Work.WAITING  # the link itself released it
    world.run()
    assert owed(world) == {"PF1": "Salish Cards Inc"}
    texts = [each["Description"] for each in world.bill("PF1")["LineItems"]]
    assert f"Bought from {VENDOR}, paid with the card Operations Visa 4242" in texts
    assert world.record("PF1").vendor_name == SALISH.name
    client.force_login(person("ada", "Auditor"))
    evidence = client.get(reverse("record_evidence", args=[record.pk])).content.decode()
    assert f"<dt>Bought from</dt><dd>{VENDOR}</dd>" in evidence


@pytest.mark.django_db(transaction=True)
def test_a32_a_provider_whose_contact_was_archived_holds_until_another_is_chosen(taking_cards: World) -> None:
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    world.sandbox.xero.edit_contact("Salish Cards Inc", ContactStatus="ARCHIVED", tenant=world.tenant)
    worlds.read_lists(world.integration)
    thousand(world, creditcard=True)
    world.run()
    record = world.record("PF1")
    assert record.hold_reason == "inactive-vendor"
    assert f"Card provider {SALISH.name} is linked to Salish Cards Inc, which is archived" in record.explanation
    world.sandbox.xero.add_contact("Salish Cards Ltd", tenant=world.tenant)
    worlds.read_lists(world.integration)
    link = VendorLink.objects.get(source_key="372")
    link.target = ReferenceEntry.objects.get(kind="contact", name="Salish Cards Ltd")
    link.save()
    world.run()
    assert owed(world) == {"PF1": "Salish Cards Ltd"}


@pytest.mark.django_db(transaction=True)
def test_a32_a_card_that_no_list_knows_goes_on_by_itself_once_its_provider_is_entered(taking_cards: World) -> None:
    """Nobody replays it: the next reading of procurement's vendors names the card, and the bill is the provider's."""
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    world.invoice("SHOP", items=SERVICE, creditcard=99, type=CARD)
    world.run()
    record = world.record("SHOP")
    assert (record.work, record.hold_reason) == (Work.HELD, "unknown-payee")
    assert "goes on by itself once that list was read again" in record.explanation
    run_later(world, minutes=40)
    assert world.record("SHOP").work == Work.HELD  # the list was read, and still names no such card
    cards = world.sandbox.procurify.vendor(worlds.DOMAIN, SALISH.name)["creditcards"]
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, SALISH.name, creditcards=[*cards, {**cards[0], "id": 99}])
    run_later(world, minutes=80)
    assert owed(world) == {"SHOP": "Salish Cards Inc"}
    assert world.trail("SHOP").count("record.released") == 1


@pytest.mark.django_db(transaction=True)
def test_a32_an_expense_goes_on_by_itself_once_its_vendor_is_an_employee(taking_cards: World) -> None:
    world = taking_cards
    world.sandbox.procurify.add_vendor(worlds.DOMAIN, "Ivo Marsh", id=380)
    linked(world, "380", "I. Marsh")
    world.invoice("MILES", items=SERVICE, vendor=380, type=EXPENSE)
    world.run()
    assert world.record("MILES").hold_reason == "unknown-payee"
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, "Ivo Marsh", type=5)
    run_later(world, minutes=40)
    assert owed(world) == {"MILES": "I. Marsh"}


@pytest.mark.django_db(transaction=True)
def test_a72_a_bill_goes_on_by_itself_once_its_vendor_is_in_use_again(world: World) -> None:
    """The hold says so, and nobody replays it."""
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, VENDOR, active=False)
    world.invoice("INV-1", items=SERVICE)
    world.run()
    assert world.record("INV-1").hold_reason == "inactive-vendor"
    run_later(world, minutes=40)
    assert world.record("INV-1").hold_reason == "inactive-vendor"
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, VENDOR, active=True)
    run_later(world, minutes=80)
    assert owed(world) == {"INV-1": VENDOR}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("number", "kind"), [(1, "one-time"), (5, "employee"), (2, "other")])
def test_a72_a_vendor_that_is_no_supplier_holds_its_bill_until_it_is_one(world: World, number: int, kind: str) -> None:
    """It is not offered to be linked: whoever stands behind a placeholder is another one each time."""
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, VENDOR, type=number)
    world.invoice("INV-1", items=SERVICE)
    world.run()
    record = world.record("INV-1")
    assert (record.hold_reason, open_gaps(record)) == ("not-a-supplier", [])
    assert f"the kind “{kind}”" in record.explanation
    assert "Choose a regular vendor on the bill" in record.explanation
    world.sandbox.procurify.edit_vendor(worlds.DOMAIN, VENDOR, type=4)
    run_later(world, minutes=40)
    assert owed(world) == {"INV-1": VENDOR}


@pytest.mark.django_db(transaction=True)
def test_a73_a_merge_is_followed_for_a_card_provider(taking_cards: World) -> None:
    """The link goes along with its contact, and so do the bills that come after."""
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    world.invoice("ONE", items=SERVICE, creditcard=12, type=CARD)
    world.run()
    world.sandbox.xero.add_contact("Salish Group", tenant=world.tenant)
    world.sandbox.xero.merge_contacts("Salish Cards Inc", "Salish Group", tenant=world.tenant)
    world.invoice("TWO", items=SERVICE, creditcard=12, type=CARD)
    run_later(world, minutes=40)
    assert owed(world) == {"ONE": "Salish Group", "TWO": "Salish Group"}
    link = VendorLink.objects.get(source_key="372")
    assert link.target.name == "Salish Group"
    assert Entry.objects.filter(action="vendor.merged", subject_id=str(link.pk)).exists()
    assert "bill.moved_by_merge" in world.trail("ONE")
    flagged = Flag.objects.filter(closed_at=None, record=world.record("ONE"))
    assert not flagged.exists()  # nobody edited it, and nothing of it is to be translated anew


@pytest.mark.django_db(transaction=True)
def test_a73_an_employee_whose_contact_was_merged_into_anothers_is_held_for_a_person(taking_cards: World) -> None:
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    linked(world, "371", "G. Lindqvist")
    world.sandbox.xero.merge_contacts("G. Lindqvist", "Salish Cards Inc", tenant=world.tenant)
    world.invoice("MILES", items=SERVICE, vendor=371, type=EXPENSE)
    run_later(world, minutes=40)
    record = world.record("MILES")
    assert (record.work, record.hold_reason) == (Work.HELD, "inactive-vendor")
    assert "was merged into Salish Cards Inc, which another vendor is linked to. Link it by hand" in record.explanation
    assert owed(world) == {}


@pytest.mark.django_db(transaction=True)
def test_a32_card_and_expense_bills_are_owed_to_the_provider_and_the_employee(taking_cards: World) -> None:
    """A card bill of 80.00 that names the shop and only the card's id finds the provider by the provider's own list."""
    world = taking_cards
    world.invoice("SHOP", items=[{"name": "Permits", "amount": D(80), "account": "6100"}], creditcard=12, type=CARD)
    world.invoice("BANK", items=SERVICE, vendor=372, type=CARD)
    world.invoice("MILES", items=SERVICE, vendor=371, type=EXPENSE)
    world.run()
    held = Record.objects.filter(work=Work.HELD, hold_reason="missing-payee").order_by("number")
    assert [(each.number, each.explanation.split(" is ")[0]) for each in held] == [
        ("BANK", f"Card provider {SALISH.name}"),
        ("MILES", "Employee Grace Lindqvist"),
        ("SHOP", f"Card provider {SALISH.name}"),
    ]
    linked(world, "372", "Salish Cards Inc")
    linked(world, "371", "G. Lindqvist")
    world.run()
    assert owed(world) == {"SHOP": "Salish Cards Inc", "BANK": "Salish Cards Inc", "MILES": "G. Lindqvist"}
    assert totals(world)["SHOP"] == 80.0


@pytest.mark.django_db(transaction=True)
def test_a32_the_bill_of_a_card_order_takes_over_its_draft_and_counts_under_the_provider(taking_cards: World) -> None:
    """A9 and A102: one payable, and the reconciliation shows it under the provider with a rest of 0.00."""
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    thousand(world, creditcard=True)
    world.run()
    world.invoice("STATEMENT", orders=["PF1"], vendor=372, type=CARD)
    world.run()
    assert owed(world) == {"STATEMENT": "Salish Cards Inc"}
    world.sandbox.xero.approve_bill(world.bill("STATEMENT")["InvoiceID"], tenant=world.tenant)
    world.run()
    run = making.ask(world.integration, timezone.now().date(), person("anna", "Accounting staff"))
    assert {row.vendor for row in run.lines.all()} == {SALISH.name}
    assert {row.rest for row in run.lines.all()} == {D(0)}


@pytest.mark.django_db(transaction=True)
def test_a32_a_bill_of_the_shop_for_what_the_card_paid_is_held(taking_cards: World) -> None:
    """The shop was paid by the card: its own bill over that order would be paid a second time (A35)."""
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    thousand(world, creditcard=True)
    world.run()
    world.invoice("SHOP", items=[part("PF1", "40")])
    world.run()
    assert owed(world) == {"PF1": "Salish Cards Inc"}
    assert f"placed with {SALISH.name}" in world.record("SHOP").explanation


@pytest.mark.django_db(transaction=True)
def test_a32_a_duplicate_is_looked_for_at_the_provider(taking_cards: World) -> None:
    """A40 among the provider's bills: the same number typed at the shop is none, at the provider it holds."""
    world = taking_cards
    linked(world, "372", "Salish Cards Inc")
    for contact, number in (("Salish Cards Inc", "S-17"), (VENDOR, "S-18")):
        world.sandbox.xero.add_bill(contact, number=number, amount=5, tenant=world.tenant)
    for number in ("S-17", "S-18"):
        world.invoice(number, items=SERVICE, creditcard=12, type=CARD)
    world.run()
    assert world.record("S-17").hold_reason == "possible-duplicate"
    assert world.record("S-18").work == Work.DONE


@pytest.mark.parametrize("kind", [SupplierBillKind.CARD, SupplierBillKind.EXPENSE])
def test_a32_what_names_neither_provider_nor_employee_is_held_with_what_to_name(kind: SupplierBillKind) -> None:
    verdict = bills.judge(bill(kind=kind), terms(bills_from="both", include_card_orders=True))
    assert (verdict.place, verdict.reason) == (Place.HELD, "unknown-payee")
    assert ("the card with its provider" if kind is SupplierBillKind.CARD else "Choose the employee") in verdict.why


@pytest.mark.parametrize(
    ("card", "place", "reason"),
    [
        (VISA, Place.WAITING, ""),
        (Card("12", "Visa"), Place.HELD, "unknown-payee"),
        (Card("12", "Visa", Vendor("372", "Salish", kind=VendorKind.CARD_PROVIDER, active=False)), Place.HELD,
         "inactive-vendor"),
    ],
)  # fmt: skip
def test_a32_a_card_orders_provider_has_to_be_known_and_active(card: Card, place: Place, reason: str) -> None:
    given = order(card=card)
    assert judge(given, terms()).place is Place.EXCLUDED
    found = judge(given, terms(include_card_orders=True))
    assert (found.place, found.reason) == (place, reason)


def test_a32_without_the_setting_the_vendor_stays_the_shop() -> None:
    """Nothing of it is posted, and lists name the shop as procurement does."""
    given = order(card=VISA)
    assert payees.owed_to(given, terms()) == given.summary.vendor
    assert payees.owed_to(given, terms(include_card_orders=True)) == SALISH
