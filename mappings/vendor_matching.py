"""Saying that a vendor here is a contact there (A70). Pure, and strict: a wrong link pays the wrong company.

Automatic only by stored id, by equal tax number, by equal e-mail together with equal name, or by an equal name that
exactly one active contact bears and that neither tax number nor e-mail contradicts. Everything else is proposed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rapidfuzz import fuzz, process

from mappings import names

PROPOSED_FROM = 80.0  # of 100, rapidfuzz's weighted ratio of the compared names
MOST_CANDIDATES = 5
SHORTEST_TAX_NUMBER = 6
SHORTEST_STORED_ID = 16
# How accounts offices retire a vendor that their system cannot delete (A71).
RETIRED = ("do not use", "dont use", "duplicate", "inactive", "obsolete", "zzz")


class MatchKind(StrEnum):
    AUTOMATIC = "automatic"
    PROPOSED = "proposed"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True)
class VendorFacts:
    """A vendor or contact as matching sees it.

    `external_ref` is what the other side's record id field holds here; `own_ref` is what we write into that field
    on the other side for this vendor, so that only a reference of ours counts, never somebody else's numbering.
    """

    key: str
    name: str
    emails: tuple[str, ...] = ()
    tax_number: str = ""
    currency: str = ""
    country: str = ""
    active: bool = True
    external_ref: str = ""
    own_ref: str = ""

    @cached_property
    def compared_name(self) -> str:
        return names.company(self.name)

    @cached_property
    def compared_emails(self) -> frozenset[str]:
        return frozenset(email.strip().casefold() for email in self.emails if "@" in email)

    @cached_property
    def compared_tax_number(self) -> str:
        return tax_number(self.tax_number)

    @cached_property
    def retired(self) -> bool:
        return is_retired(self.name)


@dataclass(frozen=True, slots=True)
class Candidate:
    contact: VendorFacts
    score: int  # 0 to 100
    evidence: str


@dataclass(frozen=True, slots=True)
class Match:
    """`contact` is set for an automatic match only; the candidates of the other kinds are best first."""

    kind: MatchKind
    evidence: str = ""
    contact: VendorFacts | None = None
    candidates: tuple[Candidate, ...] = ()


def match(
    vendor: VendorFacts, contacts: "Sequence[VendorFacts] | Contacts", apart: Collection[str] = frozenset()
) -> Match:
    """Which of the contacts this vendor is. Many vendors against one list: make the `Contacts` once.

    It is none of the keys in `apart`, by a person's word. Who is left of several alike is still for a person.
    """
    known = contacts if isinstance(contacts, Contacts) else Contacts(contacts)
    for evidence, found in known.automatic(vendor):
        active = [contact for contact in found if contact.active]
        left = [contact for contact in active if contact.key not in apart]
        if left and len(active) == 1:
            return Match(MatchKind.AUTOMATIC, evidence, left[0], _as_candidates(left, evidence))
        if left:
            why = f"{len(active)} active contacts: {evidence}"
            likely = _as_candidates(left, evidence)
            return Match(MatchKind.AMBIGUOUS, why, None, (*likely, *known.candidates(vendor, {*apart, *_keys(left)})))
    candidates = known.candidates(vendor, apart)
    if candidates:
        return Match(MatchKind.PROPOSED, candidates[0].evidence, None, candidates)
    return Match(MatchKind.NONE)


def is_retired(name: str) -> bool:
    """Whether the name says that this vendor is not to be used any more."""
    compared = names.company(name)
    return any(word in compared for word in RETIRED)


def tax_number(written: str) -> str:
    """Letters and digits in capitals; "" for what identifies nobody: masked (A74), too short, or one digit repeated."""
    if any(mask in written for mask in "*•#") or "xxx" in written.casefold():
        return ""
    number = "".join(character for character in written.upper() if character.isalnum())
    if len(number) < SHORTEST_TAX_NUMBER or not any(character.isdigit() for character in number):
        return ""
    return "" if len(set(number)) == 1 or number in ("123456789", "1234567890") else number


class Contacts:
    """A list of contacts, indexed by everything that could identify one."""

    def __init__(self, contacts: Iterable[VendorFacts]) -> None:
        self.all = list(contacts)
        self._by_id: dict[str, list[VendorFacts]] = defaultdict(list)
        self._by_external_ref: dict[str, list[VendorFacts]] = defaultdict(list)
        self._by_tax_number: dict[str, list[VendorFacts]] = defaultdict(list)
        self._by_email: dict[str, list[VendorFacts]] = defaultdict(list)
        self._by_name: dict[str, list[VendorFacts]] = defaultdict(list)
        for contact in self.all:
            for reference in _names_of_itself(contact):
                self._by_id[reference].append(contact)
            if contact.external_ref.strip():
                self._by_external_ref[contact.external_ref.strip().casefold()].append(contact)
            if contact.compared_tax_number:
                self._by_tax_number[contact.compared_tax_number].append(contact)
            for email in contact.compared_emails:
                self._by_email[email].append(contact)
            if contact.compared_name:
                self._by_name[contact.compared_name].append(contact)

    def automatic(self, vendor: VendorFacts) -> Iterable[tuple[str, list[VendorFacts]]]:
        """Groups of contacts that A70 allows to link by themselves, the strongest evidence first."""
        yield "stored id", self._by_stored_id(vendor)
        if vendor.retired:
            return
        found = {contact.key: contact for contact in self._by_tax(vendor)}
        evidence = f"equal tax number {vendor.tax_number}" if found else "equal e-mail and name"
        found |= {contact.key: contact for contact in self._by_email_and_name(vendor)}
        yield evidence, list(found.values())
        yield from self._by_name_alone(vendor)

    def candidates(self, vendor: VendorFacts, apart: Collection[str] = frozenset()) -> tuple[Candidate, ...]:
        """What a person may choose from, archived contacts included, best first."""
        found: dict[str, Candidate] = {}
        for email in vendor.compared_emails:
            for contact in self._by_email.get(email, []):
                found[contact.key] = Candidate(contact, 90, _with_state(f"equal e-mail {email}", contact))
        for contact in self._named_alike(vendor):
            score = 70 if contradiction(vendor, contact) else 95
            found[contact.key] = Candidate(contact, score, _with_state(_name_evidence(vendor, contact), contact))
        for candidate in self._similar(vendor, MOST_CANDIDATES + len(apart)):
            found.setdefault(candidate.contact.key, candidate)
        left = [candidate for candidate in found.values() if candidate.contact.key not in apart]
        best = sorted(left, key=lambda each: (-each.score, not each.contact.active, each.contact.name))
        return tuple(best[:MOST_CANDIDATES])

    def _by_stored_id(self, vendor: VendorFacts) -> list[VendorFacts]:
        """A foreign id is compared with the other side's own ids, never with its foreign id: both may be of a third."""
        found = list(self._by_id.get(vendor.external_ref.strip().casefold(), []))
        for reference in _names_of_itself(vendor):
            found.extend(self._by_external_ref.get(reference, []))
        return list({contact.key: contact for contact in found}.values())

    def _by_tax(self, vendor: VendorFacts) -> list[VendorFacts]:
        number = vendor.compared_tax_number
        return [each for each in self._by_tax_number.get(number, []) if not each.retired] if number else []

    def _by_email_and_name(self, vendor: VendorFacts) -> list[VendorFacts]:
        return [
            contact
            for contact in self._named_alike(vendor)
            if vendor.compared_emails & contact.compared_emails and not _tax_numbers_differ(vendor, contact)
        ]

    def _named_alike(self, vendor: VendorFacts) -> list[VendorFacts]:
        return self._by_name.get(vendor.compared_name, []) if vendor.compared_name else []

    def _by_name_alone(self, vendor: VendorFacts) -> Iterable[tuple[str, list[VendorFacts]]]:
        """All active contacts of that name: a second one makes it ambiguous even where it contradicts."""
        alike = [contact for contact in self._named_alike(vendor) if contact.active]
        if len(alike) == 1 and contradiction(vendor, alike[0]):
            return
        yield "equal name", alike

    def _similar(self, vendor: VendorFacts, most: int) -> list[Candidate]:
        if not vendor.compared_name:
            return []
        found = process.extract(
            vendor.compared_name, self._names, scorer=fuzz.WRatio, limit=most, score_cutoff=PROPOSED_FROM
        )
        return [
            Candidate(
                self.all[place], min(int(score), 94), _with_state(f"similar name ({score:.0f} %)", self.all[place])
            )
            for _, score, place in found
        ]

    @cached_property
    def _names(self) -> list[str]:
        return [contact.compared_name for contact in self.all]


