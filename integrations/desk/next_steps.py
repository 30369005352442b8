"""What somebody does next about a connection that is not well."""

from integrations.models import Connection, Health
from integrations.systems import SYSTEM_LABELS
from integrations.words import at

_STEPS = {
    Health.NEVER: "Open it and connect it to {system}.",
    Health.RECONNECT: "An administrator signs in at {system} again: press Reconnect on its page.",
    Health.PERMISSION: "The sign-in lacks a permission; its page names it. Grant it at {system}, then reconnect.",
    Health.SUSPENDED: "{system} has suspended our access. Nothing is called; it is asked again every few hours.",
    Health.UNREACHABLE: "Nothing to do: it is tried again with every run. Its page shows the last trouble.",
    Health.DISCONNECTED: "Nothing is read or posted through it. Reconnect it, or switch its integrations off.",
}


def next_step(connection: Connection) -> str:
    """A sentence, "" while there is nothing to do."""
    if connection.health == Health.THROTTLED:
        until = f" at {at(connection.health_until)}" if connection.health_until else ""
        return f"Nothing to do: its calls are used up, and work goes on by itself{until}."
    system = SYSTEM_LABELS.get(connection.system, connection.system)
    step = _STEPS.get(Health(connection.health), "") if connection.health in Health.values else ""
    return step.format(system=system)
