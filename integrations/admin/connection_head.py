"""What stands above a connection's form: health, figures and buttons; before the first save, what to register there."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from integrations import explanations, oauth
from integrations.engine.pace_rows import DAY, Budget
from integrations.models import Connection, Health, Integration
from integrations.systems import SYSTEM_LABELS, system
from integrations.systems.facts import AuthorizationCode
from integrations.words import HEALTH_TONES, at, pill


def head(request: HttpRequest, slug: str, connection: Connection | None) -> dict[str, Any]:
    """Context of the page; buttons only for what this person may do."""
    signs_in = isinstance(system(slug).auth, AuthorizationCode)
    shown: dict[str, Any] = {
        "system_label": SYSTEM_LABELS[slug],
        "redirect_uri": oauth.redirect_uri(slug) if signs_in else "",
        "signs_in": signs_in,
    }
    if connection is None:
        return {**shown, "title": f"Add a connection to {SYSTEM_LABELS[slug]}"}
    may, joined = request.user.has_perm, bool(connection.token_set_id)
    return {
        **shown,
        "connection": connection,
        "health": health(connection),
        "explained": explanations.of_connection(connection),
        "calls_left": calls_left(connection),
        "integrations": list(_integrations(connection, request)),
        "may_suspend": may("integrations.suspend_connection") and connection.usable,
        "may_resume": may("integrations.suspend_connection") and connection.health == Health.SUSPENDED,
        "may_connect": may("integrations.connect_connection"),
        "may_read_lists": may("integrations.sync_integration") and joined,
        "may_test": may("integrations.test_connection") and joined,
    }


def _integrations(connection: Connection, request: HttpRequest) -> QuerySet[Integration]:
    at_either_end = Q(source=connection) | Q(target=connection)
    return Integration.objects.visible_to(request.user).filter(at_either_end).order_by("name")


def health(connection: Connection) -> SafeString:
    text = Health(connection.health).label
    if connection.health == Health.THROTTLED and connection.health_until:
        text = f"throttled until {at(connection.health_until)}"
    return pill(text, HEALTH_TONES.get(connection.health, "calm"))


def calls_left(connection: Connection) -> str:
    budget = Budget.of(connection)
    if not budget.day:
        return "no limit"
    used = next((window.used for window in connection.pace.all() if window.window == DAY), 0)
    return f"{max(0, budget.day - used):,} of {budget.day:,}"
