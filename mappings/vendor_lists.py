"""The vendors of the source and the contacts of the target, as matching and linking need them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mappings import keys, names, reference
from mappings.models import Books, Kind, ReferenceEntry
from mappings.vendor_matching import SHORTEST_STORED_ID, Contacts, VendorFacts


class SourceVendor(Protocol):
    """A vendor as a document of the source names it."""

    @property
    def source_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def emails(self) -> tuple[str, ...]: ...
    @property
    def active(self) -> bool: ...
    @property
    def tax_number(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def external_ref(self) -> str: ...


@dataclass(frozen=True)
class _Seen:
    """A vendor known from documents only, as an entry of the source's list, so that screens show its name."""

    key: str
    name: str
    active: bool
    attributes: Mapping[str, str]
    code: str = ""


def contact_facts(entry: ReferenceEntry, system: str) -> VendorFacts:
    """A contact as matching sees it; the code is what the target keeps as the contact's number from outside."""
    return VendorFacts(
        key=entry.key,
        name=entry.name,
        emails=emails(entry.attribute("email")),
        tax_number=entry.attribute("tax_number"),
        currency=entry.attribute("currency"),
        country=entry.attribute("country"),
        active=entry.active,
        external_ref=entry.code,
        own_ref=f"{system}-{entry.key}" if len(entry.key) >= SHORTEST_STORED_ID else "",
    )


def vendor_facts(vendor: SourceVendor) -> VendorFacts:
    return VendorFacts(
        key=vendor.source_id,
        name=vendor.name,
        emails=tuple(vendor.emails),
        tax_number=vendor.tax_number,
        currency=vendor.currency,
        country=vendor.country,
        active=vendor.active,
        external_ref=vendor.external_ref,
    )


def contacts_of(books: Books) -> Contacts:
    """Every contact of a company, archived ones included, ready to be matched against."""
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.CONTACT).order_by("pk")
    return Contacts(contact_facts(entry, books.system) for entry in entries.iterator(chunk_size=2000))


def contacts_by_key(books: Books, contact_keys: Iterable[str]) -> dict[str, ReferenceEntry]:
    wanted = sorted(contact_keys)
    found: dict[str, ReferenceEntry] = {}
    for start in range(0, len(wanted), reference.AT_A_TIME):
        some = wanted[start : start + reference.AT_A_TIME]
        entries = ReferenceEntry.objects.filter(books=books, kind=Kind.CONTACT, key__in=some)
        found |= {entry.key: entry for entry in entries}
    return found


def remember(books: Books, vendors: Sequence[SourceVendor]) -> None:
    """Add the vendors that the source's own list has not brought yet; it knows more, so it is never overwritten."""
    ids = [keys.plain(vendor.source_id, keys.ID_LENGTH) for vendor in vendors]
    known: set[str] = set()
    for start in range(0, len(ids), reference.AT_A_TIME):
        entries = ReferenceEntry.objects.filter(books=books, kind=Kind.VENDOR)
        known |= set(entries.filter(key__in=ids[start : start + reference.AT_A_TIME]).values_list("key", flat=True))
    unseen = [vendor for vendor, key in zip(vendors, ids, strict=True) if key not in known]
    reference.merge(books, Kind.VENDOR, [_seen(vendor) for vendor in unseen])


def active_bearers(books: Books) -> Counter[str]:
    """How many active vendors of the source bear each name."""
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.VENDOR, active=True)
    return Counter(names.company(name) for name in entries.values_list("name", flat=True))


def _seen(vendor: SourceVendor) -> _Seen:
    attributes = {
        "email": ",".join(vendor.emails),
        "tax_number": vendor.tax_number,
        "currency": vendor.currency,
        "country": vendor.country,
        "external_ref": vendor.external_ref,
    }
    return _Seen(vendor.source_id, vendor.name, vendor.active, attributes)


def emails(written: str) -> tuple[str, ...]:
    return tuple(email for email in written.replace(";", ",").split(",") if email.strip())
