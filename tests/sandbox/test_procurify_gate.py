"""Tokens, headers, paths: what Procurify asks of every call before it looks at it."""

from __future__ import annotations

import pytest

from tests.sandbox.procurify_office import DOMAIN, ORDERS, ProcurifyOffice

ME = "/api/v3/users/me/"


class TestToken:
    def test_a_token_names_the_domain_it_belongs_to(self, procurify: ProcurifyOffice) -> None:
        told = procurify.token().json()
        assert (told["token_type"], told["expires_in"]) == ("Bearer", 86400)
        assert "urn:procurify-api:domain:harbormills" in told["scope"].split()

    @pytest.mark.parametrize(
        ("changed", "status", "error"),
        [
            ({"client_secret": "sandbox-secret-wrong"}, 401, "invalid_client"),
            ({"client_id": "kestrel-id"}, 401, "invalid_client"),
            ({"audience": "https://api.procurify.com"}, 403, "access_denied"),
            ({"grant_type": "password"}, 403, "unauthorized_client"),
            ({"audience": None}, 400, "invalid_request"),
        ],
    )
    def test_what_is_wrong_in_a_request_for_one_is_told(
        self, procurify: ProcurifyOffice, changed: dict[str, str], status: int, error: str
    ) -> None:
        answer = procurify.token(**changed)
        assert (answer.status_code, answer.json()["error"]) == (status, error)

    def test_only_json_is_taken(self, procurify: ProcurifyOffice) -> None:
        url = f"{procurify.sandbox.url('procurify')}/{DOMAIN}/oauth/token"
        assert procurify.session.post(url, data={"client_id": "x"}, timeout=10).status_code == 400
        assert procurify.session.get(url, timeout=10).status_code == 405

    def test_the_token_of_one_customer_is_nothing_to_the_other(self, procurify: ProcurifyOffice) -> None:
        assert procurify.call("GET", ME).status_code == 200
        assert procurify.call("GET", ME, domain="kestrel").status_code == 401

    def test_an_unknown_customer_has_no_page(self, procurify: ProcurifyOffice) -> None:
        answer = procurify.token("nobody")
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, "text/html")

    def test_a_token_ends_after_its_lifetime(self, procurify: ProcurifyOffice) -> None:
        procurify.sandbox.clock.forward(hours=23, minutes=59)
        assert procurify.get(ME).status_code == 200
        procurify.sandbox.clock.forward(minutes=2)
        assert procurify.get(ME).json() == {"detail": "Token has expired."}

    def test_a_new_token_ends_the_old_one_where_a_test_wants_it(self, procurify: ProcurifyOffice) -> None:
        procurify.token()
        assert procurify.get(ME).status_code == 200
        procurify.stand_in.turn(one_token=True)
        procurify.token()
        assert procurify.get(ME).status_code == 401

    def test_a_connector_that_asks_for_too_many_tokens_is_found_out(self, procurify: ProcurifyOffice) -> None:
        procurify.stand_in.turn(token_budget=2)
        assert [procurify.token().status_code for _ in range(2)] == [200, 429]
        assert procurify.stand_in.traffic(DOMAIN)["tokens_issued"] == 3

    def test_a_revoked_secret_lets_tokens_live_and_a_deactivated_user_does_not(
        self, procurify: ProcurifyOffice
    ) -> None:
        procurify.stand_in.revoke_secret(DOMAIN)
        assert (procurify.token().status_code, procurify.get(ME).status_code) == (401, 200)
        procurify.stand_in.deactivate_user(DOMAIN)
        assert procurify.get(ME).status_code == 401

    @pytest.mark.parametrize("effect", ["expire_token", "revoke_token"])
    def test_tokens_die_on_demand_and_new_ones_work(self, procurify: ProcurifyOffice, effect: str) -> None:
        procurify.sandbox.faults.add("procurify", effect, path=ME)
        assert procurify.get(ME).status_code == 401
        procurify.headers["Authorization"] = f"Bearer {procurify.token().json()['access_token']}"
        assert procurify.get(ME).status_code == 200


