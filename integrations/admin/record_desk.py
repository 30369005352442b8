"""The desk's part of the records section: assignee, links, flags, and each person's saved filters (E18)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST

from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.desk import people, saved_filters
from integrations.models import Attachment, Flag, Gap, Look, Note, Record

LISTS = {"record": "admin:integrations_record_changelist", "held": "admin:integrations_heldrecord_changelist"}
NOT_FILTERS = {"p", "all", "e", "o"}


class RecordDesk(ReadOnlyAdmin):
    """What the records section is built on. Every view is a POST, asks its permission and leaves its entry."""

    saved_as = ""

    def record(self, request: HttpRequest, pk: int | str) -> Record:
        self.permit(request, "integrations.view_record")
        rows = visibility.belonging(Record.objects.all(), "integration", request.user).select_related(
            "document", "integration__source", "integration__target", "integration__scope", "assignee", "covered_by"
        )
        looks = Look.objects.filter(person=request.user.pk, record=OuterRef("pk"), at__gte=OuterRef("changed_at"))
        mine = {"record": OuterRef("pk")}
        rows = rows.annotate(
            looked_at_already=Exists(looks),
            has_gaps=Exists(Gap.objects.filter(**mine, closed_at=None)),
            has_flags=Exists(Flag.objects.filter(**mine, closed_at=None)),
            has_notes=Exists(Note.objects.filter(**mine)),
            has_attachments=Exists(Attachment.objects.filter(**mine)),
        )
        record = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if record is None:
            raise Http404
        return record

    def permit(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def desk_urls(self) -> list[URLPattern]:
        own: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "assign": ("<int:pk>/assign/", self.assign_view),
            "attach": ("<int:pk>/attach/", self.attach_view),
            "close_flag": ("<int:pk>/flag/<int:flag>/", self.close_flag_view),
            "save_filter": ("filters/save/", self.save_filter_view),
            "delete_filter": ("filters/<int:pk>/delete/", self.delete_filter_view),
        }
        wrap = self.admin_site.admin_view
        return [
            path(where, wrap(require_POST(view)), name=f"integrations_record_{name}")
            for name, (where, view) in own.items()
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        own = SimpleLazyObject(lambda: saved_filters.of(person(request), self.saved_as, self._chosen(request)))
        shown = {"saved_filters": own, "saved_as": self.saved_as, "chosen": self._chosen(request)}
        answer: HttpResponse = super().changelist_view(request, {**shown, **(extra_context or {})})
        return answer

    def _chosen(self, request: HttpRequest) -> str:
        """The list's filters as they are now, without the page number."""
        return saved_filters.cleaned(request.META.get("QUERY_STRING", ""), set(request.GET) - NOT_FILTERS)

    def assign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To oneself, to somebody who may see the record, or to nobody."""
        record = self.record(request, pk)
        self.permit(request, "integrations.assign_record")
        to, by = self._chosen_person(request, record), person(request)
        if people.assign(record, to, by):
            whom = "you" if to == by else to.get_username() if to else "nobody"
            messages.success(request, f"{record} is assigned to {whom} now.")
        return _page_of(record)

    def _chosen_person(self, request: HttpRequest, record: Record) -> User | None:
        chosen = request.POST.get("to", "")
        if not chosen:
            return None
        found = people.assignable(record).filter(pk=chosen).first() if chosen.isdecimal() else None
        if found is None:
            raise Http404
        return found

    def attach_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.record(request, pk)
        self.permit(request, "integrations.add_attachment")
        try:
            people.attach(record, request.POST.get("text", ""), request.POST.get("address", ""), person(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return _page_of(record, "#notes")

    def close_flag_view(self, request: HttpRequest, pk: int, flag: int) -> HttpResponse:
        record = self.record(request, pk)
        self.permit(request, "integrations.change_flag")
        reason = request.POST.get("reason", "").strip()[:400]
        found = Flag.objects.filter(pk=flag, record=record).first()
        if found is None:
            raise Http404
        if not reason:
            messages.error(request, "Say why the flag is closed; it stays on record.")
        elif found.details.get("fingerprint"):
            messages.error(request, "What was edited in the target is accepted or restored, not closed.")
        elif people.close_flag(found, reason, person(request)):
            messages.success(request, "The flag is closed.")
        else:
            messages.info(request, "The flag was closed already.")
        return _page_of(record)

    def save_filter_view(self, request: HttpRequest) -> HttpResponse:
        self.permit(request, "integrations.view_record")
        page, query = request.POST.get("page", ""), request.POST.get("query", "")
        if page not in LISTS:
            raise Http404
        query = saved_filters.cleaned(query, self._known_filters())
        try:
            kept = saved_filters.save(person(request), page, request.POST.get("name", ""), query)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"The filter “{kept.name}” is saved.")
        return HttpResponseRedirect(f"{reverse(LISTS[page])}?{query}")

    def delete_filter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.permit(request, "integrations.view_record")
        page = request.POST.get("page", "")
        if name := saved_filters.delete(person(request), pk):
            messages.success(request, f"The filter “{name}” is deleted.")
        return HttpResponseRedirect(reverse(LISTS.get(page, LISTS["record"])))

    def _known_filters(self) -> set[str]:
        """The names that the lists' own filters answer to."""
        names = {each.parameter_name for each in self.list_filter}
        return {*names, "amount_from", "amount_to", "waits", "q"}

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.assign_record")

    @admin.action(permissions=["assign"], description="Assign to me")
    def assign_to_me(self, request: HttpRequest, chosen: QuerySet[Record]) -> None:
        """From the list, at once: it changes nothing but whose it is, and can be given on."""
        by = person(request)
        given = sum(people.assign(record, by, by) for record in chosen.select_related("document")[:200])
        messages.success(request, f"{given} assigned to you.")


def _page_of(record: Record, place: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:integrations_record_change", args=[record.pk]) + place)


def with_filters(page: str, **filters: str) -> str:
    """The address of a list with these filters chosen."""
    return f"{reverse(LISTS[page])}?{urlencode(filters)}"
