"""Who is created where, who never is, and who waits for a person (A70, A72, A73)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.admin import vendor_candidates
from integrations.engine import decisions
from integrations.engine.decision_kinds import VENDOR_APART, VENDOR_CREATE
from integrations.engine.vendor_sync import deciding
from integrations.models import Decision, Flag, FourEyesError, Integration, Record, VendorPolicy, VendorSides, Work
from mappings.models import LinkState, ReferenceEntry, VendorLink
from tests import world as worlds
from tests.vendors.office import Office, somebody
from tests.world import DOMAIN, VENDOR, line

pytestmark = pytest.mark.sqlite


@pytest.mark.promise(12)
def test_a70_a_vendor_that_stands_on_both_sides_is_linked_and_nothing_is_created(office: Office) -> None:
    before = len(office.writes())
    office.vendor("Alki Beach Instruments", email=["ap@alki.example"])
    office.contact("Alki Beach Instruments", EmailAddress="ap@alki.example")
    office.run()
    sides = office.sides("Alki Beach Instruments")
    assert (sides.record.work, sides.link is not None) == (Work.DONE, True)
    assert len(office.writes()) == before
    works = VendorSides.objects.filter(record__number="Alki Beach Instruments").values_list("record__work", flat=True)
    assert sorted(works) == [Work.COVERED, Work.DONE]


@pytest.mark.promise(12)
def test_a70_a_shared_email_only_proposes(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    record = office.record("Quite Another Ltd")
    assert (record.work, record.hold_reason) == (Work.HELD, "needs-link")
    assert "Quite Another Ltd" not in office.names_there()
    sides = office.sides("Quite Another Ltd")
    deciding.separate(sides, [sides.near_key], somebody("ana"), "two companies, one mailbox")
    office.run()
    assert "Quite Another Ltd" in office.names_there()


def alike(office: Office, *names: str) -> VendorSides:
    """A vendor called “Delta Steel.”, which contacts of these names could be."""
    for name in names:
        office.contact(name)
    office.vendor("Delta Steel.")
    office.run()
    return office.sides("Delta Steel.")


def none_of_them(sides: VendorSides, by: str = "ana", *, looking: bool = False) -> str:
    contacts = ReferenceEntry.objects.filter(kind="contact").values_list("key", flat=True)
    return deciding.separate(sides, list(contacts), somebody(by), "another company", looking=looking)


def named_like_another(office: Office) -> None:
    """“DELTA STEEL” is said to be none of two contacts, of which one has its name in all but capitals."""
    office.contact("Delta Steel")
    office.contact("Delta-Steel")
    office.vendor("DELTA STEEL")
    office.run()
    none_of_them(office.sides("DELTA STEEL"))
    office.run()


def test_a70_none_of_several_is_created_beside_them_and_the_trail_says_who_said_so(office: Office) -> None:
    sides = alike(office, "Delta Steel", "Delta-Steel")
    assert sides.record.hold_reason == "ambiguous-vendor"
    assert none_of_them(sides) == "goes on as a vendor of its own on the next run."
    office.run()
    assert office.record("Delta Steel.").work == Work.DONE
    assert {"Delta Steel", "Delta-Steel", "Delta Steel."} <= set(office.names_there())
    assert "vendor.separate" in office.world.trail("Delta Steel.")
    decision = Decision.objects.get(kind=VENDOR_APART)
    assert (decision.decided_by, decision.reason) == (somebody("ana"), "another company")


def test_a95_who_told_it_from_the_others_does_not_approve_the_new_vendor(office: Office) -> None:
    Integration.objects.update(new_vendors_need_approval=True)
    none_of_them(alike(office, "Delta Steel", "Delta-Steel"))
    office.run()
    assert office.record("Delta Steel.").work == Work.APPROVAL
    decision = Decision.objects.pending().get(kind=VENDOR_CREATE)
    with pytest.raises(FourEyesError):
        decisions.decide(decision, somebody("ana"), True, "known")
    decisions.decide(decision, somebody("sam"), True, "known")
    office.run()
    assert "Delta Steel." in office.names_there()


def test_a70_the_one_left_of_two_is_not_linked_by_itself_when_a_person_said_it_is_another(office: Office) -> None:
    """Archiving the second leaves one of that name: without the person's word that would be evidence enough."""
    sides = alike(office, "Delta Steel", "Delta-Steel")
    none_of_them(sides, looking=True)
    office.edits_contact("Delta-Steel", ContactStatus="ARCHIVED")
    office.edits_vendor("Delta Steel.", city="Tacoma")
    office.run()
    record = office.record("Delta Steel.")
    assert (record.work, record.hold_reason) == (Work.HELD, "missing-vendor")
    assert not VendorLink.objects.filter(source_key=sides.source_key).exists()


