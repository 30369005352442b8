"""A slice's work on vendors, before any document is looked at: what waits for a vendor may then go on at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import transaction
from django.utils import timezone

from integrations.engine import lists
from integrations.engine.slice import Slice, SliceOverError
from integrations.engine.vendor_sync import currencies, merges, reading, recovery, units, writing
from integrations.engine.vendor_sync.planning import CHUNK, UNCONFIRMED, Planner
from integrations.engine.vendor_sync.plans import Keeping
from integrations.models import Connection, Record, Side, VendorPolicy, VendorSides, Work
from integrations.systems.protocols import Reachable, Source, TargetBooks

# One pass per step of a vendor, and one that finds nothing left; more would be two systems that never agree.
MOST_PASSES = 6
Blaming = Callable[[Connection], AbstractContextManager[None]]


def keep_in_step(slice_: Slice, source: Source, target: TargetBooks, blaming: Blaming, *, sends: bool) -> None:
    """Read, compare and, where `sends`, write the vendors of one integration; nothing for those that only link."""
    flow = slice_.pair.vendors
    if flow is None or slice_.integration.vendors != VendorPolicy.BOTH:
        return
    keeping = Keeping(slice_, flow, source, target)
    with blaming(slice_.integration.target):
        recovery.recover(keeping)
    _read(keeping, blaming)
    _look_for_currencies(keeping, blaming, sends=sends)
    for _ in range(MOST_PASSES):
        if not _pass(keeping, sends=sends):
            return
        if not slice_.has_time():
            raise SliceOverError


def _read(keeping: Keeping, blaming: Blaming) -> None:
    slice_, integration = keeping.slice_, keeping.integration
    with blaming(integration.target):
        reading.take_in_contacts(integration.target, keeping.target, slice_.fence)
    merges.follow(integration, slice_.fence)
    scanned = False
    with blaming(integration.source):
        if reading.vendors_are_old(integration.source):
            reading.take_in_vendors(integration.source, keeping.source, slice_.fence)
            scanned = True
    if scanned or not VendorSides.objects.filter(integration=integration).exists():
        with transaction.atomic():
            slice_.fence()
            units.open_missing(integration, keeping.flow)


def _look_for_currencies(keeping: Keeping, blaming: Blaming, *, sends: bool) -> None:
    """Like documents, vendors go on when the currency that they wait for was added: its list is read again (E30)."""
    for side in currencies.waited_for(keeping):
        connection = keeping.connection(side)
        client: Reachable = keeping.source if side == Side.SOURCE else keeping.target
        if sends and lists.are_old(connection):
            with blaming(connection):
                lists.take_in(connection, client, vendors_again=False)
        with transaction.atomic():
            keeping.slice_.fence()
            currencies.go_on(keeping)


def _pass(keeping: Keeping, *, sends: bool) -> int:
    """Every vendor that waits, compared once; how many were written."""
    planner, last, written = Planner(keeping), 0, 0
    while records := _waiting(keeping, last):
        last = records[-1].pk
        plans = planner.plan(records)
        if sends:
            written += writing.write(keeping, plans)
    return written


def _waiting(keeping: Keeping, after: int) -> list[Record]:
    rows = Record.objects.filter(
        integration=keeping.integration, flow=keeping.flow.slug, work=Work.WAITING, pk__gt=after
    ).exclude(not_before__gt=timezone.now())
    if keeping.integration.vendors_confirmed_at is None:
        rows = rows.exclude(hold_reason=UNCONFIRMED)
    return list(rows.select_related("document").order_by("pk")[:CHUNK])
