"""Whether changed parts of a company act at once. This app knows no decisions; who does, registers the answer (E7)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from mappings.models import Scope

Parts = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PartsChange:
    """What of the source belongs to a set of tables, as (kind, key), before and after; and who wants it so, why."""

    scope: Scope
    before: Parts
    after: Parts
    by: User
    reason: str


Rule = Callable[[PartsChange], str]
Told = Callable[[Scope], list[str]]

_rules: list[tuple[Rule, Told]] = []


def register(rule: Rule, told: Told) -> None:
    """Replace the rule, which returns what a person reads whose change waits, "" for one that acts at once.

    `told` says what waits for a set of tables already, a sentence each.
    """
    _rules[:] = [(rule, told)]


def held_back(change: PartsChange) -> str:
    return _rules[0][0](change) if _rules and change.before != change.after else ""


def waiting(scope: Scope) -> list[str]:
    return _rules[0][1](scope) if _rules else []
