"""A paused batch: what waits behind the hold, and letting the rest go on until the next gap (E35, A69)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value
from django.utils import timezone

from audit.trail import Subject, log
from integrations.engine import decisions
from integrations.engine.decision_kinds import PASS_PAUSE, kind_of
from integrations.hold_reasons import HOLD_REASONS
from integrations.models import Gap, GapPolicy, Integration, Record, Work
from integrations.pairs import pair
from integrations.pairs.flow import Flow

PAUSING = [slug for slug, reason in HOLD_REASONS.items() if reason.pauses_batch]


@dataclass
class Behind:
    """What waits behind the holds of a paused flow: count, amounts per currency, and since when the oldest does."""

    flow: Flow[Any]
    holds: int
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    oldest: datetime | None = None
    oldest_date: date | None = None


def is_paused(integration: Integration, flow: Flow[Any]) -> bool:
    """Whether a missing mapping or vendor pauses posting of this flow (E35)."""
    return integration.on_gap == GapPolicy.PAUSE and pausing(integration, flow).exists()


def pausing(integration: Integration, flow: Flow[Any]) -> QuerySet[Record]:
    """The held records that pause this flow; those a supervisor let pass do not, until they lack something new."""
    held = Record.objects.filter(integration=integration, flow=flow.slug, work=Work.HELD, hold_reason__in=PAUSING)
    passed = integration.pause_passed_at
    return held if passed is None else held.filter(_newer(Value(passed)))


def paused_flows(integrations: Iterable[Integration]) -> set[tuple[int, str]]:
    """Of those where a supervisor let the rest go on, the flows that lack something new, in one question."""
    passed = [each.pk for each in integrations if each.on_gap == GapPolicy.PAUSE and each.pause_passed_at]
    held = Record.objects.filter(integration__in=passed, work=Work.HELD, hold_reason__in=PAUSING)
    newer = held.filter(_newer(F("integration__pause_passed_at"), OuterRef("integration__pause_passed_at")))
    return set(newer.order_by().values_list("integration", "flow").distinct())


def _newer(passed: Any, from_inside: Any = None) -> Q:
    """What is lacked since then: a gap opened later, or a hold without one that came later."""
    gaps = Gap.objects.filter(record=OuterRef("pk"), closed_at=None)
    opened = gaps.filter(opened_at__gt=from_inside or passed)
    return Q(Exists(opened)) | (~Q(Exists(gaps)) & Q(changed_at__gt=passed))


def behind(integration: Integration, flow: Flow[Any]) -> Behind | None:
    """What waits behind the hold of this flow; None where it is not paused (A69)."""
    if not is_paused(integration, flow):
        return None
    found = Behind(flow, pausing(integration, flow).count())
    waiting = Record.objects.filter(integration=integration, flow=flow.slug, work=Work.WAITING)
    rows = waiting.values("currency").annotate(
        count=Count("pk"), amount=Sum("amount"), oldest=Min("document__first_read_at"), dated=Min("document_date")
    )
    for row in rows.order_by():
        found.count += row["count"]
        found.amounts[row["currency"]] += row["amount"]
        found.oldest = min(filter(None, (found.oldest, row["oldest"])), default=None)
        found.oldest_date = min(filter(None, (found.oldest_date, row["dated"])), default=None)
    return found


def all_behind(integration: Integration) -> list[Behind]:
    """Of every paused flow."""
    return [each for flow in pair(integration.pair).flows if (each := behind(integration, flow))]


def let_rest_go_on(integration: Integration, by: User, reason: str) -> str:
    """What waits is posted although something is still missing elsewhere, until the next gap pauses it again."""
    if not by.has_perm(kind_of(PASS_PAUSE).permission):
        raise PermissionDenied
    if not reason.strip():
        return "Give a reason; it stays on record."
    paused = all_behind(integration)
    if not paused:
        return "Nothing is paused any more."
    now = timezone.now()
    with transaction.atomic():
        Integration.objects.filter(pk=integration.pk).update(pause_passed_at=now)
        integration.pause_passed_at = now
        choice = {
            each.flow.label: {"waiting": each.count, "amounts": _texts(each.amounts), "holds": each.holds}
            for each in paused
        }
        decisions.record(
            PASS_PAUSE, "integration", integration.pk, now.isoformat(), by, reason, choice, integration=integration,
            label=f"{integration}: let the rest go on",
        )  # fmt: skip
        subject = Subject("integration", integration.pk, integration.name)
        details = {"reason": reason.strip(), "waiting": sum(each.count for each in paused), "behind": choice}
        log("integration.pause_passed", subject, actor=by, details=details)
    return "The rest goes on with the next run, until something else is missing."


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:.2f}" for currency, amount in sorted(amounts.items())}
