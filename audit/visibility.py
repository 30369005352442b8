"""Who may see which entries (E14). This app knows no integrations; who does, registers the rule.

An entry is about its subject, and only the subject's own app can tell whose that is. Where a person's subjects are few,
all entries about them are found by index. Else a stretch of entries is looked through at a time, as many as a list
counts; the page leads on to the stretch before it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet

from audit.listing import COUNTED
from audit.models import Entry

Person = AbstractBaseUser | AnonymousUser
About = tuple[str, str]  # kind and id of a subject
FEW = 2_000


@dataclass(frozen=True, slots=True)
class Sees:
    """What a person with a limit may see: which of some subjects, and all of them if there are no more than so many."""

    of: Callable[[Collection[About]], Set[About]]
    everything: Callable[[int], Set[About] | None]


Rule = Callable[[Person], Sees | None]

_rules: list[Rule] = []


class Looked(NamedTuple):
    """What is asked of an entry that is looked through; ten thousand of them are made for a page."""

    pk: int
    at: datetime
    kind: str
    subject: str

    @property
    def about(self) -> About:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Part:
    """Of some entries those that a person may see. `last` is the oldest that was looked at, None if all were."""

    entries: QuerySet[Entry]
    last: Looked | None = None


def register(rule: Rule) -> None:
    """Replace the rule, which tells what a person may see, or None of whoever sees everything."""
    _rules[:] = [rule]


def limit(person: Person) -> Sees | None:
    """None where there is no limit."""
    return _rules[0](person) if _rules else None


def part(entries: QuerySet[Entry], sees: Sees, before: str = "") -> Part:
    """Of ordered entries, newest first; `before` is the id of the entry that a look went down to."""
    if (few := sees.everything(FEW)) is not None:
        return Part(entries.filter(_about(few)))
    older = entries.filter(_before(entries, before)) if before.isdecimal() else entries
    looked_through = [Looked(*row) for row in older.values_list("pk", "at", "subject_kind", "subject_id")[:COUNTED]]
    seen = sees.of({each.about for each in looked_through})
    found = [each.pk for each in looked_through if each.about in seen]
    last = looked_through[-1] if len(looked_through) == COUNTED else None
    return Part(entries.filter(pk__in=found), last)


def may_see(entry: Entry, person: Person) -> bool:
    sees = limit(person)
    about = entry.subject_kind, entry.subject_id
    return sees is None or about in sees.of({about})


def _about(subjects: Set[About]) -> Q:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, pk in sorted(subjects):
        by_kind[kind].append(pk)
    wanted = Q(pk__in=())
    for kind, some in by_kind.items():
        wanted |= Q(subject_kind=kind, subject_id__in=some)
    return wanted


def _before(entries: QuerySet[Entry], pk: str) -> Q:
    """In the order that these entries have: by id, or by time where days were chosen."""
    if "-at" not in entries.query.order_by:
        return Q(pk__lt=pk)
    at = Entry.objects.filter(pk=pk).values_list("at", flat=True).first()
    return Q(at__lt=at) | Q(at=at, pk__lt=pk) if at else Q()
