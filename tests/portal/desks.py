"""A company's records in every state, for the pages that show them."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from audit.trail import log_many
from integrations.engine import trail
from integrations.models import (
    Flag,
    Gap,
    Integration,
    Posting,
    Record,
    Request,
    RequestLine,
    SourceDocument,
    Standing,
    Work,
)


def a_held_record(integration: Integration, number: str, **more: Any) -> Record:
    """Held for an account that no table has, unless said otherwise."""
    document = SourceDocument.objects.create(
        connection=integration.source, feed="purchase-orders", source_id=f"id-{number}", number=number, detail_due=False
    )
    values: dict[str, Any] = {
        "work": Work.HELD,
        "hold_reason": "missing-mapping",
        "explanation": "Account code 6400 on “Hex bolts” has no account.",
        "vendor_name": "Brass & Bolt",
        "currency": "USD",
        "amount": Decimal("1250.50"),
        "document_date": date(2026, 3, 2),
        **more,
    }
    record = Record.objects.create(
        integration=integration,
        flow="purchase-orders",
        document=document,
        number=number,
        changed_at=timezone.now(),
        **values,
    )
    log_many([trail.event("record.held", record, reason="missing mapping", explanation=record.explanation)])
    return record


def lacking(record: Record, table: str, *parts: str, label: str = "Account code 6400 has no account") -> Gap:
    key = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return Gap.objects.create(record=record, table=table, key=key, label=label, opened_at=timezone.now())


def flagged(record: Record, kind: str = "total-differs") -> Flag:
    return Flag.objects.create(record=record, kind=kind, explanation="One cent.", opened_at=timezone.now())


def posted(record: Record, standing: Standing = Standing.DRAFT, **more: Any) -> Posting:
    """What stands in the target, with the write that put it there on its second attempt."""
    values = {
        "reference": f"o1-{record.document.source_id}",
        "target_id": f"target-{record.pk}",
        "number": record.number,
        "currency": record.currency,
        "source_total": record.amount,
        "target_total": record.amount,
        **more,
    }
    target = record.integration.target
    posting = Posting.objects.create(record=record, connection=target, kind="bill", standing=standing, **values)
    now = timezone.now()
    for attempt, outcome in ((1, "unknown"), (2, "done")):
        request = Request.objects.create(
            connection=target,
            template="/Invoices",
            method="PUT",
            body_hash="h",
            key=f"{record.pk}-{attempt}",
            intended_at=now,
            settles_at=now,
            outcome=outcome,
        )
        RequestLine.objects.create(
            request=request,
            posting=posting,
            step="create",
            content_version="v",
            attempt=attempt,
            outcome=outcome,
            expected_total=record.amount,
        )
    return posting
