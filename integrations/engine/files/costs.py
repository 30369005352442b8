"""What attaching files costs in calls, told before anybody switches it on."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from integrations.engine.files.waiting import STANDS, flows
from integrations.engine.pace_rows import Budget
from integrations.models import Connection, Integration, Posting, Record, Standing, Work

# At the source the bill, for links that are still good, and the file; in the target what hangs there, and the upload.
PER_BILL = 2
PER_FILE = 1
WAITS = (Work.WAITING, Work.HELD, Work.APPROVAL)
MONTH = timedelta(days=30)


def in_words(integration: Integration) -> str:
    source, target = integration.source, integration.target
    now, month = _now(integration), _last_month(integration)
    return (
        f"Per bill with one file: {PER_BILL} calls to {source} and {PER_BILL} to {target}, for each further file "
        f"{PER_FILE} and {PER_FILE}; bills without files cost none. "
        f"{now:,} {'bill waits or stands as a draft' if now == 1 else 'bills wait or stand as drafts'} now: at most "
        f"{now * PER_BILL:,} calls to each, with one file a bill. The last 30 days had {month:,}: "
        f"{month * PER_BILL:,} calls to each a month. {source} takes {_limit(source)} a day, {target} "
        f"{_limit(target)}. A bill is never held for its files."
    )


def _limit(connection: Connection) -> str:
    day = Budget.of(connection).day
    return f"{day:,} calls" if day else "any number of calls"


def _now(integration: Integration) -> int:
    waiting = Record.objects.filter(integration=integration, flow__in=flows(integration), work__in=WAITS)
    drafts = _standing(integration).filter(standing=Standing.DRAFT, record__work=Work.DONE, files=None)
    return waiting.count() + drafts.count()


def _last_month(integration: Integration) -> int:
    return _standing(integration).filter(posted_at__gte=timezone.now() - MONTH).count()


def _standing(integration: Integration) -> "QuerySet[Posting]":
    return Posting.objects.filter(
        record__integration=integration, record__flow__in=flows(integration), kind="bill", standing__in=STANDS,
        linked=False,
    )  # fmt: skip
