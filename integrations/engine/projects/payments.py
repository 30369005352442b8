"""Payments and credits of the books become nothing by themselves: they make their bills be read and judged anew."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from integrations.engine import fanout, pull, storing
from integrations.engine.projects.reading import PAYMENTS, Shelf
from integrations.engine.slice import Slice
from integrations.errors import InvalidSourceError
from integrations.models import Cursor, Record, SourceDocument, Work
from integrations.pairs.xero_procore import BILLS, reading
from integrations.supplier_documents import CREDIT_FEEDS, SupplierBill, SupplierPayment
from integrations.systems.protocols import SupplierBooks

AT_A_TIME = 400
SETTLED = (Work.DONE, Work.HELD, Work.EXCLUDED_RULE)


def take_notice(slice_: Slice, source: SupplierBooks) -> None:
    """Have every bill that does not show its payments as they are read again, forty to a call."""
    shelf = Shelf(slice_.integration.source)
    new = SourceDocument.objects.filter(connection=shelf.connection, feed=PAYMENTS, detail_due=True)
    while some := list(new.order_by("pk")[:AT_A_TIME]):
        unaware = _unaware(shelf, some)
        page = source.feed_rows(BILLS.feed, sorted(unaware)) if unaware else None
        cursor, _ = Cursor.objects.get_or_create(connection=shelf.connection, feed=BILLS.feed)
        with transaction.atomic():
            slice_.fence()
            if page is not None:
                storing.store(slice_, cursor, page, fanout.listeners(shelf.connection, BILLS.feed))
            _wake(shelf, {each.about for each in some})
            SourceDocument.objects.filter(pk__in=[each.pk for each in some]).update(detail_due=False)


def read_credits(slice_: Slice, source: SupplierBooks) -> None:
    """Read the lists of those kinds of credit that waiting bills show and that were not read as they show them."""
    shelf = Shelf(slice_.integration.source)
    for feed in sorted(_lacking(shelf, _shown(slice_, shelf))):
        pull.pull(slice_, feed, source)


def _unaware(shelf: Shelf, payments: Sequence[SourceDocument]) -> set[str]:
    """The bills that show a payment that was reversed, or lack one that was made."""
    bills = _bills(shelf, {each.about for each in payments})
    found = set()
    for document in payments:
        bill = bills.get(document.about)
        try:
            payment: SupplierPayment = shelf.read(document)
        except InvalidSourceError:
            continue
        if bill is not None and any(part.payment == payment.source_id for part in bill.payments) == payment.removed:
            found.add(document.about)
    return found


def _bills(shelf: Shelf, ids: Iterable[str]) -> dict[str, SupplierBill]:
    documents = SourceDocument.objects.filter(connection=shelf.connection, feed=BILLS.feed, source_id__in=set(ids))
    found: dict[str, SupplierBill] = {}
    for document in documents.exclude(detail=""):
        try:
            found[document.source_id] = shelf.read(document)
        except InvalidSourceError:
            continue  # its record says so
    return found


def _wake(shelf: Shelf, bills: set[str]) -> None:
    """A reversed payment may be all that changed."""
    Record.objects.filter(
        integration__source=shelf.connection,
        flow=BILLS.slug,
        document__source_id__in=bills,
        document__feed=BILLS.feed,
        postings__isnull=False,
        work__in=SETTLED,
    ).update(work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=timezone.now())


def _shown(slice_: Slice, shelf: Shelf) -> list[SupplierBill]:
    waiting = Record.objects.filter(integration=slice_.integration, flow=BILLS.slug, work=Work.WAITING)
    ids = waiting.values_list("document__source_id", flat=True)
    return [bill for bill in _bills(shelf, ids).values() if bill.credits]


def _lacking(shelf: Shelf, bills: Sequence[SupplierBill]) -> set[str]:
    known = shelf.credits_of(bills)
    found = {CREDIT_FEEDS[part.kind] for bill in bills for part in reading.unread(bill, known)}
    for bill in bills:
        for part in bill.credits:
            credit = known.get(part.credit)
            given = sum(each.amount for each in credit.applied if each.bill == bill.source_id) if credit else None
            shown = sum(each.amount for each in bill.credits if each.credit == part.credit)
            if given is not None and given != shown:
                found.add(CREDIT_FEEDS[part.kind])
    return found
