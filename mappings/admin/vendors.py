"""The page of the vendor links, with the evidence of each."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.decorators import display

from mappings import changes
from mappings.admin.filters import ScopeFilter, StateFilter
from mappings.admin.forms import RowForm
from mappings.admin.importing import ExchangeMixin
from mappings.models import Kind, LinkState, ReferenceEntry, VendorLink
from mappings.spreadsheets.resources import VendorLinkResource


class VendorLinkForm(RowForm):
    source_lists: ClassVar[dict[str, str]] = {"source_key": Kind.VENDOR}

    class Meta:
        model = VendorLink
        fields = "__all__"


@admin.register(VendorLink)
class VendorLinkAdmin(ExchangeMixin):
    form = VendorLinkForm
    resource = VendorLinkResource
    list_display = ("vendor", "contact", "link_state", "evidence", "currency", "state_of_target", "scope")
    list_display_links = ("vendor",)
    list_filter: Any = (ScopeFilter, "state", StateFilter)
    search_fields = ("target__folded",)
    search_help_text = "Name of the vendor or the contact"
    ordering = ("state", "pk")
    fields: ClassVar[tuple[str, ...]] = ("source_key", "currency", "target", "evidence", "state")
    view_fields = ("vendor", "narrowed_to", "contact", "why", "link_state")
    key_fields = ("source_key", "currency")
    mark_field = "state_of_target"  # a link has a state of its own, which people choose
    actions = ("confirm_links", "delete_selected")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a person links here is confirmed, unless they say otherwise."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"state": LinkState.CONFIRMED, "evidence": "chosen by a person"} | given

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[VendorLink], search_term: str
    ) -> tuple[QuerySet[VendorLink], bool]:
        if not search_term.strip():
            return queryset, False
        found = ReferenceEntry.objects.search(search_term)
        vendors = found.filter(kind=Kind.VENDOR, books=OuterRef("scope__source_books"), key=OuterRef("source_key"))
        contacts = found.filter(kind=Kind.CONTACT, pk=OuterRef("target"))
        return queryset.filter(Exists(vendors) | Exists(contacts)), False

    @display(description="vendor", ordering="source_key_label")  # type: ignore[untyped-decorator]
    def vendor(self, link: VendorLink) -> str:
        label = link.label_of("source_key")
        return label if label != link.source_key else f"no. {label}, not in the source's list"

    @display(description="contact", ordering="target__name")  # type: ignore[untyped-decorator]
    def contact(self, link: VendorLink) -> str:
        return str(link.target)

    @display(description="currency")  # type: ignore[untyped-decorator]
    def narrowed_to(self, link: VendorLink) -> str:
        return link.currency or "any"

    @display(description="evidence")  # type: ignore[untyped-decorator]
    def why(self, link: VendorLink) -> str:
        return link.evidence

    @display(description="link", label={"confirmed": "success", "proposed": "warning"})  # type: ignore[untyped-decorator]
    def link_state(self, link: VendorLink) -> tuple[str, str]:
        return link.state, link.get_state_display()

    @display(description="contact's state", label={"works": "success", "stopped": "danger"})  # type: ignore[untyped-decorator]
    def state_of_target(self, link: VendorLink) -> tuple[str, str]:
        return self.state(link)  # type: ignore[no-any-return]

    @admin.action(description="Confirm the selected links", permissions=["change"])
    def confirm_links(self, request: HttpRequest, queryset: QuerySet[VendorLink]) -> TemplateResponse | None:
        """Asks first, with the list; then all of them or none."""
        proposed = list(queryset.filter(state=LinkState.PROPOSED))
        usable = [link for link in proposed if not link.marked]
        if request.POST.get("confirmed") != "yes":
            return self.page(
                request,
                "mappings/confirm_links.html",
                title="Confirm vendor links",
                links=[(link.label_of("source_key"), str(link.target), link.evidence) for link in usable],
                left_out=queryset.count() - len(usable),
                chosen=request.POST.getlist("_selected_action"),
            )
        with changes.together() as gathered:
            for link in usable:
                link.state = LinkState.CONFIRMED
                link.save()
        self.message_user(request, f"{len(usable)} links confirmed.", messages.SUCCESS)
        self.say_released(request, gathered.released)
        return None
