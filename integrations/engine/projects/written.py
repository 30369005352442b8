"""The commitment of an order as we wrote it last, read back from the trail's evidence (A105)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from audit.models import Entry
from audit.trail import story
from integrations.engine.projects import open_lines
from integrations.engine.projects.standing import COMMITMENT
from integrations.models import Posting, Record, Standing
from integrations.pairs.xero_procore.orders import ALONE, Around
from integrations.project_documents import Commitment, CommitmentLine

LIVE = (Standing.DRAFT, Standing.LEDGER)
STANDS, INTENDED = "commitment.stands", "step.intended"
ACTIONS = (STANDS, INTENDED)


def around(record: Record) -> Around:
    """What translating an order has to know: the commitment that stands for it, if one does.

    Whether bills stand against it is looked at live, before anything of it is changed.
    """
    stands = Posting.objects.filter(record=record, kind=COMMITMENT, standing__in=LIVE).exists()
    return Around(posted=last(record)) if stands or open_lines.unsettled(record) else ALONE


def last(record: Record) -> Commitment | None:
    """As it was left, or else as its first header was sent; None where nothing was ever written for it."""
    entries = story("record", record.pk)
    stood = list(entries.filter(action=STANDS).reverse()[:1])
    return last_in(stood or entries.filter(action=INTENDED))


def last_in(entries: Iterable[Entry]) -> Commitment | None:
    """As `last`, of entries that were read, oldest first."""
    told = list(entries)
    stood = next((each for each in reversed(told) if each.action == STANDS), None)
    if stood is not None:
        return _commitment(stood.details["commitment"])
    headers = (each for each in told if each.action == INTENDED and each.details["name"] == "header")
    header = next(headers, None)
    return _commitment(header.details["document"]["commitment"]) if header is not None else None


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
