"""Linking the vendors that documents name, as far as A70 allows it without a person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mappings import changes, keys, names, reference, telling_apart
from mappings.models import LinkState, ReferenceEntry, Scope, VendorLink
from mappings.vendor_lists import (
    SourceVendor,
    active_bearers,
    contacts_by_key,
    contacts_of,
    remember,
    vendor_facts,
)
from mappings.vendor_matching import Match, MatchKind, match

NAME_EVIDENCE = ("equal name", "equal e-mail and name")


class Outcome(StrEnum):
    LINKED = "linked"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class VendorOutcome:
    """`why` says in words what the outcome rests on: the evidence, or what stands against a link.

    `key` and `score` (0 to 100) are of the contact that comes nearest.
    """

    outcome: Outcome
    contact: str = ""
    why: str = ""
    key: str = ""
    score: int = 0


@dataclass
class Linking:
    """What became of each vendor, by its source id. True when there is a new link, so that tables are read again."""

    outcomes: dict[str, VendorOutcome] = field(default_factory=dict)
    new_links: int = 0

    def __bool__(self) -> bool:
        return self.new_links > 0


def link_vendors(scope: Scope, vendors: Iterable[SourceVendor], *, by_currency: bool = False) -> Linking:
    """Create confirmed links where A70 allows it and proposals where a person has to look; one transaction.

    `by_currency` is for targets where a contact has one currency (A56). A vendor that has a link keeps it. Two
    vendors are never put on one contact by themselves (A73): they are ambiguous, as is a vendor whose name
    another active vendor bears too.
    """
    wanted = {_key(vendor, by_currency=by_currency): vendor for vendor in vendors}
    linking = Linking()
    with changes.together():
        known = _links(scope, wanted)
        for key in [key for key, link in known.items() if link.state == LinkState.CONFIRMED]:
            linking.outcomes[wanted.pop(key).source_id] = _of_link(known[key])
        if wanted:
            remember(scope.source_books, list(wanted.values()))
            matches = _matches(scope, wanted)
            _save(scope, matches, wanted, known, linking)
    return linking


def _matches(scope: Scope, wanted: Mapping[tuple[str, str], SourceVendor]) -> dict[tuple[str, str], Match]:
    """A70 for each vendor, then what only shows when the vendors are seen side by side."""
    contacts = contacts_of(scope.target_books)
    apart = telling_apart.contacts_apart(scope, [vendor for vendor, _ in wanted])
    found = {
        key: match(vendor_facts(vendor), contacts, apart.get(key[0], frozenset())) for key, vendor in wanted.items()
    }
    taken = set(
        VendorLink.objects.filter(scope=scope, state=LinkState.CONFIRMED).values_list("target__key", "currency")
    )
    claims = Counter(_claim(each, key) for key, each in found.items() if each.contact)
    bearers = active_bearers(scope.source_books)
    for key, each in found.items():
        if each.contact is None:
            continue
        against = ""
        if _claim(each, key) in taken or claims[_claim(each, key)] > 1:
            against = f"another vendor claims “{each.contact.name}” too"
        elif each.evidence in NAME_EVIDENCE and bearers[names.company(wanted[key].name)] > 1:
            against = "several vendors of the source bear this name"
        if against:
            found[key] = Match(MatchKind.AMBIGUOUS, f"{each.evidence}, but {against}", None, each.candidates)
    return found


def _save(
    scope: Scope,
    matches: Mapping[tuple[str, str], Match],
    wanted: Mapping[tuple[str, str], SourceVendor],
    known: Mapping[tuple[str, str], VendorLink],
    linking: Linking,
) -> None:
    chosen = {each.contact.key for each in matches.values() if each.contact}
    chosen |= {each.candidates[0].contact.key for each in matches.values() if each.candidates}
    entries = contacts_by_key(scope.target_books, chosen)
    new: list[VendorLink] = []
    for key, each in matches.items():
        linking.outcomes[wanted[key].source_id] = _outcome(each)
        link = _link(scope, key, each, entries)
        if link is None:
            continue
        if key in known:
            _confirm(known[key], link)
        else:
            link.name_source("source_key", wanted[key].name)
            new.append(link)
        linking.new_links += link.state == LinkState.CONFIRMED
    VendorLink.objects.bulk_create(new)


def _link(scope: Scope, key: tuple[str, str], found: Match, entries: Mapping[str, ReferenceEntry]) -> VendorLink | None:
    """A confirmed link for an automatic match, a proposal for the best active candidate, else nothing."""
    source_key, currency = key
    if found.contact is not None:
        state, target, evidence = LinkState.CONFIRMED, entries.get(found.contact.key), found.evidence
    elif found.kind == MatchKind.PROPOSED and found.candidates[0].contact.active:
        best = found.candidates[0]
        state, target, evidence = LinkState.PROPOSED, entries.get(best.contact.key), best.evidence
    else:
        return None
    if target is None:
        return None
    return VendorLink(
        scope=scope, source_key=source_key, currency=currency, target=target, evidence=evidence[:300], state=state
    )


def _confirm(proposal: VendorLink, link: VendorLink) -> None:
    """What was only proposed has become certain; a weaker or equal proposal changes nothing."""
    if link.state == LinkState.CONFIRMED:
        proposal.target, proposal.evidence, proposal.state = link.target, link.evidence, link.state
        proposal.save()


def _outcome(found: Match) -> VendorOutcome:
    best = found.candidates[0] if found.candidates else None
    near = (best.contact.name, best.contact.key, best.score) if best else ("", "", 0)
    name, key, score = near
    if found.kind == MatchKind.AUTOMATIC:
        return VendorOutcome(Outcome.LINKED, name, found.evidence, key, score)
    if found.kind == MatchKind.AMBIGUOUS:
        return VendorOutcome(Outcome.AMBIGUOUS, name, found.evidence, key, score)
    if best and best.score >= 95 and not best.contact.active:
        return VendorOutcome(Outcome.INACTIVE, name, best.evidence, key, score)
    return VendorOutcome(Outcome.MISSING, name, found.evidence or "no contact is like it", key, score)


def _of_link(link: VendorLink) -> VendorOutcome:
    outcome = Outcome.LINKED if link.target.active else Outcome.INACTIVE
    return VendorOutcome(outcome, link.target.name, link.evidence, link.target.key, 100)


def _claim(found: Match, key: tuple[str, str]) -> tuple[str, str]:
    return (found.contact.key if found.contact else "", key[1])


def _key(vendor: SourceVendor, *, by_currency: bool) -> tuple[str, str]:
    source_key, currency = keys.vendor_key(vendor.source_id, vendor.currency if by_currency else keys.ANY).parts
    return source_key, currency


def _links(scope: Scope, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], VendorLink]:
    """The links these vendors have already, by exact key, else the one for any currency."""
    rows: dict[tuple[str, str], VendorLink] = {}
    ids = sorted({source_key for source_key, _ in wanted})
    for start in range(0, len(ids), reference.AT_A_TIME):
        some = ids[start : start + reference.AT_A_TIME]
        links = VendorLink.objects.filter(scope=scope, source_key__in=some).select_related("target")
        rows |= {(link.source_key, link.currency): link for link in links}
    found: dict[tuple[str, str], VendorLink] = {}
    for key in wanted:
        link = rows.get(key) or rows.get((key[0], keys.ANY))
        if link is not None:
            found[key] = link
    return found
