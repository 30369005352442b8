"""Secrets are recognised by their names and by their form (promise 42)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.redaction import REMOVED, redacted, suspicious

SECRET_KEYS = [
    "token", "access_token", "refreshToken", "client_secret", "Client-Secret", "password", "new_password",
    "Authorization", "api_key", "apiKey", "tenant", "tenant_id", "Xero-Tenant-Id", "realm_id", "cookie",
    "organization_id", "private key", "code_verifier", "webhook_signature", "credentials",
]  # fmt: skip


@pytest.mark.promise(42)
@pytest.mark.parametrize("name", SECRET_KEYS)
def test_what_stands_under_a_secret_name_is_removed(name: str) -> None:
    details = {"before": {name: "planted"}, "after": [{name: ["planted", {"deep": "planted"}]}]}
    assert suspicious(json.dumps(details))
    assert "planted" not in json.dumps(redacted(details))
    assert REMOVED in json.dumps(redacted(details))


@pytest.mark.parametrize(
    "name", ["sync_token", "SyncToken", "account", "authorised_by", "status", "organisation", "vendor", "amount"]
)
def test_what_auditors_need_stays(name: str) -> None:
    assert redacted({name: "AUTHORISED"}) == {name: "AUTHORISED"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sent Bearer abcdefgh12345678 to Xero", "sent Bearer [removed] to Xero"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic [removed]"),
        ("got eyJhbGciOi.eyJzdWIiOi.c2lnbmF0 back", "got [removed] back"),
        ("POST /token?refresh_token=abc123&x=1", "POST /token?refresh_token=[removed]&x=1"),
        ("postgres://me:hunter2@db/books", "postgres://[removed]@db/books"),
    ],
)
def test_what_looks_like_a_secret_is_cut_out_of_a_sentence(text: str, kept: str) -> None:
    assert suspicious(text)
    assert redacted({"error": text}) == {"error": kept}


def test_a_change_that_names_its_field_beside_it_is_understood() -> None:
    change = {"field": "client_secret", "before": "planted", "after": "planted too"}
    assert redacted({"changes": [change]}) == {
        "changes": [{"field": "client_secret", "before": REMOVED, "after": REMOVED}]
    }


def test_whether_there_was_a_secret_is_no_secret() -> None:
    flags = {"has_token": True, "password": "", "tenant": None}
    assert redacted(flags) == flags


details = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SECRET_KEYS, "account", "field"]) | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*SECRET_KEYS, "account", "field"]) | st.text(), details, max_size=4))
def test_the_quick_look_never_misses_what_redaction_would_change(value: dict[str, object]) -> None:
    if redacted(value) != value:
        assert suspicious(json.dumps(value))
