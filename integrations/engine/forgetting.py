"""Deleting the text of documents that nobody works with any more; what the trail tells of them is evidence (A105).

The hash of the text stays, and so does the list's row, whose number, vendor and total the record holds as well. A
record that starts to wait again has its document read again first, so nothing is ever translated from less.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from audit.trail import Subject, log
from integrations.models import OrderLine, Posting, Record, SourceDocument, Standing, Work

AT_A_TIME = 1000
SETTLED = (
    Work.BEFORE_START, Work.EXCLUDED_RULE, Work.EXCLUDED_PERSON, Work.COVERED, Work.WITHDRAWN, Work.DONE,
)  # fmt: skip


def forget(before: datetime) -> int:
    """Delete the text of documents read and settled before then; how many. One entry tells of all."""
    forgotten, last = 0, 0
    while batch := list(_settled(before).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        last = batch[-1]
        forgotten += _settled(before).filter(pk__in=batch).update(detail="")
    if forgotten:
        with transaction.atomic():
            subject = Subject("retention", "documents", "stored documents")
            log("documents.forgotten", subject, details={"count": forgotten, "before": f"{before:%Y-%m-%d}"})
    return forgotten


def _settled(before: datetime) -> "QuerySet[SourceDocument]":
    """A draft may still be updated, and what was received and not billed is accrued from its order's lines (A22)."""
    draft = Posting.objects.filter(record=OuterRef("pk"), standing=Standing.DRAFT)
    accrued = OrderLine.objects.filter(record=OuterRef("pk"), received__gt=F("billed"))
    in_use = Record.objects.filter(document=OuterRef("pk")).filter(
        ~Q(work__in=SETTLED) | Q(changed_at__gte=before) | Exists(draft) | Exists(accrued)
    )
    return SourceDocument.objects.filter(~Exists(in_use), detail_read_at__lt=before).exclude(detail="")
