"""Vendors: who stands where, what differs, and what a person has to say to it (A70 to A74, E10)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.views import ChangeList

from audit.listing import beginning_with
from integrations import visibility
from integrations.admin import vendor_page
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.admin.vendor_page import CONFIRM, DECIDE, first_bills, state_of
from integrations.engine import decisions
from integrations.engine.decision_kinds import DECIDE_VENDOR
from integrations.engine.vendor_sync import deciding
from integrations.models import FourEyesError, Integration, Record, Side, VendorPolicy, VendorSides, Work
from integrations.visibility import Viewer
from integrations.words import CALM, pill

STATES = {
    "conflict": "conflict",
    "approval": "waiting for approval",
    "proposed": "proposed",
    "look": "waiting for a person",
    "created": "created by us",
    "step": "in step",
    "out": "left out",
}


class StateFilter(DropdownFilter):  # type: ignore[misc]  # unfold ships no types
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[VendorSides]) -> QuerySet[VendorSides]:
        chosen: dict[str, dict[str, Any]] = {
            "conflict": {"record__hold_reason": "vendor-conflict"},
            "approval": {"record__work": Work.APPROVAL},
            "proposed": {"record__hold_reason": deciding.UNCONFIRMED},
            "look": {"record__work": Work.HELD},
            "step": {"record__work": Work.DONE},
            "out": {"record__work__in": [Work.EXCLUDED_RULE, Work.EXCLUDED_PERSON]},
        }
        if self.value() == "created":
            return queryset.exclude(created_in="")
        return queryset.filter(**chosen.get(str(self.value()), {}))


class IntegrationFilter(DropdownFilter):  # type: ignore[misc]
    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(str(found.pk), found.name) for found in visibility.integrations(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[VendorSides]) -> QuerySet[VendorSides]:
        value = self.value()
        return queryset.filter(integration_id=value) if value and value.isdecimal() else queryset


class VendorList(ChangeList):  # type: ignore[misc]  # unfold ships no types
    """With the first document of each vendor on the page, asked for together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = first_bills([sides for sides in self.result_list if sides.created_in], request.user)
        for sides in self.result_list:
            sides.first_bill = found.get(sides.link_id)


