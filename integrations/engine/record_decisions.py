"""What people decide about records: approve, reject, exclude, include again, post beside, post on another date.

Every function takes the records and who asks, and returns what became of each, in words. What would be posted is
rehearsed first, and the decision is bound to exactly that (A92).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from audit.trail import log_many
from integrations.days import in_full
from integrations.engine import approval_rule, decisions, hands, trail
from integrations.engine.approvals import OF_THE_SOURCE
from integrations.engine.decision_kinds import (
    EXCLUDE,
    NOT_PROJECT_COST,
    OVER_BUDGET,
    POST_BESIDE,
    REDATE,
    REJECT,
    kind_of,
)
from integrations.engine.projects import over_budget
from integrations.engine.projects.rehearsing import ProjectReader
from integrations.engine.rehearsal import Rehearsal, Rehearser
from integrations.engine.release import STOPPED, Result, allowed, each, is_vendor, let_go
from integrations.engine.translation import waits_for
from integrations.hold_reasons import Action, label_of
from integrations.models import Decision, FourEyesError, Gap, Record, SourceDocument, Work
from integrations.pairs.flow import Translation

NOT_NOW = "is being checked in the target right now; nothing was changed."
CHANGED = "has changed since you looked: look at it again."
Rehearsers = dict[tuple[int, str], Rehearser]


def exclude(records: Iterable[Record], by: User, reason: str) -> Result:
    """Never post this one. What already stands in the target stays there (A96)."""
    return _with_reason(records, reason, lambda record, known: _exclude(record, by, reason.strip(), known))


def reject(records: Iterable[Record], by: User, reason: str) -> Result:
    """Not to be posted as it is: it comes back for a new decision only when its source says something else (A96)."""
    return _with_reason(records, reason, lambda record, known: _reject(record, by, reason.strip(), known))


def include(records: Iterable[Record], by: User, reason: str) -> Result:
    """Let what a person excluded be posted after all (E18)."""
    return _with_reason(records, reason, lambda record, _: _include(record, by, reason.strip()))


def approve(records: Iterable[Record], by: User, reason: str, shown: Mapping[int, str] | None = None) -> Result:
    """Let exactly this content go on although its hold reason stands; nobody approves their own work (A95).

    `shown` is what of each record the person had before their eyes, as `contents` says; anything else is not approved.
    """
    seen = shown or {}
    records = list(records)
    over = [record for record in records if record.hold_reason == OVER_BUDGET]
    rest = [record for record in records if record.hold_reason != OVER_BUDGET]
    done = [(record, over_budget.approve(record, by, reason)) for record in over]
    return done + _with_reason(
        rest, reason, lambda record, known: _approve(record, by, reason.strip(), known, seen.get(record.pk, ""))
    )


def contents(records: Iterable[Record], kind: str = "") -> dict[int, str]:
    """What a decision of this kind, or the approval that each is held for, would be bound to now (A92)."""
    known: Rehearsers = {}
    rehearsed = {
        record.pk: _rehearsed(record, known, kind or record.hold_reason, {})[0]
        for record in records
        if not is_vendor(record)
    }
    return {pk: seen.content for pk, seen in rehearsed.items() if seen.content}


def post_beside(records: Iterable[Record], by: User, reason: str, shown: Mapping[int, str] | None = None) -> Result:
    """Ask to post it although something that looks like it stands already: always a second person's decision (A93)."""
    seen = shown or {}
    return _with_reason(
        records,
        reason,
        lambda record, known: _ask(
            record, by, reason, known, POST_BESIDE, Action.POST_BESIDE, {}, seen.get(record.pk, "")
        ),
    )


def redate(records: Iterable[Record], by: User, reason: str, day: date) -> Result:
    """Ask to post it on another date than its own, which lies in a closed period (A63)."""

    def ask(record: Record, known: Rehearsers) -> str:
        locked = record.integration.target.locked_until
        if locked is not None and day <= locked:
            return f"cannot be posted on {in_full(day)}: the books are closed until {in_full(locked)}."
        choice = {"date": day.isoformat(), "written": record.document_date and record.document_date.isoformat()}
        return _ask(record, by, reason, known, REDATE, Action.REDATE, choice)

    return _with_reason(records, reason, ask)


def source_hash(record: Record, known: Rehearsers | None = None) -> str:
    """What wishes to exclude, reject or link are bound to: what the source says."""
    if is_vendor(record):
        return record.document.summary_fingerprint
    return _rehearser(record, known).translator.source_of(record)


def posting_date(record: Record) -> date | None:
    """The day the source itself wants it in the ledger, where it says so (A63)."""
    return _rehearser(record, None).translator.posting_date(record)


