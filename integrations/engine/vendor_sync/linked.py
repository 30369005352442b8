"""Bringing the two sides of a vendor together: a link attached, a merge followed, the first base taken."""

from collections.abc import Iterable

from django.utils import timezone

from audit.trail import log
from integrations.documents import Vendor
from integrations.engine import trail
from integrations.engine.vendor_sync import merges
from integrations.engine.vendor_sync.plans import Keeping
from integrations.models import Posting, Record, Side, Standing, VendorSides, Work
from integrations.pairs.vendor_flow import Base, source_values, values_of
from mappings.models import VendorLink


def attach(keeping: Keeping, sides: VendorSides, link: VendorLink) -> set[int]:
    """This vendor is that contact from now on; returns the records that the contact had of its own, now covered."""
    sides.link, sides.target_key, sides.step = link, link.target.key, ""
    sides.near_key = sides.near_name = ""
    sides.evidence = link.evidence
    sides.save()
    stand(keeping, sides, Side.TARGET, sides.target_key)
    covered = cover_lone(sides)
    log(
        "vendor.linked",
        trail.subject(sides.record),
        details={"contact": link.target.name, "evidence": link.evidence, "target": keeping.label(Side.TARGET)},
    )
    return covered


def cover_lone(sides: VendorSides) -> set[int]:
    """What this vendor's contact had as a record of its own is counted there and goes on here."""
    lone = VendorSides.objects.filter(
        integration_id=sides.integration_id, source_key="", target_key=sides.target_key
    ).exclude(pk=sides.pk)
    free = lone.exclude(record__work__in=[Work.POSTING, Work.DOUBT, Work.COVERED])
    covered = set(free.values_list("record_id", flat=True))
    cover(covered, sides.record)
    return covered


def cover(covered: Iterable[int], by: Record) -> None:
    Record.objects.filter(pk__in=list(covered)).update(
        work=Work.COVERED, covered_by=by, hold_reason="", explanation="", changed_at=timezone.now()
    )


def stand(keeping: Keeping, sides: VendorSides, side: Side, key: str) -> Posting:
    """The row that says that this vendor stands on a side, whoever put it there."""
    reference = f"{keeping.flow.letter}{keeping.integration.source.books_id}-{sides.source_key or key}"
    posting, _ = Posting.objects.get_or_create(
        record=sides.record,
        kind=keeping.flow.kind(side),
        defaults={
            "connection": keeping.connection(side),
            "reference": f"{reference}-{keeping.integration.pk}",
            "target_id": key,
            "standing": Standing.LEDGER,
            "number": sides.record.vendor_name[:255],
        },
    )
    return posting


def base_of(link: VendorLink) -> Base:
    return Base(link.base.get(Side.SOURCE, {}), link.base.get(Side.TARGET, {}))


def has_base(link: VendorLink) -> bool:
    """A base counts for the contact it was taken of; another contact starts anew."""
    return bool(link.base.get(Side.SOURCE)) and link.base.get("contact") == link.target.key


def take_base(link: VendorLink, source: Vendor, target: Vendor) -> None:
    """Both sides as they are now: what differed before they were linked is nobody's change."""
    link.base = {
        Side.SOURCE.value: source_values(source, {}),
        Side.TARGET.value: values_of(target),
        "contact": link.target.key,
    }
    link.save()


def move_base(link: VendorLink, moved: dict[str, tuple[str, str]]) -> None:
    """Per field what each side has, once both are settled."""
    if not moved:
        return
    base = base_of(link)
    here, there = dict(base.source), dict(base.target)
    for name, (at_source, at_target) in moved.items():
        here[name], there[name] = at_source, at_target
    link.base = {**link.base, Side.SOURCE.value: here, Side.TARGET.value: there}
    link.save()


def follow_merge(keeping: Keeping, sides: VendorSides, link: VendorLink, gone: Vendor, kept: str) -> str:
    """Follow a merge to the contact that was kept; returns why a person has to, or "" (A73).

    What was posted keeps its vendor.
    """
    before = str(link.target)
    if why := merges.redirect(link, gone, kept, keeping.label(Side.TARGET)):
        return why
    attach(keeping, sides, link)
    log("vendor.merged", trail.subject(sides.record), details={"before": before, "after": str(link.target)})
    return ""
