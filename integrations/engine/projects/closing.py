"""Where an order is left when its walk ends, and every sentence that says why it could not go on."""

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.engine import bulk, evidence, trail
from integrations.engine.projects import budgets, ending, standing, written
from integrations.models import BudgetCheck, Flag, Posting, SourceDocument, Work
from integrations.money import figure
from integrations.pairs.xero_procore import budget, orders
from integrations.pairs.xero_procore.terms import BudgetBy
from integrations.project_documents import Commitment, CommitmentStatus, StoredCommitment

if TYPE_CHECKING:
    from integrations.engine.projects.commitments import Walk

Refusal = tuple[str, str]


def fingerprint(stored: StoredCommitment) -> str:
    """What people would change of it there; its status moves on by itself."""
    lines = sorted((line.origin, line.line_id, line.code, str(line.amount.normalize())) for line in stored.lines or ())
    facts = (stored.number, stored.vendor, str(stored.total.normalize()), lines)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def touched(posting: Posting | None, stored: StoredCommitment) -> bool:
    """Whether somebody worked on it since we left it."""
    left = posting.stored_fingerprint if posting is not None else ""
    return bool(left) and left != fingerprint(stored)


def differs(wanted: Commitment, stored: StoredCommitment) -> bool:
    """Compared to the cent, line by line and in all."""
    there = {line.origin: (line.code, line.amount) for line in stored.lines or ()}
    ours = {line.origin: (line.code, line.amount) for line in wanted.lines}
    return there != ours or stored.total != wanted.total or stored.vendor != wanted.vendor


def hold(walk: "Walk", reason: str, explanation: str) -> None:
    ending.hold(walk.slice_, walk.record, reason, explanation)


def gone(walk: "Walk") -> Refusal:
    label = walk.slice_.integration.target.label
    return "removed-in-target", f"Commitment {walk.record.number} was removed in {label}."


def moved(walk: "Walk", stored: StoredCommitment) -> Refusal:
    said = f"Order {walk.record.number} is for another project now, and its commitment stands in"
    return "changed-after-posting", f"{said} {walk.terms.project_name(stored.project)}. Close that one by hand."


def changed_there(walk: "Walk", stored: StoredCommitment) -> Refusal:
    label, wanted = walk.slice_.integration.target.label, walk.plan.wanted
    said = [f"Commitment {stored.number} in {label} is {stored.status_word.lower()} and no longer as we wrote it."]
    if wanted is not None and wanted.total != stored.total:
        here = f"{figure(wanted.total)} {wanted.currency} at the source now"
        said.append(f"total: {here}, {figure(stored.total)} in {label}.")
    return "changed-after-posting", "\n".join(said)


def billed(walk: "Walk", stored: StoredCommitment) -> Refusal | None:
    """We write no change orders; another code by a changed table alone is no change of the order (A39, A83)."""
    wanted, posted = walk.plan.wanted, written.last(walk.record)
    if wanted is None or posted is None:
        return changed_there(walk, stored)
    if orders.content(wanted) == orders.content(posted):
        return None
    said = f"Order {wanted.number} changed from {figure(posted.total)} to {figure(wanted.total)} {wanted.currency}"
    return "changed-after-posting", (
        f"{said}, and {figure(stored.invoiced)} of its commitment is billed already. "
        "Change the commitment by a change order, by hand."
    )


def not_to_be_withdrawn(walk: "Walk", stored: StoredCommitment) -> Refusal | None:
    if stored.removed or stored.status is CommitmentStatus.CLOSED:
        return None
    label = walk.slice_.integration.target.label
    if stored.invoiced or stored.paid:
        said = f"{figure(stored.invoiced)} of its commitment in {label} is billed"
        return "withdrawn-after-posting", f"{walk.plan.why} {said}. Close the commitment by hand."
    if touched(walk.posting, stored):
        said = f"Its commitment in {label} was changed there since we wrote it"
        return "withdrawn-after-posting", f"{walk.plan.why} {said}. Close or keep it by hand."
    return None


