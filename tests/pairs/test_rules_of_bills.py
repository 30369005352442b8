"""The rules of suppliers' bills by their numbers: as stories, and from the bill as read to the bill as posted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.documents import Bill, BillLine, Card, ExtraCost, Line
from integrations.models import Integration, Work
from integrations.money import ZERO
from integrations.pairs.flow import GOES_ON, Place, Translation, Verdict
from integrations.pairs.procurify_xero import bills, posting
from integrations.places import lines
from integrations.reconciliation import making
from integrations.source_documents import SupplierBill, SupplierBillKind, SupplierBillState, SupplierBillSummary
from integrations.systems.xero.payloads import expected_totals, fit_number
from mappings.models import AccountRow, ReferenceEntry
from mappings.tables import ExtraCostRow, Tables
from tests import world as worlds
from tests.pairs.billing import SERVICE, thousand, totals
from tests.pairs.orders import GST, LINK, VENDOR, line, part, tables, terms
from tests.portal.conftest import person
from tests.world import World

D = Decimal


def bill(*lines: Line, total: str | None = None, costs: tuple[ExtraCost, ...] = (), **more: Any) -> SupplierBill:
    """A bill that adds up, unless `total` says otherwise."""
    lines = lines or (line(),)
    parts = (*(each.amount + each.tax_amount for each in lines), *(cost.amount for cost in costs))
    whole = D(total) if total is not None else sum(parts, ZERO)
    summary = SupplierBillSummary(
        source_id="613", read_by="a1", number="INV-7", version="1", state=SupplierBillState.APPROVED,
        kind=more.pop("kind", SupplierBillKind.ORDER), date=date(2026, 5, 1), due_date=date(2026, 6, 1),
        posting_date=None, modified_at=datetime(2026, 5, 3, tzinfo=UTC), vendor=VENDOR,
        currency=more.pop("currency", "USD"), total=whole,
    )  # fmt: skip
    facts: dict[str, Any] = {"total_with_tax": whole, "approved_on": date(2026, 5, 2), "approved_by": "Priya Shah"}
    return SupplierBill(summary=summary, lines=lines, extra_costs=costs, **(facts | more))


def judged(given: SupplierBill, **more: Any) -> Verdict:
    return bills.judge(given, terms(bills_from="both", **more))


def translated(given: SupplierBill, with_: Tables | None = None, **more: Any) -> Translation:
    return posting.translate(given, with_ or tables(), terms(bills_from="both", **more), LINK, expected_totals)


def posted(given: SupplierBill, with_: Tables | None = None) -> Bill:
    found = translated(given, with_)
    assert found.bill is not None, (found.gaps, found.holds)
    return found.bill


def booked(given: Bill) -> list[BillLine]:
    return [each for each in given.lines if not each.is_text]


# What is owed


def test_a23_an_invoice_total_that_differs_from_the_parts_is_held_with_both_figures() -> None:
    verdict = judged(bill(line("100.00", taxes=()), invoice_total=D("100.01")))
    assert (verdict.place, verdict.reason) == (Place.HELD, "billed-figures-disagree")
    assert "100.01 USD" in verdict.why
    assert "100.00" in verdict.why
    assert judged(bill(line("100.00", taxes=()), invoice_total=D("100.00"))) is GOES_ON


@pytest.mark.django_db(transaction=True)
def test_a23_the_suppliers_total_counts_where_there_is_one_and_both_have_to_agree(world: World) -> None:
    for number, invoice_total in (("EMPTY", None), ("ZERO", 0), ("EQUAL", 90.0), ("OTHER", 90.01)):
        world.invoice(number, items=SERVICE, invoice_total=invoice_total)
    world.run()
    assert totals(world) == {"EMPTY": 90.0, "ZERO": 90.0, "EQUAL": 90.0}
    record = world.record("OTHER")
    assert (record.work, record.hold_reason) == (Work.HELD, "billed-figures-disagree")
    assert "90.01 USD" in record.explanation
    assert "90.00" in record.explanation


@pytest.mark.django_db(transaction=True)
def test_a1_an_order_of_1000_posted_as_a_draft_is_owed_nothing(world: World) -> None:
    """Drafts 1,000, payables 0.00: on the line of the integration, in the report and in Xero's own balance."""
    thousand(world)
    world.run()
    [found] = [each for each in lines(Integration.objects.all()) if each.flow == "purchase-orders"]
    assert found.places["draft"].amounts == {"USD": D(1000)}
    assert found.places["ledger"].count == 0
    run = making.ask(world.integration, timezone.now().date(), person("anna", "Accounting staff"), with_balances=True)
    row = run.lines.get()
    assert (row.draft, row.ledger, row.ledger_count) == (D(1000), D(0), 0)
    balance = run.balances.get()
    assert (balance.drafts, balance.ours, balance.balance) == (D(1000), D(0), D(0))
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.run()
    [found] = [each for each in lines(Integration.objects.all()) if each.flow == "purchase-orders"]
    assert found.places["ledger"].amounts == {"USD": D(1000)}
    assert found.places["draft"].count == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["number", "line"])
