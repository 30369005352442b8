"""Keeping vendors in step both ways: which fields, which way each change goes, and what a person decides. Pure.

A field is compared only with what its own side returned after our last write (E10), so neither a cut value nor
another spelling of a country is ever a change. What changed on one side goes to the other; what changed on both is
a conflict; what concerns who is paid, and how, waits for approval on its way into accounting (A71).
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.documents import Vendor, VendorKind
from mappings.vendor_matching import is_retired

SOURCE, TARGET = "source", "target"
OTHER = {SOURCE: TARGET, TARGET: SOURCE}
ACTIVE, INACTIVE = "yes", "no"
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VendorField:
    """`guarded`: a change into accounting waits for approval (A71)."""

    slug: str
    label: str
    guarded: bool = False


FIELDS = (
    VendorField("name", "name", guarded=True),
    VendorField("email", "e-mail", guarded=True),
    VendorField("contact", "contact person"),
    VendorField("phone", "telephone"),
    VendorField("street", "street"),
    VendorField("street_two", "street, second line"),
    VendorField("city", "city"),
    VendorField("state_province", "state or province"),
    VendorField("postal_code", "postal code"),
    VendorField("country", "country"),
    VendorField("currency", "currency", guarded=True),
    VendorField("active", "in use", guarded=True),
)
LABELS = {each.slug: each.label for each in FIELDS}
GUARDED = frozenset(each.slug for each in FIELDS if each.guarded)


@dataclass(frozen=True, slots=True)
class VendorFlow:
    """The vendors of a pair: the feeds they are read from, what they are on each side, the letters of references."""

    source_feed: str = "vendors"
    target_feed: str = "contacts"
    source_kind: str = "vendor"
    target_kind: str = "contact"
    slug: str = "vendors"
    label: str = "Vendors"
    letter: str = "v"
    lone_letter: str = "k"
    created: frozenset[VendorKind] = frozenset({VendorKind.REGULAR, VendorKind.PREFERRED})

    def kind(self, side: str) -> str:
        return self.source_kind if side == SOURCE else self.target_kind

    def feed(self, side: str) -> str:
        return self.source_feed if side == SOURCE else self.target_feed


class Way(StrEnum):
    """What becomes of a difference."""

    PASSES = "passes"
    APPROVAL = "waits for approval"
    CONFLICT = "conflict"
    UNFIT = "cannot be represented"
    INACTIVE = "the other side is not in use"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that one or both sides changed; `to` is the side it would be written to, "" in a conflict."""

    field: str
    base_source: str
    base_target: str
    source: str
    target: str
    to: str
    way: Way
    why: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.field]

    @property
    def value(self) -> str:
        """What would be written."""
        return self.source if self.to == TARGET else self.target


@dataclass(frozen=True, slots=True)
class Base:
    """Per side and field what that side returned after our last write."""

    source: Values
    target: Values


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs, and the bases that move without a write: both sides changed alike."""

    differences: tuple[Difference, ...] = ()
    settled: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, *ways: Way) -> list[Difference]:
        return [each for each in self.differences if each.way in ways]

    def writes(self, side: str) -> dict[str, str]:
        """What passes to that side now."""
        return {each.field: each.value for each in self.of(Way.PASSES) if each.to == side}


@dataclass(frozen=True, slots=True)
class Judged:
    """What people decided: `chosen` per field a side, bound to the values seen (`choice_key`); `approved` and
    `rejected` are change keys (`change_key`)."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    approved: Collection[str] = frozenset()
    rejected: Collection[str] = frozenset()
    guard: bool = True


def values_of(vendor: Vendor) -> dict[str, str]:
    """Every field of the flow as this side shows it, blanks single."""
    found = {each.slug: _plain(vendor.fields.get(each.slug, "")) for each in FIELDS}
    return found | {
        "name": _plain(vendor.name),
        "email": _plain(vendor.emails[0]) if vendor.emails else "",
        "country": _plain(vendor.country),
        "currency": vendor.currency,
        "active": ACTIVE if vendor.active else INACTIVE,
    }


def source_values(vendor: Vendor, base: Values) -> dict[str, str]:
    """As `values_of`; a vendor renamed "… DO NOT USE" is one taken out of use, not one of another name (A71)."""
    found = values_of(vendor)
    if is_retired(vendor.name) and not is_retired(base.get("name", "")):
        found |= {"active": INACTIVE, "name": base.get("name", found["name"])}
    return found


