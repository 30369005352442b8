"""What waits for a row that a table lacks. This app knows no records; who does, registers the answer (E7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mappings.keys import LookupKey
from mappings.visibility import Person


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that one document lacks. `document` only tells documents apart; `label` is for people."""

    scope: int
    key: LookupKey
    label: str
    document: int
    currency: str
    amount: Decimal
    since: datetime


Rule = Callable[[Iterable[int], Person], Iterable[Waiting]]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Replace the rule. For ids of scopes it returns what waits in them and this person may see."""
    _rules[:] = [rule]


def known() -> bool:
    return bool(_rules)


def in_scopes(scopes: Iterable[int], user: Person) -> Iterable[Waiting]:
    return _rules[0](scopes, user) if _rules else ()
