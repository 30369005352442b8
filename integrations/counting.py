"""The records by place for pages: counted anew while that is quick, else as they were counted minutes ago.

Counting a million records takes a second or two (measured 2026-11). The tick does it once a minute, or so much
rarer that a thirtieth of the time goes into it, and pages say when it was.
"""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from integrations import places
from integrations.models import Integration, KeptCount, Tally

QUICKLY_COUNTED = 20_000
COUNTED_EVERY = timedelta(minutes=1)
SHARE_OF_TIME = 30


class Count(NamedTuple):
    """What `places.lines` takes, and as of when; None where all of it was counted just now."""

    rows: list[places.Counted]
    read: list[Tally]
    at: datetime | None


def counted(integrations: Iterable[Integration]) -> Count:
    """What a page shows. What was never counted before is counted now, however long it takes."""
    by_id = {integration.pk: integration for integration in integrations}
    read = places.tallies(by_id.values())
    large = _large(read)
    kept = {row.integration_id: row for row in KeptCount.objects.filter(integration__in=large)}
    old = [kept.get(pk) or count(by_id[pk]) for pk in sorted(large)]
    small = [integration for pk, integration in by_id.items() if pk not in large]
    return Count(
        places.counted(small) + [_row(row, each) for row in old for each in row.rows],
        [tally for tally in read if tally.integration_id not in large]
        + [_tally(row, each) for row in old for each in row.read],
        min((row.at for row in old), default=None),
    )


def count(integration: Integration) -> KeptCount:
    """Count one integration's records and keep what came of it."""
    at, began = timezone.now(), time.monotonic()
    read, rows = places.tallies([integration]), places.counted([integration])
    values = {
        "at": at,
        "seconds": time.monotonic() - began,
        "read": [(row.flow, row.currency, row.count, str(row.amount)) for row in read],
        "rows": [
            (
                row.flow,
                row.place,
                row.work,
                row.reason,
                row.currency,
                row.count,
                str(row.amount),
                row.oldest.isoformat(),
            )
            for row in rows
        ],
    }
    return KeptCount.objects.update_or_create(integration=integration, defaults=values)[0]


def look(now: datetime) -> None:
    """Count what is due among the large ones; a part of the tick."""
    integrations = {integration.pk: integration for integration in Integration.objects.all()}
    large = _large(places.tallies(integrations.values()))
    kept = {row.integration_id: row for row in KeptCount.objects.filter(integration__in=large)}
    for pk in sorted(large):
        row = kept.get(pk)
        if row is None or now - row.at >= max(COUNTED_EVERY, timedelta(seconds=row.seconds * SHARE_OF_TIME)):
            count(integrations[pk])


def _large(read: Iterable[Tally]) -> set[int]:
    """The integrations whose own tally says that counting them takes time."""
    counts: Counter[int] = Counter()
    for tally in read:
        counts[tally.integration_id] += tally.count
    return {integration for integration, count in counts.items() if count > QUICKLY_COUNTED}


def _row(kept: KeptCount, row: list[str]) -> places.Counted:
    flow, place, work, reason, currency, count, amount, oldest = row
    return places.Counted(
        kept.integration_id,
        flow,
        place,
        work,
        reason,
        currency,
        int(count),
        Decimal(amount),
        datetime.fromisoformat(oldest),
    )


def _tally(kept: KeptCount, row: list[str]) -> Tally:
    flow, currency, count, amount = row
    return Tally(
        integration_id=kept.integration_id, flow=flow, currency=currency, count=int(count), amount=Decimal(amount)
    )
