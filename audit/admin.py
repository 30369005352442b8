"""The trail in the admin: read, search, export, verify; nothing can be added, changed or deleted."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.views import ChangeList

from audit import visibility
from audit.actions import sentence, wording
from audit.changes import changes, facts
from audit.export import ACTION, export_lines, span
from audit.filters import BEFORE, ActorFilter, BeforeFilter, DayFilter, FamilyFilter
from audit.forms import ExportForm, VerifyForm
from audit.listing import COUNTED, beginning_with
from audit.models import Entry, Seal
from audit.sections import ReadOnlySection
from audit.trail import Subject, known_as, log
from audit.verification import verify

TRAIL = Subject("audit", "trail", "the audit trail")
CHECKED_BY_BUTTON = 250_000  # about 6 s; web servers give up on a page after 30
MOST_FOUND = 1000
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class SeenEntries(ChangeList):  # type: ignore[misc]  # unfold ships no types
    """Those that this person may see (E14), of what search and filters leave."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request, exclude_parameters)
        sees = visibility.limit(request.user)
        if sees is None:
            return entries
        found = visibility.part(entries, sees, request.GET.get(BEFORE, ""))
        if found.last is not None:
            messages.info(request, _leads_on(request, found.last))
        return found.entries


@admin.register(Entry)
class EntryAdmin(ReadOnlySection):
    list_display = ("moment", "actor_label", "told", "subject_label", "document")
    list_display_links = ("told",)
    list_filter: ClassVar = [FamilyFilter, ("at", DayFilter), ActorFilter, BeforeFilter]
    list_filter_submit = True
    list_select_related = ("details_row",)
    search_fields = ("document",)
    search_help_text = "A document's number, or how it begins"
    actions_list = ("export_entries",)
    readonly_fields = ("told", "what_changed", "seal")
    fieldsets = (
        (None, {"fields": ("at", "actor_label", "told", "subject_label", "document")}),
        ("Details", {"fields": ("what_changed",)}),
        ("Proof", {"fields": ("id", "action", "subject_kind", "subject_id", "details_digest", "seal")}),
    )

    @display(description="when")  # type: ignore[untyped-decorator]
    def moment(self, entry: Entry) -> str:
        return f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M}"

    @display(description="what happened")  # type: ignore[untyped-decorator]
    def told(self, entry: Entry) -> str:
        return sentence(entry)

    @display(description="before and after")  # type: ignore[untyped-decorator]
    def what_changed(self, entry: Entry) -> str:
        context = {
            "entry": entry,
            "changes": changes(entry.details),
            "facts": facts(entry.details, wording(entry.action)),
        }
        return render_to_string("audit/details.html", context)

    @display(description="sealed by")  # type: ignore[untyped-decorator]
    def seal(self, entry: Entry) -> str:
        if not hasattr(entry, "_seal"):  # a page asks for each field several times
            seals = Seal.objects.defer("leaves").filter(last_id__gte=entry.pk).order_by("last_id")
            entry._seal = seals.first()  # type: ignore[attr-defined]
        found: Seal | None = entry._seal  # type: ignore[attr-defined]
        return f"Seal {found.pk}, {timezone.localtime(found.at):%Y-%m-%d %H:%M}" if found else "not sealed yet"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """A number itself, else what begins so; of very many the first thousand that the index holds (E25)."""
        if not (term := search_term.strip()):
            return queryset, False
        exactly = queryset.filter(document__in={known_as(term), known_as(term.upper())})
        if exactly.exists():
            return exactly, False
        hits = queryset.order_by().filter(beginning_with("document", term)).values_list("pk", flat=True)
        found = list(hits[: MOST_FOUND + 1])
        if len(found) > MOST_FOUND:
            messages.info(request, f"Too many begin with “{term}” to show all. Type more of it, or choose days.")
        return queryset.filter(pk__in=found[:MOST_FOUND]), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SeenEntries

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Entry | None:
        entry: Entry | None = super().get_object(request, object_id, from_field)
        return entry if entry is not None and visibility.may_see(entry, request.user) else None

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Between two days their own index finds the newest; by id, the database would read all that came since."""
        by_day = request.GET.get("at_from") or request.GET.get("at_to")
        return ("-at", "-id") if by_day else ("-id",)

    def has_export_entries_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("audit.export_entries")

    @action(  # type: ignore[untyped-decorator]
        description="Export", url_path="export", permissions=["export_entries"], icon="download"
    )
    def export_entries(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for format and days, then stream; the export leaves an entry of its own."""
        form = ExportForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self.page(request, "audit/export.html", title="Export the audit trail", form=form)
        asked = form.cleaned_data
        days = (asked["first"], asked["last"])
        sees = visibility.limit(request.user)
        told = f"{span(*days)}, as far as they may see it" if sees else span(*days)
        log(ACTION, TRAIL, actor=_visitor(request), details={"format": asked["format"], "span": told})
        return _download(asked["format"], export_lines(asked["format"], *days, sees))


@admin.register(Seal)
class SealAdmin(ReadOnlySection):
    list_display = ("at", "first_id", "last_id", "count", "digest")
    actions_list = ("verify_seals",)
    fields = ("at", "first_id", "last_id", "count", "root", "previous", "key_id", "digest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seal]:
        seals: QuerySet[Seal] = super().get_queryset(request)
        return seals.defer("leaves")

    def has_verify_seals_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("audit.verify_seals")

    @action(  # type: ignore[untyped-decorator]
        description="Verify", url_path="verify", permissions=["verify_seals"], icon="verified"
    )
    def verify_seals(self, request: HttpRequest) -> HttpResponse:
        """Check the newest part, which is all of a small trail, and say what was found; leaves an entry."""
        form = VerifyForm(request.POST if request.method == "POST" else None)
        found = None
        if form.is_valid():
            found = verify(form.cleaned_data["expected"], newest=CHECKED_BY_BUTTON)
            log("audit.verified", TRAIL, actor=_visitor(request), details={"outcome": found.sentences()[0]})
        return self.page(request, "audit/verify.html", title="Verify the audit trail", form=form, found=found)


def _leads_on(request: HttpRequest, last: visibility.Looked) -> SafeString:
    """To what lies before the entries that were looked through, with the same search and filters."""
    asked = request.GET.copy()
    asked.pop("p", None)
    asked[BEFORE] = str(last.pk)
    down_to = f"{timezone.localtime(last.at):%Y-%m-%d %H:%M}"
    return format_html(
        "{} entries were looked through, down to {}. "
        '<a class="underline" href="?{}">Look through those before</a>, or choose days.',
        f"{COUNTED:,}", down_to, asked.urlencode(),
    )  # fmt: skip


def _visitor(request: HttpRequest) -> User:
    visitor = request.user
    assert isinstance(visitor, User)  # every page of the admin asks for a signed-in person first
    return visitor


def _download(form: str, lines: Iterator[str]) -> StreamingHttpResponse:
    name = f"audit-trail-{timezone.localdate()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(_marked(form, lines), content_type=CONTENT_TYPES[form], headers=headers)


def _marked(form: str, lines: Iterator[str]) -> Iterator[str]:
    """Excel takes a CSV file for the local code page unless it begins with this mark."""
    if form == "csv":
        yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    yield from lines