def not_as_sent(walk: "Walk") -> Refusal:
    wanted, stored = walk.plan.wanted, walk.stored
    label = walk.slice_.integration.target.label
    assert wanted is not None
    stands = f"stands at {figure(stored.total)}" if stored is not None else "is not there"
    return "rejected-by-target", (
        f"Read back, commitment {wanted.number} {stands} in {label}, and it was sent with {figure(wanted.total)} "
        f"{wanted.currency}. Compare its lines there; release the record to write them again."
    )


def done(walk: "Walk", *, wrote: bool, as_it_is: bool = False) -> None:
    """It stands as it should, or `as_it_is`: as it was written once, which is not to be changed any more."""
    posting, wanted, stored, slice_ = walk.posting, walk.plan.wanted, walk.stored, walk.slice_
    with transaction.atomic():
        slice_.fence()
        if posting is None or wanted is None:
            ending.leave(walk.record, Work.WITHDRAWN if wanted is None else Work.DONE, "", walk.plan.why)
            return
        events: list[Event] = []
        if stored is not None:
            standing.stand(slice_, posting, stored)
            posting.sent_fingerprint, posting.stored_fingerprint = walk.plan.content, fingerprint(stored)
            posting.source_total, posting.document_date = wanted.total, wanted.date
            posting.save()
            if not as_it_is:
                events.append(_stands(walk, wanted, stored))
            if not as_it_is:
                amounts = budget.needed(wanted, BudgetBy.CODE)
                target = slice_.integration.target
                budgets.keep(walk.record, target, wanted.project, amounts, stored.status)
        BudgetCheck.objects.filter(record=walk.record).delete()
        evidence.keep_rows([(posting, walk.plan.used)])
        events += _flag(walk)
        ending.leave(walk.record, Work.DONE if _is_current(walk) else Work.WAITING, "", "")
        slice_.run.posted += wrote
        log_many(events)


def withdrawn(walk: "Walk") -> None:
    """Nothing of it stands any more."""
    label = walk.slice_.integration.target.label
    with transaction.atomic():
        walk.slice_.fence()
        if walk.posting is not None and walk.posting.target_id:
            standing.gone(walk.slice_, walk.posting)
            walk.posting.stored_fingerprint = ""
            if walk.stored is not None:
                walk.posting.status_word = walk.stored.status_word
            walk.posting.save()
            action = "commitment.closed" if walk.stored is not None else "commitment.removed"
            log_many([trail.event(action, walk.record, target=label, why=walk.plan.why)])
        walk.record.reservations.all().delete()
        ending.leave(walk.record, Work.WITHDRAWN, "", walk.plan.why)


def _stands(walk: "Walk", wanted: Commitment, stored: StoredCommitment) -> Event:
    return trail.event(
        "commitment.stands",
        walk.record,
        target=walk.slice_.integration.target.label,
        number=stored.number,
        total=stored.total,
        currency=wanted.currency,
        status=stored.status_word,
        target_id=stored.target_id,
        commitment=asdict(wanted),
        people=walk.plan.people,
        rows=walk.plan.used,
    )


def _flag(walk: "Walk") -> list[Event]:
    now, record = timezone.now(), walk.record
    flags = [
        Flag(record=record, kind=note.kind, explanation=note.message[:500], opened_at=now) for note in walk.plan.notes
    ]
    bulk.insert_unless_there(flags)
    return [trail.event("record.flagged", record, kind=flag.kind, explanation=flag.explanation) for flag in flags]


def _is_current(walk: "Walk") -> bool:
    """A source that changed between translation and the last answer is translated again."""
    read = SourceDocument.objects.filter(pk=walk.record.document_id).values_list("detail_fingerprint", "detail_due")
    fingerprint_now, due = read.get()
    return not due and fingerprint_now == walk.record.content_version
