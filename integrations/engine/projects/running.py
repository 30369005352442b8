"""The work of one slice for project books, in order: read the books, read the lists, write orders, then bills."""

import logging
from datetime import date, timedelta
from typing import cast

from django.db.models import Q
from django.utils import timezone

from integrations.engine import clients, lists, pull
from integrations.engine.clients import blaming
from integrations.engine.projects import (
    abreast,
    bill_doubts,
    bills,
    cadence,
    ending,
    new_vendors,
    open_lines,
    over_budget,
    payments,
    restoring,
    suppliers,
    vendor_marks,
    watching,
)
from integrations.engine.projects.orders import OrderTranslator
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.slice import Slice, SliceOverError
from integrations.models import Connection, Record, SourceDocument, Work
from integrations.pairs.xero_procore import ORDERS
from integrations.systems.protocols import KeepsVendors, ProjectBooks, SupplierBooks

__all__ = ["work"]

logger = logging.getLogger("counterfoil.engine")
CHUNK = 100
# Of the books only accounts, tracking and taxes are looked up, and their calls are few.
LISTS_OF_BOOKS = timedelta(hours=6)
MOVES = (Work.WAITING, Work.DOUBT)
Last = tuple[date | None, int]


def work(slice_: Slice) -> None:
    """Everything that can be done now. Raises what stops a connection as a whole."""
    integration = slice_.integration
    open_lines.mark_lost(slice_)
    new_vendors.lapse_unneeded(slice_)
    with (
        clients.client(integration.source, slice_) as books,
        clients.client(integration.target, slice_) as projects,
    ):
        source, target = cast(SupplierBooks, books), cast(ProjectBooks, projects)
        with blaming(integration.source):
            _read(slice_, source)
        if Record.objects.filter(integration=integration, work__in=MOVES).exists():
            _read_lists(slice_, source, target)
        translator = OrderTranslator.load(slice_)
        with blaming(integration.target):
            if slice_.may_send:
                over_budget.try_again(slice_, target)
            watching.watch(slice_, target)
            if slice_.may_send:
                bill_doubts.recover(slice_, target)
                restoring.restore(slice_, target, translator.terms)
            _orders(slice_, source, target, translator)
            bills.write(slice_, target, translator)
    _come_back(slice_)


def _read(slice_: Slice, source: SupplierBooks) -> None:
    """What changed in the books. What was released is as it was read just now, or will be when it changes."""
    for feed in cadence.due(slice_):
        pull.pull(slice_, feed, source)
    payments.take_notice(slice_, source)
    payments.read_credits(slice_, source)
    feeds = [flow.feed for flow in slice_.pair.flows]
    released = SourceDocument.objects.filter(connection=slice_.integration.source, feed__in=feeds, detail_due=True)
    released.exclude(detail="").update(detail_due=False)


def _read_lists(slice_: Slice, source: SupplierBooks, target: ProjectBooks) -> None:
    """What translation needs to know of both companies, if it is old (E30)."""
    integration = slice_.integration
    with blaming(integration.source):
        if _were_read_before(integration.source, LISTS_OF_BOOKS):
            lists.take_in(integration.source, source)
    with blaming(integration.target):
        if lists.are_old(integration.target):
            lists.take_in(integration.target, target)


def _were_read_before(connection: Connection, span: timedelta) -> bool:
    return connection.lists_read_at is None or timezone.now() - connection.lists_read_at > span


def _orders(slice_: Slice, source: SupplierBooks, target: ProjectBooks, translator: OrderTranslator) -> None:
    """Oldest first, so that what was ordered first gets the budget first."""
    last: Last = (None, 0)
    while records := _next_orders(slice_, last):
        last = (records[-1].document_date, records[-1].pk)
        plans = translator.translate(records)
        if translator.new_suppliers:
            plans += _of_new_suppliers(slice_, cast(KeepsVendors, source), target, translator)
            plans.sort(key=lambda plan: (plan.record.document_date or date.max, plan.record.pk))
        if slice_.may_send:
            vendor_marks.give(slice_, target, [(plan.record, plan.wanted.vendor) for plan in plans if plan.wanted])
            abreast.carry_out(slice_, target, plans, translator.terms)
        if not slice_.has_time():
            raise SliceOverError


def _of_new_suppliers(
    slice_: Slice, source: KeepsVendors, target: ProjectBooks, translator: OrderTranslator
) -> list[OrderPlan]:
    """Each supplier gets its vendor first; its second order finds the vendor of the first, without a call."""
    found, there = [], set[str]()
    for record, vendor in translator.new_suppliers:
        with ending.alone(slice_, record):
            if vendor.source_id in there or suppliers.provide(slice_, source, target, record, vendor):
                there.add(vendor.source_id)
                found.append(record)
    if not found:
        return []
    translator.supplied()
    return translator.translate(found)


def _next_orders(slice_: Slice, after: Last) -> list[Record]:
    day, pk = after
    moving = Record.objects.filter(integration=slice_.integration, flow=ORDERS.slug, work__in=MOVES)
    moving = moving.exclude(not_before__gt=timezone.now()).exclude(document__detail="").exclude(document_date=None)
    if day is not None:
        moving = moving.filter(Q(document_date__gt=day) | Q(document_date=day, pk__gt=pk))
    return list(moving.select_related("document").order_by("document_date", "pk")[:CHUNK])


def _come_back(slice_: Slice) -> None:
    """What waits for a time of its own brings the run back then."""
    later = Record.objects.filter(
        integration=slice_.integration, work__in=MOVES, not_before__gt=timezone.now()
    ).order_by("not_before")
    moment = later.values_list("not_before", flat=True).first()
    if moment is not None:
        slice_.wake_at(moment)
