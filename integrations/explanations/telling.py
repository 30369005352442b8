"""Rows of the catalogue, filled in for one record, one flag or one connection, with the page where it is mended."""

from collections.abc import Callable, Mapping

from django.urls import reverse

from integrations import flag_words
from integrations.explanations import flags, holds, refusals, states
from integrations.explanations.rows import Explanation, Place, Row
from integrations.explanations.troubles import TROUBLES
from integrations.hold_reasons import HOLD_REASONS
from integrations.models import Connection, Flag, Health, Integration, Record, Work
from integrations.systems import SYSTEM_LABELS, system
from integrations.words import at

QUOTED = " said: "
BY_RULE = "awaiting-approval"


def of_record(record: Record) -> Explanation | None:
    """Why it stands where it stands; None where that needs no explaining."""
    if _stops_for_its_reason(record):
        if record.hold_reason == "rejected-by-target":
            return _of_refusal(record)
        row = holds.HOLDS[record.hold_reason]
        return _filled(row, record.integration, what=record.explanation or row.what, record=record)
    waiting: Row | None = states.WORK.get(record.work)
    if waiting is None:
        return None
    told = _filled(waiting, record.integration, what=waiting.what, record=record)
    if record.not_before is None:
        return told
    return _with_next(told, f"{told.next} That is from {at(record.not_before)} on.")


def _stops_for_its_reason(record: Record) -> bool:
    """What somebody asked to have approved stops for the reason it was held for, not by the approval rule."""
    asked = record.work == Work.APPROVAL and record.hold_reason != BY_RULE
    return (record.work == Work.HELD or asked) and record.hold_reason in HOLD_REASONS


def of_flag(flag: Flag) -> Explanation:
    row = flags.row_of(flag.kind)
    return _filled(row, flag.record.integration, what=flag_words.said(flag) or row.what, record=flag.record)


def of_connection(connection: Connection) -> Explanation | None:
    """What is wrong with it; None while nothing is."""
    cause = TROUBLES.get(connection.last_cause)
    if connection.health == Health.CONNECTED and cause is None:
        return None
    row = cause or states.HEALTH[connection.health]
    words = _words(connection, own=connection.last_error)
    following = row.next.format(**words)
    if connection.health == Health.THROTTLED and connection.health_until:
        following = f"{following} That is at {at(connection.health_until)}."
    if connection.health == Health.SUSPENDED and connection.health_until:
        following = f"{following} It is asked next at {at(connection.health_until)}."
    link = reverse("admin:integrations_connection_change", args=[connection.pk])
    return Explanation(row.slug, row.what.format(**words), row.who, row.where.value, link, following)


def refused(system_slug: str, label: str, said: tuple[str, ...]) -> str:
    """What a record keeps of a refusal: our sentence, the system's own words quoted in it."""
    row = refusals.row_of(system_slug, said)
    words = " ".join(f"“{each}”" for each in said) or "nothing"
    return f"{row.what.format(system=label)} It{QUOTED}{words}"


def _of_refusal(record: Record) -> Explanation:
    """The explanation holds the system's words; they are quoted, and explained by what they mean."""
    _, _, theirs = record.explanation.partition(QUOTED)
    said = tuple(words for words in theirs.strip("“”").split("” “") if words)
    target = record.integration.target
    row = refusals.row_of(target.system, said or (record.explanation,))
    what = row.what.format(system=target.label) if said else record.explanation or row.what.format(system=target.label)
    told = _filled(row, record.integration, what=what, record=record)
    return Explanation(told.slug, told.what, told.who, told.where, told.link, told.next, said)


def _filled(row: Row, integration: Integration, *, what: str, record: Record) -> Explanation:
    words = _words(integration.target)
    where = {Place.SOURCE: integration.source.label, Place.TARGET: integration.target.label}.get(
        row.where, row.where.value
    )
    return Explanation(row.slug, what, row.who, where, _link(row.where, record), row.next.format(**words))


def _with_next(told: Explanation, following: str) -> Explanation:
    return Explanation(told.slug, told.what, told.who, told.where, told.link, following, told.said)


def _words(connection: Connection, own: str = "") -> dict[str, str]:
    facts = system(connection.system).suspension if connection.system in SYSTEM_LABELS else None
    return {
        "system": SYSTEM_LABELS.get(connection.system, connection.label),
        "support": facts.support if facts else "its support",
        "own": own or "It cannot be used as it is.",
    }


def _page(name: str) -> Callable[[Record], str]:
    return lambda record: f"{reverse(f'admin:{name}_changelist')}?scope__id__exact={record.integration.scope_id}"


_LINKS: Mapping[Place, Callable[[Record], str]] = {
    Place.RECORD: lambda record: reverse("admin:integrations_record_change", args=[record.pk]),
    Place.CONNECTION: lambda record: reverse(
        "admin:integrations_connection_change", args=[record.integration.target_id]
    ),
    Place.INTEGRATION: lambda record: reverse("admin:integrations_integration_change", args=[record.integration_id]),
    Place.ACCOUNTS: _page("mappings_accountrow"),
    Place.TRACKING: _page("mappings_trackingrow"),
    Place.TAXES: _page("mappings_taxrow"),
    Place.VENDORS: _page("mappings_vendorlink"),
    Place.REQUESTS: lambda record: reverse("admin:integrations_exchange_changelist"),
}


def _link(place: Place, record: Record) -> str:
    return _LINKS[place](record) if place in _LINKS else ""
