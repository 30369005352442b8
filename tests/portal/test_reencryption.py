"""After a key was rotated nothing stored needs the old one any more (E17)."""

from collections.abc import Iterator
from io import StringIO

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.models import Entry
from integrations.models import Connection, TokenSet
from portal import reencryption

SECRET = "client-secret-of-harbor-mills"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_keys(settings: Settings) -> Iterator[None]:
    """The fields remember their keys; a new process would not."""
    _forget_keys()
    yield
    _forget_keys()


def _forget_keys() -> None:
    for table, names in reencryption.encrypted_tables():
        for name in names:
            for remembered in ("keys", "fernet_keys", "fernet"):
                table._meta.get_field(name).__dict__.pop(remembered, None)


def _keys(settings: Settings, *keys: str) -> None:
    settings.FERNET_KEYS = list(keys)
    _forget_keys()


def test_e17_after_it_the_old_key_may_go(settings: Settings) -> None:
    _keys(settings, "old")
    connection = Connection.objects.create(system="procurify", label="Harbor Mills", client_secret=SECRET)
    tokens = TokenSet.objects.create(system="xero", subject_digest="d", refresh_token="rotating")
    _keys(settings, "new", "old")
    said = StringIO()
    call_command("reencrypt", stdout=said)
    _keys(settings, "new")
    connection.refresh_from_db()
    tokens.refresh_from_db()
    assert (connection.client_secret, tokens.refresh_token) == (SECRET, "rotating")
    assert "connection: 1" in said.getvalue()
    assert SECRET not in said.getvalue()
    assert Entry.objects.filter(action="secrets.reencrypted").count() == 2


def test_without_the_key_it_was_written_with_nothing_is_lost(settings: Settings) -> None:
    _keys(settings, "old")
    connection = Connection.objects.create(system="procurify", label="Harbor Mills", client_secret=SECRET)
    _keys(settings, "new")
    with pytest.raises(CommandError, match="is not in the keys file"):
        call_command("reencrypt", stdout=StringIO())
    with pytest.raises(InvalidToken):
        connection.refresh_from_db()
    _keys(settings, "new", "old")
    connection.refresh_from_db()
    assert connection.client_secret == SECRET


def test_every_table_with_a_secret_is_covered_and_none_keeps_a_history_of_it() -> None:
    labels = {table._meta.label for table, _ in reencryption.encrypted_tables()}
    assert {"integrations.Connection", "integrations.TokenSet", "portal.Destination"} <= labels
    assert not [label for label in labels if "Historical" in label]
