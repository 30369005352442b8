"""Procurify's endpoints. Every path ends in a slash; a domain is a host of its own. Nothing but vendors is written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TypeVar

from integrations.documents import (
    CompanyFacts,
    PreparedWrite,
    PurchaseOrder,
    ReferenceFacts,
    Unreadable,
    Vendor,
    VendorKind,
)
from integrations.errors import (
    GoneError,
    InvalidSourceError,
    NeedsPermissionError,
    OutcomeUnknownError,
    ProgrammingError,
    UnreadableAnswerError,
)
from integrations.file_documents import SourceFile
from integrations.http import Answer, Http, Wiring
from integrations.source_documents import Summary
from integrations.systems.facts import Account
from integrations.systems.opening import door
from integrations.systems.paging import Page, Raw
from integrations.systems.procurify import feeds, files, lists, parse, vendors
from integrations.systems.procurify.errors import WHO_AM_I, judge
from integrations.systems.procurify.incremental import Listing, Scan
from integrations.systems.procurify.oauth import domain_of
from integrations.systems.procurify.system import PROCURIFY
from integrations.systems.reading import refuse_oversized
from integrations.vendor_documents import VendorOutcome, VendorWrite

VENDORS = "/api/v3/vendors/default/"
CARD_PROVIDERS = "/api/v3/vendors/credit_card_providers/"
PAYEES = (VendorKind.CARD_PROVIDER, VendorKind.EMPLOYEE)
DOCUMENT_ID = re.compile(r"[0-9a-fA-F-]{1,36}")
LARGE_DOCUMENT = 1_000_000

Row = TypeVar("Row")


class ProcurifyClient:
    """Reads one Procurify domain and writes its vendors."""

    def __init__(self, http: Http, domain: str, storage: Http | None = None) -> None:
        self._http, self._domain, self._storage = http, domain, storage
        self._currencies: dict[str, str] = {}

    @classmethod
    def open(cls, account: Account, wiring: Wiring) -> "ProcurifyClient":
        domain = domain_of(account.key)
        # What the server does without X-Procurify-Client is not documented (2026-10).
        headers = {"X-Procurify-Client": "api", "Accept": "application/json", "User-Agent": "Counterfoil"}
        http = door(
            PROCURIFY, "api", overrides=account.urls, headers=headers, judge=judge, wiring=wiring, domain=domain
        )
        return cls(http, domain, files.storage(account, wiring))

    def close(self) -> None:
        self._http.close()
        if self._storage is not None:
            self._storage.close()

    def probe(self) -> CompanyFacts:
        """users/me: SuspendedError when even this is refused."""
        return lists.identity(_single(self._http.read(WHO_AM_I)), self._domain)

    def company(self) -> CompanyFacts:
        return lists.with_base_currency(self.probe(), self._rows(lists.CURRENCIES))

    def changed_since(
        self, feed: str, modified_from: date | None, modified_to: date | None = None, first_page: int = 1
    ) -> Iterator[Page[Summary]]:
        """A feed's documents by the day of their last change, both days included; the overlap is taken off here.

        FilterIgnoredError: the list shows other rows or has no end. RequestTooLargeError: too slow even for
        pages of ten; ask for fewer days.
        """
        return self._scan(feeds.listing(feed, modified_from, modified_to), first_page)

    def raw(self, feed: str, read_by: str) -> Raw:
        """The `data` of a document's detail, unjudged but for its size and id; GoneError when it is not shown."""
        if not DOCUMENT_ID.fullmatch(read_by):
            raise ProgrammingError("A document is read by its whole number or uuid.")
        found = feeds.FEEDS[feed]
        with self._permission_checked():
            answer = self._http.read(found.detail.format(id=read_by), template=found.detail)
        raw = _single(answer)
        if not feeds.is_asked_for(feed, read_by, raw):
            raise UnreadableAnswerError("Procurify answered with another document than the one asked for.")
        if len(answer.body) > LARGE_DOCUMENT:
            refuse_oversized(raw, found.name_of(raw))
        return raw

    def file(self, file: SourceFile) -> bytes:
        with self._permission_checked():
            return files.content(file, self._http, self._storage)

    def raw_order(self, source_id: str) -> Raw:
        return self.raw("purchase-orders", source_id)

    def order(self, source_id: str) -> tuple[PurchaseOrder, Raw]:
        raw = self.raw_order(source_id)
        return parse.order(raw), raw

    def vendors(self) -> Iterator[Page[Vendor]]:
        """All regular and preferred vendors; there is no filter by change (2026-10). ISO currencies cost a call."""
        return self._vendors(VENDORS, {})

    def payees(self) -> Iterator[Page[Vendor]]:
        """Two lists of their own. Filters may be ignored without a word (2026-10), so each row's kind is looked at."""
        for path, filters in ((CARD_PROVIDERS, {}), (vendors.ALL_VENDORS, {"type": str(vendors.EMPLOYEE)})):
            for page in self._vendors(path, filters):
                rows = [row for row in page.rows if isinstance(row, Unreadable) or row.kind in PAYEES]
                yield replace(page, rows=rows, raws=[])

    def reference_lists(self) -> Iterator[tuple[str, list[ReferenceFacts]]]:
        """Currencies, locations, departments, account codes; vendors come by `vendors`."""
        for kind, listing in lists.LISTS:
            rows = self._rows(listing)
            if listing is lists.CURRENCIES:
                self._currencies = {row.key: row.code for row in rows}
            yield kind, rows

    def vendor_entry(self, vendor: Vendor) -> ReferenceFacts:
        return lists.vendor_entry(vendor)

    def read_ahead(self) -> None:
        self._currencies_known()

    def unfit(self, values: Mapping[str, str]) -> dict[str, str]:
        return vendors.unfit(values, self._currency_ids() if values.get("currency") else {})

    def prepare_vendors(self, writes: Sequence[VendorWrite]) -> PreparedWrite:
        named = any(write.values.get("currency") for write in writes)
        return vendors.prepare(writes, self._currency_ids() if named else {})

    def send_vendors(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[VendorOutcome]:
        """At most once; Procurify has no idempotency keys, so `key` stays with us."""
        answer = self._http.write(
            prepared.method,
            prepared.path,
            body=prepared.body,
            headers={"Content-Type": "application/json"},
            template=prepared.template,
            sent_by=sent_by,
        )
        row = vendors.checked(prepared, answer)
        try:
            return [VendorOutcome(parse.vendor(row, self._currencies_known()))]
        except InvalidSourceError as error:
            raise OutcomeUnknownError(f"Procurify's answer cannot be read: {error}") from None

    def vendors_by_ids(self, ids: Sequence[str]) -> list[Vendor]:
        """One call each: no list shows inactive vendors, and none takes ids (2026-10)."""
        found = []
        for vendor_id in ids:
            if not vendors.VENDOR_ID.fullmatch(vendor_id):
                raise ProgrammingError("A vendor is read by its number.")
            try:
                with self._permission_checked():
                    answer = self._http.read(vendors.VENDOR.format(id=vendor_id), template=vendors.VENDOR)
            except GoneError:
                continue
            vendor = parse.vendor(_single(answer), self._currencies_known())
            if vendor.source_id != vendor_id:
                raise UnreadableAnswerError("Procurify answered with another vendor than the one asked for.")
            found.append(vendor)
        return found

    def vendors_marked(self, marks: Sequence[str]) -> dict[str, list[Vendor]]:
        """Whether the filter is exact is not stated (2026-10), so each row is compared again."""
        return {
            mark: [vendor for vendor in self._listed({"external_id": mark}) if vendor.external_ref == mark]
            for mark in marks
        }

    def vendors_named(self, name: str) -> list[Vendor]:
        return [vendor for vendor in self._listed({"name": name}) if vendor.name.casefold() == name.casefold()]

    def vendor_page(self, vendor_id: str) -> str:
        """Procurify does not say at which addresses its pages are (2026-10)."""
        return ""

    def _listed(self, filters: Mapping[str, str]) -> list[Vendor]:
        pages = self._vendors(vendors.ALL_VENDORS, filters)
        return [row for page in pages for row in page.rows if not isinstance(row, Unreadable)]

    def _vendors(self, path: str, filters: Mapping[str, str]) -> Iterator[Page[Vendor]]:
        currencies = self._currencies_known()
        changed = Listing(path, filters, lambda raw: parse.vendor(raw, currencies), changed=lambda row: row.modified_at)
        return self._scan(changed)

    def _currencies_known(self) -> Mapping[str, str]:
        if not self._currencies:
            self._currencies = {row.key: row.code for row in self._rows(lists.CURRENCIES)}
        return self._currencies

    def _currency_ids(self) -> dict[str, int]:
        return {code: int(key) for key, code in self._currencies_known().items()}

    def _rows(self, listing: Listing[ReferenceFacts]) -> list[ReferenceFacts]:
        """A whole list. A row that cannot be read is not offered, so whatever is mapped to it holds."""
        pages = self._scan(listing)
        return [row for page in pages for row in page.rows if not isinstance(row, Unreadable)]

    def _scan(self, listing: Listing[Row], first_page: int = 1) -> Iterator[Page[Row]]:
        with self._permission_checked():
            yield from Scan(self._http, listing).pages(first_page)

    @contextmanager
    def _permission_checked(self) -> Iterator[None]:
        """A 403 may be a narrow role or a suspension; users/me tells them apart (SuspendedError)."""
        try:
            yield
        except NeedsPermissionError:
            self.probe()
            raise


def _single(answer: Answer) -> Raw:
    body = answer.json()
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise UnreadableAnswerError(f"{answer.url_template} answered without a record.")
    return found
