"""Where a vendor is left after it was looked at: saved with its reasons, in one go."""

from collections.abc import Mapping

from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import Vendor
from integrations.engine import trail
from integrations.engine.vendor_sync.plans import Keeping
from integrations.models import Record, Side, VendorSides, Work

PLACE = ("work", "hold_reason", "explanation", "not_before", "changed_at", "number", "vendor_name")


class Endings:
    """Of one chunk of vendors; nothing is saved before `save`."""

    def __init__(self, keeping: Keeping) -> None:
        self._run = keeping.slice_.run
        self._left: list[tuple[Record, VendorSides]] = []
        self._events: list[Event] = []

    def hold(self, sides: VendorSides, reason: str, explanation: str) -> None:
        self.leave(sides, Work.HELD, reason, explanation)
        self._run.held += 1
        self._events.append(trail.event("record.held", sides.record, reason=reason, explanation=explanation))

    def place(self, sides: VendorSides, work: Work, why: str) -> None:
        self.leave(sides, work, "", why)

    def leave(self, sides: VendorSides, work: Work, reason: str, explanation: str) -> None:
        record = sides.record
        record.work, record.hold_reason, record.explanation = work, reason, explanation
        record.not_before, record.changed_at = None, timezone.now()
        self._left.append((record, sides))

    def save(self, read: Mapping[str, Mapping[str, Vendor]]) -> None:
        """Under the names that the sides show now, procurement's before the other's."""
        for record, sides in self._left:
            vendor = read[Side.SOURCE].get(sides.source_key) or read[Side.TARGET].get(sides.target_key)
            if vendor is not None:
                record.number = record.vendor_name = vendor.name[:255]
            record.save(update_fields=PLACE)
            sides.save()
        log_many(self._events)
