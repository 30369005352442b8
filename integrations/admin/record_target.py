"""The target's side of a record's page, line by line: what was sent, or what would be sent with today's tables."""

import logging
from typing import Any

from integrations.desk import bill_words
from integrations.desk.bill_words import Names
from integrations.engine.approvals import posting_content
from integrations.engine.rehearsal import Rehearsal, rehearse
from integrations.models import Posting, Record, Standing, TargetBill, Work
from integrations.money import figure

logger = logging.getLogger("counterfoil.pages")
LIVE = (Standing.DRAFT, Standing.LEDGER)


def context(record: Record) -> dict[str, Any]:
    """`says` is how the lines below it came about; no lines where translation stopped before there were any."""
    posting = record.postings.exclude(target_id="").order_by("pk").first()
    found = _rehearsed(record)
    if found is None or found.bill is None:
        return {"record": record, "says": _nothing(record, found, posting), "bill": None, "differences": []}
    names = Names.of(record.integration)
    said = bill_words.said(found.bill, names)
    stands = posting is not None and posting.standing in LIVE
    as_sent = stands and posting is not None and posting.sent_fingerprint == posting_content(found.bill)
    differences = bill_words.differences(said, _stored(posting, names)) if posting is not None and stands else []
    return {"record": record, "says": _says(record, stands, as_sent), "bill": said, "differences": differences}


def _rehearsed(record: Record) -> Rehearsal | None:
    """None for vendors, and for a bug of ours that this record meets: the rest of its page is shown all the same."""
    if record.flow == "vendors":
        return None
    try:
        return rehearse(record)
    except Exception:
        logger.exception("the target's side of record %s", record.pk)
        return None


def _says(record: Record, stands: bool, as_sent: bool) -> str:
    if as_sent:
        return "Exactly this was sent."
    if stands:
        return "The source or a table has changed since it was sent; with today's tables it would be this."
    if record.work in (Work.HELD, Work.APPROVAL):
        return "Nothing was sent. Once it goes on, it would be this."
    if record.work == Work.WAITING and record.integration.trial:
        return "Trial mode: nothing is sent. It would be this."
    return "With today's tables it would be this."


def _nothing(record: Record, found: Rehearsal | None, posting: Posting | None) -> str:
    if found is None:
        return ""
    if posting is not None and posting.standing in LIVE:
        return (
            "It cannot be translated with today's tables, so its lines are not shown here; what stands is not changed."
        )
    return "It cannot be translated yet: what is missing stands above."


def _stored(posting: Posting, names: Names) -> bill_words.Said:
    """What our index last saw of it there; else what came back when it was written."""
    seen = TargetBill.objects.filter(connection=posting.connection_id, target_id=posting.target_id).first()
    if seen is None:
        return {"number": posting.number, "total": figure(posting.target_total)}
    return {
        "contact": names.contact(seen.contact),
        "number": seen.number,
        "date": str(seen.date or ""),
        "total": figure(seen.total),
    }
