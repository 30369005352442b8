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
from integrations.reconciliation import balances, sides
from integrations.reconciliation.causes import UNEXPLAINED, Piece, pieces
from mappings.models import ReferenceEntry

ZERO = Decimal(0)
MADE_AT_ONCE = 20_000
AT_A_TIME = 1000
NO_VENDOR = "(no vendor)"


def ask(integration: Integration, as_of: date, by: User, *, with_balances: bool = False) -> ReportRun:
    """Prepare a report: at once where that takes a moment, otherwise by a worker."""
    run = ReportRun.objects.create(
        integration=integration,
        as_of=as_of,
        with_balances=with_balances,
        asked_at=timezone.now(),
        prepared_by=by,
        second_person=settings.SECOND_PERSON,
    )
    if sides.size(integration, MADE_AT_ONCE) > MADE_AT_ONCE:
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
        read = balances.read(run.integration) if run.with_balances else None
    except CounterfoilError as error:
        ReportRun.objects.filter(pk=run_id).update(failure=str(error)[:500])
        return
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.atomic_blocks) == 1:
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _fill(run, read)


def _fill(run: ReportRun, read: "list[balances.Balance] | None") -> None:
    integration = run.integration
    run.terms = {
        "integration": integration.name,
        "source": integration.source.label,
        "target": integration.target.label,
        "start": integration.start_date,
        "bills_from": integration.bills_from,
        "as_of": run.as_of,
    }
    run.terms = {name: str(value) for name, value in run.terms.items()}
    _store_differences(run)
    _store_lines(run)
    if read is not None:
        ReportBalance.objects.bulk_create(
            ReportBalance(run=run, position=position, **balance._asdict()) for position, balance in enumerate(read)
        )
    run.figures = _figures(run)
    run.adds_up = all(not Decimal(each["rest"]) for each in run.figures["currencies"].values())
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


def _store_differences(run: ReportRun) -> None:
    waiting: list[ReportDifference] = []
    for position, difference in enumerate(_differences(run)):
        difference.position = position
        waiting.append(difference)
        if len(waiting) >= AT_A_TIME:
            ReportDifference.objects.bulk_create(waiting)
            waiting = []
    ReportDifference.objects.bulk_create(waiting)


def _differences(run: ReportRun) -> Iterator[ReportDifference]:
    for row, both in sides.each(run.integration, run.as_of):
        for piece in pieces(both, run.as_of):
            words = row["explanation"].partition("\n")[0] if piece.cause in ("held", "excluded", "waiting") else ""
            vendor = row["vendor_name"] or NO_VENDOR
            yield _difference(run, piece, vendor, number=row["number"], record_id=row["pk"], words=words[:300])
    for bill in sides.booked(run.integration, run.as_of).filter(holder=None).order_by("pk").iterator():
        month = bill.date.replace(day=1) if bill.date else None
        piece = Piece(bill.currency, month, UNEXPLAINED, -bill.total)
        words = "Carries our mark in the target, but no record here made it."
        yield _difference(run, piece, _contact(run, bill.contact), number=bill.number, words=words)


def _difference(run: ReportRun, piece: Piece, vendor: str, **more: Any) -> ReportDifference:
    return ReportDifference(run=run, vendor=vendor, **piece._asdict(), **more)


def _contact(run: ReportRun, key: str) -> str:
    entry = ReferenceEntry.objects.filter(books=run.integration.target.books_id, kind="contact", key=key).first()
    return entry.name if entry else NO_VENDOR


