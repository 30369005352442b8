"""What was sent to whom, and what could not be: for administrators and operators."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from audit.trail import Subject, log
from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.visibility import Viewer
from integrations.words import ago, pill
from portal.alerts.models import Delivery, State

TONES = {State.SENT: "good", State.QUEUED: "busy", State.GIVEN_UP: "bad"}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Shows no address of a chat: those are secrets of their owners."""

    list_display = ("state_shown", "alert", "person", "channel", "digest", "queued", "attempts", "trouble")
    list_filter = ("state", "digest", "alert__kind")
    list_filter_submit = False
    list_select_related = ("alert", "person")
    list_display_links = None
    actions = ("send_again",)
    nothing = "Nothing was sent yet. Each person chooses under “My alerts” what they are told, and by which channel."

    def visible(self, rows: QuerySet[Delivery], user: Viewer) -> QuerySet[Delivery]:
        """Only about what this person may see (E14)."""
        if not visibility.is_limited(user):
            return rows
        of_integrations = visibility.belonging(rows, "alert__integration", user)
        of_connections = visibility.of_connections(rows, "alert__connection", user)
        about_neither = Q(alert__integration=None, alert__connection=None)
        mine = Q(pk__in=of_integrations.values("pk")) | Q(pk__in=of_connections.values("pk"))
        return rows.filter(about_neither | mine)

    @admin.display(description="state")
    def state_shown(self, delivery: Delivery) -> SafeString:
        return pill(State(delivery.state).label, TONES[State(delivery.state)])

    @admin.display(description="queued")
    def queued(self, delivery: Delivery) -> str:
        return ago(delivery.queued_at)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("portal.resend_delivery")

    @admin.action(permissions=["resend"], description="Send again what was given up")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        with transaction.atomic():
            rows = Delivery.objects.filter(pk__in=chosen.values("pk"), state=State.GIVEN_UP)
            count = rows.update(state=State.QUEUED, attempts=0, not_before=timezone.now(), trouble="")
            if count:
                subject = Subject("alerts", "deliveries", "the deliveries")
                log("alert.sent_again", subject, actor=person(request), details={"count": count})
        messages.info(request, f"{count} will be sent again within a minute.")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        return {name: action for name, action in found.items() if name == "send_again"}
