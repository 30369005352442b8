"""What the engine tells, turned into alerts. Our own sentences only: no system's words, no address, no secret."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone
from django_q.tasks import async_task

from audit.findings import Verification
from integrations import events, explanations
from integrations.days import in_full
from integrations.engine.decision_kinds import kind_of
from integrations.engine.decisions import CONTENT_CHANGED
from integrations.explanations.rows import ADMINISTRATOR, NOBODY
from integrations.explanations.troubles import TROUBLES
from integrations.hold_reasons import label_of
from integrations.models import Connection, Decision, Discrepancy, Flag, Health, Integration, Record, Run, Work
from integrations.money import figure
from integrations.systems import system
from integrations.words import at, sums
from portal.alerts.models import Alert, Delivery, State
from portal.alerts.writing import News, close, write

LONG = timedelta(hours=1)
MOST_LINES = 10
OF_CONNECTIONS = ("reconnect", "suspended", "throttled")
NEEDS_SOMEBODY = (Health.RECONNECT, Health.PERMISSION)


def connect() -> None:
    events.listen(events.run_closed, run_closed)
    events.listen(events.health_changed, health_changed)
    events.listen(events.integration_silent, integration_silent)
    events.listen(events.webhooks_silent, webhooks_silent)
    events.listen(events.webhooks_heard, webhooks_heard)
    events.listen(events.discrepancies_found, discrepancies_found)
    events.listen(events.approval_asked, approval_asked)
    events.listen(events.trail_verified, trail_verified)
    events.listen(events.ticked, ticked)


def run_closed(run: Run, cause: str) -> None:
    """After each slice what went wrong in the ledger; at the end of the run its holds, and whether it failed."""
    _tell_differing_totals(run)
    if run.finished_at is None:
        return
    _tell_holds(run)
    _tell_void_approvals(run)
    if run.failure:
        _tell_failure(run, cause)
        return
    close("run-failed", "silence", integration=run.integration)
    for connection in (run.integration.source, run.integration.target):
        if Connection.objects.filter(pk=connection.pk, health=Health.CONNECTED).exists():
            close(*OF_CONNECTIONS, connection=connection)


def health_changed(connection: Connection, before: Health) -> None:
    if connection.health == Health.CONNECTED:
        close(*OF_CONNECTIONS, connection=connection)
        return
    kind = _kind_of(connection)
    told = explanations.of_connection(connection)
    if kind and told is not None:
        label = Health(connection.health).label
        write(
            News(
                kind,
                f"connection {connection.pk}",
                f"“{connection}”: {label}",
                f"{told.what}\n{told.next}",
                reverse("admin:integrations_connection_change", args=[connection.pk]),
                connection=connection,
            )
        )


def integration_silent(integration: Integration, since: datetime | None) -> None:
    heard = f"Its last good run ended at {at(since)}." if since else "It has had no good run yet."
    write(
        News(
            "silence",
            f"integration {integration.pk}",
            f"Nothing heard from “{integration}” for long",
            f"{heard} Two more were due since then.",
            _page_of(integration),
            integration=integration,
        )
    )


def webhooks_silent(connection: Connection, since: datetime) -> None:
    label = system(connection.system).label
    write(
        News(
            "webhooks-silent",
            f"webhooks {connection.pk}",
            f"“{connection}” no longer tells us of changes",
            f"The last webhook came at {at(since)}, and documents changed there since. Nothing is lost: they are read "
            f"regularly. Look at the webhooks of your application at {label}; it switches them off after a day of "
            "failures.",
            reverse("admin:integrations_connection_change", args=[connection.pk]),
            connection=connection,
        )
    )


def webhooks_heard(connection: Connection, since: datetime) -> None:
    close("webhooks-silent", connection=connection)


def discrepancies_found(connection: Connection, found: Sequence[Discrepancy]) -> None:
    """One message for all that one look brought up (A101, A106)."""
    count = "1 discrepancy was" if len(found) == 1 else f"{len(found)} discrepancies were"
    lines = [row.explanation for row in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append(f"And {len(found) - MOST_LINES} more.")
    write(
        News(
            "discrepancy",
            f"discrepancy {found[0].pk}",
            f"{count} found at “{connection}”",
            "\n".join(lines),
            reverse("admin:integrations_discrepancy_changelist"),
            connection=connection,
            lasts=False,
        )
    )


def approval_asked(decision: Decision, people: Sequence[User]) -> None:
    """Each of those who could give it, and nobody else."""
    asked_by = decision.asked_by.get_username() if decision.asked_by else "Counterfoil"
    amount = "" if decision.amount is None else f" ({figure(decision.amount)} {decision.currency})"
    page = "integrations_record_change" if decision.subject_kind == "record" else "integrations_decision_change"
    subject = decision.subject_id if decision.subject_kind == "record" else decision.pk
    for person in people:
        write(
            News(
                "approval-asked",
                f"decision {decision.pk}",
                f"{asked_by} asks you to approve {decision}",
                f"{kind_of(decision.kind).label.capitalize()}: {decision}{amount}.\n{decision.asked_because}",
                reverse(f"admin:{page}", args=[subject]),
                integration=decision.integration,
                lasts=False,
                person=person,
            )
        )


def trail_verified(verification: Verification) -> None:
    """A failure at once; otherwise the seal's digest, which thereby leaves this machine (E20)."""
    path = reverse("admin:audit_seal_changelist")
    if not verification.ok:
        words = [f"{failure.words} {failure.remedy}" for failure in verification.failures[:5]]
        write(News("trail-broken", "trail", "The audit trail is not what was sealed", "\n".join(words), path))
        return
    Alert.objects.filter(kind="trail-broken", closed_at=None).update(closed_at=timezone.now())
    if verification.latest_digest:
        day = timezone.localdate()
        text = f"Latest seal of the audit trail: {verification.latest_digest}\nKeep this message outside this machine."
        write(
            News("trail-sealed", f"day {day}", f"The audit trail on {in_full(day)} is whole", text, path, lasts=False)
        )


