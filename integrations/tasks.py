"""What django-q2 calls: ids in, one line each, nothing kept. The rows are the queue; a task only wakes us up."""

from django.utils import timezone

from integrations.desk import previewing
from integrations.engine import housekeeping, ticking
from integrations.engine.projects import looking
from integrations.reconciliation import making
from integrations.webhooks import acting


def tick() -> None:
    """Once a minute."""
    ticking.tick()


def run_slice(integration_id: int, asked_by: int = 0) -> None:
    """At most a minute of work on one integration; queues the next slice when there is more."""
    ticking.go_on(integration_id, asked_by or None)


def make_preview(preview_id: int) -> None:
    """Translate what waits, and write nothing but the preview's own rows (E35)."""
    previewing.make(preview_id)


def take_in_webhooks() -> None:
    """Wake what the events that wait are about."""
    acting.look(timezone.now())


def probe(connection_id: int) -> None:
    """Ask a suspended connection whether it may be called again."""
    housekeeping.probe(connection_id)


def look_into_projects(connection_id: int) -> None:
    """Go on with the test of a connection, project by project."""
    looking.go_on(connection_id)


def make_report(run_id: int) -> None:
    """A reconciliation too large to be made while somebody waits for the page."""
    making.make(run_id)


def refresh_tokens() -> None:
    """Renew the sign-ins that nobody has used for long."""
    housekeeping.refresh_tokens()


def seal_audit() -> None:
    housekeeping.seal_audit()


def verify_audit() -> None:
    """Once a day: whether the trail is still what was sealed."""
    housekeeping.verify_audit()


def erase_details() -> None:
    """Once a day, as long as the installation says."""
    housekeeping.erase_details()


def forget_documents() -> None:
    """Delete the text of documents that were settled long ago."""
    housekeeping.forget_documents()


def prune() -> None:
    """Delete what is kept for a time only."""
    housekeeping.prune()
