"""What stands above a connection's form: health, figures and buttons; before the first save, what to register there."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from integrations import explanations, oauth
from integrations.engine.pace_rows import DAY, Budget
from integrations.engine.projects import looking
from integrations.models import Connection, Health, Integration, RefusedWebhook, WebhookEvent
from integrations.systems import SYSTEM_LABELS, system
from integrations.systems.facts import AuthorizationCode
from integrations.systems.webhooks import sender
from integrations.webhooks import addresses
from integrations.webhooks.keeping import MEANINGS
from integrations.words import HEALTH_TONES, ago, at, pill


def head(request: HttpRequest, slug: str, connection: Connection | None) -> dict[str, Any]:
    """Context of the page; buttons only for what this person may do."""
    signs_in = isinstance(system(slug).auth, AuthorizationCode)
    shown: dict[str, Any] = {
        "system_label": SYSTEM_LABELS[slug],
        "redirect_uri": oauth.redirect_uri(slug) if signs_in else "",
        "signs_in": signs_in,
        "permissions": system(slug).permissions,
    }
    if connection is None:
        return {**shown, "title": f"Add a connection to {SYSTEM_LABELS[slug]}"}
    may, joined = request.user.has_perm, bool(connection.token_set_id)
    return {
        **shown,
        "connection": connection,
        "webhooks": webhooks(connection),
        "health": health(connection),
        "looked": (looked := looking.of(connection)),
        "warnings": list(dict.fromkeys([*connection.warnings, *(looked.missing if looked else ())])),
        "explained": explanations.of_connection(connection),
        "calls_left": calls_left(connection),
        "integrations": list(_integrations(connection, request)),
        "may_suspend": may("integrations.suspend_connection") and connection.usable,
        "may_resume": may("integrations.suspend_connection") and connection.health == Health.SUSPENDED,
        "may_connect": may("integrations.connect_connection"),
        "may_read_lists": may("integrations.sync_integration") and joined,
        "may_test": may("integrations.test_connection") and joined,
    }


def webhooks(connection: Connection) -> dict[str, Any]:
    """What a person gives to the system, and what came of it; nothing where the system sends no webhooks."""
    sent_by, url = sender(connection.system), addresses.url_of(connection)
    if sent_by is None or not url:
        return {}
    address, site = addresses.of(connection), urlsplit(url)
    told = WebhookEvent.objects.filter(connection=connection).aggregate(count=Count("pk"), newest=Max("received_at"))
    refused = RefusedWebhook.objects.filter(system=connection.system, count__gt=0)
    return {
        "url": url,
        "where": sent_by.where,
        "unreachable": site.scheme != "https" or site.port not in (None, 443),
        "has_secret": address is not None,
        "confirmed_at": address.confirmed_at if address else None,
        **told,
        "ago": ago(told["newest"]),
        "refused": [(row.count, MEANINGS[row.why], row.last_at) for row in refused.order_by("why")],
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
