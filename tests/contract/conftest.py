"""One bench per test, over every system there is."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox
from integrations.systems import SYSTEMS
from tests.contract.bench import Bench, bench_of, kind_of

WRITING = [slug for slug in sorted(SYSTEMS) if kind_of(slug).write_path]


@pytest.fixture(params=sorted(SYSTEMS))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with Sandbox(systems=[request.param], limits=False) as sandbox:
        yield bench_of(request.param, sandbox)


@pytest.fixture(params=WRITING)
def writing(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bench of a system that is written to."""
    with Sandbox(systems=[request.param], limits=False) as sandbox:
        yield bench_of(request.param, sandbox)
