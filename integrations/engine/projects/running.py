"""The work of one slice for project books, in order: read the books, read the lists, write orders, then bills."""

import logging
from datetime import date, timedelta
from typing import cast

from django.db.models import Q
from django.utils import timezone

from integrations.engine import clients, lists, pull, settling
from integrations.engine.clients import blaming
from integrations.engine.projects import bills, cadence, commitments, over_budget, payments, steps, suppliers
from integrations.engine.projects.orders import OrderTranslator
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.slice import Slice, SliceOverError
from integrations.models import Connection, Record, SourceDocument, Work
from integrations.pairs.xero_procore import ORDERS
from integrations.pairs.xero_procore.terms import ProjectTerms
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
    steps.mark_lost(slice_)
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
        for plan in translator.translate(records):
            if slice_.may_send:
                _carry_out(slice_, target, plan, translator.terms)
        if translator.new_suppliers:
            _orders_of_new_suppliers(slice_, cast(KeepsVendors, source), target, translator)
        if not slice_.has_time():
            raise SliceOverError


def _orders_of_new_suppliers(
    slice_: Slice, source: KeepsVendors, target: ProjectBooks, translator: OrderTranslator
) -> None:
    """Each gets its vendor first; the second order of one new supplier finds the vendor of the first."""
    found = [
        record
        for record, vendor in translator.new_suppliers
        if suppliers.provide(slice_, source, target, record, vendor)
    ]
    if found:
        translator.supplied()
        for plan in translator.translate(found):
            _carry_out(slice_, target, plan, translator.terms)


def _carry_out(slice_: Slice, target: ProjectBooks, plan: OrderPlan, terms: ProjectTerms) -> None:
    with settling.alone(slice_, plan.record):
        commitments.carry_out(slice_, target, plan, terms)


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
