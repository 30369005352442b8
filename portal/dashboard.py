"""The home page."""

from typing import Any

from django.http import HttpRequest

from portal import liveness, notices


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Today: the line of A99 per integration, what waits for whom, and whether everything works."""
    from integrations.desk.today import today
    from integrations.words import ago

    seen = notices.last_sign_of_life()
    context["today"] = today(request.user)
    context["workers"] = {"stopped": liveness.has_stopped(seen), "seen": ago(seen) if seen else "never"}
    return context
