"""Reading a feed: page by page, each page in one transaction; the cursor moves only after a complete pass."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import by_change, fanout, leases, storing, sweeping
from integrations.engine.slice import Slice
from integrations.models import Cursor, Record, SourceDocument, Tally
from integrations.source_documents import Summary
from integrations.systems import system
from integrations.systems.paging import Page
from integrations.systems.protocols import Source, SupplierBooks

CATCH_UP = 500
OVERLAP = timedelta(days=1)
PASS_HOLDS = timedelta(minutes=5)


def pull(slice_: Slice, feed: str, source: Source | SupplierBooks) -> None:
    """Read what changed since the cursor. Does nothing while another worker reads the same feed."""
    connection = slice_.integration.source
    cursor, _ = Cursor.objects.get_or_create(connection=connection, feed=feed)
    token = leases.claim(Cursor, cursor.pk, by_change.CURSOR_LEASE)
    if token is None:
        return
    try:
        _catch_up(slice_, cursor)
        cursor.refresh_from_db()
        if _has_just_been_read(slice_, cursor):
            return
        cursor.failures += 1  # counted before the work: a worker that dies here has counted against the feed (E27)
        cursor.save(update_fields=["failures"])
        sweeping.go_back(cursor)
        if system(connection.system).lists_whole:
            by_change.read(slice_, cursor, token, cast(SupplierBooks, source))
        else:
            _read_windows(slice_, cursor, token, cast(Source, source))
        sweeping.finish_source(slice_, cursor)
        Cursor.objects.filter(pk=cursor.pk).update(failures=0, last_error="", not_before=None)
    finally:
        leases.free(Cursor, cursor.pk, token)


def _has_just_been_read(slice_: Slice, cursor: Cursor) -> bool:
    """A long run has many slices: a complete pass of an earlier one holds for all of them for some minutes.

    Each pass reads the last day's changes anew, which for 100,000 orders were three calls out of four.
    """
    now = timezone.now()
    if system(cursor.connection.system).lists_whole:
        return by_change.has_just_been_read(cursor, max(slice_.run.started_at, now - PASS_HOLDS))
    if cursor.scan_from or not (cursor.last_pass_at and cursor.position and cursor.oldest):
        return False
    if cursor.last_pass_at < max(slice_.run.started_at, now - PASS_HOLDS):
        return False
    window = system(cursor.connection.system).history_window
    if cursor.position.date() - OVERLAP + window < now.date():
        return False  # it ended with a window of the past
    heard_by = fanout.listeners(cursor.connection, cursor.feed)
    return all(listener.integration.start_date >= cursor.oldest for listener in heard_by)


def _catch_up(slice_: Slice, cursor: Cursor) -> None:
    """An integration that came later finds what was read before it in the table, not in the source (E8)."""
    loaded = system(cursor.connection.system).load_parse()
    unneeded = () if system(cursor.connection.system).lists_whole else ("detail",)
    documents = SourceDocument.objects.filter(connection=cursor.connection, feed=cursor.feed)
    for listener in fanout.listeners(cursor.connection, cursor.feed):
        mine = {"integration": listener.integration, "flow": listener.flow.slug}
        counted = Tally.objects.filter(**mine).aggregate(all=Sum("count"))["all"] or 0
        if counted >= documents.count():
            continue
        known = Record.objects.filter(**mine).values("document_id")
        while missing := list(
            documents.exclude(pk__in=known).exclude(summary="", detail="").defer(*unneeded)[:CATCH_UP]
        ):
            with transaction.atomic():
                slice_.fence()
                seen = [(each, loaded.summary(cursor.feed, loaded.loads(each.row))) for each in missing]
                events, needed = fanout.spread(seen, [listener], new=True)
                unread = documents.filter(pk__in=needed, detail="")
                unread.update(detail_due=True, detail_failures=0, detail_not_before=None)
                log_many(events)


def _read_windows(slice_: Slice, cursor: Cursor, token: str, source: Source) -> None:
    heard_by = fanout.listeners(cursor.connection, cursor.feed)
    start = min(listener.integration.start_date for listener in heard_by)
    window = system(cursor.connection.system).history_window
    if cursor.oldest is not None and start < cursor.oldest:
        cursor.position, cursor.scan_from = (
            None,
            None,
        )  # an integration with an earlier start reads backwards once (E8)
    cursor.oldest = min(start, cursor.oldest or start)
    while True:
        begin = cursor.scan_from or (cursor.position.date() - OVERLAP if cursor.position else start)
        end: date | None = begin + window
        if begin + window >= timezone.now().date():
            end = None
        _read_window(slice_, cursor, token, source, heard_by, begin, end)
        if end is None:
            return


def _read_window(
    slice_: Slice,
    cursor: Cursor,
    token: str,
    source: Source,
    heard_by: Sequence[fanout.Listener],
    begin: date,
    end: date | None,
) -> None:
    resumed = cursor.scan_from == begin
    first_page = max(cursor.scan_page - 1, 1) if resumed else 1
    for page in source.changed_since(cursor.feed, begin, end, first_page):
        with transaction.atomic():
            slice_.fence()
            leases.renew(Cursor, cursor.pk, token, by_change.CURSOR_LEASE)
            storing.count_in_sweep(cursor, page)
            storing.store(slice_, cursor, page, heard_by)
            _move(cursor, page, begin, end)


def _move(cursor: Cursor, page: Page[Summary], begin: date, end: date | None) -> None:
    """Within the page's own transaction: an unfinished pass is remembered, a finished one moves the cursor."""
    if not page.last:
        cursor.scan_from, cursor.scan_page = begin, page.number + 1
    else:
        cursor.scan_from, cursor.scan_page = None, 1
        reached = datetime.combine(end, time(), UTC) if end else page.newest
        if reached:  # one row stamped in the future must not hide what changes until then
            reached = min(reached, timezone.now())
        if reached and (cursor.position is None or reached > cursor.position):
            cursor.position = reached
        cursor.last_pass_at = timezone.now()
    cursor.save(update_fields=["scan_from", "scan_page", "position", "oldest", "last_pass_at"])