def _store_lines(run: ReportRun) -> None:
    """Left, right and the sums of what is listed, per vendor, currency and month; what is left over is the rest."""
    lines: dict[tuple[str, str, date | None], ReportLine] = {}

    def line(vendor: str, currency: str, month: date | None) -> ReportLine:
        key = (vendor or NO_VENDOR, currency, month)
        if key not in lines:
            lines[key] = ReportLine(run=run, vendor=key[0], currency=currency, month=month, causes={})
        return lines[key]

    for key, count, amount in sides.left(run.integration, run.as_of):
        at = line(*key)
        at.source_count, at.source = at.source_count + count, at.source + amount
    for key, count, amount in sides.right(run.integration, run.as_of):
        at = line(*key)
        at.ledger_count, at.ledger = at.ledger_count + count, at.ledger + amount
    for bill in sides.booked(run.integration, run.as_of).filter(holder=None).iterator():
        at = line(_contact(run, bill.contact), bill.currency, bill.date.replace(day=1) if bill.date else None)
        at.ledger_count, at.ledger = at.ledger_count + 1, at.ledger + bill.total
    listed = run.differences.exclude(cause=UNEXPLAINED).values("vendor", "currency", "month", "cause")
    for row in listed.annotate(summed=Sum("amount")).order_by():
        at = line(row["vendor"], row["currency"], row["month"])
        at.causes[row["cause"]] = f"{row['summed']:.4f}"
        at.draft += row["summed"] if row["cause"] == "draft" else ZERO
    ordered = [lines[key] for key in sorted(lines, key=lambda key: (key[0], key[1], str(key[2] or "")))]
    for position, at in enumerate(ordered):
        at.position = position
        at.rest = at.source - at.ledger - sum(map(Decimal, at.causes.values()), ZERO)
    ReportLine.objects.bulk_create(ordered, batch_size=AT_A_TIME)


def _figures(run: ReportRun) -> dict[str, Any]:
    """The totals per currency, never added across (A59), and what the tally counted beyond the records."""
    totals: dict[str, dict[str, Any]] = {}
    for row in run.lines.values("currency").annotate(
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
    for found in run.differences.values("currency", "cause").annotate(summed=Sum("amount")).order_by("cause"):
        totals[found["currency"]]["causes"][found["cause"]] = f"{found['summed']:.4f}"
    # Rests of opposite signs must not cancel each other out.
    for currency, rest in run.lines.values_list("currency").annotate(loose=Sum(Abs("rest"))).order_by():
        totals[currency]["rest"] = f"{rest:.4f}"
    unread = {currency: [count, f"{amount:.4f}"] for currency, (count, amount) in sides.unread(run.integration).items()}
    return {"currencies": totals, "unread": unread, "balances_rest": _balances_rest(run)}


def _balances_rest(run: ReportRun) -> str:
    """How far the second part is from the target's own balances, signs ignored."""
    rests = run.balances.filter(comparable=True).exclude(rest=0).values_list("rest", flat=True)
    return f"{sum((abs(rest) for rest in rests), ZERO):.4f}"


def _rests(run: ReportRun) -> dict[str, str]:
    return {currency: total["rest"] for currency, total in run.figures["currencies"].items()}


def hash_of(run: ReportRun) -> str:
    """Of the settings, the totals and every stored row, in their order: what a report shows cannot change unseen."""
    found = hashlib.sha256(canonical([run.terms, run.figures]).encode())
    for row in run.lines.order_by("position").iterator():
        amounts = [f"{amount:.4f}" for amount in (row.source, row.ledger, row.draft, row.rest)]
        counts = [row.source_count, row.ledger_count]
        found.update(canonical([row.vendor, row.currency, row.month, counts, amounts, row.causes]).encode())
    for each in run.differences.order_by("position").iterator():
        facts = [each.number, each.vendor, each.currency, each.month, each.cause, f"{each.amount:.4f}", each.words]
        found.update(canonical([each.record_id, *facts]).encode())
    for open_now in run.balances.order_by("position").iterator():
        names = ("ours", "others", "drafts", "credits", "balance", "rest")
        figures = [f"{getattr(open_now, name):.4f}" for name in names]
        found.update(canonical([open_now.contact, open_now.vendor, open_now.currency, figures]).encode())
    return found.hexdigest()


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
