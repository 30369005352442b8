"""Linking the vendors that waiting documents name, as far as no person is needed (A70)."""

from collections.abc import Iterable

from integrations.documents import Vendor
from integrations.models import Gap, Integration
from integrations.pairs.flow import DoubtfulVendor
from mappings import keys
from mappings.keys import LookupKey
from mappings.models import ReferenceEntry
from mappings.vendor_linking import Linking, Outcome, link_vendors
from mappings.vendor_lists import emails

REASONS = {Outcome.AMBIGUOUS: "ambiguous-vendor", Outcome.INACTIVE: "inactive-vendor"}


def link(integration: Integration, named: Iterable[Vendor]) -> Linking:
    """True when there is a new link. What the source's vendor list says of a vendor is more than an order's copy."""
    vendors = {vendor.source_id: vendor for vendor in named if vendor.source_id}
    listed = ReferenceEntry.objects.filter(books=integration.source.books, kind="vendor", key__in=list(vendors))
    for entry in listed:
        vendors[entry.key] = Vendor(
            source_id=entry.key,
            name=entry.name,
            emails=emails(entry.attribute("email")),
            active=entry.active,
            tax_number=entry.attribute("tax_number"),
            currency=entry.attribute("currency"),
            country=entry.attribute("country"),
            external_ref=entry.attribute("external_ref"),
        )
    return link_vendors(integration.scope, list(vendors.values()))


def doubtful(linking: Linking) -> dict[str, DoubtfulVendor]:
    """The vendors that a person has to look at, with what stands against a link."""
    return {
        source_id: DoubtfulVendor(REASONS[each.outcome], each.contact, each.why)
        for source_id, each in linking.outcomes.items()
        if each.outcome in REASONS
    }


def try_again(integration: Integration) -> None:
    """Vendors that documents still wait for: a contact may have come into the target meanwhile."""
    waiting = Gap.objects.filter(record__integration=integration, table=keys.VENDOR, closed_at=None)
    ids = {LookupKey.parse(table, key).parts[0] for table, key in waiting.values_list("table", "key").distinct()}
    if ids:
        link(integration, [Vendor(source_id, "") for source_id in ids])


def may_have_come(integration: Integration) -> bool:
    """Whether something is missing that people add in the target itself: a contact or a currency."""
    tables = (keys.VENDOR, keys.CURRENCY)
    return Gap.objects.filter(record__integration=integration, table__in=tables, closed_at=None).exists()
