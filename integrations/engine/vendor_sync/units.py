"""One record per vendor of an integration: opened when a side first shows it, woken when a side changes (E10)."""

from collections.abc import Iterable, Sequence

from django.db.models import F
from django.utils import timezone

from audit.trail import Event, log_many
from integrations import installation
from integrations.documents import Vendor
from integrations.engine import trail
from integrations.engine.vendor_sync import shelf
from integrations.models import (
    Connection,
    Integration,
    Record,
    Side,
    SourceDocument,
    Tally,
    VendorPolicy,
    VendorSides,
    Work,
)
from integrations.pairs import pair
from integrations.pairs.vendor_flow import VendorFlow, is_eligible
from mappings import names

# A write in flight and what a person put aside are left alone; the first is compared again when it is settled.
SLEEPS = (Work.DONE, Work.HELD, Work.APPROVAL, Work.WAITING, Work.EXCLUDED_RULE)
Told = tuple[Integration, VendorFlow, Side]


def kept_in_step(connection: Connection, feed: str) -> list[Told]:
    """The integrations that keep this company's vendors in step, and which side of them it is."""
    found: list[Told] = []
    for side in (Side.SOURCE, Side.TARGET):
        used = Integration.objects.filter(**{side.value: connection}, vendors=VendorPolicy.BOTH)
        for integration in used.select_related("source__books", "target__books", "scope"):
            flow = pair(integration.pair).vendors
            if flow is not None and flow.feed(side) == feed:
                found.append((integration, flow, side))
    return found


def tell(connection: Connection, feed: str, changed: Sequence[Vendor], without: int = 0) -> None:
    """Let every integration know what changed on a side; `without` one, which knows already. In a transaction."""
    if not changed:
        return
    for integration, flow, side in kept_in_step(connection, feed):
        if integration.pk != without:
            _tell_one(integration, flow, side, changed)


def open_missing(integration: Integration, flow: VendorFlow) -> None:
    """Units for everything that stands on either side and has none yet: a new integration, another contact group."""
    for side, connection in ((Side.SOURCE, integration.source), (Side.TARGET, integration.target)):
        known = set(VendorSides.objects.filter(integration=integration).values_list(f"{side.value}_key", flat=True))
        read = [vendor for vendor in shelf.every(connection, flow.feed(side)) if vendor.source_id not in known]
        _open(integration, flow, side, read)


def wake(records: Iterable[int]) -> int:
    """Compare these again in the next run."""
    return Record.objects.filter(pk__in=list(records), work__in=SLEEPS).update(
        work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=timezone.now()
    )


def wake_by_links(scope_id: int, vendor_ids: Iterable[str]) -> None:
    """A person linked, changed or removed links: the vendors they name are compared again."""
    sides = VendorSides.objects.filter(integration__scope_id=scope_id, source_key__in=list(vendor_ids))
    wake(sides.values_list("record_id", flat=True))


def _tell_one(integration: Integration, flow: VendorFlow, side: Side, changed: Sequence[Vendor]) -> None:
    keys = [vendor.source_id for vendor in changed]
    known: set[str] = set()
    woken: list[int] = []
    for start in range(0, len(keys), shelf.AT_A_TIME):
        some = {f"{side.value}_key__in": keys[start : start + shelf.AT_A_TIME]}
        for sides in VendorSides.objects.filter(integration=integration, **some):
            known.add(sides.source_key if side == Side.SOURCE else sides.target_key)
            woken.append(sides.record_id)
    wake(woken)
    undecided = VendorSides.objects.filter(integration=integration, link=None, record__work=Work.HELD)
    if _open(integration, flow, side, [vendor for vendor in changed if vendor.source_id not in known]):
        wake(undecided.values_list("record_id", flat=True))
        return
    of_the_other = undecided.filter(source_key="") if side == Side.SOURCE else undecided.exclude(source_key="")
    stood = [
        each for each in of_the_other.select_related("record") if _may_go_on(each, integration, flow, side, changed)
    ]
    wake(each.record_id for each in stood)


def _may_go_on(
    held: VendorSides, integration: Integration, flow: VendorFlow, side: Side, changed: Sequence[Vendor]
) -> bool:
    """Whether what stood in this vendor's way on that side is what changed there; the others are not told once more."""
    if held.record.hold_reason == "name-taken":
        connection = integration.source if side == Side.SOURCE else integration.target
        return not shelf.has_name(connection, flow.feed(side), held.record.vendor_name)
    mine = names.company(held.record.vendor_name)
    return any(each.source_id == held.near_key or names.company(each.name) == mine for each in changed)


def _open(integration: Integration, flow: VendorFlow, side: Side, read: Sequence[Vendor]) -> int:
    """A contact that is no supplier is no vendor of ours; it becomes one when it is."""
    new = [each for each in read if side == Side.SOURCE or is_eligible(each, integration.vendor_group)]
    for start in range(0, len(new), shelf.AT_A_TIME):
        _open_some(integration, flow, side, new[start : start + shelf.AT_A_TIME])
    return len(new)


def _open_some(integration: Integration, flow: VendorFlow, side: Side, new: Sequence[Vendor]) -> None:
    connection = integration.source if side == Side.SOURCE else integration.target
    rows = shelf.documents(connection, flow.feed(side), [vendor.source_id for vendor in new])
    records = [_record(integration, flow, vendor, rows[vendor.source_id]) for vendor in new if vendor.source_id in rows]
    Record.objects.bulk_create(records)
    VendorSides.objects.bulk_create(
        VendorSides(integration=integration, record=record, **{f"{side.value}_key": record.document.source_id})
        for record in records
    )
    _count(integration, flow, len(records))
    log_many(_read(record, connection.label) for record in records)


def _record(integration: Integration, flow: VendorFlow, vendor: Vendor, document: SourceDocument) -> Record:
    return Record(
        integration=integration,
        flow=flow.slug,
        document=document,
        number=vendor.name[:255],
        vendor_name=vendor.name[:255],
        look_up_first=installation.current().may_have_forgotten(vendor.modified_at),
        changed_at=timezone.now(),
    )


def _count(integration: Integration, flow: VendorFlow, opened: int) -> None:
    """The tally of what was read, apart from the records (E13); vendors have no amounts."""
    row, _ = Tally.objects.get_or_create(integration=integration, flow=flow.slug, currency="")
    Tally.objects.filter(pk=row.pk).update(count=F("count") + opened)


def _read(record: Record, source: str) -> Event:
    return trail.event("vendor.read", record, source=source)
