"""/health for load balancers and monitors: database, workers, age of the last run. No names, no secrets."""

from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import liveness


@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """200 when everything is well, 503 when the database or the workers are not."""
    try:
        parts = {"database": _database(), "workers": _workers(), "runs": _runs()}
    except DatabaseError:
        parts = {"database": {"ok": False}}
    well = all(part["ok"] for part in parts.values())
    return JsonResponse({"status": "ok" if well else "bad", **parts}, status=200 if well else 503)


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _workers() -> dict[str, Any]:
    seen = liveness.last_sign_of_life()
    age = round((timezone.now() - seen).total_seconds()) if seen else None
    return {"ok": not liveness.workers_stopped(), "seconds_since_sign_of_life": age}


def _runs() -> dict[str, Any]:
    """Late runs are told but are no failure of this machine: a person may have paused a connection."""
    from integrations.models import Run

    last = Run.objects.exclude(finished_at=None).order_by("-started_at").first()
    age = round((timezone.now() - last.finished_at).total_seconds()) if last and last.finished_at else None
    return {"ok": True, "seconds_since_last_run": age, "overdue_integrations": len(liveness.overdue())}
