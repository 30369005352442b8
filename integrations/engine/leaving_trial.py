"""Leaving trial mode: what waits is looked through for duplicates first, and a second person decides (A66)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Sum

from audit.trail import Subject, log
from integrations.engine import decisions
from integrations.engine.decision_kinds import LEAVE_TRIAL
from integrations.engine.proposed_settings import settings_hash
from integrations.engine.rehearsal import Rehearser
from integrations.models import Decision, Integration, Record, Work

MOST_LOOKED_THROUGH = 2000
MOST_SHOWN = 50
DUPLICATE = "possible-duplicate"


@dataclass
class Waiting:
    """Everything that waits, by count and amount per currency, and what of it may stand in the target already."""

    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    looked_through: int = 0
    duplicates: list[tuple[Record, str]] = field(default_factory=list)

    @property
    def not_looked_through(self) -> int:
        return self.count - self.looked_through


def look_through(integration: Integration) -> Waiting:
    """The duplicate check over everything that waits, against the index of the target's bills as it is now."""
    found = Waiting()
    waiting = Record.objects.filter(integration=integration, work=Work.WAITING)
    for row in waiting.values("currency").annotate(count=Count("pk"), amount=Sum("amount")).order_by():
        found.count += row["count"]
        found.amounts[row["currency"]] += row["amount"]
    for record, held, sentence in _rehearsed(integration):
        found.looked_through += 1
        if held and len(found.duplicates) < MOST_SHOWN:
            found.duplicates.append((record, sentence))
    return found


def ask(integration: Integration, by: User, reason: str) -> Decision | None:
    """Ask a second person to let it post; None where this installation has none, and it posts at once."""
    seen = look_through(integration)
    choice = {
        "waiting": seen.count,
        "amounts": {currency: f"{amount:.2f}" for currency, amount in sorted(seen.amounts.items())},
        "possible duplicates": len(seen.duplicates),
    }
    content = settings_hash(integration)
    about: dict[str, Any] = {"integration": integration, "label": f"{integration}: start posting"}
    if decisions.takes_two():
        return decisions.ask(LEAVE_TRIAL, "integration", integration.pk, content, by, reason, choice, **about)
    start(decisions.record(LEAVE_TRIAL, "integration", integration.pk, content, by, reason, choice, **about))
    return None


def start(decision: Decision) -> None:
    """Once, whoever of two comes first."""
    with transaction.atomic():
        integration = Integration.objects.get(pk=decision.subject_id)
        if Integration.objects.filter(pk=integration.pk, trial=True).update(trial=False):
            waiting = Record.objects.filter(integration=integration, work=Work.WAITING).count()
            subject = Subject("integration", integration.pk, integration.name)
            log("integration.posting_started", subject, actor=decision.decided_by, details={"waiting": waiting})


def _rehearsed(integration: Integration) -> Iterator[tuple[Record, bool, str]]:
    """Record, whether something like it stands already, and the sentence that says so."""
    waiting = Record.objects.filter(integration=integration, work=Work.WAITING, document__detail_due=False)
    rows = waiting.exclude(document__detail="").select_related("document", "integration").order_by("pk")
    known: dict[str, Rehearser] = {}
    for record in rows[:MOST_LOOKED_THROUGH].iterator(chunk_size=200):
        if record.flow not in known:
            known[record.flow] = Rehearser.load(integration, record.flow)
        seen = known[record.flow].rehearse(record)
        flags = seen.translation.flags if seen.translation else ()
        flagged = next((flag.message for flag in flags if flag.kind == DUPLICATE), "")
        held = seen.reason == DUPLICATE
        yield record, held or bool(flagged), seen.why if held else flagged


def _content(decision: Decision) -> str:
    integration = Integration.objects.filter(pk=decision.subject_id, trial=True).first()
    return settings_hash(integration) if integration else ""


def register() -> None:
    decisions.register(LEAVE_TRIAL, approved=start, content=_content)
