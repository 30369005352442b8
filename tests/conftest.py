"""What every test can rely on; the settings of the tests are in `tests/settings.py`."""

import os
import shutil
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from integrations.sandbox import calling_out
from tests import templates
from tests.flushing import Flush
from tests.patience import PATIENCE

# Set by .ci/run, where nothing that a test needs may be missing.
IN_CI = bool(os.environ.get("COUNTERFOIL_CI"))
ON_POSTGRES = "postgresql" in settings.DATABASES["default"]["ENGINE"]

DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}

# The same change gives the same outcome in CI; on a developer's machine every run tries other examples. A machine that
# is slow or busy is no fault of what is tested.
hypothesis_settings.register_profile(
    "counterfoil", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=IN_CI
)
hypothesis_settings.load_profile("counterfoil")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """More than there are cores: browsers and killed workers leave theirs idle. `-n logical` is one per core."""
    return _cores() if config.option.numprocesses == "logical" else 2 * _cores()


def _cores() -> int:
    """Those that this process may use: a container is often given few of a large machine's."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = Path("/sys/fs/cgroup/cpu.max")
    quota, _, period = limit.read_text().partition(" ") if limit.exists() else ("max", "", "")
    return found if quota.strip() == "max" else max(1, min(found, int(quota) // int(period)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other database shows, and note each promise where a report can carry it."""
    left_out = [item for item in items if _belongs_elsewhere(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        numbers = {int(mark.args[0]) for mark in item.iter_markers("promise")}
        item.user_properties.extend(("promise", number) for number in sorted(numbers))


def _belongs_elsewhere(item: pytest.Item) -> bool:
    """Tests of the other database; on PostgreSQL also what no database can change, which SQLite's run has shown."""
    if not ON_POSTGRES:
        return item.get_closest_marker("postgres") is not None
    asked = getattr(item, "fixturenames", ())
    marks = {mark.name for mark in item.iter_markers()}
    stores = marks & {"django_db", "postgres", "own_database"} or DATABASE & set(asked)
    # What SQLite leaves to PostgreSQL runs here, whatever its module is marked with: else it would run nowhere.
    return "postgres" not in marks and (not stores or bool(marks & {"sqlite", "browser"}))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """In CI a skipped test is a failure: something that it needs is missing (E40)."""
    report = (yield).get_result()
    _refuse_skip(report, expected_failure=hasattr(report, "wasxfail"))


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, None]:
    _refuse_skip((yield).get_result(), expected_failure=False)


def _refuse_skip(report: Any, *, expected_failure: bool) -> None:
    if IN_CI and report.skipped and not expected_failure:
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI. {reason}"


def pytest_configure(config: pytest.Config) -> None:
    """The tables are made while the workers still collect, instead of when all of them wait."""
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        Thread(target=templates.template, name="template").start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """What the whole run shared goes with the process that began it."""
    if not hasattr(config, "workerinput"):
        templates.remove()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    templates.copy_for(connections["default"])


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_trail() -> Iterator[None]:
    """The audit trail refuses deletion, so a flush lifts its triggers; `post_migrate` puts them back (E19)."""
    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    flush = Flush(original)
    TransactionTestCase._fixture_teardown = lambda case: flush.after(case)  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]


@pytest.fixture(autouse=True, scope="session")
def _busy_machines_answer_webhooks_late() -> None:
    """The stand-ins count a webhook as lost after five seconds, as Xero does."""
    calling_out.DEADLINE = PATIENCE


@pytest.fixture(autouse=True)
def _first_start(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test is an installation of its own, with an epoch file that no other database has posted from (E5)."""
    from integrations import installation
    from integrations.engine import heartbeats

    settings.EPOCH_FILE = tmp_path_factory.getbasetemp() / f"epoch-{uuid.uuid4().hex}"
    installation.forget()
    heartbeats.forget()


@pytest.fixture(scope="session")
def api_facts() -> Path:
    """The folder of the vendors' specifications and samples (API_FACTS, by default ../shared/apis)."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("API_FACTS") or root.parent / "shared" / "apis")
    if not folder.is_dir():
        pytest.skip(f"The API facts are not in {folder}; set API_FACTS.")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser for pages under test; Debian's package."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed.")
    return path
