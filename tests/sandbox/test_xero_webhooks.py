"""Webhooks of the Xero stand-in: the intent to receive, signatures, retries, and being switched off."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from integrations.sandbox.xero.problems import Refused
from integrations.sandbox.xero.webhooks import SIGNING_KEY
from tests.patience import PATIENCE
from tests.sandbox.ear import Ear, listening
from tests.sandbox.xero_office import Json, XeroOffice, xero_office

EVERYTHING = ("INVOICE", "CONTACT", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT")


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def ear(office: XeroOffice) -> Iterator[Ear]:
    """Listens, and has passed the intent to receive."""
    with listening(SIGNING_KEY) as ear:
        assert all(each["good"] for each in office.xero.set_webhook(ear.url))
        ear.heard.clear()
        yield ear


def heard(ear: Ear) -> list[Json]:
    """Every event that came, in order."""
    return [event for _, body in ear.heard for event in json.loads(body)["events"]]


def statuses(office: XeroOffice) -> list[int]:
    return [each["status"] for each in office.xero.deliver_webhooks()]


def test_the_intent_to_receive_comes_rightly_and_wrongly_signed(office: XeroOffice) -> None:
    with listening(SIGNING_KEY) as ear:
        met = office.xero.set_webhook(ear.url)
        assert [(each["rightly_signed"], each["status"]) for each in met] == [(True, 200), (False, 401)] * 2
        body = json.loads(ear.heard[0][1])
        assert (body["events"], body["firstEventSequence"], body["lastEventSequence"]) == ([], 0, 0)
        assert body["entropy"] != json.loads(ear.heard[1][1])["entropy"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"status": 200}, "status 200"), ({"body": b"ok"}, "not empty"), ({"cookie": "a=b"}, "cookie")],
)
def test_an_endpoint_that_answers_wrongly_is_not_activated(office: XeroOffice, wrong: Json, said: str) -> None:
    with listening(SIGNING_KEY) as ear:
        vars(ear).update(wrong)
        assert any(said in each["wrong"] for each in office.xero.set_webhook(ear.url))
        office.new_bill()
        assert office.xero.deliver_webhooks() == []


def test_bills_sales_contacts_and_credits_are_told(office: XeroOffice, ear: Ear) -> None:
    bill = office.new_bill()
    sale = office.new_bill(Type="ACCREC")
    office.xero.archive_contact(office.xero.add_contact("Kite Ltd")["ContactID"])
    note = office.xero.add_credit_note("Delta Steel Ltd", 5)
    office.xero.deliver_webhooks()
    told = [(each["eventCategory"], each["eventType"], each["resourceId"]) for each in heard(ear)]
    assert ("INVOICE", "CREATE", bill["InvoiceID"]) in told
    assert ("INVOICE", "CREATE", sale["InvoiceID"]) in told
    assert [each[:2] for each in told if each[0] == "CONTACT"] == [("CONTACT", "CREATE"), ("CONTACT", "UPDATE")]
    credit = next(each for each in heard(ear) if each["resourceId"] == note["CreditNoteID"])
    assert credit["data"] == {"Type": "ACCPAYCREDIT", "Status": "AUTHORISED"}
    first = heard(ear)[0]
    assert first["tenantId"] == office.tenant
    assert first["resourceUrl"].endswith(f"/Invoices/{bill['InvoiceID']}")
    assert {"Type", "Status"}.isdisjoint(first)


def test_orders_and_payments_are_never_told(office: XeroOffice, ear: Ear) -> None:
    bill = office.new_bill(Status="AUTHORISED")
    office.xero.deliver_webhooks()
    ear.heard.clear()
    order = office.xero.add_purchase_order("Delta Steel Ltd", [{"Description": "x", "Quantity": 1, "UnitAmount": 5}])
    office.xero.edit_purchase_order(order["PurchaseOrderID"], Status="BILLED")
    office.xero.pay_bill(bill["InvoiceID"], 15)
    assert office.xero.deliver_webhooks() == []
    office.xero.turn(webhook_on_payment=True)
    office.xero.pay_bill(bill["InvoiceID"], 15)
    office.xero.deliver_webhooks()
    assert [each["eventType"] for each in heard(ear)] == ["UPDATE"]


def test_what_was_refused_is_not_told(office: XeroOffice, ear: Ear) -> None:
    office.put_bill(LineItems=[])
    with pytest.raises(Refused):
        office.xero.add_bill("Brand New Ltd", [{"Description": "x", "Quantity": 1, "AccountCode": "999"}])
    assert office.xero.deliver_webhooks() == []


def test_only_ticked_categories_of_connected_organisations(office: XeroOffice, ear: Ear) -> None:
    office.xero.set_webhook(ear.url, categories=EVERYTHING)
    office.xero.add_prepayment("Delta Steel Ltd", 5)
    office.xero.deliver_webhooks()
    assert [each["eventCategory"] for each in heard(ear)] == ["PREPAYMENT"]
    office.xero.disconnect()
    office.xero.add_prepayment("Delta Steel Ltd", 5)
    assert office.xero.deliver_webhooks() == []


def test_a_failure_is_tried_again_at_once_and_then_every_quarter_of_an_hour(office: XeroOffice, ear: Ear) -> None:
    office.new_bill()
    ear.status = 500
    assert statuses(office) == [500, 500]
    assert statuses(office) == []
    office.sandbox.clock.forward(minutes=15)
    assert statuses(office) == [500]
    ear.status = 0
    office.sandbox.clock.forward(minutes=15)
    assert statuses(office) == [200]
    assert statuses(office) == []


def test_after_a_day_it_is_switched_off_and_later_replayed_in_order(office: XeroOffice, ear: Ear) -> None:
    first = office.new_bill()
    ear.status = 503
    for _ in range(97):
        office.xero.deliver_webhooks()
        office.sandbox.clock.forward(minutes=15)
    office.carry(office.xero.issue_tokens())
    second = office.new_bill()
    ear.status = 0
    ear.heard.clear()
    assert office.xero.deliver_webhooks() == []
    office.xero.set_webhook(ear.url)
    assert statuses(office) == [200, 200]
    assert [each["resourceId"] for each in heard(ear)] == [first["InvoiceID"], second["InvoiceID"]]


def test_events_come_twice_in_disorder_or_not_at_all(office: XeroOffice, ear: Ear) -> None:
    office.xero.turn(webhook_doubles=True, webhook_disorder=True)
    bills = [office.new_bill()["InvoiceID"] for _ in range(2)]
    office.xero.deliver_webhooks()
    assert [each["resourceId"] for each in heard(ear)] == [bills[1], bills[1], bills[0], bills[0]]
    ear.heard.clear()
    office.xero.turn(webhook_doubles=False, webhook_drops=1)
    office.new_bill()
    assert (office.xero.deliver_webhooks(), heard(ear)) == ([], [])


def test_events_may_be_sent_as_they_happen(office: XeroOffice, ear: Ear) -> None:
    ear.arrived.clear()
    office.xero.turn(webhooks_at_once=True)
    office.new_bill()
    assert ear.arrived.wait(PATIENCE)
