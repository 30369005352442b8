"""The weekly sweep: everything is read once more, beside the incremental reads, and compared by id and hash.

At the source the cursor goes back to the start and the ordinary pull walks the whole list; at the target every bill and
every supplier's credit is listed, a call per thousand. What was missed is taken in; what is shown no more is said,
never undone (A37, A101).
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Length
from django.utils import timezone

from audit.trail import Subject, log, log_many
from integrations.documents import BillStatus, StoredBill, Unreadable
from integrations.engine import discrepancies, drift, index
from integrations.engine.slice import Slice
from integrations.engine.untouched import content_fingerprint
from integrations.models import (
    Connection,
    Cursor,
    Discrepancy,
    IndexCursor,
    Integration,
    Posting,
    Run,
    SourceDocument,
    Standing,
    Sweep,
    TargetBill,
)
from integrations.money import figure
from integrations.pairs import pair
from integrations.source_documents import Summary
from integrations.systems import system
from integrations.systems.paging import Page
from integrations.systems.protocols import TargetBooks

EVERY = timedelta(days=7)
BILLS, CREDITS = "bills", "credits"
MOST_NAMED = 20
GAPS_KEPT = 200
LARGEST_GAP = 1000
_NUMBER = re.compile(r"^(.*?)(\d{1,15})$")


def due(connection: Connection, side: str, feed: str) -> bool:
    """A week after the last one began; the first one a week after the first run."""
    last = Sweep.objects.filter(connection=connection, side=side, feed=feed).order_by("-started_at").first()
    if last is not None:
        return last.finished_at is not None and last.started_at <= timezone.now() - EVERY
    own = Q(integration__source=connection) | Q(integration__target=connection)
    first = Run.objects.filter(own).order_by("started_at").values_list("started_at", flat=True).first()
    return first is not None and first <= timezone.now() - EVERY


def begin(connection: Connection, side: str, feed: str, position: datetime | None = None) -> Sweep:
    """Start one now, unless one is under way."""
    sweep, _ = Sweep.objects.get_or_create(
        connection=connection,
        side=side,
        feed=feed,
        finished_at=None,
        defaults={"started_at": timezone.now(), "position": position},
    )
    return sweep


def project_feed(integration: Integration) -> str:
    """What an integration wrote into projects is looked at for itself; others may write to the same company."""
    return f"projects-{integration.pk}"


def ask(integration: Integration) -> None:
    """Let the next run read both sides once more, whatever the week says; one that is under way goes on. In a
    transaction."""
    for feed in {flow.feed for flow in pair(integration.pair).flows}:
        begin(integration.source, Sweep.SOURCE, feed)
    if not pair(integration.pair).bill_flows:
        begin(integration.target, Sweep.TARGET, project_feed(integration))
        return
    begin(integration.target, Sweep.TARGET, BILLS)
    if _credits_are_compared(integration.target):
        begin(integration.target, Sweep.TARGET, CREDITS)


# The source's list


def go_back(cursor: Cursor) -> None:
    """Let the pull read the whole list once more, when a sweep is due or was asked for."""
    open_one = _open(cursor.connection, Sweep.SOURCE, cursor.feed)
    if cursor.position is None or cursor.scan_from is not None:
        return
    if open_one is None and not due(cursor.connection, Sweep.SOURCE, cursor.feed):
        return
    if open_one is None or open_one.position is None:
        sweep = open_one or begin(cursor.connection, Sweep.SOURCE, cursor.feed)
        sweep.position, cursor.position = cursor.position, None
        with transaction.atomic():
            sweep.save(update_fields=["position"])
            cursor.save(update_fields=["position"])


def saw(cursor: Cursor, page: "Page[Summary]", fingerprints: "Callable[[], dict[str, str]]") -> None:
    """Count a page of the sweep before it is taken in. In the page's transaction."""
    sweep = _open(cursor.connection, Sweep.SOURCE, cursor.feed)
    if sweep is None or sweep.position is None:
        return
    rows = {row.source_id: row for row in page.rows if row.source_id}
    documents = SourceDocument.objects.filter(connection=cursor.connection, feed=cursor.feed, source_id__in=list(rows))
    known = {
        key: (fingerprint, swept)
        for key, fingerprint, swept in documents.annotate(counted=Coalesce("swept_at", "first_read_at")).values_list(
            "source_id", "summary_fingerprint", "counted"
        )
    }
    again = {key for key, (_, swept) in known.items() if swept is not None and swept >= sweep.started_at}
    hashes = fingerprints()
    for key, row in rows.items():
        if key in again or isinstance(row, Unreadable) or row.modified_at >= sweep.position:
            continue
        sweep.missed += key not in known or known[key][0] != hashes.get(key)
    sweep.seen += len(rows.keys() - again)
    sweep.calls += 1
    sweep.missing += page.missing
    sweep.save(update_fields=["missed", "seen", "calls", "missing"])
    documents.update(swept_at=timezone.now())


