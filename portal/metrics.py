"""/metrics for operators, in Prometheus' text format. Figures only: no vendor, no document, no secret."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import liveness
from portal.addresses import is_loopback

PERMISSION = "integrations.view_run"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """403 unless the caller is on this machine, brings METRICS_TOKEN, or is signed in and may see runs."""
    if not (is_loopback(request) or _has_token(request) or request.user.has_perm(PERMISSION)):
        return HttpResponse("Sign in as somebody who may see runs, or send METRICS_TOKEN.\n", "text/plain", 403)
    lines = [*_workers(), *_records(), *_runs(), *_connections(), *_webhooks()]
    return HttpResponse("\n".join(lines) + "\n", "text/plain; version=0.0.4; charset=utf-8")


def _has_token(request: HttpRequest) -> bool:
    given = request.META.get("HTTP_AUTHORIZATION", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), expected.encode())


def _workers() -> Iterator[str]:
    yield from _head("counterfoil_workers_up", "1 while the workers show signs of life.")
    yield f"counterfoil_workers_up {int(not liveness.workers_stopped())}"
    seen = liveness.last_sign_of_life()
    if seen:
        yield from _head("counterfoil_workers_silent_seconds", "Seconds since the last sign of life.")
        yield f"counterfoil_workers_silent_seconds {max(0, (timezone.now() - seen).total_seconds()):.0f}"


def _records() -> Iterator[str]:
    from integrations.models import Record

    yield from _head("counterfoil_records", "Records by how far our work on them is.")
    counted = Record.objects.order_by().values("integration_id", "work").annotate(count=Count("pk"))
    for row in counted:
        labels = _labels(integration=row["integration_id"], work=row["work"])
        yield f"counterfoil_records{labels} {row['count']}"


def _runs() -> Iterator[str]:
    from integrations.models import Integration

    yield from _head("counterfoil_last_run_age_seconds", "Seconds since an integration last ran.")
    for pk, ran_at in Integration.objects.exclude(last_run_at=None).values_list("pk", "last_run_at"):
        age = (timezone.now() - ran_at).total_seconds() if ran_at else 0
        yield f"counterfoil_last_run_age_seconds{_labels(integration=pk)} {age:.0f}"
    yield from _head("counterfoil_integrations_overdue", "Integrations two cadences past their next run.")
    yield f"counterfoil_integrations_overdue {len(liveness.overdue())}"


def _connections() -> Iterator[str]:
    from integrations.models import Connection

    yield from _head("counterfoil_connections", "Connections by system and health.")
    counted = Connection.objects.order_by().values("system", "health").annotate(count=Count("pk"))
    for row in counted:
        yield f"counterfoil_connections{_labels(system=row['system'], health=row['health'])} {row['count']}"


def _webhooks() -> Iterator[str]:
    from integrations.models import RefusedWebhook, WebhookEvent

    yield from _head("counterfoil_webhooks_waiting", "Events that nobody has looked at yet.")
    yield f"counterfoil_webhooks_waiting {WebhookEvent.objects.filter(outcome='').count()}"
    yield from _head("counterfoil_webhooks_refused", "Requests and events that were not taken, by why.")
    for row in RefusedWebhook.objects.all():
        yield f"counterfoil_webhooks_refused{_labels(system=row.system, why=row.why)} {row.count}"


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"


def _labels(**labels: str | int) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