def test_a14_a_typed_bill_that_names_the_order_holds_it_and_not_its_suppliers_bill(world: World, text: str) -> None:
    """Orders look for bills that name them; the supplier's bill itself is compared by its own number (A40)."""
    contact = world.sandbox.xero.contact(worlds.VENDOR, tenant=world.tenant)["ContactID"]
    number, words = ("PF1", "Steel") if text == "number" else ("T-1", "Steel for PF1")
    row = {"Description": words, "Quantity": 1, "UnitAmount": 900, "AccountCode": "400", "TaxType": "NONE"}
    world.sandbox.xero.add_bill(contact, number=number, lines=[row], tenant=world.tenant)
    thousand(world)
    world.run()
    assert world.record("PF1").hold_reason == "possible-duplicate"
    assert len(world.bills) == 1


@pytest.mark.django_db(transaction=True)
def test_a14_a_bills_draft_that_a_person_deleted_is_never_made_again_without_a_decision(world: World) -> None:
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    world.sandbox.xero.delete_bill(world.bill("SRV-1")["InvoiceID"], tenant=world.tenant)
    world.run()
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-1", due_date="2026-12-24T00:00:00-08:00")
    world.run()
    assert world.bills == []
    assert world.record("SRV-1").hold_reason == "removed-in-target"


@pytest.mark.django_db(transaction=True)
def test_a39_a_changed_row_leaves_a_bill_that_stands_and_counts_for_the_next(world: World) -> None:
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    world.sandbox.xero.approve_bill(world.bill("SRV-1")["InvoiceID"], tenant=world.tenant)
    row = AccountRow.objects.get(scope=world.integration.scope, source_code="6100")
    row.target = ReferenceEntry.objects.get(books=world.integration.scope.target_books, kind="account", code="429")
    row.save()
    world.invoice("SRV-2", items=[{**SERVICE[0], "amount": D(91)}])
    world.run()
    assert accounts_of(world, "SRV-1") == {"400"}
    assert accounts_of(world, "SRV-2") == {"429"}
    assert world.record("SRV-1").work == Work.DONE


def accounts_of(world: World, number: str) -> set[str]:
    return {each["AccountCode"] for each in world.bill(number)["LineItems"] if each.get("AccountCode")}


# Lines and totals


def test_a24_a_bill_has_one_line_per_allocation_and_then_one_per_extra_cost() -> None:
    split = line("100.00", allocations=(part("60.00"), part("40.00", "6200")))
    found = posted(bill(split, costs=(ExtraCost("Freight", D("12.00")),)))
    assert [(each.account, each.net) for each in booked(found)] == [
        ("400", D("60.00")), ("410", D("40.00")), ("425", D("12.00")),
    ]  # fmt: skip
    assert (found.net, found.tax, found.total) == (D("112.00"), D("5.00"), D("117.00"))


def test_a53_a_cost_booked_as_allocated_takes_its_own_code_and_dimensions_and_no_items_tax() -> None:
    rows = {"freight": ExtraCostRow("extra-cost", 25, 1, treatment="as allocated")}
    cost = ExtraCost("Freight", D("12.00"), part("12.00", "6200", department="15"))
    found = posted(bill(line("100.00"), costs=(cost,)), tables(extra_costs=rows))
    item, freight = booked(found)
    assert (freight.description, freight.account, freight.net, freight.tax_code) == (
        "Freight", "410", D("12.00"), "NONE",
    )  # fmt: skip
    assert freight.tracking != item.tracking
    assert (found.net, found.tax) == (D("112.00"), D("5.00"))


def test_a24_gross_allocations_of_a_bill_are_turned_to_net_and_a_mixture_is_held() -> None:
    gross = line("200.00", allocations=(part("105.00"), part("105.00", "6200")))
    assert [each.net for each in booked(posted(bill(gross)))] == [D("100.00"), D("100.00")]
    net = line("100.00", allocations=(part("100.00"),), source_id="2")
    mixed = translated(bill(gross, net))
    assert mixed.bill is None
    assert "add up to" in mixed.holds[0].message


def test_a26_a_billed_hundred_over_three_departments_is_the_first_line_first() -> None:
    thirds = tuple(part("33.33333333", department=each) for each in ("14", "14", "14"))
    found = posted(bill(line("100.00", taxes=(), allocations=thirds)))
    assert [each.net for each in booked(found)] == [D("33.34"), D("33.33"), D("33.33")]


