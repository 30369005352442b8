"""Companies, sets of tables, and the reference lists that are only ever read."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from audit.trail import Subject
from mappings import changes, guarding, offered
from mappings.admin import choices, missing
from mappings.admin.base import PageAdmin, RecordedAdmin, person
from mappings.admin.filters import BooksFilter, KindFilter
from mappings.admin.pickers import EntryField
from mappings.models import Books, PartKind, ReferenceEntry, Scope, ScopePart

SHOWN_ATTRIBUTES = {
    "type": "type",
    "class": "class",
    "rate": "rate in %",
    "applies": "applies to",
    "system": "system account",
    "email": "e-mail",
    "currency": "currency",
    "country": "country",
    "status": "status in the system",
}


@admin.register(ReferenceEntry)
class ReferenceEntryAdmin(PageAdmin):
    """Read from the systems; nobody adds, changes or deletes an entry here."""

    list_display = ("label", "kind", "books", "in_use", "facts", "seen_at")
    list_display_links = ("label",)
    list_filter: Any = (BooksFilter, KindFilter, "active")
    list_select_related = ("books",)
    search_fields = ("code", "name")
    search_help_text = "Words of the code or the name"
    ordering = ("books", "kind", "code", "folded")
    fields = ("label", "kind", "books", "in_use", "facts", "seen_at")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        asked = path("choices/", self.admin_site.admin_view(choices.choices), name="mappings_referenceentry_choices")
        return [asked, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReferenceEntry], search_term: str
    ) -> tuple[QuerySet[ReferenceEntry], bool]:
        rows: Any = queryset
        return rows.search(search_term), False

    @display(description="entry", ordering="folded")  # type: ignore[untyped-decorator]
    def label(self, entry: ReferenceEntry) -> str:
        return str(entry)

    @display(description="active", boolean=True, ordering="active")  # type: ignore[untyped-decorator]
    def in_use(self, entry: ReferenceEntry) -> bool:
        return entry.active

    @display(description="what the system says")  # type: ignore[untyped-decorator]
    def facts(self, entry: ReferenceEntry) -> str:
        said = ((label, entry.attribute(name)) for name, label in SHOWN_ATTRIBUTES.items())
        return ", ".join(f"{label}: {value}" for label, value in said if value)


@admin.register(Books)
class BooksAdmin(PageAdmin):
    """Companies come from connecting; people only give them a name of their own."""

    list_display = ("label_or_name", "system_name", "base_currency")
    list_display_links = ("label_or_name",)
    search_fields = ("name", "label")
    fields = ("name", "system_name", "base_currency", "label")
    readonly_fields = ("name", "system_name", "base_currency")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description="company", ordering="name")  # type: ignore[untyped-decorator]
    def label_or_name(self, books: Books) -> str:
        return str(books)

    @display(description="system", ordering="system")  # type: ignore[untyped-decorator]
    def system_name(self, books: Books) -> str:
        return books.system.replace("-", " ").title()

    def save_model(self, request: HttpRequest, obj: Books, form: "ModelForm[Books]", change: bool) -> None:
        details = {"before": {"label": form.initial.get("label", "")}, "after": {"label": obj.label}}
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            subject = Subject("books", obj.pk, str(obj))
            changes.note([changes.Change("books.renamed", subject, None, (), person(request), details)])


class ScopeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """The rounding account can be chosen once the companies are: the second time the page is opened."""

    why = forms.CharField(
        label="Why",
        required=False,
        max_length=400,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="For the second person, who decides before other locations or departments belong to the company.",
    )

    class Meta:
        model = Scope
        fields = ("name", "source_books", "target_books", "rounding_account")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rounding_account" in self.fields:
            old = self.fields["rounding_account"]
            kept = {"label": old.label, "help_text": old.help_text, "required": False}
            self.fields["rounding_account"] = EntryField(self.instance, offered.ROUNDING, **kept)


class PartForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """One select of the source's locations and departments instead of a kind and a key."""

    source: ClassVar[Books]

    part = forms.ChoiceField(label="Location or department", widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ScopePart
        fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        part: ScopePart = self.instance
        groups = [(kind.label.capitalize() + "s", self._entries(kind)) for kind in PartKind]
        self.fields["part"].choices = [("", "Choose"), *groups]  # type: ignore[attr-defined]
        self.initial["part"] = f"{part.kind}:{part.key}" if part.pk else ""

    def clean_part(self) -> str:
        chosen: str = self.cleaned_data["part"]
        self.instance.kind, _, self.instance.key = chosen.partition(":")
        return chosen

    def _entries(self, kind: PartKind) -> list[tuple[str, str]]:
        entries = ReferenceEntry.objects.filter(books=self.source, kind=kind.value)
        usable = entries.filter(Q(active=True) | Q(key=self.instance.key)).order_by("name")
        return [(f"{kind.value}:{entry.key}", str(entry)) for entry in usable]


class PartInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """What of the source belongs to this company; who may change the scope may change its parts."""

    model = ScopePart
    form = PartForm
    extra = 0
    verbose_name_plural = "parts of the source (none: all of it)"

    def get_formset(self, request: HttpRequest, obj: Scope | None = None, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["form"] = type("PartForm", (PartForm,), {"source": obj.source_books})
        return super().get_formset(request, obj, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("mappings.view_scope")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("mappings.change_scope")

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission


@admin.register(Scope)
class ScopeAdmin(RecordedAdmin):
    form = ScopeForm
    list_display = ("name", "source_books", "target_books", "part_names", "rounding_account")
    list_select_related = ("source_books", "target_books", "rounding_account")
    list_filter: Any = ()
    search_fields = ("name",)

    def get_urls(self) -> list[URLPattern]:
        seen = path("missing/", self.admin_site.admin_view(self.missing), name="mappings_missing")
        return [seen, *super().get_urls()]

    def missing(self, request: HttpRequest) -> HttpResponse:
        return missing.page(self, request)

    def get_inlines(self, request: HttpRequest, obj: Scope | None = None) -> list[type[PartInline]]:
        return [PartInline] if obj is not None else []

    def get_fields(self, request: HttpRequest, obj: Scope | None = None) -> tuple[str, ...]:
        rest = ("rounding_account", "why") if obj is not None else ()
        return ("name", "source_books", "target_books", *rest)

    def get_readonly_fields(self, request: HttpRequest, obj: Scope | None = None) -> tuple[str, ...]:
        """The companies of a set of tables never change: its rows point at their lists."""
        return ("source_books", "target_books") if obj is not None else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("parts")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Limited people choose among the companies that they see (E14)."""
        if db_field.related_model is Books:
            kwargs["queryset"] = Books.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **kwargs: Any) -> Any:
        for said in guarding.waiting(obj) if obj is not None else ():
            messages.warning(request, said)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Which parts belong to the company may wait for a second person (A98); all of them or none."""
        parts = [each for each in formset.forms if each not in formset.deleted_forms and each.instance.key]
        wanted = frozenset((each.instance.kind, each.instance.key) for each in parts)
        stands = frozenset(ScopePart.objects.filter(scope=form.instance).values_list("kind", "key"))
        reason = form.cleaned_data.get("why", "")
        said = guarding.held_back(guarding.PartsChange(form.instance, stands, wanted, person(request), reason))
        formset.save(commit=not said)
        if said:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
            self.message_user(request, said, messages.WARNING)

    @display(description="takes")  # type: ignore[untyped-decorator]
    def part_names(self, scope: Scope) -> str:
        parts = sorted(scope.parts.all(), key=lambda each: each.pk)
        if not parts:
            return "nothing yet" if scope.siblings().exists() else "everything"
        keys = ReferenceEntry.objects.filter(
            books=scope.source_books_id, kind__in=PartKind.values, key__in=[part.key for part in parts]
        )
        labels = {(entry.kind, entry.key): str(entry) for entry in keys}
        return ", ".join(labels.get((part.kind, part.key), f"a {part.kind} that is gone") for part in parts)
