"""Who may see which entries (E14). This app knows no integrations; who does, registers the rule.

An entry is about its subject, and only the subject's own app can tell whose that is. So for people with a limit the
newest entries are looked through, as many as a list counts; days, filters and numbers lead to older ones.
"""

from collections.abc import Callable, Collection, Set
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from audit.listing import COUNTED
from audit.models import Entry

Person = AbstractBaseUser | AnonymousUser
About = tuple[str, str]  # kind and id of a subject
Sees = Callable[[Collection[About]], Set[About]]
Rule = Callable[[Person], Sees | None]

_rules: list[Rule] = []


@dataclass(frozen=True, slots=True)
class Part:
    """Of some entries those that a person may see; `whole` says that there was no more to look through."""

    entries: QuerySet[Entry]
    whole: bool


def register(rule: Rule) -> None:
    """Replace the rule. For a person with a limit it returns what tells, of subjects, which of them they may see."""
    _rules[:] = [rule]


def limit(person: Person) -> Sees | None:
    """None where there is no limit."""
    return _rules[0](person) if _rules else None


def part(entries: QuerySet[Entry], sees: Sees) -> Part:
    """Of ordered entries."""
    looked_through = list(entries.values_list("pk", "subject_kind", "subject_id")[:COUNTED])
    seen = sees({(kind, pk) for _, kind, pk in looked_through})
    found = [entry for entry, kind, pk in looked_through if (kind, pk) in seen]
    return Part(entries.filter(pk__in=found), len(looked_through) < COUNTED)


def may_see(entry: Entry, person: Person) -> bool:
    sees = limit(person)
    about = entry.subject_kind, entry.subject_id
    return sees is None or about in sees({about})
