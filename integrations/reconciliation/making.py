"""Making a reconciliation: both sides and every difference as they are at one moment, stored with a hash (A104)."""

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.utils import timezone
from django_q.tasks import async_task

from audit.canonical import canonical
from audit.trail import Subject, log
from integrations.errors import CounterfoilError
from integrations.models import Integration, ReportBalance, ReportDifference, ReportLine, ReportRun
from integrations.pairs import pair
from integrations.pairs.flow import Keeps
from integrations.reconciliation import balances, project_reading, sides
from integrations.reconciliation.causes import UNEXPLAINED
from integrations.reconciliation.compared import Compared, LineKey
from integrations.reconciliation.ledger import LedgerCompared
from integrations.reconciliation.project_reading import There
from integrations.reconciliation.projects import ProjectsCompared

ZERO = Decimal(0)
MADE_AT_ONCE = 20_000
# Of project books every document is read again, and what stands of it asked for.
READ_AT_ONCE = 1000
AT_A_TIME = 1000
NO_VENDOR = "(no vendor)"


def ask(integration: Integration, as_of: date, by: User, *, with_balances: bool = False) -> ReportRun:
    """Prepare a report: at once where that takes a moment, otherwise by a worker."""
    run = ReportRun.objects.create(
        integration=integration,
        as_of=as_of,
        with_balances=with_balances and not _keeps_projects(integration),
        asked_at=timezone.now(),
        prepared_by=by,
        second_person=settings.SECOND_PERSON,
    )
    at_once = READ_AT_ONCE if _keeps_projects(integration) else MADE_AT_ONCE
    if sides.size(integration, at_once) > at_once:
        async_task("integrations.tasks.make_report", run.pk)
    else:
        make(run.pk)
    run.refresh_from_db()
    return run


def make(run_id: int) -> None:
    """Does nothing when it is made already; a failure of the way to the target is kept in words."""
    run = ReportRun.objects.select_related("integration__target", "integration__source", "prepared_by").get(pk=run_id)
    if run.made_at is not None:
        return
    try:
        there = project_reading.read(run.integration) if _keeps_projects(run.integration) else None
        read = balances.read(run.integration) if run.with_balances else None
    except CounterfoilError as error:
        ReportRun.objects.filter(pk=run_id).update(failure=str(error)[:500])
        return
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.atomic_blocks) == 1:
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _fill(run, there, read)


def _fill(run: ReportRun, there: There | None, read: "list[balances.Balance] | None") -> None:
    integration = run.integration
    run.terms = {
        "integration": integration.name,
        "source": integration.source.label,
        "target": integration.target.label,
        "start": integration.start_date,
        "bills_from": integration.bills_from,
        "as_of": run.as_of,
        "keeps": pair(integration.pair).keeps.value,
    }
    run.terms = {name: str(value) for name, value in run.terms.items()}
    both = _compared(run, there)
    _store_differences(run, both)
    _store_lines(run, both)
    if read is not None:
        ReportBalance.objects.bulk_create(
            ReportBalance(run=run, position=position, **balance._asdict()) for position, balance in enumerate(read)
        )
    run.figures = _figures(run)
    run.adds_up = all(not Decimal(total["rest"]) for _, _, total in totals_of(run.figures))
    loose = run.differences.filter(cause=UNEXPLAINED).exists()
    run.adds_up = run.adds_up and not run.figures["unread"] and not loose
    run.hash, run.made_at, run.failure = hash_of(run), timezone.now(), ""
    run.save()
    log(
        "report.prepared",
        subject(run),
        actor=run.prepared_by,
        details={"as_of": run.as_of, "hash": run.hash, "rest": _rests(run), "figures": run.figures},
    )


def _keeps_projects(integration: Integration) -> bool:
    return pair(integration.pair).keeps is Keeps.PROJECTS


def _compared(run: ReportRun, there: There | None) -> Compared:
    return (
        LedgerCompared(run.integration, run.as_of)
        if there is None
        else ProjectsCompared(run.integration, run.as_of, there)
    )


def _store_differences(run: ReportRun, both: Compared) -> None:
    waiting: list[ReportDifference] = []
    for position, each in enumerate(both.listed()):
        waiting.append(
            ReportDifference(
                run=run,
                position=position,
                **_named(each.key),
                cause=each.cause,
                amount=each.amount,
                number=each.number,
                record_id=each.record,
                words=each.words[:300],
            )
        )
        if len(waiting) >= AT_A_TIME:
            ReportDifference.objects.bulk_create(waiting)
            waiting = []
    ReportDifference.objects.bulk_create(waiting)


def _named(key: LineKey) -> dict[str, Any]:
    return key._replace(vendor=key.vendor or NO_VENDOR)._asdict()


def _store_lines(run: ReportRun, both: Compared) -> None:
    """Left, right and the sums of what is listed, line by line; what is left over is the rest."""
    lines: dict[LineKey, ReportLine] = {}

    def line(key: LineKey) -> ReportLine:
        key = key._replace(vendor=key.vendor or NO_VENDOR)
        if key not in lines:
            lines[key] = ReportLine(run=run, **key._asdict(), causes={})
        return lines[key]

    for key, count, amount in both.left():
        at = line(key)
        at.source_count, at.source = at.source_count + count, at.source + amount
    for key, count, amount in both.right():
        at = line(key)
        at.ledger_count, at.ledger = at.ledger_count + count, at.ledger + amount
    listed = run.differences.exclude(cause=UNEXPLAINED).values(*LineKey._fields, "cause")
    for row in listed.annotate(summed=Sum("amount")).order_by():
        at = line(LineKey(*(row[name] for name in LineKey._fields)))
        at.causes[row["cause"]] = f"{row['summed']:.4f}"
        at.draft += row["summed"] if row["cause"] == "draft" else ZERO
    ordered = [lines[key] for key in sorted(lines, key=_order)]
    for position, at in enumerate(ordered):
        at.position = position
        at.rest = at.source - at.ledger - sum(map(Decimal, at.causes.values()), ZERO)
    ReportLine.objects.bulk_create(ordered, batch_size=AT_A_TIME)


