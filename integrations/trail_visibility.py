"""Whose the subjects of the trail are: limited people see the entries about what belongs to their integrations (E14).

What concerns no integration is everybody else's, but for what a person did at the door.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django.db.models import Field, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from audit.visibility import About, Sees
from integrations import visibility
from integrations.models import Connection, Decision, Discrepancy, Integration, Record, ReportRun
from integrations.visibility import Viewer
from mappings.authors import TABLES
from mappings.models import Books, Recorded, RequiredDimension, Scope, ScopePart

# Kept in histories, where rows that were deleted are found as well.
_WITH_SCOPE: tuple[type[Recorded], ...] = (*TABLES.values(), RequiredDimension, ScopePart)
_TEXT: "Field[Any, Any]" = TextField()


def subjects(user: Viewer) -> Sees | None:
    return Sees(partial(_seen, user), partial(_everything, user)) if visibility.is_limited(user) else None


def _everything(user: Viewer, most: int) -> set[About] | None:
    """In one question, which stops as soon as there are more."""
    theirs = [each.pk for each in visibility.integrations(user)]
    decided = Decision.objects.filter(integration__in=theirs).exclude(subject_kind__in=_visible(theirs))
    questions = [_named(kind, rows) for kind, rows in _visible(theirs).items()]
    found = list(_deciding(decided).union(*questions, all=True)[: most + 1])
    return None if len(found) > most else {*found, ("user", str(user.pk))}


def _seen(user: Viewer, asked: Collection[About]) -> set[About]:
    """Of all kinds in one question."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, pk in asked:
        by_kind[kind].append(pk)
    theirs = [each.pk for each in visibility.integrations(user)]
    known = _visible(theirs)
    questions = [
        _named(kind, rows.filter(id__in=[int(pk) for pk in by_kind[kind] if pk.isdecimal()]))
        for kind, rows in known.items()
        if kind in by_kind
    ]
    others = [pk for kind, some in by_kind.items() if kind not in known for pk in some]
    decided = Decision.objects.filter(integration__in=theirs, subject_id__in=others)
    return {*_deciding(decided).union(*questions), ("user", str(user.pk))}


def _named(kind: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values_list(Value(kind, _TEXT), Cast("id", _TEXT))


def _deciding(decisions: QuerySet[Decision]) -> QuerySet[Any, Any]:
    return decisions.order_by().values_list(Cast("subject_kind", _TEXT), Cast("subject_id", _TEXT))


def _visible(integrations: Collection[int]) -> Mapping[str, QuerySet[Any]]:
    theirs = Integration.objects.filter(pk__in=integrations)
    scopes = Scope.objects.filter(integrations__in=integrations)
    ends = Q(pk__in=theirs.values("source")) | Q(pk__in=theirs.values("target"))
    connections = Connection.objects.filter(ends)
    sides = Q(pk__in=scopes.values("source_books")) | Q(pk__in=scopes.values("target_books"))
    kept = {str(model._meta.model_name): model.history.filter(scope__in=scopes.values("pk")) for model in _WITH_SCOPE}
    return kept | {
        "record": Record.objects.filter(integration__in=integrations),
        "integration": theirs,
        "connection": connections,
        "discrepancy": Discrepancy.objects.filter(connection__in=connections.values("pk")),
        "report": ReportRun.objects.filter(integration__in=integrations),
        "scope": scopes,
        "books": Books.objects.filter(sides),
    }
