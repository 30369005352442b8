"""Only the hosts that a system's facts name are called, by https; this machine by an operator's setting alone."""

import pytest

from integrations.errors import ConfigurationError, ProgrammingError
from integrations.http import Http, Wiring


def door(url: str, *hosts: str, plain_loopback: bool = False) -> Http:
    return Http(
        url,
        label="Stand-in",
        allowed_hosts=hosts,
        headers=dict,
        judge=lambda answer: None,
        wiring=Wiring(),
        plain_loopback=plain_loopback,
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://api.xero.com.evil.example",
        "https://evilprocurify.com",
        "https://procurify.com.evil.example",
        "http://api.xero.com",
        "ftp://api.xero.com",
        "https://user:word@api.xero.com",
        "https://api.xero.com?x=1",
        "https://",
        "api.xero.com",
    ],
)
def test_a_foreign_or_unsafe_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        door(url, "api.xero.com", ".procurify.com", plain_loopback=True)


def test_the_named_hosts_are_taken() -> None:
    door("https://api.xero.com", "api.xero.com")
    door("https://harbormills.procurify.com", ".procurify.com")
    door("http://localhost:9101/harbormills", "localhost", plain_loopback=True)


def test_this_machine_is_not_called_without_the_operators_setting() -> None:
    with pytest.raises(ConfigurationError):
        door("http://localhost:9101", "localhost")


@pytest.mark.parametrize("path", ["//evil.example/x", "orders", "@evil.example", "/a b", "/a\r\nHost: evil", "/é", ""])
def test_a_path_cannot_lead_elsewhere(path: str) -> None:
    with pytest.raises(ProgrammingError):
        door("https://api.xero.com", "api.xero.com").read(path)
