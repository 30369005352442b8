"""Sending what is due: claimed row by row, tried again with growing pauses, given up where everybody can see it."""

import logging
import smtplib
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from audit.trail import Subject, log
from portal.alerts import addresses, composing, outside
from portal.alerts.models import Delivery, Destination, State

PAUSES = (1, 5, 30, 120, 360, 720)  # minutes after each failed attempt
MOST_AT_ONCE = 200
logger = logging.getLogger("counterfoil.alerts")


class NotDeliveredError(Exception):
    """It did not go out; the message is ours, and holds nothing of the address."""


def deliver() -> None:
    """Send what is due now. A worker that dies in between leaves its messages to be tried again: late, or twice."""
    for _ in range(MOST_AT_ONCE):
        claimed = _claim()
        if not claimed:
            return
        _settle(claimed, _try(claimed))


def _claim() -> list[Delivery]:
    """The next message: one delivery, or all that one person's digest holds. Nobody else gets it meanwhile."""
    now = timezone.now()
    due = Delivery.objects.filter(state=State.QUEUED, not_before__lte=now)
    first = due.order_by("not_before", "pk").first()
    if first is None:
        return []
    rows = due.filter(pk=first.pk)
    if first.digest:
        rows = due.filter(person=first.person_id, destination=first.destination_id, channel=first.channel, digest=True)
    with transaction.atomic():
        mine = [row.pk for row in rows.order_by("pk") if _taken(row, now)]
    if not mine:
        return []
    return list(Delivery.objects.filter(pk__in=mine).select_related("alert", "person", "destination").order_by("pk"))


def _taken(row: Delivery, now: datetime) -> bool:
    """Counted before it is sent; whoever else saw the same row finds it changed."""
    as_seen = Delivery.objects.filter(pk=row.pk, state=State.QUEUED, attempts=row.attempts, not_before=row.not_before)
    return bool(as_seen.update(attempts=row.attempts + 1, not_before=now + timedelta(minutes=_pause(row.attempts))))


def try_out(person: User, destination: Destination | None) -> str:
    """Send a test at once. What went wrong, in our words; "" when it went out."""
    title, text = "A test", f"This is a test from Counterfoil at {settings.SITE_URL}. Nothing has happened."
    try:
        if destination is None:
            _mail(person.email, title, text)
        else:
            _notify(destination.address, title, text)
    except NotDeliveredError as trouble:
        return str(trouble)
    return ""


def _pause(attempts: int) -> int:
    return PAUSES[min(attempts, len(PAUSES) - 1)]


def _try(claimed: Sequence[Delivery]) -> str:
    """What went wrong, in our words; "" when it went out."""
    first = claimed[0]
    try:
        title, text = composing.message(claimed)
        if first.channel == composing.BY_MAIL:
            _mail(first.person.email, title, text)
        elif first.destination is None:
            return "This chat or webhook was removed by its owner."
        else:
            _notify(first.destination.address, title, text)
    except NotDeliveredError as trouble:
        return str(trouble)
    except Exception:  # a bug that one message meets must not keep the others from going out
        logger.exception("alert %s could not be made into a message", first.alert_id)
        return "Something went wrong inside Counterfoil."
    return ""


def _mail(address: str, title: str, text: str) -> None:
    if not address:
        raise NotDeliveredError("This person has no e-mail address.")
    on_one_line = " ".join(title.split())  # names from outside may hold line breaks, which no header may
    message = EmailMessage(f"[Counterfoil] {on_one_line}", text, settings.DEFAULT_FROM_EMAIL, [address])
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        raise NotDeliveredError("The mail server does not take this person's e-mail address.") from None
    except (smtplib.SMTPException, OSError):
        raise NotDeliveredError("The mail server could not be reached, or did not take the message.") from None


def _notify(address: str, title: str, text: str) -> None:
    """The address is checked again, and once more as it connects: the name may lead elsewhere each time."""
    try:
        notifier, service = addresses.checked(address)
    except ValidationError as refused:
        raise NotDeliveredError(refused.messages[0]) from None
    way = outside.only_outside() if addresses.stays_outside(notifier) else nullcontext(outside.Watch())
    with way as watch:
        went_out = notifier.notify(title=title, body=text)
    if watch.refused:
        raise NotDeliveredError(addresses.LEADS_INSIDE)
    if not went_out:
        raise NotDeliveredError(f"{service} did not take the message.")


def _settle(claimed: Sequence[Delivery], trouble: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        for delivery in claimed:
            gone = delivery.destination is None and delivery.channel != composing.BY_MAIL
            over = gone or delivery.attempts > len(PAUSES)
            state = State.SENT if not trouble else State.GIVEN_UP if over else State.QUEUED
            Delivery.objects.filter(pk=delivery.pk, state=State.QUEUED).update(
                state=state, trouble=trouble[:200], sent_at=None if trouble else now
            )
            if state == State.GIVEN_UP:
                logger.error("alert %s could not be delivered: %s", delivery.alert_id, trouble)
                subject = Subject("user", delivery.person_id, delivery.person.get_username())
                log("alert.given_up", subject, details={"alert": delivery.alert.title, "why": trouble})
