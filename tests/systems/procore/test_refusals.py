"""What each refusal of Procore means, in all the shapes its bodies come in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.errors import (
    CounterfoilError,
    GoneError,
    NeedsPermissionError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    RejectedError,
    RequestTooLargeError,
    RetryLaterError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.systems.procore.errors import judge, messages
from integrations.systems.procore.tools import TOOLS, tool_of
from tests.systems.answers import answered

ORDERS = "/rest/v1.0/purchase_order_contracts"


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (400, ProgrammingError, RejectedError),
        (401, TokenExpiredError, TokenExpiredError),
        (403, NeedsPermissionError, NeedsPermissionError),
        (404, GoneError, GoneError),
        (405, ProgrammingError, ProgrammingError),
        (406, ProgrammingError, ProgrammingError),
        (408, RequestTooLargeError, RequestTooLargeError),
        (409, RetryLaterError, OutcomeUnknownError),
        (413, ProgrammingError, RejectedError),
        (422, ProgrammingError, RejectedError),
        (429, ThrottledError, ThrottledError),
        (500, RetryLaterError, RetryLaterError),
        (501, ProgrammingError, ProgrammingError),
        (502, RetryLaterError, RetryLaterError),
        (503, RetryLaterError, RetryLaterError),
        (504, RetryLaterError, RetryLaterError),
    ],
)
def test_every_row_of_the_error_table_means_one_thing(
    status: int, read: type[CounterfoilError], write: type[CounterfoilError]
) -> None:
    """A write's 408 and 5xx never come here: the door has called them a doubt already."""
    for is_write, meaning in ((False, read), (True, write)):
        with pytest.raises(meaning) as raised:
            judge(answered(status, is_write=is_write, where=ORDERS))
        assert type(raised.value) is meaning


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_success_is_a_success(status: int) -> None:
    judge(answered(status))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": "Unauthorized"}, ("Unauthorized",)),
        ({"errors": ["App is not connected to this company."]}, ("App is not connected to this company.",)),
        ({"errors": {"name": ["can't be blank", "is odd"]}}, ("name: can't be blank", "name: is odd")),
        ({"errors": {"base": ["The contract has been deleted"]}}, ("The contract has been deleted",)),
        ({"message": "No."}, ("No.",)),
        ({"error": "invalid_client", "error_description": "Unknown."}, ("invalid_client", "Unknown.")),
        ({"error": {"code": "X", "message": "No."}}, ("No.",)),
        (
            {
                "error": {
                    "code": "BAD_REQUEST",
                    "message": "Bad.",
                    "details": [{"reason_code": "INVALID", "message": "is odd", "source": "vendor_id"}],
                }
            },
            ("Bad.", "vendor id: is odd"),
        ),
        (None, ()),
        ({}, ()),
        ("plain", ("plain",)),
        ({"errors": {"a": {"b": {"c": {"d": {"e": {"f": {"g": "deep"}}}}}}}}, ()),
    ],
)
def test_every_shape_of_an_error_body_is_read(body: Any, said: tuple[str, ...]) -> None:
    assert messages(body) == said


def test_an_app_that_was_taken_away_pauses_the_connection() -> None:
    body = json.dumps({"errors": ["App is not connected to this company."]})
    with pytest.raises(ReconnectError):
        judge(answered(403, body, where=ORDERS))


@pytest.mark.parametrize("body", [b"", b'{"errors":"You do not have permission to perform this action."}'])
def test_a_missing_right_names_the_tool_and_both_reasons(body: bytes) -> None:
    with pytest.raises(NeedsPermissionError, match="permitted projects") as raised:
        judge(answered(403, body, where=ORDERS))
    assert raised.value.permission == "Commitments"


def test_every_tool_is_known_by_a_path_of_its_own() -> None:
    paths = {
        "/rest/v1.0/vendors/sync": "Company Directory",
        "/rest/v1.0/companies/{company_id}/vendors/inactive": "Company Directory",
        "/rest/v1.1/projects/{project_id}/vendors/{id}/actions/add": "Project Directory",
        "/rest/v1.0/tax_codes": "Admin (company)",
        "/rest/v1.0/projects": "Portfolio",
        "/rest/v1.1/requisitions": "Commitments",
        "/rest/v1.0/projects/{project_id}/billing_periods": "Commitments",
        "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items": "Budget",
        "/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes": "Admin (project)",
        "/rest/v1.1/projects/{project_id}/direct_costs": "Direct Costs",
    }
    found = {path: tool.name for path in paths if (tool := tool_of(path))}
    assert found == paths
    assert {tool.name for tool in TOOLS} == set(paths.values())
    assert tool_of("/rest/v1.0/companies") is None


def test_a_call_without_its_company_is_a_mistake_of_ours() -> None:
    body = json.dumps({"errors": "Missing Procore-Company-Id header! Please add it to your request."})
    with pytest.raises(ProgrammingError, match="without a company"):
        judge(answered(400, body, is_write=True))


def test_a_refused_invoice_without_a_word_says_what_that_mostly_is() -> None:
    with pytest.raises(RejectedError, match="schedule of values is not approved"):
        judge(answered(400, is_write=True, where="/rest/v1.1/requisitions"))


def test_both_windows_are_told_apart_by_how_long_they_last() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    date = noon.strftime("%a, %d %b %Y %H:%M:%S GMT")
    for reset, window, seconds in ((7, "minute", 7), (1800, "hour", 1800), (90_000, "hour", 3600), (-5, "minute", 1)):
        ends = str(int(noon.timestamp()) + reset)
        body = b'{"errors":"You have surpassed the max number of requests for an hour."}'
        with pytest.raises(ThrottledError) as raised:
            judge(answered(429, body, Date=date, X_Rate_Limit_Reset=ends))
        assert (raised.value.window, raised.value.seconds) == (window, seconds)
    with pytest.raises(ThrottledError) as raised:
        judge(answered(429, Retry_After="4", X_Rate_Limit_Reset="1"))
    assert raised.value.seconds == 4
    with pytest.raises(ThrottledError) as raised:
        judge(answered(429))
    assert (raised.value.window, raised.value.seconds) == ("minute", 30)


def test_heavy_load_is_waited_out_as_long_as_it_asks() -> None:
    with pytest.raises(RetryLaterError) as raised:
        judge(answered(503, Retry_After="40"))
    assert raised.value.seconds == 40
