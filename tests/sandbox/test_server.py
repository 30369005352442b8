"""What leaves the socket: keep-alive, one packet (E39), and every trouble on demand."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests

from integrations.sandbox import reception
from tests.patience import PATIENCE, until
from tests.sandbox.conftest import Toy


def port_of(toy: Toy) -> int:
    return urlsplit(toy.sandbox.url("toy")).port or 0


class TestTalking:
    def test_one_connection_carries_many_calls(self, toy: Toy) -> None:
        caller = http.client.HTTPConnection("127.0.0.1", port_of(toy))
        caller.connect()
        first = caller.sock
        for _ in range(3):
            caller.request("GET", "/hello")
            assert caller.getresponse().read()
        assert caller.sock is first

    def test_e39_an_answer_comes_in_one_packet(self, toy: Toy) -> None:
        with socket.create_connection(("127.0.0.1", port_of(toy))) as caller:
            caller.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            packet = caller.recv(65536)
        assert packet.startswith(b"HTTP/1.1 200 OK\r\n")
        assert packet.endswith(b'"effect":""}')

    def test_e39_a_call_takes_far_less_than_the_40_ms_of_a_delayed_acknowledgement(self, toy: Toy) -> None:
        """One of thirty at least, however busy this machine is: what waits for an acknowledgement waits each time."""
        spans = []
        for _ in range(30):
            start = time.perf_counter()
            toy.call("POST", data=b"x" * 100)
            spans.append(time.perf_counter() - start)
        assert min(spans[10:]) < 0.03

    def test_paths_are_decoded_and_repeated_parameters_kept(self, toy: Toy) -> None:
        told = toy.call(path="/a%20b/%C3%B8?x=1&x=2&empty=").json()
        assert told["path"] == "/a b/ø"
        assert told["query"] == {"x": ["1", "2"], "empty": [""]}

    def test_a_chunked_body_arrives_whole(self, toy: Toy) -> None:
        toy.call("POST", data=iter([b"first ", b"second"]))
        assert toy.stand_in.kept["1"]["text"] == "first second"

    def test_a_caller_who_announces_a_large_body_is_told_to_go_on(self, toy: Toy) -> None:
        with socket.create_connection(("127.0.0.1", port_of(toy))) as caller:
            caller.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert caller.recv(100).startswith(b"HTTP/1.1 100")
            caller.sendall(b"ok")
            assert b"201" in caller.recv(1000)

    def test_head_is_answered_without_a_body(self, toy: Toy) -> None:
        answer = toy.call("HEAD")
        assert answer.content == b""
        assert int(answer.headers["Content-Length"]) > 0

    def test_what_is_no_http_is_hung_up_on(self, toy: Toy) -> None:
        with socket.create_connection(("127.0.0.1", port_of(toy))) as caller:
            caller.sendall(b"hello\r\n\r\n")
            assert caller.recv(100) == b""
        assert toy.call().status_code == 200


class TestTrouble:
    @pytest.mark.parametrize(("effect", "kept"), [("lose_answer", 1), ("refuse", 0)])
    def test_a_lost_answer_differs_from_a_refused_call_in_what_was_done(self, toy: Toy, effect: str, kept: int) -> None:
        toy.sandbox.faults.add("toy", effect, method="POST")
        with pytest.raises(requests.ConnectionError):
            toy.call("POST", data="bill")
        assert len(toy.stand_in.kept) == kept
        assert [entry["answered"] for entry in toy.sandbox.log("toy")] == [False]

    @pytest.mark.parametrize(("effect", "kept"), [("status", 0), ("status_after_commit", 1)])
    def test_a_status_comes_instead_of_the_work_or_after_it(self, toy: Toy, effect: str, kept: int) -> None:
        toy.sandbox.faults.add("toy", effect, status=503, body={"down": True}, headers={"Retry-After": "7"})
        answer = toy.call("POST", data="bill")
        assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, {"down": True}, "7")
        assert len(toy.stand_in.kept) == kept

    def test_a_cut_body_promises_more_than_it_brings(self, toy: Toy) -> None:
        toy.sandbox.faults.add("toy", "cut_body")
        caller = http.client.HTTPConnection("127.0.0.1", port_of(toy))
        caller.request("GET", "/")
        with pytest.raises(http.client.IncompleteRead) as cut:
            caller.getresponse().read()
        assert len(cut.value.partial) > 0

    def test_a_login_page_and_broken_json_come_with_200(self, toy: Toy) -> None:
        toy.sandbox.faults.add("toy", "html")
        toy.sandbox.faults.add("toy", "malformed")
        page, broken = toy.call(), toy.call()
        assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")
        assert (broken.status_code, broken.headers["Content-Type"]) == (200, "application/json")
        with pytest.raises(requests.JSONDecodeError):
            broken.json()

    @pytest.mark.parametrize("effect", ["delay", "delay_before"])
    def test_a_slow_call_keeps_nobody_else_waiting(
        self, toy: Toy, effect: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        toy.sandbox.faults.add("toy", effect, path="/slow", seconds=1.5)
        slept, awake, answers = [], threading.Event(), []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            assert awake.wait(PATIENCE)

        def slowly() -> None:
            answers.append(requests.get(f"{toy.sandbox.url('toy')}/slow", timeout=PATIENCE).status_code)

        monkeypatch.setattr(reception, "time", SimpleNamespace(sleep=sleep))
        waiting = threading.Thread(target=slowly)
        waiting.start()
        until(lambda: slept)
        assert toy.call(path="/quick").status_code == 200
        assert (slept, answers) == ([1.5], [])
        awake.set()
        waiting.join(PATIENCE)
        assert answers == [200]

    def test_a_hanging_call_is_let_go_when_its_fault_is_deleted(self, toy: Toy) -> None:
        fault = toy.sandbox.faults.add("toy", "hang", method="POST")
        answers: list[int] = []

        def hang() -> None:
            answers.append(requests.post(toy.sandbox.url("toy"), data="x", timeout=PATIENCE).status_code)

        hanging = threading.Thread(target=hang)
        hanging.start()
        until(lambda: toy.stand_in.kept)
        assert answers == []
        assert toy.sandbox.faults.remove(fault.id)
        hanging.join(PATIENCE)
        assert answers == [201]

    def test_tokens_are_expired_and_revoked_before_the_stand_in_looks(self, toy: Toy) -> None:
        toy.sandbox.faults.add("toy", "expire_token")
        toy.sandbox.faults.add("toy", "revoke_token")
        toy.call()
        toy.call()
        assert (toy.stand_in.expired, toy.stand_in.revoked) == (1, 1)

    def test_a_suspension_lasts_until_it_is_lifted(self, toy: Toy) -> None:
        fault = toy.sandbox.faults.add("toy", "suspend")
        assert [toy.call().status_code for _ in range(3)] == [403, 403, 403]
        toy.sandbox.faults.remove(fault.id)
        assert toy.call().status_code == 200

    def test_effects_that_only_the_stand_in_can_play_reach_it(self, toy: Toy) -> None:
        toy.sandbox.faults.add("toy", "duplicate_row")
        assert toy.call().json()["effect"] == "duplicate_row"
        assert toy.call().json()["effect"] == ""

    def test_a_fault_meets_what_it_names_after_letting_some_pass(self, toy: Toy) -> None:
        toy.sandbox.faults.add(
            "toy", "status", method="POST", path="^/bills", contains="PF2", query="page=2", times=2, skip=1, status=418
        )
        asked = [
            ("GET", "/bills?page=2", "PF2"),
            ("POST", "/bills", "PF2"),
            ("POST", "/bills?page=2", "PF1"),
            ("POST", "/bills?page=2", "PF2"),
            ("POST", "/bills?page=2", "PF2"),
            ("POST", "/bills?page=2", "a PF2"),
            ("POST", "/bills?page=2", "PF2"),
        ]
        statuses = [toy.call(method, path, data=body).status_code for method, path, body in asked]
        assert statuses == [200, 201, 201, 201, 418, 418, 201]

    def test_an_unknown_effect_is_refused(self, toy: Toy) -> None:
        with pytest.raises(ValueError, match="unknown effect"):
            toy.sandbox.faults.add("toy", "explode")


class TestLog:
    def test_every_request_is_on_record_without_its_token(self, toy: Toy) -> None:
        toy.call("POST", "/bills?x=1", data="bill", headers={"Authorization": "Bearer topsecrettoken"})
        (entry,) = toy.sandbox.log("toy")
        assert (entry["n"], entry["method"], entry["path"], entry["query"]) == (1, "POST", "/bills", {"x": ["1"]})
        assert (entry["body"], entry["status"], entry["answered"], entry["concurrent"]) == ("bill", 201, True, 1)
        assert "topsecret" not in str(entry)
        assert entry["answer_body"] is None

    def test_answers_are_kept_when_asked_for(self, toy: Toy) -> None:
        toy.stand_in.turn(log_answers=True)
        toy.call(path="/x")
        assert '"/x"' in toy.sandbox.log("toy")[0]["answer_body"]

    def test_the_oldest_go_when_there_is_too_much(self, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("integrations.sandbox.log.MOST_BYTES", 250)
        for _ in range(5):
            toy.call("POST", data="x" * 100)
        assert [entry["n"] for entry in toy.sandbox.log("toy")] == [4, 5]

    def test_a_general_pause_comes_after_the_work(self, toy: Toy) -> None:
        toy.stand_in.turn(answer_after=0.2)
        start = time.monotonic()
        toy.call()
        assert time.monotonic() - start >= 0.2
