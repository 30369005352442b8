"""Bills to Xero's JSON, and the totals Xero will reach with it. Pure: the same bill gives the same bytes.

Xero keeps four decimals of quantities and unit amounts (with unitdp=4) and two of everything else; a line is
round2(quantity x unit amount), tax is rounded per line and added up (Accounting API, invoices, October 2026).
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.documents import Bill, BillAction, BillLine, BillWrite, PreparedWrite
from integrations.errors import ConfigurationError, HoldRecordError, MissingMappingError, ProgrammingError
from integrations.systems.exact_json import dumps
from integrations.systems.xero.system import XERO

INVOICES = "/api.xro/2.0/Invoices"
WRITE_PATH = f"{INVOICES}?summarizeErrors=false&unitdp=4"
CENT, TEN_THOUSANDTH, ONE = Decimal("0.01"), Decimal("0.0001"), Decimal(1)
LARGEST_LINE = Decimal("9999999999.99")


def prepare(writes: Sequence[BillWrite]) -> PreparedWrite:
    """One request over writes of one action. HoldRecordError names the bill that Xero cannot hold."""
    actions = {write.action for write in writes}
    if len(actions) != 1:
        raise ProgrammingError("One request to Xero creates, updates or deletes; never two of these.")
    method = "PUT" if actions == {BillAction.CREATE} else "POST"
    body = dumps({"Invoices": [_element(write) for write in writes]}).encode()
    return PreparedWrite(method, WRITE_PATH, INVOICES, body, len(writes))


def expected_totals(bill: Bill, rates: Mapping[str, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """(net, tax, total) as Xero will compute them from our payload (A28); `rates` are percentages by tax code."""
    net = tax = Decimal(0)
    for line in bill.lines:
        if line.is_text:
            continue
        quantity, unit = figures(line)
        amount = _cents(quantity * unit)
        net += amount
        tax += _tax(line, amount, rates)
    return net, tax, net + tax


def figures(line: BillLine) -> tuple[Decimal, Decimal]:
    """(quantity, unit amount) that give the line's net in Xero's decimals; quantity 1 if no others do (A16)."""
    if line.quantity and line.quantity == line.quantity.quantize(TEN_THOUSANDTH):
        asked = line.unit_amount if line.unit_amount is not None else line.net / line.quantity
        unit = asked.quantize(TEN_THOUSANDTH, rounding=ROUND_HALF_UP)
        if _cents(line.quantity * unit) == line.net:
            return line.quantity, unit
    return ONE, line.net


def check(bill: Bill) -> None:
    """HoldRecordError (cannot-represent) when Xero has no way to hold this bill; said before a batch is made of it."""
    _checked_number(bill)
    for line in bill.lines:
        _check(bill, line)


def fit_number(number: str) -> str:
    """The number as Xero will hold it: single blanks, and of a long one the end and a short hash (A41)."""
    text = " ".join(number.split())
    if len(text) <= XERO.number_limit:
        return text
    mark = "~" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return text[-(XERO.number_limit - len(mark)) :] + mark


def _element(write: BillWrite) -> dict[str, Any]:
    if write.action is BillAction.DELETE:
        return {"InvoiceID": _target(write), "Status": "DELETED"}
    if write.bill is None:
        raise ProgrammingError("Creating or updating a bill needs the bill.")
    if write.action is BillAction.UPDATE:
        # Lines sent without their LineItemID replace the stored ones (2026-10).
        element = {"InvoiceID": _target(write), **_invoice(write.bill)}
        if write.keeps_status:
            del element["Status"]
        return element
    return _invoice(write.bill)


def _target(write: BillWrite) -> str:
    if not write.target_id:
        raise ProgrammingError("Updating or deleting a bill needs its id.")
    return write.target_id


def _checked_number(bill: Bill) -> str:
    """The number as Xero will hold it, of a bill whose head Xero can hold."""
    if XERO.link_must_not_contain in bill.link.lower():
        raise ConfigurationError("Xero refuses links that contain its name: choose another SITE_URL.")
    number = fit_number(bill.number)
    if not (number and bill.contact and bill.lines):
        raise _cannot_hold(bill, "it has no number, no contact or no line")
    return number


def _invoice(bill: Bill) -> dict[str, Any]:
    number = _checked_number(bill)
    due = {"DueDate": bill.due_date.isoformat()} if bill.due_date else {}
    return {
        "Type": "ACCPAY",
        "Contact": {"ContactID": bill.contact},
        "InvoiceNumber": number,
        "Date": bill.date.isoformat(),
        **due,
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": bill.currency,
        "Status": "DRAFT",
        "Url": bill.link,
        "LineItems": [_line(bill, line) for line in bill.lines],
    }


def _line(bill: Bill, line: BillLine) -> dict[str, Any]:
    _check(bill, line)
    if line.is_text:
        return {"Description": _text(line.description, "")}
    quantity, unit = figures(line)
    true_quantity = "" if quantity == line.quantity else f" (quantity {_plain(line.quantity)})"
    explicit = {} if line.tax_amount is None else {"TaxAmount": _plain(line.tax_amount)}
    tracked = [{"TrackingCategoryID": t.category, "TrackingOptionID": t.option} for t in line.tracking]
    return {
        "Description": _text(line.description, true_quantity),
        "Quantity": _plain(quantity),
        "UnitAmount": _plain(unit),
        "AccountCode": line.account,
        "TaxType": line.tax_code,
        **explicit,
        **({"Tracking": tracked} if tracked else {}),
    }


def _check(bill: Bill, line: BillLine) -> None:
    """What Xero would refuse, drop silently or fill with a default of its own."""
    if line.is_text:
        return
    if not line.tax_code:
        raise ProgrammingError("Every line is sent with a tax code, “no tax” included (A43).")
    amounts = [line.net] if line.tax_amount is None else [line.net, line.tax_amount]
    if any(amount != _cents(amount) for amount in amounts):
        raise _cannot_hold(bill, f"“{line.description[:60]}” has parts of a cent")
    if abs(line.net) > LARGEST_LINE:
        raise _cannot_hold(bill, f"“{line.description[:60]}” is larger than {LARGEST_LINE}")
    if len(line.tracking) > XERO.max_tracking:
        raise _cannot_hold(bill, f"“{line.description[:60]}” has more than two tracking categories")


def _cannot_hold(bill: Bill, why: str) -> HoldRecordError:
    return HoldRecordError(f"Xero cannot hold bill {bill.number[:60]}: {why}.", reason="cannot-represent")


def _text(description: str, ending: str) -> str:
    """At most 4,000 characters, the ending always among them; a line must have a text."""
    clean = description
    if not clean.isprintable():
        clean = "".join(sign for sign in clean if sign.isprintable() or sign == "\n")
    clean = clean.strip()
    room = XERO.text_limit - len(ending)
    short = clean if len(clean) <= room else clean[: room - 1] + "…"
    return (short or "(no description)") + ending


def _tax(line: BillLine, amount: Decimal, rates: Mapping[str, Decimal]) -> Decimal:
    if line.tax_amount is not None:
        return line.tax_amount
    if line.tax_code not in rates:
        raise MissingMappingError(f"The rate of tax code {line.tax_code} is not known.")
    return _cents(amount * rates[line.tax_code] / 100)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _plain(number: Decimal) -> Decimal:
    """Without exponent and trailing zeros: the same amount is always written the same way."""
    return Decimal(format(number.normalize(), "f"))
