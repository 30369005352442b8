"""The pages that are opened, by whom, and how often: long lists from every side, and one record with a long story."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

EVERYBODY = ("anna", "sue", "ivan", "aude", "otto", "limited")
DESK = ("anna", "sue", "aude", "limited")
UNLIMITED = ("anna", "sue", "aude")
LISTS = (
    ("connections", "integrations/connection/", EVERYBODY),
    ("integrations", "integrations/integration/", EVERYBODY),
    ("runs", "integrations/run/", EVERYBODY),
    ("requests", "integrations/request/", ("aude", "otto")),
    ("exchanges", "integrations/exchange/", ("aude", "otto", "ivan")),
    ("decisions", "integrations/decision/", DESK),
    ("vendors", "mappings/vendorlink/", DESK),
    ("vendors by name", "mappings/vendorlink/?q=Vendor 01", DESK),
    ("reference lists", "mappings/referenceentry/", DESK),
    ("what is missing", "mappings/scope/missing/", DESK),
    ("seals", "audit/seal/", ("aude",)),
    ("flags", "integrations/flag/", DESK),
    ("figures", "integrations/run/figures/", DESK),
    ("vendor pairs", "integrations/vendorsides/", DESK),
    ("to decide", "integrations/decision/waiting/", DESK),
)
PLACES = (
    "not-yet-approved", "before-start", "waiting", "held", "excluded-by-rule", "excluded-by-person", "covered",
    "withdrawn", "draft", "ledger", "removed",
)  # fmt: skip


class Visit(NamedTuple):
    """A page: its name in the table, its address below the site's root, and who opens it."""

    name: str
    address: str
    people: tuple[str, ...]


def visits(records: int) -> Iterator[Visit]:
    """`records` is how many there are; numbers go from PO-0000001 on."""
    yield Visit("home", "/", EVERYBODY)
    for name, path, people in LISTS:
        yield Visit(name, f"/{path}", people)
    for name, query in _record_lists(records):
        yield Visit(f"records {name}".strip(), f"/integrations/record/{query}", DESK)
    for name, query in (("", ""), ("missing mapping", "?reason=missing-mapping"), ("page 4", "?p=3")):
        yield Visit(f"held {name}".strip(), f"/integrations/heldrecord/{query}", DESK)
    for name, number in (("posted", records // 2 // 100 * 100 + 100), ("long story", records // 2), ("first", 1)):
        yield Visit(f"record {name}", f"/integrations/record/{number}/change/", UNLIMITED)
    yield Visit("evidence", f"/evidence/{records // 2}/", UNLIMITED)
    for name, query in _trail_lists(records):
        yield Visit(f"trail {name}".strip(), f"/audit/entry/{query}", DESK)
    # Limited people see the newest entries that concern them, which are fewer and not this one.
    yield Visit("trail page 200", "/audit/entry/?p=199", UNLIMITED)
    yield Visit("entry", f"/audit/entry/{records * 2}/change/", UNLIMITED)


def _record_lists(records: int) -> Iterator[tuple[str, str]]:
    yield "", ""
    for place in PLACES:
        yield f"place {place}", f"?place={place}"
    yield "held for a mapping", "?place=held&reason=missing-mapping"
    yield "with any flag", "?flag=any"
    yield "of one flag", "?flag=total-differs"
    yield "of one kind", "?flow=purchase-orders"
    yield "of one integration", "?integration=2"
    yield "one integration held", "?integration=2&place=held"
    yield "by number", f"?q=PO-{records // 3:07d}"
    yield "by start of number", "?q=PO-00"
    yield "by vendor", "?q=vendor 0042"
    yield "by start of vendor", "?q=Vendor"
    yield "by nothing there", "?q=Zzz"
    yield "page 20", "?p=19"
    yield "page 200", "?p=199"


def _trail_lists(records: int) -> Iterator[tuple[str, str]]:
    day = date.today() - timedelta(days=400)  # noqa: DTZ011 - any day of the last years
    yield "", ""
    yield "of a document", f"?q=PO-{records // 3:07d}"
    yield "of a long story", f"?q=PO-{records // 2:07d}"
    yield "by start of number", "?q=PO-00"
    yield "of a family", "?family=bill"
    yield "of a rare family", "?family=connection"
    yield "of the portal", "?who=itself"
    yield "of a day", f"?at_from={day}&at_to={day}"
    yield "of a day and a family", f"?at_from={day}&at_to={day}&family=bill"
