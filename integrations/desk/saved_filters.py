"""A person's own choices of filters, by name (E18)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict

from integrations.models import SavedFilter

MOST, LONGEST = 30, 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """A saved filter as the list shows it; `active` while the list shows exactly this choice."""

    pk: int
    name: str
    query: str
    active: bool


def cleaned(query: str, known: Iterable[str]) -> str:
    """Only what the list itself understands, in one order, so that equal choices are equal texts."""
    given, kept = QueryDict(query), QueryDict(mutable=True)
    for name in sorted(set(known) & set(given)):
        kept.setlist(name, [value for value in given.getlist(name) if value])
    return kept.urlencode()


def save(owner: User, page: str, name: str, query: str) -> SavedFilter:
    """Keep the choice under its name; the same name again means the new choice. Raises ValidationError in words."""
    name = " ".join(name.split())[:60]
    if not name:
        raise ValidationError("Give the filter a name.")
    if not query:
        raise ValidationError("Choose a filter first, then save it.")
    if len(query) > LONGEST:
        raise ValidationError("That is too much for one saved filter.")
    with transaction.atomic():
        others = SavedFilter.objects.filter(owner=owner, page=page).exclude(name=name)
        if others.count() >= MOST:
            raise ValidationError(f"{MOST} saved filters are the most; delete one first.")
        kept, _new = SavedFilter.objects.update_or_create(owner=owner, page=page, name=name, defaults={"query": query})
    return kept


def delete(owner: User, pk: int) -> str:
    """The name of the filter that is gone, "" where it was not theirs."""
    own = SavedFilter.objects.filter(owner=owner, pk=pk).first()
    if own is None:
        return ""
    own.delete()
    return own.name


def of(owner: User, page: str, current: str) -> list[Shown]:
    return [
        Shown(each.pk, each.name, each.query, each.query == current)
        for each in SavedFilter.objects.filter(owner=owner, page=page)
    ]
