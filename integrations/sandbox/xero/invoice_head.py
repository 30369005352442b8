"""Everything of a bill or invoice besides contact and lines."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Json
from .amounts import rounded, sent
from .dates import day_in, day_string, day_text
from .drafting import Draft
from .organisation import Organisation, new_id

LONGEST_NUMBER = 255


def head_of(draft: Draft, kind: str, status: str) -> Json:
    """The head's fields as stored; complains about what Xero refuses."""
    wanted, base = draft.wanted, draft.base
    head: Json = {
        "Type": kind,
        "InvoiceID": base.get("InvoiceID") or new_id(),
        "InvoiceNumber": draft.value("InvoiceNumber", ""),
        # Bills have no reference: what is sent is ignored and comes back empty.
        "Reference": "" if kind == "ACCPAY" else draft.value("Reference", ""),
        "Status": status,
        "LineAmountTypes": draft.value("LineAmountTypes", "Exclusive"),
        **_dates(draft, status),
        **_currency(draft),
    }
    for name in ("Url", "BrandingThemeID", "SentToContact"):
        if name in wanted:
            head[name] = wanted[name]
    _check_number(draft, kind, head["InvoiceNumber"])
    _check_url(draft, wanted.get("Url"))
    return head


def _dates(draft: Draft, status: str) -> Json:
    wanted, base = draft.wanted, draft.base
    day: date = wanted.get("Date") or (day_in(base["Date"]) if base else draft.organisation.today())
    due: date | None = wanted.get("DueDate") or (day_in(base["DueDate"]) if "DueDate" in base else None)
    found: Json = {"DateString": day_string(day), "Date": day_text(day)}
    if due is not None:
        found.update(DueDateString=day_string(due), DueDate=day_text(due))
    elif status == "AUTHORISED":
        draft.complaints.add("Due Date must be specified.")
    for name in ("PlannedPaymentDate", "ExpectedPaymentDate"):
        if name in wanted:
            found[name] = day_text(wanted[name])
    if message := draft.organisation.lock_message(day):
        draft.complaints.add(message)
    return found


def _currency(draft: Draft) -> Json:
    organisation, base = draft.organisation, draft.base
    code = str(draft.value("CurrencyCode", organisation.base_currency))
    if organisation.currencies.get(code) is None:
        draft.complaints.add(f"Organisation is not subscribed to currency {code}")
    rate: Any = base.get("CurrencyRate") if code == base.get("CurrencyCode") else None
    if "CurrencyRate" in draft.wanted and code != organisation.base_currency:
        rate = sent(rounded(draft.wanted["CurrencyRate"], 6))
    return {"CurrencyCode": code, "CurrencyRate": organisation.currency_rate(code) if rate is None else rate}


def sale_numbered(organisation: Organisation, number: str) -> Json | None:
    """The sales invoice with a number; deleted and voided ones have given theirs up."""
    rows = organisation.invoices.rows.values() if number else ()
    return next((row for row in rows if row["InvoiceNumber"] == number and _is_live_sale(row)), None)


def _is_live_sale(row: Json) -> bool:
    return row["Type"] == "ACCREC" and row["Status"] not in ("DELETED", "VOIDED")


def _check_number(draft: Draft, kind: str, number: str) -> None:
    if len(number) > LONGEST_NUMBER:
        draft.complaints.add(f"InvoiceNumber must not be more than {LONGEST_NUMBER} characters.")
    other = sale_numbered(draft.organisation, number) if kind == "ACCREC" else None
    if other is not None and other["InvoiceID"] != draft.base.get("InvoiceID"):
        draft.complaints.add("Invoice # must be unique.")


def _check_url(draft: Draft, url: str | None) -> None:
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        draft.complaints.add("Url must be a valid absolute url.")
    if "xero" in url.lower():
        draft.complaints.add("Url must not contain xero.")