def finish_source(slice_: Slice, cursor: Cursor) -> None:
    """The whole list was read: compare with the sweep before, and look for numbers that nobody has (A101)."""
    sweep = _open(cursor.connection, Sweep.SOURCE, cursor.feed)
    if sweep is None or sweep.position is None:
        return
    documents = SourceDocument.objects.filter(connection=cursor.connection, feed=cursor.feed)
    # Read for the first time by this sweep: counted with it, marked now.
    documents.filter(swept_at=None, first_read_at__gte=sweep.started_at).update(swept_at=timezone.now())
    gone = documents.filter(Q(swept_at=None) | Q(swept_at__lt=sweep.started_at))
    numbered = cursor.feed in system(cursor.connection.system).numbers_itself
    gaps = list(number_gaps(cursor.connection, cursor.feed)) if numbered else []
    sweep.gaps, sweep.gap_count = [list(gap) for gap in gaps[:GAPS_KEPT]], sum(gap[2] for gap in gaps)
    _finish(slice_, sweep, [*_fewer(sweep, cursor, gone), *_uncounted(sweep, cursor)])


def _fewer(sweep: Sweep, cursor: Cursor, gone: QuerySet[SourceDocument]) -> Iterator[Discrepancy]:
    """Fewer documents are shown than by the sweep before."""
    before = _last_finished(sweep)
    if before is None or sweep.seen >= before.seen:
        return
    names = ", ".join(gone.values_list("number", flat=True)[:MOST_NAMED])
    said = (
        f"{cursor.connection.label} shows {sweep.seen} {_plural(cursor)}, {before.seen} a sweep before. "
        f"No longer shown: {names or 'not known'}. "
        "Often the reading user may see fewer departments than before. Nothing was withdrawn."
    )
    yield discrepancies.discrepancy(cursor.connection, discrepancies.FEWER, cursor.feed, said)


def _uncounted(sweep: Sweep, cursor: Cursor) -> Iterator[Discrepancy]:
    """The source counts more documents than it shows."""
    if sweep.missing:
        said = f"{cursor.connection.label} counts {sweep.missing} more {_plural(cursor)} than it shows."
        yield discrepancies.discrepancy(cursor.connection, discrepancies.UNCOUNTED, cursor.feed, said)


def _plural(cursor: Cursor) -> str:
    """What the feed is a list of: feeds are named so."""
    return cursor.feed.replace("-", " ")


def number_gaps(connection: Connection, feed: str) -> Iterator[tuple[str, str, int]]:
    """(first, last, how many) of each run of numbers that no document has, between those that have one.

    Streamed in the order of prefix and number, so that memory stays small. Wider jumps are another series.
    """
    numbers = SourceDocument.objects.filter(connection=connection, feed=feed).exclude(number="")
    ordered = numbers.order_by(Length("number"), "number").values_list("number", flat=True)
    last: dict[str, tuple[int, int]] = {}
    for number in ordered.iterator(chunk_size=5000):
        match = _NUMBER.match(number)
        if match is None:
            continue
        prefix, digits = match[1], match[2]
        here = int(digits)
        before, width = last.get(prefix, (here, len(digits)))
        last[prefix] = (here, len(digits))
        if 1 < here - before <= LARGEST_GAP:
            yield f"{prefix}{before + 1:0{width}d}", f"{prefix}{here - 1:0{width}d}", here - before - 1


# The target's bills


def sweep_target(slice_: Slice, target: TargetBooks) -> None:
    """List every bill of the target, compare it with the index and with what we wrote; goes on in the next slice."""
    connection = slice_.integration.target
    sweep = _open(connection, Sweep.TARGET, BILLS)
    if sweep is None:
        if not due(connection, Sweep.TARGET, BILLS):
            return
        sweep = begin(connection, Sweep.TARGET, BILLS)
    for page in target.bills_changed_since(sweep.position):
        with transaction.atomic():
            slice_.fence()
            bills = [row for row in page.rows if isinstance(row, StoredBill)]
            _compare(slice_, sweep, bills)
            sweep.position, sweep.calls = page.newest or sweep.position, sweep.calls + 1
            sweep.save(update_fields=["position", "calls", "seen", "missed"])
        if page.last:
            _finish_target(slice_, sweep)


