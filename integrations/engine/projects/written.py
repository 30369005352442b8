"""The commitment of an order as we wrote it last, read back from the trail's evidence (A105)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from audit.trail import story
from integrations.engine.projects import steps
from integrations.engine.projects.standing import COMMITMENT
from integrations.models import Posting, Record, Standing
from integrations.pairs.xero_procore.orders import ALONE, Around
from integrations.project_documents import Commitment, CommitmentLine

LIVE = (Standing.DRAFT, Standing.LEDGER)


def around(record: Record) -> Around:
    """What translating an order has to know: the commitment that stands for it, if one does.

    Whether bills stand against it is looked at live, before anything of it is changed.
    """
    stands = Posting.objects.filter(record=record, kind=COMMITMENT, standing__in=LIVE).exists()
    return Around(posted=last(record)) if stands or steps.unsettled(record) else ALONE


def last(record: Record) -> Commitment | None:
    """As it was left, or else as its first header was sent; None where nothing was ever written for it."""
    entries = story("record", record.pk)
    for entry in entries.filter(action="commitment.stands").reverse()[:1]:
        return _commitment(entry.details["commitment"])
    for entry in entries.filter(action="step.intended"):
        if entry.details["name"] == "header":
            return _commitment(entry.details["document"]["commitment"])
    return None


def _commitment(told: Mapping[str, Any]) -> Commitment:
    lines = tuple(CommitmentLine(**{**line, "amount": Decimal(line["amount"])}) for line in told["lines"])
    delivery = told["delivery_date"]
    return Commitment(
        **{
            **told,
            "lines": lines,
            "total": Decimal(told["total"]),
            "date": date.fromisoformat(told["date"]),
            "delivery_date": date.fromisoformat(delivery) if delivery else None,
        }
    )
