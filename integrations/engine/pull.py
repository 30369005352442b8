"""Reading a feed: page by page, each page in one transaction; the cursor moves only after a complete pass."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from audit.trail import Event, Subject, log_many
from integrations.documents import Unreadable
from integrations.engine import bulk, fanout, leases, sweeping, trail
from integrations.engine.slice import Slice
from integrations.models import Cursor, Record, SourceDocument, Tally
from integrations.source_documents import Summary
from integrations.systems import system
from integrations.systems.paging import Page, Raw
from integrations.systems.protocols import Source

CURSOR_LEASE = 120
CATCH_UP = 500
OVERLAP = timedelta(days=1)
PASS_HOLDS = timedelta(minutes=5)


def pull(slice_: Slice, feed: str, source: Source) -> None:
    """Read what changed since the cursor. Does nothing while another worker reads the same feed."""
    connection = slice_.integration.source
    cursor, _ = Cursor.objects.get_or_create(connection=connection, feed=feed)
    token = leases.claim(Cursor, cursor.pk, CURSOR_LEASE)
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
        _read_windows(slice_, cursor, token, source)
        sweeping.finish_source(slice_, cursor)
        Cursor.objects.filter(pk=cursor.pk).update(failures=0, last_error="", not_before=None)
    finally:
        leases.free(Cursor, cursor.pk, token)


def _has_just_been_read(slice_: Slice, cursor: Cursor) -> bool:
    """A long run has many slices: a complete pass of an earlier one holds for all of them for some minutes.

    Each pass reads the last day's changes anew, which for 100,000 orders were three calls out of four.
    """
    now = timezone.now()
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
    documents = SourceDocument.objects.filter(connection=cursor.connection, feed=cursor.feed)
    for listener in fanout.listeners(cursor.connection, cursor.feed):
        mine = {"integration": listener.integration, "flow": listener.flow.slug}
        counted = Tally.objects.filter(**mine).aggregate(all=Sum("count"))["all"] or 0
        if counted >= documents.count():
            continue
        known = Record.objects.filter(**mine).values("document_id")
        while missing := list(documents.exclude(pk__in=known).exclude(summary="").defer("detail")[:CATCH_UP]):
            with transaction.atomic():
                slice_.fence()
                seen = [(each, loaded.summary(cursor.feed, loaded.loads(each.summary))) for each in missing]
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
            leases.renew(Cursor, cursor.pk, token, CURSOR_LEASE)
            _sweep(cursor, page)
            _store(slice_, cursor, page, heard_by)
            _move(cursor, page, begin, end)


def _sweep(cursor: Cursor, page: Page[Summary]) -> None:
    dumps = system(cursor.connection.system).load_parse().dumps
    raws = zip(page.rows, page.raws, strict=True)
    sweeping.saw(
        cursor, page, lambda: {row.source_id: hashlib.sha256(dumps(raw).encode()).hexdigest() for row, raw in raws}
    )


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


def _store(slice_: Slice, cursor: Cursor, page: Page[Summary], heard_by: Sequence[fanout.Listener]) -> None:
    dumps = system(cursor.connection.system).load_parse().dumps
    rows: dict[str, tuple[Summary | Unreadable, Raw]] = {}
    for found, raw in zip(page.rows, page.raws, strict=True):
        earlier = rows.get(found.source_id)
        if found.source_id and (earlier is None or _newest(found, earlier[0]) is found):
            rows[found.source_id] = (found, raw)
    known = {
        document.source_id: document
        for document in SourceDocument.objects.filter(
            connection=cursor.connection, feed=cursor.feed, source_id__in=list(rows)
        ).defer("detail", "summary")
    }
    new: list[fanout.Seen] = []
    changed: list[fanout.Seen] = []
    unreadable: list[Unreadable] = []
    for source_id, (row, raw) in rows.items():
        if isinstance(row, Unreadable):
            unreadable.append(row)
            continue
        text = dumps(raw)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        document = known.get(source_id)
        if document is not None and (document.summary_fingerprint == fingerprint or _is_older(row, document)):
            continue
        seen = (_document(document, cursor, row, text, fingerprint), row)
        (new if document is None else changed).append(seen)
    bulk.insert([document for document, _ in new])
    events, needed = fanout.spread(new, heard_by, new=True)
    more, needed_again = fanout.spread(changed, heard_by, new=False)
    _save_documents([document for document, _ in changed], [document for document, _ in new], needed | needed_again)
    held = fanout.hold_unreadable([_unread(cursor, known.get(row.source_id), row) for row in unreadable], heard_by)
    log_many([*events, *more, *(_told_unreadable(cursor, row) for row in unreadable), *held])
    slice_.run.read += len(page.rows)
    slice_.run.changed += len(new) + len(changed)


def _newest(row: Summary | Unreadable, other: Summary | Unreadable | None) -> Summary | Unreadable:
    """A list may show several versions of one document (A36); a row that cannot be read never hides one that can."""
    if other is None or isinstance(other, Unreadable):
        return row
    return other if isinstance(row, Unreadable) or row.modified_at < other.modified_at else row


def _is_older(row: Summary, document: SourceDocument) -> bool:
    """An earlier version of a document of which a later one was read before."""
    known = document.modified_at
    return document.read_by not in ("", row.read_by) and known is not None and row.modified_at < known


def _document(
    known: SourceDocument | None, cursor: Cursor, row: Summary, text: str, fingerprint: str
) -> SourceDocument:
    document = known or SourceDocument(connection=cursor.connection, feed=cursor.feed, source_id=row.source_id)
    document.number, document.version, document.modified_at = row.number, row.version, row.modified_at
    document.read_by = row.read_by
    document.summary, document.summary_fingerprint = text, fingerprint
    document.detail_due = False
    return document


def _save_documents(changed: list[SourceDocument], new: list[SourceDocument], needed: set[int]) -> None:
    """Lines are read only for documents that some integration waits for."""
    due = [document.pk for document in (*changed, *new) if document.pk in needed]
    for document in changed:
        SourceDocument.objects.filter(pk=document.pk).update(
            number=document.number,
            read_by=document.read_by,
            version=document.version,
            modified_at=document.modified_at,
            summary=document.summary,
            summary_fingerprint=document.summary_fingerprint,
            unreadable_field="",
            unreadable_reason="",
        )
    SourceDocument.objects.filter(pk__in=due).update(detail_due=True, detail_failures=0, detail_not_before=None)


def _unread(cursor: Cursor, known: SourceDocument | None, row: Unreadable) -> SourceDocument:
    """A row that cannot be read is a document all the same: it is counted, and held until it can be."""
    document = known or SourceDocument(connection=cursor.connection, feed=cursor.feed, source_id=row.source_id)
    document.number = row.number or document.number
    document.unreadable_field, document.unreadable_reason = row.field[:255], row.reason[:500]
    document.summary_fingerprint, document.detail_due = "", False
    if known is None:
        document.save()
    else:
        names = ["number", "unreadable_field", "unreadable_reason", "summary_fingerprint", "detail_due"]
        document.save(update_fields=names)
    return document


def _told_unreadable(cursor: Cursor, row: Unreadable) -> Event:
    name = row.number or row.source_id
    details: dict[str, Any] = {"source": cursor.connection.label, "field": row.field, "reason": row.reason}
    return Event(
        "document.unreadable",
        Subject("source", row.source_id, f"{trail.LABELS.get(cursor.feed, 'Document')} {name}", document=name),
        details=details,
    )
