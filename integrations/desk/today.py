"""Today: what waits for whom, how the integrations and connections are. One question per kind of card."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations import counting, schedules, visibility
from integrations.admin.connection_head import calls_left, health
from integrations.admin.integration_head import shown_line, state_of
from integrations.admin.record_desk import with_filters
from integrations.desk.checklist import Step, steps
from integrations.desk.next_steps import next_step
from integrations.engine.pause import PAUSING, paused_flows
from integrations.hold_reasons import HOLD_REASONS, label_of
from integrations.models import Connection, Flag, GapPolicy, Integration, Preview, Record, Work
from integrations.places import Amounts, Counted, lines
from integrations.visibility import Viewer
from integrations.words import age, ago, of_flag, sums
from mappings.models import AccountRow, CostCodeRow


@dataclass(frozen=True, slots=True)
class Pile:
    """Records that wait for the same thing: how many, for how much, since when, and the list that shows them."""

    label: str
    count: int
    sums: list[str]
    oldest: str
    link: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A paused flow, and what waits behind it (A69)."""

    flow: str
    behind: Pile
    held: Pile


@dataclass(frozen=True, slots=True)
class IntegrationCard:
    integration: Integration
    state: SafeString
    schedule: str
    next_run: str
    last_run: str
    is_running: bool
    pauses: list[Pause]
    lines: list[dict[str, Any]]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    connection: Connection
    health: SafeString
    next_step: str
    answered: str
    calls_left: str


@dataclass
class _Sum:
    """Counts and amounts of several rows, with the oldest of them."""

    amounts: Amounts = field(default_factory=Amounts)
    oldest: datetime | None = None

    def add(self, row: Counted) -> None:
        self.amounts.add(row.count, row.currency, row.amount)
        self.oldest = min(self.oldest, row.oldest) if self.oldest else row.oldest

    def pile(self, label: str, link: str, owner: str = "") -> Pile:
        return Pile(label, self.amounts.count, sums(self.amounts.amounts), age(self.oldest), link, owner)


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the page. `new` says that there is no integration yet: then the checklist stands first."""

    held: list[Pile]
    approvals: Pile
    flags: list[Pile]
    integrations: list[IntegrationCard]
    connections: list[ConnectionCard]
    steps: list[Step]
    may_see_records: bool
    counted: str


def today(user: User | AnonymousUser) -> Today:
    may_see = user.has_perm("integrations.view_record")
    seen = _integrations(user)
    connections = _connections(user) if user.has_perm("integrations.view_connection") else []
    count = counting.counted(seen) if may_see else counting.Count([], [], None)
    rows, paused = count.rows, paused_flows(seen)
    return Today(
        held=_held(rows),
        approvals=_sum(row for row in rows if row.work == Work.APPROVAL).pile(
            "Waiting for approval", with_filters("held", waits="approval")
        ),
        flags=_flags(user) if may_see else [],
        integrations=[_card(each, rows, paused) for each in _with_lines(seen, count)],
        connections=[_connection(each) for each in connections],
        steps=steps(None, connections) if not seen else [],
        may_see_records=may_see,
        counted=ago(count.at) if count.at else "",
    )


def _integrations(user: Viewer) -> Sequence[Any]:
    """Those this person sees, with what the checklist asks of each."""
    rows: QuerySet[Any] = Integration.objects.select_related("source", "target", "scope").annotate(
        has_rows=Exists(AccountRow.objects.filter(scope=OuterRef("scope")))
        | Exists(CostCodeRow.objects.filter(scope=OuterRef("scope"))),
        has_preview=Exists(Preview.objects.filter(integration=OuterRef("pk"), finished_at__isnull=False)),
        has_read=Exists(Record.objects.filter(integration=OuterRef("pk"))),
    )
    chosen = [each.pk for each in visibility.integrations(user)]
    return list(rows.filter(pk__in=chosen).order_by("name"))


def _connections(user: Viewer) -> list[Connection]:
    rows = visibility.connections(Connection.objects.order_by("label"), user)
    return list(rows.prefetch_related("pace"))


def _with_lines(seen: Sequence[Any], count: counting.Count) -> Iterable[tuple[Any, list[dict[str, Any]]]]:
    found: dict[int, list[dict[str, Any]]] = {each.pk: [] for each in seen}
    for line in lines(seen, count.rows, count.read) if count.rows else []:
        found[line.integration.pk].append(shown_line(line))
    return [(each, found[each.pk]) for each in seen]


def _card(
    shown: tuple[Any, list[dict[str, Any]]], rows: Sequence[Counted], paused: Collection[tuple[int, str]]
) -> IntegrationCard:
    integration, its_lines = shown
    now = timezone.now()
    zone = integration.time_zone
    return IntegrationCard(
        integration=integration,
        state=state_of(integration),
        schedule=schedules.in_words(integration),
        next_run=schedules.moment_in_words(integration.next_run_at, zone) if integration.enabled else "",
        last_run=ago(integration.last_run_at) if integration.last_run_at else "",
        is_running=integration.lease_until is not None and integration.lease_until > now,
        pauses=list(_pauses(integration, [row for row in rows if row.integration == integration.pk], paused)),
        lines=its_lines,
        steps=steps(integration),
    )


def _pauses(integration: Integration, rows: Sequence[Counted], paused: Collection[tuple[int, str]]) -> Iterable[Pause]:
    """Derived as the engine derives it: a gap that pauses is held, and the policy is to pause (E35)."""
    if integration.on_gap != GapPolicy.PAUSE:
        return
    of_it = {"integration": str(integration.pk)}
    for flow in sorted({row.flow for row in rows if row.work == Work.HELD and row.reason in PAUSING}):
        if integration.pause_passed_at and (integration.pk, flow) not in paused:
            continue  # a supervisor let the rest go on, and nothing new is missing
        stopped = _sum(row for row in rows if row.flow == flow and row.work == Work.HELD and row.reason in PAUSING)
        behind = _sum(row for row in rows if row.flow == flow and row.work == Work.WAITING)
        yield Pause(
            flow.replace("-", " "),
            behind.pile("waiting behind it", with_filters("record", **of_it, flow=flow, place="waiting")),
            stopped.pile("held for a gap", with_filters("held", **of_it, flow=flow)),
        )


def _held(rows: Iterable[Counted]) -> list[Pile]:
    """By reason, the most first."""
    found: dict[str, _Sum] = {}
    for row in rows:
        if row.work in (Work.HELD, Work.APPROVAL):
            found.setdefault(row.reason, _Sum()).add(row)
    piles = [
        each.pile(label_of(reason) or "held", with_filters("held", reason=reason), _owner(reason))
        for reason, each in found.items()
    ]
    return sorted(piles, key=lambda pile: (-pile.count, pile.label))


def _owner(reason: str) -> str:
    return HOLD_REASONS[reason].owner if reason in HOLD_REASONS else ""


def _sum(rows: Iterable[Counted]) -> _Sum:
    found = _Sum()
    for row in rows:
        found.add(row)
    return found


def _flags(user: Viewer) -> list[Pile]:
    open_flags = visibility.flags(Flag.objects.filter(closed_at=None), user)
    kinds = open_flags.values_list("kind").annotate(count=Count("pk")).order_by("-count", "kind")
    return [Pile(of_flag(kind), count, [], "", with_filters("record", flag=kind)) for kind, count in kinds]


def _connection(connection: Connection) -> ConnectionCard:
    return ConnectionCard(
        connection,
        health(connection),
        next_step(connection),
        ago(connection.last_success_at),
        calls_left(connection),
    )
