"""Attach what waits: look at what hangs there, commit the intent, send at most one write, commit the answer (E1)."""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby

from integrations.engine import intents
from integrations.engine.files import settling, waiting
from integrations.engine.leases import BusyError
from integrations.engine.slice import Slice, SliceOverError
from integrations.errors import (
    CounterfoilError,
    OutcomeUnknownError,
    ReconnectError,
    RejectedError,
    RetryLaterError,
    SuspendedError,
    ThrottledError,
)
from integrations.explanations import refused, sentence
from integrations.file_documents import AttachedFile, SourceFile
from integrations.models import Connection, InvoiceFile, Posting
from integrations.systems import system
from integrations.systems.protocols import Source, TargetBooks

Blaming = Callable[[Connection], AbstractContextManager[None]]
# The whole connection waits, not one file.
CONNECTION_WAITS = (ThrottledError, ReconnectError, SuspendedError, BusyError)


def attach(slice_: Slice, source: Source, target: TargetBooks, blaming: Blaming) -> None:
    """Settle what is in doubt, then attach what waits. Without the setting nothing new is asked or sent."""
    integration = slice_.integration
    settling.mark_lost(slice_)
    with blaming(integration.target):
        _recover(slice_, target)
    if not integration.attach_files:
        return
    waiting.take_in(slice_)
    for posting, rows in groupby(waiting.files(slice_), key=lambda row: row.posting):
        if not slice_.has_time():
            raise SliceOverError
        _attach_all(slice_, posting, list(rows), source, target, blaming)


def _recover(slice_: Slice, target: TargetBooks) -> None:
    """After a lost answer only a file of exactly our bytes, under our name, is the one that we sent (E2)."""
    for row in settling.doubtful(slice_):
        there = target.attached(row.posting.target_id)
        settling.looked_up(slice_, row, _same(row, there, target))


def _attach_all(
    slice_: Slice, posting: Posting, rows: Sequence[InvoiceFile], source: Source, target: TargetBooks, blaming: Blaming
) -> None:
    """One bill's files. Links may be of short life, so the bill is read again just before."""
    document = posting.record.document
    try:
        with blaming(slice_.integration.source):
            raw = source.raw(document.feed, document.read_by or document.source_id)
        fresh = {file.key: file for file in waiting.files_of(slice_, document.feed, raw)}
        with blaming(slice_.integration.target):
            there = target.attached(posting.target_id)
    except CONNECTION_WAITS:
        raise
    except CounterfoilError as error:
        settling.failed(slice_, rows, error)
        settling.reflect(slice_, posting.record)
        return
    for row in rows:
        _attach(slice_, row, fresh.get(row.source_key), there, source, target)
    settling.reflect(slice_, posting.record)


def _attach(
    slice_: Slice,
    row: InvoiceFile,
    file: SourceFile | None,
    there: list[AttachedFile],
    source: Source,
    target: TargetBooks,
) -> None:
    if file is None:
        settling.gone(slice_, row)
        return
    facts, label = system(slice_.integration.target.system), slice_.integration.target.label
    if why := _too_much(file.length, len(there), facts.file_limit, facts.files_per_document, label):
        settling.refuse(slice_, row, why)
        return
    try:
        content = source.file(file)
        if why := _too_much(len(content), len(there), facts.file_limit, facts.files_per_document, label):
            settling.refuse(slice_, row, why, content)
            return
        row.sha256, row.length = hashlib.sha256(content).hexdigest(), len(content)
        row.target_name = target.file_name(row.name, ())
        if found := _same(row, there, target):
            settling.found(slice_, row, found)
            return
        row.target_name = target.file_name(row.name, [each.name for each in there])
        sent = _send(slice_, row, content, target)
    except CONNECTION_WAITS:
        raise
    except CounterfoilError as error:
        settling.failed(slice_, [row], error)
        return
    if sent is not None:
        there.append(sent)


def _too_much(length: int | None, there: int, limit: int, most: int, label: str) -> str:
    """Why the target would refuse it, with both figures; "" when it would not."""
    if length == 0:
        return "it is empty."
    if length is not None and length > limit:
        return f"it has {length:,} bytes, and {label} takes at most {limit:,}."
    if there >= most:
        return f"the bill holds {there} files, and {label} takes at most {most}."
    return ""


def _same(row: InvoiceFile, there: Sequence[AttachedFile], target: TargetBooks) -> AttachedFile | None:
    """The file of our name and exactly our bytes, if it hangs there; one of another content is somebody else's."""
    for each in there:
        if each.name == row.target_name and each.length in (None, row.length):
            body = target.attached_content(row.posting.target_id, each.key)
            if hashlib.sha256(body).hexdigest() == row.sha256:
                return each
    return None


def _send(slice_: Slice, row: InvoiceFile, content: bytes, target: TargetBooks) -> AttachedFile | None:
    """At most one write. What became of it is known, or in doubt; nothing else."""
    began = time.monotonic()
    prepared = target.prepare_file(row.posting.target_id, row.target_name, content)
    line = settling.intend(slice_, row, prepared)
    if line is None:
        return None
    try:
        stored = target.send_file(prepared, key=line.request.key, sent_by=began + intents.LEAVES_WITHIN)
    except OutcomeUnknownError as error:
        settling.doubt(slice_, row, line.request, sentence(error))
        return None
    except SliceOverError:
        settling.not_sent(slice_, row, line, "The slice's time was up.")
        raise
    except RejectedError as error:
        connection = slice_.integration.target
        settling.not_sent(slice_, row, line, sentence(error), refused=True)
        settling.refuse(slice_, row, refused(connection.system, connection.label, error.refusals))
        return None
    except RetryLaterError as error:
        settling.not_sent(slice_, row, line, sentence(error))
        raise
    except CounterfoilError as error:
        settling.not_sent(slice_, row, line, sentence(error), refused=True)
        raise
    settling.attached(slice_, row, line, stored)
    return stored
