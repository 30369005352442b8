"""Whom a vendor may be the same as: everybody that matching could mean, with what tells them apart (A70)."""

from dataclasses import dataclass

from integrations.documents import Vendor
from integrations.engine.vendor_sync import deciding, shelf
from integrations.models import Connection, Side, VendorSides, Work
from integrations.pairs.vendor_flow import FIELDS, VendorFlow, values_of
from mappings import keys as lookups
from mappings import links, telling_apart
from mappings.models import LinkState, VendorLink
from mappings.vendor_lists import vendor_facts
from mappings.vendor_matching import Contacts, match

FEEDS = VendorFlow()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the other side; `number` is what that system calls it by, `linked` whom it is linked to already."""

    key: str
    name: str
    number: str
    linked: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of the vendor, and of each candidate in the order of their list."""

    label: str
    mine: str
    theirs: tuple[str, ...]


def candidates(sides: VendorSides) -> list[Candidate]:
    """Likeliest first, the one that the record names always among them.

    Whom somebody said it is not is left out, until nobody else is in question and it is still held.
    """
    mine, other = _mine(sides), _other(sides)
    if sides.record.work != Work.HELD or sides.link_id is not None or mine is None:
        return []
    connection, feed = _connection(sides, other), FEEDS.feed(other)
    known = Contacts(vendor_facts(each) for each in shelf.every(connection, feed))
    asked = deciding.may_be_another(sides)
    likely = match(vendor_facts(mine), known, _not(sides) if asked else frozenset()).candidates
    keys = dict.fromkeys([sides.near_key if asked else "", *(each.contact.key for each in likely)])
    found = shelf.vendors(connection, feed, keys)
    linked = _linked(sides, other, keys)
    return [_candidate(found[key], other, linked.get(key, "")) for key in keys if key in found]


def compared(sides: VendorSides, found: list[Candidate]) -> list[Compared]:
    """What any of them has; fields that all leave empty say nothing."""
    mine = _mine(sides)
    if mine is None or not found:
        return []
    values = values_of(mine)
    rows = [
        Compared("number", _number(mine, _side(sides)), tuple(each.number for each in found)),
        *(Compared(each.label, values[each.slug], tuple(one.values[each.slug] for one in found)) for each in FIELDS),
        Compared("linked to", "", tuple(each.linked for each in found)),
    ]
    return [row for row in rows if row.mine or any(row.theirs)]


def by_hand(sides: VendorSides) -> str:
    """The address of the form that links this vendor to any contact, "" where its own page is the contact's."""
    if sides.record.work != Work.HELD or sides.link_id is not None or not sides.source_key:
        return ""
    scope, key = sides.integration.scope, lookups.vendor_key(sides.source_key)
    row = VendorLink.objects.filter(scope=scope, source_key=sides.source_key, currency=lookups.ANY).first()
    return links.row_page(key.table, row.pk) if row else links.form_for(scope, key)


def _not(sides: VendorSides) -> frozenset[str]:
    scope = sides.integration.scope
    if sides.source_key:
        return telling_apart.contacts_apart(scope, [sides.source_key]).get(sides.source_key, frozenset())
    return telling_apart.vendors_apart(scope, [sides.target_key]).get(sides.target_key, frozenset())


def _candidate(vendor: Vendor, side: Side, linked: str) -> Candidate:
    return Candidate(vendor.source_id, vendor.name, _number(vendor, side), linked, values_of(vendor))


def _number(vendor: Vendor, side: Side) -> str:
    """Procurement counts its vendors; a contact's id is long and means nothing, its number people may have given."""
    return vendor.source_id if side == Side.SOURCE else vendor.external_ref


def _linked(sides: VendorSides, other: Side, keys: dict[str, None]) -> dict[str, str]:
    links = VendorLink.objects.filter(scope=sides.integration.scope_id, state=LinkState.CONFIRMED)
    if other == Side.TARGET:
        rows = links.filter(target__key__in=keys).with_names()
        return {link.target.key: link.label_of("source_key") for link in rows.select_related("target")}
    rows = links.filter(source_key__in=keys)
    return {link.source_key: link.target.name for link in rows.select_related("target")}


def _mine(sides: VendorSides) -> Vendor | None:
    side = _side(sides)
    key = sides.source_key or sides.target_key
    return shelf.vendors(_connection(sides, side), FEEDS.feed(side), [key]).get(key)


def _side(sides: VendorSides) -> Side:
    return Side.SOURCE if sides.source_key else Side.TARGET


def _other(sides: VendorSides) -> Side:
    return Side.TARGET if sides.source_key else Side.SOURCE


def _connection(sides: VendorSides, side: Side) -> Connection:
    return sides.integration.source if side == Side.SOURCE else sides.integration.target