def _compare(slice_: Slice, sweep: Sweep, bills: list[StoredBill]) -> None:
    """Ids, versions and contents; a content may change without its version (Accounting API, October 2026)."""
    rows = TargetBill.objects.filter(connection=sweep.connection, target_id__in=[bill.target_id for bill in bills])
    known = {row.target_id: row for row in rows}
    for bill in bills:
        row = known.get(bill.target_id)
        sweep.missed += row is None or _is_old(row, bill)
        sweep.seen += row is None or row.swept_at is None or row.swept_at < sweep.started_at
    index.note(slice_, bills, anew=True)
    by_id = {bill.target_id: bill for bill in bills if bill.status is not BillStatus.REMOVED}
    ours = Posting.objects.filter(connection=sweep.connection, target_id__in=list(by_id)).select_related("record")
    live = (Standing.DRAFT, Standing.LEDGER)
    seen = [(posting, by_id[posting.target_id]) for posting in ours if posting.standing in live]
    log_many(drift.follow([(posting, bill, content_fingerprint(bill)) for posting, bill in seen]))
    rows.update(swept_at=timezone.now())


def _is_old(row: TargetBill, bill: StoredBill) -> bool:
    kept = (row.version, row.total, row.due, row.status, row.date)
    return kept != (bill.version, bill.total, bill.due, bill.status, bill.date)


def _finish_target(slice_: Slice, sweep: Sweep) -> None:
    """What of ours the list no longer shows. Being unreadable is no removal (A37): it is said, nothing changes."""
    standing = Posting.objects.filter(connection=sweep.connection, standing__in=(Standing.DRAFT, Standing.LEDGER))
    shown = TargetBill.objects.filter(connection=sweep.connection, swept_at__gte=sweep.started_at)
    lost = standing.exclude(target_id__in=shown.values("target_id")).filter(posted_at__lt=sweep.started_at)
    found = [
        discrepancies.discrepancy(
            sweep.connection,
            discrepancies.NOT_SHOWN,
            posting.target_id,
            f"{sweep.connection.label} no longer shows bill {posting.number or posting.reference} over "
            f"{figure(posting.target_total)} {posting.currency}, which we posted. Look for it there.",
        )
        for posting in lost.order_by("pk")[:MOST_NAMED]
    ]
    _finish(slice_, sweep, found)


def sweep_credits(slice_: Slice, target: TargetBooks) -> None:
    """List the suppliers' credits of the target once more, where bills are compared with any (A40)."""
    connection = slice_.integration.target
    sweep = _open(connection, Sweep.TARGET, CREDITS)
    if sweep is None:
        if not _credits_are_compared(connection) or not due(connection, Sweep.TARGET, CREDITS):
            return
        sweep = begin(connection, Sweep.TARGET, CREDITS)
    for page in target.credits_changed_since(sweep.position):
        with transaction.atomic():
            slice_.fence()
            credits = [row for row in page.rows if isinstance(row, StoredBill)]
            sweep.missed += index.note_credits(connection, credits)
            sweep.seen, sweep.calls = sweep.seen + len(credits), sweep.calls + 1
            sweep.position = page.newest or sweep.position
            sweep.save(update_fields=["position", "calls", "seen", "missed"])
        if page.last:
            _finish(slice_, sweep, [])


def _credits_are_compared(connection: Connection) -> bool:
    return IndexCursor.objects.filter(connection=connection).exclude(credits_until=None).exists()


def _open(connection: Connection, side: str, feed: str) -> Sweep | None:
    found = Sweep.objects.filter(connection=connection, side=side, feed=feed, finished_at=None)
    return found.select_related("connection").first()


def _last_finished(sweep: Sweep) -> Sweep | None:
    earlier = Sweep.objects.filter(connection=sweep.connection, side=sweep.side, feed=sweep.feed).exclude(pk=sweep.pk)
    return earlier.exclude(finished_at=None).order_by("-started_at").first()


def _finish(slice_: Slice, sweep: Sweep, found: list[Discrepancy]) -> None:
    sweep.finished_at = timezone.now()
    with transaction.atomic():
        slice_.fence()
        sweep.save()
        discrepancies.opened(found)
        log(
            "sweep.finished",
            Subject("connection", sweep.connection_id, sweep.connection.label),
            details={"feed": sweep.feed, "seen": sweep.seen, "missed": sweep.missed, "calls": sweep.calls},
        )