def test_a70_who_waits_for_its_own_is_compared_with_whoever_comes_later(office: Office) -> None:
    none_of_them(alike(office, "Delta Steel", "Delta-Steel"), looking=True)
    office.run()
    assert office.record("Delta Steel.").hold_reason == "missing-vendor"
    office.contact("Delta Steel..")
    office.run()
    sides = office.sides("Delta Steel.")
    assert (sides.record.hold_reason, sides.near_name) == ("ambiguous-vendor", "Delta Steel..")
    assert deciding.link(sides, sides.near_key, somebody("ana")).startswith("is linked")
    office.run()
    assert office.record("Delta Steel.").work == Work.DONE


def test_a70_of_those_who_were_not_shown_a_person_is_asked_next(office: Office) -> None:
    sides = alike(office, "Delta Steel", "Delta-Steel")
    deciding.separate(sides, [sides.near_key], somebody("ana"), "another company")
    office.run()
    again = office.sides("Delta Steel.")
    assert again.record.hold_reason == "ambiguous-vendor"
    assert again.near_key != sides.near_key


def test_a_name_that_is_taken_leads_back_to_who_has_it(office: Office) -> None:
    """Xero takes a name once, whatever its capitals: after all it is that one, or one of them is renamed."""
    named_like_another(office)
    sides = office.sides("DELTA STEEL")
    assert sides.record.hold_reason == "name-taken"
    taken = next(each for each in vendor_candidates.candidates(sides) if each.name == "Delta Steel")
    assert deciding.link(sides, taken.key, somebody("ana")).startswith("is linked")
    office.run()
    assert office.record("DELTA STEEL").work == Work.DONE


def test_a_name_that_was_taken_is_free_once_the_other_is_renamed(office: Office) -> None:
    """Once the cause is mended the hold ends by itself."""
    named_like_another(office)
    assert office.record("DELTA STEEL").hold_reason == "name-taken"
    told = office.world.trail("DELTA STEEL").count("record.held")
    office.edits_contact("Delta-Steel", EmailAddress="west@delta.example")
    office.run()
    assert office.world.trail("DELTA STEEL").count("record.held") == told, "nothing that concerns it has changed"
    office.edits_contact("Delta Steel", Name="Delta Steel West")
    office.run()
    assert office.record("DELTA STEEL").work == Work.DONE


