"""Webhooks of the Procore stand-in: hooks, triggers, deliveries, a queue that pauses and is given up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.sandbox.procore_office import Json, ProcoreOffice

ORDERS = "Purchase Order Contracts"


class Ear:
    """Our side: keeps what comes and answers with `status`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Json]] = []
        self.status = 204
        self.arrived = threading.Event()
        ear = self

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((self.headers["Authorization"], json.loads(body)))
                self.send_response(ear.status)
                self.end_headers()
                ear.arrived.set()

            def log_message(self, *words: Any) -> None:
                """Nothing is printed."""

        self.server = HTTPServer(("127.0.0.1", 0), Listener)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def hooks(procore: ProcoreOffice) -> str:
    return f"/rest/v2.0/companies/{procore.company}/webhooks/hooks"


def hook(procore: ProcoreOffice, ear: Ear, version: str = "v4.0", event: str = "update", path: str = "") -> Json:
    """A hook with one trigger."""
    body = {
        "payload_version": version,
        "namespace": "our-app",
        "destination_url": ear.url,
        "destination_headers": {"Authorization": "Bearer chosen-by-us"},
    }
    path = path or hooks(procore)
    made: Json = procore.send("POST", path, body, 201)["data"]
    trigger = {"resource_name": ORDERS, "event_type": event}
    procore.send("POST", f"{path}/{made['id']}/triggers", trigger, 201)
    return made


def deliveries(procore: ProcoreOffice, made: Json, **query: Any) -> list[str]:
    rows = procore.get(f"{hooks(procore)}/{made['id']}/deliveries", **query)["data"]
    return [row["status"] for row in rows]


def test_a_hook_redacts_its_header_and_has_string_ids(procore: ProcoreOffice, ear: Ear) -> None:
    made = hook(procore, ear)
    assert isinstance(made["id"], str)
    assert "chosen-by-us" not in str(made)
    shown = procore.get(f"{hooks(procore)}/{made['id']}")["data"]
    assert (shown["trigger_count"], shown["status"]) == (1, "active")
    assert [each["id"] for each in procore.get(hooks(procore), namespace="our-app")["data"]] == [made["id"]]
    assert procore.get(hooks(procore), namespace="another")["data"] == []


def test_hooks_and_triggers_are_changed_and_deleted(procore: ProcoreOffice, ear: Ear) -> None:
    made = hook(procore, ear)
    path = f"{hooks(procore)}/{made['id']}"
    assert procore.send("PATCH", path, {"status": "disabled"})["data"]["status"] == "disabled"
    trigger = procore.get(f"{path}/triggers")["data"][0]
    assert trigger["webhook_hook_id"] == made["id"]
    twice = {"resource_name": ORDERS, "event_type": "update"}
    assert procore.call("POST", f"{path}/triggers", json=twice).status_code == 422
    assert procore.call("DELETE", f"{path}/triggers/{trigger['id']}").status_code == 204
    assert procore.call("DELETE", path).status_code == 204
    assert procore.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"namespace": "Our App"}, {"destination_url": "ftp://example.org"}, {"payload_version": "v9"}]
)
def test_a_hook_that_makes_no_sense_is_refused(procore: ProcoreOffice, ear: Ear, wrong: Json) -> None:
    body = {"payload_version": "v4.0", "namespace": "our-app", "destination_url": ear.url, **wrong}
    assert procore.call("POST", hooks(procore), json=body).status_code == 422


def test_resources_that_may_be_triggered_are_listed(procore: ProcoreOffice) -> None:
    path = f"/rest/v2.0/companies/{procore.company}/webhooks/resources"
    assert ORDERS in [row["name"] for row in procore.get(path, payload_version="v4.0")["data"]]
    assert procore.call("GET", path, params={"payload_version": "v1.0"}).status_code == 400


def test_an_event_is_posted_with_our_header_and_string_ids_in_v4(procore: ProcoreOffice, ear: Ear) -> None:
    made, order = hook(procore, ear, event="create"), procore.order()
    assert procore.stand_in.deliver_webhooks() == [204]
    header, payload = ear.heard[0]
    assert header == "Bearer chosen-by-us"
    assert (payload["reason"], payload["resource_type"]) == ("create", ORDERS)
    assert (payload["resource_id"], payload["project_id"]) == (str(order["id"]), str(procore.project))
    assert deliveries(procore, made) == ["delivered"]
    assert procore.stand_in.deliver_webhooks() == []


