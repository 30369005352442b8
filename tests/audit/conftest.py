"""What the stories of the trail share: seal keys of their own, and a forger who knows SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from audit import triggers

Tamper = Callable[..., int]
Visit = Callable[..., Client]


@pytest.fixture(autouse=True)
def _seal_keys(settings: Settings) -> None:
    settings.AUDIT_SEAL_KEYS = {"now": b"a key of this year", "before": b"a key of last year"}


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna", is_staff=True)


@pytest.fixture
def tamper(db: None) -> Tamper:
    """Run SQL as somebody who owns the database: without triggers, which stand again afterwards."""

    def run(sql: str, *parameters: Any) -> int:
        with triggers.lifted(connection), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    return run


@pytest.fixture
def visit(db: None) -> Visit:
    """A browser signed in as somebody with exactly these permissions, like "audit.view_entry"."""

    def sign_in(*permissions: str, superuser: bool = False) -> Client:
        user = User.objects.create_user("auditor", is_staff=True, is_superuser=superuser)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in
