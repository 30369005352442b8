"""Integrations: what runs between which two companies, when, and how far it is."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from audit.trail import Subject, log
from integrations import schedules, visibility
from integrations.admin import integration_decisions, project_settings
from integrations.admin.base import person
from integrations.admin.integration_desk import IntegrationDesk
from integrations.admin.integration_form import IntegrationForm
from integrations.admin.integration_head import head, state_of
from integrations.admin.project_settings import ProjectSettingsInline
from integrations.engine import placing, proposed_settings, sweeping, ticking
from integrations.engine.files import waiting as files
from integrations.engine.projects import proposed_settings as proposed_project_settings
from integrations.models import Connection, GapPolicy, Integration, ProjectSettings, Record, Work
from integrations.visibility import Viewer
from integrations.words import at
from mappings.models import Scope

POLICIES = (
    "on_gap", "bills_from", "tax_from", "date_from", "bills_paid_at_source", "over_billing_percent",
    "over_billing_amount", "hold_without_number", "include_card_orders",
)  # fmt: skip
SCHEDULE = ("schedule", "every_minutes", "daily_at", "cron", "time_zone")
JOINED = ("pair", "source", "target", "scope")
TOLD = (
    "name", *JOINED, "start_date", "enabled", *POLICIES, "approval_rule",
    "approval_above", "vendors", "new_vendors_need_approval", "vendor_changes_need_approval",
    "vendor_group", "attach_files", "watch_accounts",
)  # fmt: skip


@admin.register(Integration)
class IntegrationAdmin(IntegrationDesk):
    """A new one reads, translates and holds, and sends nothing until a supervisor switches posting on (E35)."""

    form = IntegrationForm
    list_display = ("name", "state", "pair", "schedule_shown", "next_run", "last_run", "held")
    list_filter = ("pair", "enabled", "trial")
    list_filter_submit = False
    ordering = ("name",)
    actions = ("sync_chosen",)
    change_form_outer_before_template = "integrations/integration_head.html"
    fieldsets = (
        (None, {"fields": ("name", *JOINED, "start_date")}),
        ("When it runs", {"fields": ("enabled", *SCHEDULE)}),
        (
            "How it posts",
            {"fields": (*POLICIES, "approval_rule", "approval_above")},
        ),
        (
            "Vendors",
            {"fields": ("vendors", "new_vendors_need_approval", "vendor_changes_need_approval", "vendor_group")},
        ),
        ("Afterwards", {"fields": ("attach_files", "watch_accounts")}),
        ("Who sees it", {"fields": ("limited_to",)}),
        ("Why", {"fields": ("why",)}),
    )
    # The first half is for people who may only look: they have no form fields to ask.
    conditional_fields: Mapping[str, str] = {
        "every_minutes": "typeof schedule === 'undefined' || schedule == 'every'",
        "daily_at": "typeof schedule === 'undefined' || schedule == 'daily'",
        "cron": "typeof schedule === 'undefined' || schedule == 'cron'",
        "approval_above": "typeof approval_rule === 'undefined' || approval_rule == 'above'",
    }

    def visible(self, rows: QuerySet[Integration], user: Viewer) -> QuerySet[Integration]:
        return rows.visible_to(user)  # type: ignore[attr-defined, no-any-return]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        # Through the index of what stopped; a join would count through all that was ever posted.
        stopped = Record.objects.filter(integration=OuterRef("pk"), work__in=[Work.HELD, Work.APPROVAL]).order_by()
        counted = stopped.values("integration").annotate(count=Count("pk")).values("count")
        held = Coalesce(Subquery(counted), 0)
        rows: QuerySet[Integration] = super().get_queryset(request).annotate(held_now=held)
        return rows

    @admin.display(description="set of tables")
    def tables(self, integration: Integration) -> str:
        return str(integration.scope)

    @admin.display(description="state")
    def state(self, integration: Integration) -> SafeString:
        return state_of(integration)

    @admin.display(description="schedule")
    def schedule_shown(self, integration: Integration) -> str:
        return schedules.in_words(integration)

    @admin.display(description="next run")
    def next_run(self, integration: Integration) -> str:
        moment = schedules.moment_in_words(integration.next_run_at, integration.time_zone)
        return f"{moment} {integration.time_zone}" if integration.enabled and moment else "-"

    @admin.display(description="last run")
    def last_run(self, integration: Integration) -> str:
        return at(integration.last_run_at)

    @admin.display(description="held")
    def held(self, integration: Any) -> int:
        return int(integration.held_now)

    @admin.action(permissions=["sync"], description="Sync now")
    def sync_chosen(self, request: HttpRequest, chosen: QuerySet[Integration]) -> None:
        for integration in chosen:
            self._sync(request, integration)

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.sync_integration")

    def has_delete_permission(self, request: HttpRequest, obj: Integration | None = None) -> bool:
        """Only before it has read anything: its records are the ledger."""
        if not super().has_delete_permission(request, obj) or obj is None:
            return False
        return not obj.records.exists()

    def get_fieldsets(self, request: HttpRequest, obj: Integration | None = None) -> Any:
        """A reason is asked of whoever changes something that stands."""
        asks = obj is not None and self.has_change_permission(request, obj)
        given = super().get_fieldsets(request, obj)
        shown = project_settings.fieldsets(given) if project_settings.keeps_projects(obj) else given
        if not request.user.has_perm("mappings.view_scope"):  # its name, without the way to a page that is not theirs
            shown = [(None, {"fields": ("name", *JOINED[:-1], "tables", "start_date")}), *shown[1:]]
        return [each for each in shown if asks or each[0] != "Why"]

    def get_inlines(self, request: HttpRequest, obj: Integration | None) -> Any:
        return (ProjectSettingsInline,) if project_settings.keeps_projects(obj) else ()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The one there is: settings of projects."""
        before = ProjectSettings.objects.filter(integration=form.instance).select_related("integration").first()
        guarded, why = before or ProjectSettings(integration=form.instance), form.cleaned_data.get("why", "")
        for changed in formset.forms:
            proposal = proposed_project_settings.hold_back(guarded, changed.instance, person(request), why)
            if proposal is not None:
                integration_decisions.said_of_proposal(request, proposal)
        super().save_formset(request, form, formset, change)
        after = ProjectSettings.objects.filter(integration=form.instance).select_related("integration").first()
        if after is not None:
            project_settings.tell(before, after, person(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Integration | None = None) -> tuple[str, ...]:
        """What joins which companies stays as it is once documents were read through it.

        Whoever is limited does not choose who is (E14): they would see everything once they took themselves out.
        """
        joined = JOINED if obj is not None and obj.records.exists() else ()
        return (*joined, "tables", *(("limited_to",) if visibility.is_limited(request.user) else ()))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Limited people choose among what they see (E14)."""
        if db_field.name == "scope":
            kwargs["queryset"] = Scope.objects.visible_to(request.user).order_by("name")
        elif db_field.name in ("source", "target"):
            kwargs["queryset"] = visibility.connections(Connection.objects.order_by("label"), request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the buttons that would open other sections' forms in a window of their own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for switch in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if hasattr(getattr(field, "widget", None), switch):
                setattr(field.widget, switch, False)
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget, **kwargs
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/sync/", view(require_POST(self.sync_view)), name="integrations_integration_sync"),
            path("<int:pk>/sweep/", view(require_POST(self.sweep_view)), name="integrations_integration_sweep"),
            path("<int:pk>/posting/", view(self.posting_view), name="integrations_integration_posting"),
            path("<int:pk>/go-on/", view(self.pass_pause_view), name="integrations_integration_pass_pause"),
            *self.desk_urls(),
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        integration = self.get_object(request, object_id) if object_id else None
        shown = head(integration, person(request)) if integration else {}
        shown |= {"progress": self.progress(request, integration)} if integration else {}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **shown})
        return answer

    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        """Settings leave an entry with both sides, loosened ones wait (A98); a changed schedule counts from now."""
        before = Integration.objects.filter(pk=obj.pk).first()
        if project_settings.keeps_projects(obj):
            obj.on_gap = GapPolicy.HOLD  # one order that lacks something keeps no other from its project
        if before is None or {"enabled", *SCHEDULE} & set(form.changed_data):
            obj.next_run_at = None
            obj.next_run_at = obj.next_due(after=None) if obj.enabled else None
            obj.left_until = obj.left_until if obj.enabled else None
        proposal = None
        if before is not None:
            proposal = proposed_settings.hold_back(before, obj, person(request), form.cleaned_data.get("why", ""))
        if before is None:
            super().save_model(request, obj, form, change)
        else:
            obj.save(update_fields=_written(before, obj, form))
        if obj.attach_files and before is not None and not before.attach_files:
            files.include_drafts(obj)
        if proposal is not None:
            integration_decisions.said_of_proposal(request, proposal)
        messages.info(request, schedules.explained(obj))
        old, new = (_settings(before) if before else {}), _settings(obj)
        changed = [name for name in new if old.get(name) != new[name]]
        if changed:
            details = {"after": {name: new[name] for name in changed}}
            if before is not None:
                details["before"] = {name: old[name] for name in changed}
            log(f"integration.{'changed' if change else 'added'}", subject(obj), actor=person(request), details=details)
        names = [name for name in placing.PLACING if before is None or getattr(before, name) != getattr(obj, name)]
        placing.after_settings(obj, names, person(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Who is limited to it leaves an entry; whoever is limited adds what they see themselves."""
        integration = form.instance
        before = _limited(integration)
        super().save_related(request, form, formsets, change)
        if not change and visibility.is_limited(request.user):
            integration.limited_to.add(person(request))
        after = _limited(integration)
        if before != after:
            details = {"before": {"limited to it": before}, "after": {"limited to it": after}}
            log("integration.changed", subject(integration), actor=person(request), details=details)

    def delete_model(self, request: HttpRequest, obj: Integration) -> None:
        log("integration.deleted", subject(obj), actor=person(request))
        super().delete_model(request, obj)

    def sync_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Wake a worker for this one, whatever its schedule says."""
        self.permit(request, "integrations.sync_integration")
        self._sync(request, self.integration(request, pk))
        return HttpResponseRedirect(reverse("admin:integrations_integration_change", args=[pk]))

    def sweep_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have both systems read from the beginning once more, beside what changed."""
        self.permit(request, "integrations.sync_integration")
        self._sync(request, self.integration(request, pk), sweep=True)
        return HttpResponseRedirect(reverse("admin:integrations_integration_change", args=[pk]))

    def posting_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch between trial mode and posting."""
        return integration_decisions.posting_page(self, request, self.integration(request, pk))

    def pass_pause_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the rest of a paused batch go on."""
        return integration_decisions.pause_page(self, request, self.integration(request, pk))

    def _sync(self, request: HttpRequest, integration: Integration, *, sweep: bool = False) -> None:
        for connection in (integration.source, integration.target):
            if not connection.usable:
                messages.error(request, f"“{connection}” is {connection.get_health_display()}: mend it first.")
                return
        with transaction.atomic():
            if sweep:
                sweeping.ask(integration)
            asked = "integration.sweep_asked" if sweep else "integration.sync_asked"
            log(asked, subject(integration), actor=person(request))
            ticking.queue_slice(integration.pk, person(request).pk)
        self.remember_asking(request, integration)
        does = "reads everything at both systems once more" if sweep else "is syncing"
        messages.success(request, f"“{integration}” {does}; its page shows how far it is.")


def subject(integration: Integration) -> Subject:
    return Subject("integration", integration.pk, integration.name)


def _limited(integration: Integration) -> list[str]:
    return list(integration.limited_to.order_by("username").values_list("username", flat=True))


def _written(before: Integration, after: Integration, form: Any) -> list[str]:
    """The columns of the form and those that follow from them. The others are the runs' and other pages': lease, last
    run, trial mode and what was confirmed stay as they are by now."""
    planned = {name for name in ("next_run_at", "left_until") if getattr(before, name) != getattr(after, name)}
    asked = {field.name for field in after._meta.concrete_fields if field.name in form.fields}
    return sorted({"on_gap", *planned, *asked})


def _settings(integration: Integration) -> dict[str, Any]:
    """The settings as people read them, for the trail."""
    return {name.replace("_", " "): _said(integration, name) for name in (*TOLD, *SCHEDULE)}


def _said(integration: Integration, name: str) -> Any:
    display = getattr(integration, f"get_{name}_display", None)
    value = display() if display else getattr(integration, name)
    return value if isinstance(value, bool | int) or value is None else str(value)
