"""Locations and departments of a company, changed once something was read: only with a second person (A80, A98)."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError

from integrations.engine import decisions
from integrations.engine.decision_kinds import COMPANY_PARTS
from integrations.models import Decision, Integration, Record
from mappings import changes
from mappings.guarding import Parts, PartsChange
from mappings.models import Scope, ScopePart


def hold_back(change: PartsChange) -> str:
    """Ask a second person for the change and say so; "" where there is nothing to guard yet.

    Either way something is posted in a company, or left out of it, that was not before. Raises ValidationError for a
    change that could not be made.
    """
    scope = change.scope
    read = Record.objects.filter(integration__scope__source_books=scope.source_books_id)
    if not decisions.takes_two() or not read.exists():
        return ""
    if not change.after and scope.siblings().exists():
        raise ValidationError(scope.KEEP_ONE)
    words = _words(scope, change.before, change.after)
    sides = {"before": change.before, "after": change.after}
    kept: dict[str, Any] = {side: [list(part) for part in sorted(parts)] for side, parts in sides.items()}
    choice = {"parts": {**kept, "words": words}}
    decision = decisions.ask(
        COMPANY_PARTS, "scope", scope.pk, _content_of(scope), change.by, change.reason, choice,
        integration=Integration.objects.filter(scope=scope).order_by("pk").first(),
        label=f"{scope}: locations and departments",
    )  # fmt: skip
    left = decisions.others_who_could(decision).count()
    could = "1 person could" if left == 1 else f"{left} people could" if left else "Nobody else here may yet"
    return f"Not in force yet: {words}. A second person decides. {could}."


def waiting(scope: Scope) -> list[str]:
    """What was asked for and not decided yet."""
    return [
        f"Not in force yet: {decision.choice['parts']['words']}. {decision.asked_by or 'Somebody'} asked for it, and a "
        "second person decides."
        for decision in decisions.pending("scope", scope.pk)
    ]


def _words(scope: Scope, before: Parts, after: Parts) -> str:
    said = [f"{_name(scope, part)} comes in" for part in sorted(after - before)]
    return "; ".join([*said, *(f"{_name(scope, part)} goes out" for part in sorted(before - after))])


def _name(scope: Scope, part: tuple[str, str]) -> str:
    return str(ScopePart(scope=scope, kind=part[0], key=part[1]))


def _content_of(scope: Scope) -> str:
    """Of how the source is shared out now, among all that read from it."""
    parts = ScopePart.objects.filter(scope__source_books=scope.source_books_id)
    rows = sorted(parts.values_list("scope_id", "kind", "key"))
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _apply(decision: Decision) -> None:
    """What comes in first, since the last part beside other sets of tables never goes out."""
    scope = Scope.objects.get(pk=decision.subject_id)
    sides = decision.choice["parts"]
    before, after = ({(kind, key) for kind, key in sides[side]} for side in ("before", "after"))
    with changes.acting(decision.decided_by), changes.together():
        for kind, key in sorted(after - before):
            ScopePart.objects.create(scope=scope, kind=kind, key=key)
        for kind, key in sorted(before - after):
            for part in scope.parts.filter(kind=kind, key=key):
                part.delete()


def _content(decision: Decision) -> str:
    scope = Scope.objects.filter(pk=decision.subject_id).first()
    return _content_of(scope) if scope is not None else ""


def register() -> None:
    decisions.register(COMPANY_PARTS, approved=_apply, content=_content)