def contradiction(vendor: VendorFacts, contact: VendorFacts) -> str:
    """What says that two of one name are two companies: another tax number, or no e-mail in common."""
    if _tax_numbers_differ(vendor, contact):
        return "another tax number"
    here, there = vendor.compared_emails, contact.compared_emails
    return "other e-mail addresses" if here and there and not here & there else ""


def _tax_numbers_differ(vendor: VendorFacts, contact: VendorFacts) -> bool:
    """The same number with and without its country's two letters is no contradiction, but no proof either."""
    here, there = sorted((vendor.compared_tax_number, contact.compared_tax_number), key=len)
    if not here or here == there:
        return False
    return not (there[2:] == here and there[:2].isalpha())


def _names_of_itself(facts: VendorFacts) -> set[str]:
    """What the other side may have stored to name this record; a system's own id only if it is no short number."""
    own = {facts.own_ref.strip()}
    if len(facts.key) >= SHORTEST_STORED_ID:
        own.add(facts.key)
    return {reference.casefold() for reference in own if reference}


def _name_evidence(vendor: VendorFacts, contact: VendorFacts) -> str:
    against = contradiction(vendor, contact)
    return f"equal name, but {against}" if against else "equal name"


def _with_state(evidence: str, contact: VendorFacts) -> str:
    return evidence if contact.active else f"{evidence}; archived in the target"


def _keys(contacts: Iterable[VendorFacts]) -> set[str]:
    return {contact.key for contact in contacts}


def _as_candidates(contacts: Iterable[VendorFacts], evidence: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(contact, 100, evidence) for contact in contacts)
