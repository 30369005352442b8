"""What this app listens to: a changed lookup row releases what waited for it, in the row's own transaction (E7)."""

from typing import Any

from audit import visibility as trail_visibility
from mappings import guarding, impact, usage, visibility, waiting
from mappings.keys import VENDOR, LookupKey
from mappings.signals import lookup_changed, parts_changed


def connect() -> None:
    from integrations.engine import proposed_parts
    from integrations.engine.vendor_sync import deciding
    from integrations.impact import of_change
    from integrations.trail_visibility import subjects
    from integrations.visibility import scopes
    from integrations.waiting import open_gaps

    lookup_changed.connect(_release_answered, dispatch_uid="integrations.release_answered")
    parts_changed.connect(_place_anew, dispatch_uid="integrations.place_anew")
    visibility.register(scopes)
    trail_visibility.register(subjects)
    guarding.register(proposed_parts.hold_back, proposed_parts.waiting)
    usage.register(_used_rows)
    deciding.connect()
    waiting.register(open_gaps)
    impact.register(of_change)


def _used_rows(table: str) -> Any:
    """The rows of a table that any posting was made with (A39)."""
    from integrations.models import UsedRow

    return UsedRow.objects.filter(table=table).values_list("row", flat=True)


def _place_anew(*, scope: Any, by: Any, **_: Any) -> int:
    """What was excluded or held for its company may be this one's now, and the other way round (A80)."""
    from integrations.engine.placing import after_parts

    return after_parts(scope, by)


def _release_answered(*, scope: Any, keys: list[LookupKey], **_: Any) -> int:
    """How many records went on because of these keys; drafts that come out otherwise now are offered (A39)."""
    from integrations.engine.release import close_gaps
    from integrations.engine.vendor_sync.units import wake_by_links
    from integrations.models import Gap
    from integrations.retranslation import flag_drafts

    def answered(gap: Gap) -> bool:
        return any(key.answers(LookupKey.parse(gap.table, gap.key)) for key in keys)

    flag_drafts(scope, keys)
    wake_by_links(scope.pk, [key.parts[0] for key in keys if key.table == VENDOR])
    return close_gaps(scope.pk, answered, {key.table for key in keys})
