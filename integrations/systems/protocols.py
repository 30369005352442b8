"""The few calls that the engine knows of a system, whichever it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, runtime_checkable

from integrations.documents import (
    Bill,
    BillWrite,
    CompanyFacts,
    Permissions,
    PreparedWrite,
    ProjectRights,
    ReferenceFacts,
    StoredBill,
    Vendor,
    VendorBalance,
    WriteOutcome,
)
from integrations.file_documents import AttachedFile, SourceFile
from integrations.project_documents import (
    BillingPeriod,
    BudgetLine,
    ProjectFacts,
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredDocument,
    StoredRequisition,
)
from integrations.project_writes import ProjectOutcome, ProjectWrite
from integrations.source_documents import Summary
from integrations.supplier_documents import (
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierOrder,
    SupplierPayment,
)
from integrations.systems.paging import Page, Raw
from integrations.vendor_documents import VendorOutcome, VendorWrite


class Sought(NamedTuple):
    """A bill to look for: the number and contact it was sent with; the link alone proves it ours."""

    number: str
    contact: str
    link: str


class Reachable(Protocol):
    """What every system can say of itself."""

    def probe(self) -> CompanyFacts:
        """One cheap call: does the connection work, whose is it, what is it not allowed to do?"""
        ...

    def company(self) -> CompanyFacts:
        """The whole of it: base currency, lock dates, missing permissions. May cost two calls."""
        ...

    def reference_lists(self) -> Iterator[tuple[str, list[ReferenceFacts]]]:
        """(kind, entries) per list, each complete."""
        ...


@runtime_checkable
class TellsPermissions(Reachable, Protocol):
    """A system whose rights are kept tool by tool, and which no call tells."""

    def permissions(self, used: Sequence[str] = ()) -> Permissions:
        """Look for each right that is needed, in the projects that are `used` first. Dozens of calls: only for a
        person's test of the connection, which waits for them."""
        ...

    def permissions_in(self, project: ProjectRights) -> tuple[str, ...]:
        """What is missing in this one, however long that takes."""
        ...


class KeepsVendors(Protocol):
    """A system whose vendors may be written: either side of a pair that keeps them in step."""

    def vendor_entry(self, vendor: Vendor) -> ReferenceFacts:
        """The vendor as an entry of this system's own list."""
        ...

    def read_ahead(self) -> None:
        """Read what `unfit` and `prepare_vendors` have to know, so that they make no call of their own."""
        ...

    def unfit(self, values: Mapping[str, str]) -> dict[str, str]:
        """Per field that this system would refuse or cut, why; our names for the fields."""
        ...

    def prepare_vendors(self, writes: Sequence[VendorWrite]) -> PreparedWrite:
        """As `prepare`, over at most `vendor_batch` writes of one action."""
        ...

    def send_vendors(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[VendorOutcome]:
        """As `send`."""
        ...

    def vendors_by_ids(self, ids: Sequence[str]) -> list[Vendor]:
        """Those that the system still shows, inactive ones included, in no order."""
        ...

    def vendors_marked(self, marks: Sequence[str]) -> dict[str, list[Vendor]]:
        """Live look-up (E2): per mark of ours every vendor that carries exactly it."""
        ...

    def vendors_named(self, name: str) -> list[Vendor]:
        """Live: the vendors of that name, capitals ignored; empty where a name cannot be there twice.

        Inactive ones too where the system shows them by name.
        """
        ...

    def vendor_page(self, vendor_id: str) -> str:
        """Where a person finds this vendor in the system's own pages; "" where the system does not say."""
        ...


class Source(KeepsVendors, Reachable, Protocol):
    def changed_since(
        self, feed: str, modified_from: date | None, modified_to: date | None = None, first_page: int = 1
    ) -> Iterator[Page[Summary]]:
        """What changed in that feed between two days, both included."""
        ...

    def raw(self, feed: str, read_by: str) -> Raw:
        """The document's JSON as read now, unjudged; GoneError when the system no longer shows it."""
        ...

    def file(self, file: SourceFile) -> bytes:
        """A document's file as read now, by the link that was read a moment ago."""
        ...

    def vendors(self) -> Iterator[Page[Vendor]]:
        """The whole list of those that may be bought from; there is no filter by change."""
        ...

    def payees(self) -> Iterator[Page[Vendor]]:
        """Who is owed what a supplier is not: the providers of company cards, with their cards, and employees (A32)."""
        ...


class SupplierBooks(Reachable, Protocol):
    """Books that are read for what suppliers are owed and paid, each list by change time and never written to.

    `moment` is the newest change seen so far, or None for everything; the overlap is taken off by the client. Nothing
    disappears from these lists: what was deleted, voided or reversed comes once more, as removed.
    """

    def feed_changed_since(self, feed: str, moment: datetime | None) -> Iterator[Page[Any]]:
        """The list that one feed is read from; its rows are whole documents, oldest change first."""
        ...

    def feed_rows(self, feed: str, ids: Sequence[str]) -> Page[Any]:
        """Those that are still shown, as a list shows them, in as few calls as the system allows."""
        ...

    def supplier_orders_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierOrder]]: ...

    def supplier_bills_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierBill]]: ...

    def supplier_bills(self, ids: Sequence[str]) -> list[SupplierBill]:
        """Those that are still shown, in as few calls as the system allows: for what webhooks name."""
        ...

    def supplier_payments_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierPayment]]: ...

    def supplier_credits_changed_since(
        self, kind: CreditKind, moment: datetime | None
    ) -> Iterator[Page[SupplierCredit]]: ...


