"""What all pages of this app share: who sees what, lists without full counts, nothing deleted by accident."""

from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from audit.listing import CappedPaginator
from integrations.visibility import Viewer

Row = TypeVar("Row", bound=Model)


class PageAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A section of the admin in which everybody sees only what they may (E14)."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    list_disable_select_all = True

    class Media:
        css = {"all": ("integrations/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.visible(super().get_queryset(request), request.user)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = str(self.model._meta.verbose_name_plural).capitalize()
        answer: HttpResponse = super().changelist_view(request, {"title": title, **(extra_context or {})})
        return answer

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

    def page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """A page of this section with the admin's frame around it."""
        frame = self.admin_site.each_context(request) | {"opts": self.model._meta, "media": self.media}
        return TemplateResponse(request, template, frame | context)


class ReadOnlyAdmin(PageAdmin):
    """Refuses add, change and delete, for superusers too."""

    actions: Any = None
    sortable_by = ()
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def person(request: HttpRequest) -> User:
    """Whoever asked; only behind a page that refuses strangers."""
    if not isinstance(request.user, User):
        raise TypeError("Only for signed-in people.")
    return request.user
