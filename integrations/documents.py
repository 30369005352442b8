"""What passes between reading and accounting: frozen documents, no ORM, no JSON.

Amounts are `Decimal` in the document's own currency, business dates are plain dates as the source wrote them
(A61), instants are aware UTC. HTTP ends where these begin.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

Day = date  # for the classes whose own field is called date


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency; amounts of two currencies are never added."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax as the source names it: a percentage of the net, or a fixed amount."""

    name: str
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of a line that one account, department and location bear. `amount` as the source wrote it."""

    amount: Decimal
    account_code: str
    department: str = ""
    department_name: str = ""
    location: str = ""
    location_name: str = ""


class LineKind(StrEnum):
    ONE_TIME = "one-time"
    RECURRING = "recurring"
    BLANKET = "blanket"


@dataclass(frozen=True, slots=True)
class Line:
    """One ordered or billed item. `amount` is net of exclusive tax, as the source states it.

    `order` and `order_item` name what a billed item was ordered as, by the source's own ids (A3).
    """

    source_id: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    allocations: tuple[Allocation, ...]
    taxes: tuple[Tax, ...] = ()
    tax_amount: Decimal = Decimal(0)
    tax_inclusive: bool = False
    shipping: Decimal = Decimal(0)
    currency: str = ""
    item_code: str = ""
    kind: LineKind = LineKind.ONE_TIME
    received: Decimal = Decimal(0)
    approved_on: date | None = None
    order: str = ""
    order_item: str = ""


@dataclass(frozen=True, slots=True)
class HeaderAmount:
    """A tax or discount written on the header: an amount, or a percentage of the subtotal."""

    value: Decimal = Decimal(0)
    is_percentage: bool = False


@dataclass(frozen=True, slots=True)
class ExtraCost:
    """Freight, duty and other costs named on the header; `name` is what the extra-cost table is keyed by."""

    name: str
    amount: Decimal
    allocation: Allocation | None = None


class VendorKind(StrEnum):
    REGULAR = "regular"
    PREFERRED = "preferred"
    ONE_TIME = "one-time"
    EMPLOYEE = "employee"
    CARD_PROVIDER = "card provider"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A supplier as one system knows it. `external_ref` is the id another system left on it, if any.

    `fields` are its other texts by our names for them; `supplier` and `groups` tell who counts as one where all
    contacts stand in one list, `merged_to` who took its place. `kept` is what the system replaces as a whole and
    wants back with a change. `cards` are the ids of the company cards that it issued. Bank details are no part of it
    and are never read (A71).
    """

    source_id: str
    name: str
    emails: tuple[str, ...] = ()
    kind: VendorKind = VendorKind.REGULAR
    active: bool = True
    tax_number: str = ""
    currency: str = ""
    country: str = ""
    external_ref: str = ""
    modified_at: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    supplier: bool = True
    groups: tuple[str, ...] = ()
    merged_to: str = ""
    cards: tuple[str, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """The company card that a document was paid with (A32). `provider` is None where only the card itself is named."""

    source_id: str
    name: str
    provider: Vendor | None = None


class OrderState(StrEnum):
    """`LEGACY` and `UNSTATED` are states of which a source does not say that the order is approved (A5)."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    PAID = "paid"
    LEGACY = "legacy"
    UNSTATED = "not stated"


@dataclass(frozen=True, slots=True)
class PurchaseOrderSummary:
    """An order as a list shows it: everything but lines. `base_rate` is base currency per unit, as the source says."""

    source_id: str
    number: str
    version: str
    state: OrderState
    active: bool
    date: Day
    modified_at: datetime
    vendor: Vendor
    currency: str
    total: Decimal
    has_blanket_lines: bool = False
    base_rate: Decimal | None = None

    @property
    def read_by(self) -> str:
        return self.source_id


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An approved order with its lines. `approved_on` is the last line's approval date as written."""

    summary: PurchaseOrderSummary
    lines: tuple[Line, ...]
    extra_costs: tuple[ExtraCost, ...]
    tax: HeaderAmount
    discount: HeaderAmount
    subtotal: Decimal
    card: Card | None = None
    approved_on: date | None = None
    approved_by: str = ""
    created_by: str = ""

    @property
    def is_paid(self) -> bool:
        return self.summary.state is OrderState.PAID

    @property
    def paid_on(self) -> Day | None:
        return None


@dataclass(frozen=True, slots=True)
class Tracked:
    """One tracking choice on a line, by the target's own ids."""

    category: str
    option: str


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line to be booked. `tax_amount` None lets the target compute; a text line has no account."""

    description: str
    net: Decimal = Decimal(0)
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal | None = None
    account: str = ""
    tax_code: str = ""
    tax_amount: Decimal | None = None
    tracking: tuple[Tracked, ...] = ()

    @property
    def is_text(self) -> bool:
        return not self.account

    @property
    def left_to_compute(self) -> "BillLine":
        return self if self.tax_amount is None else replace(self, tax_amount=None)


class BillStatus(StrEnum):
    DRAFT = "draft"
    IN_LEDGER = "in the ledger"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill to be written to a target: always tax-exclusive (A51), in the document's own currency (A56).

    `link` is the address of our record, by which the target's users (A106) and our own look-up (E2) find it.
    """

    contact: str
    number: str
    date: Day
    due_date: Day | None
    currency: str
    lines: tuple[BillLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    link: str


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as the target holds it; `amount` is exclusive of tax unless the document says otherwise.

    `tracking` may name options by their names, where a target's lists leave out their ids.
    """

    line_id: str
    description: str
    amount: Decimal
    account: str
    tax_code: str
    tax_amount: Decimal
    tracking: tuple[Tracked, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredBill:
    """A bill as the target holds it. `version` changes with every edit there."""

    target_id: str
    version: str
    number: str
    contact: str
    contact_name: str
    status: BillStatus
    status_word: str
    date: Day | None
    due_date: Day | None
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    link: str
    modified_at: datetime
    lines: tuple[StoredLine, ...] = ()
    due: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class VendorBalance:
    """What is still owed to one vendor by the target's own count, credits not yet applied taken off (A103)."""

    contact: str
    name: str
    outstanding: Decimal
    credits: Decimal = Decimal(0)


class BillAction(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class BillWrite:
    """One step over one bill. `bill` is None for a deletion, `target_id` empty for a creation.

    `keeps_status` leaves an approved document approved.
    """

    action: BillAction
    bill: Bill | None
    target_id: str = ""
    keeps_status: bool = False


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What the target said of one element of a batch: the stored bill, or its own words of refusal."""

    stored: StoredBill | None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedWrite:
    """The exact bytes of one HTTP write, made before the intent so that their hash is on record (E1)."""

    method: str
    path: str
    template: str
    body: bytes
    count: int


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    """One entry of a reference list as read from a system: account, tax rate, tracking option, contact, ..."""

    kind: str
    key: str
    code: str
    name: str
    active: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """The company behind a connection. Lock dates are the last closed day, as plain dates (A63).

    `identity` is the person or user in whose name we act there, where the system says.
    """

    key: str
    name: str
    base_currency: str
    country: str = ""
    locked_until: date | None = None
    warnings: tuple[str, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRights:
    """What we lack in one project, a sentence each; None where nobody looked yet."""

    project: str
    number: str
    name: str
    missing: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Permissions:
    """What we may do where no call tells it: what was seen, by name, and a sentence per permission that is missing.

    `unseen` are projects that were asked about and that the system does not show us, by id. `projects` are those to be
    looked into, in their order, as far as there was time.
    """

    seen: Mapping[str, str]
    missing: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    projects: tuple[ProjectRights, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read: which one, which field, why. It holds, the rest of the page goes on."""

    source_id: str
    field: str
    reason: str
    number: str = ""
