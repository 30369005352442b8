"""Bills as requisitions of a commitment, one after another, and what was paid of them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from integrations.errors import (
    GoneError,
    HoldRecordError,
    NotSentError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
)
from integrations.project_documents import (
    ContractPayment,
    DirectCost,
    DirectCostLine,
    DirectCostStatus,
    RequisitionStatus,
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredRequisition,
)
from integrations.project_writes import (
    DirectCostWrite,
    PaymentRemoval,
    PaymentWrite,
    RequisitionChange,
    RequisitionRemoval,
    RequisitionWrite,
)
from tests.systems.procore.office import Office

INVOICES, PAYMENTS = "^/rest/v1.1/requisitions$", "^/rest/v1.0/contract_payments$"
MARCH = date(2026, 3, 2)


def billed(office: Office, order: StoredCommitment, amount: str, reference: str) -> StoredRequisition:
    stored = office.send(RequisitionWrite(office.invoice(order, amount, reference))).stored
    assert isinstance(stored, StoredRequisition)
    return stored


def paid(order: StoredCommitment, invoice: StoredRequisition, amount: str, reference: str) -> ContractPayment:
    return ContractPayment(
        order.project, order.target_id, invoice.target_id, reference, Decimal(amount), MARCH, invoice.number
    )


def test_a_bill_bills_the_lines_it_names_and_its_payments_move_the_commitment(office: Office) -> None:
    order = office.order("PO-1", "1000.00", "50.00")
    invoice = billed(office, order, "400.00", "xero:inv:1")
    assert [invoice.total, invoice.due, invoice.retained, invoice.sequence] == [400, 400, 0, 1]
    assert [item.amount for item in invoice.items or ()] == [400, 0]
    assert (invoice.number, invoice.date, invoice.status) == ("INV-7", date(2026, 2, 18), RequisitionStatus.DRAFT)
    for amount, reference in (("150.00", "xero:pay:1"), ("250.00", "xero:pay:2")):
        office.send(PaymentWrite(paid(order, invoice, amount, reference)))
    (stored,) = office.books().commitments(office.project, [order.target_id])
    assert [stored.invoiced, stored.paid] == [400, 400]
    assert office.books().requisitions(office.project, order.target_id)[0].due == 0
    office.send(
        RequisitionChange(office.project, order.target_id, invoice.target_id, RequisitionStatus.APPROVED, MARCH)
    )
    (changed,) = office.books().requisitions(office.project, order.target_id)
    assert (changed.status, changed.payment_date) == (RequisitionStatus.APPROVED, MARCH)


def test_only_the_newest_bill_of_a_commitment_changes(office: Office) -> None:
    order = office.order()
    first, second = (billed(office, order, "100.00", f"xero:inv:{number}") for number in (1, 2))
    chain = office.books().requisitions(office.project, order.target_id)
    assert [(each.sequence, each.previous) for each in chain] == [(1, ""), (2, first.target_id)]
    with pytest.raises(RejectedError, match="most recently created"):
        office.send(RequisitionRemoval(office.project, order.target_id, first.target_id))
    for invoice in (second, first):
        office.send(RequisitionRemoval(office.project, order.target_id, invoice.target_id))
    assert office.books().requisitions(office.project, order.target_id) == []


@pytest.mark.parametrize("effect", ["lose_answer", "cut_body"])
def test_a_bill_whose_answer_is_lost_is_found_by_our_reference_alone_e2(office: Office, effect: str) -> None:
    order = office.order()
    write = RequisitionWrite(office.invoice(order))
    assert order.lines
    office.people.add_invoice(int(order.target_id), {int(order.lines[0].line_id): "400.00"}, invoice_number="INV-7")
    office.fails(effect, INVOICES, "POST")
    with pytest.raises(OutcomeUnknownError):
        office.outcomes(write)
    (found,) = office.books().find(write)
    assert isinstance(found, StoredRequisition)
    assert found.reference == "xero:inv:7"
    assert len(office.books().requisitions(office.project, order.target_id)) == 2


@pytest.mark.parametrize("effect", ["lose_answer", "refuse"])
def test_a_payment_whose_answer_is_lost_is_looked_up(office: Office, effect: str) -> None:
    order = office.order()
    invoice = billed(office, order, "400.00", "xero:inv:1")
    office.people.add_payment(int(order.target_id), "400.00", date="2026-03-02", invoice_number="INV-7")
    write = PaymentWrite(paid(order, invoice, "400.00", "xero:pay:1"))
    office.fails(effect, PAYMENTS, "POST")
    with pytest.raises(OutcomeUnknownError):
        office.outcomes(write)
    assert len(office.books().find(write)) == (1 if effect == "lose_answer" else 0)


def test_a_reversed_payment_is_taken_back_and_found_gone(office: Office) -> None:
    order = office.order()
    invoice = billed(office, order, "400.00", "xero:inv:1")
    stored = office.send(PaymentWrite(paid(order, invoice, "400.00", "xero:pay:1"))).stored
    assert isinstance(stored, StoredContractPayment)
    assert (stored.amount, stored.requisition, stored.date) == (Decimal(400), invoice.target_id, MARCH)
    removal = PaymentRemoval(office.project, order.target_id, stored.target_id)
    assert office.books().find(removal) == [stored]
    office.send(removal)
    assert office.books().find(removal) == []
    with pytest.raises(GoneError):
        office.send(removal)


def test_without_an_open_period_or_with_the_vendors_own_schedule_it_is_refused_in_words(office: Office) -> None:
    order = office.order()
    invoice = office.invoice(order)
    with pytest.raises(RejectedError, match="period id"):
        office.send(RequisitionWrite(replace(invoice, period="5")))
    office.people.enable_ssov(int(order.target_id))
    with pytest.raises(RejectedError, match="schedule of values is not approved"):
        office.send(RequisitionWrite(invoice))


def test_a_bill_that_does_not_add_up_never_leaves(office: Office) -> None:
    order = office.order()
    with pytest.raises(HoldRecordError):
        office.books().prepare([RequisitionWrite(replace(office.invoice(order), total=Decimal("1.00")))])


def test_a_locked_payment_is_told_as_locked(office: Office) -> None:
    order = office.order()
    office.people.add_payment(int(order.target_id), "5.00", origin_id="another-erp:1")
    (found,) = office.books().payments(office.project, order.target_id)
    assert found.locked
    with pytest.raises(RejectedError, match="synced with ERP"):
        office.send(PaymentRemoval(office.project, order.target_id, found.target_id))


def test_a_bill_without_an_order_becomes_a_direct_cost_and_is_found_by_its_reference(office: Office) -> None:
    lines = (
        DirectCostLine(office.concrete, "Sand", Decimal("30.00")),
        DirectCostLine(office.steel, "Wire", Decimal("12.50")),
    )
    cost = DirectCost(
        office.project, "xero:inv:9", office.vendor, "INV-9", MARCH, DirectCostStatus.APPROVED, lines, Decimal("42.50")
    )
    stored = office.send(DirectCostWrite(cost)).stored
    assert isinstance(stored, StoredDirectCost)
    assert (stored.total, stored.number, stored.vendor) == (Decimal("42.50"), "INV-9", office.vendor)
    assert office.books().find(DirectCostWrite(cost)) == [stored]
    assert office.books().find(DirectCostWrite(replace(cost, reference="xero:inv:10"))) == []
    assert office.people.budget(int(office.project), "03-300.M")["direct_costs"] == "30.00"


@pytest.mark.parametrize(("window", "least"), [("spike", 0), ("hour", 60)])
def test_a_write_beyond_a_rate_window_was_not_applied_and_says_how_long(
    office: Office, window: str, least: int
) -> None:
    order = office.order()
    write = RequisitionWrite(office.invoice(order))
    office.bench.wires.access_token()
    office.people.turn(limits=True)
    # Windows begin with each hour and each ten seconds of it; this is in the middle of both.
    with time_machine.travel(datetime.now(UTC).replace(minute=30, second=5), tick=False):
        office.people.use_up(window)
        with pytest.raises(ThrottledError) as raised:
            office.outcomes(write)
    assert raised.value.window == {"spike": "minute", "hour": "hour"}[window]
    assert least < (raised.value.seconds or 0) <= 3600
    office.people.turn(limits=False)
    assert office.books().find(write) == []


def test_an_expired_token_is_no_doubt(office: Office) -> None:
    order = office.order()
    office.fails("expire_token", INVOICES, "POST")
    with pytest.raises(NotSentError):
        office.outcomes(RequisitionWrite(office.invoice(order)))
    billed(office, order, "400.00", "xero:inv:7")
