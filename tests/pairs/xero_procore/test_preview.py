"""The preview of project books: what a run would send, request by request, and not a trace of having looked (E35)."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from integrations.desk import previewing
from integrations.models import (
    Decision,
    Flag,
    Gap,
    Integration,
    Posting,
    Preview,
    PreviewRow,
    Record,
    Request,
    Reservation,
    VendorPolicy,
    Work,
)
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own
KEPT = (Flag, Gap, Decision, Posting, Request, Reservation)


def made(northline: Northline) -> Preview:
    """Not a row is other afterwards, and nothing but questions were asked."""
    asker = person("anna", "Accounting staff") if not Preview.objects.exists() else Preview.objects.get().asked_by
    assert asker is not None
    preview = previewing.ask(northline.integration, asker)
    before, asked = as_it_is(), len(northline.asked("/rest/", "procore"))
    previewing.make(preview.pk)
    assert as_it_is() == before
    assert {each["method"] for each in northline.asked("/rest/", "procore")[asked:]} <= {"GET"}
    preview.refresh_from_db()
    assert (preview.failure, preview.done) == ("", preview.total)
    return preview


def as_it_is() -> list[Any]:
    rows = [sorted(model.objects.values_list("pk", flat=True)) for model in KEPT]
    return [*rows, list(Record.objects.order_by("pk").values()), Entry.objects.count()]


def row(preview: Preview, number: str) -> tuple[PreviewRow, dict[str, Any]]:
    """With what it shows of the document."""
    found = preview.rows.get(record__number=number)
    return found, found.document or {}


def bodies(document: dict[str, Any]) -> list[Any]:
    return [json.loads(each["body"]) for each in document["requests"] if each["body"]]


def sent(northline: Northline) -> list[Any]:
    asked = northline.asked("/rest/", "procore")
    return [json.loads(each["body"]) for each in asked if each["method"] != "GET" and each["body"]]


def test_e35_what_is_shown_is_what_the_run_then_sends(northline: Northline) -> None:
    Integration.objects.update(trial=True)
    northline.sandbox.procore.close_billing_period("1203")
    northline.run()
    preview = made(northline)
    order, document = row(preview, "NB-1014")
    assert (order.place, order.total, document["step"]) == ("would-be-sent", Decimal("1000.00"), "new commitment")
    assert ["Project", "1203 Queen Anne Library"] in document["facts"]
    assert [line["amount"] for line in document["lines"]] == ["1,000.00"]
    assert [each["words"] for each in document["requests"]] == [
        "the commitment's header", "the commitment's lines", "the commitment's status: approved"
    ]  # fmt: skip
    assert document["requests"][1]["later"]
    over, refused = row(preview, "NB-1011")
    assert (over.place, refused["budget"]) == ("held", ["03-300.M: 1,800.00 USD left, 2,400.00 needed"])
    assert refused["lines"]
    on_the_page(northline, "NB-1014", "NB-1011")
    Integration.objects.update(trial=False)
    northline.run()
    shared_requests_go_as_they_were_shown(northline, preview)
    waits = [each.number for each in Record.objects.filter(flow="bills", hold_reason="no-open-period")]
    assert len(waits) > 1
    bills_with_their_payments(northline, waits)


def shared_requests_go_as_they_were_shown(northline: Northline, preview: Preview) -> None:
    """Whole with the first of the orders that share it, and the others say with whom."""
    goes = preview.rows.filter(place="would-be-sent", record__flow="purchase-orders").order_by("pk")
    headers = [(each, (each.document or {})["requests"][0]) for each in goes]
    shown = [(each, told) for each, told in headers if told["body"]]
    assert len(shown) < len(headers), "some share one"
    requests = sent(northline)
    for each, told in shown:
        body = json.loads(told["body"])
        assert body in requests, each.record.number
        assert (len(body["updates"]) > 1) == told["shared"].startswith("In one request with ")
    for each, told in headers:
        if not told["body"]:
            assert told["later"].startswith("It is shown with ")
            assert each.record.number in [
                row["number"] for _, whole in shown for row in json.loads(whole["body"])["updates"]
            ]


def on_the_page(northline: Northline, *numbers: str) -> None:
    desk = Client()
    desk.force_login(person("ivan", "Integration administrator"))
    address = reverse("admin:integrations_integration_preview", args=[northline.integration.pk])
    page = text(desk.get(f"{address}?p=1")) + text(desk.get(f"{address}?p=2"))
    for words in (*numbers, "PATCH /rest/v1.0/purchase_order_contracts/sync", "new commitment", "Budget"):
        assert words in page
    assert "draft rewritten" not in page


def bills_with_their_payments(northline: Northline, waits: list[str]) -> None:
    """What they come to is what then stands, to the cent, in the order in which it is written."""
    today = northline.sandbox.clock.now().date()
    begin, end = today - timedelta(days=150), today + timedelta(days=60)
    northline.sandbox.procore.add_billing_period("1203", begin.isoformat(), end.isoformat())
    preview = made(northline)
    shown = {number: row(preview, number) for number in waits}
    goes = {number: each for number, each in shown.items() if each[0].place == "would-be-sent"}
    assert len(goes) > 2
    assert any(document["payments"] for _, document in goes.values())
    Record.objects.filter(flow="bills", hold_reason="no-open-period").update(not_before=None, work=Work.WAITING)
    northline.run()
    requests = sent(northline)
    assert {each.number for each in Record.objects.filter(number__in=waits, work=Work.DONE)} == set(goes)
    for number, (each, document) in goes.items():
        assert bodies(document)[0] in requests, number
        posted = Posting.objects.filter(record__number=number)
        assert posted.get(kind="requisition").target_total == each.total
        assert posted.filter(kind="contract-payment").count() == len(document["payments"])


def test_e35_a_changed_order_is_shown_beside_what_stands(northline: Northline) -> None:
    northline.run()
    Integration.objects.update(trial=True, vendors=VendorPolicy.BOTH, new_vendors_need_approval=False)
    number = Record.objects.filter(flow="purchase-orders", work=Work.DONE, amount=Decimal("1050.00"))[0].number
    lines = northline.sandbox.xero.collections()[f"{northline.tenant}/purchase_orders"].values()
    order = next(each for each in lines if each["PurchaseOrderNumber"] == number)
    kept = ("LineItemID", "Description", "Quantity", "AccountCode", "TaxType", "Tracking")
    line = {name: order["LineItems"][0][name] for name in kept if name in order["LineItems"][0]}
    northline.sandbox.xero.edit_purchase_order(
        order["PurchaseOrderID"], tenant=northline.tenant, LineItems=[{**line, "UnitAmount": 9.0}]
    )
    northline.later(hours=1)
    northline.run()
    preview = made(northline)
    changed, document = row(preview, number)
    assert (changed.place, document["step"]) == ("would-be-sent", "commitment changed")
    assert any(each[0] == "Total" and each[1] == "1,050.00" for each in document["differs"])
    there, _ = row(preview, "NB-1080")
    assert there.place == "held"  # an inactive vendor of that name is there, so none is made
    created, told = row(preview, "NB-1006")
    assert created.place == "would-be-sent"
    assert ["Vendor", "Voltline Electric, to be created"] in told["facts"]
    assert {"name": "Voltline Electric", "what": "to be created, if it is not found there", "waiting": 11} in (
        preview.vendors
    )


def test_e35_an_order_of_a_supplier_who_needs_an_approval_is_shown_as_waiting_for_it(northline: Northline) -> None:
    Integration.objects.update(trial=True, vendors=VendorPolicy.BOTH, new_vendors_need_approval=True)
    northline.only("NB-1006").run()
    waits, told = row(made(northline), "NB-1006")
    assert (waits.place, waits.why) == (
        "held", "Vendor Voltline Electric is new in Procore and waits for an approval.",
    )  # fmt: skip
    assert told == {}


def test_e35_a_system_that_cannot_be_asked_is_told(northline: Northline) -> None:
    northline.run()
    northline.sandbox.procore.disconnect_app()
    preview = previewing.ask(northline.integration, person("anna", "Accounting staff"))
    previewing.make(preview.pk)
    preview.refresh_from_db()
    assert preview.failure.endswith("Nothing was changed.")
    assert "could not be made" not in preview.failure
