"""How often each list of the books is read, what that comes to in calls a day, and whether the day has as many."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from integrations import schedules
from integrations.engine.pace_rows import Budget
from integrations.engine.projects.reading import PAYMENTS
from integrations.engine.projects.terms import settings_of
from integrations.engine.slice import Slice
from integrations.models import (
    Connection,
    Cursor,
    Integration,
    ProjectSettings,
    VendorPolicy,
    WebhookEvent,
    WebhookOutcome,
)
from integrations.pairs.xero_procore import BILLS, ORDERS
from integrations.supplier_documents import CREDIT_FEEDS

DAY = 24 * 60
LABELS = {ORDERS.feed: "orders", BILLS.feed: "bills", PAYMENTS: "payments"}
# A run that starts some seconds early is still in time.
SLACK = timedelta(seconds=30)
# Reference lists four times a day at six calls each, the last day of six lists once more, credits as bills show them.
BESIDES = 4 * 6 + 6 + 24
# Of an integration that keeps a ledger in the same books, on a day on which something is posted in eight of its runs:
# the company in two calls, four lists, contacts and credits.
BESIDES_OF_LEDGER = 8 * 8


def minutes(chosen: ProjectSettings) -> Mapping[str, int]:
    """In the order in which the lists are read: a payment that is known first is then seen on its bill."""
    return {ORDERS.feed: chosen.orders_every, PAYMENTS: chosen.payments_every, BILLS.feed: chosen.bills_every}


def due(slice_: Slice) -> list[str]:
    """The lists to be read now: by their time, because somebody asked, or because the books told of a change."""
    integration, now = slice_.integration, timezone.now()
    found = Cursor.objects.filter(connection=integration.source)
    read = {cursor.feed: cursor.last_pass_at for cursor in found}
    asked = slice_.run.asked_by_id is not None
    wanted = [
        feed
        for feed, every in minutes(settings_of(integration)).items()
        if asked or _is_old(read.get(feed), now - timedelta(minutes=every) + SLACK)
    ]
    if BILLS.feed not in wanted and _told(integration.source, read.get(BILLS.feed)):
        wanted.append(BILLS.feed)
    sweeps = [feed for feed in CREDIT_FEEDS.values() if feed in read and _is_old(read[feed], now - timedelta(days=1))]
    return [*wanted, *sweeps]


def every(chosen: ProjectSettings) -> dict[str, int]:
    """Minutes between two readings of each list, by its name."""
    return {LABELS[feed]: each for feed, each in minutes(chosen).items()}


def calls_a_day(chosen: ProjectSettings) -> dict[str, int]:
    """Per list, with nothing to read but what changed: a page, which is a call."""
    return {name: DAY // each for name, each in every(chosen).items()}


def total(chosen: ProjectSettings) -> int:
    """Calls a day with everything that is read besides."""
    return sum(calls_a_day(chosen).values()) + BESIDES


def most(source: Connection) -> int:
    """Calls a day that a connection has for work, 0 without a limit; the rest is kept for people."""
    return Budget.of(source).day_for(urgent=False)


def refusal(chosen: ProjectSettings, source: Connection) -> str:
    """Why these cannot be kept up, with the arithmetic; "" where they can."""
    has, others = most(source), of_others(chosen.integration, source)
    each, needed = calls_a_day(chosen), total(chosen) + others
    if not has or needed <= has:
        return ""
    parts = [f"{name} {calls}" for name, calls in each.items()]
    parts.append(f"lists and daily readings {BESIDES}")
    if others:
        parts.append(f"other integrations of this connection {others:,}")
    return f"That is {needed:,} calls a day: {', '.join(parts)}. {_allows(source)} Read some of the lists less often."


def of_others(integration: Integration, books: Connection) -> int:
    """Calls a day of every other integration that reads these books, or writes bills into them."""
    projects = ProjectSettings.objects.filter(integration__source=books).exclude(integration=integration)
    ledgers = Integration.objects.filter(target=books).exclude(pk=integration.pk)
    return sum(total(each) for each in projects) + sum(of_ledger(each) for each in ledgers)


def of_ledger(integration: Integration) -> int:
    """Of one that writes bills: each run asks what changed among them, and among contacts that are kept in step."""
    runs = schedules.runs_a_day(integration)
    a_run = 2 if integration.vendors == VendorPolicy.BOTH else 1
    return runs * a_run + BESIDES_OF_LEDGER if runs else 0


def refusal_of_ledger(integration: Integration) -> str:
    """Why books that projects read as well have not the calls for its runs; "" where they have, or none read them."""
    books = integration.target
    if not ProjectSettings.objects.filter(integration__source=books).exists():
        return ""
    has, own, others = most(books), of_ledger(integration), of_others(integration, books)
    if not has or own + others <= has:
        return ""
    return (
        f"That is {own + others:,} calls a day: its own runs {own:,}, other integrations of this connection "
        f"{others:,}. {_allows(books)} Let it run less often."
    )


def _allows(books: Connection) -> str:
    pace = Budget.of(books)
    kept = f"{pace.day:,} less {Decimal(pace.reserve * 100).normalize():f} % that is kept for people"
    return f"{books.label} allows {most(books):,} ({kept})."


def _is_old(read: datetime | None, moment: datetime) -> bool:
    return read is None or read <= moment


def _told(source: Connection, since: datetime | None) -> bool:
    """Whether the books told of a change of invoices after the list was read last."""
    told = WebhookEvent.objects.filter(connection=source, outcome=WebhookOutcome.WOKE)
    return since is not None and told.filter(received_at__gt=since).exists()
