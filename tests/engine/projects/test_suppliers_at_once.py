"""Integrations that share a company make one vendor of one supplier, however their look-ups meet (A70, E4)."""

from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.utils import timezone

from integrations.documents import Vendor
from integrations.engine.projects import steps
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.models import Integration, Posting, Record, RequestLine, SourceDocument, Work
from integrations.systems.procore.client import ProcoreClient
from mappings.models import Books, Scope, VendorLink
from tests.engine.projects import test_suppliers
from tests.engine.projects.site import Site, settle_time
from tests.engine.projects.test_budgets import beside, together
from tests.engine.projects.test_suppliers import NAME, SYNC, connect, provided, vendors
from tests.engine.rows import a_connection

site, steel = test_suppliers.site, test_suppliers.steel
pytestmark = pytest.mark.promise(13)


@pytest.fixture
def twin(site: Site) -> Site:
    """Another integration of the same source and company."""
    return beside(site)


@pytest.fixture
def sister(site: Site) -> Site:
    """Another source company, with books of its own, beside the same projects."""
    books = Books.objects.create(system="xero", name="Southline", key_digest="southline")
    source = a_connection("xero", "southline", label="Xero of the sister", books=books)
    connect(site.sandbox, source, "Southline", site.integration.source.tenant_id)
    other = Integration.objects.get(pk=site.integration.pk)
    scope = Scope.objects.create(source_books=books, target_books=other.scope.target_books, name="Southline")
    other.pk, other.name, other.source, other.scope = None, "Southline projects", source, scope
    other.save()
    return replace(site, integration=other)


def contact_of(site: Site, name: str = NAME) -> Vendor:
    made = site.sandbox.xero.add_contact(name, tenant=site.integration.source.tenant_id)
    return Vendor(str(made["ContactID"]), name)


def an_order(site: Site, number: str) -> Record:
    """Two integrations of one source read one document each."""
    document = SourceDocument.objects.create(
        connection=site.integration.source, feed="supplier-orders", source_id=number, number=number, detail="{}",
        detail_due=False,
    )  # fmt: skip
    return Record.objects.create(
        integration=site.integration, flow="purchase-orders", document=document, number=number,
        changed_at=timezone.now(),
    )  # fmt: skip


def until_done(site: Site, record: Record, vendor: Vendor) -> None:
    for _ in range(20):
        Record.objects.filter(pk=record.pk).update(not_before=None)
        if provided(site, record, vendor):
            return
    raise AssertionError(f"{record.work} {record.hold_reason}: {record.explanation}")


def made(site: Site) -> list[str]:
    return [each for each in site.writes() if each.endswith("vendors/sync")]


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both workers have looked, and found nothing, before the first of them writes."""
    both, look = Barrier(2), ProcoreClient.vendors_named

    def looked(client: ProcoreClient, name: str) -> list[Vendor]:
        found = look(client, name)
        if not both.broken:
            with suppress(BrokenBarrierError):
                both.wait(10)
            both.abort()
        return found

    monkeypatch.setattr(ProcoreClient, "vendors_named", looked)


def race(site: Site, others: Site, supplier: Vendor, theirs: Vendor) -> None:
    mine, other = an_order(site, "PO-1"), an_order(others, "PO-2")
    together([lambda: until_done(site, mine, supplier), lambda: until_done(others, other, theirs)])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_integrations_of_one_source_that_look_at_once_make_one_vendor(
    site: Site, twin: Site, steel: Vendor, side_by_side: None
) -> None:
    race(site, twin, steel, steel)
    assert (len(vendors(site)), len(made(site)), Posting.objects.count()) == (1, 1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_source_companies_that_look_for_one_name_at_once_make_one_vendor(
    site: Site, sister: Site, steel: Vendor, side_by_side: None
) -> None:
    """Each has a contact of its own, so no posting is between them."""
    theirs = contact_of(sister, NAME.upper())
    race(site, sister, steel, theirs)
    (only,) = vendors(site)
    assert len(made(site)) == 1
    links = dict(VendorLink.objects.values_list("source_key", "target__key"))
    assert links == {steel.source_id: str(only["id"]), theirs.source_id: str(only["id"])}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_different_suppliers_do_not_wait_for_each_other(
    site: Site, sister: Site, steel: Vendor, side_by_side: None
) -> None:
    race(site, sister, steel, contact_of(sister, "Alder Plumbing"))
    assert len(made(site)) == 2
    assert not Record.objects.exclude(not_before=None).exists()


def test_a_vendor_that_is_begun_as_its_row_changes_hands_is_not_made_once_more(
    site: Site, twin: Site, steel: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other looked before, begins as we take the row over, and its write lands after our own look."""
    mine, theirs = an_order(site, "PO-1"), an_order(twin, "PO-2")
    _dropped_once(site, mine, steel)
    fence, look = Slice.fence, ProcoreClient.vendors_named
    begun: list[Any] = []
    step, inside = _looked(twin, theirs, steel, monkeypatch)
    with twin.slice() as slice_, twin.books() as books:

        def begins(ours: Slice) -> None:
            fence(ours)
            if ours.integration.pk == site.integration.pk and not begun:
                begun.append(None)
                begun.append(steps._intend(slice_, books, [step], inside))

        def lands(client: ProcoreClient, name: str) -> list[Vendor]:
            found = look(client, name)
            steps._send(slice_, begun.pop(), books)
            return found

        monkeypatch.setattr(Slice, "fence", begins)
        monkeypatch.setattr(ProcoreClient, "vendors_named", lands)
        assert not provided(site, mine, steel)
        if begun[1:]:
            steps._send(slice_, begun.pop(), books)
    assert len(made(site)) == 2, "the one that did not take effect, and one"
    monkeypatch.undo()
    for each, record in ((site, mine), (twin, theirs)):
        settle_time()
        until_done(each, record, steel)
    assert (len(vendors(site)), len(made(site))) == (1, 2)


