"""Preview: all of the translation, none of the writing (E35). It opens no hold and alerts nobody.

Of a ledger nothing is asked. Project books are read: budgets, periods, and what stands of the orders that would change.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from audit.trail import Subject, log
from integrations.desk import bill_words, foreseen_words
from integrations.desk.bill_words import Names
from integrations.desk.foreseen_words import ProjectNames
from integrations.desk.shared_requests import Together
from integrations.engine import clients, heartbeats
from integrations.engine.projects.foreseeing import Foreseen, ProjectRehearser
from integrations.engine.rehearsal import Rehearsal, Rehearser
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.models import Integration, Preview, PreviewRow, Record, TargetBill, VendorSides, VendorStep, Work
from integrations.money import figure
from integrations.pairs import pair
from integrations.pairs.flow import Keeps
from integrations.pairs.xero_procore import BILLS, ORDERS
from integrations.places import WORK_PLACES
from integrations.systems.protocols import ProjectBooks

logger = logging.getLogger("counterfoil.engine")
CHUNK = 100
LOOKED_AT = (Work.WAITING, Work.HELD, Work.APPROVAL)
# A place of its own: what would be sent is in none of A99's places yet.
WOULD_BE_SENT = "would-be-sent"
CREATES = (VendorStep.CREATE_IN_TARGET, VendorStep.CREATE_IN_SOURCE)
MOST_VENDORS = 200
NEW_VENDOR = "new-vendor"
# Twice what a task may take.
WAITS_AT_MOST = timedelta(minutes=10)
WAITS_FOR = {
    "missing-vendor": "to be linked or created",
    "ambiguous-vendor": "to be linked or created",
    "missing-payee": "to be linked",
    NEW_VENDOR: "to be created, if it is not found there",
}
NOT_MADE = (
    "The preview could not be made: an error in Counterfoil itself. Nothing was changed. "
    "Your operator finds what happened in the log."
)
NOT_TRANSLATED = "It could not be translated: internal error. A run would hold it."
Missing = dict[tuple[str, str], int]  # how many documents wait for a vendor, by name and what is to be done


def ask(integration: Integration, by: User) -> Preview:
    """A new preview, waiting for a worker; one that waits or works already is handed back instead."""
    with transaction.atomic():
        Integration.objects.select_for_update().only("pk").get(pk=integration.pk)
        under_way = Preview.objects.filter(integration=integration, finished_at=None).order_by("-pk").first()
        if under_way is not None and _goes_on(under_way):
            return under_way
        made = Preview.objects.create(integration=integration, asked_by=by)
        log("integration.preview_asked", Subject("integration", integration.pk, integration.name), actor=by)
        async_task("integrations.tasks.make_preview", made.pk)
    return made


def _goes_on(preview: Preview) -> bool:
    """Whether it waits for a worker, or one is at it; of one whose worker was killed nothing more comes."""
    if timezone.now() - preview.asked_at < WAITS_AT_MOST:
        return True
    return heartbeats.fresh(f"preview {preview.integration_id}", WAITS_AT_MOST.total_seconds())


def make(preview_id: int) -> None:
    """What a worker does: every record that waits or is held, chunk by chunk, with its progress."""
    preview = Preview.objects.select_related("integration__source", "integration__target__books").get(pk=preview_id)
    if preview.finished_at is not None:
        return
    preview.rows.all().delete()  # a worker that died may have left some
    try:
        _make(preview)
    except CounterfoilError as error:
        preview.failure = f"{sentence(error)} Nothing was changed."[:500]
    except Exception:
        logger.exception("preview %s", preview.pk)
        preview.failure = NOT_MADE
    preview.finished_at = timezone.now()
    preview.save(update_fields=["finished_at", "failure", "done", "total", "vendors"])
    Preview.objects.filter(integration=preview.integration, pk__lt=preview.pk).delete()


def has_lapsed(preview: Preview) -> bool:
    """A run that began after it was asked for has changed what it shows."""
    latest = preview.integration.runs.aggregate(latest=Max("started_at"))["latest"]
    return latest is not None and latest > preview.asked_at


def _make(preview: Preview) -> None:
    integration = preview.integration
    documents = [flow.slug for flow in pair(integration.pair).flows]  # vendors have a table of their own, and a page
    records = Record.objects.filter(integration=integration, flow__in=documents, work__in=LOOKED_AT)
    preview.total, preview.done = records.count(), 0
    preview.save(update_fields=["total", "done"])
    missing: Missing = {}
    if pair(integration.pair).keeps is Keeps.PROJECTS:
        with clients.client(integration.target, urgent=True) as opened:
            _make_of_projects(preview, records, cast(ProjectBooks, opened), missing)
    else:
        _make_of_a_ledger(preview, records, missing)
    preview.vendors = _vendors(integration, missing)


def _make_of_a_ledger(preview: Preview, records: "QuerySet[Record]", missing: Missing) -> None:
    integration = preview.integration
    names = Names.of(integration)
    for flow in sorted(set(records.values_list("flow", flat=True).order_by())):
        rehearser = Rehearser.load(integration, flow)
        for chunk in _chunks(records.filter(flow=flow)):
            rows = [_row(preview, record, _rehearsed(rehearser, record), names, missing) for record in chunk]
            _add(preview, rows)


def _make_of_projects(preview: Preview, records: "QuerySet[Record]", target: ProjectBooks, missing: Missing) -> None:
    """Orders before bills and oldest first, as a run has them: what comes before takes of budgets and orders."""
    rehearser, names = ProjectRehearser.load(preview.integration, target), ProjectNames(preview.integration, target)
    for flow in (ORDERS.slug, BILLS.slug):
        keys = list(records.filter(flow=flow).order_by("document_date", "pk").values_list("pk", flat=True))
        for start in range(0, len(keys), CHUNK):
            found = records.filter(pk__in=keys[start : start + CHUNK]).select_related("document", "integration")
            chunk = list(found.order_by("document_date", "pk"))
            _add(preview, _rows_of_projects(preview, chunk, rehearser, names, missing))


def _add(preview: Preview, rows: list[PreviewRow]) -> None:
    PreviewRow.objects.bulk_create(rows)
    preview.done += len(rows)
    preview.save(update_fields=["done"])
    heartbeats.beat(f"preview {preview.integration_id}")


def _rows_of_projects(
    preview: Preview, chunk: Sequence[Record], rehearser: ProjectRehearser, names: ProjectNames, missing: Missing
) -> list[PreviewRow]:
    """What a run takes beside each other goes in requests that are shared."""
    foreseen = {record.pk: _foreseen(rehearser, record) for record in chunk}
    together = Together([(record, found) for record in chunk if (found := foreseen[record.pk]) is not None])
    return [_row_of_project(preview, each, foreseen[each.pk], names, missing, together) for each in chunk]


def _foreseen(rehearser: ProjectRehearser, record: Record) -> Foreseen | None:
    """None where it cannot be foreseen."""
    try:
        return rehearser.rehearse(record)
    except CounterfoilError:
        raise  # the connection's trouble, not this record's
    except Exception:
        logger.exception("preview of record %s", record.pk)
        return None


def _row_of_project(
    preview: Preview, record: Record, found: Foreseen | None, names: ProjectNames, missing: Missing, together: Together
) -> PreviewRow:
    row = PreviewRow(preview=preview, record=record, currency=record.currency, total=record.amount)
    if found is None:
        row.place, row.why = "held", NOT_TRANSLATED
        return row
    _miss(found.reason, record, missing)
    if found.new_vendor:
        _miss(NEW_VENDOR, record, missing)
    row.place = WOULD_BE_SENT if found.writes else WORK_PLACES.get(Work(found.work), "waiting")
    row.why = found.why
    row.document = foreseen_words.said(record, found, names, together)
    total = foreseen_words.total_of(found)
    row.total = record.amount if total is None else total
    return row


def _miss(reason: str, record: Record, missing: Missing) -> None:
    if reason in WAITS_FOR:
        who = record.vendor_name, WAITS_FOR[reason]
        missing[who] = missing.get(who, 0) + 1


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


def _row(preview: Preview, record: Record, found: Rehearsal | None, names: Names, missing: Missing) -> PreviewRow:
    row = PreviewRow(preview=preview, record=record, currency=record.currency, total=record.amount)
    if found is None:
        row.place, row.why = "held", NOT_TRANSLATED
        return row
    _miss(found.reason, record, missing)
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


def _vendors(integration: Integration, missing: Missing) -> list[dict[str, Any]]:
    """Those that the next run would create, and those that documents wait for."""
    made = VendorSides.objects.filter(integration=integration, step__in=CREATES)
    created = made.order_by("record__vendor_name").values_list("record__vendor_name", "step")[:MOST_VENDORS]
    found = [{"name": name, "what": VendorStep(step).label, "waiting": 0} for name, step in created]
    waiting = sorted(missing.items(), key=lambda item: (-item[1], item[0]))[:MOST_VENDORS]
    return found + [{"name": name, "what": what, "waiting": count} for (name, what), count in waiting]