def ticked(now: datetime) -> None:
    """Queue the sending where something is due; a lost task is made up for by the next minute."""
    if Delivery.objects.filter(state=State.QUEUED, not_before__lte=now).exists():
        async_task("portal.alerts.tasks.deliver")


def _kind_of(connection: Connection) -> str:
    if connection.health == Health.SUSPENDED:
        return "suspended"
    if connection.health in NEEDS_SOMEBODY:
        return "reconnect"
    pause = connection.health_until - timezone.now() if connection.health_until else timedelta(0)
    return "throttled" if connection.health == Health.THROTTLED and pause > LONG else ""


def _tell_holds(run: Run) -> None:
    """One message for the run, by reason, with counts and amounts per currency (A59)."""
    held: Any = Record.objects.filter(
        integration=run.integration, work__in=[Work.HELD, Work.APPROVAL], changed_at__gte=run.started_at
    )
    counts: dict[str, int] = defaultdict(int)
    amounts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = held.order_by().values_list("hold_reason", "currency").annotate(count=Count("pk"), total=Sum("amount"))
    for reason, currency, count, total in rows:
        counts[reason] += count
        amounts[reason][currency] += total
    if not counts:
        return
    all_of_them = sum(counts.values())
    lines = [
        f"{counts[reason]} as {label_of(reason)}: {', '.join(sums(amounts[reason]))}"
        for reason in sorted(counts, key=lambda each: -counts[each])
    ]
    held_now = "1 document was held" if all_of_them == 1 else f"{all_of_them} documents were held"
    path = f"{reverse('admin:integrations_record_changelist')}?integration={run.integration_id}&place=held"
    title = f"{held_now} in “{run.integration}”"
    write(News("new-holds", f"run {run.pk}", title, "\n".join(lines), path, integration=run.integration, lasts=False))


def _tell_void_approvals(run: Run) -> None:
    """Each person of their own, in one message for the run: nothing of it was posted (A92)."""
    void = Decision.objects.filter(
        integration=run.integration, approved=True, lapsed_at__gte=run.started_at, lapsed_because=CONTENT_CHANGED
    ).exclude(decided_by=None)
    of_people: dict[User, list[str]] = defaultdict(list)
    for decision in void.select_related("decided_by").order_by("pk"):
        if decision.decided_by is not None:
            of_people[decision.decided_by].append(f"{decision}: {kind_of(decision.kind).label}")
    path = f"{reverse('admin:integrations_record_changelist')}?integration={run.integration_id}&place=held"
    for person, lines in of_people.items():
        count = "1 approval of yours is void" if len(lines) == 1 else f"{len(lines)} approvals of yours are void"
        more = [f"And {len(lines) - MOST_LINES} more."] if len(lines) > MOST_LINES else []
        said = "What would be posted has changed since, so nothing was posted. Each waits for a new decision:"
        write(
            News(
                "approval-void",
                f"run {run.pk}, {person.pk}",
                f"{count} in “{run.integration}”",
                "\n".join([said, *lines[:MOST_LINES], *more]),
                path,
                integration=run.integration,
                lasts=False,
                person=person,
            )
        )


def _tell_failure(run: Run, cause: str) -> None:
    """Not what a connection's own alert says; and a passing trouble only when two runs in a row met it."""
    row = TROUBLES.get(cause, TROUBLES["internal"])
    if row.who == ADMINISTRATOR and cause not in ("configuration", "sent-elsewhere", "throttled-day"):
        return
    before = Run.objects.filter(integration=run.integration, started_at__lt=run.started_at).order_by("-started_at")
    last = before.exclude(finished_at=None).first()
    if row.who == NOBODY and (last is None or not last.failure):
        return
    write(
        News(
            "run-failed",
            f"integration {run.integration_id}",
            f"A run of “{run.integration}” failed",
            run.failure,
            _page_of(run.integration),
            integration=run.integration,
        )
    )


def _tell_differing_totals(run: Run) -> None:
    """Where the target has no drafts the wrong figure is booked already, so it is told at once (A29)."""
    if system(run.integration.target.system).has_drafts:
        return
    flags = Flag.objects.filter(
        record__integration=run.integration, kind="total-differs", closed_at=None, opened_at__gte=run.started_at
    )
    for flag in flags.select_related("record"):
        number = flag.record.number or "A document"
        write(
            News(
                "total-differs",
                f"flag {flag.pk}",
                f"{number} stands with another total in “{run.integration.target}”",
                flag.explanation,
                reverse("admin:integrations_record_change", args=[flag.record_id]),
                integration=run.integration,
            )
        )


def _page_of(integration: Integration) -> str:
    return reverse("admin:integrations_integration_change", args=[integration.pk])
