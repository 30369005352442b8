"""A bill held because it goes beyond its order is judged again once that order was raised at the source (A19)."""

from collections.abc import Iterator, Mapping

from integrations.engine import release
from integrations.engine.slice import Slice
from integrations.engine.terms import terms_of
from integrations.errors import InvalidSourceError
from integrations.models import Integration, Record, SourceDocument, Work
from integrations.money import ZERO
from integrations.pairs import pair
from integrations.systems import system

REASON = "over-billed"


def bills_go_on(slice_: Slice, feed: str, read: Mapping[str, str]) -> None:
    """`read` are the texts of documents by id, as they are about to be saved: in their transaction, before them."""
    held = Record.objects.filter(
        integration__source=slice_.integration.source, work=Work.HELD, hold_reason=REASON, billings__order__in=read
    )
    bills = list(held.distinct().select_related("document", "integration__source", "integration__target"))
    for integration in {bill.integration_id: bill.integration for bill in bills}.values():
        raised = set(_raised(integration, feed, read))
        mine = [bill for bill in bills if bill.integration_id == integration.pk]
        free = [bill for bill in mine if bill.billings.filter(order__in=raised).exists()]
        if release.let_go(free, "its order was raised") and integration.pk == slice_.integration.pk:
            slice_.again = True


def _raised(integration: Integration, feed: str, read: Mapping[str, str]) -> Iterator[str]:
    """The orders of which more is ordered now than when they were read last."""
    flow = pair(integration.pair).orders
    if flow is None or flow.feed != feed or flow.as_ordered is None:
        return
    parse, terms = system(integration.source.system).load_parse(), terms_of(integration)
    before = SourceDocument.objects.filter(connection=integration.source, feed=feed, source_id__in=read)
    for source_id, text in before.values_list("source_id", "detail"):
        try:
            now = flow.as_ordered(parse.document(feed, parse.loads(read[source_id])), terms).items
            then = flow.as_ordered(parse.document(feed, parse.loads(text)), terms).items if text else {}
        except InvalidSourceError:
            continue  # the order's own record says so
        if any(net > then.get(item, ZERO) for item, net in now.items()):
            yield source_id
