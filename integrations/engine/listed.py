"""Documents that wait for what procurement's list of vendors says: who is in use, who is an employee, whose a card is.

None of these is a row of our tables, so none is a gap: the next reading of the list lets them go on (A32, A72).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from integrations.engine import release
from integrations.engine.terms import terms_of
from integrations.errors import InvalidSourceError
from integrations.models import Connection, Gap, Integration, Record, Work
from integrations.pairs import pair
from integrations.systems import system
from mappings.models import Kind, ReferenceEntry

REASONS = ("unknown-payee", "inactive-vendor", "not-a-supplier")
Listed = Mapping[str, tuple[bool, str]]


def is_waited_for(integration: Integration) -> bool:
    return _held(integration.source).filter(integration=integration).exists()


def shown(connection: Connection) -> Listed:
    """Who is listed, whether in use and as what; nobody where nothing waits for it."""
    if not _held(connection).exists():
        return {}
    rows = ReferenceEntry.objects.filter(books=connection.books, kind=Kind.VENDOR)
    listed = rows.values_list("key", "active", "attributes")
    return {key: (active, attributes.get("type", "")) for key, active, attributes in listed}


def documents_go_on(connection: Connection, before: Listed) -> int:
    """What the list now says otherwise lets go; in the transaction in which the list was taken in."""
    held = list(_held(connection).select_related("document", "integration__source", "integration__target"))
    if not held:
        return 0
    news = {key for key, now in shown(connection).items() if now[0] and now != before.get(key)}
    known = {record.pk for record in _known_now([each for each in held if each.hold_reason == "unknown-payee"])}
    free = [each for each in held if each.vendor_key in news or each.pk in known]
    return release.let_go(free, f"the list of vendors of {connection.label} says more now")


def _held(connection: Connection) -> "QuerySet[Record]":
    lacks = Gap.objects.filter(record=OuterRef("pk"), closed_at=None)
    held = Record.objects.filter(integration__source=connection, work=Work.HELD, hold_reason__in=REASONS)
    return held.exclude(flow="vendors").filter(~Exists(lacks))


def _known_now(records: list[Record]) -> Iterator[Record]:
    """Those whose card or employee the list names by now, by the text as it was read."""
    terms: dict[int, Any] = {}
    for record in records:
        integration = record.integration
        parse: Any = system(integration.source.system).load_parse()
        flow = pair(integration.pair).bill_flow(record.flow)
        if integration.pk not in terms:
            terms[integration.pk] = terms_of(integration)
        try:
            document = parse.document(flow.feed, parse.loads(record.document.detail))
        except (InvalidSourceError, ValueError):
            continue  # its text was deleted meanwhile, or its own hold says what is wrong
        if flow.owed_to(document, terms[integration.pk]) != document.summary.vendor:
            yield record
