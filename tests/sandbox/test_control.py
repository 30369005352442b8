"""The control API, the state file, and the command that serves them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from integrations.sandbox import Sandbox
from tests.patience import PATIENCE
from tests.sandbox.conftest import Toy, toy_sandbox


class TestControl:
    def test_health_names_every_system(self, toy: Toy) -> None:
        told = toy.control("GET", "/health").json()
        assert told["ok"]
        assert told["systems"] == {"toy": toy.sandbox.url("toy")}

    def test_a_fault_is_added_listed_and_deleted(self, toy: Toy) -> None:
        wanted = {"system": "toy", "method": "GET", "path": "^/x", "effect": "status", "status": 500}
        made = toy.control("POST", "/faults", json=wanted)
        assert made.status_code == 201
        assert toy.call(path="/x").status_code == 500
        (listed,) = toy.control("GET", "/faults").json()["faults"]
        assert (listed["id"], listed["taken"], listed["spent"]) == (made.json()["id"], 1, True)
        assert toy.control("DELETE", f"/faults/{made.json()['id']}").status_code == 204
        assert toy.control("DELETE", "/faults/99").status_code == 404
        assert toy.control("GET", "/faults").json() == {"faults": []}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"system": "toy", "effect": "explode"},
            {"system": "toy", "effect": "status", "colour": "red"},
            {"system": "toy", "effect": "status", "path": "("},
        ],
    )
    def test_a_fault_that_makes_no_sense_is_refused(self, toy: Toy, wrong: dict[str, str]) -> None:
        answer = toy.control("POST", "/faults", json=wrong)
        assert answer.status_code == 400
        assert answer.json()["error"]

    def test_records_are_seen_put_and_removed(self, toy: Toy) -> None:
        put = toy.control("PUT", "/state/toy/kept", json={"records": [{"id": "a"}, {"id": "b"}]})
        assert put.json() == {"records": [{"id": "a"}, {"id": "b"}]}
        toy.control("PUT", "/state/toy/kept", json={"id": "c", "odd": [1]})
        assert toy.control("GET", "/state/toy").json() == {"collections": {"kept": 3}}
        assert toy.control("DELETE", "/state/toy/kept/b").status_code == 204
        assert toy.control("GET", "/state/toy/kept").json() == {
            "count": 2,
            "records": [{"id": "a"}, {"id": "c", "odd": [1]}],
        }
        assert toy.control("GET", "/state/toy/nothing").status_code == 404
        assert toy.control("GET", "/state/nobody/kept").status_code == 404

    def test_a_convenience_is_called_by_name(self, toy: Toy) -> None:
        done = toy.control("POST", "/do/toy/keep", json={"text": "hello"})
        assert done.json() == {"result": {"id": "1", "text": "hello"}}
        assert toy.control("POST", "/do/toy/reset", json={}).status_code == 404
        assert toy.control("POST", "/do/toy/keep", json={"words": "hello"}).status_code == 400

    def test_the_clock_is_set_and_moved(self, toy: Toy) -> None:
        toy.control("POST", "/clock", json={"now": "2031-05-01T12:00:00+00:00"})
        moved = toy.control("POST", "/clock", json={"forward_seconds": 3600})
        assert moved.json()["now"].startswith("2031-05-01T13:00:0")
        assert toy.sandbox.clock.now().year == 2031
        assert toy.control("POST", "/clock", json={"now": "2031-05-01T12:00:00"}).status_code == 400

    def test_knobs_are_turned_and_unknown_ones_refused(self, toy: Toy) -> None:
        assert toy.control("POST", "/settings/toy", json={"limits": False}).json()["limits"] is False
        assert not toy.stand_in.limits_on
        refused = toy.control("POST", "/settings/toy", json={"volume": 11})
        assert (refused.status_code, "volume" in refused.json()["error"]) == (400, True)

    def test_the_log_is_read_from_a_number_on_and_emptied(self, toy: Toy) -> None:
        toy.call(path="/one")
        toy.call(path="/two")
        later = toy.control("GET", "/log/toy?after=1").json()["requests"]
        assert [entry["path"] for entry in later] == ["/two"]
        toy.control("DELETE", "/log/toy")
        assert toy.control("GET", "/log/toy").json() == {"requests": []}

    def test_reset_makes_everything_as_new(self, toy: Toy) -> None:
        toy.call("POST", data="x")
        toy.sandbox.faults.add("toy", "suspend")
        toy.sandbox.clock.forward(days=3)
        toy.control("POST", "/reset")
        assert toy.call().status_code == 200
        assert toy.stand_in.kept == {}
        assert toy.sandbox.clock.offset.total_seconds() == 0
        assert len(toy.sandbox.log("toy")) == 1

    @pytest.mark.parametrize("path", ["/", "/nonsense", "/_on_health", "/receive"])
    def test_what_is_not_offered_is_not_found(self, toy: Toy, path: str) -> None:
        assert toy.control("GET", path).status_code == 404

    def test_an_event_needs_the_company(self, toy: Toy) -> None:
        assert toy.control("POST", "/events/nothing").status_code == 404
        assert toy.control("GET", "/events/nothing").status_code == 400


class TestState:
    def test_a_second_start_goes_on_where_the_first_ended(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        state = tmp_path / "sandbox.json"
        with toy_sandbox(monkeypatch, state) as first:
            first.call("POST", data="kept")
        with toy_sandbox(monkeypatch, state) as second:
            assert second.stand_in.kept["1"]["text"] == "kept"
        assert [each.name for each in tmp_path.iterdir()] == ["sandbox.json"]

    def test_procurify_survives_a_restart_with_tokens_orders_and_numbers(self, tmp_path: Path) -> None:
        from tests.sandbox.procurify_office import ORDERS, ProcurifyOffice

        state = tmp_path / "sandbox.json"
        with Sandbox(systems=["procurify"], state_file=state) as sandbox:
            office = ProcurifyOffice(sandbox)
            office.order("PF7")
            sandbox.procurify.add_bill("harbormills", orders=["PF7"], invoice_number="I-1")
            sandbox.procurify.add_payment("harbormills", ["I-1"])
            sandbox.procurify.many_orders("harbormills", 4)
            before = {path: office.data(path, page_size=50) for path in (ORDERS, "/api/v3/ap/bills/")}
            headers = office.headers
        json.loads(state.read_text())
        with Sandbox(systems=["procurify"], state_file=state) as sandbox:
            office = ProcurifyOffice(sandbox)
            office.headers = headers
            assert {path: office.data(path, page_size=50) for path in before} == before
            assert office.order()["procurify_PO"] > max(row["procurify_PO"] for row in before[ORDERS])


def test_a_state_that_is_saved_at_the_end_and_just_then_anyway_is_saved_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver: list[threading.Thread] = []

    def replaced_late(draft: Path, state: Path) -> None:
        if not saver:
            saver.append(threading.Thread(target=sandbox.save))
            saver[0].start()
            saver[0].join(0.2)
        draft.rename(state)

    with Sandbox(systems=["procurify"], state_file=tmp_path / "state.json") as sandbox:
        monkeypatch.setattr("integrations.sandbox.box.os.replace", replaced_late)
        sandbox.save()
        saver[0].join(PATIENCE)
    assert json.loads((tmp_path / "state.json").read_text()).keys() == {"procurify"}


@pytest.mark.parametrize("module", [["-m", "integrations.sandbox"], ["manage.py", "sandbox"]])
def test_the_command_serves_until_it_is_told_to_end(module: list[str], tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    state = tmp_path / "state.json"
    command = [sys.executable, *module, "--ports", "0", "0", "0", "--no-limits", "--state", str(state)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        lines = [served.stdout.readline().split() for _ in range(3)]
        try:
            assert [each[0] for each in lines] == ["control", "xero", "procurify"]
            told = requests.get(f"{lines[0][1]}/settings/procurify", timeout=10).json()
            assert told["limits"] is False
        finally:
            served.send_signal(signal.SIGTERM)
        assert served.wait(timeout=20) == 0
    assert {"xero", "procurify"} <= json.loads(state.read_text()).keys()


def test_the_sandbox_imports_nothing_but_the_standard_library() -> None:
    """It stands for systems outside, so it must not lean on what it is there to test."""
    check = (
        "import sys, integrations.sandbox, integrations.sandbox.procurify.standin, integrations.sandbox.xero.standin, "
        "integrations.sandbox.company.events, integrations.sandbox.company.mapping\n"
        "known = {*sys.stdlib_module_names, '__main__', 'integrations'}\n"
        "own = {m.split('.')[0] for m in sys.modules} - known\n"
        "inner = [m for m in sys.modules if m.startswith('integrations.')]\n"
        "ours = [m for m in inner if not m.startswith('integrations.sandbox')]\n"
        "print(sorted(each for each in own if not each.startswith('_')), ours)"
    )
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-S", "-c", check], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[] []"
