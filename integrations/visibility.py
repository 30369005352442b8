"""Who may see what (E14): people limited to some integrations see only what belongs to those."""

from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import LazyObject

from integrations.models import Connection, Decision, Flag, Integration, Record
from mappings.models import Scope

Viewer = AbstractBaseUser | AnonymousUser
Row = TypeVar("Row", bound=Model)
MEMORY = "_integrations_seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """An integration as lists name it; `limited` says that this person was chosen to see it."""

    pk: int
    name: str
    limited: bool


def integrations(user: Viewer) -> list[Seen]:
    """The integrations this person may see, by name: asked for once per request, which has its own `user`."""
    everything = _all(user)
    return [each for each in everything if each.limited] or everything


def is_limited(user: Viewer) -> bool:
    """Whether this person sees only some integrations; nobody is limited by default."""
    return any(each.limited for each in _all(user))


def _all(user: Viewer) -> list[Seen]:
    known: list[Seen] | None = getattr(user, MEMORY, None) if isinstance(user, LazyObject) else None
    if known is None:
        through = Integration.limited_to.through.objects.filter(integration=OuterRef("pk"), user=user.pk or 0)
        rows = Integration.objects.annotate(limited=Exists(through)).order_by("name")
        known = [Seen(*row) for row in rows.values_list("pk", "name", "limited")]
        if isinstance(user, LazyObject):
            setattr(user, MEMORY, known)
    return known


def belonging(rows: QuerySet[Row], path: str, user: Viewer) -> QuerySet[Row]:
    """The rows whose integration, found by `path`, this person may see."""
    if not is_limited(user):
        return rows
    return rows.filter(**{f"{path}__in": [each.pk for each in integrations(user)]})


def flags(rows: QuerySet[Flag], user: Viewer, chosen: int | None = None) -> QuerySet[Flag]:
    """Those of this person's records, or of the one integration that was chosen.

    Looked up flag by flag: joined, PostgreSQL reads all records of an integration to find the few that are flagged.
    """
    if chosen is None and not is_limited(user):
        return rows
    whose = Record.objects.filter(pk=OuterRef("record")).values("integration")[:1]
    theirs = [each.pk for each in integrations(user) if chosen in (None, each.pk)]
    return rows.alias(whose=Subquery(whose)).filter(whose__in=theirs)


def connections(rows: QuerySet[Connection], user: Viewer) -> QuerySet[Connection]:
    """Both ends of the integrations this person may see."""
    return of_connections(rows, "pk", user)


def of_connections(rows: QuerySet[Row], path: str, user: Viewer) -> QuerySet[Row]:
    """The rows whose connection, found by `path`, this person may see."""
    if not is_limited(user):
        return rows
    seen = Integration.objects.visible_to(user)
    ends = Q(**{f"{path}__in": seen.values("source")}) | Q(**{f"{path}__in": seen.values("target")})
    return rows.filter(ends)


def decisions(rows: QuerySet[Decision], user: Viewer) -> QuerySet[Decision]:
    """Limited people see those of their integrations; what concerns no integration is everybody else's."""
    return belonging(rows, "integration", user)


def scopes(user: Viewer) -> QuerySet[Scope] | None:
    """The sets of tables that this person's integrations use; None for everything."""
    if not is_limited(user):
        return None
    return Scope.objects.filter(integrations__in=Integration.objects.visible_to(user)).distinct()
