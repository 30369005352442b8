"""What proposals are made from: the reference lists of a scope, and what people chose before.

Everything is asked for once for all the gaps of a page, however many they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from mappings import earlier_choices, keys, offered, telling_apart
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
    _named: dict[Named, ReferenceEntry | None] = field(default_factory=dict)
    _chosen: dict[Asked, Counter[str]] = field(default_factory=dict)
    _apart: dict[str, frozenset[str]] = field(default_factory=dict)
    _contacts: Contacts | None = None
    _contacts_by_key: dict[str, ReferenceEntry] = field(default_factory=dict)

    def learn(self, gaps: Iterable[LookupKey]) -> None:
        unknown = [gap for gap in dict.fromkeys(gaps) if gap not in self._learned]
        if not unknown:
            return
        self._learned.update(unknown)
        kinds = {offered.KINDS[_USES[gap.table]] for gap in unknown if gap.table in _USES}
        self._read(kinds, {named for gap in unknown if (named := _named_by(gap)) is not None})
        self._chosen |= earlier_choices.of(self.scope, {asked(gap) for gap in unknown} - self._chosen.keys())
        if vendors := [gap.parts[0] for gap in unknown if gap.table == keys.VENDOR]:
            self._apart |= telling_apart.contacts_apart(self.scope, vendors)

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

    def apart(self, gap: LookupKey) -> frozenset[str]:
        """The contacts that a person said a vendor is not."""
        self.learn([gap])
        return self._apart.get(gap.parts[0], frozenset())

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
        self._read({kind}, set())
        return self._entries[kind]

    def _read(self, kinds: set[str], names: set[Named]) -> None:
        """Whole lists of the target and single things of any list, whichever are not known yet, in one question."""
        kinds, names = kinds - self._entries.keys(), names - self._named.keys()
        if not kinds and not names:
            return
        self._entries |= {kind: [] for kind in kinds}
        self._named |= dict.fromkeys(names)  # what no list has is not asked for again
        in_lists = Q(books=self.scope.target_books_id, kind__in=kinds)
        for entry in ReferenceEntry.objects.filter(in_lists | self._by_name(names)).order_by("pk"):
            if entry.kind in kinds and entry.books_id == self.scope.target_books_id:
                self._entries[entry.kind].append(entry)
            named = entry.kind, entry.code if entry.kind in _BY_CODE else entry.key
            if named in names and entry.books_id == self._books_of(entry.kind):
                self._named[named] = self._named[named] or entry

    def _by_name(self, names: set[Named]) -> Q:
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, value in sorted(names):
            by_kind[kind].append(value)
        condition = Q()
        for kind, values in by_kind.items():
            by = "code__in" if kind in _BY_CODE else "key__in"
            condition |= Q(books=self._books_of(kind), kind=kind, **{by: values})
        return condition

    def _books_of(self, kind: str) -> int:
        """Where a thing is named: only projects are the target's."""
        return self.scope.target_books_id if kind == Kind.PROJECT else self.scope.source_books_id


def _named_by(gap: LookupKey) -> Named | None:
    if gap.table == keys.TRACKING:
        kind = next((kind for dimension, kind in NAMED_DIMENSIONS.items() if dimension == gap.parts[0]), None)
        return (kind, gap.parts[1]) if kind else None
    known = _LISTS.get(gap.table)
    return (known, gap.parts[0]) if known else None
