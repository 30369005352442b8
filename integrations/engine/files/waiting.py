"""Which files wait: known from the stored bills, without a call."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.engine import bulk
from integrations.engine.slice import Slice
from integrations.errors import InvalidSourceError
from integrations.file_documents import SourceFile
from integrations.models import FileState, Integration, InvoiceFile, Posting, Record, Standing, Work
from integrations.systems import system
from integrations.systems.paging import Raw

CHUNK = 100
STANDS = (Standing.DRAFT, Standing.LEDGER)


def files_of(slice_: Slice, feed: str, raw: Raw) -> Sequence[SourceFile]:
    found: Sequence[SourceFile] = system(slice_.integration.source.system).load_parse().files(feed, raw)
    return found


def include_drafts(integration: Integration) -> int:
    """When the setting is switched on, our drafts that stand get their files, too; what is in the ledger is left."""
    drafts = Posting.objects.filter(record__integration=integration, kind="bill", standing=Standing.DRAFT, linked=False)
    return drafts.filter(record__flow__in=flows(integration)).update(files_due=True)


def flows(integration: Integration) -> list[str]:
    from integrations.pairs import pair

    return [flow.slug for flow in pair(integration.pair).flows if flow.has_files]


def take_in(slice_: Slice) -> None:
    """Rows for the files of bills that came to stand."""
    while True:
        due = list(_due(slice_.integration)[:CHUNK])
        if not due:
            return
        rows = [row for posting in due for row in _rows(slice_, posting)]
        with transaction.atomic():
            slice_.fence()
            bulk.insert_unless_there(rows)
            Posting.objects.filter(pk__in=[posting.pk for posting in due]).update(files_due=False)


def _due(integration: Integration) -> "QuerySet[Posting]":
    standing = Posting.objects.filter(record__integration=integration, files_due=True, standing__in=STANDS)
    return standing.filter(record__work=Work.DONE).select_related("record__document").order_by("pk")


def _rows(slice_: Slice, posting: Posting) -> list[InvoiceFile]:
    document = posting.record.document
    try:
        raw = system(slice_.integration.source.system).load_parse().loads(document.detail or "{}")
        named = files_of(slice_, document.feed, raw)
    except InvalidSourceError:
        return []  # the bill itself was read from the same text: only its list of files is broken
    return [
        InvoiceFile(
            posting=posting, source_key=file.key, name=file.name, media_type=file.media_type[:100], length=file.length
        )
        for file in named
    ]


def files(slice_: Slice) -> list[InvoiceFile]:
    """Those whose time has come, bill by bill; the run is woken for the first of the others."""
    now = timezone.now()
    waiting = InvoiceFile.objects.filter(
        posting__record__integration=slice_.integration, posting__standing__in=STANDS, state=FileState.WAITING
    ).exclude(posting__record__work__in=(Work.POSTING, Work.DOUBT))
    later = waiting.filter(not_before__gt=now).order_by("not_before").values_list("not_before", flat=True).first()
    if later is not None:
        slice_.wake_at(later)
    due = waiting.filter(Q(not_before=None) | Q(not_before__lte=now))
    return list(due.select_related("posting__record__document").order_by("posting_id", "pk"))


def again(record: Record) -> None:
    """Replayed: what could not be attached is tried once more, and the bill's list of files is looked at anew."""
    InvoiceFile.objects.filter(posting__record=record, state__in=(FileState.REFUSED, FileState.WAITING)).update(
        state=FileState.WAITING, attempts=0, not_before=None, explanation=""
    )
    if record.integration.attach_files and record.flow in flows(record.integration):
        Posting.objects.filter(record=record, kind="bill", linked=False).update(files_due=True)
