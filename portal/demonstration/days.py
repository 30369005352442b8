"""Setting the demo up and playing its first two days."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.engine import placing
from integrations.engine.running import run_until_idle
from integrations.engine.vendor_sync import deciding
from integrations.engine.vendor_sync.reading import FEEDS
from integrations.models import Connection, Cursor, GapPolicy, Integration, ScheduleKind
from integrations.sandbox.company import mapping
from integrations.sandbox.company.calendar import Calendar
from portal.demonstration import connecting, people, tables
from portal.demonstration.surroundings import Control

MAIN, PAUSED = "Harbor Mills orders", "Kestrel orders"


def is_set_up() -> bool:
    return Integration.objects.filter(name=MAIN).exists()


def set_up(control: Control) -> None:
    """Two integrations: one holds record by record, the other stands paused by a missing mapping (E37)."""
    admin = people.make()
    start = Calendar(timezone.now().date()).start
    mill = connecting.procurify("harbormills", "Harbor Mills (Procurify)", admin)
    books = connecting.xero("Harbor Mills Ltd", "Harbor Mills (Xero)", admin, control)
    scope = tables.scope(mill, books, "Harbor Mills", mapping.SCOPE_LOCATIONS)
    tables.restore_what_was_in_use(scope)
    tables.fill(scope)
    tables.fill_dimensions(scope)
    tables.link_by_hand(scope)
    read_all_lists_again(books, admin)
    common = {"pair": "procurify-xero", "trial": False, "enabled": True, "start_date": start}
    schedule = {"schedule": ScheduleKind.EVERY, "every_minutes": 5}
    main = Integration.objects.create(
        name=MAIN,
        source=mill,
        target=books,
        scope=scope,
        on_gap=GapPolicy.HOLD,
        bills_paid_at_source=True,
        over_billing_amount=Decimal("0.05"),
        include_card_orders=True,
        **common,
        **schedule,
    )
    placing.after_settings(main, ["include_card_orders"], admin)
    studio = connecting.procurify("kestrel", "Kestrel (Procurify)", admin)
    ledger = connecting.xero("Kestrel Interiors Ltd", "Kestrel (Xero)", admin, control)
    small = tables.scope(studio, ledger, "Kestrel")
    tables.fill(small)
    small.accountrows.filter(source_code="6800").delete()
    Integration.objects.create(
        name=PAUSED, source=studio, target=ledger, scope=small, on_gap=GapPolicy.PAUSE, **common, **schedule
    )


def read_all_lists_again(connection: Connection, by: User) -> None:
    """What was archived since the tables were filled shows itself, as it does on any other day."""
    Connection.objects.filter(pk=connection.pk).update(contacts_read_until=None)
    connection.refresh_from_db()
    connecting.read_lists(connection, by)


def play(control: Control) -> list[str]:
    """The first runs, then what happens in both systems, then the runs that notice it. Returns what went wrong."""
    troubles = run_all()
    confirm_vendors()
    troubles += run_all()
    control.play("all")
    control.play("vendors")
    read_vendors_again()
    return [*troubles, *run_all()]


def confirm_vendors() -> None:
    """The accountant looks through the main integration's first list; the other one's waits for whoever comes."""
    integration = Integration.objects.get(name=MAIN)
    said = deciding.confirm_list(
        integration, User.objects.get(username="ana"), deciding.first_list(integration).seen, "Looked through it."
    )
    if not said.startswith("is confirmed"):
        raise RuntimeError(f"The demo's first list of vendors {said}")


def read_vendors_again() -> None:
    """A quarter of an hour later procurement's list would be read again by itself."""
    Cursor.objects.filter(feed=FEEDS.source_feed).update(last_pass_at=None)


def run_all() -> list[str]:
    results = [run_until_idle(integration.pk) for integration in Integration.objects.order_by("pk")]
    return [result.failure for result in results if result.failure]
