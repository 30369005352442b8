"""No token, header, query or body is in any message, log line or printed object of the door."""

import logging
import traceback

import pytest

from integrations.errors import CounterfoilError
from integrations.http import Answer, Http
from integrations.systems.tokens import App, Tenant, TokenAnswer
from tests.systems.http.scripted import SECRET, Notes, Reply, Scripted, cut, dripping, nothing, opened, whole


def refusing(answer: Answer) -> None:
    if not answer.ok:
        raise CounterfoilError(f"refused: {answer!r}")


def read_it(door: Http) -> None:
    door.read("/bills", params={"name": SECRET}).json()


def write_it(door: Http) -> None:
    door.write("PUT", f"/bills?key={SECRET}", body=SECRET.encode()).json()


REPLIES = {
    "hangs up": nothing,
    "cut": cut,
    "drips": dripping,
    "error echoing the secret": whole(f'{{"error": "{SECRET}"}}'.encode(), 400),
    "server error": whole(SECRET.encode(), 500),
    "redirect with the secret": whole(b"", 302, {"Location": f"https://evil.example/?token={SECRET}"}),
    "html": whole(f"<html>{SECRET}</html>".encode()),
    "strange head": lambda connection, request: connection.sendall(SECRET.encode() + b"\r\n\r\n"),
}


@pytest.mark.promise(42)
@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
def test_whatever_goes_wrong_no_secret_is_told(reply: Reply, write: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    notes = Notes()
    with Scripted([reply]) as server:
        door = opened(server.url, notes, judge=refusing, headers={"xero-tenant-id": SECRET})
        ask = write_it if write else read_it
        with pytest.raises(CounterfoilError) as raised:
            ask(door)
    assert SECRET in server.requests[0].decode()
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(notes.exchanges)
    assert SECRET not in told.replace(__file__, "")
    assert SECRET not in caplog.text


@pytest.mark.promise(42)
def test_tokens_and_credentials_do_not_show_when_printed() -> None:
    shown = [
        App("id", SECRET),
        TokenAnswer(SECRET, 1800, SECRET, "scope", SECRET, SECRET),
        Tenant(SECRET, "Harbor Mills", SECRET),
        Answer(200, {"Set-Cookie": SECRET}, SECRET.encode(), "/bills"),
    ]
    assert SECRET not in repr(shown)
