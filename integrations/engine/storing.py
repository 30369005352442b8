"""Taking a page of a list in: source documents, and a record for each integration that listens. In a transaction."""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from django.utils import timezone

from audit.trail import Event, Subject, log_many
from integrations.documents import Unreadable
from integrations.engine import bulk, fanout, sweeping, trail
from integrations.engine.slice import Slice
from integrations.models import Cursor, SourceDocument
from integrations.source_documents import Listed, Summary
from integrations.systems import system
from integrations.systems.paging import Page, Raw

LISTED = (
    "number", "read_by", "version", "modified_at", "summary", "summary_fingerprint", "unreadable_field",
    "unreadable_reason",
)  # fmt: skip
WHOLE = ("about", "detail", "detail_fingerprint", "detail_read_at", "detail_due", "detail_failures")


def store(slice_: Slice, cursor: Cursor, page: Page[Any], heard_by: Sequence[fanout.Listener]) -> None:
    """The rows of this page, each once. Where lists show whole documents a row is its own detail."""
    whole = system(cursor.connection.system).lists_whole
    dumps = system(cursor.connection.system).load_parse().dumps
    rows: dict[str, tuple[Listed | Unreadable, Raw]] = {}
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
        if document is not None and (
            document.summary_fingerprint == fingerprint or _is_older(row, document, whole=whole)
        ):
            continue
        seen = (_document(document, cursor, row, text, fingerprint, whole=whole), cast(Summary, row))
        (new if document is None else changed).append(seen)
    bulk.insert([document for document, _ in new])
    events, needed = fanout.spread(new, heard_by, new=True)
    more, needed_again = fanout.spread(changed, heard_by, new=False)
    _save_changed([document for document, _ in changed], (*LISTED, *WHOLE) if whole else LISTED)
    if not whole:
        _ask_for_lines([document for document, _ in (*changed, *new)], needed | needed_again)
    held = fanout.hold_unreadable([_unread(cursor, known.get(row.source_id), row) for row in unreadable], heard_by)
    log_many([*events, *more, *(_told_unreadable(cursor, row) for row in unreadable), *held])
    slice_.run.read += len(page.rows)
    slice_.run.changed += len(new) + len(changed)


def _newest(row: Listed | Unreadable, other: Listed | Unreadable | None) -> Listed | Unreadable:
    """A list may show several versions of one document (A36); a row that cannot be read never hides one that can."""
    if other is None or isinstance(other, Unreadable):
        return row
    return other if isinstance(row, Unreadable) or row.modified_at < other.modified_at else row


def _is_older(row: Listed, document: SourceDocument, *, whole: bool) -> bool:
    """An earlier version of a document of which a later one was read before."""
    known = document.modified_at
    another = whole or document.read_by not in ("", row.read_by)
    return another and known is not None and row.modified_at < known


def _document(
    known: SourceDocument | None, cursor: Cursor, row: Listed, text: str, fingerprint: str, *, whole: bool
) -> SourceDocument:
    document = known or SourceDocument(connection=cursor.connection, feed=cursor.feed, source_id=row.source_id)
    document.number, document.version, document.modified_at = row.number, row.version, row.modified_at
    document.read_by = row.read_by
    document.summary_fingerprint, document.detail_due = fingerprint, False
    if whole:
        document.summary, document.detail, document.detail_fingerprint = "", text, fingerprint
        document.detail_read_at, document.detail_failures = timezone.now(), 0
        document.about = getattr(row, "about", "")
        document.detail_due = bool(document.about)
    else:
        document.summary = text
    document.unreadable_field = document.unreadable_reason = ""
    return document


def _save_changed(documents: Sequence[SourceDocument], names: Sequence[str]) -> None:
    for document in documents:
        SourceDocument.objects.filter(pk=document.pk).update(**{name: getattr(document, name) for name in names})


def _ask_for_lines(documents: Sequence[SourceDocument], needed: set[int]) -> None:
    """Lines are read only for documents that some integration waits for."""
    due = [document.pk for document in documents if document.pk in needed]
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


def count_in_sweep(cursor: Cursor, page: Page[Any]) -> None:
    """Before it is stored: what a sweep that is under way would have missed."""
    dumps = system(cursor.connection.system).load_parse().dumps
    raws = zip(page.rows, page.raws, strict=True)
    sweeping.saw(
        cursor, page, lambda: {row.source_id: hashlib.sha256(dumps(raw).encode()).hexdigest() for row, raw in raws}
    )
