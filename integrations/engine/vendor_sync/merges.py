"""Contacts that were merged in accounting: who took whose place, and the links that follow them there (A73)."""

from collections.abc import Callable, Iterable, Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from audit.trail import log
from integrations.documents import Vendor
from integrations.engine.vendor_sync import shelf, units
from integrations.models import Connection, Integration, VendorSides
from integrations.pairs.flow import DoubtfulVendor
from integrations.pairs.vendor_flow import VendorFlow
from mappings.models import Kind, LinkState, ReferenceEntry, VendorLink

FEED = VendorFlow().target_feed
MOST_MERGES = 20


def chain(target: Connection, gone: Vendor) -> list[Vendor]:
    """The contacts that took each other's place, the last one standing; empty when they run in a circle."""
    found: dict[str, Vendor] = {}
    current: Vendor | None = gone
    while current is not None and current.merged_to and len(found) < MOST_MERGES:
        if current.merged_to in found or current.merged_to == gone.source_id:
            return []
        current = shelf.vendors(target, FEED, [current.merged_to]).get(current.merged_to)
        if current is not None:
            found[current.source_id] = current
    return list(found.values()) if current is not None else []


def took_over(target: Connection, contact: str, other: str) -> bool:
    """Whether `other` is who stands where `contact` stood before it was merged."""
    gone = shelf.vendors(target, FEED, [contact]).get(contact)
    kept = chain(target, gone) if gone is not None and gone.merged_to else []
    return bool(kept) and kept[-1].source_id == other


def redirect(link: VendorLink, gone: Vendor, kept: str, label: str) -> str:
    """Let a link follow a merge to the contact that was kept; returns why a person has to, or ""."""
    entry, why = _follows(link, gone, kept)
    if why or entry is None:
        return why
    link.target, link.evidence = entry, f"merged in {label}: {link.target} into {entry}"[:300]
    link.save()
    return ""


def follow(integration: Integration, fence: Callable[[], None]) -> None:
    """Links that no vendor's record keeps in step: of card providers and employees, and all that are only linked."""
    for link, gone, kept in _merged(integration.target, _lone_links(integration)):
        before = str(link.target)
        with transaction.atomic():
            fence()
            if redirect(link, gone, kept, integration.target.label):
                continue
            log("vendor.merged", link.subject(), details={"before": before, "after": str(link.target)})
            taken = VendorSides.objects.filter(integration__scope=link.scope_id, source_key="", target_key=kept)
            units.wake(taken.values_list("record_id", flat=True))


def unfollowed(integration: Integration, vendor_ids: Iterable[str]) -> dict[str, DoubtfulVendor]:
    """Of these vendors those whose contact was merged without their link following, with the reason in words."""
    links = _lone_links(integration).filter(source_key__in=list(vendor_ids))
    return {
        link.source_key: DoubtfulVendor("inactive-vendor", link.target.name, why)
        for link, gone, kept in _merged(integration.target, links)
        if (why := _follows(link, gone, kept)[1])
    }


def _follows(link: VendorLink, gone: Vendor, kept: str) -> tuple[ReferenceEntry | None, str]:
    """Two vendors share one contact only by a person."""
    entry = ReferenceEntry.objects.filter(books=link.scope.target_books_id, kind=Kind.CONTACT, key=kept).first()
    if entry is None or not entry.active:
        return None, f"{gone.name} was merged into a contact that is not in use."
    others = VendorLink.objects.filter(scope=link.scope_id, target=entry, state=LinkState.CONFIRMED).exclude(pk=link.pk)
    if others.exists():
        return None, (
            f"{gone.name} was merged into {entry.name}, which another vendor is linked to. Link it by hand if both "
            "are to be one contact."
        )
    return entry, ""


def _lone_links(integration: Integration) -> "QuerySet[VendorLink]":
    kept_in_step = VendorSides.objects.filter(link=OuterRef("pk"))
    links = VendorLink.objects.filter(scope=integration.scope_id, state=LinkState.CONFIRMED, target__active=False)
    return links.filter(~Exists(kept_in_step)).select_related("target", "scope")


def _merged(target: Connection, links: Iterable[VendorLink]) -> Iterator[tuple[VendorLink, Vendor, str]]:
    """The links whose contact was merged into another, with that contact as it was and who was kept."""
    every = list(links)
    shown = shelf.vendors(target, FEED, {link.target.key for link in every})
    for link in every:
        gone = shown.get(link.target.key)
        if gone is not None and gone.merged_to and (found := chain(target, gone)):
            yield link, gone, found[-1].source_id