class TargetBooks(KeepsVendors, Reachable, Protocol):
    def contacts_changed_since(self, moment: datetime | None) -> Iterator[Page[ReferenceFacts]]: ...

    def bills_changed_since(self, moment: datetime | None) -> Iterator[Page[StoredBill]]: ...

    def credits_changed_since(self, moment: datetime | None) -> Iterator[Page[StoredBill]]:
        """Suppliers' credits of every status, removed ones too, with their amounts as the target shows them."""
        ...

    def vendor_balances(self) -> Iterator[Page[VendorBalance]]:
        """Every vendor with the target's own balance, and the credits among it that are not applied yet."""
        ...

    def check(self, bill: Bill) -> None:
        """HoldRecordError when the target has no way to hold this bill; `prepare` would raise it for a whole batch."""
        ...

    def prepare(self, writes: Sequence[BillWrite]) -> PreparedWrite:
        """The exact bytes of one write over `writes`, which are all of one action; the same every time."""
        ...

    def send(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[WriteOutcome]:
        """Send once, one outcome per write in their order. `sent_by` is a time.monotonic() moment (E3)."""
        ...

    def bills(self, target_ids: Sequence[str]) -> list[StoredBill]:
        """Those of the bills that the system still shows, in no order."""
        ...

    def find(self, sought: Sequence[Sought], *, since: datetime | None = None) -> dict[str, list[StoredBill]]:
        """Live look-up (E2): per link every bill that carries exactly it, removed ones included."""
        ...

    def expected_totals(self, bill: Bill, rates: Mapping[str, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
        """(net, tax, total) by the target's own rule; `rates` are percentages by tax code."""
        ...

    def web_link(self, target_id: str) -> str:
        """Where a person finds this bill in the target's own pages."""
        ...

    def attached(self, target_id: str) -> list[AttachedFile]:
        """Live: the files that hang on this bill, whoever attached them."""
        ...

    def attached_content(self, target_id: str, key: str) -> bytes: ...

    def file_name(self, name: str, taken: Collection[str]) -> str:
        """The name under which the target takes such a file, none of those that are taken."""
        ...

    def prepare_file(self, target_id: str, name: str, content: bytes) -> PreparedWrite: ...

    def send_file(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> AttachedFile:
        """As `send`: at most once."""
        ...


class ReadsProjects(Protocol):
    """What a translation has to know of a project before anything is written to it."""

    def projects(self) -> list[ProjectFacts]:
        """Every project that we may see, closed ones too; without those currencies that cost a call each."""
        ...

    def project(self, project_id: str) -> ProjectFacts:
        """One of them with its currency; GoneError when it is not shown to us."""
        ...

    def billing_periods(self, project: str) -> list[BillingPeriod]: ...

    def budget(self, project: str, codes: Collection[str]) -> dict[str, BudgetLine]:
        """Live: per code its figures; a code without a budget line comes with an empty one (A88)."""
        ...

    def project_budget(self, project: str) -> BudgetLine:
        """Live: the sum over the whole project, unbudgeted codes included."""
        ...


class ProjectBooks(KeepsVendors, ReadsProjects, Reachable, Protocol):
    """A system that keeps commitments, their invoices and payments by project."""

    def prepare(self, writes: Sequence[ProjectWrite]) -> PreparedWrite:
        """The exact bytes of one write; the same every time. HoldRecordError for what cannot be represented.

        Headers, or statuses, of one project go together up to `commitment_batch`; everything else goes alone.
        """
        ...

    def send(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[ProjectOutcome]:
        """Send once, one outcome per write in their order. `sent_by` is a time.monotonic() moment (E3)."""
        ...

    def find(self, write: ProjectWrite) -> list[StoredDocument]:
        """Live look-up after a lost answer (E2): what stands with exactly the reference, or the id, of this write.

        A document that was to be removed is found as long as it is there. For a schedule's lines it is the
        commitment with its lines.
        """
        ...

    def vendors_listed(self, project: str) -> set[str]:
        """The ids of every vendor on the project's list, a page at a time."""
        ...

    def commitments(self, project: str, target_ids: Sequence[str]) -> list[StoredCommitment]:
        """Those that the system still shows, with their lines, removed ones too, in no order."""
        ...

    def commitments_changed_since(self, project: str, moment: datetime | None) -> Iterator[Page[StoredCommitment]]:
        """Of every status, removed ones too, with their lines; `moment` is the newest change seen so far."""
        ...

    def requisitions(self, project: str, commitment: str) -> list[StoredRequisition]:
        """The whole chain with its items, oldest first."""
        ...

    def requisitions_of_project(self, project: str) -> list[StoredRequisition]:
        """Of every commitment, in no order, without their items."""
        ...

    def direct_costs(self, project: str) -> list[StoredDirectCost]:
        """All of the project, in no order."""
        ...

    def payments(self, project: str, commitment: str) -> list[StoredContractPayment]: ...

    def web_link(self, project: str, write: ProjectWrite, target_id: str) -> str:
        """Where a person finds this document in the system's own pages; "" where the system does not say."""
        ...
