"""The contractor connected through the portal's own pages, with the tables that its accountant filled in."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings

from integrations.sandbox import Sandbox
from integrations.sandbox.contractor import seed

UNLIMITED = {"minute": 0, "day": 0, "concurrent": 0}


@contextmanager
def contractor(*, documents: bool = True) -> Iterator[Sandbox]:
    """Both stand-ins with the contractor alone, and the portal talking to them."""
    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox:
        today = sandbox.clock.now().date()
        seed.seed_procore(sandbox.procore, today)
        if documents:
            seed.seed_xero(sandbox.xero, today)
        else:
            seed.seed_masters(sandbox.xero)
        with addresses(sandbox):
            yield sandbox


@contextmanager
def addresses(sandbox: Sandbox) -> Iterator[None]:
    hosts = {
        "xero": dict.fromkeys(("api", "identity", "login"), sandbox.url("xero")),
        "procore": dict.fromkeys(("api", "login"), sandbox.url("procore")),
    }
    with override_settings(SYSTEM_HOSTS=hosts, PACE=dict.fromkeys(hosts, UNLIMITED), DEMO=True):
        yield