@pytest.mark.parametrize("version", ["v2.0", "v3.0"])
def test_older_payloads_have_integer_ids_metadata_and_a_ulid(procore: ProcoreOffice, ear: Ear, version: str) -> None:
    hook(procore, ear, version, "create")
    order = procore.order()
    procore.stand_in.deliver_webhooks()
    payload = ear.heard[0][1]
    assert (payload["event_type"], payload["resource_name"], payload["resource_id"]) == ("create", ORDERS, order["id"])
    assert payload["metadata"]["source_company_id"] == procore.company
    assert len(payload["ulid"]) == 26
    assert ("related_resources" in payload) == (version == "v3.0")


def test_an_event_tells_whether_we_caused_it_ourselves(procore: ProcoreOffice, ear: Ear) -> None:
    hook(procore, ear, "v2.0", "create")
    procore.order()
    procore.sync_orders({"title": "Ours"})
    procore.stand_in.deliver_webhooks()
    theirs, ours = (payload for _, payload in ear.heard)
    assert theirs["metadata"]["source_application_id"] is None
    assert ours["metadata"]["source_application_id"] is not None
    info = procore.call("GET", "/oauth/token/info").json()
    assert (ours["user_id"], theirs["user_id"] == ours["user_id"]) == (info["resource_owner_id"], False)


def test_a_hook_of_a_project_hears_of_that_project_only(procore: ProcoreOffice, ear: Ear) -> None:
    path = f"/rest/v2.0/companies/{procore.company}/projects/{procore.project}/webhooks/hooks"
    hook(procore, ear, event="create", path=path)
    procore.stand_in.add_order(procore.other)
    assert procore.stand_in.deliver_webhooks() == []
    procore.order()
    assert procore.stand_in.deliver_webhooks() == [204]


def test_what_has_no_trigger_is_not_told(procore: ProcoreOffice, ear: Ear) -> None:
    hook(procore, ear, event="delete")
    order = procore.order(status="Draft")
    assert procore.stand_in.deliver_webhooks() == []
    procore.stand_in.delete_order(order["id"])
    assert procore.stand_in.deliver_webhooks() == [204]


def test_a_failure_pauses_the_whole_queue_from_one_second_upwards(procore: ProcoreOffice, ear: Ear) -> None:
    made = hook(procore, ear, event="create")
    procore.order()
    procore.order()
    ear.status = 500
    assert procore.stand_in.deliver_webhooks() == [500]  # the second one waits behind the first
    assert deliveries(procore, made) == ["retrying", "enqueued"]
    assert procore.stand_in.deliver_webhooks() == []
    procore.sandbox.clock.forward(seconds=1.5)
    assert procore.stand_in.deliver_webhooks() == [500]
    procore.sandbox.clock.forward(seconds=1.5)
    assert procore.stand_in.deliver_webhooks() == []  # two seconds by now
    ear.status = 200
    procore.sandbox.clock.forward(hours=1)
    assert procore.stand_in.deliver_webhooks() == [200, 200]
    assert deliveries(procore, made, **{"filter[status]": "succeeded"}) == ["delivered"] * 2


def test_after_twelve_hours_the_queue_is_discarded(procore: ProcoreOffice, ear: Ear) -> None:
    made = hook(procore, ear, event="create")
    procore.order()
    procore.order()
    ear.status = 503
    procore.stand_in.deliver_webhooks()
    procore.sandbox.clock.forward(hours=12, seconds=1)
    assert procore.stand_in.deliver_webhooks() == []
    procore.sign_in()
    assert deliveries(procore, made) == ["discarded", "discarded"]
    ear.status = 204
    procore.order()
    assert procore.stand_in.deliver_webhooks() == [204]


def test_nobody_listening_counts_as_a_failure(procore: ProcoreOffice, ear: Ear) -> None:
    made = hook(procore, ear, event="create")
    ear.server.shutdown()
    ear.server.server_close()
    procore.order()
    assert procore.stand_in.deliver_webhooks() == [0]
    assert deliveries(procore, made) == ["retrying"]


def test_an_event_may_come_twice(procore: ProcoreOffice, ear: Ear) -> None:
    hook(procore, ear, event="create")
    procore.stand_in.turn(webhook_doubles=True)
    procore.order()
    procore.stand_in.deliver_webhooks()
    assert [payload["id"] for _, payload in ear.heard] == [ear.heard[0][1]["id"]] * 2


def test_events_may_be_sent_as_they_happen(procore: ProcoreOffice, ear: Ear) -> None:
    hook(procore, ear, event="create")
    procore.stand_in.turn(webhooks_at_once=True)
    procore.sync_orders({"title": "First"})
    assert ear.arrived.wait(PATIENCE)
