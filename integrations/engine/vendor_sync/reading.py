"""Reading the vendors of both sides: contacts by what changed, the procurement list whole, since it has no filter.

Each reading feeds the reference lists that people choose from, and the documents that vendors are compared by.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from integrations.documents import ReferenceFacts, Unreadable, Vendor
from integrations.engine import listed
from integrations.engine.vendor_sync import shelf, units
from integrations.models import Connection, Cursor, Integration, Side, SourceDocument
from integrations.pairs.vendor_flow import VendorFlow
from integrations.systems import system
from integrations.systems.protocols import Source, TargetBooks
from mappings import reference

FEEDS = VendorFlow()
# A list of a few pages is read again as soon as other lists are; a long one only twice a shift, since every page
# counts against a limit that nobody publishes.
OLD_AFTER, LONG_LIST_OLD_AFTER = timedelta(minutes=15), timedelta(hours=6)
LONG_LIST = 1000
ASKED_BY_ID = 50


def nothing() -> None:
    """No lease to mind: a person asked for the lists."""


def take_in_contacts(connection: Connection, target: TargetBooks, fence: Callable[[], None] = nothing) -> None:
    """Read the contacts that changed since the last time; archived ones come along as inactive."""
    if connection.books is None:
        return
    parse = system(connection.system).load_parse()
    known = SourceDocument.objects.filter(connection=connection, feed=FEEDS.target_feed).exists()
    for page in target.contacts_changed_since(connection.contacts_read_until if known else None):
        pairs = [
            (row, raw) for row, raw in zip(page.rows, page.raws, strict=True) if isinstance(row, ReferenceFacts) and raw
        ]
        with transaction.atomic():
            fence()
            reference.merge(connection.books, "contact", [row for row, _ in pairs])
            _keep(connection, Side.TARGET, [parse.vendor(raw) for _, raw in pairs])
            if page.last and page.newest:
                connection.contacts_read_until = page.newest
                connection.save(update_fields=["contacts_read_until"])


def vendors_are_old(connection: Connection) -> bool:
    cursor = Cursor.objects.filter(connection=connection, feed=FEEDS.source_feed).first()
    if cursor is None or cursor.last_pass_at is None:
        return True
    documents = SourceDocument.objects.filter(connection=connection, feed=FEEDS.source_feed)
    is_long = documents.order_by("pk")[LONG_LIST : LONG_LIST + 1].exists()
    return timezone.now() - cursor.last_pass_at > (LONG_LIST_OLD_AFTER if is_long else OLD_AFTER)


def outdate_vendors(connection: Connection) -> None:
    """The next run that posts reads the lists and the vendors again, however fresh they are."""
    Connection.objects.filter(pk=connection.pk).update(lists_read_at=None)
    Cursor.objects.filter(connection=connection, feed=FEEDS.source_feed).update(last_pass_at=None)


def take_in_vendors(connection: Connection, source: Source, fence: Callable[[], None] = nothing) -> None:
    """Read the whole list, page by page; who is no longer on it is asked for by id before anything is believed."""
    if connection.books is None:
        return
    entries: list[ReferenceFacts] = []
    seen: set[str] = set()
    for page in source.vendors():
        read = [row for row in page.rows if not isinstance(row, Unreadable)]
        entries += [source.vendor_entry(vendor) for vendor in read]
        seen |= {vendor.source_id for vendor in read}
        with transaction.atomic():
            fence()
            _keep(connection, Side.SOURCE, read)
    missing = _missing(connection, source, seen)
    payees = [vendor for vendor in _payees(connection, source) if vendor.source_id not in seen]
    with transaction.atomic():
        fence()
        _keep(connection, Side.SOURCE, missing)
        before = listed.shown(connection)
        entries += [source.vendor_entry(vendor) for vendor in (*missing, *payees) if vendor.active]
        reference.refresh(connection.books, "vendor", entries)
        listed.documents_go_on(connection, before)
        Cursor.objects.update_or_create(
            connection=connection, feed=FEEDS.source_feed, defaults={"last_pass_at": timezone.now()}
        )


def _payees(connection: Connection, source: Source) -> Iterable[Vendor]:
    """Card providers and employees, to choose from: only where an integration takes cards and expenses in (A32)."""
    if Integration.objects.filter(source=connection, include_card_orders=True).exists():
        for page in source.payees():
            yield from (row for row in page.rows if not isinstance(row, Unreadable))


def _missing(connection: Connection, source: Source, seen: Iterable[str]) -> list[Vendor]:
    """The vendors in use that the list no longer shows, as they are now; some of them each time."""
    rows = SourceDocument.objects.filter(connection=connection, feed=FEEDS.source_feed, version=shelf.IN_USE)
    left = sorted(set(rows.values_list("source_id", flat=True)) - set(seen))
    read = {key: shelf.load(row.summary) for key, row in _rows(connection, left).items()}
    asked = [key for key, vendor in read.items() if shelf.GONE not in vendor.fields][:ASKED_BY_ID]
    shown = {vendor.source_id: vendor for vendor in source.vendors_by_ids(asked)}
    return [shown.get(key) or shelf.gone(read[key]) for key in asked]


def _rows(connection: Connection, keys: Sequence[str]) -> dict[str, SourceDocument]:
    return shelf.documents(connection, FEEDS.source_feed, keys)


def _keep(connection: Connection, side: Side, vendors: Iterable[Vendor]) -> None:
    feed = FEEDS.feed(side)
    units.tell(connection, feed, shelf.keep(connection, feed, vendors))
