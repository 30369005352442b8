"""A supplier's bill as it is posted: checked completely before anything of its orders' drafts is touched (A10)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from integrations.days import in_full
from integrations.documents import Bill, BillLine
from integrations.errors import InvalidSourceError
from integrations.money import ZERO
from integrations.pairs.due_dates import due_date
from integrations.pairs.flow import ALONE, Around, Claim, Hold, Note, Terms, TotalsRule, Translation
from integrations.pairs.lookups import Lookups
from integrations.pairs.order_lines import bill_lines
from integrations.pairs.order_totals import bill_figures
from integrations.pairs.procurify_xero import payees, taking_over
from integrations.pairs.procurify_xero.checking import checked, nothing, unseen_approval, used
from integrations.source_documents import SupplierBill
from mappings.tables import Tables


def translate(
    bill: SupplierBill, tables: Tables, terms: Terms, link: str, totals: TotalsRule, around: Around = ALONE
) -> Translation:
    """The bill to post with what it takes over of its orders, or every gap and hold there is."""
    summary = bill.summary
    lookups = Lookups(tables, summary.currency, summary.vendor.country)
    contact = lookups.vendor(payees.owed_to(bill, terms), terms.doubtful_vendors)
    if summary.currency not in terms.currencies:
        lookups.lacks_currency(terms.target_label)
    try:
        found = bill_figures(bill, terms.target_decimals)
        lines, tax = bill_lines(bill.lines, bill.extra_costs, found, lookups, terms)
    except InvalidSourceError as error:
        lookups.hold(error.reason, str(error))
        return nothing(lookups)
    claims = taking_over.claims_of(bill, found.nets, around)
    passed = _passed(bill, claims, lookups, terms, around)
    day = _day(bill, lookups, terms, around)
    if day is None or lookups.gaps or lookups.holds:
        return replace(nothing(lookups), claims=claims)
    due, due_flag = due_date(summary.due_date, day, bill.payment_terms, terms.contact_terms.get(contact, ""))
    paid = around.said_paid if around.stands else bill.is_paid
    paid_on = around.paid_on if around.stands else bill.paid_on
    posted = Bill(
        contact=contact,
        number=summary.number,
        date=day,
        due_date=due,
        currency=summary.currency,
        lines=(*_texts(bill, terms, paid, paid_on), *lines),
        net=sum((line.net for line in lines), ZERO),
        tax=tax,
        total=summary.total,
        link=link,
    )
    chosen, flags = checked(posted, lookups, terms, totals)
    if chosen is None:
        return replace(nothing(lookups), claims=claims)
    return Translation(
        chosen,
        flags=(*_flags(bill, posted, terms), *taking_over.before_receipt(claims, around, terms), *due_flag, *flags),
        used=used(lookups),
        passed=passed,
        claims=claims,
        whole_order=taking_over.takes_whole(claims, around),
        paid_on=paid_on if paid else None,
        says_paid=paid,
    )


def _passed(
    bill: SupplierBill, claims: Sequence[Claim], lookups: Lookups, terms: Terms, around: Around
) -> tuple[Hold, ...]:
    """Hold what does not fit the bill's orders or the open months; what somebody approved of it is let pass."""
    for hold in (*taking_over.unjoined(bill, around), *taking_over.mismatches(bill, around, terms)):
        lookups.hold(hold.reason, hold.message)
    found = (*taking_over.over_billed(claims, around, terms), *_closed(bill, terms, around))
    for hold in found:
        if hold.reason not in around.accepted:
            lookups.hold(hold.reason, hold.message)
    return tuple(hold for hold in found if hold.reason in around.accepted)


def do_not_pay(day: date | None) -> str:
    """The words of A33, in the target and on the record."""
    return f"Paid in procurement{f' on {in_full(day)}' if day else ''}, do not pay"


def _texts(bill: SupplierBill, terms: Terms, paid: bool, paid_on: date | None) -> list[BillLine]:
    texts = [BillLine(do_not_pay(paid_on))] if paid else []
    if shop := payees.bought_from(bill, terms):
        texts.append(BillLine(shop))
    if len(bill.summary.number) > terms.number_limit:
        texts.append(BillLine(f"Supplier's number: {bill.summary.number}"))
    return texts


def _written_day(bill: SupplierBill, terms: Terms) -> date | None:
    """The invoice date, or the source's posting date by setting (A62)."""
    if terms.date_from == "posting" and bill.summary.posting_date:
        return bill.summary.posting_date
    return bill.summary.date


def _day(bill: SupplierBill, lookups: Lookups, terms: Terms, around: Around) -> date | None:
    """The day it is posted on; a supervisor may have chosen another than its own (A63)."""
    day = around.chosen_day or _written_day(bill, terms)
    if day is None:
        lookups.hold("invalid-source", "The bill has no invoice date. Enter it at the source.")
    elif around.chosen_day and terms.first_open_day and day < terms.first_open_day and not around.stands:
        lookups.hold(
            "invalid-source", f"The day that was chosen, {in_full(day)}, has been closed since. Choose another."
        )
    return day


def _closed(bill: SupplierBill, terms: Terms, around: Around) -> list[Hold]:
    """A day in a closed period holds; what stands already keeps its day (A63)."""
    day, first = _written_day(bill, terms), terms.first_open_day
    if day is None or around.stands or first is None or day >= first:
        return []
    given = bill.summary.posting_date
    other = f", or its posting date {in_full(given)}" if given and given >= first else ""
    return [
        Hold(
            "closed-period",
            f"It is dated {in_full(day)}, and {terms.target_label} is closed until {in_full(terms.locked_until)}. A "
            f"supervisor may release it on the first open day {in_full(first)}{other}.",
        )
    ]


def _flags(bill: SupplierBill, posted: Bill, terms: Terms) -> list[Note]:
    notes = unseen_approval(bill.approved_by, bill.created_by, "bill")
    written = _written_day(bill, terms)
    if written and posted.date != written:
        notes.append(
            Note("re-dated", f"The bill is dated {in_full(written)}; it was posted on {in_full(posted.date)}.")
        )
    if not bill.summary.has_number:
        notes.append(Note("no-number", f"The supplier gave no number; it is posted as {bill.summary.number}."))
    return notes