def stops(decision: Decision) -> bool:
    """Whether the record itself waits for this decision; drift, for one, is decided beside the record."""
    return decision.kind in OF_THE_SOURCE or bool(kind_of(decision.kind).lets_pass - {OVER_BUDGET})


def wait_for_second_person(record: Record, decision: Decision) -> str:
    """The record waits until somebody else decides; the answer says so, and when there is nobody (A95)."""
    Record.objects.filter(pk=record.pk).update(
        work=Work.APPROVAL, hold_reason="second-person", explanation=waits_for(decision), changed_at=timezone.now()
    )
    if not decisions.others_who_could(decision).exists():
        return "waits for a second person, but nobody else here may decide it. An administrator can give the role."
    return "waits for a second person."


def go_on(decision: Decision) -> None:
    """After the second person's decision: translated again, and held again where the answer was no."""
    record = Record.objects.select_related("document", "integration").get(pk=decision.subject_id)
    said = "approved" if decision.approved else "refused" if decision.approved is False else "no longer asked for"
    let_go([record], f"{kind_of(decision.kind).label}: {said}", decision.decided_by)


def common(record: Record) -> dict[str, Any]:
    """What every decision about a record carries."""
    return {
        "integration": record.integration,
        "label": trail.subject(record).label,
        "amount": record.amount,
        "currency": record.currency,
    }


def _with_reason(records: Iterable[Record], reason: str, act: Callable[[Record, Rehearsers], str]) -> Result:
    if not reason.strip():
        return [(record, "needs a reason.") for record in records]
    known: Rehearsers = {}
    return each(records, lambda record: act(record, known))


def _rehearser(record: Record, known: Rehearsers | None) -> Rehearser:
    key = (record.integration_id, record.flow)
    if known is None:
        return Rehearser.load(record.integration, record.flow)
    if key not in known:
        known[key] = Rehearser.load(record.integration, record.flow)
    return known[key]


# Excluding, rejecting, including again


def _exclude(record: Record, by: User, reason: str, known: Rehearsers) -> str:
    if record.work in (Work.POSTING, Work.DOUBT):
        return NOT_NOW
    if record.work in (Work.DONE, Work.EXCLUDED_PERSON):
        return "is not waiting for anything."
    if record.work in STOPPED and not allowed(record, Action.EXCLUDE):
        return f"cannot be excluded while it is held as “{label_of(record.hold_reason)}”."
    return _remove(record, by, reason, EXCLUDE, known)


def _reject(record: Record, by: User, reason: str, known: Rehearsers) -> str:
    if record.work not in STOPPED:
        return "was already handled by someone else."
    if record.hold_reason == "second-person":
        return _answer(record, by, False, reason)
    if not allowed(record, Action.APPROVE):
        return f"cannot be rejected while it is held as “{label_of(record.hold_reason)}”: exclude it."
    return _remove(record, by, reason, REJECT, known)


def _remove(record: Record, by: User, reason: str, kind: str, known: Rehearsers) -> str:
    """At once below the approval threshold; above it a second person takes it out of sight (A96)."""
    source = source_hash(record, known)
    if decisions.takes_two() and approval_rule.takes_two(record):
        decision = decisions.ask(kind, "record", record.pk, source, by, reason, {}, **common(record))
        return wait_for_second_person(record, decision)
    decision = decisions.record(kind, "record", record.pk, source, by, reason, **common(record))
    take_out(decision)
    return "rejected." if kind == REJECT else "excluded."


def take_out(decision: Decision) -> None:
    """Carry out an exclusion or a rejection that was decided."""
    record = Record.objects.select_related("document").get(pk=decision.subject_id)
    by = decision.asked_by or decision.decided_by
    reason = decision.asked_because or decision.reason
    word = "Rejected by " if decision.kind == REJECT else ""
    before = Work(record.work).label
    Record.objects.filter(pk=record.pk).exclude(work__in=[Work.POSTING, Work.DOUBT]).update(
        work=Work.EXCLUDED_PERSON, hold_reason="", explanation=f"{word}{by}: {reason}", changed_at=timezone.now()
    )
    Gap.objects.filter(record=record, closed_at=None).update(closed_at=timezone.now())
    over_budget.no_longer_asked(record, "It is not to be posted any more.")
    name = "record.rejected" if decision.kind == REJECT else "record.excluded"
    log_many([trail.event_by(name, record, decision.decided_by, {"reason": reason, "before": before})])


