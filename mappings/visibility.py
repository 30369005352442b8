"""Who may see which scope (E14). This app knows no integrations; who does, registers the rule."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from mappings.models import Scope

Person = AbstractBaseUser | AnonymousUser
Rule = Callable[[Person], "QuerySet[Scope] | None"]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Replace the rule. It returns the scopes that a user may see, or None for all of them."""
    _rules[:] = [rule]


def limit(user: Person) -> "QuerySet[Scope] | None":
    """The scopes this user is limited to; None where there is no limit."""
    return _rules[0](user) if _rules else None
