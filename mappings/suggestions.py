"""Proposals for what a lookup table lacks: a score and the evidence, never a decision (design 6).

Rules on this machine only. Three kinds of evidence: the same code, a similar name, and what people chose before for
the same code in another row of the same target company.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rapidfuzz import fuzz

from mappings import keys, names, offered
from mappings.keys import LookupKey
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    Kind,
    ProjectRow,
    ReferenceEntry,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from mappings.models.tracking import NAMED_DIMENSIONS, Dimension
from mappings.vendor_lists import contacts_by_key, contacts_of
from mappings.vendor_matching import Contacts, VendorFacts, match

MOST = 5
WORTH_SHOWING = 60
CHOSEN_BEFORE, SAME_CODE, SAME_NAME, NAME_WITHIN = 94, 92, 90, 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` of 100 orders proposals of one gap; it is no probability."""

    entry: ReferenceEntry
    score: int
    evidence: str


@dataclass
class Lists:
    """The reference lists of a scope, each read once however many gaps are proposed for."""

    scope: Scope
    _offered: dict[str, list[ReferenceEntry]] = field(default_factory=dict)
    _contacts: Contacts | None = None

    def offered(self, use: str) -> list[ReferenceEntry]:
        """The entries of the target that a table may point at."""
        if use not in self._offered:
            kind = offered.KINDS[use]
            entries = ReferenceEntry.objects.filter(books=self.scope.target_books_id, kind=kind, active=True)
            self._offered[use] = [entry for entry in entries if not offered.unsuitability(entry, use)]
        return self._offered[use]

    def contacts(self) -> Contacts:
        if self._contacts is None:
            self._contacts = contacts_of(self.scope.target_books)
        return self._contacts


def suggest(scope: Scope, gap: LookupKey, lists: Lists | None = None) -> list[Suggestion]:
    """The best targets for a gap, best first, at most five; only entries that the table would accept.

    Whoever asks for many gaps hands in the same `lists` each time.
    """
    rule = _RULES.get(gap.table)
    return rule(lists or Lists(scope), gap.parts) if rule else []


