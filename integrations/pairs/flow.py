"""What a pair tells the engine: its flows, and for each document a verdict and a translation. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from integrations.documents import Bill, Line, Vendor
from integrations.pairs.vendor_flow import VendorFlow
from integrations.source_documents import Detailed, Summary
from mappings.keys import LookupKey
from mappings.tables import Tables


class Place(StrEnum):
    """Where a document belongs before anything is posted; the values are those of `Record.work`."""

    WAITING = "waiting"
    NOT_APPROVED = "not-approved"
    BEFORE_START = "before-start"
    EXCLUDED = "excluded-rule"
    COVERED = "covered"
    WITHDRAWN = "withdrawn"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a document belongs and, unless it simply waits to be posted, why, in a sentence."""

    place: Place
    why: str = ""
    reason: str = ""


GOES_ON = Verdict(Place.WAITING)


@dataclass(frozen=True, slots=True)
class DoubtfulVendor:
    """Why a vendor was not linked by itself: the hold reason, the contact it comes near to, and the evidence."""

    reason: str
    contact: str
    why: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings of an integration and the facts of its target that translation depends on.

    `card_providers` are the issuers of the source's company cards, by the card's id, where cards are taken in (A32).
    """

    start_date: date
    bills_from: str
    tax_from: str
    include_card_orders: bool
    base_currency: str
    currencies: frozenset[str]
    locked_until: date | None
    target_decimals: int = 2
    max_tracking: int = 2
    source_label: str = ""
    target_label: str = ""
    tax_rates: Mapping[str, Decimal] = field(default_factory=dict)
    card_providers: Mapping[str, Vendor] = field(default_factory=dict)
    doubtful_vendors: Mapping[str, DoubtfulVendor] = field(default_factory=dict)
    date_from: str = "invoice"
    bills_paid_at_source: bool = False
    hold_without_number: bool = False
    over_billing_percent: Decimal | None = None
    over_billing_amount: Decimal | None = None
    number_limit: int = 255
    contact_terms: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_open_day(self) -> date | None:
        return self.locked_until + timedelta(days=1) if self.locked_until else None


@dataclass(frozen=True, slots=True)
class FoundGap:
    """Something a lookup table lacks: the key that would answer it and what a person reads."""

    key: LookupKey
    label: str
    reason: str = "missing-mapping"


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """A flag: kind and sentence."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What one order line adds to the order ledger, net (A8)."""

    item: str
    ordered: Decimal
    received: Decimal
    drafted: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """What a bill bills of one item of an order, net."""

    order: str
    item: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as its bills meet it: net per item, and what other bills took of it. Extra costs are items, too."""

    source_id: str
    number: str
    vendor: str
    vendor_name: str
    currency: str
    items: Mapping[str, Decimal]
    lines: tuple[Line, ...] = ()
    billed: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a document: the others of the same spend (A3), and what people decided on this one.

    `billed` is what bills took of an order, `orders` are those a bill names. `accepted` are hold reasons that a person
    lets pass, `chosen_day` the one they chose (A63). `stands` says that ours stands in the target, `said_paid` that it
    was written there as paid, on `paid_on`.
    """

    billed: Mapping[str, Decimal] = field(default_factory=dict)
    orders: Mapping[str, Ordered] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    chosen_day: date | None = None
    stands: bool = False
    said_paid: bool = False
    paid_on: date | None = None


ALONE = Around()


@dataclass(frozen=True, slots=True)
class Translation:
    """All that came of translating one document: the bill, or everything that is missing at once (E9).

    `passed` are holds that would have stopped it, had people not decided otherwise.
    """

    bill: Bill | None
    gaps: tuple[FoundGap, ...] = ()
    holds: tuple[Hold, ...] = ()
    flags: tuple[Note, ...] = ()
    used: tuple[tuple[str, int, int], ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    passed: tuple[Hold, ...] = ()
    claims: tuple[Claim, ...] = ()
    whole_order: str = ""
    paid_on: date | None = None
    says_paid: bool = False


S = TypeVar("S", bound=Summary)
D = TypeVar("D", bound=Detailed)
TotalsRule = Callable[[Bill, Mapping[str, Decimal]], tuple[Decimal, Decimal, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Generic[S]):
    """One kind of document moving one way. `place` tells from what the source's list shows where it belongs, with the
    terms of its pair; `kind` and `letter` are of what it becomes. `has_files` says that suppliers' files hang on it.
    """

    slug: str
    label: str
    feed: str
    kind: str
    letter: str
    place: Callable[[S, Any], Verdict]
    has_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFlow(Flow[S], Generic[S, D]):
    """What becomes bills in a ledger. `totals` is handed in, since each target has its own rule (A28), and `owed_to`
    names who is linked to the contact: not always the document's vendor (A32).

    `orders_of` names the orders whose drafts a document may take over, by source id, and `claims` what it bills of
    them; `as_ordered` shows an order to such documents. A flow has one of the two or neither.
    """

    judge: Callable[[D, Terms, Around], Verdict]
    translate: Callable[[D, Tables, Terms, str, TotalsRule, Around], Translation]
    owed_to: Callable[[D, Terms], Vendor]
    orders_of: Callable[[D], Sequence[str]] | None = None
    claims: Callable[[D, Terms, Around], tuple[Claim, ...]] | None = None
    as_ordered: Callable[[D, Terms], Ordered] | None = None


class Keeps(StrEnum):
    """Which books a target keeps, and so which part of the engine does the work."""

    LEDGER = "a ledger"
    PROJECTS = "project books"


@dataclass(frozen=True, slots=True)
class Pair:
    slug: str
    label: str
    source: str
    target: str
    flows: tuple[Flow[Any], ...]
    vendors: VendorFlow | None = None
    keeps: Keeps = Keeps.LEDGER

    @property
    def labels(self) -> Mapping[str, str]:
        """Every flow by slug, vendors included."""
        found = {flow.slug: flow.label for flow in self.flows}
        return found | ({self.vendors.slug: self.vendors.label} if self.vendors else {})

    def flow(self, slug: str) -> Flow[Any]:
        return next(flow for flow in self.flows if flow.slug == slug)

    @property
    def bill_flows(self) -> tuple[BillFlow[Any, Any], ...]:
        """What becomes bills in a ledger: none of a pair whose target keeps project books."""
        return tuple(flow for flow in self.flows if isinstance(flow, BillFlow))

    def bill_flow(self, slug: str) -> BillFlow[Any, Any]:
        return next(flow for flow in self.bill_flows if flow.slug == slug)

    @property
    def orders(self) -> BillFlow[Any, Any] | None:
        """The flow of the orders that bills take over from."""
        return next((flow for flow in self.bill_flows if flow.as_ordered), None)
