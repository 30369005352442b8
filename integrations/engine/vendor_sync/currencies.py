"""Vendors held because a company does not use their currency: they go on by themselves once it is added there (A56)."""

from collections.abc import Iterator

from django.db.models import QuerySet

from integrations.engine.vendor_sync import shelf, units
from integrations.engine.vendor_sync.plans import Keeping, key_of
from integrations.models import Side, VendorSides, Work
from integrations.pairs.vendor_flow import new_values
from mappings.models import Kind, ReferenceEntry

REASON = "currency-not-enabled"


def waited_for(keeping: Keeping) -> list[Side]:
    """The sides of which a currency is missing for a vendor that is to be created there."""
    return sorted({_other(sides) for sides in _held(keeping)})


def go_on(keeping: Keeping) -> int:
    """Wake those whose currency the other side uses by now."""
    return units.wake(list(_free(keeping)))


def _held(keeping: Keeping) -> "QuerySet[VendorSides]":
    return VendorSides.objects.filter(
        integration=keeping.integration, record__work=Work.HELD, record__hold_reason=REASON
    )


def _free(keeping: Keeping) -> Iterator[int]:
    for sides in _held(keeping):
        there = _other(sides)
        here = Side.SOURCE if there == Side.TARGET else Side.TARGET
        key = key_of(sides, here)
        vendor = shelf.vendors(keeping.connection(here), keeping.flow.feed(here), [key]).get(key)
        used = ReferenceEntry.objects.filter(books=keeping.connection(there).books, kind=Kind.CURRENCY, active=True)
        if vendor is not None and used.filter(code=new_values(vendor).get("currency", "")).exists():
            yield sides.record_id


def _other(sides: VendorSides) -> Side:
    """Where the vendor does not stand yet."""
    return Side.TARGET if sides.source_key else Side.SOURCE
