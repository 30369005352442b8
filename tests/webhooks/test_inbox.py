"""The inbox as systems meet it: what is proved is kept once and answered with nothing, everything else is counted."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django_q.models import OrmQ
from pytest_django.live_server_helper import LiveServer

from integrations.models import Connection, RefusedWebhook, WebhookAddress, WebhookEvent
from integrations.sandbox.xero.webhooks import SIGNING_KEY, signature
from integrations.webhooks import acting, addresses
from integrations.webhooks.receiving import LARGEST
from tests.engine.rows import a_connection, an_integration
from tests.patience import PATIENCE
from tests.webhooks.conftest import address_at
from tests.world import VENDOR, World

Json = dict[str, Any]


def event(tenant: str, resource: str = "ed255415-e141-4150-aab7-89c3bbbb851c", **more: Any) -> Json:
    """As the reference shows one."""
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{resource}",
        "resourceId": resource,
        "eventDateUtc": "2026-10-01T01:15:39.902",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
        **more,
    }


def body_of(*events: Json) -> bytes:
    whole = {"events": events, "firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "S0m3r4Nd0mt3xt"}
    return json.dumps(whole).encode()


def post(books: Connection, body: bytes, proof: str | None = None) -> int:
    headers = {"x-xero-signature": signature(SIGNING_KEY, body) if proof is None else proof}
    answer = Client().post(
        addresses.url_of(books).removeprefix("http://localhost:8000"),
        body,
        content_type="application/json",
        headers=headers,
    )
    assert answer.content == b""
    assert not answer.cookies
    return answer.status_code


def refused() -> dict[str, int]:
    return dict(RefusedWebhook.objects.values_list("why", "count"))


def test_the_intent_to_receive_is_passed_and_noted(told: World) -> None:
    assert WebhookAddress.objects.get().confirmed_at is not None
    assert refused() == {"unproved": 2}
    assert not WebhookEvent.objects.exists()


def test_an_event_is_kept_as_it_came_and_once_however_often_it_comes(told: World) -> None:
    told.sandbox.xero.turn(webhook_doubles=True, webhook_disorder=True)
    bill = told.sandbox.xero.add_bill(VENDOR, amount=10, tenant=told.tenant)
    assert [each["wrong"] for each in told.sandbox.xero.deliver_webhooks()] == ["", ""]
    kept = WebhookEvent.objects.get(category="INVOICE")
    assert (kept.resource, kept.kind) == (bill["InvoiceID"], "CREATE")
    assert kept.happened_at is not None
    assert json.loads(kept.body)["resourceUrl"].endswith(bill["InvoiceID"])


@pytest.mark.promise(35)
@pytest.mark.parametrize("proof", ["", "nonsense", "é", signature("another-key-of-somebody-else", b"")])
def test_a_wrong_signature_is_answered_with_401_and_leaves_no_row(books: Connection, proof: str) -> None:
    assert post(books, body_of(event(books.tenant_id)), proof) == 401
    assert not WebhookEvent.objects.exists()
    assert not OrmQ.objects.exists()
    assert refused() == {"unproved": 1}


def test_one_changed_byte_is_a_wrong_signature(books: Connection) -> None:
    body = body_of(event(books.tenant_id))
    assert post(books, body + b" ", signature(SIGNING_KEY, body)) == 401
    assert post(books, body, signature(SIGNING_KEY, body)) == 200


def test_what_is_proved_but_no_use_is_answered_well_and_counted(books: Connection) -> None:
    assert post(books, body_of(event("11111111-0000-4000-8000-000000000000"))) == 200
    assert post(books, body_of(event(books.tenant_id, eventCategory="PURCHASEORDER"))) == 200
    assert post(books, b'{"events": [{"tenantId": 5}]}') == 200
    assert post(books, b"<xml/>") == 200
    assert refused() == {"unknown-company": 1, "no-use": 1, "unreadable": 2}
    assert not WebhookEvent.objects.exists()
    assert not OrmQ.objects.exists()


def test_a_company_that_no_integration_uses_leaves_nothing_behind(books: Connection) -> None:
    a_connection("xero", "not-used")
    assert post(books, body_of(event("not-used"))) == 200
    assert refused() == {"unused-company": 1}


def test_too_large_unknown_and_not_posted_are_refused(books: Connection) -> None:
    assert post(books, b"x" * (LARGEST + 1)) == 413
    for path in (f"/webhooks/xero/{'0' * 32}", "/webhooks/quickbooks/abc"):
        assert Client().post(path, b"{}", content_type="application/json").status_code == 404
    assert Client().get(f"/webhooks/xero/{addresses.token_of(books)}").status_code == 405
    assert refused() == {"oversized": 1, "stranger": 1}


def test_without_a_key_nothing_is_taken(world: World) -> None:
    assert post(world.integration.target, body_of(event(world.tenant))) == 404


def test_a_burst_queues_one_task(books: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "NUDGED_EVERY", timedelta(hours=1))  # a busy machine takes long over five
    for number in range(5):
        post(books, body_of(event(books.tenant_id, f"bill-{number}")))
    assert (WebhookEvent.objects.count(), OrmQ.objects.count()) == (5, 1)


@pytest.mark.promise(35)
def test_answers_are_quick_and_none_is_lost(books: Connection, live_server: LiveServer) -> None:
    """Counted is the work of this process, which is both ends of the call; on a busy machine it takes longer.

    One after the other: tests share one connection in memory. Many at once meet a whole portal in the benchmark.
    """
    taken: list[float] = []
    address = address_at(live_server, books)
    for number in range(30):
        body = body_of(event(books.tenant_id, f"bill-{number}"))
        headers = {"x-xero-signature": signature(SIGNING_KEY, body)}
        began = time.process_time()
        answer = requests.post(address, body, headers=headers, timeout=PATIENCE)
        taken.append(time.process_time() - began)
        assert (answer.status_code, answer.content, answer.headers.get("Set-Cookie")) == (200, b"", None)
    assert WebhookEvent.objects.count() == len(taken) == 30
    assert sorted(taken)[15] < 0.1


# The other sender

V4 = {
    "id": "01EDPD2J6SBY1163N77H95GW09", "timestamp": "2026-02-06T23:34:12.246562Z", "payload_version": "v4.0",
    "company_id": "4264", "project_id": "31", "user_id": "1", "reason": "update",
    "resource_type": "Purchase Order Contracts", "resource_id": "77",
}  # fmt: skip
V2 = {
    "id": 123, "ulid": "01EDPD2J6SBY1163N77H95GW09", "timestamp": "2026-02-06T23:34:12.246562Z", "user_id": 1,
    "company_id": 4264, "project_id": 31, "api_version": "v2.0", "event_type": "update",
    "resource_name": "Purchase Order Contracts", "resource_id": 77, "metadata": {"source_user_id": 1},
}  # fmt: skip
CHOSEN = "Bearer chosen-by-us-and-long-enough"


@pytest.mark.parametrize("payload", [V4, V2])
def test_procore_is_known_by_the_header_that_was_chosen(ivan: User, payload: Json) -> None:
    contractor = a_connection("procore", "4264")
    an_integration("Contractor", target=contractor)
    addresses.set_secret(contractor, CHOSEN, ivan)
    path = f"/webhooks/procore/{addresses.token_of(contractor)}"
    for proof, status in ((CHOSEN, 200), ("Bearer guessed", 401), ("", 401)):
        answer = Client().post(path, payload, content_type="application/json", headers={"Authorization": proof})
        assert (answer.status_code, answer.content, dict(answer.cookies)) == (status, b"", {})
    kept = WebhookEvent.objects.get()
    assert (kept.connection, kept.category, kept.resource, kept.kind) == (
        contractor,
        "Purchase Order Contracts",
        "77",
        "update",
    )
    assert refused() == {"unproved": 2}
