"""Preview: all of the translation, none of the writing (E35). It opens no hold and asks nobody outside."""

import logging
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from audit.trail import Subject, log
from integrations.desk import bill_words
from integrations.desk.bill_words import Names
from integrations.engine import heartbeats
from integrations.engine.rehearsal import Rehearsal, Rehearser
from integrations.models import Integration, Preview, PreviewRow, Record, TargetBill, VendorSides, VendorStep, Work
from integrations.money import figure
from integrations.places import WORK_PLACES

logger = logging.getLogger("counterfoil.engine")
CHUNK = 100
LOOKED_AT = (Work.WAITING, Work.HELD, Work.APPROVAL)
# A place of its own: what would be sent is in none of A99's places yet.
WOULD_BE_SENT = "would-be-sent"
CREATES = (VendorStep.CREATE_IN_TARGET, VendorStep.CREATE_IN_SOURCE)
MOST_VENDORS = 200


def ask(integration: Integration, by: User) -> Preview:
    """A new preview, waiting for a worker; one that waits or works already is handed back instead."""
    with transaction.atomic():
        Integration.objects.select_for_update().only("pk").get(pk=integration.pk)
        under_way = Preview.objects.filter(integration=integration, finished_at=None).first()
        if under_way is not None:
            return under_way
        made = Preview.objects.create(integration=integration, asked_by=by)
        log("integration.preview_asked", Subject("integration", integration.pk, integration.name), actor=by)
        async_task("integrations.tasks.make_preview", made.pk)
    return made


def make(preview_id: int) -> None:
    """What a worker does: every record that waits or is held, chunk by chunk, with its progress."""
    preview = Preview.objects.select_related("integration__source", "integration__target__books").get(pk=preview_id)
    if preview.finished_at is not None:
        return
    preview.rows.all().delete()  # a worker that died may have left some
    try:
        _make(preview)
    except Exception as error:
        logger.exception("preview %s", preview.pk)
        preview.failure = f"The preview could not be made ({type(error).__name__}). Nothing was changed."
    preview.finished_at = timezone.now()
    preview.save(update_fields=["finished_at", "failure", "done", "total", "vendors"])
    Preview.objects.filter(integration=preview.integration, pk__lt=preview.pk).delete()


def has_lapsed(preview: Preview) -> bool:
    """A run that began after it was asked for has changed what it shows."""
    latest = preview.integration.runs.aggregate(latest=Max("started_at"))["latest"]
    return latest is not None and latest > preview.asked_at


def _make(preview: Preview) -> None:
    integration = preview.integration
    records = Record.objects.filter(integration=integration, work__in=LOOKED_AT)
    preview.total, preview.done = records.count(), 0
    preview.save(update_fields=["total", "done"])
    names = Names.of(integration)
    missing: dict[str, int] = {}
    for flow in sorted(set(records.values_list("flow", flat=True).order_by())):
        rehearser = Rehearser.load(integration, flow)
        for chunk in _chunks(records.filter(flow=flow)):
            rows = [_row(preview, record, _rehearsed(rehearser, record), names, missing) for record in chunk]
            PreviewRow.objects.bulk_create(rows)
            preview.done += len(rows)
            preview.save(update_fields=["done"])
            heartbeats.beat(f"preview {integration.pk}")
    preview.vendors = _vendors(integration, missing)


def _chunks(records: "QuerySet[Record]") -> Iterator[list[Record]]:
    last = 0
    while True:
        chunk = list(records.filter(pk__gt=last).select_related("document").order_by("pk")[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        yield chunk


def _rehearsed(rehearser: Rehearser, record: Record) -> Rehearsal | None:
    """None for a bug in this one record: it stops neither the others nor the preview."""
    try:
        return rehearser.rehearse(record)
    except Exception:
        logger.exception("preview of record %s", record.pk)
        return None


def _row(
    preview: Preview, record: Record, found: Rehearsal | None, names: Names, missing: dict[str, int]
) -> PreviewRow:
    row = PreviewRow(preview=preview, record=record, currency=record.currency, total=record.amount)
    if found is None:
        row.place, row.why = "held", "It could not be translated: internal error. A run would hold it."
        return row
    if found.reason in ("missing-vendor", "ambiguous-vendor"):
        missing[record.vendor_name] = missing.get(record.vendor_name, 0) + 1
    row.place = WOULD_BE_SENT if found.action is not None else WORK_PLACES.get(Work(found.work), "waiting")
    row.step, row.why = (found.action.value if found.action else ""), found.why
    if found.bill is not None:
        row.document = bill_words.said(found.bill, names)
        row.currency, row.total = found.bill.currency, found.bill.total
        row.stands = _stands(record, names)
    return row


def _stands(record: Record, names: Names) -> bill_words.Said | None:
    """What our index last saw of the document of ours, if one stands."""
    posting = record.postings.exclude(target_id="").first()
    if posting is None:
        return None
    seen = TargetBill.objects.filter(connection=posting.connection_id, target_id=posting.target_id).first()
    if seen is None:
        return None
    return {
        "contact": names.contact(seen.contact),
        "number": seen.number,
        "date": str(seen.date or ""),
        "total": figure(seen.total),
    }


def _vendors(integration: Integration, missing: dict[str, int]) -> list[dict[str, Any]]:
    """Those that the next run would create, and those that documents wait for."""
    made = VendorSides.objects.filter(integration=integration, step__in=CREATES)
    created = made.order_by("record__vendor_name").values_list("record__vendor_name", "step")[:MOST_VENDORS]
    found = [{"name": name, "what": VendorStep(step).label, "waiting": 0} for name, step in created]
    waiting = sorted(missing.items(), key=lambda item: (-item[1], item[0]))[:MOST_VENDORS]
    return found + [{"name": name, "what": "to be linked or created", "waiting": count} for name, count in waiting]