def compare(base: Base, source: Values, target: Values, judged: Judged) -> Comparison:
    """What changed since the last time, and which way it goes. A field that has no base yet changes nothing."""
    differences: list[Difference] = []
    settled: dict[str, tuple[str, str]] = {}
    for each in FIELDS:
        name = each.slug
        here, there = source[name], target[name]
        if name not in base.source or name not in base.target:
            settled[name] = (here, there)
            continue
        found = _compare_one(each, base, here, there, judged)
        if found is None:
            if (here, there) != (base.source[name], base.target[name]):
                settled[name] = (here, there)
        else:
            differences.append(found)
    return Comparison(tuple(_closed(differences, source, target)), settled)


def _compare_one(each: VendorField, base: Base, here: str, there: str, judged: Judged) -> Difference | None:
    """The difference of one field; None where nothing changed, or both sides agree already."""
    was_here, was_there = base.source[each.slug], base.target[each.slug]
    changed_here, changed_there = here != was_here, there != was_there
    if not (changed_here or changed_there) or is_same(each.slug, here, there):
        return None
    made = Difference(each.slug, was_here, was_there, here, there, "", Way.CONFLICT)
    if changed_here and changed_there:
        side = judged.chosen.get(choice_key(made))
        if side is None:
            return made
    else:
        side = SOURCE if changed_here else TARGET
    key = change_key(each.slug, made, OTHER[side])
    if key in judged.rejected:
        return None
    guarded = each.guarded and judged.guard and side == SOURCE and key not in judged.approved
    way = Way.APPROVAL if guarded else Way.PASSES
    return Difference(each.slug, was_here, was_there, here, there, OTHER[side], way)


def _closed(differences: list[Difference], source: Values, target: Values) -> list[Difference]:
    """Nobody is brought back into use by us, and a contact out of use can no longer be changed (A73)."""
    closed = []
    for each in differences:
        back = each.field == "active" and each.to and each.value == ACTIVE
        shut = each.to == TARGET and target["active"] == INACTIVE
        if back or shut:
            each = _with(each, Way.INACTIVE, "Only a person brings it back into use, in its own system.")
        closed.append(each)
    return closed


def refused(comparison: Comparison, unfit: Mapping[str, Mapping[str, str]]) -> Comparison:
    """The same with what a side cannot hold set apart; `unfit` is per side and field a reason."""
    found = tuple(
        _with(each, Way.UNFIT, unfit[each.to][each.field]) if each.field in unfit.get(each.to, {}) else each
        for each in comparison.differences
    )
    return Comparison(found, comparison.settled)


def new_values(vendor: Vendor) -> dict[str, str]:
    """What a new vendor on the other side starts with; empty fields are left out, and so is what is masked (A74)."""
    found = values_of(vendor)
    return {name: value for name, value in found.items() if value and name != "active" and not is_masked(value)}


def is_masked(value: str) -> bool:
    """A value that its system shows in part only is never written back (A74)."""
    return bool(re.search(r"[*•]{2,}|x{3,}\d", value, re.IGNORECASE))


def is_eligible(contact: Vendor, group: str) -> bool:
    """Who among all contacts is a supplier: by a first bill, or by the chosen group (E10)."""
    return contact.active and (contact.supplier or (bool(group) and group in contact.groups))


def is_same(name: str, one: str, other: str) -> bool:
    """Whether two sides that both changed came to the same."""
    if name == "email":
        return one.casefold() == other.casefold()
    if name == "phone" and (digits := re.sub(r"\D", "", one)):
        return digits == re.sub(r"\D", "", other)
    return one == other


def choice_key(difference: Difference) -> str:
    """What a choice between two sides is bound to: the field with both values as they were seen."""
    return _digest(difference.field, difference.source, difference.target)


def change_key(name: str, difference: Difference, to: str) -> str:
    """What an approval of a change is bound to: the field, where it goes, and what replaces what (A92)."""
    value, replaced = (difference.source, difference.target) if to == TARGET else (difference.target, difference.source)
    return _digest(name, to, replaced, value)


def content_of(side: str, action: str, values: Values) -> str:
    """The hash of what is written: the same content is the same step."""
    return _digest(side, action, *(f"{name}={values[name]}" for name in sorted(values)))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _plain(text: str) -> str:
    return " ".join(text.split())


def _with(each: Difference, way: Way, why: str) -> Difference:
    return Difference(each.field, each.base_source, each.base_target, each.source, each.target, each.to, way, why)
