"""The first run: what is done and what comes next, ticked by what is there and by nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from integrations.days import in_full
from integrations.models import Connection, Integration, VendorPolicy


@dataclass(frozen=True, slots=True)
class Step:
    """`next` marks the first one that is not done."""

    label: str
    hint: str
    done: bool
    link: str
    next: bool = False


def steps(integration: Any, connections: Sequence[Connection] = ()) -> list[Step]:
    """All seven while one of them is open, else none. `integration` carries `has_rows`, `has_preview`, `has_read`."""
    if integration is None:
        return _marked(_before_any(connections))
    if not integration.trial:
        return []
    return _marked(_of(integration))


def _before_any(connections: Sequence[Connection]) -> list[Step]:
    connected = [each for each in connections if each.token_set_id]
    return [
        Step(
            "Connect both systems",
            f"{len(connected)} connected so far; an integration needs its source and its target.",
            len(connected) > 1,
            reverse("admin:integrations_connection_add"),
        ),
        Step(
            "Make the set of tables",
            "It says which company is translated into which.",
            False,
            _link("admin:mappings_scope_add"),
        ),
        Step(
            "Make the integration",
            "Source, target, what belongs to it and from which day on.",
            False,
            reverse("admin:integrations_integration_add"),
        ),
    ]


def _of(integration: Any) -> list[Step]:
    page = reverse("admin:integrations_integration_change", args=[integration.pk])
    ends = (integration.source, integration.target)
    away = next((each for each in ends if not each.usable), None)
    connection = reverse("admin:integrations_connection_change", args=[(away or integration.source).pk])
    return [
        Step("Connect both systems", f"{ends[0]} and {ends[1]}", away is None, connection),
        Step("Scope and start date", f"From {in_full(integration.start_date)} on", True, page),
        Step("Read for the first time", "Press Sync now: in trial mode nothing is sent.", integration.has_read, page),
        Step("Fill the tables", "Accounts first; what is missing is listed.", integration.has_rows, _missing()),
        _vendors(integration),
        Step(
            "Look at the preview",
            "Every document as it would be posted.",
            integration.has_preview,
            reverse("admin:integrations_integration_preview", args=[integration.pk]),
        ),
        Step(
            "Switch posting on",
            "A supervisor does, after the last look for duplicates.",
            not integration.trial,
            reverse("admin:integrations_integration_posting", args=[integration.pk]),
        ),
    ]


def _vendors(integration: Integration) -> Step:
    if integration.vendors != VendorPolicy.BOTH:
        return Step("Link the vendors", "Those without doubt are linked already.", True, _vendor_page())
    done = integration.vendors_confirmed_at is not None
    return Step("Confirm the vendors", "The first sync of vendors only proposes.", done, _vendor_page())


def _vendor_page() -> str:
    return _link("admin:integrations_vendorsides_changelist") or _link("admin:mappings_vendorlink_changelist")


def _missing() -> str:
    return _link("admin:mappings_missing") or _link("admin:mappings_accountrow_changelist")


def _link(page: str) -> str:
    """The address, "" where there is no such page."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _marked(found: list[Step]) -> list[Step]:
    first = next((number for number, step in enumerate(found) if not step.done), None)
    return [
        Step(step.label, step.hint, step.done, step.link, next=number == first) for number, step in enumerate(found)
    ]
