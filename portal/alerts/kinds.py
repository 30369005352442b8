"""What people may be told of, as rows of data: what it is, who may know it, and whom it finds without a choice made."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

APPROVE_OVER_BUDGET = "integrations.approve_over_budget"


class When(StrEnum):
    OFF = "off"
    AT_ONCE = "at once"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Kind:
    """`permissions`: one of them is needed, since the alert's link leads there. `roles` are told unless they choose."""

    slug: str
    label: str
    meaning: str
    permissions: tuple[str, ...]
    roles: tuple[str, ...]
    usually: When = When.AT_ONCE
    digest_only: bool = False

    @property
    def choices(self) -> tuple[When, ...]:
        return (When.OFF, When.DIGEST) if self.digest_only else tuple(When)


STAFF, SUPERVISOR, ADMINISTRATOR, AUDITOR, OPERATOR = (
    "Accounting staff",
    "Supervisor",
    "Integration administrator",
    "Auditor",
    "Operator",
)
RECORDS, CONNECTIONS, RUNS = (
    ("integrations.view_record",),
    ("integrations.view_connection",),
    ("integrations.view_run",),
)
DISCREPANCIES = ("integrations.view_discrepancy",)
TRAIL = ("audit.view_entry", "audit.view_seal")

_KINDS = (
    Kind(
        "new-holds",
        "New holds",
        "Documents that wait for a person; one message for each run, however many they are.",
        RECORDS,
        (STAFF, SUPERVISOR),
    ),
    Kind(
        "approval-asked",
        "An approval is asked of me",
        "Somebody asks to have an order approved that is over its project's budget.",
        (APPROVE_OVER_BUDGET,),
        (SUPERVISOR,),
    ),
    Kind(
        "approval-void",
        "An approval of mine is void",
        "What would be posted has changed since you approved it, by the source or by a table.",
        RECORDS,
        (STAFF, SUPERVISOR),
    ),
    Kind(
        "total-differs",
        "Posted with another total",
        "A document stands in the ledger with another total than the source's.",
        RECORDS,
        (STAFF, SUPERVISOR),
    ),
    Kind(
        "reconnect",
        "Connection needs somebody",
        "A connection must be signed in to again, or lacks a permission.",
        CONNECTIONS,
        (ADMINISTRATOR,),
    ),
    Kind(
        "suspended",
        "Access suspended",
        "A system took our access away; every call has stopped.",
        CONNECTIONS,
        (ADMINISTRATOR, SUPERVISOR),
    ),
    Kind(
        "throttled",
        "Paused for long",
        "A system's calls are used up, and it makes us wait for more than an hour.",
        CONNECTIONS,
        (ADMINISTRATOR,),
        When.DIGEST,
    ),
    Kind("run-failed", "Run failed", "A run could not go on to its end.", RUNS, (ADMINISTRATOR,)),
    Kind(
        "silence",
        "Nothing heard for long",
        "An integration had no good run for two of its cadences.",
        RUNS,
        (ADMINISTRATOR, OPERATOR),
    ),
    Kind(
        "webhooks-silent",
        "Webhooks no longer come",
        "A system changed without telling us, as it did before. Nothing is lost: everything is read regularly.",
        CONNECTIONS,
        (ADMINISTRATOR,),
    ),
    Kind(
        "discrepancy",
        "Discrepancy found",
        "A sweep or a read met what no record here explains, or less than before.",
        DISCREPANCIES,
        (STAFF, SUPERVISOR),
    ),
    Kind(
        "trail-broken",
        "Audit trail altered",
        "The audit trail is not what was sealed.",
        TRAIL,
        (AUDITOR, ADMINISTRATOR, OPERATOR),
    ),
    Kind(
        "trail-sealed",
        "Seal of the day",
        "The digest of the audit trail's latest seal. Keep it: it shows later whether the trail's end was cut off.",
        TRAIL,
        (AUDITOR,),
        When.DIGEST,
        digest_only=True,
    ),
)

KINDS: Mapping[str, Kind] = {kind.slug: kind for kind in _KINDS}
