"""Xero's endpoints under /api.xro/2.0, for one organisation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.documents import (
    Bill,
    BillWrite,
    CompanyFacts,
    PreparedWrite,
    ReferenceFacts,
    StoredBill,
    Vendor,
    VendorBalance,
    WriteOutcome,
)
from integrations.errors import ProgrammingError, UnreadableAnswerError
from integrations.file_documents import AttachedFile
from integrations.http import Answer, Http, Wiring
from integrations.supplier_documents import (
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierOrder,
    SupplierPayment,
)
from integrations.systems.facts import Account
from integrations.systems.opening import door
from integrations.systems.paging import Page
from integrations.systems.protocols import Sought
from integrations.systems.xero import balances, files, incremental, lists, lookup, payloads, supplier_feeds, vendors
from integrations.systems.xero.errors import judge
from integrations.systems.xero.outcomes import outcomes
from integrations.systems.xero.parse import contact, entry
from integrations.systems.xero.system import XERO
from integrations.vendor_documents import VendorOutcome, VendorWrite

ROOT = "/api.xro/2.0"
LONGEST_KEY = 128
CONTACTS = incremental.Sweep(f"{ROOT}/Contacts", "Contacts", "ContactID", {"includeArchived": "true"}, contact)


class XeroClient:
    """Reads and writes one Xero organisation."""

    def __init__(self, http: Http, tenant_id: str, web: str) -> None:
        self._http, self._tenant_id, self._web = http, tenant_id, web

    @classmethod
    def open(cls, account: Account, wiring: Wiring) -> "XeroClient":
        # Without this Accept header Xero answers in XML.
        headers = {
            "xero-tenant-id": account.key,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "Counterfoil",
        }
        http = door(XERO, "api", overrides=account.urls, headers=headers, judge=judge, wiring=wiring)
        return cls(http, account.key, XERO.url("web", account.urls))

    def close(self) -> None:
        self._http.close()

    def probe(self) -> CompanyFacts:
        return lists.organisation(self._organisation(), self._tenant_id)

    def company(self) -> CompanyFacts:
        """The organisation with its lock dates, and a warning when draft bills may not be created."""
        actions = self._rows("Organisation/Actions", "Actions")
        return lists.organisation(self._organisation(), self._tenant_id, lists.action_warnings(actions))

    def reference_lists(self) -> Iterator[tuple[str, list[ReferenceFacts]]]:
        """Accounts, tracking categories and options, tax rates, currencies: four calls."""
        yield "account", lists.accounts(self._rows("Accounts", "Accounts"))
        tracking = self._rows("TrackingCategories", "TrackingCategories", {"includeArchived": "true"})
        categories, options = lists.tracking(tracking)
        yield "tracking_category", categories
        yield "tracking_option", options
        yield "tax_rate", lists.tax_rates(self._rows("TaxRates", "TaxRates"))
        yield "currency", lists.currencies(self._rows("Currencies", "Currencies"))

    def contacts_changed_since(self, moment: datetime | None) -> Iterator[Page[ReferenceFacts]]:
        """Archived contacts too. `moment` is the newest change seen so far; the overlap is taken off here."""
        return incremental.pages(self._http, CONTACTS, moment)

    def bills_changed_since(self, moment: datetime | None) -> Iterator[Page[StoredBill]]:
        """Bills of every status, voided and deleted ones too. `moment` as for contacts."""
        return incremental.pages(self._http, lookup.BILLS, moment)

    def credits_changed_since(self, moment: datetime | None) -> Iterator[Page[StoredBill]]:
        return incremental.pages(self._http, lookup.CREDITS, moment)

    def feed_changed_since(self, feed: str, moment: datetime | None) -> Iterator[Page[Any]]:
        return incremental.pages(self._http, supplier_feeds.FEEDS[feed], moment)

    def feed_rows(self, feed: str, ids: Sequence[str]) -> Page[Any]:
        """Bills forty to a call; of what has no such filter one call each."""
        return supplier_feeds.rows_of(self._http, feed, ids)

    def supplier_orders_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierOrder]]:
        """Orders of every status, deleted ones too. `moment` as for contacts."""
        return supplier_feeds.orders(self._http, moment)

    def supplier_bills_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierBill]]:
        return supplier_feeds.bills(self._http, moment)

    def supplier_bills(self, ids: Sequence[str]) -> list[SupplierBill]:
        """Those that Xero still shows, in as few calls as it allows."""
        return list(supplier_feeds.bills_by_ids(self._http, ids))

    def supplier_payments_changed_since(self, moment: datetime | None) -> Iterator[Page[SupplierPayment]]:
        """Reversed ones too; nothing tells of payments but this list."""
        return supplier_feeds.payments(self._http, moment)

    def supplier_credits_changed_since(
        self, kind: CreditKind, moment: datetime | None
    ) -> Iterator[Page[SupplierCredit]]:
        return supplier_feeds.credits_of(self._http, kind, moment)

    def vendor_balances(self) -> Iterator[Page[VendorBalance]]:
        return balances.vendor_balances(self._http)

    def check(self, bill: Bill) -> None:
        payloads.check(bill)

    def prepare(self, writes: Sequence[BillWrite]) -> PreparedWrite:
        return payloads.prepare(writes)

    def send(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[WriteOutcome]:
        """At most once. `key` is kept six minutes with its answer, errors included."""
        return outcomes(prepared, self._write(prepared, key, sent_by))

    def bills(self, target_ids: Sequence[str]) -> list[StoredBill]:
        return list(lookup.by_ids(self._http, target_ids))

    def find(self, sought: Sequence[Sought], *, since: datetime | None = None) -> dict[str, list[StoredBill]]:
        """`since` is when the lost write was meant: what no number finds is then looked for among all changes."""
        return lookup.find(self._http, sought, since)

    def expected_totals(self, bill: Bill, rates: Mapping[str, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
        return payloads.expected_totals(bill, rates)

    def web_link(self, target_id: str) -> str:
        return f"{self._web}/AccountsPayable/View.aspx?InvoiceID={target_id}"

    def attached(self, target_id: str) -> list[AttachedFile]:
        return files.attached(self._http, target_id)

    def attached_content(self, target_id: str, key: str) -> bytes:
        return files.content(self._http, target_id, key)

    def file_name(self, name: str, taken: Collection[str]) -> str:
        return files.fit_name(name, taken)

    def prepare_file(self, target_id: str, name: str, content: bytes) -> PreparedWrite:
        return files.prepare(target_id, name, content)

    def send_file(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> AttachedFile:
        return files.outcome(prepared, self._write(prepared, key, sent_by, files.BYTES))

    def vendor_entry(self, vendor: Vendor) -> ReferenceFacts:
        return entry(vendor)

    def read_ahead(self) -> None:
        """Nothing: contacts name currencies as everybody does."""

    def unfit(self, values: Mapping[str, str]) -> dict[str, str]:
        return vendors.unfit(values)

    def prepare_vendors(self, writes: Sequence[VendorWrite]) -> PreparedWrite:
        return vendors.prepare(writes)

    def send_vendors(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[VendorOutcome]:
        return vendors.outcomes(prepared, self._write(prepared, key, sent_by))

    def vendors_by_ids(self, ids: Sequence[str]) -> list[Vendor]:
        return lookup.contacts_by_ids(self._http, ids)

    def vendors_marked(self, marks: Sequence[str]) -> dict[str, list[Vendor]]:
        return lookup.contacts_marked(self._http, marks)

    def vendors_named(self, name: str) -> list[Vendor]:
        """Xero itself refuses a second active contact of one name."""
        return []

    def vendor_page(self, vendor_id: str) -> str:
        return f"{self._web}/Contacts/View/{vendor_id}"

    def _write(self, prepared: PreparedWrite, key: str, sent_by: float, media_type: str = "application/json") -> Answer:
        if not key or len(key) > LONGEST_KEY:
            raise ProgrammingError(f"Xero takes keys of 1 to {LONGEST_KEY} characters.")
        return self._http.write(
            prepared.method,
            prepared.path,
            body=prepared.body,
            headers={"Idempotency-Key": key, "Content-Type": media_type},
            template=prepared.template,
            sent_by=sent_by,
        )

    def _organisation(self) -> Any:
        return next(iter(self._rows("Organisation", "Organisations")), None)

    def _rows(self, path: str, plural: str, params: Mapping[str, str] | None = None) -> list[Any]:
        body = self._http.read(f"{ROOT}/{path}", params=params).json()
        rows = body.get(plural) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise UnreadableAnswerError(f"{ROOT}/{path} answered without {plural}.")
        return rows