@pytest.mark.parametrize("off", ["0.01", "-0.01"])
def test_a27_a_cent_of_a_bill_goes_to_the_rounding_account_and_more_is_held(off: str) -> None:
    rounding = posted(bill(line("100.00", taxes=()), total=str(100 + D(off))))
    last = booked(rounding)[-1]
    assert (last.account, last.net, last.tax_code) == ("860", D(off), "NONE")
    assert booked(rounding)[0].net == D("100.00"), "an item's amount never changes"
    assert rounding.total == 100 + D(off)
    too_much = translated(bill(line("100.00", taxes=()), total=str(100 + 2 * D(off))))
    assert too_much.bill is None
    assert "100.00" in too_much.holds[0].message
    without = translated(bill(line("100.00", taxes=()), total=str(100 + D(off))), tables(rounding_account=""))
    assert without.bill is None
    assert without.gaps or without.holds


def test_a28_tax_is_sent_where_the_target_would_come_to_another_total_and_else_left_to_it() -> None:
    assert all(each.tax_amount is None for each in booked(posted(bill(line("100.00")))))
    odd = posted(bill(line("100.00", tax="5.01")))
    assert [each.tax_amount for each in booked(odd)] == [D("5.01")]
    assert expected_totals(odd, {"INPUT": D(5)})[2] == odd.total == D("105.01")
    held = translated(bill(line("100.00", tax="5.02")))
    assert held.bill is None
    assert held.holds[0].reason == "tax-differs"


def test_a30_a_bill_of_zero_is_held_and_a_negative_line_is_a_line_with_its_sign() -> None:
    nothing = bill(line("50.00", taxes=()), line("-50.00", taxes=(), source_id="2"))
    verdict = judged(nothing)
    assert (verdict.place, verdict.reason) == (Place.HELD, "zero-total")
    found = posted(bill(line("100.00"), line("-20.00", source_id="2")))
    assert [each.net for each in booked(found)] == [D("100.00"), D("-20.00")]
    assert (found.tax, found.total) == (D("4.00"), D("84.00"))


def test_a31_a_negative_bill_is_a_credit_and_held() -> None:
    verdict = judged(bill(line("-20.00", taxes=())))
    assert (verdict.place, verdict.reason) == (Place.HELD, "credit")
    assert "-20.00 USD" in verdict.why


@pytest.mark.parametrize("kind", [SupplierBillKind.CARD, SupplierBillKind.EXPENSE])
def test_a32_card_and_expense_bills_are_excluded_and_never_the_shops(kind: SupplierBillKind) -> None:
    given = bill(kind=kind)
    early = bills.place(given.summary, terms(bills_from="both"))
    assert (early.place, judged(given).place) == (Place.EXCLUDED, Place.EXCLUDED)
    assert early.why == judged(given).why


def test_a32_an_order_bill_that_was_paid_by_card_is_excluded_as_well() -> None:
    assert judged(bill(card=Card("12", "Operations Visa"))).place is Place.EXCLUDED


def test_a35_items_in_two_currencies_are_held() -> None:
    verdict = judged(bill(line(currency="USD"), line(currency="CAD", source_id="2")))
    assert (verdict.place, verdict.reason) == (Place.HELD, "invalid-source")
    assert "CAD" in verdict.why


def test_a25_what_a_bill_allocates_to_a_tax_account_is_tax_and_no_line() -> None:
    coded = line("100.00", taxes=(GST,), allocations=(part("100.00"), part("5.00", "2300")))
    found = translated(bill(coded))
    assert found.bill is not None
    assert [each.account for each in booked(found.bill)] == ["400"]
    wrong = line("100.00", taxes=(GST,), allocations=(part("100.00"), part("4.00", "2300")))
    assert translated(bill(wrong)).bill is None


def test_a41_a_number_longer_than_the_target_takes_keeps_its_end_and_a_hash() -> None:
    """The end tells a supplier's invoices apart; the whole of it stands in a text line."""
    found = []
    for at in (1, 2):
        given = bill()
        number = "9" * 250 + f"-INV-{at}-2026"
        made = posted(replace(given, summary=replace(given.summary, number=number)))
        assert f"Supplier's number: {number}" in [each.description for each in made.lines if each.is_text]
        end, mark, digest = fit_number(made.number).rpartition("~")
        assert (mark, len(digest), len(end) + 9) == ("~", 8, 255)
        assert number.endswith(end)
        found.append(digest)
    assert len(set(found)) == 2


def test_a38_what_a_bill_says_is_the_same_paid_or_not_and_in_every_version() -> None:
    given = bill()
    paid = replace(
        given,
        summary=replace(given.summary, state=SupplierBillState.PAID, read_by="b2"),
        marked_paid_on=date(2026, 6, 1),
    )
    assert paid.as_unpaid == given.as_unpaid
    assert replace(given, summary=replace(given.summary, number="INV-8")).as_unpaid != given.as_unpaid