def _accounts(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    scope = lists.scope
    code = parts[0]
    known = _source(scope, Kind.ACCOUNT_CODE, code=code)
    before = AccountRow.objects.filter(scope__target_books=scope.target_books, source_code=code)
    return _ranked(
        lists.offered(offered.ACCOUNT),
        code=code,
        name=known.name if known else "",
        chosen=Counter(before.exclude(target=None).values_list("target_id", flat=True)),
        said=f"account code {code}",
    )


def _tracking(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    scope = lists.scope
    dimension, key = parts
    kind = NAMED_DIMENSIONS.get(Dimension(dimension)) if dimension in Dimension.values else None
    known = _source(scope, kind, key=key) if kind else None
    name = known.name if known else key
    before = TrackingRow.objects.filter(
        scope__source_books=scope.source_books, scope__target_books=scope.target_books,
        dimension=dimension, source_key=key,
    )  # fmt: skip
    return _ranked(
        lists.offered(offered.TRACKING_OPTION),
        code="",
        name=name.rpartition(" / ")[2],
        whole_name=name,
        chosen=Counter(before.values_list("target_id", flat=True)),
        said=f"{dimension} {name}",
    )


def _taxes(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    """Codes of the same rate; among them the one named alike. Never for no tax: A44 leaves that to a person."""
    scope = lists.scope
    taxes = keys.read_taxes(parts[0])
    total = keys.total_percent(taxes)
    if not taxes or total is None or total == Decimal(0):
        return []
    before = TaxRow.objects.filter(scope__target_books=scope.target_books, taxes=parts[0])
    alike = [entry for entry in lists.offered(offered.TAX_RATE) if offered.rate(entry) == total]
    ranked = _ranked(
        alike,
        code="",
        name=" ".join(name for name, _ in taxes),
        chosen=Counter(before.values_list("target_id", flat=True)),
        said=parts[0],
    )
    found = {suggestion.entry.pk for suggestion in ranked}
    same_rate = [Suggestion(entry, 65, f"same rate, {total:f} %") for entry in alike if entry.pk not in found]
    return [*ranked, *same_rate][:MOST]


def _extra_costs(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    scope = lists.scope
    before = ExtraCostRow.objects.filter(scope__target_books=scope.target_books, name_key=parts[0])
    return _ranked(
        lists.offered(offered.ACCOUNT),
        code="",
        name=parts[0],
        chosen=Counter(before.exclude(account=None).values_list("account_id", flat=True)),
        said=parts[0],
    )


def _vendors(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    scope = lists.scope
    known = _source(scope, Kind.VENDOR, key=parts[0])
    if known is None:
        return []
    emails = tuple(known.attribute("email").split(","))
    facts = VendorFacts(known.key, known.name, emails, known.attribute("tax_number"))
    candidates = match(facts, lists.contacts()).candidates
    entries = contacts_by_key(scope.target_books, [each.contact.key for each in candidates])
    linked = set(
        VendorLink.objects.filter(scope=scope, target__in=entries.values()).values_list("target_id", flat=True)
    )
    found = []
    for each in candidates:
        entry = entries.get(each.contact.key)
        if entry is not None and entry.active:
            evidence = f"{each.evidence}; another vendor is linked to it" if entry.pk in linked else each.evidence
            found.append(Suggestion(entry, each.score, evidence))
    return found


def _projects(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    scope, name = lists.scope, _option_name(lists.scope, parts[0])
    before = ProjectRow.objects.filter(scope__target_books=scope.target_books, source_key=parts[0])
    chosen = Counter(before.values_list("target_id", flat=True))
    return _ranked(lists.offered(offered.PROJECT), code=name, name=name, chosen=chosen, said=name)


def _cost_codes(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    account = _source(lists.scope, Kind.ACCOUNT, code=parts[0])
    before = CostCodeRow.objects.filter(scope__target_books=lists.scope.target_books, source_code=parts[0])
    return _codes(lists, account.name if account else "", before, f"account code {parts[0]}")


def _budget_lines(lists: Lists, parts: tuple[str, ...]) -> list[Suggestion]:
    name = _option_name(lists.scope, parts[0])
    before = BudgetLineRow.objects.filter(scope__target_books=lists.scope.target_books, source_key=parts[0])
    return _codes(lists, name, before, name)


def _codes(lists: Lists, name: str, before: QuerySet[Any], said: str) -> list[Suggestion]:
    """Each code once, whatever the number of projects that have it."""
    entries = {entry.code: entry for entry in lists.offered(offered.BUDGET_CODE)}
    chosen = Counter(entries[code].pk for code in before.values_list("code", flat=True) if code in entries)
    return _ranked(entries.values(), code=name, name=name, chosen=chosen, said=said)


def _option_name(scope: Scope, key: str) -> str:
    known = _source(scope, Kind.TRACKING_OPTION, key=key)
    return known.name if known else key


_RULES: dict[str, Callable[[Lists, tuple[str, ...]], list[Suggestion]]] = {
    keys.ACCOUNT: _accounts,
    keys.TRACKING: _tracking,
    keys.TAX: _taxes,
    keys.EXTRA_COST: _extra_costs,
    keys.VENDOR: _vendors,
    keys.PROJECT: _projects,
    keys.COST_CODE: _cost_codes,
    keys.BUDGET_LINE: _budget_lines,
}


def _source(scope: Scope, kind: str, **by: str) -> ReferenceEntry | None:
    return ReferenceEntry.objects.filter(books=scope.source_books, kind=kind, **by).first()


def _ranked(
    entries: Iterable[ReferenceEntry],
    *,
    code: str,
    name: str,
    chosen: Counter[int],
    said: str,
    whole_name: str = "",
) -> list[Suggestion]:
    found = []
    for entry in entries:
        evidence = _evidence(entry, code, name, chosen, said)
        if not evidence and whole_name != name:
            evidence = _evidence(entry, "", whole_name, Counter(), said)
        if evidence:
            score = min(99, max(score for score, _ in evidence) + 3 * (len({why for _, why in evidence}) - 1))
            found.append(Suggestion(entry, score, "; ".join(dict.fromkeys(why for _, why in evidence))))
    found.sort(key=lambda each: (-each.score, each.entry.code, each.entry.name))
    return found[:MOST]


def _evidence(entry: ReferenceEntry, code: str, name: str, chosen: Counter[int], said: str) -> list[tuple[int, str]]:
    found = []
    if code and entry.code and code.casefold() == entry.code.casefold():
        found.append((SAME_CODE, "same code"))
    if name and entry.name:
        likeness = fuzz.token_set_ratio(names.folded(name), names.folded(entry.name))
        if _same(name, entry.name):
            found.append((SAME_NAME, "same name"))
        elif likeness == 100:
            found.append((NAME_WITHIN, "one name is part of the other"))
        elif likeness >= WORTH_SHOWING:
            found.append((int(likeness * 0.8), f"similar name ({likeness:.0f} %)"))
    if chosen[entry.pk]:
        found.append((CHOSEN_BEFORE, f"chosen before for {said}"))
    return found


def _same(one: str, other: str) -> bool:
    return names.folded(one) == names.folded(other)
