"""Suppliers that an order names become vendors: linked where they stand, held where several could be meant, created
once where none is (A70)."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.test import override_settings

from integrations.digests import tenant_digest
from integrations.documents import Vendor
from integrations.engine import clients, tokens
from integrations.engine.projects import open_lines, suppliers
from integrations.models import Connection, Integration, Posting, Record, Work
from integrations.sandbox import Sandbox
from integrations.sandbox.xero.authorization import CLIENT_ID
from integrations.sandbox.xero.identity import CLIENT_SECRET
from integrations.systems.protocols import KeepsVendors
from integrations.systems.tokens import TokenAnswer
from mappings.models import VendorLink
from tests.engine.projects import site as sites
from tests.engine.projects.site import Json, Site, settle_time, trail

pytestmark = pytest.mark.sqlite

NAME, SYNC = "Cascade Steel Supply", "vendors/sync$"
ADDRESS = [
    {"AddressType": "STREET", "AddressLine1": "1 Quay St", "City": "Reno", "Region": "NV", "PostalCode": "89501"}
]
PHONE = [{"PhoneType": "DEFAULT", "PhoneAreaCode": "775", "PhoneNumber": "5550100"}]


@pytest.fixture
def site(db: None) -> Iterator[Site]:
    """With the books of the contractor beside its projects."""
    with Sandbox(systems=["procore", "xero"], limits=False) as sandbox:
        there = {
            "procore": dict.fromkeys(("api", "login"), sandbox.url("procore")),
            "xero": dict.fromkeys(("api", "identity", "login"), sandbox.url("xero")),
        }
        with override_settings(SYSTEM_HOSTS=there, PACE={"procore": sites.UNLIMITED, "xero": sites.UNLIMITED}):
            made = sites.build(sandbox)
            connect(sandbox, made.integration.source, "Northline")
            yield made


def connect(sandbox: Sandbox, source: Connection, company: str, *others: str) -> None:
    """By a sign-in that opens the `others` as well."""
    tenant = str(sandbox.xero.add_organisation(company, "USD", country="US")["OrganisationID"])
    answer = sandbox.xero.issue_tokens([tenant, *others])
    given = TokenAnswer(answer["access_token"], answer["expires_in"], answer["refresh_token"], answer["scope"], "x")
    source.client_id, source.client_secret = CLIENT_ID, CLIENT_SECRET
    source.tenant_id, source.tenant_digest = tenant, tenant_digest("xero", tenant)
    source.token_set = tokens.store("xero", given, subject="x")
    source.save()


@pytest.fixture
def steel(site: Site) -> Vendor:
    """As an order names it: by id and name alone."""
    tenant = site.integration.source.tenant_id
    made = site.sandbox.xero.add_contact(NAME, Addresses=ADDRESS, Phones=PHONE, tenant=tenant)
    return Vendor(str(made["ContactID"]), NAME)


def provided(site: Site, record: Record, vendor: Vendor) -> bool:
    record.refresh_from_db()
    with (
        site.slice() as slice_,
        clients.client(Integration.objects.get(pk=site.integration.pk).source) as source,
        site.books() as books,
    ):
        found = suppliers.provide(slice_, cast(KeepsVendors, source), books, record, vendor)
    record.refresh_from_db()
    return found


def vendors(site: Site) -> list[Json]:
    rows = site.people.collections()[f"{site.people.company().id}/vendors"].values()
    return [row for row in rows if row["name"].casefold().strip() == NAME.casefold()]


@pytest.mark.promise(13)
def test_a_new_supplier_is_created_with_address_and_telephone_and_linked(site: Site, steel: Vendor) -> None:
    record = site.order("PO-1")
    assert provided(site, record, steel)
    (made,) = vendors(site)
    assert (made["origin_id"], made["address"], made["city"], made["zip"], made["state_code"]) == (
        steel.source_id, "1 Quay St", "Reno", "89501", "NV",
    )  # fmt: skip
    assert "5550100" in made["business_phone"]
    link = VendorLink.objects.get()
    assert (link.source_key, link.target.key) == (steel.source_id, str(made["id"]))
    assert record.work == Work.WAITING
    assert trail(record) == ["step.intended", "step.done", "vendor.linked"]


@pytest.mark.promise(13)
def test_two_orders_of_one_new_supplier_make_one_vendor(site: Site, steel: Vendor) -> None:
    assert provided(site, site.order("PO-1"), steel)
    assert provided(site, site.order("PO-2"), steel)
    assert len(vendors(site)) == 1
    assert Posting.objects.count() == 1


def test_a_vendor_that_bears_our_mark_is_linked_whatever_its_name(site: Site, steel: Vendor) -> None:
    theirs = site.people.add_vendor("Cascade Steel (old name)", origin_id=steel.source_id)
    assert provided(site, site.order("PO-1"), steel)
    assert VendorLink.objects.get().target.key == str(theirs["id"])
    assert site.writes() == []


@pytest.mark.promise(11)
def test_one_vendor_of_exactly_that_name_is_linked(site: Site, steel: Vendor) -> None:
    theirs = site.people.add_vendor(NAME.upper())
    assert provided(site, site.order("PO-1"), steel)
    assert VendorLink.objects.get().target.key == str(theirs["id"])
    assert site.writes() == []


def test_several_vendors_of_that_name_hold_the_order(site: Site, steel: Vendor) -> None:
    site.people.add_vendor(NAME)
    site.people.add_vendor(NAME)
    record = site.order("PO-1")
    assert not provided(site, record, steel)
    assert (record.work, record.hold_reason) == (Work.HELD, "ambiguous-vendor")
    assert site.writes() == []


def test_a_contact_that_is_gone_holds_the_order(site: Site) -> None:
    record = site.order("PO-1")
    assert not provided(site, record, Vendor("11111111-2222-3333-4444-555555555555", "Nobody"))
    assert (record.work, record.hold_reason) == (Work.HELD, "missing-vendor")


FAULTS: dict[str, Json] = {
    "lost": {"effect": "lose_answer"},
    "late": {"effect": "status_after_commit", "status": 502},
    "not done": {"effect": "status", "status": 502},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_without_an_answer_another_order_waits_and_one_vendor_stands_e2(
    site: Site, steel: Vendor, fault: dict[str, Any]
) -> None:
    first, second = site.order("PO-1"), site.order("PO-2")
    site.fails(path=SYNC, **fault)
    assert not provided(site, first, steel)
    assert first.work == Work.DOUBT
    assert not provided(site, second, steel)
    assert (second.work, second.not_before) == (Work.WAITING, first.not_before)
    assert len(site.writes()) == 1
    settle_time()
    assert provided(site, first, steel)
    assert provided(site, second, steel)
    assert len(vendors(site)) == 1
    assert not open_lines.unsettled(first)


def test_the_list_of_inactive_vendors_is_read_once_for_all_new_suppliers_e32(site: Site, steel: Vendor) -> None:
    tenant = site.integration.source.tenant_id
    other = Vendor(str(site.sandbox.xero.add_contact("Alder Plumbing", tenant=tenant)["ContactID"]), "Alder Plumbing")
    first, second = site.order("PO-1"), site.order("PO-2")
    with (
        site.slice() as slice_,
        clients.client(Integration.objects.get(pk=site.integration.pk).source) as source,
        site.books() as books,
    ):
        for record, vendor in ((first, steel), (second, other)):
            assert suppliers.provide(slice_, cast(KeepsVendors, source), books, record, vendor)
    assert sum("vendors/inactive" in each["path"] for each in site.sandbox.log("procore")) == 1
