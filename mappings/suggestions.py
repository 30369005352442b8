"""Proposals for what a lookup table lacks: a score and the evidence, never a decision (design 6).

Rules on this machine only. Three kinds of evidence: the same code, a similar name, and what people chose before for
the same code in another row of the same target company.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from mappings import keys, names, offered
from mappings.keys import LookupKey
from mappings.lists import Lists
from mappings.models import ReferenceEntry, Scope
from mappings.vendor_matching import VendorFacts, match

MOST = 5
WORTH_SHOWING = 60
CHOSEN_BEFORE, SAME_CODE, SAME_NAME, NAME_WITHIN = 94, 92, 90, 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`score` of 100 orders proposals of one gap; it is no probability."""

    entry: ReferenceEntry
    score: int
    evidence: str


def suggest(scope: Scope, gap: LookupKey, lists: Lists | None = None) -> list[Suggestion]:
    """The best targets for a gap, best first, at most five; only entries that the table would accept.

    Whoever asks for many gaps hands in the same `lists` each time, which has learnt of them all.
    """
    rule = _RULES.get(gap.table)
    return rule(lists or Lists(scope), gap) if rule else []


def _accounts(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    code, known = gap.parts[0], lists.source(gap)
    return _ranked(
        lists.offered(offered.ACCOUNT),
        code=code,
        name=known.name if known else "",
        chosen=lists.chosen(gap),
        said=f"account code {code}",
    )


def _tracking(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    dimension, key = gap.parts
    known = lists.source(gap)
    name = known.name if known else key
    return _ranked(
        lists.offered(offered.TRACKING_OPTION),
        code="",
        name=name.rpartition(" / ")[2],
        whole_name=name,
        chosen=lists.chosen(gap),
        said=f"{dimension} {name}",
    )


def _taxes(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    """Codes of the same rate; among them the one named alike. Never for no tax: A44 leaves that to a person."""
    written = gap.parts[0]
    taxes = keys.read_taxes(written)
    total = keys.total_percent(taxes)
    if not taxes or total is None or total == Decimal(0):
        return []
    alike = [entry for entry in lists.offered(offered.TAX_RATE) if offered.rate(entry) == total]
    name = " ".join(name for name, _ in taxes)
    ranked = _ranked(alike, code="", name=name, chosen=lists.chosen(gap), said=written)
    found = {suggestion.entry.pk for suggestion in ranked}
    same_rate = [Suggestion(entry, 65, f"same rate, {total:f} %") for entry in alike if entry.pk not in found]
    return [*ranked, *same_rate][:MOST]


def _extra_costs(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    name = gap.parts[0]
    return _ranked(lists.offered(offered.ACCOUNT), code="", name=name, chosen=lists.chosen(gap), said=name)


def _vendors(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    known = lists.source(gap)
    if known is None:
        return []
    emails = tuple(known.attribute("email").split(","))
    facts = VendorFacts(known.key, known.name, emails, known.attribute("tax_number"))
    linked, found = lists.chosen(gap), []
    for each in match(facts, lists.contacts(), lists.apart(gap)).candidates:
        entry = lists.contact(each.contact.key)
        if entry.active:
            taken = f"{each.evidence}; another vendor is linked to it"
            found.append(Suggestion(entry, each.score, taken if linked[str(entry.pk)] else each.evidence))
    return found


def _projects(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    name = _option_name(lists, gap)
    return _ranked(lists.offered(offered.PROJECT), code=name, name=name, chosen=lists.chosen(gap), said=name)


def _cost_codes(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    account = lists.source(gap)
    return _codes(lists, account.name if account else "", gap, f"account code {gap.parts[0]}")


def _budget_lines(lists: Lists, gap: LookupKey) -> list[Suggestion]:
    name = _option_name(lists, gap)
    return _codes(lists, name, gap, name)


def _codes(lists: Lists, name: str, gap: LookupKey, said: str) -> list[Suggestion]:
    """Each code once, whatever the number of projects that have it."""
    entries = {entry.code: entry for entry in lists.offered(offered.BUDGET_CODE)}
    chosen = Counter({str(entries[code].pk): count for code, count in lists.chosen(gap).items() if code in entries})
    return _ranked(entries.values(), code=name, name=name, chosen=chosen, said=said)


def _option_name(lists: Lists, gap: LookupKey) -> str:
    known = lists.source(gap)
    return known.name if known else gap.parts[0]


_RULES: dict[str, Callable[[Lists, LookupKey], list[Suggestion]]] = {
    keys.ACCOUNT: _accounts,
    keys.TRACKING: _tracking,
    keys.TAX: _taxes,
    keys.EXTRA_COST: _extra_costs,
    keys.VENDOR: _vendors,
    keys.PROJECT: _projects,
    keys.COST_CODE: _cost_codes,
    keys.BUDGET_LINE: _budget_lines,
}


def _ranked(
    entries: Iterable[ReferenceEntry],
    *,
    code: str,
    name: str,
    chosen: Counter[str],
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


def _evidence(entry: ReferenceEntry, code: str, name: str, chosen: Counter[str], said: str) -> list[tuple[int, str]]:
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
    if chosen[str(entry.pk)]:
        found.append((CHOSEN_BEFORE, f"chosen before for {said}"))
    return found


def _same(one: str, other: str) -> bool:
    return names.folded(one) == names.folded(other)
