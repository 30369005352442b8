"""From a system's facts and an account to its door."""

from collections.abc import Mapping

from integrations.http import Http, Wiring
from integrations.http.addresses import LOOPBACK
from integrations.http.door import Judge
from integrations.systems.facts import System


def door(
    facts: System,
    part: str,
    *,
    overrides: Mapping[str, str],
    headers: Mapping[str, str],
    judge: Judge,
    wiring: Wiring,
    environment: str = "",
    **names: str,
) -> Http:
    """The door to one part of a system. Only an operator's override may lead to this machine by plain http."""
    overridden = bool(overrides.get(part))
    return Http(
        facts.url(part, overrides, environment, **names),
        label=facts.label,
        allowed_hosts=(*facts.allowed_hosts, *(sorted(LOOPBACK) if overridden else ())),
        headers=lambda: headers,
        judge=judge,
        wiring=wiring,
        deadline_seconds=facts.call_deadline.total_seconds(),
        correlation_headers=facts.correlation_headers,
        plain_loopback=overridden,
    )
