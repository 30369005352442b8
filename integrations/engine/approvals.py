"""What people decided about a record, as translation asks for it: bound to exactly what will be posted (A92).

Many holds come before it is known what would be posted. So a decision lets a record pass provisionally, and when the
bill is made, everything that was leaned on is held against it: other content means that the decision has lapsed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from integrations.documents import Bill
from integrations.engine.decision_kinds import (
    APPROVAL,
    CHOOSE_LINE,
    EXCLUDE,
    LINK,
    LINK_ORDER,
    NOT_PROJECT_COST,
    POST_BESIDE,
    REDATE,
    REJECT,
    kind_of,
)
from integrations.models import Decision, Record
from integrations.pairs.flow import Hold
from integrations.source_documents import SupplierBill

OF_THE_SOURCE = frozenset({EXCLUDE, LINK, REJECT, LINK_ORDER, CHOOSE_LINE, NOT_PROJECT_COST})
"""Decided on what the source says: nothing is posted, so no table row can change it."""
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def source_content(document: Any) -> str:
    """The hash of what a source document says; a new version, or a payment, that changes nothing is the same (A38)."""
    if isinstance(document, SupplierBill):
        document = document.as_unpaid
    summary = getattr(document, "summary", None)
    if summary is not None:
        document = replace(document, summary=replace(summary, version="", modified_at=_NO_TIME))
    return hashlib.sha256(repr(document).encode()).hexdigest()


def posting_content(bill: Bill) -> str:
    """The hash of what will be posted: vendor, number, dates, currency and every booked line (A92).

    Lines of text book nothing: that a bill was paid meanwhile takes no approval back (A38).
    """
    bill = replace(bill, lines=tuple(line for line in bill.lines if not line.is_text))
    return hashlib.sha256(repr(bill).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Leaned:
    """A hold that a decision let pass, for as long as the content turns out to be the one it was taken on."""

    hold: Hold
    decision: Decision


@dataclass
class Approved:
    """The decisions about one record, taken and still open, newest first."""

    decisions: Sequence[Decision] = ()
    leaned: list[Leaned] = field(default_factory=list)

    def lets_pass(self, hold: Hold) -> bool:
        """Whether a person decided that this may go on. An open question counts, until `open_question` asks for it."""
        for decision in self.decisions:
            if decision.approved is not False and hold.reason in kind_of(decision.kind).lets_pass:
                self.leaned.append(Leaned(hold, decision))
                return True
        return False

    def choice(self, kind: str) -> Mapping[str, Any] | None:
        """What exactly was chosen: the date of a `redate`, for example; None where nobody did."""
        chosen = (each.choice for each in self.decisions if each.kind == kind and each.approved is not False)
        return next(chosen, None)

    def approves(self, content: str) -> bool:
        """The approval that the rule asks for, taken on exactly this (A94: unchanged, it needs no second one).

        Posting beside and another date were decided by two people on the whole of it, so they are one as well.
        """
        kinds = (APPROVAL, POST_BESIDE, REDATE)
        approving = [decision for decision in self.decisions if decision.kind in kinds]
        return any(decision.pk is None or decision.in_force(content) for decision in approving)

    def stale(self, content: str) -> list[Leaned]:
        """What was leaned on although it was decided on other content."""
        taken = (each for each in self.leaned if each.decision.pk is not None)  # a rehearsal only assumes some
        return [each for each in taken if each.decision.content_hash != content]

    def void(self, content: str) -> list[Decision]:
        """Approvals that the rule asked for, taken on other content; what was posted with one keeps it (A92)."""
        taken = (each for each in self.decisions if each.pk is not None and each.kind == APPROVAL and each.approved)
        return [each for each in taken if each.content_hash != content]

    def open_question(self, content: str) -> Decision | None:
        """A second person's decision about exactly this is what is still missing."""
        asked = (each.decision for each in self.leaned if each.decision.is_pending)
        return next((decision for decision in asked if decision.content_hash == content), None)

    def about_source(self, source: str) -> Decision | None:
        """A rejection that stands, or an open wish to exclude, reject or link, of what the source still says (A96)."""
        return next((each for each in self._of_source() if each.content_hash == source), None)

    def outdated(self, source: str) -> list[Decision]:
        """Rejections and open wishes about what the source no longer says."""
        return [each for each in self._of_source() if each.content_hash != source]

    def unneeded(self) -> list[Decision]:
        """Open questions about holds that no longer arise."""
        leaned = {each.decision.pk for each in self.leaned}
        return [
            each
            for each in self.decisions
            if each.is_pending and kind_of(each.kind).lets_pass and each.pk not in leaned
        ]

    def _of_source(self) -> Iterable[Decision]:
        return (
            each
            for each in self.decisions
            if each.kind in OF_THE_SOURCE and (each.is_pending or (each.kind == REJECT and each.approved))
        )


def load(records: Sequence[Record]) -> dict[int, Approved]:
    """Of each record, in one query."""
    found: dict[int, list[Decision]] = {}
    standing = Decision.objects.filter(
        subject_kind="record", subject_id__in=[str(record.pk) for record in records], lapsed_at=None
    )
    for decision in standing.exclude(approved=False).order_by("-pk"):
        found.setdefault(int(decision.subject_id), []).append(decision)
    return {record.pk: Approved(found.get(record.pk, ())) for record in records}
