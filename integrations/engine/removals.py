"""What took a liability out of sight: excluded, rejected, linked, accepted as edited. Listed until reviewed (A96)."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import Subject, log
from integrations.engine.decision_kinds import REJECT, kind_of
from integrations.models import Decision, Integration, Record, Work
from integrations.models.decision import DecisionQuerySet

REVIEW = "integrations.review_decision"


def unreviewed(integrations: QuerySet[Integration] | None = None, *, until: datetime | None = None) -> DecisionQuerySet:
    """Decisions that removed something and that nobody has reviewed, oldest first; with amount, reason and people."""
    found = Decision.objects.unreviewed().select_related("integration", "asked_by", "decided_by")
    if integrations is not None:
        found = found.filter(integration__in=integrations)
    if until is not None:
        found = found.filter(decided_at__lte=until)
    return found.order_by("decided_at", "pk")


def review(decisions: Sequence[Decision], by: User) -> int:
    """Mark as reviewed; nobody reviews what they asked for or decided themselves. Returns how many it took."""
    if not by.has_perm(REVIEW):
        raise PermissionDenied
    taken = 0
    for decision in decisions:
        if by.pk in (decision.asked_by_id, decision.decided_by_id) and decision.second_person:
            continue
        with transaction.atomic():
            now = timezone.now()
            if not Decision.objects.unreviewed().filter(pk=decision.pk).update(reviewed_by=by, reviewed_at=now):
                continue
            subject = Subject(decision.subject_kind, decision.subject_id, str(decision))
            details = {"what": kind_of(decision.kind).label, "decision": decision.pk}
            log("decision.reviewed", subject, actor=by, details=details)
            taken += 1
    return taken


def rejected(records: QuerySet[Record]) -> set[int]:
    """Those that a person rejected: they come back for a new decision when their source changes, and only then."""
    excluded = [str(pk) for pk in records.filter(work=Work.EXCLUDED_PERSON).values_list("pk", flat=True)]
    if not excluded:
        return set()
    standing = Decision.objects.filter(
        kind=REJECT, approved=True, lapsed_at=None, subject_kind="record", subject_id__in=excluded
    )
    return {int(subject) for subject in standing.values_list("subject_id", flat=True)}