def _looked(site: Site, record: Record, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> tuple[Step, Any]:
    """What it is about to write after it looked, and what is to run with its intent."""
    held: list[tuple[Step, Any]] = []

    def stops(slice_: Slice, target: Any, step: Step, *, inside: Any = None) -> None:
        held.append((step, {step.record.pk: inside} if inside else {}))

    with monkeypatch.context() as patch:
        patch.setattr(steps, "take", stops)
        assert not provided(site, record, vendor)
    return held[0]


def _dropped_once(site: Site, record: Record, vendor: Vendor) -> None:
    """So that the vendor has a row, which changes hands."""
    site.fails(path=SYNC, effect="status", status=502)
    assert not provided(site, record, vendor)
    settle_time()
    RequestLine.objects.update(outcome="absent")
    Record.objects.update(work=Work.WAITING, not_before=None)


def test_while_another_company_s_write_of_that_name_is_in_doubt_nothing_is_asked_or_written(
    site: Site, sister: Site, steel: Vendor
) -> None:
    first, second = an_order(site, "PO-1"), an_order(sister, "PO-2")
    theirs = contact_of(sister)
    site.fails(path=SYNC, effect="lose_answer")
    assert not provided(site, first, steel)
    asked = len(site.sandbox.log("procore"))
    assert not provided(sister, second, theirs)
    assert (second.work, second.not_before) == (Work.WAITING, first.not_before)
    assert len(site.sandbox.log("procore")) == asked
    settle_time()
    until_done(sister, second, theirs)
    until_done(site, first, steel)
    assert (len(vendors(site)), len(made(site))) == (1, 1)


def test_a_write_that_was_refused_keeps_nobody_waiting(site: Site, sister: Site, steel: Vendor) -> None:
    first, second = an_order(site, "PO-1"), an_order(sister, "PO-2")
    site.fails(path=SYNC, effect="status", status=422, body={"errors": {"zip": ["is invalid"]}})
    assert not provided(site, first, steel)
    assert first.hold_reason == "rejected-by-target"
    assert provided(sister, second, contact_of(sister))
    assert len(vendors(site)) == 1


@pytest.mark.parametrize("effect", ["lose_answer", "refuse"])
def test_a_doubt_that_a_stopped_integration_left_is_settled_by_the_other(
    site: Site, twin: Site, steel: Vendor, effect: str
) -> None:
    """The other does not wait for it for ever, and the first goes on once it runs again."""
    first, second = an_order(site, "PO-1"), an_order(twin, "PO-2")
    site.fails(path=SYNC, effect=effect)
    assert not provided(site, first, steel)
    settle_time()
    assert provided(twin, second, steel)
    first.refresh_from_db()
    assert first.work == Work.WAITING
    assert not RequestLine.objects.filter(outcome__in=("intended", "unknown")).exists()
    assert provided(site, first, steel)
    assert len(vendors(site)) == 1
