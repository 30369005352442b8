"""Reading a list of whole documents by the moment of their last change: one call where little changed (E32).

Such a list is sorted by change, so the cursor moves with each page. Once a day the last day is read once more, whatever
the cursor says: a change that came out of order, or was stamped late, is taken in then.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.documents import Unreadable
from integrations.engine import fanout, leases, storing
from integrations.engine.slice import Slice
from integrations.models import Cursor
from integrations.systems import system
from integrations.systems.paging import Page
from integrations.systems.protocols import SupplierBooks

CURSOR_LEASE = 120
DAY = timedelta(days=1)


def has_just_been_read(cursor: Cursor, since: datetime) -> bool:
    return bool(cursor.position and cursor.last_pass_at and cursor.last_pass_at >= since)


def read(slice_: Slice, cursor: Cursor, token: str, source: SupplierBooks) -> None:
    """Every row that changed since the cursor, or in the last day where that is due."""
    now = timezone.now()
    daily = cursor.position is None or cursor.daily_pass_at is None or cursor.daily_pass_at <= now - DAY
    heard_by = fanout.listeners(cursor.connection, cursor.feed)
    for page in source.feed_changed_since(cursor.feed, _since(cursor, now) if daily else cursor.position):
        with transaction.atomic():
            slice_.fence()
            leases.renew(Cursor, cursor.pk, token, CURSOR_LEASE)
            storing.count_in_sweep(cursor, page)
            storing.store(slice_, cursor, page, heard_by)
            _move(cursor, page, now if daily else None)


def _since(cursor: Cursor, now: datetime) -> datetime | None:
    """A day and an hour back, or as far as the last such pass and an hour, if that is longer ago."""
    if cursor.position is None:
        return None
    back = system(cursor.connection.system).daily_sweep
    last = cursor.daily_pass_at or cursor.position
    return min(cursor.position, now - back, last - (back - DAY))


def _move(cursor: Cursor, page: Page[Any], daily_pass: datetime | None) -> None:
    """With each page as long as it is sorted as asked, else at the end alone."""
    changes = [row.modified_at for row in page.rows if not isinstance(row, Unreadable)]
    if page.newest and (page.last or changes == sorted(changes)):
        # One row stamped in the future must not hide what changes until then.
        reached = min(page.newest, timezone.now())
        cursor.position = max(reached, cursor.position or reached)
    if page.last:
        cursor.last_pass_at = timezone.now()
        # An empty list has no newest change; what comes is found from here on all the same.
        cursor.position = cursor.position or (cursor.last_pass_at - DAY)
        cursor.daily_pass_at = daily_pass or cursor.daily_pass_at
    cursor.save(update_fields=["position", "last_pass_at", "daily_pass_at"])
