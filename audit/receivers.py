"""What the trail does when others act: migrations, sign-ins."""

from typing import Any

from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest

from audit import triggers
from audit.trail import Subject, log

SIGN_IN = {
    "user.signed_in": "signed in",
    "user.signed_out": "signed out",
    "user.sign_in_failed": "refused a sign-in as {subject} from {address}",
}


def lift_before_a_rebuild(using: str, plan: list[tuple[Any, bool]], **_: object) -> None:
    """SQLite rebuilds a table to alter it, and stumbles over a trigger elsewhere that names the table."""
    connection = connections[using]
    if connection.vendor == "sqlite" and any(migration.app_label == "audit" for migration, _ in plan):
        triggers.lift(connection)


def install_triggers(using: str, **_: object) -> None:
    """After every migrate and every flush, since a rebuilt table has lost its triggers (E19)."""
    connection = connections[using]
    if triggers.tables_exist(connection):
        triggers.install(connection)


def signed_in(request: HttpRequest | None, user: User, **_: object) -> None:
    log("user.signed_in", _person(user), actor=user, details=_from(request))


def signed_out(request: HttpRequest | None, user: User | None, **_: object) -> None:
    """Nothing to tell where the session was over before."""
    if user is not None:
        log("user.signed_out", _person(user), actor=user, details=_from(request))


def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """Keeps the name only, and a name nobody has in the erasable details: it may be a mistyped password."""
    name = str(credentials.get(User.USERNAME_FIELD) or "")
    user = User.objects.filter(username=name).first()
    if user is not None:
        log("user.sign_in_failed", _person(user), details=_from(request))
    else:
        stranger = Subject("user", "", "a name nobody has")
        log("user.sign_in_failed", stranger, details={"name": name[:150], **_from(request)})


def _person(user: User) -> Subject:
    return Subject("user", user.pk, user.get_username())


def _from(request: HttpRequest | None) -> dict[str, str]:
    return {"address": request.META.get("REMOTE_ADDR", "")} if request else {}
