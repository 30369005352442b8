"""What people add to a record: an assignee, a link, the end of a flag; each with its entry (E18)."""

from urllib.parse import urlsplit

from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.trail import log
from integrations.engine import trail
from integrations.models import Attachment, Flag, Look, Record
from integrations.words import of_flag

LONGEST = 500
_IS_ADDRESS = URLValidator(schemes=["http", "https"])


def assignable(record: Record) -> "QuerySet[User]":
    """Who may be given a record of this integration: people who may see it."""
    views = Permission.objects.filter(content_type__app_label="integrations", codename="view_record")
    may_view = Q(is_superuser=True) | Q(groups__permissions__in=views) | Q(user_permissions__in=views)
    people = User.objects.filter(may_view, is_active=True, is_staff=True)
    return people.filter(record.integration.seen_by()).distinct().order_by("username")


def assign(record: Record, to: User | None, by: User) -> bool:
    """Give the record to somebody, or to nobody. False when it was theirs already."""
    with transaction.atomic():
        row = Record.objects.select_for_update().only("assignee").get(pk=record.pk)
        if row.assignee_id == (to.pk if to else None):
            return False
        Record.objects.filter(pk=record.pk).update(assignee=to)
        name = {"to": to.get_username()} if to else {}
        log("record.assigned" if to else "record.unassigned", trail.subject(record), actor=by, details=name)
    return True


def attach(record: Record, text: str, address: str, by: User) -> Attachment:
    """Keep a link; only addresses that a browser opens as a page. Raises ValidationError in words."""
    text, address = text.strip()[:200], address.strip()
    try:
        _IS_ADDRESS(address)
    except ValidationError:
        raise ValidationError("The address has to begin with https:// or http:// and name a page.") from None
    if len(address) > LONGEST:
        raise ValidationError("The address is too long.")
    with transaction.atomic():
        text = text or urlsplit(address).hostname or address[:200]
        made = Attachment.objects.create(record=record, text=text, address=address, added_by=by)
        log("record.attached", trail.subject(record), actor=by, details={"text": text, "address": address})
    return made


def close_flag(flag: Flag, reason: str, by: User) -> bool:
    """End a flag with a reason; once, whoever of two comes first."""
    with transaction.atomic():
        closed = Flag.objects.filter(pk=flag.pk, closed_at=None).update(closed_at=timezone.now())
        if closed:
            details = {"kind": of_flag(flag.kind), "reason": reason}
            log("record.flag_closed", trail.subject(flag.record), actor=by, details=details)
    return bool(closed)


def look(record: Record, by: User) -> None:
    """Note that a person saw the record as it is now. Nothing is written while their last look still holds."""
    now = timezone.now()
    if getattr(record, "looked_at_already", False):
        return
    if Look.objects.filter(person=by, record=record, at__gte=record.changed_at).exists():
        return
    Look.objects.update_or_create(person=by, record=record, defaults={"at": max(now, record.changed_at)})
