"""Erasing details that need not be kept; the entries stay, and evidence stays whole (E19, A105)."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from audit import actions
from audit.models import EntryDetails
from audit.trail import Subject, log
from audit.trigger_sql import ERASED

AT_A_TIME = 5_000
SENTENCES = {ERASED: "erased the details of {subject} entries from before {before}"}


def erase_details(before: datetime) -> int:
    """Erase the details of erasable actions from before a moment (aware) and return how many.

    Which actions are erasable is said where they are registered; all others are evidence. Each action
    erased gets an entry first, without which the database refuses, and `verify` reports these details
    as erased instead of missing. Raises ValueError for a moment in the future or without a time zone.
    """
    if timezone.is_naive(before) or before > timezone.now():
        raise ValueError("Details can be erased only up to a moment in the past, given with its time zone.")
    moment = before.astimezone(UTC).replace(microsecond=0)
    return sum(_erase(action, moment) for action in actions.erasable())


def horizon(moment: datetime) -> str:
    """The moment as the trail and its triggers compare it: UTC, like "2026-01-31 00:00:00"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _erase(action: str, before: datetime) -> int:
    old = EntryDetails.objects.filter(entry__action=action, entry__at__lt=before)
    if not old.exists():
        return 0
    subject = Subject("retention", horizon(before), action)
    log(ERASED, subject, details={"before": horizon(before)})
    erased = 0
    while ids := list(old.values_list("pk", flat=True)[:AT_A_TIME]):
        with transaction.atomic():
            erased += EntryDetails.objects.filter(pk__in=ids).delete()[0]
    return erased