def _include(record: Record, by: User, reason: str) -> str:
    if record.work != Work.EXCLUDED_PERSON:
        return "is not excluded by a person."
    taken = Decision.objects.about("record", record.pk).filter(approved=True, lapsed_at=None)
    if taken.filter(kind=REJECT).exists():
        return "was rejected: it comes back by itself when its source changes."
    for decision in taken.filter(kind__in=(EXCLUDE, NOT_PROJECT_COST)):
        decisions.lapse(decision, f"{by.get_username()} included it again: {reason}")
    Record.objects.filter(pk=record.pk).update(
        work=Work.WAITING, hold_reason="", explanation="", changed_at=timezone.now()
    )
    SourceDocument.objects.filter(pk=record.document_id).update(detail_due=True, detail_not_before=None)
    log_many([trail.event_by("record.included", record, by, {"reason": reason})])
    return "will be read and translated on the next run."


# Approving


def _approve(record: Record, by: User, reason: str, known: Rehearsers, shown: str) -> str:
    if record.work not in STOPPED:
        return "was already handled by someone else."
    if record.hold_reason == "second-person":
        return _answer(record, by, True, reason)
    if not allowed(record, Action.APPROVE):
        return f"cannot be approved while it is held as “{label_of(record.hold_reason)}”: mend the cause."
    kind = record.hold_reason
    seen, refusal = _rehearsed(record, known, kind, {})
    if refusal:
        return f"cannot be approved: {refusal}"
    if shown not in ("", seen.content):
        return CHANGED
    try:
        decisions.record(kind, "record", record.pk, seen.content, by, reason, kept_out=_hands(seen), **common(record))
    except FourEyesError as error:
        return f"is not approved. {error.messages[0]}"
    log_many([trail.event_by("record.approved", record, by, {"reason": reason, "hold": kind})])
    let_go([record], f"approved: {reason}", by)
    return "approved."


def _ask(
    record: Record, by: User, reason: str, known: Rehearsers, kind: str, action: Action, choice: Mapping[str, Any],
    shown: str = "",
) -> str:  # fmt: skip
    """Rehearse it as if it were decided, and ask for somebody else's decision on exactly that (A92)."""
    if record.work != Work.HELD:
        return "was already handled by someone else."
    if not allowed(record, action):
        return f"cannot be handled this way while it is held as “{label_of(record.hold_reason)}”."
    seen, refusal = _rehearsed(record, known, kind, choice)
    if refusal:
        return f"cannot be posted yet: {refusal}"
    if shown not in ("", seen.content):
        return CHANGED
    bound = {"kept_out": _hands(seen), **common(record)}
    decision = decisions.ask(kind, "record", record.pk, seen.content, by, reason, choice, **bound)
    return wait_for_second_person(record, decision)


def _rehearsed(record: Record, known: Rehearsers, kind: str, choice: Mapping[str, Any]) -> tuple[Rehearsal, str]:
    """What would be posted with this decision, and why nothing would be."""
    reader = _rehearser(record, known).translator
    if isinstance(reader, ProjectReader):
        found = reader.approvable(record, kind)
        used = Translation(None, used=found.used)
        seen = Rehearsal(record, None, "", "", content=found.content, translation=used, chose=found.chose)
        return seen, found.refusal
    assumed = Decision(kind=kind, choice=dict(choice), approved=True, subject_kind="record", subject_id=str(record.pk))
    seen = _rehearser(record, known).rehearse(record, [assumed])
    if seen.action is not None or (seen.bill is not None and seen.outcome == Work.APPROVAL.label):
        return seen, ""
    return seen, seen.why or f"it would be {seen.outcome}."


def _hands(seen: Rehearsal) -> set[int]:
    return hands.of(seen, seen.created_by)


def _answer(record: Record, by: User, approve: bool, reason: str) -> str:
    """The second person's answer to everything that is open about this record, from its page or the list."""
    open_questions = [each for each in decisions.pending("record", record.pk) if stops(each)]
    if not open_questions:
        return "was already handled by someone else."
    said = ""
    for decision in open_questions:
        if approve and (why := decisions.why_not(by, decision)):
            return f"is not approved. {why}"
        said = decisions.decide(decision, by, approve, reason)
    return said


# What follows from decisions that took two


def _content(decision: Decision) -> str:
    record = Record.objects.select_related("document", "integration").filter(pk=decision.subject_id).first()
    if record is None:
        return ""
    if decision.kind in (EXCLUDE, REJECT):
        return source_hash(record)
    return _rehearser(record, None).rehearse(record, [decision]).content


def _hands_now(decision: Decision) -> Sequence[int]:
    record = Record.objects.select_related("document", "integration").filter(pk=decision.subject_id).first()
    return sorted(_hands(_rehearser(record, None).rehearse(record, [decision]))) if record else []


def register() -> None:
    for kind in (EXCLUDE, REJECT):
        decisions.register(kind, approved=take_out, refused=go_on, content=_content)
    for kind in (POST_BESIDE, REDATE):
        decisions.register(kind, approved=go_on, refused=go_on, content=_content, hands=_hands_now)
