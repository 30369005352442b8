"""Where the demo keeps its things, and which ports it takes."""

from pathlib import Path

import pytest

from portal.demonstration import surroundings


def test_the_demo_keeps_to_a_folder_of_its_own_in_the_stated_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An installation may have its database in the stated one."""
    monkeypatch.setenv("COUNTERFOIL_HOME", str(tmp_path))
    assert surroundings.home() == tmp_path / "demo"
    monkeypatch.delenv("COUNTERFOIL_HOME")
    assert surroundings.home().parent == Path("~/.counterfoil").expanduser()


def test_the_demo_serves_where_it_says_it_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BIND", raising=False)
    found = surroundings.environment(tmp_path, 8123, 9200)
    assert (found["SITE_URL"], found["BIND"]) == ("http://localhost:8123", "127.0.0.1:8123")
    assert found["SANDBOX_URL"] == "http://localhost:9200"
    monkeypatch.setenv("BIND", "0.0.0.0:8000")
    assert surroundings.environment(tmp_path, 8123, 9200)["BIND"] == "0.0.0.0:8123"
