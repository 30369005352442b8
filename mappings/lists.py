"""What proposals are made from: the reference lists of a scope, and what people chose before.

Everything is asked for once for all the gaps of a page, however many they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from mappings import earlier_choices, keys, offered
from mappings.earlier_choices import Asked, asked
from mappings.keys import LookupKey
from mappings.models import Kind, ReferenceEntry, Scope
from mappings.models.tracking import NAMED_DIMENSIONS
from mappings.vendor_lists import contact_facts
from mappings.vendor_matching import Contacts

_USES = {
    keys.ACCOUNT: offered.ACCOUNT, keys.TRACKING: offered.TRACKING_OPTION, keys.TAX: offered.TAX_RATE,
    keys.EXTRA_COST: offered.ACCOUNT, keys.VENDOR: offered.CONTACT, keys.PROJECT: offered.PROJECT,
    keys.COST_CODE: offered.BUDGET_CODE, keys.BUDGET_LINE: offered.BUDGET_CODE,
}  # fmt: skip
# Where the thing stands that lacks a row: in a list of the source, a budget code's project in one of the target.
_LISTS = {
    keys.ACCOUNT: Kind.ACCOUNT_CODE, keys.VENDOR: Kind.VENDOR, keys.PROJECT: Kind.TRACKING_OPTION,
    keys.BUDGET_LINE: Kind.TRACKING_OPTION, keys.COST_CODE: Kind.ACCOUNT, keys.BUDGET_CODE: Kind.PROJECT,
}  # fmt: skip
_BY_CODE = frozenset({Kind.ACCOUNT_CODE, Kind.ACCOUNT})
Named = tuple[str, str]  # the kind of list, and the code or key in it


@dataclass
class Lists:
    """`learn` asks for everything that proposals for some gaps need; whoever forgets it asks gap by gap."""

    scope: Scope
    _learned: set[LookupKey] = field(default_factory=set)
    _entries: dict[str, list[ReferenceEntry]] = field(default_factory=dict)
    _offered: dict[str, list[ReferenceEntry]] = field(default_factory=dict)
    _named: dict[Named, ReferenceEntry] = field(default_factory=dict)
    _chosen: dict[Asked, Counter[str]] = field(default_factory=dict)
    _contacts: Contacts | None = None
    _contacts_by_key: dict[str, ReferenceEntry] = field(default_factory=dict)

    def learn(self, gaps: Iterable[LookupKey]) -> None:
        unknown = [gap for gap in dict.fromkeys(gaps) if gap not in self._learned]
        if not unknown:
            return
        self._learned.update(unknown)
        self._read_entries({offered.KINDS[_USES[gap.table]] for gap in unknown if gap.table in _USES})
        self._read_names({named for gap in unknown if (named := _named_by(gap)) is not None})
        self._chosen |= earlier_choices.of(self.scope, {asked(gap) for gap in unknown} - self._chosen.keys())

    def offered(self, use: str) -> list[ReferenceEntry]:
        """The entries of the target that a table may point at."""
        if use not in self._offered:
            active = [entry for entry in self._of_target(offered.KINDS[use]) if entry.active]
            self._offered[use] = [entry for entry in active if not offered.unsuitability(entry, use)]
        return self._offered[use]

    def contacts(self) -> Contacts:
        """Archived ones included, ready to be matched against."""
        if self._contacts is None:
            system, entries = self.scope.target_books.system, self._of_target(Kind.CONTACT)
            self._contacts = Contacts(contact_facts(entry, system) for entry in entries)
            self._contacts_by_key = {entry.key: entry for entry in entries}
        return self._contacts

    def contact(self, key: str) -> ReferenceEntry:
        """One of `contacts`."""
        return self._contacts_by_key[key]

    def source(self, gap: LookupKey) -> ReferenceEntry | None:
        """The thing that a gap begins with, as its own system's list has it."""
        self.learn([gap])
        named = _named_by(gap)
        return self._named.get(named) if named else None

    def chosen(self, gap: LookupKey) -> Counter[str]:
        """How often people chose what for this, whatever narrowed it: by the entry's id, or by budget code."""
        self.learn([gap])
        return self._chosen[asked(gap)]

    def _of_target(self, kind: str) -> list[ReferenceEntry]:
        self._read_entries({kind})
        return self._entries[kind]

    def _read_entries(self, kinds: set[str]) -> None:
        if not (unread := kinds - self._entries.keys()):
            return
        self._entries |= {kind: [] for kind in unread}
        found = ReferenceEntry.objects.filter(books=self.scope.target_books_id, kind__in=unread)
        for entry in found.order_by("pk"):
            self._entries[entry.kind].append(entry)

    def _read_names(self, wanted: set[Named]) -> None:
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, value in sorted(wanted - self._named.keys()):
            by_kind[kind].append(value)
        if not by_kind:
            return
        condition = Q()
        for kind, values in by_kind.items():
            books = self.scope.target_books_id if kind == Kind.PROJECT else self.scope.source_books_id
            by = "code__in" if kind in _BY_CODE else "key__in"
            condition |= Q(books=books, kind=kind, **{by: values})
        for entry in ReferenceEntry.objects.filter(condition).order_by("-pk"):
            self._named[entry.kind, entry.code if entry.kind in _BY_CODE else entry.key] = entry


def _named_by(gap: LookupKey) -> Named | None:
    if gap.table == keys.TRACKING:
        kind = next((kind for dimension, kind in NAMED_DIMENSIONS.items() if dimension == gap.parts[0]), None)
        return (kind, gap.parts[1]) if kind else None
    known = _LISTS.get(gap.table)
    return (known, gap.parts[0]) if known else None