def test_a70_what_two_had_in_common_and_have_no_more_stops_nothing(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    assert office.record("Quite Another Ltd").hold_reason == "needs-link"
    office.edits_contact("Group Ltd", EmailAddress="accounts@group.example")
    office.run()
    assert office.record("Quite Another Ltd").work == Work.DONE
    assert "Quite Another Ltd" in office.names_there()


def test_a70_of_two_of_one_name_the_one_left_in_use_is_linked(office: Office) -> None:
    sides = alike(office, "Delta Steel", "Delta-Steel")
    assert sides.record.hold_reason == "ambiguous-vendor"
    office.edits_contact("Delta-Steel", ContactStatus="ARCHIVED")
    office.run()
    assert office.record("Delta Steel.").work == Work.DONE
    assert VendorLink.objects.get(source_key=sides.source_key).target.name == "Delta Steel"


def test_a_contact_that_is_none_of_procurements_vendors_is_created_there(office: Office) -> None:
    office.vendor("Delta Steel", email=["ap@delta.example"])
    office.run()
    office.contact("Delta Tools", EmailAddress="ap@delta.example")
    office.run()
    sides = office.sides("Delta Tools")
    assert sides.record.hold_reason == "needs-link"
    deciding.separate(sides, [sides.near_key], somebody("ana"), "a sister company")
    office.run()
    assert "Delta Tools" in office.names_here()


def test_a_proposal_of_two_that_were_told_apart_is_taken_away(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    sides = office.sides("Quite Another Ltd")
    proposed = VendorLink.objects.filter(source_key=sides.source_key)
    assert proposed.get().state == LinkState.PROPOSED
    none_of_them(sides, looking=True)
    office.run()
    assert not proposed.exists()


def test_a70_a_person_links_what_was_only_proposed(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Groupe Limitée", email=["ap@group.example"])
    office.run()
    sides = office.sides("Groupe Limitée")
    assert deciding.link(sides, sides.near_key, somebody("ana")).startswith("is linked")
    office.run()
    assert office.record("Groupe Limitée").work == Work.DONE


@pytest.mark.parametrize("kind", [5, 6])
def test_a72_employees_and_card_providers_are_never_created(office: Office, kind: int) -> None:
    office.vendor("Grace Lindqvist", type=kind)
    office.run()
    assert "Grace Lindqvist" not in office.names_there()


def test_a72_a_linked_card_providers_contact_becomes_no_vendor_in_procurement(office: Office) -> None:
    """It is a supplier in accounting as soon as its first card bill stands there, under whatever name (A32)."""
    office.contact("Salish Cards Inc")
    worlds.read_lists(office.world.integration)
    contact = ReferenceEntry.objects.get(kind="contact", name="Salish Cards Inc")
    scope = office.world.integration.scope
    VendorLink.objects.create(scope=scope, source_key="372", target=contact, state=LinkState.CONFIRMED)
    office.run()
    record = office.record("Salish Cards Inc")
    assert record.work == Work.EXCLUDED_RULE
    assert "card provider" in record.explanation
    assert "Salish Cards Inc" not in office.names_here()


def test_a72_a_vendor_that_becomes_an_employee_before_it_was_created_is_left_out(unconfirmed: Office) -> None:
    unconfirmed.vendor("Grace Lindqvist")
    unconfirmed.run()
    unconfirmed.edits_vendor("Grace Lindqvist", type=5)
    unconfirmed.run()
    record = unconfirmed.record("Grace Lindqvist")
    assert record.work == Work.EXCLUDED_RULE
    assert "employee" in record.explanation


def test_a72_who_we_created_is_listed_with_its_source(office: Office) -> None:
    office.vendor("Alki Beach Instruments")
    office.run()
    sides = office.sides("Alki Beach Instruments")
    assert (sides.created_in, sides.created_at is not None) == ("target", True)
    assert sides.link is not None
    assert sides.link.evidence == "created by Counterfoil in Xero"


def test_a72_by_setting_a_new_vendor_needs_an_approval_before(office: Office) -> None:
    Integration.objects.update(new_vendors_need_approval=True)
    office.vendor("Alki Beach Instruments")
    office.run()
    assert "Alki Beach Instruments" not in office.names_there()
    assert office.record("Alki Beach Instruments").work == Work.APPROVAL
    decisions.decide(Decision.objects.pending().get(kind=VENDOR_CREATE), somebody("sam"), True, "known")
    office.run()
    assert "Alki Beach Instruments" in office.names_there()


def test_a72_a_refused_new_vendor_is_held_and_not_asked_again(office: Office) -> None:
    Integration.objects.update(new_vendors_need_approval=True)
    office.vendor("Alki Beach Instruments")
    office.run()
    decisions.decide(Decision.objects.pending().get(kind=VENDOR_CREATE), somebody("sam"), False, "unknown")
    office.run()
    record = office.record("Alki Beach Instruments")
    assert (record.work, record.hold_reason) == (Work.HELD, "missing-vendor")
    assert not Decision.objects.pending().exists()


@pytest.mark.promise(22)
def test_an_order_of_a_new_vendor_goes_on_in_the_run_that_creates_it(office: Office) -> None:
    office.vendor("Alki Beach Instruments", email=["ap@alki.example"])
    office.world.order("PF1", vendor="Alki Beach Instruments")
    office.run()
    assert office.world.bill("PF1")["Contact"]["ContactID"] == office.there("Alki Beach Instruments")["ContactID"]


def test_an_order_that_was_held_for_its_vendor_is_released_by_the_vendor(office: Office) -> None:
    Integration.objects.update(vendors=VendorPolicy.LINK)
    office.vendor("Alki Beach Instruments", email=["ap@alki.example"])
    office.world.order("PF1", vendor="Alki Beach Instruments")
    office.run()
    assert Record.objects.get(number="PF1").hold_reason == "missing-vendor"
    Integration.objects.update(vendors=VendorPolicy.BOTH)
    office.run()
    assert Record.objects.get(number="PF1").work == Work.DONE


def test_link_only_writes_nothing(office: Office) -> None:
    Integration.objects.update(vendors=VendorPolicy.LINK)
    before = len(office.writes())
    office.vendor("Alki Beach Instruments")
    office.edits_vendor(VENDOR, city="Tacoma")
    office.run()
    assert len(office.writes()) == before


def test_trial_mode_writes_no_vendor(office: Office) -> None:
    Integration.objects.update(trial=True)
    before = len(office.writes())
    office.vendor("Alki Beach Instruments")
    office.run()
    assert len(office.writes()) == before
    assert office.record("Alki Beach Instruments").work == Work.WAITING


def test_a_contact_that_is_no_supplier_is_left_alone_until_it_is_one(office: Office) -> None:
    office.world.sandbox.xero.add_contact("A Customer", tenant=office.world.tenant)
    office.run()
    assert "A Customer" not in office.names_here()


def test_e10_a_contact_of_the_chosen_group_is_a_supplier_before_its_first_bill(office: Office) -> None:
    Integration.objects.update(vendor_group="Suppliers")
    made = office.world.sandbox.xero.add_contact("Delta Steel", tenant=office.world.tenant)
    group = {"ContactGroupID": "g", "Name": "Suppliers", "Status": "ACTIVE"}
    contacts = office.world.sandbox.xero.organisation(office.world.tenant).contacts
    contacts.store({**contacts.rows[made["ContactID"]], "ContactGroups": [group]})
    office.run()
    assert "Delta Steel" in office.names_here()


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        ({"name": "Twin < Sons"}, "cannot-represent", "Xero takes no < or > in a name"),
        ({"name": "Umlaut GmbH", "email": ["büro@umlaut.example"]}, "cannot-represent", "no e-mail address"),
        ({"name": "Kronor AB", "currency": "SEK"}, "currency-not-enabled", "does not use SEK"),
    ],
)
def test_what_accounting_cannot_hold_is_never_cut_silently(
    office: Office, fields: dict[str, object], reason: str, words: str
) -> None:
    office.world.sandbox.procurify.add_currency("harbormills", "SEK", "0.1")
    office.world.sandbox.procurify.add_vendor("harbormills", **fields)  # type: ignore[arg-type]
    office.run()
    record = office.record(str(fields["name"]))
    assert (record.work, record.hold_reason) == (Work.HELD, reason)
    assert words in record.explanation


def test_a56_a_vendor_goes_on_by_itself_once_its_currency_is_added(office: Office) -> None:
    office.world.sandbox.procurify.add_currency(DOMAIN, "SEK", "0.1")
    office.vendor("Kronor AB", currency="SEK")
    office.run()
    assert office.record("Kronor AB").hold_reason == "currency-not-enabled"
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        office.run()
        assert office.record("Kronor AB").work == Work.HELD
        office.world.sandbox.xero.add_currency("SEK", tenant=office.world.tenant)
    with time_machine.travel(timezone.now() + timedelta(minutes=40), tick=True):
        office.run()
    assert office.record("Kronor AB").work == Work.DONE
    assert office.there("Kronor AB")["DefaultCurrency"] == "SEK"


def test_a_telephone_number_loses_its_spelling_before_anything_is_held(office: Office) -> None:
    phone = {"PhoneType": "DEFAULT", "PhoneNumber": "(206) 555 - 0114 ext. 4711", "PhoneCountryCode": "+1"}
    office.contact("Delta Steel", Phones=[phone])
    office.run()
    assert office.here("Delta Steel")["phoneOne"] == "+12065550114ext4711"


def test_a73_a_merge_is_followed_and_written_to_the_trail(office: Office) -> None:
    office.world.order("PF1")
    office.run()
    posted = office.world.bill("PF1")["Contact"]["ContactID"]
    kept = office.world.sandbox.xero.add_contact("Northgate Group", tenant=office.world.tenant)
    office.world.sandbox.xero.merge_contacts(VENDOR, "Northgate Group", tenant=office.world.tenant)
    before = len(office.writes())
    office.run()
    link = VendorLink.objects.get(source_key="318")
    assert link.target.key == kept["ContactID"]
    assert "merged" in link.evidence
    assert len(office.writes()) == before
    assert "vendor.merged" in office.world.trail(VENDOR)
    assert Record.objects.get(number="PF1").postings.get().target_id
    assert not Flag.objects.filter(closed_at=None).exists()  # nobody edited the draft that Xero moved along
    office.world.sandbox.procurify.change_order(DOMAIN, "PF1", lines=[line(quantity="20")])
    office.run()
    draft = office.world.bill("PF1")  # untouched, so it follows its order
    assert (draft["Contact"]["ContactID"], draft["Total"]) == (kept["ContactID"], 262.5)
    assert posted == office.world.sandbox.xero.contact(posted, tenant=office.world.tenant)["ContactID"]


def test_a73_two_vendors_on_one_contact_only_by_a_person(office: Office) -> None:
    office.vendor("Delta Steel", email=["x@delta.example"])
    office.run()
    office.world.sandbox.xero.merge_contacts(VENDOR, "Delta Steel", tenant=office.world.tenant)
    office.run()
    record = Record.objects.get(vendor_sides__source_key="318")
    assert (record.work, record.hold_reason) == (Work.HELD, "ambiguous-vendor")


def test_a73_nobody_is_brought_back_into_use_by_us(office: Office) -> None:
    office.edits_contact(VENDOR, ContactStatus="ARCHIVED")
    office.run()
    assert office.here(VENDOR)["active"] is False
    office.edits_vendor(VENDOR, active=True, city="Tacoma")
    office.run()
    assert office.there(VENDOR)["ContactStatus"] == "ARCHIVED"
    record = office.record(VENDOR)
    assert (record.work, record.hold_reason) == (Work.HELD, "inactive-vendor")


@pytest.mark.promise(50)
def test_procurify_receives_writes_of_vendors_and_nothing_else(office: Office) -> None:
    office.world.order("PF1")
    office.contact("Delta Steel")
    office.edits_contact(VENDOR, EmailAddress="new@northgate.example")
    office.run()
    written = [each for each in office.world.sandbox.log("procurify") if each["method"] != "GET"]
    paths = {each["path"].split("/harbormills")[-1] for each in written if "token" not in each["path"]}
    assert paths
    assert all(path.startswith("/api/v3/vendors/") for path in paths)


@pytest.mark.promise(29)
def test_every_write_of_a_vendor_leaves_an_entry(office: Office) -> None:
    from audit.models import Entry

    office.contact("Delta Steel")
    office.edits_contact(VENDOR, EmailAddress="new@northgate.example")
    office.run()
    done = Entry.objects.filter(action__in=["vendor.created", "vendor.updated"]).count()
    assert done == len([each for each in office.writes() if "/Contacts" in each["path"] or "vendors" in each["path"]])
    assert Entry.objects.filter(action="vendor.intended").count() == done
