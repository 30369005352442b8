"""A new supplier that needs an approval before it becomes a vendor: asked once, decided on the desk, then the orders go
on by themselves (A72)."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from integrations.engine.decision_kinds import VENDOR_CREATE
from integrations.models import Decision, Posting, Record, VendorPolicy, Work
from mappings import changes
from mappings.models import LinkState, ReferenceEntry, VendorLink
from portal import roles
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.test_new_suppliers import numbers_of
from tests.portal.consents import text

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own
WAITING = "/integrations/decision/waiting/"


@pytest.fixture
def asked(northline: Northline) -> Decision:
    """Two orders of one supplier that Procore does not know have run."""
    northline.integration.vendors, northline.integration.new_vendors_need_approval = VendorPolicy.BOTH, True
    northline.integration.save()
    northline.only(*numbers_of("order-new-supplier")).run()
    return Decision.objects.pending().get(kind=VENDOR_CREATE)


def orders() -> list[Record]:
    return list(Record.objects.filter(number__in=numbers_of("order-new-supplier")).order_by("pk"))


def where() -> list[tuple[str, str]]:
    return [(each.work, each.hold_reason) for each in orders()]


def made(northline: Northline) -> list[dict[str, Any]]:
    """Vendors there that bear the contact's id."""
    procore, contact = northline.sandbox.procore, orders()[0].vendor_key
    rows = procore.collections()[f"{procore.company().id}/vendors"].values()
    return [row for row in rows if row["origin_id"] == contact]


def somebody(name: str, role: str) -> Client:
    roles.establish()
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def read(client: Client, address: str) -> str:
    return unescape(text(client.get(address)))


def answer(client: Client, decision: Decision, said: str, reason: str = "known to the site") -> None:
    client.post(reverse("admin:integrations_decision_decide", args=[decision.pk]), {"answer": said, "reason": reason})


def test_two_orders_ask_once_and_go_on_in_the_run_after_the_approval(northline: Northline, asked: Decision) -> None:
    assert where() == [(Work.APPROVAL, "vendor-approval")] * 2
    assert (made(northline), Posting.objects.exists()) == ([], False)
    northline.run()
    assert Decision.objects.count() == 1
    susan = somebody("susan", "Supervisor")
    page, own = read(susan, WAITING), read(susan, f"/integrations/decision/{asked.pk}/change/")
    assert f"Create {orders()[0].vendor_name} in Procore" in page
    for said in ("create a vendor", orders()[0].vendor_name, "orders wait for it", "postal code"):
        assert said.casefold() in own.casefold(), said
    answer(susan, asked, "yes")
    northline.run()
    assert where() == [(Work.DONE, "")] * 2, [each.explanation for each in orders()]
    assert len(made(northline)) == 1
    approved = Entry.objects.get(action="decision.approved")
    assert (approved.actor_label, approved.subject_label) == ("susan", asked.label)


def test_whose_role_may_not_decide_on_vendors_cannot(northline: Northline, asked: Decision) -> None:
    answer(somebody("anna", "Accounting staff"), asked, "yes")
    northline.run()
    assert where() == [(Work.APPROVAL, "vendor-approval")] * 2
    assert made(northline) == []


@pytest.mark.parametrize("unlinked", [False, True], ids=["proposed a link", "took a link away"])
def test_a95_whoever_linked_the_supplier_or_took_its_link_away_does_not_approve_its_vendor(
    northline: Northline, asked: Decision, unlinked: bool
) -> None:
    susan, sven = somebody("susan", "Supervisor"), somebody("sven", "Supervisor")
    contact = ReferenceEntry.objects.filter(kind="contact", name="Mau Mixers", active=True)[0]
    scope, key = northline.integration.scope, orders()[0].vendor_key
    with changes.acting(User.objects.get(username="susan")):
        link = VendorLink.objects.create(scope=scope, source_key=key, target=contact)
        if unlinked:
            link.delete()
    answer(susan, asked, "yes")
    assert where() == [(Work.APPROVAL, "vendor-approval")] * 2
    assert "Could decide: sven" in read(susan, f"/integrations/decision/{asked.pk}/change/")
    answer(sven, asked, "yes")
    northline.run()
    assert where() == [(Work.DONE, "")] * 2, [each.explanation for each in orders()]
    assert len(made(northline)) == 1


def test_a_refused_vendor_is_held_and_not_asked_for_again(northline: Northline, asked: Decision) -> None:
    answer(somebody("susan", "Supervisor"), asked, "no", "not on our list")
    assert where() == [(Work.HELD, "missing-vendor")] * 2
    assert "not on our list" in orders()[0].explanation
    Record.objects.update(work=Work.WAITING, hold_reason="", explanation="")
    northline.run()
    assert where() == [(Work.HELD, "missing-vendor")] * 2
    assert (made(northline), Decision.objects.count()) == ([], 1)


@pytest.mark.parametrize("refused", [False, True], ids=["while it waits", "after it was refused"])
def test_whoever_links_the_supplier_instead_lets_the_orders_go_on(
    northline: Northline, asked: Decision, refused: bool
) -> None:
    if refused:
        answer(somebody("susan", "Supervisor"), asked, "no")
    contact = ReferenceEntry.objects.filter(kind="contact", name="Mau Mixers", active=True)[0]
    scope, key = northline.integration.scope, orders()[0].vendor_key
    VendorLink.objects.create(scope=scope, source_key=key, target=contact, state=LinkState.CONFIRMED)
    assert where() == [(Work.WAITING, "")] * 2
    northline.run()
    asked.refresh_from_db()
    assert where() == [(Work.DONE, "")] * 2, [each.explanation for each in orders()]
    assert (asked.approved, asked.lapsed_because) == (
        (False, "") if refused else (None, "No order waits for it any more.")
    )


def test_a92_an_approval_holds_for_exactly_the_vendor_that_was_shown(northline: Northline, asked: Decision) -> None:
    answer(somebody("susan", "Supervisor"), asked, "yes")
    tenant = northline.tenant
    northline.sandbox.xero.edit_contact(orders()[0].vendor_key, Name="Somebody Else Inc", tenant=tenant)
    northline.run()
    assert where() == [(Work.APPROVAL, "vendor-approval")] * 2
    assert made(northline) == []
    again = Decision.objects.pending().get()
    assert again.choice["name"] == "Somebody Else Inc"


def test_where_the_approval_is_no_longer_needed_the_orders_go_on(northline: Northline, asked: Decision) -> None:
    northline.integration.new_vendors_need_approval = False
    northline.integration.save()
    northline.run()
    asked.refresh_from_db()
    assert where() == [(Work.DONE, "")] * 2
    assert asked.lapsed_because == "New vendors need no approval any more."


def test_an_excluded_order_asks_for_nothing_any_more(northline: Northline, asked: Decision) -> None:
    Record.objects.update(work=Work.EXCLUDED_PERSON, hold_reason="")
    northline.run()
    asked.refresh_from_db()
    assert asked.lapsed_because == "No order waits for it any more."
