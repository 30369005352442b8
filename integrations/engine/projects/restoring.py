"""Writing again what people changed of our commitments, where somebody asked for that (A42); bills go on elsewhere.

Exactly what we wrote last is walked to, as an order that changed would be: reopened, header and lines written, read
back and approved, within the budget. Whatever keeps it from being begun leaves the order as it was, and the flag waits
for another decision. A walk that was cut goes on as any other.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.trail import story
from integrations.engine import drift_decisions
from integrations.engine.projects import (
    abreast,
    bill_restoring,
    budgets,
    closing,
    edits,
    ending,
    open_lines,
    restorable,
    written,
)
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.projects.watching import content_of
from integrations.engine.slice import Slice
from integrations.flag_words import EDITED
from integrations.models import BudgetCheck, Flag, Posting, Record, Work
from integrations.pairs.xero_procore import BILLS
from integrations.pairs.xero_procore.documents import line_origin
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import Commitment, CommitmentStatus, StoredCommitment
from integrations.systems.protocols import ProjectBooks

AT_ONCE = 50
OURS = line_origin("")


@dataclass(frozen=True, slots=True)
class _Asked:
    flag: Flag
    record: Record
    posting: Posting


def restore(slice_: Slice, target: ProjectBooks, terms: ProjectTerms) -> None:
    """One by one, each to where it can go now."""
    for flag in _asked(slice_):
        with ending.alone(slice_, flag.record):
            if flag.record.flow == BILLS.slug:
                if not open_lines.unsettled(flag.record):
                    bill_restoring.restore(slice_, target, flag)
            else:
                _of_order(slice_, target, terms, flag)


def _asked(slice_: Slice) -> list[Flag]:
    """Of records at rest; a bill that waits for its correction there, too."""
    at_rest = Q(record__work__in=(Work.DONE, Work.WAITING)) | Q(
        record__flow=BILLS.slug, record__work=Work.HELD, record__hold_reason=restorable.DIFFERS
    )
    flags = Flag.objects.filter(at_rest, record__integration=slice_.integration, kind=EDITED, closed_at=None)
    flags = flags.exclude(record__not_before__gt=timezone.now())
    found = flags.select_related("record__document", "record__integration").order_by("pk")
    return [each for each in found if each.details.get("restore")][:AT_ONCE]


def _of_order(slice_: Slice, target: ProjectBooks, terms: ProjectTerms, flag: Flag) -> None:
    posting = restorable.posting_of(flag)
    if posting is not None and not posting.stored_fingerprint:
        return  # a walk that was cut, which ends where the order's own walk ends
    if posting is None:
        drift_decisions.settle(slice_, flag, "it no longer stands in the target.")
    elif not open_lines.unsettled(flag.record):
        _restore(slice_, target, terms, _Asked(flag, flag.record, posting))


def _restore(slice_: Slice, target: ProjectBooks, terms: ProjectTerms, asked: _Asked) -> None:
    found = target.commitments(asked.posting.project, [asked.posting.target_id])
    stored = found[0] if found else None
    if stored is not None and not stored.removed and not closing.touched(asked.posting, stored):
        drift_decisions.settle(slice_, asked.flag, "")  # put back by people, or by a walk that was cut
        return
    wanted = written.last(asked.record)
    if why := _refused(asked, stored, wanted):
        drift_decisions.settle(slice_, asked.flag, why)
        return
    assert stored is not None
    assert wanted is not None
    _count_what_stands(slice_, asked, stored)
    before = asked.posting.sent_fingerprint
    Record.objects.filter(pk=asked.record.pk, work=Work.DONE).update(work=Work.WAITING, changed_at=timezone.now())
    asked.record.refresh_from_db()
    abreast.carry_out(slice_, target, [_plan(asked, wanted)], terms)
    _afterwards(slice_, asked, before)


def _refused(asked: _Asked, stored: StoredCommitment | None, wanted: Commitment | None) -> str:
    """Why it cannot be written over as it stands now."""
    if stored is None or stored.removed:
        return "it no longer stands in the target."
    if stored.invoiced or stored.paid:
        return "it is billed or paid, in whole or in part."
    if stored.status is None or stored.status is CommitmentStatus.CLOSED:
        return f"it is {stored.status_word.lower()} there."
    if any(not line.origin.startswith(OURS) for line in stored.lines or ()):
        return "somebody's own line stands on it: take that away there first."
    if content_of(edits.of_commitment(asked.record.integration, asked.posting, stored)) != asked.flag.details.get(
        "fingerprint"
    ):
        return "it was changed again since."
    return "" if wanted is not None else "the trail does not hold what we wrote; release the order instead."


def _count_what_stands(slice_: Slice, asked: _Asked, stored: StoredCommitment) -> None:
    """Money that people took off the commitment is free for others, and has to be there again to be restored (A88)."""
    amounts: dict[str, Decimal] = {}
    for line in (each for each in stored.lines or () if each.code):
        amounts[line.code] = amounts.get(line.code, Decimal(0)) + line.amount
    with transaction.atomic():
        slice_.fence()
        budgets.keep(asked.record, slice_.integration.target, stored.project, amounts, stored.status)


def _plan(asked: _Asked, wanted: Commitment) -> OrderPlan:
    stood = story("record", asked.record.pk).filter(action=written.STANDS).reverse().first()
    rows = stood.details.get("rows", ()) if stood is not None else ()
    people = stood.details.get("people", ()) if stood is not None else ()
    return OrderPlan(
        asked.record, wanted, asked.posting.sent_fingerprint, used=tuple((row[0], row[1], row[2]) for row in rows),
        people=tuple(tuple(each) for each in people), restores=True,
    )  # fmt: skip


def _afterwards(slice_: Slice, asked: _Asked, before: str) -> None:
    record, posting = asked.record, Posting.objects.get(pk=asked.posting.pk)
    if record.work == Work.DONE:
        drift_decisions.settle(slice_, asked.flag, "")
    elif record.work == Work.HELD:
        why = record.explanation.partition("\n")[0]
        if posting.sent_fingerprint == before:  # nothing was begun, so it stands as people left it
            with transaction.atomic():
                slice_.fence()
                BudgetCheck.objects.filter(record=record).delete()
                ending.leave(record, Work.DONE, "", "")
        drift_decisions.settle(slice_, asked.flag, why)
