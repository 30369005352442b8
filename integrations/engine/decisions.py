"""Asking for a decision, taking it, letting it lapse: one way for everything that people decide (E11).

Who owns a kind says with `register` what an approval sets in motion, what a refusal undoes, and what its subject's
content is now; a decision about anything else than that content has lapsed (A92).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import Subject, log
from integrations.engine.decision_kinds import kind_of
from integrations.models import Decision, FourEyesError, Integration, Record

CONTENT_CHANGED = "What it was about has changed."
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a decision, inside its transaction. `content` tells the hash of what stands to be decided.

    `instead` approves what takes more than that, as a look outside; it calls `take` when it may be approved.
    """

    approved: Callable[[Decision], None] | None = None
    refused: Callable[[Decision], None] | None = None
    content: Callable[[Decision], str] | None = None
    hands: Callable[[Decision], Iterable[int]] | None = None
    instead: Callable[[Decision, User, str], str] | None = None


_consequences: dict[tuple[str, str], Consequence] = {}


def register(
    kind: str,
    subject_kind: str = "",
    *,
    approved: Callable[[Decision], None] | None = None,
    refused: Callable[[Decision], None] | None = None,
    content: Callable[[Decision], str] | None = None,
    hands: Callable[[Decision], Iterable[int]] | None = None,
    instead: Callable[[Decision, User, str], str] | None = None,
) -> None:
    """Say what follows from decisions of this kind, about such a subject or about any that has none of its own.

    `hands` names the users who may not decide, besides who asked.
    """
    _consequences[kind, subject_kind] = Consequence(approved, refused, content, hands, instead)


def _follows(decision: Decision) -> Consequence:
    of_any = _consequences.get((decision.kind, ""), Consequence())
    return _consequences.get((decision.kind, decision.subject_kind), of_any)


def ask(
    kind: str,
    subject_kind: str,
    subject_id: int | str,
    content_hash: str,
    by: User | None,
    reason: str,
    choice: Mapping[str, Any] | None = None,
    *,
    integration: Integration | None = None,
    label: str = "",
    amount: Decimal | None = None,
    currency: str = "",
    kept_out: Iterable[int] = (),
) -> Decision:
    """Ask for somebody else's decision. Nothing acts until it is taken.

    Asked again about the same content with the same choice, it is the decision that is open already; an open one
    about anything else has lapsed. `by` is None where the portal asks by itself.
    """
    choice = dict(choice or {})
    with transaction.atomic():
        for earlier in Decision.objects.select_for_update().pending().about(subject_kind, subject_id).filter(kind=kind):
            if (earlier.content_hash, earlier.choice) == (content_hash, choice):
                return earlier
            lapse(earlier, "It was asked for again with other content.")
        decision = Decision.objects.create(
            kind=kind,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            integration=integration,
            label=label[:200],
            amount=amount,
            currency=currency,
            content_hash=content_hash,
            choice=choice,
            kept_out=sorted(set(kept_out)),
            asked_by=by,
            asked_because=reason.strip()[:500],
            second_person=settings.SECOND_PERSON,
        )
        log("decision.asked", _subject(decision), actor=by, details=_told(decision, reason))
    return decision


def decide(decision: Decision, by: User, approve: bool, reason: str) -> str:
    """Take an open decision; returns what became of it, in words.

    Raises PermissionDenied without the kind's permission, and FourEyesError for whoever asked or had a hand in it.
    Who asked may take the request back: that is no decision.
    """
    instead = _follows(decision).instead
    if approve and instead is not None and decision.is_pending:
        return instead(decision, by, reason)
    return take(decision, by, approve, reason)


def take(decision: Decision, by: User, approve: bool, reason: str) -> str:
    """As `decide`, by whoever looked at everything there is to look at."""
    reason = reason.strip()
    with transaction.atomic():
        if decision.subject_kind == "record":
            queue_up([decision.subject_id])
        row = Decision.objects.select_for_update(of=("self",)).select_related("integration").get(pk=decision.pk)
        if not row.is_pending:
            return "was already decided, or lapsed."
        if not approve and row.asked_by_id == by.pk:
            return _take_back(row, by)
        if not may_decide(by, row):
            raise PermissionDenied
        if not reason:
            return "needs a reason."
        if lapsed := _lapsed(row):
            return lapsed
        _close(row, by, approve, reason)
    return "approved." if approve else "refused."


def queue_up(records: Iterable[int | str]) -> None:
    """The one order of locks around a decision: records by their keys, then questions about them, then their flags.

    Every run and whoever acts on a page has the record first, so that no two wait for each other. In a transaction.
    """
    rows = Record.objects.select_for_update(no_key=True).filter(pk__in=list(records))
    list(rows.order_by("pk").values_list("pk"))


def record(
    kind: str,
    subject_kind: str,
    subject_id: int | str,
    content_hash: str,
    by: User,
    reason: str,
    choice: Mapping[str, Any] | None = None,
    *,
    approve: bool = True,
    integration: Integration | None = None,
    label: str = "",
    amount: Decimal | None = None,
    currency: str = "",
    kept_out: Iterable[int] = (),
) -> Decision:
    """A decision that one person may take alone, because nobody asked for it and its kind does not take two."""
    return Decision.objects.create(
        kind=kind,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        integration=integration,
        label=label[:200],
        amount=amount,
        currency=currency,
        content_hash=content_hash,
        choice=dict(choice or {}),
        kept_out=sorted(set(kept_out)),
        decided_by=by,
        decided_at=timezone.now(),
        approved=approve,
        reason=reason.strip()[:500],
    )


