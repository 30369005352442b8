"""The pages of vendors: lists, the first list, conflicts, approvals; each action with its own permission (E11)."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from integrations.engine import decisions
from integrations.engine.vendor_sync import deciding
from integrations.models import Decision, Integration, Record, Side, UsedRow, VendorSides, Work
from integrations.models.integration import ApprovalRule
from mappings.models import ReferenceEntry
from tests.engine.rows import an_integration
from tests.portal.desks import a_held_record, posted
from tests.vendors.office import Office
from tests.world import VENDOR

pytestmark = pytest.mark.sqlite

ROLES = ("Accounting staff", "Supervisor", "Integration administrator", "Auditor", "Operator")


def desk(role: str, name: str = "") -> Client:
    """The window of somebody with that role."""
    user, _ = User.objects.get_or_create(username=name or role.split()[0].lower(), defaults={"is_staff": True})
    user.groups.set([Group.objects.get(name=role)])
    client = Client()
    client.force_login(user)
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:integrations_vendorsides_{name}", args=args)


def conflict(office: Office) -> Any:
    office.edits_vendor(VENDOR, phoneOne="206-555-0199")
    office.edits_contact(VENDOR, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "206-555-0777"}])
    office.run()
    return office.sides(VENDOR)


def change(office: Office) -> Any:
    office.edits_vendor(VENDOR, email=["pay@northgate.example"])
    office.run()
    return office.sides(VENDOR)


@pytest.fixture(autouse=True)
def roles(db: None) -> None:
    from portal import roles

    roles.establish()


def test_the_first_list_is_confirmed_on_its_page_with_its_counts(unconfirmed: Office) -> None:
    unconfirmed.contact("Delta Steel", EmailAddress="ap@delta.example")
    unconfirmed.run()
    staff, address = desk("Accounting staff"), page("first", unconfirmed.world.integration.pk)
    shown = staff.get(address).content.decode()
    assert "Confirm: create 1 in Xero and 1 in Procurify" in shown
    assert "Delta Steel" in shown
    seen = deciding.first_list(unconfirmed.world.integration).seen
    assert "has changed since you looked" in staff.post(address, {"seen": "x"}, follow=True).content.decode()
    assert "is confirmed" in staff.post(address, {"seen": seen}, follow=True).content.decode()
    unconfirmed.run()
    assert "Delta Steel" in unconfirmed.names_here()


def test_e10_a_conflict_is_settled_on_its_page(office: Office) -> None:
    sides = conflict(office)
    staff = desk("Accounting staff")
    shown = staff.get(page("change", sides.pk)).content.decode()
    for words in ("206-555-0114", "206-555-0199", "206-555-0777", "Changed on both sides"):
        assert words in shown
    (difference,) = sides.differences
    said = staff.post(page("choose", sides.pk), {f"side-{difference['choice']}": "target"}, follow=True)
    assert "is settled" in said.content.decode()
    office.run()
    assert office.here(VENDOR)["phoneOne"] == "206-555-0777"


def test_a71_a_change_is_approved_on_its_page_by_whoever_may(office: Office) -> None:
    sides = change(office)
    decision = Decision.objects.pending().get()
    answer = {"decision": str(decision.pk), "answer": "approve", "reason": "their letter of today"}
    supervisor = desk("Supervisor")
    assert "pay@northgate.example" in supervisor.get(page("change", sides.pk)).content.decode()
    assert desk("Accounting staff").post(page("decide", sides.pk), answer).status_code == 403
    assert "approved" in supervisor.post(page("decide", sides.pk), answer, follow=True).content.decode()
    office.run()
    assert office.there(VENDOR)["EmailAddress"] == "pay@northgate.example"


def test_what_may_be_the_same_is_linked_or_told_apart_on_its_page(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    sides = office.sides("Quite Another Ltd")
    staff = desk("Accounting staff")
    assert "Is it the same as Group Ltd?" in staff.get(page("change", sides.pk)).content.decode()
    assert "needs a reason" in staff.post(page("separate", sides.pk), {"reason": " "}, follow=True).content.decode()
    staff.post(page("separate", sides.pk), {"reason": "two companies, one mailbox", "other": sides.near_key})
    office.run()
    assert office.record("Quite Another Ltd").work == Work.DONE


def test_a70_all_of_one_name_are_shown_with_what_tells_them_apart_and_one_is_chosen(office: Office) -> None:
    street = [{"AddressType": "STREET", "City": "Tacoma"}]
    office.contact("Delta Steel", EmailAddress="ap@delta.example", ContactNumber="D-1", Addresses=street)
    office.contact("Delta-Steel", EmailAddress="west@delta.example", ContactNumber="D-2")
    office.vendor("DELTA STEEL")
    office.run()
    sides = office.sides("DELTA STEEL")
    assert sides.record.hold_reason == "ambiguous-vendor"
    staff = desk("Accounting staff")
    shown = staff.get(page("change", sides.pk)).content.decode()
    for told in ("Which of these is it?", "D-1", "D-2", "ap@delta.example", "west@delta.example", "Tacoma"):
        assert told in shown
    assert "Choose which one it is, or say that it is none." in sides.record.explanation
    other = ReferenceEntry.objects.get(kind="contact", code="D-2").key
    assert other != sides.near_key
    staff.post(page("link", sides.pk), {"key": other})
    office.run()
    sides.refresh_from_db()
    assert (sides.target_key, sides.record.work) == (other, Work.DONE)
    assert "Which of these" not in staff.get(page("change", sides.pk)).content.decode()


def test_a70_none_of_those_shown_is_said_on_the_page_and_the_vendor_is_created(office: Office) -> None:
    office.contact("Delta Steel")
    office.contact("Delta-Steel")
    office.vendor("Delta Steel.")
    office.run()
    sides, staff = office.sides("Delta Steel."), desk("Accounting staff")
    shown = staff.get(page("change", sides.pk)).content.decode()
    others = re.findall(r'name="other" value="([^"]+)"', shown)
    assert len(others) == 2
    assert "None of them: create it" in shown
    assert "None of them" not in desk("Auditor").get(page("change", sides.pk)).content.decode()
    stale = {
        "reason": "a third company",
        "answer": "create",
        "other": [each for each in others if each != sides.near_key],
    }
    assert "has changed since you looked" in staff.post(page("separate", sides.pk), stale, follow=True).content.decode()
    said = staff.post(page("separate", sides.pk), stale | {"other": others}, follow=True).content.decode()
    assert "goes on as a vendor of its own on the next run" in said
    assert "said to be another vendor than Delta Steel, Delta-Steel: a third company" in html.unescape(said)
    office.run()
    assert office.record("Delta Steel.").work == Work.DONE
    assert {"Delta Steel", "Delta-Steel", "Delta Steel."} <= set(office.names_there())


def test_a70_a_vendor_that_waits_for_its_own_says_so_and_can_be_created_or_linked_by_hand(office: Office) -> None:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    sides, staff = office.sides("Quite Another Ltd"), desk("Accounting staff")
    answer = {"reason": "not yet in Xero", "answer": "look", "other": sides.near_key}
    assert "waits for its own" in staff.post(page("separate", sides.pk), answer, follow=True).content.decode()
    office.run()
    shown = staff.get(page("change", sides.pk)).content.decode()
    assert "Nobody in Xero is like it" in shown
    assert "Group Ltd" not in shown.partition("<h2>Story</h2>")[0]
    assert "keep looking" not in shown
    by_hand = re.search(r'href="([^"]+)">Link it to another contact<', shown)
    assert by_hand
    assert staff.get(html.unescape(by_hand[1])).status_code == 200
    staff.post(page("separate", sides.pk), {"reason": "it is new", "answer": "create"})
    office.run()
    assert office.record("Quite Another Ltd").work == Work.DONE


def undecided(office: Office) -> Record:
    office.contact("Group Ltd", EmailAddress="ap@group.example")
    office.run()
    office.vendor("Quite Another Ltd", email=["ap@group.example"])
    office.run()
    return office.record("Quite Another Ltd")


def from_the_list(action: str, record: Record, by: Client, which: str = "heldrecord") -> str:
    chosen = {"action": action, "_selected_action": [record.pk]}
    address = reverse(f"admin:integrations_{which}_changelist")
    assert by.post(address, chosen).status_code == 200
    return by.post(address, chosen | {"confirmed": "yes", "reason": "said by phone"}, follow=True).content.decode()


@pytest.mark.parametrize("rule", [ApprovalRule.NEVER, ApprovalRule.ALWAYS])
def test_a96_a_vendor_is_excluded_from_the_list_of_what_is_held_and_included_again(office: Office, rule: str) -> None:
    record, staff = undecided(office), desk("Accounting staff")
    Integration.objects.update(approval_rule=rule)
    from_the_list("exclude", record, staff)
    record.refresh_from_db()
    if rule == ApprovalRule.ALWAYS:
        assert record.work == Work.APPROVAL
        decision, sam = Decision.objects.pending().get(), User.objects.create_superuser("sam")
        assert decisions.decide(decision, sam, True, "seen") == "approved."
        record.refresh_from_db()
    assert record.work == Work.EXCLUDED_PERSON
    office.edits_vendor("Quite Another Ltd", city="Tacoma")
    office.run()
    assert office.record("Quite Another Ltd").work == Work.EXCLUDED_PERSON
    from_the_list("include", record, staff, "record")
    office.run()
    assert office.record("Quite Another Ltd").hold_reason == "needs-link"


@pytest.mark.parametrize("action", ["replay", "release", "approve", "reject", "post-beside", "redate", "link"])
def test_no_action_on_what_is_held_breaks_over_a_vendor(office: Office, action: str) -> None:
    record = undecided(office)
    from_the_list(action, record, desk("Supervisor"))
    office.run()
    assert office.record("Quite Another Ltd").hold_reason == "needs-link"


@pytest.mark.parametrize("state", ["", "conflict", "approval", "proposed", "look", "created", "step", "out"])
def test_the_list_shows_every_state(office: Office, state: str) -> None:
    conflict(office)
    shown = desk("Auditor").get(page("changelist"), {"state": state} if state else {})
    assert shown.status_code == 200
    if state in ("", "conflict", "look"):
        assert VENDOR in shown.content.decode()


def test_e14_the_first_bill_of_a_vendor_is_one_that_this_person_may_see(office: Office) -> None:
    office.run()
    sides = VendorSides.objects.exclude(link=None).select_related("integration").earliest("pk")
    VendorSides.objects.filter(pk=sides.pk).update(created_in=Side.TARGET)
    elsewhere = an_integration("Elsewhere", scope=sides.integration.scope)
    assert sides.link_id is not None
    UsedRow.objects.create(
        posting=posted(a_held_record(elsewhere, "PF-77")), table="vendor", row=sides.link_id, version=1
    )
    auditor = desk("Auditor")
    assert "PF-77" in auditor.get(page("changelist")).content.decode()
    sides.integration.limited_to.add(User.objects.get(groups__name="Auditor"))
    for shown in (page("changelist"), page("change", sides.pk)):
        assert "PF-77" not in auditor.get(shown).content.decode()


def test_the_list_costs_few_queries(office: Office, django_assert_max_num_queries: Any) -> None:
    auditor = desk("Auditor")
    auditor.get(page("changelist"))
    with django_assert_max_num_queries(15):
        auditor.get(page("changelist"))


MAY = {
    "confirm": {"Accounting staff", "Supervisor"},
    "choose": {"Accounting staff", "Supervisor"},
    "link": {"Accounting staff", "Supervisor"},
    "separate": {"Accounting staff", "Supervisor"},
    "decide": {"Supervisor"},
}
LOOK = {"Accounting staff", "Supervisor", "Integration administrator", "Auditor"}


def test_every_action_asks_its_own_permission_direct_posts_included(office: Office) -> None:
    sides = change(office)
    decision = str(Decision.objects.pending().get().pk)
    for role in ROLES:
        client = desk(role)
        assert (client.get(page("changelist")).status_code == 200) == (role in LOOK), role
        assert (client.get(page("change", sides.pk)).status_code == 200) == (role in LOOK), role
        for action in ("choose", "link", "separate"):
            answer = client.post(page(action, sides.pk), {})
            assert (answer.status_code == 302) == (role in MAY[action]), (role, action)
            assert client.get(page(action, sides.pk)).status_code in (403, 404)
        first = page("first", office.world.integration.pk)
        assert (client.post(first, {"seen": "x"}).status_code == 302) == (role in MAY["confirm"]), role
        refusal = {"decision": decision, "answer": "refuse", "reason": ""}
        assert (client.post(page("decide", sides.pk), refusal).status_code == 302) == (role in MAY["decide"]), role


def test_e14_limited_people_see_only_the_vendors_of_their_integrations(office: Office) -> None:
    sides = office.sides(VENDOR)
    client = desk("Accounting staff", "lena")
    lena = User.objects.get(username="lena")
    other = Integration.objects.get(pk=office.world.integration.pk)
    other.pk, other.name = None, "Somebody else's"
    other.save()
    other.limited_to.add(lena)
    assert client.get(page("change", sides.pk)).status_code == 404
    assert VENDOR not in client.get(page("changelist")).content.decode()
    assert client.post(page("separate", sides.pk), {"reason": "x"}).status_code == 404


def test_a_vendors_record_leads_to_its_own_page(office: Office) -> None:
    sides = office.sides(VENDOR)
    answer = desk("Auditor").get(reverse("admin:integrations_record_change", args=[sides.record_id]))
    assert answer.headers["Location"] == page("change", sides.pk)
