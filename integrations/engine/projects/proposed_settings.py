"""Settings of projects that guard something: tightened at once, loosened only by a second person (A98, E11)."""

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from audit.trail import Subject, log
from integrations.engine import decisions
from integrations.engine.decision_kinds import PROJECT_SETTING
from integrations.models import Decision, ProjectSettings
from integrations.pairs.xero_procore.terms import BudgetBy, Unlinked
from integrations.setting_names import name_of


def _changed(before: Any, after: Any) -> bool:
    """Neither side is the safer one: either way something becomes cost, or a document of its own, that was not."""
    return bool(before != after)


def _other(before: str, after: str) -> bool:
    """Naming it for the first time loosens nothing: without it every order is held."""
    return bool(before) and before != after


def _wider(before: Decimal | None, after: Decimal | None) -> bool:
    """Where one of two limits is taken away, the other counts alone."""
    return after is None or before is None or after > before


LOOSENED_BY: Mapping[str, Callable[[Any, Any], bool]] = {
    "project_category": _other,
    "budget_category": _changed,
    "budget_by": lambda _before, after: bool(after == BudgetBy.PROJECT),
    "strict_budget": lambda _before, after: not after,
    "commitment_status": _changed,
    "deleted_orders": _changed,
    "trigger": _changed,
    "unlinked": lambda _before, after: bool(after == Unlinked.DIRECT_COST),
    "requisition_status": _changed,
    "lock_settled": lambda _before, after: not after,
    "direct_cost_status": _changed,
    "tolerance_percent": _wider,
    "tolerance_amount": _wider,
    "taxed_projects": _changed,
    "cost_taxes": _changed,
    "claimed_taxes": _changed,
}


def loosened(before: ProjectSettings, after: ProjectSettings) -> list[str]:
    sides = ((name, getattr(before, name), getattr(after, name)) for name in LOOSENED_BY)
    return [name for name, old, new in sides if old != new and LOOSENED_BY[name](old, new)]


def hold_back(before: ProjectSettings, after: ProjectSettings, by: User, reason: str) -> Decision | None:
    """Take the loosened settings out of `after`, which is about to be saved, and ask a second person for them. Before
    anything was read there is nothing to guard yet."""
    names, integration = loosened(before, after), before.integration
    if not names or not decisions.takes_two() or not integration.records.exists():
        return None
    choice = {
        name: {"before": _kept(before, name), "after": _kept(after, name),
               "words": f"{said(before, name)} → {said(after, name)}"}
        for name in names
    }  # fmt: skip
    for name in names:
        setattr(after, name, getattr(before, name))
    label = f"{integration}: {', '.join(name_of(name) for name in names)}"
    return decisions.ask(
        PROJECT_SETTING, "integration", integration.pk, _hash(before, names), by, reason, choice,
        integration=integration, label=label,
    )  # fmt: skip


def said(chosen: ProjectSettings, name: str) -> str:
    """A setting as people read it."""
    display = getattr(chosen, f"get_{name}_display", None)
    value = display() if display is not None else getattr(chosen, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value in (None, "") else str(value)


def register() -> None:
    decisions.register(PROJECT_SETTING, approved=_apply, content=_content)


def _apply(decision: Decision) -> None:
    with transaction.atomic():
        chosen = ProjectSettings.objects.select_for_update(of=("self",)).get(integration=int(decision.subject_id))
        for name, sides in decision.choice.items():
            field: Any = ProjectSettings._meta.get_field(name)
            setattr(chosen, name, field.to_python(sides["after"]))
        chosen.full_clean()
        chosen.save(update_fields=list(decision.choice))
        details = {
            side: {name_of(name): sides[side] for name, sides in decision.choice.items()}
            for side in ("before", "after")
        }
        subject = Subject("integration", chosen.integration_id, chosen.integration.name)
        log("integration.changed", subject, actor=decision.decided_by, details=details)


def _content(decision: Decision) -> str:
    """A proposal about other settings than these, as they stand, has lapsed."""
    chosen = ProjectSettings.objects.filter(integration=int(decision.subject_id)).first()
    return _hash(chosen, list(decision.choice)) if chosen is not None else ""


def _hash(chosen: ProjectSettings, names: list[str]) -> str:
    values = [(name, _kept(chosen, name)) for name in sorted(names)]
    return hashlib.sha256(repr((chosen.integration_id, values)).encode()).hexdigest()


def _kept(chosen: ProjectSettings, name: str) -> Any:
    field: Any = ProjectSettings._meta.get_field(name)
    value = field.to_python(getattr(chosen, name))
    return value if value is None or isinstance(value, bool | int) else str(value)
