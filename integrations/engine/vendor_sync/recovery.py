"""After a crash or a lost answer over vendors: wait, look up live, adopt or write anew (E2)."""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from audit.trail import log_many
from integrations.documents import Vendor
from integrations.engine import intents, trail
from integrations.engine.vendor_sync import settling, shelf, units
from integrations.engine.vendor_sync.plans import Keeping, key_of, mark
from integrations.models import Outcome, Record, Request, RequestLine, Side, VendorSides, Work
from integrations.pairs.vendor_flow import is_same, source_values, values_of
from integrations.vendor_documents import VendorAction
from mappings import changes


def recover(keeping: Keeping) -> None:
    """Intents of a worker that died become doubts; doubts whose time has come are looked up."""
    now = timezone.now()
    mine = RequestLine.objects.filter(
        outcome__in=intents.OPEN,
        posting__record__integration=keeping.integration,
        posting__record__flow=keeping.flow.slug,
    ).select_related("request__connection", "posting__record")
    by_request: dict[int, list[RequestLine]] = {}
    for line in mine.order_by("request_id", "id"):
        by_request.setdefault(line.request_id, []).append(line)
    for lines in by_request.values():
        request = lines[0].request
        if request.outcome == Outcome.INTENDED:
            settling.doubt(keeping, request, [line.posting.record for line in lines], intents.WORKER_STOPPED)
        if request.settles_at > now:
            keeping.slice_.wake_at(request.settles_at)
        else:
            _look_up(keeping, request, lines)


def _look_up(keeping: Keeping, request: Request, lines: Sequence[RequestLine]) -> None:
    side = Side.SOURCE if request.connection_id == keeping.integration.source_id else Side.TARGET
    records = [line.posting.record_id for line in lines]
    sides = {
        each.record_id: each
        for each in VendorSides.objects.filter(record__in=records).select_related("link__target", "record")
    }
    created = [line for line in lines if line.step == VendorAction.CREATE]
    changed = [line for line in lines if line.step != VendorAction.CREATE]
    found: dict[int, Vendor | None] = {}
    if created:
        found |= _created(keeping, side, created, sides)
    if changed:
        found |= _changed(keeping, side, changed, sides)
    _commit(keeping, request, side, lines, sides, found)


def _created(
    keeping: Keeping, side: Side, lines: Sequence[RequestLine], sides: Mapping[int, VendorSides]
) -> dict[int, Vendor | None]:
    """Only our exact mark makes a vendor the one we meant to create."""
    marks = {line.pk: mark(keeping, side, sides[line.posting.record_id]) for line in lines}
    matches = keeping.system(side).vendors_marked(sorted(set(marks.values())))
    return {pk: next(iter(matches.get(each, [])), None) for pk, each in marks.items()}


def _changed(
    keeping: Keeping, side: Side, lines: Sequence[RequestLine], sides: Mapping[int, VendorSides]
) -> dict[int, Vendor | None]:
    """A change is known to have happened when every field sent stands as it was sent."""
    keys = {line.pk: key_of(sides[line.posting.record_id], side) for line in lines}
    stored = {each.source_id: each for each in keeping.system(side).vendors_by_ids(sorted(set(keys.values())))}
    connection, feed = keeping.connection(side), keeping.flow.feed(side)
    found: dict[int, Vendor | None] = {}
    for line in lines:
        live = stored.get(keys[line.pk])
        happened = live is not None and _happened(side, live, _sent(sides[line.posting.record_id]))
        found[line.pk] = live if happened else None
    absent = [each for each in stored.values() if each not in found.values()]
    with changes.together():
        keeping.slice_.fence()
        units.tell(connection, feed, shelf.keep(connection, feed, absent), without=keeping.integration.pk)
    return found


def _happened(side: Side, live: Vendor, sent: Mapping[str, Mapping[str, str]]) -> bool:
    now = source_values(live, {}) if side == Side.SOURCE else values_of(live)
    return bool(sent["values"]) and all(is_same(name, now[name], value) for name, value in sent["values"].items())


def _sent(sides: VendorSides) -> Mapping[str, Mapping[str, str]]:
    return sides.sent or {"values": {}, "origin": {}}


def _commit(
    keeping: Keeping,
    request: Request,
    side: Side,
    lines: Sequence[RequestLine],
    sides: Mapping[int, VendorSides],
    found: Mapping[int, Vendor | None],
) -> None:
    now = timezone.now()
    with changes.together():
        keeping.slice_.fence()
        events = []
        for line in lines:
            stored, each = found[line.pk], sides[line.posting.record_id]
            line.outcome = Outcome.FOUND if stored else Outcome.ABSENT
            line.save(update_fields=["outcome"])
            if stored is not None:
                events += settling.stand(keeping, each, side, line.posting, stored, _sent(each), found=True)
            else:
                Record.objects.filter(pk=each.record_id, work__in=[Work.POSTING, Work.DOUBT]).update(
                    work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=now
                )
                events.append(
                    trail.event("vendor.absent", each.record, target=request.connection.label, request=request.pk)
                )
        Request.objects.filter(pk=request.pk).update(
            outcome=Outcome.FOUND if any(found.values()) else Outcome.ABSENT, answered_at=now
        )
        log_many(events)
