"""What the health of a connection, and a record that waits for nobody, mean."""

from collections.abc import Mapping

from integrations.explanations.rows import ADMINISTRATOR, NOBODY, SUPERVISOR, Place, Row
from integrations.explanations.troubles import TROUBLES
from integrations.models import Health, Work

# Used where the trouble itself is not known: rows that were kept before it was written down.
HEALTH: Mapping[str, Row] = {
    Health.NEVER: Row(
        "never",
        "{system} is not connected yet.",
        ADMINISTRATOR,
        Place.CONNECTION,
        "Connect it; until then nothing runs through it.",
    ),
    Health.CONNECTED: Row(
        "connected", "{system} answers.", NOBODY, Place.CONNECTION, "It is asked again with the next run."
    ),
    Health.DISCONNECTED: Row(
        "disconnected",
        "Somebody disconnected {system} here.",
        ADMINISTRATOR,
        Place.CONNECTION,
        "Nothing is read or posted through it until it is connected again, to the same company.",
    ),
    Health.RECONNECT: TROUBLES["shut-out"],
    Health.PERMISSION: TROUBLES["permission"],
    Health.THROTTLED: TROUBLES["throttled-day"],
    Health.SUSPENDED: TROUBLES["suspended-by-hand"],
    Health.UNREACHABLE: TROUBLES["unreachable"],
}

WORK: Mapping[str, Row] = {
    Work.WAITING: Row(
        "waiting",
        "It is complete so far and waits for its turn.",
        NOBODY,
        Place.RECORD,
        "The next run goes on with it.",
    ),
    Work.POSTING: Row(
        "posting", "It is being sent right now.", NOBODY, Place.RECORD, "Its answer is kept when it comes."
    ),
    Work.DOUBT: Row(
        "doubt",
        "It was sent, and no answer came: not sure, checking.",
        NOBODY,
        Place.RECORD,
        "When the lost request must have ended it is looked up in the target, and never sent twice.",
    ),
    Work.APPROVAL: Row(
        "awaiting-approval",
        "The approval rule covers it.",
        SUPERVISOR,
        Place.RECORD,
        "It is posted once somebody approves exactly what is shown.",
    ),
}
