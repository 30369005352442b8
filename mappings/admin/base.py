"""What the pages of all lookup tables share."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from audit.sections import Section
from mappings import suggestions
from mappings.admin import asking, missing
from mappings.admin.filters import ScopeFilter, StateFilter
from mappings.admin.forms import RowForm, ScopeChoice
from mappings.admin.history import HAPPENED, ContentHistory, seen_history
from mappings.keys import LookupKey
from mappings.models import MappingRow, Mark, ReferenceEntry, Scope


class PageAdmin(Section):
    """A section in which everybody sees only what they may (E14)."""

    list_filter_submit = True

    class Media:
        css: ClassVar = {"all": ("integrations/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).visible_to(request.user)
        return rows


class RecordedAdmin(SimpleHistoryAdmin, PageAdmin):  # type: ignore[misc]
    """Rows that keep their history. What a save refuses is said on the page, also where it only shows on saving."""

    object_history_template = "mappings/object_history.html"
    object_history_list_template = "mappings/history.html"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.say_released(request, obj.released)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.say_released(request, obj.released)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is for reading; what stood before is put back by changing the row, with today's rules."""
        return True

    def get_history_queryset(self, request: HttpRequest, *args: Any) -> QuerySet[Any]:
        """Of rows this person may see, deleted ones included (E14)."""
        history: QuerySet[Any] = super().get_history_queryset(request, *args)
        return seen_history(history, request.user)

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, **kwargs: Any) -> None:
        super().set_history_delta_changes(request, historical_records, **kwargs)
        for record in historical_records:
            record.happened = HAPPENED[record.history_type]
            changed = record.history_type == "~"
            record.content_said = [] if changed else list(record.instance.described().items())

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ContentHistory:
        return ContentHistory(self.model, historical_record)

    def history_form_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:mappings_{self.model._meta.model_name}_history", args=[object_id]))

    def say_released(self, request: HttpRequest, released: int) -> None:
        if released:
            which = "1 record that waited goes on." if released == 1 else f"{released} records that waited go on."
            self.message_user(request, which, messages.SUCCESS)


class TableAdmin(RecordedAdmin):
    """One lookup table. A new row first asks for its set of tables, unless there is only one."""

    form = RowForm
    list_filter: Any = (ScopeFilter, StateFilter)
    list_select_related: Any = ("scope", "target")
    nothing = "No row yet. Add one, import a CSV or XLSX file, or take suggestions from “What is missing”."
    view_fields: ClassVar[tuple[str, ...]] = ()
    key_fields: ClassVar[tuple[str, ...]] = ()
    suggested_field = "target"
    mark_field = "state"  # whether what a row leads to still works
    change_form_before_template = "mappings/suggestions.html"
    list_before_template = "mappings/waiting_head.html"
    delete_confirmation_template = "mappings/delete_row.html"
    delete_selected_confirmation_template = "mappings/delete_rows.html"
    actions: Any = ("delete_selected",)
    readonly_fields: Any = ("belongs_to",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        named: QuerySet[Any] = rows.with_names()
        return named

    def get_fields(self, request: HttpRequest, obj: MappingRow | None = None) -> tuple[str, ...]:
        """Who may not edit sees names instead of the fields, which hold keys."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ("belongs_to", *self.view_fields, self.mark_field)
        marked = (self.mark_field,) if obj is not None and obj.marked else ()
        return ("belongs_to", *marked, *self.fields, "version_seen")

    def get_readonly_fields(self, request: HttpRequest, obj: MappingRow | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *self.view_fields, self.mark_field)

    def get_form(
        self, request: HttpRequest, obj: MappingRow | None = None, change: bool = False, **kwargs: Any
    ) -> "type[ModelForm[Any]]":
        scope = obj.scope if obj is not None else self.asked_scope(request)
        kwargs["form"] = type(self.form.__name__, (self.form,), {"scope": scope})
        form: type[ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A change that moves anything is asked about first, with what it would do (design 6)."""
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except asking.AskFirst as asked:
            return self.page(
                request,
                "mappings/confirm_impact.html",
                title="Before it is saved",
                impacts=asked.impacts,
                token=asking.token(asked.impacts),
                kept=asking.kept(request),
                row=asked.row,
                back=request.get_full_path(),
            )
        return response

    def save_model(self, request: HttpRequest, obj: MappingRow, form: "ModelForm[Any]", change: bool) -> None:
        asking.before_saving(request, obj, form)
        super().save_model(request, obj, form, change)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id) if request.method == "GET" else None
        impacts = asking.of_deleting(request, [row]) if row and self.has_delete_permission(request, row) else []
        response: HttpResponse = super().delete_view(request, object_id, {**(extra_context or {}), "impacts": impacts})
        return response

    @admin.action(description="Delete the selected rows", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return asking.with_impact(self, request, queryset)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {**(extra_context or {}), "waiting_here": missing.summary(request, self.model.table)}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.asked_scope(request) is None:
            return self._ask_for_scope(request)
        context = {**(extra_context or {}), "suggestions": self._suggestions(request)}
        response: HttpResponse = super().add_view(request, form_url, context)
        return response

    def asked_scope(self, request: HttpRequest) -> Scope | None:
        """The scope named in the address, else the only one there is."""
        visible = Scope.objects.visible_to(request.user).select_related("source_books", "target_books")
        number = request.GET.get("scope", "")
        if number.isdecimal():
            return visible.filter(pk=number).first()
        some = list(visible[:2])
        return some[0] if len(some) == 1 else None

    def suggested_value(self, entry: ReferenceEntry) -> str:
        """What the form takes to choose a proposed entry."""
        return str(entry.pk)

    @display(description="set of tables")  # type: ignore[untyped-decorator]
    def belongs_to(self, row: MappingRow) -> str:
        return row.scope.name

    @display(description="state", label={"works": "success", "stopped": "danger"})  # type: ignore[untyped-decorator]
    def state(self, row: MappingRow) -> tuple[str, str]:
        return ("stopped", Mark(row.marked).label) if row.marked else ("works", "works")

    def _ask_for_scope(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        kept = [(name, value) for name, value in request.GET.items() if name != "scope"]
        return self.page(
            request,
            "mappings/choose_scope.html",
            title=f"Add {self.model._meta.verbose_name}",
            form=ScopeChoice(request),
            kept=kept,
            none=not Scope.objects.visible_to(request.user).exists(),
        )

    def _suggestions(self, request: HttpRequest) -> list[tuple[suggestions.Suggestion, str]]:
        """Proposals for the key in the address, each with the address of the form filled in with it."""
        scope = self.asked_scope(request)
        if request.method != "GET" or scope is None or not self.key_fields or not request.GET.get(self.key_fields[0]):
            return []
        blank = self.model(**{name: request.GET.get(name, "") for name in self.key_fields}, scope=scope)
        blank.tidy()
        gap = LookupKey(self.model.table, tuple(getattr(blank, name) for name in self.key_fields))
        found = []
        for suggestion in suggestions.suggest(scope, gap):
            query = request.GET.copy()
            query[self.suggested_field] = self.suggested_value(suggestion.entry)
            found.append((suggestion, f"?{query.urlencode()}"))
        return found


def person(request: HttpRequest) -> User:
    """Whoever asked; every page of the admin asks for a signed-in person first."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
