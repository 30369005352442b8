"""Connections: credentials in, health out; connecting, testing and disconnecting each ask their own permission."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from audit.trail import log
from integrations import checkup, connecting, visibility
from integrations.admin.base import PageAdmin, person
from integrations.admin.connection_form import ConnectionForm, by_keys, check
from integrations.admin.connection_head import calls_left, head, health
from integrations.engine import clients, suspension
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.models import Connection
from integrations.systems import SYSTEM_LABELS, system
from integrations.visibility import Viewer
from integrations.webhooks import addresses
from integrations.words import ago

SIGN_IN_FIELDS = ("label", "client_id", "client_secret")
KEY_FIELDS = ("label", "domain", "client_id", "client_secret")
PLACED_FIELDS = ("label", "environment", "domain", "client_id", "client_secret")


@admin.register(Connection)
class ConnectionAdmin(PageAdmin):
    """What can be read here holds no credential, token or company id; those are typed and never shown again."""

    form = ConnectionForm
    list_display = ("label", "system_label", "company", "health_shown", "answered", "calls_left", "used_by")
    list_filter = ("system", "health")
    list_filter_submit = False
    ordering = ("label",)
    actions = None
    change_form_outer_before_template = "integrations/connection_head.html"

    def visible(self, rows: QuerySet[Connection], user: Viewer) -> QuerySet[Connection]:
        return visibility.connections(rows, user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        rows: QuerySet[Connection] = super().get_queryset(request).prefetch_related("pace")
        ends = {"sources": "integrations_from", "targets": "integrations_to"}
        return rows.annotate(**{name: Count(path, distinct=True) for name, path in ends.items()})

    @admin.display(description="system")
    def system_label(self, connection: Connection) -> str:
        return SYSTEM_LABELS.get(connection.system, connection.system)

    @admin.display(description="company")
    def company(self, connection: Connection) -> str:
        return connection.company_name or "-"

    @admin.display(description="health")
    def health_shown(self, connection: Connection) -> SafeString:
        return health(connection)

    @admin.display(description="last answer")
    def answered(self, connection: Connection) -> str:
        return ago(connection.last_success_at)

    @admin.display(description="calls left today")
    def calls_left(self, connection: Connection) -> str:
        return calls_left(connection)

    @admin.display(description="integrations")
    def used_by(self, connection: Any) -> int:
        return int(connection.sources + connection.targets)

    def get_fields(self, request: HttpRequest, obj: Connection | None = None) -> tuple[str, ...]:
        if not self.has_change_permission(request, obj) and obj is not None:
            return ("label",)
        slug = self._system(request, obj)
        fields: tuple[str, ...] = SIGN_IN_FIELDS
        if by_keys(slug):
            fields = PLACED_FIELDS if system(slug).environments else KEY_FIELDS
        return (*fields, "webhook_secret") if obj is not None and addresses.token_of(obj) else fields

    def get_form(
        self, request: HttpRequest, obj: Connection | None = None, change: bool = False, **kwargs: Any
    ) -> type[ConnectionForm]:
        """A form that knows its system and what that said of the credentials."""
        if not self.has_change_permission(request, obj) and obj is not None:
            plain: type[ConnectionForm] = super().get_form(request, obj, change, **kwargs)
            return plain
        return self._form(request, obj, getattr(request, "credentials", None))

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """Only one that was never used for anything; what was read from or posted to must stay on record."""
        if not super().has_delete_permission(request, obj) or obj is None:
            return False
        used = obj.integrations_from.exists() or obj.integrations_to.exists() or obj.documents.exists()
        return not used and obj.token_set_id is None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/test/", view(require_POST(self.test_view)), name="integrations_connection_test"),
            path("<int:pk>/lists/", view(require_POST(self.lists_view)), name="integrations_connection_lists"),
            path("<int:pk>/suspend/", view(require_POST(self.suspend_view)), name="integrations_connection_suspend"),
            path("<int:pk>/resume/", view(require_POST(self.resume_view)), name="integrations_connection_resume"),
            path("<int:pk>/disconnect/", view(self.disconnect_view), name="integrations_connection_disconnect"),
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The credentials are tried before Django opens its transaction, and the company is read after it (E22)."""
        connection = self.get_object(request, object_id) if object_id else None
        if connection is None and object_id is not None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if connection is None and self._system(request, None) not in SYSTEM_LABELS:
            return self._which_system(request)
        if request.method == "POST" and self._may_save(request, connection):
            form = self._form(request, connection, None)(request.POST, instance=self._blank(request, connection))
            request.credentials = check(form)  # type: ignore[attr-defined]
        extra = {**(extra_context or {}), **head(request, self._system(request, connection), connection)}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra)
        if (connected := getattr(request, "connected", None)) is not None:
            connecting.learn(connected)
            for warning in connected.warnings:
                messages.warning(request, warning)
        return answer

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        by, checked = person(request), getattr(request, "credentials", None)
        before = Connection.objects.filter(pk=obj.pk).first()
        if isinstance(checked, connecting.Checked):
            connecting.connect_checked(obj, checked, by)
            request.connected = obj  # type: ignore[attr-defined]
        else:
            _, app = form.typed()
            connecting.keep_app(obj, app)
        if secret := form.cleaned_data.get("webhook_secret"):
            addresses.set_secret(obj, secret, by)
        told = {"label": obj.label, "credentials": "typed anew"} if _app_changed(before, obj) else {"label": obj.label}
        if before is None:
            log("connection.added", connecting.subject(obj), actor=by, details={"system": system(obj.system).label})
        elif before.label != obj.label or _app_changed(before, obj):
            details = {"before": {"label": before.label}, "after": told}
            log("connection.changed", connecting.subject(obj), actor=by, details=details)

    def delete_model(self, request: HttpRequest, obj: Connection) -> None:
        log("connection.deleted", connecting.subject(obj), actor=person(request))
        super().delete_model(request, obj)

    def response_add(self, request: HttpRequest, obj: Connection, post_url_continue: str | None = None) -> HttpResponse:
        """Go on to the connection's own page, where it is connected and tested."""
        if IS_POPUP_VAR in request.POST:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        said = (
            f"“{obj}” is connected to {obj.company_name}." if obj.company_name else f"“{obj}” is saved. Now connect it."
        )
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[obj.pk]))

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the system who we are, and say it in words (promise 54)."""
        self._permit(request, "integrations.test_connection")
        connection = self._connection(request, pk)
        result = checkup.test(connection, person(request))
        return self.page(
            request, "integrations/tested.html", title=f"Test of {connection}", connection=connection, result=result
        )

    def lists_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read accounts, taxes, tracking and the like now, so that the lookup tables can offer them (E30)."""
        self._permit(request, "integrations.sync_integration")
        connection = self._connection(request, pk)
        try:
            connecting.read_lists(connection, person(request))
        except CounterfoilError as error:
            clients.note_health(connection, error)
            messages.error(request, sentence(error))
        else:
            messages.success(request, f"The lists of “{connection}” are as they stand there now.")
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[pk]))

    def suspend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop every call at once, where a person knows of a suspension before an answer tells."""
        return self._switch(request, pk, suspension.suspend, "is suspended: nothing is asked of it until you resume")

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A person has cleared it with the system; the next call tells whether it is over."""
        return self._switch(request, pk, suspension.resume, "is called again from the next minute on")

    def _switch(
        self, request: HttpRequest, pk: int, change: Callable[[Connection, User], bool], said: str
    ) -> HttpResponse:
        self._permit(request, "integrations.suspend_connection")
        connection = self._connection(request, pk)
        if change(connection, person(request)):
            messages.success(request, f"“{connection}” {said}.")
        else:
            messages.info(request, f"“{connection}” is {connection.get_health_display()} already.")
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[pk]))

    def disconnect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then leave the company and forget the tokens."""
        self._permit(request, "integrations.connect_connection")
        connection = self._connection(request, pk)
        if request.method != "POST":
            return self.page(
                request,
                "integrations/disconnect.html",
                title=f"Disconnect {connection}?",
                connection=connection,
                by_keys=by_keys(connection.system),
                siblings=connecting.siblings(connection),
            )
        try:
            told = connecting.disconnect(connection, person(request))
        except CounterfoilError as error:
            messages.error(request, f"Still connected: {sentence(error)}")
        else:
            messages.success(request, f"“{connection}” is disconnected. Nothing more is read or posted through it.")
            if not told:
                label = system(connection.system).label
                messages.warning(request, f"{label} no longer took our sign-in. Remove Counterfoil there as well.")
        return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[pk]))

    def _which_system(self, request: HttpRequest) -> HttpResponse:
        self._permit(request, "integrations.add_connection")
        choices = sorted(SYSTEM_LABELS.items(), key=lambda item: item[1])
        return self.page(request, "integrations/which_system.html", title="Connect which system?", systems=choices)

    def _form(self, request: HttpRequest, connection: Connection | None, outcome: Any) -> type[ConnectionForm]:
        slug = self._system(request, connection)

        class Form(ConnectionForm):
            checked = outcome

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                kwargs["instance"] = kwargs.get("instance") or Connection(system=slug)
                super().__init__(*args, **kwargs)

        return Form

    def _blank(self, request: HttpRequest, connection: Connection | None) -> Connection:
        """A copy to try the form on, so that a refused form leaves nothing behind."""
        if connection is None:
            return Connection(system=self._system(request, None))
        return Connection.objects.get(pk=connection.pk)

    def _may_save(self, request: HttpRequest, connection: Connection | None) -> bool:
        if connection is None:
            return bool(self.has_add_permission(request))
        return bool(self.has_change_permission(request, connection))

    def _system(self, request: HttpRequest, connection: Connection | None) -> str:
        return connection.system if connection else request.GET.get("system", "")

    def _connection(self, request: HttpRequest, pk: int) -> Connection:
        connection = self.visible(Connection.objects.all(), request.user).filter(pk=pk).first()
        if connection is None:
            raise Http404
        return connection

    def _permit(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied


def _app_changed(before: Connection | None, now: Connection) -> bool:
    return before is not None and (before.client_id, before.client_secret) != (now.client_id, now.client_secret)