def lapse(decision: Decision, why: str) -> bool:
    """What it was about has changed, or it was taken back: it counts for nothing any more."""
    now = timezone.now()
    with transaction.atomic():
        gone = Decision.objects.filter(pk=decision.pk, lapsed_at=None).update(lapsed_at=now, lapsed_because=why[:300])
        if gone:
            decision.lapsed_at, decision.lapsed_because = now, why[:300]
            log("decision.lapsed", _subject(decision), details={"what": kind_of(decision.kind).label, "why": why})
    return bool(gone)


def pending(subject_kind: str, subject_id: int | str) -> list[Decision]:
    """What waits for a person about this subject."""
    return list(Decision.objects.pending().about(subject_kind, subject_id).order_by("asked_at"))


def in_force(kind: str, subject_kind: str, subject_id: int | str, content_hash: str) -> Decision | None:
    """The approval that counts for exactly this content, if there is one."""
    taken = Decision.objects.about(subject_kind, subject_id).filter(
        kind=kind, approved=True, lapsed_at=None, content_hash=content_hash
    )
    return taken.order_by("pk").last()


def takes_two() -> bool:
    """Whether this installation has a second person at all; where it has not, every page and decision says so."""
    return bool(settings.SECOND_PERSON)


def may_decide(user: User, decision: Decision) -> bool:
    """Whether this person holds the kind's permission and sees the integration; four eyes are another matter."""
    if not user.has_perm(kind_of(decision.kind).permission):
        return False
    integration = decision.integration_id
    return integration is None or Integration.objects.visible_to(user).filter(pk=integration).exists()


def why_not(user: User, decision: Decision) -> str:
    """Why this person may not decide it, in a sentence for the page; "" when they may."""
    if not may_decide(user, decision):
        return "Your role may not decide this."
    held_back = Decision(
        kind=decision.kind,
        asked_by_id=decision.asked_by_id,
        kept_out=[*decision.kept_out, *_hands(decision)],
        decided_by_id=user.pk,
        approved=True,
        second_person=settings.SECOND_PERSON,
    )
    try:
        held_back.refuse_one_person()
    except FourEyesError as refusal:
        return str(refusal.messages[0])
    return ""


def people_who_could(permission: str, integration: Integration | None = None) -> QuerySet[User]:
    """The active people who hold this permission and see this integration; for four eyes it takes two (E11)."""
    people: QuerySet[User] = User.objects.with_perm(permission, backend=BACKEND).filter(is_active=True, is_staff=True)
    if integration is None:
        return people.distinct()
    return people.filter(integration.seen_by()).distinct()


def others_who_could(decision: Decision) -> QuerySet[User]:
    """Who is left to decide once those who asked or had a hand in it are taken out (A95)."""
    people = people_who_could(kind_of(decision.kind).permission, decision.integration)
    if not takes_two():
        return people
    kept_out = {decision.asked_by_id, *decision.kept_out, *_hands(decision)}
    return people.exclude(pk__in=[pk for pk in kept_out if pk is not None])


def _take_back(row: Decision, by: User) -> str:
    lapse(row, f"{by.get_username()} took it back.")
    if refused := _follows(row).refused:
        refused(row)
    return "taken back."


def _lapsed(row: Decision) -> str:
    follows = _follows(row)
    if follows.content is None or follows.content(row) == row.content_hash:
        return ""
    lapse(row, "What would be posted has changed since it was asked for.")
    if follows.refused:
        follows.refused(row)
    return "lapsed: what it was asked for has changed since. Look at it again."


def _close(row: Decision, by: User, approve: bool, reason: str) -> None:
    row.kept_out = sorted({*row.kept_out, *_hands(row)})
    row.decided_by, row.decided_at, row.approved, row.reason = by, timezone.now(), approve, reason[:500]
    row.save()
    name = "decision.approved" if approve else "decision.refused"
    log(name, _subject(row), actor=by, details=_told(row, reason))
    follows = _follows(row)
    effect = follows.approved if approve else follows.refused
    if effect is not None:
        effect(row)


def _hands(decision: Decision) -> Iterable[int]:
    hands = _follows(decision).hands
    return hands(decision) if hands else ()


def _subject(decision: Decision) -> Subject:
    """Filed under what it is about, so that it stands in that subject's story."""
    name = decision.label.rpartition(" ")[2] if decision.subject_kind == "record" else ""
    return Subject(decision.subject_kind, decision.subject_id, decision.label or decision.kind, document=name)


def _told(decision: Decision, reason: str) -> dict[str, Any]:
    return {
        "what": kind_of(decision.kind).label,
        "reason": reason,
        "choice": decision.choice,
        "content": decision.content_hash,
        "decision": decision.pk,
        "second_person": settings.SECOND_PERSON,
    }
