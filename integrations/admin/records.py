"""Records: the queue of what waits and is held, and the ledger of what was posted."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.listing import beginning_with
from audit.trail import log
from integrations import visibility
from integrations.admin import project_target, record_asking, record_page, record_target, retranslation
from integrations.admin.base import person
from integrations.admin.project_settings import keeps_projects
from integrations.admin.record_actions import ACTIONS, STOPPED, RecordAction
from integrations.admin.record_desk import RecordDesk
from integrations.admin.record_filters import COMMON, PlaceFilter, ReasonFilter
from integrations.desk import people
from integrations.engine import trail
from integrations.hold_reasons import label_of
from integrations.models import Flag, Note, Record, Standing, VendorSides, Work
from integrations.places import BESIDE, posting_label
from integrations.visibility import Viewer
from integrations.words import BAD, STANDING_TONES, WORK_TONES, age, money, of_flag, pill, pills

MOST_AT_ONCE = 200
MOST_FOUND = 1000


@admin.register(Record)
class RecordAdmin(RecordDesk):
    """Nothing here is edited: people decide, and the engine does."""

    list_before_template = "integrations/list_head.html"
    saved_as = "record"

    list_display = ("state", "number_shown", "vendor", "amount_shown", "dated", "since", "assigned", "integration")
    list_display_links: Any = ("number_shown",)
    list_filter: Any = (PlaceFilter, ReasonFilter, *COMMON)
    list_select_related = ("integration", "assignee")
    nothing = "Nothing was read yet. Connect both systems, add an integration, and press “Sync now” on its page."
    list_per_page = 50
    actions = ("assign_to_me",)
    search_fields = ("number",)
    search_help_text = "A number or a vendor, or how it begins"

    def visible(self, rows: QuerySet[Record], user: Viewer) -> QuerySet[Record]:
        return visibility.belonging(rows, "integration", user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        flags = Prefetch("flags", Flag.objects.filter(closed_at=None), to_attr="open_flags")
        return super().get_queryset(request).defer("explanation").prefetch_related("postings", flags)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Record], search_term: str
    ) -> tuple[QuerySet[Record], bool]:
        """By the beginning of a number or of a vendor's name, each by its own index (E25).

        Joined by OR in one condition, the databases read through all records instead.
        """
        if not (term := search_term.strip()):
            return queryset, False
        vendor = beginning_with("vendor_name", term) | beginning_with("vendor_name", term.title())
        found: set[int] = set()
        for condition in (beginning_with("number", term), vendor):
            hits = list(queryset.order_by().filter(condition).values_list("pk", flat=True)[: MOST_FOUND + 1])
            found |= set(hits[:MOST_FOUND])
            if len(hits) > MOST_FOUND:
                messages.info(request, f"Too many begin with “{term}” to show all. Type more of it, or choose filters.")
        return queryset.filter(pk__in=found), False

    @admin.display(description="state")
    def state(self, record: Record) -> SafeString:
        parts = [pill(Work(record.work).label, WORK_TONES.get(record.work, "calm"))]
        if record.work in STOPPED and record.hold_reason:
            parts = [pill(label_of(record.hold_reason), BAD)]
        for posting in sorted(record.postings.all(), key=lambda each: each.pk):
            if posting.standing != Standing.NOTHING:
                if posting.kind in BESIDE:
                    continue
                shown = pill(posting_label(posting, record.flow), STANDING_TONES.get(posting.standing, "calm"))
                parts = [shown] if record.work == Work.DONE else [*parts, shown]
        flags: list[Flag] = getattr(record, "open_flags", [])
        return pills(*parts, *(pill(of_flag(flag.kind), "busy") for flag in flags))

    @admin.display(description="number")
    def number_shown(self, record: Record) -> str:
        return record.number or "(no number)"

    @admin.display(description="vendor")
    def vendor(self, record: Record) -> SafeString:
        return format_html('<span class="cf-clamp" title="{0}">{0}</span>', record.vendor_name or "-")

    @admin.display(description="date")
    def dated(self, record: Record) -> str:
        return str(record.document_date or "-")

    @admin.display(description="amount")
    def amount_shown(self, record: Record) -> SafeString:
        return SafeString("-") if record.flow == "vendors" else money(record.amount, record.currency)

    @admin.display(description="for")
    def since(self, record: Record) -> str:
        return age(record.changed_at)

    @admin.display(description="assignee")
    def assigned(self, record: Record) -> str:
        return str(record.assignee) if record.assignee else "-"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those that this person may take; each asks on a page of its own first."""
        allowed = (action for action in ACTIONS.values() if request.user.has_perm(action.full_permission))
        listed: dict[str, Any] = {action.slug: (_list_action(action), action.slug, action.label) for action in allowed}
        own: dict[str, Any] = super().get_actions(request)
        return listed | own

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("again/", view(self.again_view), name="integrations_record_again"),
            path("<int:pk>/act/<slug:slug>/", view(self.act_view), name="integrations_record_act"),
            path("<int:pk>/note/", view(self.note_view), name="integrations_record_note"),
            path("<int:pk>/target/", view(self.target_view), name="integrations_record_target"),
            *self.desk_urls(),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self.record(request, object_id)
        of_vendors = record.flow == "vendors"
        if of_vendors and (vendor := VendorSides.objects.filter(record=record).first()) is not None:
            return HttpResponseRedirect(reverse("admin:integrations_vendorsides_change", args=[vendor.pk]))
        shown = record_page.context(record, person(request))
        people.look(record, person(request))
        return self.page(request, "integrations/record.html", title=str(record), original=record, **shown)

    def target_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A piece of the record's page, fetched by it: translating takes longer than showing what is stored."""
        record = self.record(request, pk)
        if keeps_projects(record.integration):
            return render(request, "integrations/project_target.html", project_target.context(record))
        return render(request, "integrations/record_target.html", record_target.context(record))

    def act_view(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask, then do, for one record from its page."""
        action, record = ACTIONS.get(slug), self.record(request, pk)
        if action is None:
            raise Http404
        back = reverse("admin:integrations_record_change", args=[record.pk])
        return self.ask_or_do(request, action, [record], back) or HttpResponseRedirect(back)

    def again_view(self, request: HttpRequest) -> HttpResponse:
        return retranslation.page(self, request)

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what a person wrote, with an entry (E18)."""
        record, text = self.record(request, pk), request.POST.get("text", "").strip()[:2000]
        author = person(request)
        self.permit(request, "integrations.add_note")
        if request.method == "POST" and text:
            with transaction.atomic():
                Note.objects.create(record=record, author=author, text=text)
                log("record.noted", trail.subject(record), actor=author, details={"text": text})
        return HttpResponseRedirect(f"{reverse('admin:integrations_record_change', args=[record.pk])}#notes")

    def ask_or_do(
        self, request: HttpRequest, action: RecordAction, records: list[Record], back: str = ""
    ) -> HttpResponse | None:
        """The confirmation page; after it, what became of each. None when messages already say it all."""
        return record_asking.ask_or_do(self, request, action, records, back)


def _list_action(action: RecordAction) -> Any:
    def act(model_admin: RecordAdmin, request: HttpRequest, records: QuerySet[Record]) -> HttpResponse | None:
        chosen = list(records.select_related("document", "integration")[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            messages.error(request, f"Choose at most {MOST_AT_ONCE} at once.")
            return None
        return model_admin.ask_or_do(request, action, chosen)

    act.short_description = action.label  # type: ignore[attr-defined]
    return act
