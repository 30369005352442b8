"""Settings of an integration that guard something: tightened at once, loosened only by a second person (A98, E11)."""

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from audit.trail import Subject, log
from integrations.engine import decisions, placing
from integrations.engine.decision_kinds import SETTING
from integrations.models import Decision, GapPolicy, Integration
from integrations.models.integration import ApprovalRule, TaxFrom
from integrations.setting_names import name_of

SIZES = [Decimal(10) ** power for power in range(10)]
NO_LIMIT = Decimal("Infinity")
Values = Mapping[str, Any]


def _switched_to(*loose: Any) -> Callable[[Any, Any], bool]:
    return lambda _before, after: after in loose


def _changed(before: Any, after: Any) -> bool:
    """Neither side is the safer one: either way something is posted, or left out, that was not before."""
    return bool(before != after)


LOOSENED_BY: Mapping[str, Callable[[Any, Any], bool]] = {
    "start_date": _changed,
    "scope_id": _changed,
    "bills_from": _changed,
    "date_from": _changed,
    "vendors": _changed,
    "on_gap": _switched_to(GapPolicy.HOLD),
    "tax_from": _switched_to(TaxFrom.TARGET),
    "include_card_orders": _switched_to(True),
    "bills_paid_at_source": _switched_to(True),
    "hold_without_number": _switched_to(False),
    "watch_accounts": _switched_to(False),
    "new_vendors_need_approval": _switched_to(False),
    "vendor_changes_need_approval": _switched_to(False),
}
"""Each alone. Limits that belong together are compared together: see `_approval_limit`, `_over_billing`."""
TOGETHER = (("approval_rule", "approval_above"), ("over_billing_percent", "over_billing_amount"))
GUARDED = (*LOOSENED_BY, *(name for group in TOGETHER for name in group))


def loosened(before: Integration, after: Integration) -> list[str]:
    """The names of the changed settings that guard less than before."""
    changed = [name for name in GUARDED if getattr(before, name) != getattr(after, name)]
    found = [
        name
        for name in changed
        if name in LOOSENED_BY and LOOSENED_BY[name](getattr(before, name), getattr(after, name))
    ]
    if _approval_limit(after) > _approval_limit(before):
        found += [name for name in TOGETHER[0] if name in changed]
    if any(_over_billing(after, size) > _over_billing(before, size) for size in SIZES):
        found += [name for name in TOGETHER[1] if name in changed]
    return found


def hold_back(before: Integration, after: Integration, by: User, reason: str) -> Decision | None:
    """Take the loosened settings out of `after`, which is about to be saved, and ask a second person for them.

    What is tightened stays in. Before anything was read there is nothing to guard yet: all of it acts at once.
    """
    names = loosened(before, after)
    if not names or not decisions.takes_two() or not before.records.exists():
        return None
    choice = {
        name: {"before": _kept(getattr(before, name)), "after": _kept(getattr(after, name)),
               "words": f"{said(before, name)} → {said(after, name)}"}
        for name in names
    }  # fmt: skip
    for name in names:
        setattr(after, name, getattr(before, name))
    label = f"{before}: {', '.join(name_of(name) for name in names)}"
    return decisions.ask(
        SETTING, "integration", before.pk, settings_hash(before, names), by, reason, choice, integration=before,
        label=label,
    )  # fmt: skip


def settings_hash(integration: Integration, names: Any = GUARDED) -> str:
    """Of the settings as they stand: a proposal about others than these has lapsed."""
    values = [(name, _kept(getattr(integration, name))) for name in sorted(names)]
    return hashlib.sha256(repr((integration.pk, values)).encode()).hexdigest()


def said(integration: Integration, name: str) -> str:
    """A setting as people read it."""
    display = getattr(integration, f"get_{name}_display", None)
    if display is not None:
        return str(display())
    value = getattr(integration, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "scope_id":
        return str(integration.scope)
    return "nothing" if value is None else str(value)


def _approval_limit(integration: Integration) -> Decimal:
    """Up to which amount nobody needs to approve anything."""
    if integration.approval_rule == ApprovalRule.ALWAYS:
        return Decimal(-1)
    if integration.approval_rule == ApprovalRule.ABOVE and integration.approval_above is not None:
        return integration.approval_above
    return NO_LIMIT


def _over_billing(integration: Integration, ordered: Decimal) -> Decimal:
    """How much more than ordered may be billed: the smaller of both where both are set, else nothing."""
    percent, amount = integration.over_billing_percent, integration.over_billing_amount
    limits = [ordered * percent / 100 if percent is not None else None, amount]
    return min((limit for limit in limits if limit is not None), default=Decimal(0))


def _kept(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)


def _apply(decision: Decision) -> None:
    with transaction.atomic():
        integration = Integration.objects.select_for_update(of=("self",)).get(pk=decision.subject_id)
        for name, sides in decision.choice.items():
            field = Integration._meta.get_field(name)
            setattr(integration, name, field.to_python(sides["after"]))  # type: ignore[union-attr]
        integration.full_clean()
        integration.save(update_fields=list(decision.choice))
        details = {
            side: {name_of(name): sides[side] for name, sides in decision.choice.items()}
            for side in ("before", "after")
        }
        subject = Subject("integration", integration.pk, integration.name)
        log("integration.changed", subject, actor=decision.decided_by, details=details)
        placing.after_settings(integration, decision.choice, decision.decided_by)


def _content(decision: Decision) -> str:
    integration = Integration.objects.filter(pk=decision.subject_id).first()
    if integration is None:
        return ""
    try:
        for name, sides in decision.choice.items():
            Integration._meta.get_field(name).to_python(sides["after"])  # type: ignore[union-attr]
    except ValidationError:
        return ""
    return settings_hash(integration, decision.choice)


def register() -> None:
    decisions.register(SETTING, approved=_apply, content=_content)