def _order(key: LineKey) -> tuple[str, ...]:
    return key.project, key.vendor, key.currency, key.kind, str(key.month or "")


def _figures(run: ReportRun) -> dict[str, Any]:
    """The totals per currency, never added across (A59), and what the tally counted beyond the records.

    In project books orders, bills and payments are not added up either: `kinds` has each by itself.
    """
    kinds = sorted(set(run.lines.values_list("kind", flat=True).order_by()))
    totals = {kind: _totals(run, kind) for kind in kinds}
    unread = {currency: [count, f"{amount:.4f}"] for currency, (count, amount) in sides.unread(run.integration).items()}
    return {
        "currencies": totals.pop("", {}), "kinds": totals, "unread": unread, "balances_rest": _balances_rest(run),
    }  # fmt: skip


def totals_of(figures: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, "" for a ledger, currency and total of everything that was compared."""
    for kind, totals in {"": figures.get("currencies", {}), **figures.get("kinds", {})}.items():
        for currency, total in sorted(totals.items()):
            yield kind, currency, total


def _totals(run: ReportRun, kind: str) -> dict[str, dict[str, Any]]:
    totals: dict[str, dict[str, Any]] = {}
    rows = run.lines.filter(kind=kind).values("currency").order_by()
    for row in rows.annotate(
        left=Sum("source"),
        right=Sum("ledger"),
        drafts=Sum("draft"),
        many=Sum("source_count"),
        posted=Sum("ledger_count"),
    ):
        totals[row["currency"]] = {
            "source": f"{row['left']:.4f}",
            "ledger": f"{row['right']:.4f}",
            "draft": f"{row['drafts']:.4f}",
            "source_count": row["many"],
            "ledger_count": row["posted"],
            "causes": {},
        }
    differences = run.differences.filter(kind=kind).values("currency", "cause")
    for found in differences.annotate(summed=Sum("amount")).order_by("cause"):
        totals[found["currency"]]["causes"][found["cause"]] = f"{found['summed']:.4f}"
    # Rests of opposite signs must not cancel each other out.
    rests = run.lines.filter(kind=kind).values_list("currency").annotate(loose=Sum(Abs("rest")))
    for currency, rest in rests.order_by():
        totals[currency]["rest"] = f"{rest:.4f}"
    return totals


def _balances_rest(run: ReportRun) -> str:
    """How far the second part is from the target's own balances, signs ignored."""
    rests = run.balances.filter(comparable=True).exclude(rest=0).values_list("rest", flat=True)
    return f"{sum((abs(rest) for rest in rests), ZERO):.4f}"


def _rests(run: ReportRun) -> dict[str, str]:
    return {f"{kind} {currency}".strip(): total["rest"] for kind, currency, total in totals_of(run.figures)}


def hash_of(run: ReportRun) -> str:
    """Of the settings, the totals and every stored row, in their order: what a report shows cannot change unseen."""
    found = hashlib.sha256(canonical([run.terms, run.figures]).encode())
    for row in run.lines.order_by("position").iterator():
        amounts = [f"{amount:.4f}" for amount in (row.source, row.ledger, row.draft, row.rest)]
        counts = [row.source_count, row.ledger_count]
        told = [row.vendor, row.currency, row.month, counts, amounts, row.causes, *_of_project(row)]
        found.update(canonical(told).encode())
    for each in run.differences.order_by("position").iterator():
        facts = [each.number, each.vendor, each.currency, each.month, each.cause, f"{each.amount:.4f}", each.words]
        found.update(canonical([each.record_id, *facts, *_of_project(each)]).encode())
    for open_now in run.balances.order_by("position").iterator():
        names = ("ours", "others", "drafts", "credits", "balance", "rest")
        figures = [f"{getattr(open_now, name):.4f}" for name in names]
        found.update(canonical([open_now.contact, open_now.vendor, open_now.currency, figures]).encode())
    return found.hexdigest()


def _of_project(row: ReportLine | ReportDifference) -> list[str]:
    return [row.project, row.kind] if row.kind else []


def is_unchanged(run: ReportRun) -> bool:
    return bool(run.hash) and hash_of(run) == run.hash


def review(run: ReportRun, by: User, remark: str) -> str:
    """Stand for it as a second person; returns what became of it, in words (A104)."""
    if run.made_at is None:
        return "is not made yet."
    if settings.SECOND_PERSON and run.prepared_by_id == by.pk:
        return "needs a second person: you prepared it yourself."
    if not is_unchanged(run):
        return "cannot be reviewed: its figures are no longer those that were stored."
    if not run.adds_up and not remark.strip():
        return "has an unexplained rest: say in the remark what it is."
    with transaction.atomic():
        mine = ReportRun.objects.filter(pk=run.pk, reviewed_by=None)
        if not mine.update(reviewed_by=by, reviewed_at=timezone.now(), remark=remark.strip()[:500]):
            return "was already reviewed."
        log("report.reviewed", subject(run), actor=by, details={"hash": run.hash, "remark": remark.strip()})
    return "reviewed."


def subject(run: ReportRun) -> Subject:
    return Subject("report", run.pk, f"Reconciliation {run}")
