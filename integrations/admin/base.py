"""What all pages of this app share: who sees what, and nothing deleted by accident."""

from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from audit.sections import ReadOnlySection, Section
from integrations.visibility import Viewer

Row = TypeVar("Row", bound=Model)


class PageAdmin(Section):
    """A section of the admin in which everybody sees only what they may (E14)."""

    list_filter_submit = True
    list_disable_select_all = True

    class Media:
        css = {"all": ("integrations/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request.user)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without Django's own history: the audit trail has it, and more of it."""
        plain = {"show_history": False, "show_save_and_add_another": False}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, plain | (extra_context or {}))
        return answer

    def visible(self, rows: QuerySet[Any], user: Viewer) -> QuerySet[Any]:
        raise NotImplementedError


class ReadOnlyAdmin(ReadOnlySection, PageAdmin):
    """Shows what is there, and changes nothing."""

    actions: Any = None


def person(request: HttpRequest) -> User:
    """Whoever asked; only behind a page that refuses strangers."""
    if not isinstance(request.user, User):
        raise TypeError("Only for signed-in people.")
    return request.user
