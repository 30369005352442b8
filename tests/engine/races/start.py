"""What every program here begins and ends with."""

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.context import ForkContext
from typing import Any

# For a process that has something to do, in seconds.
PATIENCE = 240
FORK: ForkContext = multiprocessing.get_context("fork")


def facts() -> dict[str, Any]:
    """Set Django up as in the tests and return what this program was told."""
    import django
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    told: dict[str, Any] = json.loads(sys.argv[1])
    for name, value in told.get("settings", {}).items():
        setattr(settings, name, value)
    return told


def connected(answer: dict[str, Any], app: dict[str, str]) -> None:
    """One Xero connection with the tokens of a consent, as the token address answered them."""
    from integrations.engine import tokens
    from integrations.systems.tokens import TokenAnswer
    from tests.engine.rows import a_connection

    granted = TokenAnswer(answer["access_token"], answer["expires_in"], answer["refresh_token"], answer["scope"])
    a_connection(**app, token_set=tokens.store("xero", granted, subject="the user"))


def tell(**found: Any) -> None:
    print(json.dumps(found))


def workers(count: int, work: Callable[..., None], *args: Any) -> list[Any]:
    """Start that many processes, each with a database connection of its own."""
    from django.db import connections

    connections.close_all()
    started = [FORK.Process(target=work, args=(number, *args), daemon=True) for number in range(count)]
    for each in started:
        each.start()
    return started
