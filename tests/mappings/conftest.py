"""A small company at each end and the tables between them, with nobody above who listens."""

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import visibility, waiting
from mappings.keys import LookupKey
from mappings.models import Scope
from mappings.signals import lookup_changed
from tests.mappings.company import Company


@pytest.fixture
def company(db: None) -> Company:
    return Company.build()


@pytest.fixture
def scope(company: Company) -> Scope:
    return company.scope


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """What stands above this app neither listens nor limits while it is tested by itself."""
    receivers, rules = lookup_changed.receivers, list(visibility._rules)
    waits = list(waiting._rules)
    waiting._rules.clear()
    lookup_changed.receivers = []
    lookup_changed.sender_receivers_cache.clear()
    visibility._rules.clear()
    yield
    lookup_changed.receivers = receivers
    lookup_changed.sender_receivers_cache.clear()
    visibility._rules[:] = rules
    waiting._rules[:] = waits


@pytest.fixture
def told(alone: None) -> Iterator[list[tuple[str, list[LookupKey]]]]:
    """Every signal sent, as (name of the scope, keys)."""
    heard: list[tuple[str, list[LookupKey]]] = []

    def listen(*, scope: Scope, keys: list[LookupKey], **_: Any) -> int:
        heard.append((scope.name, keys))
        return len(keys)

    lookup_changed.connect(listen)
    yield heard
    lookup_changed.disconnect(listen)
