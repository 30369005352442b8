"""Asking before a change that moves money: the impact first, then the same change again with a yes."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin.actions import delete_selected
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from mappings import impact
from mappings.impact import Impact
from mappings.models import MappingRow

YES = "impact_seen"


class AskFirst(Exception):  # noqa: N818  # not an error: the answer to a change nobody said yes to
    """Carries what the change would do; nothing was saved."""

    def __init__(self, row: MappingRow, impacts: Sequence[Impact]) -> None:
        super().__init__("The change waits for a yes.")
        self.row, self.impacts = str(row), impacts


def before_saving(request: HttpRequest, row: MappingRow, form: "ModelForm[Any]") -> None:
    """Raises AskFirst where the change moves anything that nobody said yes to."""
    if request.POST.get("_saveasnew") or not form.changed_data:
        return
    new, pk, version = row._state.adding, row.pk, row.version
    with impact.trying([row.scope]) as trial:
        row.save()
    row._state.adding, row.pk, row.version = new, pk, version
    impacts = trial.impacts(request.user)
    if any(each.asks for each in impacts) and request.POST.get(YES) != token(impacts):
        raise AskFirst(row, impacts)


def of_deleting(request: HttpRequest, rows: Iterable[MappingRow]) -> list[Impact]:
    """What deleting these rows would do; nothing where they cannot be deleted."""
    some = list(rows)
    try:
        with impact.trying({row.scope for row in some}) as trial:
            for row in some:
                type(row)._default_manager.get(pk=row.pk).delete()
    except (ProtectedError, ValidationError):
        return []
    return trial.impacts(request.user)


def with_impact(model_admin: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
    """Django's own page for deleting what is ticked, with what it would do."""
    impacts = [] if request.POST.get("post") else of_deleting(request, queryset.select_related("scope"))
    response: HttpResponse | None = delete_selected(model_admin, request, queryset)
    if isinstance(response, TemplateResponse) and response.context_data is not None:
        response.context_data["impacts"] = impacts
    return response


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """The form as it was sent, to be sent again with the yes."""
    own = ("csrfmiddlewaretoken", YES)
    return [(name, value) for name in request.POST if name not in own for value in request.POST.getlist(name)]


def token(impacts: Sequence[Impact]) -> str:
    return "-".join(each.token for each in impacts)
