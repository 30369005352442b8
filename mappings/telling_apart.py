"""Which vendors and contacts people said are two: whatever they have in common, they are not proposed again (A70)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User

from mappings import changes, reference
from mappings.models import LinkState, Scope, ToldApart, VendorLink

Apart = Mapping[str, frozenset[str]]


def contacts_apart(scope: Scope, vendors: Iterable[str]) -> Apart:
    """By vendor of the source, the contacts that it is not."""
    return _pairs(scope, "source_key", "contact_key", vendors)


def vendors_apart(scope: Scope, contacts: Iterable[str]) -> Apart:
    """By contact of the target, the vendors that it is not."""
    return _pairs(scope, "contact_key", "source_key", contacts)


def tell_apart(scope: Scope, pairs: Iterable[tuple[str, str]], by: User, reason: str) -> None:
    """Each pair is a vendor and a contact. What was proposed of them is taken away. In a transaction."""
    for vendor, contact in pairs:
        said = {"reason": reason[:400], "said_by": by}
        ToldApart.objects.update_or_create(scope=scope, source_key=vendor, contact_key=contact, defaults=said)
        links = VendorLink.objects.filter(scope=scope, source_key=vendor, target__key=contact)
        with changes.acting(by):
            for link in links.filter(state=LinkState.PROPOSED):
                link.delete()


def _pairs(scope: Scope, by: str, of: str, wanted: Iterable[str]) -> Apart:
    found: dict[str, set[str]] = defaultdict(set)
    keys = sorted(set(wanted))
    for start in range(0, len(keys), reference.AT_A_TIME):
        rows = ToldApart.objects.filter(scope=scope, **{f"{by}__in": keys[start : start + reference.AT_A_TIME]})
        for one, other in rows.values_list(by, of):
            found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}