@admin.register(VendorSides)
class VendorSidesAdmin(ReadOnlyAdmin):
    """Nothing here is edited by hand: people decide, and the next run carries it out."""

    list_display = ("vendor", "state", "in_source", "in_target", "why", "made", "integration")
    list_display_links = ("vendor",)
    list_filter = (StateFilter, IntegrationFilter)
    list_filter_submit = False
    nothing = (
        "No vendor was compared yet. An integration that keeps vendors in step lists them here after its first run."
    )
    list_select_related = ("record", "link__target", "integration__source", "integration__target")
    search_fields = ("record__vendor_name",)
    search_help_text = "A name, or how it begins"
    ordering: Any = ("record__vendor_name", "pk")
    list_before_template = "integrations/vendor_list_head.html"

    def visible(self, rows: QuerySet[VendorSides], user: Viewer) -> QuerySet[VendorSides]:
        return visibility.belonging(rows, "integration", user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[VendorSides]:
        """A contact that turned out to be a vendor's own is counted there."""
        rows: QuerySet[VendorSides] = super().get_queryset(request).exclude(record__work=Work.COVERED)
        return rows.defer("differences", "chosen", "sent")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[VendorSides], search_term: str
    ) -> tuple[QuerySet[VendorSides], bool]:
        """By the beginning of the name, as people type it or with its capitals (E25)."""
        if not (term := search_term.strip()):
            return queryset, False
        name = "record__vendor_name"
        return queryset.filter(beginning_with(name, term) | beginning_with(name, term.title())), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        open_lists = Integration.objects.visible_to(request.user).filter(
            vendors=VendorPolicy.BOTH, vendors_confirmed_at=None, vendor_sides__isnull=False
        )
        more = {"unconfirmed": list(open_lists.distinct()), "chips": STATES, "chosen": request.GET.get("state", "")}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return VendorList

    @admin.display(description="vendor", ordering="record__vendor_name")
    def vendor(self, sides: VendorSides) -> str:
        return str(sides)

    @admin.display(description="state")
    def state(self, sides: VendorSides) -> SafeString:
        return state_of(sides)

    @admin.display(description="procurement")
    def in_source(self, sides: VendorSides) -> str:
        return f"no. {sides.source_key}" if sides.source_key else "not yet"

    @admin.display(description="accounting")
    def in_target(self, sides: VendorSides) -> str:
        if sides.link is not None:
            return sides.link.target.name
        return str(sides) if sides.target_key else "not yet"

    @admin.display(description="evidence")
    def why(self, sides: VendorSides) -> SafeString:
        return format_html('<span class="cf-clamp" title="{0}">{0}</span>', sides.evidence or "-")

    @admin.display(description="created by us")
    def made(self, sides: VendorSides) -> SafeString | str:
        """Where, and the first document that was posted with it (A72)."""
        if not sides.created_in:
            return "-"
        where = pill("in procurement" if sides.created_in == Side.SOURCE else "in accounting", CALM)
        bill: Record | None = getattr(sides, "first_bill", None)
        if bill is None:
            return where
        address = reverse("admin:integrations_record_change", args=[bill.pk])
        return format_html('{} <a class="cf-link" href="{}">{}</a>', where, address, bill)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("first/<int:pk>/", view(self.first_view), name="integrations_vendorsides_first"),
            path("<int:pk>/choose/", view(self.choose_view), name="integrations_vendorsides_choose"),
            path("<int:pk>/decide/", view(self.decide_view), name="integrations_vendorsides_decide"),
            path("<int:pk>/link/", view(self.link_view), name="integrations_vendorsides_link"),
            path("<int:pk>/separate/", view(self.separate_view), name="integrations_vendorsides_separate"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        sides = self._sides(request, object_id)
        shown = vendor_page.context(sides, person(request))
        return self.page(request, "integrations/vendor.html", title=str(sides), **shown)

    def first_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The first list: looked at by everybody who may look, confirmed with its counts by whoever may."""
        seen = Integration.objects.visible_to(request.user).select_related("source", "target")
        integration = seen.filter(pk=pk).first()
        if integration is None or not request.user.has_perm("integrations.view_vendorsides"):
            raise Http404
        if request.method == "POST":
            self._permit(request, CONFIRM)
            said = deciding.confirm_list(integration, person(request), request.POST.get("seen", ""))
            messages.info(request, f"The list {said}")
            return HttpResponseRedirect(request.path)
        return self.page(
            request,
            "integrations/first_vendors.html",
            title="First list of vendors",
            integration=integration,
            parts=_parts(integration),
            found=deciding.first_list(integration),
            may_confirm=request.user.has_perm(CONFIRM),
        )

    def choose_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sides = self._acting(request, pk, DECIDE)
        chosen = [name for name in request.POST if name.startswith("side-")]
        choices = {name.removeprefix("side-"): request.POST.get(name, "") for name in chosen}
        return self._said(request, sides, deciding.choose(sides, choices, person(request)))

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve or refuse what waits; four eyes are the model's business (E11)."""
        sides = self._acting(request, pk, DECIDE_VENDOR)
        decision = deciding.pending([sides]).get(sides.record_id)
        if decision is None or str(decision.pk) != request.POST.get("decision"):
            return self._said(request, sides, "has changed since you looked: look at it again.")
        try:
            approve = request.POST.get("answer") == "approve"
            said = decisions.decide(decision, person(request), approve, request.POST.get("reason", ""))
        except FourEyesError as refusal:
            said = f"was not decided. {refusal.messages[0]}"
        return self._said(request, sides, said)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sides = self._acting(request, pk, DECIDE)
        return self._said(request, sides, deciding.link(sides, request.POST.get("key", ""), person(request)))

    def separate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        sides = self._acting(request, pk, DECIDE)
        others, reason = request.POST.getlist("other"), request.POST.get("reason", "")
        looking = request.POST.get("answer") == "look"
        return self._said(request, sides, deciding.separate(sides, others, person(request), reason, looking=looking))

    def _acting(self, request: HttpRequest, pk: int, permission: str) -> VendorSides:
        """The vendor of a POST, for people who may do this; a GET does nothing."""
        sides = self._sides(request, pk)
        if request.method != "POST":
            raise PermissionDenied
        self._permit(request, permission)
        return sides

    def _said(self, request: HttpRequest, sides: VendorSides, said: str) -> HttpResponse:
        messages.info(request, f"{sides} {said}")
        return HttpResponseRedirect(reverse("admin:integrations_vendorsides_change", args=[sides.pk]))

    def _sides(self, request: HttpRequest, pk: int | str) -> VendorSides:
        self._permit(request, "integrations.view_vendorsides")
        rows = VendorSides.objects.visible_to(request.user).select_related(
            "record__covered_by", "link__target", "integration__source", "integration__target", "integration__scope"
        )
        sides = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if sides is None:
            raise Http404
        return sides

    def _permit(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied


def _parts(integration: Integration) -> list[dict[str, Any]]:
    """The parts of the first list in the order a person reads them."""
    found = deciding.first_list(integration)
    source, target = integration.source.label, integration.target.label
    parts = (
        (f"To be created in {target}", found.create_there, f"No contact in {target} is like them."),
        (f"To be created in {source}", found.create_here, f"Suppliers that only {target} has."),
        ("For a person to look at", found.to_look_at, "These wait for a person and are not created by this list."),
        ("The same on both sides", found.linked, "Linked by evidence that leaves no doubt, or by a person."),
        ("Left out", found.left_out, "Not in use, or of a kind that is never created."),
    )
    return [{"title": title, "vendors": vendors, "meaning": meaning} for title, vendors, meaning in parts if vendors]
