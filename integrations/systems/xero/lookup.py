"""Finding bills and contacts at Xero by what we know of them, as live as Xero is (E2)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.documents import BillStatus, StoredBill, Unreadable, Vendor
from integrations.errors import FilterIgnoredError, UnreadableAnswerError
from integrations.http import Http
from integrations.systems.protocols import Sought
from integrations.systems.xero.incremental import Sweep, envelope, pages
from integrations.systems.xero.parse import stored_bill, stored_credit
from integrations.systems.xero.payloads import INVOICES, fit_number
from integrations.systems.xero.system import XERO
from integrations.systems.xero.vendors import CONTACTS, marked, vendor

IDS_PER_CALL = 40
CHARACTERS_PER_CALL = 1500
MARKS_PER_CALL = 20
MOST_PAGES = 50
# Between our clock and Xero's; a document is looked for from this long before it was meant.
CLOCKS_APART = timedelta(minutes=10)

BILLS = Sweep(
    INVOICES,
    "Invoices",
    "InvoiceID",
    {"where": 'Type=="ACCPAY"', "unitdp": "4"},
    stored_bill,
    lambda raw: raw.get("Type") == "ACCPAY",
)

CREDITS = Sweep(
    "/api.xro/2.0/CreditNotes",
    "CreditNotes",
    "CreditNoteID",
    {"where": 'Type=="ACCPAYCREDIT"'},
    stored_credit,
    lambda raw: raw.get("Type") == "ACCPAYCREDIT",
)


def by_ids(http: Http, target_ids: Sequence[str]) -> Iterator[StoredBill]:
    """Those that Xero still shows. FilterIgnoredError when it shows others, too."""
    for some in chunks(target_ids, IDS_PER_CALL, CHARACTERS_PER_CALL):
        wanted = {target_id.lower() for target_id in some}
        for raw in rows(http, {"IDs": ",".join(some)}):
            bill = stored_bill(raw)
            if bill.target_id.lower() not in wanted:
                raise FilterIgnoredError("Xero shows bills that were not asked for.")
            yield bill


def find(http: Http, sought: Sequence[Sought], since: datetime | None) -> dict[str, list[StoredBill]]:
    """Per link the bills that carry exactly it, removed ones included.

    First by number; what is not found standing by that, and `since` says when it was meant, among everything changed
    since then: a person may already have typed the supplier's number over ours, and one of ours that was removed
    before may bear it still.
    """
    found: dict[str, list[StoredBill]] = {one.link: [] for one in sought}
    for query in _queries(sought):
        for raw in rows(http, query):
            _take(found, raw)
    if since and not all(any(bill.status is not BillStatus.REMOVED for bill in bills) for bills in found.values()):
        for page in pages(http, BILLS, since - CLOCKS_APART):
            for row in page.rows:
                if not isinstance(row, Unreadable):
                    _add(found, row)
    return found


def contacts_by_ids(http: Http, ids: Sequence[str]) -> list[Vendor]:
    """Those that Xero still shows, archived ones too. FilterIgnoredError when it shows others."""
    found = []
    for some in chunks(ids, IDS_PER_CALL, CHARACTERS_PER_CALL):
        wanted = {contact_id.lower() for contact_id in some}
        for raw in rows(http, {"IDs": ",".join(some), "includeArchived": "true"}, CONTACTS, "Contacts"):
            contact = vendor(raw)
            if contact.source_id.lower() not in wanted:
                raise FilterIgnoredError("Xero shows contacts that were not asked for.")
            found.append(contact)
    return found


def contacts_marked(http: Http, marks: Sequence[str]) -> dict[str, list[Vendor]]:
    """Per mark the contacts whose number is exactly it; numbers are unique over archived contacts, too (2026-10)."""
    found: dict[str, list[Vendor]] = {mark: [] for mark in marks}
    for some in chunks(list(found), MARKS_PER_CALL, CHARACTERS_PER_CALL):
        query = {"where": " OR ".join(map(marked, some)), "includeArchived": "true"}
        for raw in rows(http, query, CONTACTS, "Contacts"):
            contact = vendor(raw)
            if contact.external_ref in found:
                found[contact.external_ref].append(contact)
    return found


def _queries(sought: Iterable[Sought]) -> Iterator[Mapping[str, str]]:
    """Numbers in lists; one with a comma would be read as two, so it gets a query of its own."""
    numbers: list[str] = []
    for one in sought:
        number = fit_number(one.number)
        if "," in number:
            yield {"where": _where(number, one.contact)}
        elif number not in numbers:
            numbers.append(number)
    for some in chunks(numbers, IDS_PER_CALL, CHARACTERS_PER_CALL):
        yield {"InvoiceNumbers": ",".join(some), "where": 'Type=="ACCPAY"'}


def _where(number: str, contact: str) -> str:
    """A quotation mark inside a text is doubled; a backslash before it would be refused (2026-10)."""
    quoted = number.replace('"', '""')
    return f'Type=="ACCPAY" AND InvoiceNumber=="{quoted}" AND Contact.ContactID==guid("{contact}")'


def rows(http: Http, query: Mapping[str, str], path: str = INVOICES, plural: str = "Invoices") -> Iterator[Any]:
    """Every row of a query, page by page; without `page` Xero leaves fields and lines out."""
    decimals = {"unitdp": "4"} if path == INVOICES else {}
    for page in range(1, MOST_PAGES + 1):
        asked = {**query, **decimals, "page": str(page), "pageSize": str(XERO.page_size)}
        answer = http.read(path, params=asked)
        rows, paging = envelope(answer.json(), plural, answer.url_template)
        yield from rows
        if page >= paging.page_count if paging else len(rows) < XERO.page_size:
            return
    raise UnreadableAnswerError("Xero's answer to a look-up does not end.")


def _take(found: dict[str, list[StoredBill]], raw: Any) -> None:
    if isinstance(raw, dict) and isinstance(raw.get("Url"), str) and raw["Url"] in found:
        _add(found, stored_bill(raw))


def _add(found: dict[str, list[StoredBill]], bill: StoredBill) -> None:
    known = found.get(bill.link)
    if known is not None and all(bill.target_id != other.target_id for other in known):
        known.append(bill)


def chunks(texts: Sequence[str], most: int, characters: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    for text in texts:
        if chunk and (len(chunk) >= most or sum(map(len, chunk)) + len(text) > characters):
            yield chunk
            chunk = []
        chunk.append(text)
    if chunk:
        yield chunk
