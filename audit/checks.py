"""`manage.py check --database default` fails when the database would let somebody change the trail."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

from audit import triggers


def triggers_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """audit.E001 for each database where an append-only trigger is missing, disabled or altered (E19)."""
    return [
        Error(
            f"The audit trail in database {alias!r} is not protected: {', '.join(absent)} missing or altered.",
            hint="Run audit_verify first: somebody may have changed entries. Then migrate --skip-checks "
            "puts the triggers back.",
            id="audit.E001",
        )
        for alias in databases or ()
        if (absent := triggers.missing(connections[alias]))
    ]
