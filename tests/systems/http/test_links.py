"""Links that a system gives are only ever asked below its own address."""

import pytest

from integrations.http.addresses import checked_base, path_below
from integrations.systems.xero.files import LONGEST_NAME, fit_name

BASE = checked_base("https://acme.procurify.com", (".procurify.com",), plain_loopback=False)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://acme.procurify.com/media/a%20b.pdf?e=1", "/media/a%20b.pdf?e=1"),
        ("/media/a.pdf", "/media/a.pdf"),
        ("https://other.procurify.com/media/a.pdf", None),
        ("http://acme.procurify.com/media/a.pdf", None),
        ("https://acme.procurify.com@evil.example/a.pdf", None),
        ("https://acme.procurify.com.evil.example/a.pdf", None),
        ("https://acme.procurify.com:444/a.pdf", None),
        ("//evil.example/a.pdf", None),
        ("/media/../api/a.pdf", None),
        ("https://acme.procurify.com/a.pdf\r\nX: y", None),
        ("file:///etc/passwd", None),
        ("", None),
    ],
)
def test_a_link_is_followed_only_below_the_address(link: str, path: str | None) -> None:
    assert path_below(link, BASE) == path


@pytest.mark.parametrize(
    ("name", "taken", "fitted"),
    [
        ("INV-7.pdf", [], "INV-7.pdf"),
        ("INV-7.pdf", ["inv-7.PDF"], "INV-7 (2).pdf"),
        ("INV-7.pdf", ["INV-7.pdf", "INV-7 (2).pdf"], "INV-7 (3).pdf"),
        ("a/b:c?.pdf", [], "a-b-c-.pdf"),
        ("  scan   of  it ", [], "scan of it"),
        ("", [], "invoice"),
        ("x" * 300 + ".pdf", [], "x" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_files_name_is_one_that_xero_takes_and_nobody_has(name: str, taken: list[str], fitted: str) -> None:
    assert fit_name(name, taken) == fitted
