"""What every call to the Xero stand-in must pass: token, tenant, scope, headers, limits."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.xero_office import XeroOffice, xero_office


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def limited(time_stands_still: None) -> Iterator[XeroOffice]:
    with xero_office(limits=True) as office:
        yield office


class TestDoor:
    def test_the_envelope_and_headers_look_as_documented(self, office: XeroOffice) -> None:
        answer = office.get("Organisation")
        body = answer.json()
        assert list(body)[:4] == ["Id", "Status", "ProviderName", "DateTimeUTC"]
        assert body["Id"] == answer.headers["Xero-Correlation-Id"]
        assert body["Status"] == "OK"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert {"X-DayLimit-Remaining", "X-MinLimit-Remaining", "X-AppMinLimit-Remaining"} <= answer.headers.keys()

    @pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic eDp5"])
    def test_without_a_good_token_it_is_401(self, office: XeroOffice, authorization: str) -> None:
        answer = office.get("Organisation", {"Authorization": authorization})
        assert answer.status_code == 401
        body = answer.json()
        assert (body["Title"], body["Status"], body["Detail"]) == ("Unauthorized", 401, "AuthenticationUnsuccessful")
        assert body["Type"] is None
        assert body["Extensions"] == {}

    @pytest.mark.promise(36)
    def test_a_foreign_or_missing_tenant_is_403(self, office: XeroOffice) -> None:
        foreign = office.xero.add_organisation("Not Connected Ltd")["OrganisationID"]
        for tenant in (foreign, "", "11111111-2222-3333-4444-555555555555"):
            answer = office.get("Organisation", {"xero-tenant-id": tenant})
            assert (answer.status_code, answer.json()["Title"]) == (403, "Forbidden")
            assert answer.json()["Detail"] == "AuthenticationUnsuccessful"

    @pytest.mark.parametrize(
        ("scopes", "method", "path", "allowed"),
        [
            ("accounting.invoices.read", "GET", "Invoices", True),
            ("accounting.invoices.read", "PUT", "Invoices", False),
            ("accounting.invoices", "PUT", "Invoices", True),
            ("accounting.invoices", "GET", "PurchaseOrders", True),
            ("accounting.invoices", "GET", "Contacts", False),
            ("accounting.invoices", "GET", "Payments", False),
            ("accounting.invoices", "GET", "Items", True),
            ("accounting.transactions", "GET", "Payments", True),
            ("accounting.transactions.read", "GET", "CreditNotes", True),
            ("accounting.contacts.read", "GET", "Contacts", True),
            ("accounting.contacts.read", "PUT", "Contacts", False),
            ("accounting.settings.read", "GET", "Accounts", True),
            ("accounting.settings.read", "GET", "Organisation", True),
            ("accounting.contacts", "GET", "TaxRates", False),
        ],
    )
    def test_each_endpoint_wants_its_scope(
        self, office: XeroOffice, scopes: str, method: str, path: str, allowed: bool
    ) -> None:
        office.carry(office.xero.issue_tokens(scopes=scopes))
        answer = office.call(method, path, json={} if method == "PUT" else None)
        if allowed:
            assert answer.status_code in (200, 400)
        else:
            assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthorizationUnsuccessful")

    def test_a_missing_scope_may_also_be_403(self, office: XeroOffice) -> None:
        office.xero.turn(missing_scope_status=403)
        office.carry(office.xero.issue_tokens(scopes="accounting.contacts"))
        answer = office.get("Invoices")
        assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthorizationUnsuccessful")

    @pytest.mark.parametrize("accept", ["", "*/*", "application/xml", "text/html"])
    def test_json_must_be_asked_for(self, office: XeroOffice, accept: str) -> None:
        assert office.get("Organisation", {"Accept": accept}).status_code == 406

    def test_a_write_must_be_json(self, office: XeroOffice) -> None:
        answer = office.call("PUT", "Contacts", content=b"{}", headers={"Content-Type": "text/xml"})
        assert answer.status_code == 415

    @pytest.mark.parametrize("path", ["Bills", "Invoices/no-such-number", "Contacts/x/Y/z/a", ""])
    def test_what_does_not_exist_is_404_as_text(self, office: XeroOffice, path: str) -> None:
        answer = office.get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/")
        assert "cannot be found" in answer.text

    def test_a_wrong_method_is_405(self, office: XeroOffice) -> None:
        assert office.call("DELETE", "Invoices").status_code == 405
        assert office.call("PUT", "CreditNotes", json={}).status_code == 405

    def test_a_body_over_ten_megabytes_is_refused(self, office: XeroOffice) -> None:
        answer = office.call("PUT", "Contacts", content=b" " * 10_000_001, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413

    def test_an_organisation_that_is_offline_answers_503_as_text_until_lifted(self, office: XeroOffice) -> None:
        fault = office.sandbox.faults.add("xero", "suspend")
        for _ in range(2):
            answer = office.get("Organisation")
            assert (answer.status_code, answer.text) == (503, "The Organisation is offline")
        office.sandbox.faults.remove(fault.id)
        assert office.get("Organisation").status_code == 200


class TestLimits:
    def problem(self, answer: requests.Response) -> tuple[int, str, int | None]:
        after = answer.headers.get("Retry-After")
        return answer.status_code, answer.headers["X-Rate-Limit-Problem"], int(after) if after else None

    def test_sixty_calls_a_minute(self, limited: XeroOffice) -> None:
        """Windows are fixed: after Retry-After seconds the next one begins, whole."""
        limited.xero.use_up("minute", left=2)
        left = [limited.get("Organisation").headers["X-MinLimit-Remaining"] for _ in range(2)]
        assert left == ["1", "0"]
        status, kind, after = self.problem(limited.get("Organisation"))
        assert (status, kind) == (429, "minute")
        assert after is not None
        assert 1 <= after <= 60
        limited.sandbox.clock.forward(seconds=after)
        answer = limited.get("Organisation")
        assert (answer.status_code, answer.headers["X-MinLimit-Remaining"]) == (200, "59")

    def test_the_sixty_first_call_is_refused(self, limited: XeroOffice) -> None:
        assert next(n for n in range(1, 200) if limited.get("Organisation").status_code == 429) == 61

    @pytest.mark.parametrize(("tier", "calls"), [("starter", 1000), ("core", 5000)])
    def test_the_day_by_tier(self, limited: XeroOffice, tier: str, calls: int) -> None:
        limited.xero.turn(tier=tier)
        assert limited.get("Organisation").headers["X-DayLimit-Remaining"] == str(calls - 1)
        limited.xero.use_up("day")
        answer = limited.get("Organisation")
        status, kind, after = self.problem(answer)
        assert (status, kind) == (429, "day")
        assert after is not None
        assert 0 < after <= 86_400
        # The minute still looks free while the day is used up.
        assert int(answer.headers["X-MinLimit-Remaining"]) > 0
        limited.sandbox.clock.forward(seconds=after)
        limited.carry(limited.xero.issue_tokens())
        assert limited.get("Organisation").headers["X-DayLimit-Remaining"] == str(calls - 1)

    def test_all_organisations_share_the_apps_minute(self, limited: XeroOffice) -> None:
        limited.xero.use_up("app")
        assert self.problem(limited.get("Organisation"))[:2] == (429, "appminute")

    def test_one_organisations_minute_is_not_anothers(self, limited: XeroOffice) -> None:
        other = limited.xero.add_organisation("Kestrel Interiors Ltd")["OrganisationID"]
        limited.xero.turn(consent_replaces=False)
        limited.carry(limited.xero.issue_tokens(scopes="accounting.settings"))
        limited.xero.use_up("minute")
        assert limited.get("Organisation").status_code == 429
        assert limited.get("Organisation", {"xero-tenant-id": other}).status_code == 200

    @pytest.mark.parametrize("seconds", [0, 2])
    def test_five_at_one_time(self, limited: XeroOffice, seconds: int) -> None:
        limited.xero.turn(concurrent_retry_after=seconds)
        limited.xero.in_flight[limited.tenant] = 4
        assert limited.get("Accounts").status_code == 200
        limited.xero.in_flight[limited.tenant] = 5
        assert self.problem(limited.get("Accounts")) == (429, "concurrent", seconds or None)

    def test_a_refused_call_is_not_counted(self, limited: XeroOffice) -> None:
        limited.xero.use_up("minute")
        before = limited.get("Organisation").headers["X-DayLimit-Remaining"]
        assert limited.get("Organisation").headers["X-DayLimit-Remaining"] == before

    def test_without_limits_nothing_is_counted(self, office: XeroOffice) -> None:
        assert {office.get("Organisation").headers["X-MinLimit-Remaining"] for _ in range(70)} == {"60"}