class TestEveryCall:
    def test_the_client_header_is_asked_for(self, procurify: ProcurifyOffice) -> None:
        assert procurify.call("GET", ME, headers={"X-Procurify-Client": None}).status_code == 403
        procurify.stand_in.turn(client_header_needed=False)
        assert procurify.call("GET", ME, headers={"X-Procurify-Client": None}).status_code == 200

    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
    def test_a_path_without_its_slash_is_moved_whatever_the_method(
        self, procurify: ProcurifyOffice, method: str
    ) -> None:
        answer = procurify.call(method, "/api/v3/vendors", json={})
        assert answer.status_code == 301
        assert answer.headers["Location"].endswith("/harbormills/api/v3/vendors/")

    def test_bills_are_not_made_through_the_api(self, procurify: ProcurifyOffice) -> None:
        assert procurify.call("POST", "/api/v3/ap/bills/", json={}).status_code == 405

    @pytest.mark.parametrize(
        ("method", "path"),
        [("PATCH", "/api/v3/ap/bills/3cda5ef4/"), ("POST", "/api/v3/ap/bills/mark-as-paid/")],
    )
    def test_a_connector_that_writes_bills_is_found_out(
        self, procurify: ProcurifyOffice, method: str, path: str
    ) -> None:
        answer = procurify.call(method, path, json={})
        assert (answer.status_code, answer.json()["detail"]) == (500, "connector must not write here")

    def test_other_writes_are_not_offered(self, procurify: ProcurifyOffice) -> None:
        assert procurify.call("POST", ORDERS, json={}).status_code == 405
        assert procurify.call("DELETE", "/api/v3/vendors/318/").status_code == 405
        assert procurify.call("GET", "/api/v9/nothing/").status_code == 404

    def test_users_me_tells_what_the_role_may_see(self, procurify: ProcurifyOffice) -> None:
        me = procurify.data(ME)
        assert me["email"] == "integrations@harbormills.example"
        assert "superuser" in me["systemaccess_cache"]["flattened"]

    def test_a_narrow_role_sees_less_without_any_error(self, procurify: ProcurifyOffice) -> None:
        procurify.order("PF1")
        procurify.stand_in.narrow_role(DOMAIN, ["nav_purchase"], ["Production"])
        assert procurify.numbers() == []
        assert procurify.get("/api/v2/purchase_orders/1/").status_code == 404
        assert procurify.data(ME)["systemaccess_cache"]["flattened"] == ["nav_purchase"]

    def test_a_suspension_refuses_every_call_and_every_token(self, procurify: ProcurifyOffice) -> None:
        procurify.sandbox.faults.add("procurify", "suspend", path=f"^/{DOMAIN}/")
        assert {procurify.get(path).status_code for path in (ME, ORDERS)} == {403}
        assert procurify.token().status_code == 403
        assert procurify.token("kestrel").status_code == 200
        procurify.sandbox.faults.clear()
        assert procurify.get(ME).status_code == 200

    @pytest.mark.usefixtures("time_stands_still")
    def test_too_many_calls_in_a_minute_are_told_to_wait_if_a_test_wants_it(self, procurify: ProcurifyOffice) -> None:
        procurify.sandbox.clock.forward(hours=1)
        procurify.stand_in.turn(per_minute=2)
        answers = [procurify.get(ME) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        procurify.stand_in.turn(limits=False)
        assert procurify.get(ME).status_code == 200

    def test_the_use_of_a_customers_api_is_counted(self, procurify: ProcurifyOffice) -> None:
        procurify.get(ME)
        told = procurify.stand_in.traffic(DOMAIN)
        assert (told["requests"], told["tokens_issued"], told["most_at_once"]) == (2, 1, 1)
        assert told["most_in_a_minute"] in (1, 2)
